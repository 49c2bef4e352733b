"""Bringing files in by the command line: judged, agreed to, mended and brought back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geo_rv.project import Project
from geo_rv.store.geopackage import GeoPackageStore
from tests.command_line import run

GRAVES = {
    "编号": ["G1", "G2", "G3", "G4"],
    "墓主": ["张三", "李四", "王五", "+86 赵六"],
    "经度": ["113.85", "113.86", "113.87", "113.88"],
    "纬度": ["31.80", "31.81", "北", "31.83"],
    "安葬方式": ["骨灰单人", "骨灰三人", "", "遗体单人"],
    "电话": ["1", "2", "3", "4"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a new project's folder, and stand in the folder beside it."""
    monkeypatch.chdir(tmp_path)
    run("new", tmp_path / "town", "--name", "测试镇", "--town", "421381107")
    return tmp_path / "town"


def write_table(file, **columns):
    pd.DataFrame(columns).to_csv(file, index=False)
    return file


def write_parcels(file, parcels, **columns):
    frame = gpd.GeoDataFrame(
        {"编号": [f"P{n}" for n in range(len(parcels))], **columns}, geometry=parcels, crs=4490
    )
    frame.to_file(file)
    return file


def square(lon, lat, side=0.01):
    return shapely.box(lon, lat, lon + side, lat + side)


BOW_TIE = shapely.Polygon([(113.85, 31.8), (113.86, 31.81), (113.86, 31.8), (113.85, 31.81)])


def read_ids(folder, kind="burial"):
    project = Project.open(folder)
    held = {state.spec.kind for state in project.list_layers()}
    return sorted(project.read_layer(kind)["id"]) if kind in held else []


def import_json(*arguments, status=0):
    return json.loads(run("import", *arguments, "--json", status=status).stdout)


class TestRowsAreWrong:
    def test_nothing_changes_and_each_row_is_told(self, folder, tmp_path):
        graves = write_table(tmp_path / "台账.csv", **GRAVES)
        printed = run("import", folder, graves, "--layer", "burial", status=2).stdout
        assert "骨灰三人" in printed
        assert "第 3 行" in printed
        assert "北" in printed
        assert "--accept partial" in printed
        assert read_ids(folder) == []
        assert Project.open(folder).list_history() == ()

    def test_in_english(self, folder, tmp_path):
        graves = write_table(tmp_path / "台账.csv", **GRAVES)
        printed = run(
            "--lang", "en", "import", folder, graves, "--layer", "burial", status=2
        ).stdout
        assert "row 3" in printed
        assert "Remedy:" in printed
        assert "The project was not changed." in printed

    def test_counts_add_up_and_every_problem_is_in_json(self, folder, tmp_path):
        bad = ["x"] * 500
        graves = write_table(
            tmp_path / "台账.csv",
            编号=[f"G{n}" for n in range(500)], 经度=[113.85] * 500, 纬度=[31.8] * 500, 占地=bad,
        )  # fmt: skip
        told = import_json(
            folder, graves, "--layer", "burial", "--column", "墓穴占地面积=占地", status=2
        )
        (candidate,) = told["candidates"]
        assert candidate["rows"] == {"read": 500, "accepted": 0, "to_repair": 0, "refused": 500}
        refused = [each for each in candidate["problems"] if each["severity"] == "refused"]
        assert len(refused) == 500
        assert [each["row"] for each in refused] == list(range(2, 502))
        assert refused[0]["feature"] == "G0"
        assert refused[0]["field"] == "area_m2"
        assert refused[0]["field_title"] == "墓穴占地面积"
        assert all(each["problem"] and each["remedy"] for each in refused)
        (total,) = [each for each in candidate["totals"] if each["severity"] == "refused"]
        assert total["count"] == 500
        assert told["agreed"] is False
        assert told["taken"] is None
        assert told["needs"] == ["partial"]
        mapped = {each["field"]: each for each in candidate["columns"]}
        assert mapped["area_m2"]["heading"] == "占地"
        assert mapped["area_m2"]["likeness"] == 1

    def test_wrong_geometry(self, folder, tmp_path):
        line = shapely.LineString([(113.8, 31.8), (113.9, 31.9)])
        road = write_parcels(tmp_path / "road.geojson", [line], 等级=["国道"])
        run("import", folder, road, "--layer", "village", status=2)
        assert Project.open(folder).list_layers() == ()

    def test_swapped_columns(self, folder, tmp_path):
        graves = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=[31.8], 纬度=[113.8])
        told = import_json(folder, graves, "--layer", "burial", status=2)
        assert told["rows"]["accepted"] == 0
        assert Project.open(folder).list_layers() == ()

    def test_far_outside_the_project(self, folder, tmp_path):
        near = write_table(tmp_path / "near.csv", 编号=["N1"], 经度=[113.8], 纬度=[31.8])
        run("import", folder, near, "--layer", "burial")
        far = write_table(tmp_path / "far.csv", 编号=["F1"], 经度=[9.5], 纬度=[47.1])
        run("import", folder, far, "--layer", "cemetery", status=2)
        assert [state.spec.kind for state in Project.open(folder).list_layers()] == ["burial"]


class TestDryRun:
    def test_says_what_would_happen_and_does_nothing(self, folder, tmp_path):
        good = {name: values[:1] for name, values in GRAVES.items()}
        graves = write_table(tmp_path / "台账.csv", **good)
        told = import_json(folder, graves, "--layer", "burial", "--dry-run")
        assert told["outcome"] == [
            {"layer": "burial", "layer_title": "坟墓", "added": 1, "changed": 0,
             "unchanged": 0, "removed": 0}
        ]  # fmt: skip
        assert told["agreed"] is True
        assert told["taken"] is None
        assert read_ids(folder) == []
        printed = run("import", folder, graves, "--layer", "burial", "--dry-run").stdout
        assert "--dry-run" in printed

    def test_ends_as_the_import_would(self, folder, tmp_path):
        graves = write_table(tmp_path / "台账.csv", **GRAVES)
        run("import", folder, graves, "--layer", "burial", "--dry-run", status=2)
        run("import", folder, graves, "--layer", "burial", "--dry-run", "--accept", "partial")
        assert not list(tmp_path.glob("*.xlsx"))
        assert read_ids(folder) == []

    @pytest.mark.parametrize("mode", ["add", "replace", "update"])
    def test_foretells_what_the_import_does(self, folder, tmp_path, mode):
        old = write_table(
            tmp_path / "o.csv",
            编号=list("abc"), 经度=[113.8, 113.81, 113.82], 纬度=[31.8] * 3, 墓主=["旧"] * 3,
        )  # fmt: skip
        run("import", folder, old, "--layer", "burial")
        new = write_table(
            tmp_path / "n.csv",
            编号=list("bcd" if mode != "add" else "def"),
            经度=[113.81, 113.82, 113.83], 纬度=[31.8] * 3, 墓主=["旧", "新", "新"],
        )  # fmt: skip
        arguments = (folder, new, "--layer", "burial", "--mode", mode)
        (foretold,) = import_json(*arguments, "--dry-run")["outcome"]
        (done,) = import_json(*arguments)["taken"]["layers"]
        counts = ("added", "changed", "removed")
        assert [foretold[key] for key in counts] == [done[key] for key in counts]
        expected = {"add": (3, 0, 0), "replace": (1, 1, 1), "update": (1, 1, 0)}
        assert tuple(done[key] for key in counts) == expected[mode]


class TestPartial:
    def test_what_is_fine_goes_in_and_the_rest_comes_back_mended(self, folder, tmp_path):
        graves = write_table(tmp_path / "台账.csv", **GRAVES)
        printed = run("import", folder, graves, "--layer", "坟墓", "--accept", "partial").stdout
        file = tmp_path / "台账-待改.xlsx"
        assert file.name in printed
        assert read_ids(folder) == ["G1", "G4"]
        book = openpyxl.load_workbook(file)
        sheet = book.active
        headings = [cell.value for cell in sheet[1]]
        assert headings == [*GRAVES, "原行号", "原因", "处理办法"]
        held = {sheet.cell(row, 1).value: row for row in (2, 3)}
        assert sheet.cell(held["G2"], len(GRAVES) + 1).value == 3
        assert "骨灰三人" in sheet.cell(held["G2"], len(GRAVES) + 2).value
        sheet.cell(held["G2"], 5).value = "骨灰合葬"
        sheet.cell(held["G3"], 4).value = "31.82"
        book.save(file)
        told = import_json(folder, file)
        assert told["rows"] == {"read": 2, "accepted": 2, "to_repair": 0, "refused": 0}
        assert told["candidates"][0]["left_out"] == ["电话"]
        assert read_ids(folder) == ["G1", "G2", "G3", "G4"]

    def test_rows_to_repair_stay_out_too_unless_agreed(self, folder, tmp_path):
        parcels = [BOW_TIE, square(113.9, 31.8), square(113.93, 31.8)]
        file = write_parcels(tmp_path / "t.gpkg", parcels, crop=["油茶", "油茶", "西瓜"])
        arguments = ("import", folder, file, "--layer", "land_transfer")
        run(*arguments, status=2)
        run(*arguments, "--accept", "repairs", status=2)
        assert read_ids(folder, "land_transfer") == []
        run(*arguments, "--accept", "partial", "--refused", tmp_path / "a.xlsx")
        assert read_ids(folder, "land_transfer") == ["P1"]
        run("undo", folder)
        run(*arguments, "--accept", "partial", "--accept", "repairs", "--refused",
            tmp_path / "b.xlsx")  # fmt: skip
        assert read_ids(folder, "land_transfer") == ["P0", "P1"]
        frame = Project.open(folder).read_layer("land_transfer")
        assert frame.geometry.is_valid.all()
        counts = [openpyxl.load_workbook(tmp_path / f"{n}.xlsx").active.max_row for n in "ab"]
        assert counts == [3, 2]

    def test_an_older_list_is_not_written_over(self, folder, tmp_path):
        graves = write_table(tmp_path / "台账.csv", **GRAVES)
        for _ in range(2):
            run("import", folder, graves, "--layer", "burial", "--accept", "partial")
            run("undo", folder)
        assert (tmp_path / "台账-待改-2.xlsx").exists()

    def test_when_no_row_is_left_nothing_happens(self, folder, tmp_path):
        graves = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=["?"], 纬度=["31.8"])
        result = run(
            "import", folder, graves, "--layer", "burial", "--mode", "replace",
            "--accept", "partial", status=2,
        )  # fmt: skip
        assert "g.csv" in result.stderr
        assert Project.open(folder).list_layers() == ()


class TestModes:
    def test_same_file_twice(self, folder, tmp_path):
        graves = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=[113.8], 纬度=[31.8])
        run("import", folder, graves, "--layer", "burial")
        run("import", folder, graves, "--layer", "burial", status=2)
        run("import", folder, graves, "--layer", "burial", "--mode", "replace")
        printed = run("import", folder, graves, "--layer", "burial", "--mode", "update").stdout
        assert "没有变动" in printed
        assert read_ids(folder) == ["G1"]
        assert len(Project.open(folder).list_history()) == 1

    def test_no_identity_gets_one_that_is_stable(self, folder, tmp_path):
        file = write_table(tmp_path / "g.csv", 经度=[113.8, 113.81], 纬度=[31.8, 31.8])
        run("import", folder, file, "--layer", "burial")
        first = read_ids(folder)
        run("import", folder, file, "--layer", "burial", "--mode", "replace")
        assert read_ids(folder) == first
        assert len(set(first)) == 2

    def test_an_update_needs_identities(self, folder, tmp_path):
        file = write_table(tmp_path / "g.csv", 经度=[113.8], 纬度=[31.8])
        printed = run("import", folder, file, "--layer", "burial", "--mode", "update", status=2)
        assert "编号" in printed.stdout
        assert Project.open(folder).list_layers() == ()

    def test_an_update_keeps_what_the_file_does_not_speak_of(self, folder, tmp_path):
        whole = {name: values[:1] for name, values in GRAVES.items()}
        run("import", folder, write_table(tmp_path / "a.csv", **whole), "--layer", "burial")
        partly = write_table(
            tmp_path / "b.csv", 编号=["G1"], 经度=["113.85"], 纬度=["31.80"], 墓主=["张三丰"]
        )
        told = import_json(folder, partly, "--layer", "burial", "--mode", "update")
        (change,) = [each for each in told["candidates"][0]["problems"] if each["key"] == "changed"]
        assert "安葬方式" not in change["problem"]
        (grave,) = Project.open(folder).read_layer("burial").to_dict("records")
        assert (grave["holder"], grave["burial_type"]) == ("张三丰", "ashes_single")

    def test_files_of_one_layer_go_in_together(self, folder, tmp_path):
        files = [
            write_table(tmp_path / f"{n}.csv", 编号=[f"G{n}"], 经度=[113.8 + n / 100], 纬度=[31.8])
            for n in range(3)
        ]
        run("import", folder, *files, "--layer", "burial")
        (batch,) = Project.open(folder).list_history()
        assert batch.changes[0].source == "0.csv, 1.csv, 2.csv"
        assert read_ids(folder) == ["G0", "G1", "G2"]
        again = [write_table(file, 编号=["X"], 经度=[113.9], 纬度=[31.8]) for file in files[:2]]
        told = run("import", folder, *again, "--layer", "burial", status=2).stdout
        assert "编号“X”与一起导入的“0.csv”第 2 行重复" in told
        assert read_ids(folder) == ["G0", "G1", "G2"]
        assert len(Project.open(folder).list_history()) == 1

    def test_one_bad_file_keeps_the_good_ones_out(self, folder, tmp_path):
        good = write_table(tmp_path / "good.csv", 编号=["G1"], 经度=[113.8], 纬度=[31.8])
        (tmp_path / "bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        run("import", folder, good, tmp_path / "bad.csv", "--layer", "burial", status=2)
        assert Project.open(folder).list_layers() == ()


class TestWishes:
    def test_sheet_and_columns_are_named(self, folder, tmp_path):
        file = tmp_path / "book.xlsx"
        with pd.ExcelWriter(file) as book:
            for name in ("甲", "乙"):
                pd.DataFrame({"序号": [f"{name}1"], "A": [113.8], "B": [31.8]}).to_excel(
                    book, sheet_name=name, index=False
                )
        run(
            "import", folder, file, "--layer", "burial", "--from", "乙",
            "--column", "编号=序号", "--column", "经度=A", "--column", "lat=B",
        )  # fmt: skip
        assert read_ids(folder) == ["乙1"]

    def test_encoding_and_crs(self, folder, tmp_path):
        file = tmp_path / "台账.csv"
        table = "编号,名称,东坐标,北坐标\nG1,李家墓,486341.535,3525228.686\n"
        file.write_bytes(table.encode("gb18030"))
        run("import", folder, file, "--layer", "burial", "--crs", "EPSG:4547",
            "--encoding", "gb18030")  # fmt: skip
        (grave,) = Project.open(folder).read_layer("burial").itertuples()
        assert grave.name == "李家墓"
        # the check point of the domain's notes
        assert grave.geometry.x == pytest.approx(113.85569, abs=1e-5)
        assert grave.geometry.y == pytest.approx(31.85, abs=1e-5)

    def test_datum(self, folder, tmp_path):
        file = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=[113.85], 纬度=[31.8])
        run("import", folder, file, "--layer", "burial", "--datum", "gcj02")
        (place,) = Project.open(folder).read_layer("burial").geometry
        assert 0.001 < place.distance(shapely.Point(113.85, 31.8)) < 0.01

    def test_angles(self, folder, tmp_path):
        file = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=["113.5100"], 纬度=["31.4800"])
        run("import", folder, file, "--layer", "burial", "--angles", "dd.mmss")
        (place,) = Project.open(folder).read_layer("burial").geometry
        assert (place.x, place.y) == pytest.approx((113.85, 31.8), abs=1e-9)

    @pytest.mark.parametrize(
        "option", [("--column", "编号"), ("--column", "=x"), ("--parameters", "1,2,a")]
    )
    def test_options_that_are_not_of_their_form(self, folder, tmp_path, option):
        file = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=[113.8], 纬度=[31.8])
        told = run("import", folder, file, "--layer", "burial", *option, status=2).stderr
        assert option[0] in told
        assert len(told.splitlines()) == 1


def test_files_of_many_kinds_come_in(folder, tmp_path):
    """One set of parcels in the forms that people bring them in; each is read the same."""
    parcels = [square(113.85, 31.8), square(113.9, 31.8)]
    columns = {"crop": ["油茶", "小黄姜"]}
    write_parcels(tmp_path / "a.gpkg", parcels, **columns)
    write_parcels(tmp_path / "b.geojson", parcels, **columns)
    (tmp_path / "c").mkdir()
    write_parcels(tmp_path / "c" / "c.shp", parcels, **columns)
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for part in (tmp_path / "c").iterdir():
            archive.write(part, part.name)
    write_table(
        tmp_path / "e.csv", 编号=["P0", "P1"], **columns, WKT=[parcel.wkt for parcel in parcels]
    )
    results = []
    for name in ("a.gpkg", "b.geojson", "c", "d.zip", "e.csv"):
        run("import", folder, tmp_path / name, "--layer", "land_transfer")
        frame = Project.open(folder).read_layer("land_transfer").sort_values("id")
        sizes = shapely.area(frame.geometry.to_numpy()).round(9)
        results.append(list(zip(frame["id"], frame["crop"], sizes, strict=True)))
        run("undo", folder)
    assert results == [[("P0", "camellia", 1e-4), ("P1", "ginger", 1e-4)]] * 5
    assert Project.open(folder).list_layers() == ()


DYING = """
import os, sys
from geo_rv.store import rows
rows._note_extent = lambda *_: os._exit(9)
from web.command import main
main(sys.argv[1:])
"""


def test_a_death_in_the_middle_leaves_the_project_as_it_was(folder, tmp_path):
    old = write_table(tmp_path / "o.csv", 编号=["G1"], 经度=[113.8], 纬度=[31.8])
    run("import", folder, old, "--layer", "burial")
    new = write_table(tmp_path / "n.csv", 编号=["G2"], 经度=[113.8], 纬度=[31.8])
    ended = subprocess.run(
        [sys.executable, "-c", DYING, "import", folder, new, "--layer", "burial",
         "--mode", "replace"],
        check=False, capture_output=True, cwd=Path(__file__).parents[1],
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert ended.returncode == 9, ended.stderr
    assert read_ids(folder) == ["G1"]
    assert len(Project.open(folder).list_history()) == 1


def test_a_project_that_changes_in_between_is_told(folder, tmp_path, monkeypatch):
    graves = write_table(tmp_path / "g.csv", 编号=["G1"], 经度=[113.8], 纬度=[31.8])
    other = write_table(tmp_path / "h.csv", 编号=["G2"], 经度=[113.8], 纬度=[31.8])
    write = GeoPackageStore.write_layers

    def change_first(self, *given, **named):
        monkeypatch.setattr(GeoPackageStore, "write_layers", write)
        run("import", folder, other, "--layer", "burial")
        return write(self, *given, **named)

    monkeypatch.setattr(GeoPackageStore, "write_layers", change_first)
    run("import", folder, graves, "--layer", "burial", status=2)
    assert read_ids(folder) == ["G2"]


def test_how_a_column_is_named_is_told_where_one_was_guessed(folder, tmp_path):
    columns = {"编号": ["G1"], "经度": [113.8], "纬度": [31.8]}
    sure = write_table(tmp_path / "g.csv", **columns)
    alike = write_table(tmp_path / "h.csv", **columns, 占地面积=[3])
    for file, is_told in ((sure, False), (alike, True)):
        told = run("import", folder, file, "--layer", "burial", "--dry-run").output
        assert ("--column" in told) == is_told
