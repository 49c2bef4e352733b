"""`geo-rv eligible` as a person uses it: what it prints, writes and refuses."""

from __future__ import annotations

import json
import shutil
import subprocess

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from geo_rv.frames import conform_frame
from geo_rv.project import Project
from tests import command_line

KEYS = {"as_of", "book", "subject", "area", "eligible_mu", "dropped", "not_checked", "weights",
        "criteria", "patches"}  # fmt: skip
PATCH_KEYS = {
    "id", "rank", "mu", "area_m2", "village", "village_name", "longest_side_m", "road_m",
    "slope_deg", "aspect_deg", "aspect_title", "scores", "score", "sentence", "lon", "lat",
    "geometry",
}  # fmt: skip
CRITERIA = ["area", "road", "slope", "aspect", "shape"]


def store(project, kind, geometry, **columns):
    """Add one feature to a layer of a project."""
    frame = gpd.GeoDataFrame({"id": ["X"], **columns}, geometry=[geometry], crs=4490)
    frame = conform_frame(frame, project.catalogue[kind])
    project.store.write_layers({kind: frame}, source={kind: "test"})


def run(*arguments, language="zh"):
    return command_line.run("--lang", language, "eligible", *arguments)


def refuse(*arguments):
    return command_line.refuse("--lang", "zh", "eligible", *arguments)


def ask(folder, *arguments, language="zh"):
    return json.loads(run(folder, "--json", *arguments, language=language).stdout)


@pytest.fixture(scope="module")
def answer(demo_folder):
    return ask(demo_folder, "--as-of", "2026-01-01")


@pytest.fixture
def hillside(tmp_path):
    """Return a terrain that falls by 10 % to the south over the western half of the town."""
    rows = np.arange(600.0)[:, None]
    heights = np.broadcast_to(2000 - 3.0 * rows, (600, 250)).astype("float32")
    file = tmp_path / "hillside.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=250, height=600, count=1, dtype="float32",
        crs="EPSG:4547", transform=Affine(30, 0, 479_000, 0, -30, 3_534_500),
    ) as target:  # fmt: skip
        target.write(heights, 1)
    return file


def test_the_answer_keeps_what_pages_count_on(answer):
    assert set(answer) >= KEYS
    assert answer["as_of"] == "2026-01-01"
    assert answer["book"] == "burial"
    assert answer["subject"] == "cemetery"
    assert answer["area"] == {"title": "全部村（社区）", "mu": pytest.approx(231_414, abs=10)}
    assert [each["name"] for each in answer["criteria"]] == CRITERIA
    assert set(answer["weights"]) == set(CRITERIA)
    assert all(set(patch) >= PATCH_KEYS for patch in answer["patches"])
    assert [patch["rank"] for patch in answer["patches"]] == list(
        range(1, len(answer["patches"]) + 1)
    )
    total = sum(patch["mu"] for patch in answer["patches"])
    assert answer["eligible_mu"] == pytest.approx(total, abs=0.01)
    # what is no rule on where land lies is told, not passed over
    assert {each["rule"] for each in answer["not_checked"]} == {"BUR-21"}


def test_shares_make_up_the_score_and_the_sentence_tells_them(answer):
    for patch in answer["patches"]:
        known = [share for share in patch["shares"].values() if share is not None]
        assert sum(known) == pytest.approx(patch["score"], abs=1e-4)
        assert f"第{patch['rank']}名" in patch["sentence"]
        assert "坡度、坡向不明" in patch["sentence"]
        shape = shapely.from_geojson(json.dumps(patch["geometry"]))
        assert shape.is_valid
        assert shape.geom_type == "Polygon"
        assert shape.covers(shapely.Point(patch["lon"], patch["lat"]))


def test_patches_that_were_too_small_are_counted(demo_folder, answer):
    everything = ask(demo_folder, "--as-of", "2026-01-01", "--min-mu", "0")
    large = ask(demo_folder, "--as-of", "2026-01-01", "--min-mu", "100")
    assert everything["dropped"] == {"count": 0, "mu": 0}
    for one in (answer, large):
        assert len(one["patches"]) + one["dropped"]["count"] == len(everything["patches"])
        assert one["eligible_mu"] + one["dropped"]["mu"] == pytest.approx(
            everything["eligible_mu"], abs=0.01
        )
    # the same patch has the same id, however many are left out
    by_id = {patch["id"]: patch["mu"] for patch in everything["patches"]}
    assert all(by_id[patch["id"]] == patch["mu"] for patch in large["patches"])


def test_one_village_by_code_or_by_name(demo_folder, answer):
    by_code = ask(demo_folder, "--within", "village=421381107201", "--as-of", "2026-01-01")
    by_name = ask(demo_folder, "--within", "村（社区）=泉口村", "--as-of", "2026-01-01")
    assert {patch["village"] for patch in by_code["patches"]} == {"421381107201"}
    assert by_code["eligible_mu"] == by_name["eligible_mu"] < answer["eligible_mu"]
    assert by_code["area"]["title"] == "村（社区）“泉口村”"
    whole = sum(p["mu"] for p in answer["patches"] if p["village"] == "421381107201")
    # a patch that crosses the border counts for the village that holds most of it
    assert by_code["eligible_mu"] == pytest.approx(whole, rel=0.5)


def test_certain_land_is_less(demo_folder, answer):
    certain = ask(demo_folder, "--certain", "--as-of", "2026-01-01")
    assert 0.9 * answer["eligible_mu"] < certain["eligible_mu"] < answer["eligible_mu"]


def test_weights_move_the_ranks(demo_folder, answer):
    moved = ask(
        demo_folder, "--as-of", "2026-01-01", "--weights", "area=0,road=0,slope=0,aspect=0,shape=1"
    )
    assert moved["weights"]["area"] == 0
    best = max(moved["patches"], key=lambda patch: patch["scores"]["shape"])
    assert best["rank"] == 1
    assert [p["id"] for p in moved["patches"]] != [p["id"] for p in answer["patches"]]


def test_terrain_adds_slope_and_aspect_and_tells_where_it_has_none(demo_folder, hillside):
    told = ask(demo_folder, "--terrain", hillside, "--as-of", "2026-01-01", language="en")
    known = [patch for patch in told["patches"] if patch["slope_deg"] is not None]
    unknown = [patch for patch in told["patches"] if patch["slope_deg"] is None]
    assert known
    assert unknown
    assert all(p["slope_deg"] == pytest.approx(5.71, abs=0.01) for p in known)
    assert {p["aspect_title"] for p in known} == {"south"}
    assert all(p["scores"]["aspect"] == pytest.approx(1, abs=1e-3) for p in known)
    assert all(p["scores"]["slope"] is None for p in unknown)
    assert any(f"{len(unknown)} patches lie outside the terrain" in w for w in told["warnings"])


def test_files_of_every_format(demo_folder, tmp_path, answer):
    files = [tmp_path / f"patches{ending}" for ending in (".gpkg", ".geojson", ".xlsx", ".csv")]
    arguments = [part for file in files for part in ("--out", file)]
    printed = run(demo_folder, "--as-of", "2026-01-01", *arguments).stdout
    assert all(str(file) in printed for file in files)
    for file in files[:2]:
        drawn = gpd.read_file(file)
        assert drawn.crs.to_epsg() == 4490
        assert len(drawn) == len(answer["patches"])
        assert drawn["id"].tolist() == [patch["id"] for patch in answer["patches"]]
        assert drawn["mu"].sum() == pytest.approx(answer["eligible_mu"], abs=0.1)
        assert set(drawn.geom_type) == {"Polygon"}
    sheet, notes = openpyxl.load_workbook(files[2])
    assert [sheet["A1"].value, sheet["D1"].value] == ["名次", "面积（亩）"]
    assert sheet.max_row == len(answer["patches"]) + 1
    assert "BUR-21" in " ".join(str(row[0].value) for row in notes.rows)
    table = pd.read_csv(files[3])
    assert table["编号"].tolist() == [patch["id"] for patch in answer["patches"]]


def test_another_program_reads_the_geopackage(demo_folder, tmp_path, answer):
    if not shutil.which("ogrinfo"):
        pytest.skip("ogrinfo is not on this machine")
    file = tmp_path / "patches.gpkg"
    run(demo_folder, "--as-of", "2026-01-01", "--out", file)
    told = subprocess.run(
        ["ogrinfo", "-so", file, "eligible"], check=True, capture_output=True, text=True
    )
    assert f"Feature Count: {len(answer['patches'])}" in told.stdout
    assert "China Geodetic Coordinate System 2000" in told.stdout
    assert told.stderr == ""


def test_what_is_printed_says_what_was_asked_and_what_was_not(demo_folder):
    printed = run(demo_folder, "--as-of", "2026-01-01").stdout
    assert "2026-01-01" in printed
    assert "小于 0.1 亩的" in printed
    assert "未核查 BUR-21" in printed
    assert "另有" in printed
    english = run(demo_folder, "--as-of", "2026-01-01", language="en").stdout
    assert "mu of all villages" in english
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.splitlines()[-1])


def test_what_cannot_be_asked_is_refused_in_one_line(demo_folder, tmp_path):
    assert "village=421381107201" in refuse(demo_folder, "--within", "421381107201")
    assert "0 个" in refuse(demo_folder, "--within", "village=000")
    assert "不是面" in refuse(demo_folder, "--within", "burial=FM00001")
    assert "没有名为" in refuse(demo_folder, "--within", "moon=1")
    for value in ("-1", "nan", "inf"):
        assert "最小面积" in refuse(demo_folder, "--min-mu", value)
    assert "cemetery" in refuse(demo_folder, "--subject", "road")
    for value in ("area", "area=x", "=1", "area=1,area=2", ""):
        assert "权重" in refuse(demo_folder, "--weights", value)
    assert "area, road" in refuse(demo_folder, "--weights", "beauty=1")
    assert "0 到 1000" in refuse(demo_folder, "--weights", "area=-1")
    assert "2026-03-30" in refuse(demo_folder, "--as-of", "tomorrow")
    assert ".geojson" in refuse(demo_folder, "--out", tmp_path / "patches.shp")
    text = tmp_path / "dem.tif"
    text.write_text("<VRTDataset/>")
    assert "GeoTIFF" in refuse(demo_folder, "--terrain", text)
    assert "找不到" in refuse(demo_folder, "--terrain", tmp_path / "absent.tif")


def test_a_missing_layer_is_told_and_never_passed(tmp_path):
    """Villages alone: every rule on place is listed as not asked."""
    project = Project.create(tmp_path / "town", name="测试镇")
    store(project, "village", shapely.box(113.85, 31.85, 113.86, 31.86), name=["甲村"])
    told = ask(tmp_path / "town", "--as-of", "2026-01-01")
    missing = [each for each in told["not_checked"] if each["because"] == "layer_missing"]
    assert {"BUR-01", "BUR-02", "BUR-04", "BUR-09"} <= {each["rule"] for each in missing}
    assert len(told["patches"]) == 1
    assert told["eligible_mu"] == pytest.approx(told["area"]["mu"], rel=1e-4)
    printed = run(tmp_path / "town", "--as-of", "2026-01-01").stdout
    assert "没有“铁路”图层" in printed


def test_without_villages_the_layers_extent_is_the_area(tmp_path):
    project = Project.create(tmp_path / "town", name="测试镇")
    store(project, "railway", shapely.LineString([(113.85, 31.85), (113.87, 31.86)]))
    told = ask(tmp_path / "town", "--as-of", "2026-01-01")
    assert told["area"]["title"] == "全部图层的范围"
    assert 0 < told["eligible_mu"] < told["area"]["mu"]
    assert all(patch["village"] is None for patch in told["patches"])
    assert all(patch["road_m"] is None for patch in told["patches"])


def test_an_empty_project_says_so(tmp_path):
    Project.create(tmp_path / "town", name="测试镇")
    assert "导入" in refuse(tmp_path / "town")
    assert "project.toml" in refuse(tmp_path / "nowhere")


def test_no_land_at_all_says_so(own_demo_folder):
    project = Project.open(own_demo_folder)
    village = project.read_layer("village").geometry.iloc[0]
    inside = shapely.box(*village.centroid.buffer(0.0005).bounds)
    store(project, "village", inside, name=["小块"])
    store(project, "reservoir", inside)
    told = ask(own_demo_folder, "--within", "village=小块", "--as-of", "2026-01-01")
    assert told["patches"] == []
    assert told["eligible_mu"] == 0
    printed = run(own_demo_folder, "--within", "village=X", "--as-of", "2026-01-01").stdout
    assert "没有可选地" in printed
