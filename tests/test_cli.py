"""The command line as a person uses it: what it prints, and how it ends."""

from __future__ import annotations

import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.project import Project, make_demo
from geo_rv.store.geopackage import GeoPackageStore
from tests.command_line import refuse, run

GEOD = pyproj.Geod(ellps="GRS80")
KEYS = {
    "layer", "site", "rule", "verdict", "distance_m", "limit_m", "margin_m",
    "constraint_layer", "constraint", "coverage", "strictest", "contested", "segment",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    run("new", tmp_path / "town", "--name", "测试镇", "--town", "421381107")
    return tmp_path / "town"


def write_graves(file, points, **columns):
    pd.DataFrame({"编号": [f"G{n}" for n in range(len(points))], **columns}).assign(
        经度=[p[0] for p in points], 纬度=[p[1] for p in points]
    ).to_csv(file, index=False)
    return file


def write_road(file):
    # along a meridian, which is a geodesic: what lies due east of it is that far away
    road = shapely.LineString([(113.85, 31.75), (113.85, 31.85)])
    frame = gpd.GeoDataFrame({"编号": ["R1"], "等级": ["国道"]}, geometry=[road], crs=4490)
    frame.to_file(file, driver="GeoJSON")
    return file


def test_from_files_to_findings(folder, tmp_path):
    """A grave 300 m east of a national road breaks the 500 m rule; one at 800 m does not."""
    near = GEOD.fwd(113.85, 31.80, 90, 300)[:2]
    far = GEOD.fwd(113.85, 31.80, 90, 800)[:2]
    graves = write_graves(tmp_path / "墓地台账.csv", [near, far])
    printed = run("import", folder, graves, "--layer", "burial").stdout
    assert "2" in printed
    run("import", folder, write_road(tmp_path / "road.geojson"), "--layer", "road")
    answer = json.loads(run("check", folder, "--json", "--all").stdout)
    assert set(answer) == {"book", "as_of", "sites", "counts", "findings"}
    assert answer["sites"] == 2
    assert all(set(finding) == KEYS for finding in answer["findings"])
    by_site = {f["site"]: f for f in answer["findings"] if f["rule"] == "BUR-02"}
    assert by_site["G0"]["verdict"] == "violation"
    assert by_site["G0"]["distance_m"] == pytest.approx(300, abs=0.01)
    assert by_site["G0"]["margin_m"] == pytest.approx(-200, abs=0.01)
    assert by_site["G1"]["verdict"] == "pass"
    assert by_site["G1"]["distance_m"] == pytest.approx(800, abs=0.01)
    (lon1, lat1), (lon2, lat2) = by_site["G0"]["segment"]
    assert GEOD.inv(lon1, lat1, lon2, lat2)[2] == pytest.approx(300, abs=0.01)
    railway = {f["verdict"] for f in answer["findings"] if f["rule"] == "BUR-01"}
    assert railway == {"not_checked"}


@pytest.mark.parametrize("name", ["burial", "坟墓", "Graves"])
def test_layer_is_named_by_its_kind_or_its_title(folder, tmp_path, name):
    graves = write_graves(tmp_path / "台账.csv", [(113.85, 31.8)])
    run("import", folder, graves, "--layer", name)
    assert len(Project.open(folder).read_layer("burial")) == 1


def test_check_lists_all_but_passed_and_counts_everything(demo_folder):
    short = json.loads(run("check", demo_folder, "--json").stdout)
    full = json.loads(run("check", demo_folder, "--json", "--all").stdout)
    assert "pass" not in {finding["verdict"] for finding in short["findings"]}
    assert short["findings"] == [f for f in full["findings"] if f["verdict"] != "pass"]
    assert sum(short["counts"].values()) == len(full["findings"])
    assert short["counts"] == full["counts"]


def test_rules_are_read_as_of_the_day(demo_folder):
    before = json.loads(run("check", demo_folder, "--json", "--as-of", "2024-03-19").stdout)
    after = json.loads(run("check", demo_folder, "--json", "--as-of", "2024-03-20").stdout)
    assert before["as_of"] == "2024-03-19"
    assert "BUR-18" not in {finding["rule"] for finding in before["findings"]}
    assert "BUR-18" in {finding["rule"] for finding in after["findings"]}


def test_exit_status_is_one_only_when_asked(demo_folder):
    run("check", demo_folder, status=0)
    run("check", demo_folder, "--fail-on", "violation", status=1)


def test_findings_go_into_files(demo_folder, tmp_path):
    files = [tmp_path / f"findings.{ending}" for ending in ("xlsx", "csv", "geojson", "gpkg")]
    run("check", demo_folder, *(part for file in files for part in ("--out", file)))
    told = json.loads(run("check", demo_folder, "--json").stdout)["findings"]
    assert openpyxl.load_workbook(files[0]).active.max_row == len(told) + 1
    assert len(gpd.read_file(files[3])) == len(told)


def test_one_point_answers_with_every_rule_in_force(demo_folder):
    answer = json.loads(run("site", demo_folder, 113.86, 31.85, "--json").stdout)
    assert answer["sites"] == 1
    rules = [finding["rule"] for finding in answer["findings"]]
    assert len(rules) == len(set(rules))
    assert {"BUR-01", "BUR-02", "BUR-04", "BUR-05", "BUR-09"} <= set(rules)
    printed = run("--lang", "en", "site", demo_folder, 113.86, 31.85).stdout
    assert "BUR-02" in printed


def test_summary_and_reconciliation_give_the_reports_figures(demo_folder):
    summary = json.loads(run("summary", demo_folder, "--json").stdout)
    stations = next(layer for layer in summary["layers"] if layer["layer"] == "pv_station")
    assert stations["count"] == 55
    measures = {measure["name"]: measure for measure in stations["measures"]}
    assert measures["capacity_kw"]["total"] == 2750
    assert sum(measures["capacity_kw"]["by_village"].values()) == 2750
    told = json.loads(run("reconcile", demo_folder, "--json").stdout)
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert figures["resettlement_people"]["map"] == 999
    assert figures["resettlement_people"]["status"] == "equal"
    assert told["contradictions"]


def test_demo_is_made_once_and_finished_when_it_was_cut_short(tmp_path, monkeypatch):
    def cut_short(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(GeoPackageStore, "write_layers", cut_short)
        with pytest.raises(KeyboardInterrupt):
            make_demo(tmp_path / "town")
    assert Project.open(tmp_path / "town").list_layers() == ()
    made = make_demo(tmp_path / "town")
    assert len(made.list_layers()) == 24
    assert make_demo(tmp_path / "town").stamp == made.stamp


def test_point_west_of_greenwich_and_south_of_the_equator(folder, tmp_path):
    graves = write_graves(tmp_path / "graves.csv", [(-70.5, -33.4)])
    run("import", folder, graves, "--layer", "burial")
    assert json.loads(run("site", folder, -70.5, -33.4, "--json").stdout)["sites"] == 1


def test_report_of_another_town_is_told(tmp_path, demo_folder):
    run("new", tmp_path / "other", "--name", "别处", "--town", "420683109")
    assert "421381107" in run("reconcile", tmp_path / "other").stdout
    assert json.loads(run("reconcile", tmp_path / "other", "--json").stdout)["warning"]
    assert not json.loads(run("reconcile", demo_folder, "--json").stdout)["warning"]


def test_summary_lists_villages_when_asked(demo_folder):
    assert "徐家山村" not in run("summary", demo_folder).stdout
    lines = run("summary", demo_folder, "--by-village").stdout.splitlines()
    assert any("徐家山村" in line and "15,000" in line for line in lines)


def test_names_are_printed_as_they_are(folder, tmp_path):
    """Brackets are no commands to the terminal."""
    graves = write_graves(tmp_path / "graves.csv", [(113.85, 31.8)], 名称=["[/red][bold]张"])
    run("import", folder, graves, "--layer", "burial")
    frame = gpd.GeoDataFrame(
        {"id": ["1"], "name": ["[/red]河"]},
        geometry=[shapely.LineString([(113.85, 31.7), (113.85, 31.9)])],
        crs=4490,
    )
    frame.to_file(tmp_path / "river.geojson", driver="GeoJSON")
    run("import", folder, tmp_path / "river.geojson")
    assert "[/red]河" in run("site", folder, 113.852, 31.8).stdout


def test_layers_lists_what_is_there(demo_folder):
    printed = run("--lang", "en", "layers", demo_folder).stdout
    assert "burial" in printed
    assert "cemetery" in printed


def test_map_is_one_file(demo_folder, tmp_path):
    run("map", demo_folder, "--out", tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text("utf-8")
    assert "东门楼社区" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_speaks_both_languages(demo_folder, lang):
    for command in (["layers"], ["check"], ["summary"], ["reconcile"], ["site", 113.86, 31.85]):
        run("--lang", lang, command[0], demo_folder, *command[1:])


class TestRefusals:
    """Bad input: one line that says what, where and what to do; nothing changes."""

    def test_no_project(self, tmp_path):
        assert "geo-rv new" in refuse("layers", tmp_path)

    def test_new_project_where_something_is(self, tmp_path):
        (tmp_path / "notes.txt").write_text("mine", "utf-8")
        refuse("new", tmp_path, "--name", "x")
        assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]

    def test_demo_where_another_project_is(self, folder):
        refuse("demo", folder, "--no-serve")
        assert Project.open(folder).list_layers() == ()

    @pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:999999", "nonsense"])
    def test_plane_that_is_none(self, tmp_path, crs):
        refuse("new", tmp_path / "town", "--name", "x", "--crs", crs)
        assert not (tmp_path / "town").exists()

    def test_town_code_that_is_none(self, tmp_path):
        assert "421381107" in refuse("new", tmp_path / "t", "--name", "x", "--town", "吴店镇")

    def test_file_that_is_not_there(self, folder, tmp_path):
        assert "absent.csv" in refuse("import", folder, tmp_path / "absent.csv")

    def test_file_that_is_nothing_known(self, folder, tmp_path):
        (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        assert "picture.csv" in refuse(
            "import", folder, tmp_path / "picture.csv", "--layer", "burial"
        )

    def test_unknown_layer(self, folder, tmp_path):
        graves = write_graves(tmp_path / "graves.csv", [(113.8, 31.8)])
        assert "burial" in refuse("import", folder, graves, "--layer", "tombs")

    def test_layer_that_cannot_be_guessed(self, folder, tmp_path):
        graves = write_graves(tmp_path / "data.csv", [(113.8, 31.8)])
        assert "--layer" in refuse("import", folder, graves)

    def test_day_that_is_none(self, demo_folder):
        assert "2026-03-30" in refuse("check", demo_folder, "--as-of", "30.3.2026")

    def test_book_that_is_none(self, demo_folder):
        assert "burial" in refuse("check", demo_folder, "--book", "../burial")

    def test_output_that_is_none(self, demo_folder, tmp_path):
        assert ".xlsx" in refuse("check", demo_folder, "--out", tmp_path / "findings.doc")

    def test_point_off_the_earth(self, demo_folder):
        assert "200" in refuse("site", demo_folder, 200, 31.85)

    @pytest.mark.parametrize("command", [["check"], ["site", 113.8, 31.8]])
    def test_question_to_an_empty_project(self, folder, command):
        assert "geo-rv import" in refuse(command[0], folder, *command[1:])

    def test_address_that_others_could_reach(self, demo_folder):
        refuse("serve", demo_folder, "--host", "0.0.0.0")  # noqa: S104 - what is refused
