"""Finding files: they open elsewhere, hold what was told, and run nothing."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess

import openpyxl
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.errors import OutputError, OutputFormatUnknown
from geo_rv.reports.tables import COLUMNS, write_findings

ROW = {
    "layer": "burial", "layer_title": "坟墓", "village": "421381107200",
    "site": "G-1", "site_name": "户主0001",
    "rule": "BUR-02", "rule_title": "干线公路", "verdict": "violation", "verdict_title": "违反",
    "distance_m": 123.45, "limit_m": 500.0, "margin_m": -376.55,
    "overlap_m2": None, "overlap_mu": None,
    "constraint_layer": "road", "constraint_layer_title": "道路",
    "constraint": "R-1", "constraint_name": None,
    "segment": [[113.8, 31.8], [113.801, 31.8]], "reason": "距道路 123.45 米",
    "authority": "国务院", "document": "殡葬管理条例", "article": "第十条", "certainty": "A",
    "contested": "坟已迁走",
}  # fmt: skip
WITHOUT_PLACE = ROW | {"site": "G-2", "segment": None, "distance_m": None, "margin_m": None}


def test_workbook_holds_titles_and_numbers(tmp_path):
    file = tmp_path / "findings.xlsx"
    write_findings([ROW, WITHOUT_PLACE], file, language="zh")
    header, first, second = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
    assert header[0] == "图层"
    assert header[7] == "距离（米）"
    assert first[7] == 123.45
    assert second[7] is None


def test_csv_opens_in_excel_with_chinese(tmp_path):
    file = tmp_path / "findings.csv"
    write_findings([ROW], file, language="en")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as source:
        header, row = csv.reader(source)
    assert header[:2] == ["Layer", "Site"]
    assert row[1] == "G-1"


@pytest.mark.parametrize("ending", [".geojson", ".gpkg"])
def test_map_files_open_elsewhere_with_all_rows(tmp_path, ending):
    file = tmp_path / f"findings{ending}"
    write_findings([ROW, WITHOUT_PLACE], file, language="zh")
    frame = pyogrio.read_dataframe(file)
    assert list(frame["site"]) == ["G-1", "G-2"]
    assert frame["distance_m"].iloc[0] == 123.45
    assert frame.geometry.iloc[0].coords[0] == (113.8, 31.8)
    assert frame.geometry.iloc[1] is None
    assert frame.crs.to_epsg() in {4490, 4326}


@pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="ogrinfo is missing: apt-get install gdal-bin"
)
def test_geopackage_opens_without_a_warning_in_older_programs(tmp_path):
    file = tmp_path / "findings.gpkg"
    write_findings([ROW], file, language="zh")
    told = subprocess.run(
        ["ogrinfo", "-so", file, "findings"], capture_output=True, text=True, check=True
    )
    assert "Feature Count: 1" in told.stdout
    assert told.stderr == ""


def test_geojson_is_in_longitude_and_latitude(tmp_path):
    file = tmp_path / "findings.geojson"
    write_findings([ROW], file, language="zh")
    (feature,) = json.loads(file.read_text("utf-8"))["features"]
    assert feature["geometry"]["coordinates"] == [[113.8, 31.8], [113.801, 31.8]]


@given(
    start=st.sampled_from("=+-@\t\r\n＝＋－＠"),
    rest=st.text(st.characters(categories=["L", "N"]), max_size=20),
)
def test_no_cell_can_be_a_formula(tmp_path_factory, start, rest):
    folder = tmp_path_factory.mktemp("out")
    row = ROW | dict.fromkeys(COLUMNS, start + rest)
    for name in ("findings.csv", "findings.xlsx"):
        write_findings([row], folder / name, language="zh")
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as source:
        cells = list(csv.reader(source))[1]
    assert all(cell.startswith("'") for cell in cells)
    sheet = openpyxl.load_workbook(folder / "findings.xlsx").active
    assert all(cell.data_type == "s" and cell.value.startswith("'") for cell in sheet[2])


def test_unknown_ending_is_told_with_those_known(tmp_path):
    with pytest.raises(OutputFormatUnknown, match=r"\.xlsx"):
        write_findings([ROW], tmp_path / "findings.doc", language="zh")


def test_unwritable_place_leaves_nothing_behind(tmp_path):
    with pytest.raises(OutputError):
        write_findings([ROW], tmp_path / "absent" / "findings.csv", language="zh")
    assert list(tmp_path.iterdir()) == []


def test_failure_keeps_the_older_file(tmp_path):
    file = tmp_path / "findings.csv"
    file.write_text("older", "utf-8")
    with pytest.raises(KeyError):
        write_findings([{"site": "incomplete"}], file, language="zh")
    assert file.read_text("utf-8") == "older"
    assert list(tmp_path.iterdir()) == [file]
