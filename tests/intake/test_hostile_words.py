"""Texts made to do harm to patterns, spreadsheets, terminals and logs; and being called off."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from geo_rv.errors import Cancelled, ReadingTooLong, SourceError, SourceMissing
from geo_rv.formats.angles import parse_angles, parse_pairs
from geo_rv.formats.survey import parse_survey
from geo_rv.intake import Limits, Wish, read_candidates
from geo_rv.intake.wall import gdal_door
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.messages import text
from web.command import main

STEERING = "甲\n2024-01-01 root ok\x1b[2J\x1b]0;x\x07\u202e\x9b31m"


# ---- patterns that take for ever


@pytest.mark.parametrize(
    "cell",
    [
        "1" * 1_000_000,
        "1." * 500_000,
        "113 " * 250_000,
        "113°" * 250_000,
        "-" * 1_000_000,
        " " * 1_000_000,
        "东经" * 500_000,
        "1,234" * 200_000,
        "1e" * 500_000,
        "（" * 1_000_000,
        "2024-" * 200_000,
        "a" * 999_999 + "!",
    ],
    ids=lambda cell: f"{cell[:4]}…",
)
def test_cells_of_a_million_characters(cell, write_table, survive):
    path = write_table(
        ["编号", "经度", "纬度", "名称", "area_m2", "安葬日期", "安葬方式"],
        ["甲", "113.8", "31.8", "一", "1", "", ""],
        ["乙", f'"{cell}"', f'"{cell}"', f'"{cell}"', f'"{cell}"', f'"{cell}"', f'"{cell}"'],
        [f'"{cell}"', "113.8", "31.8", "三", "1", "", ""],
    )
    outcome = survive(path, seconds=5)
    if not isinstance(outcome, SourceError):
        assert 2 in outcome[0].rows
        assert 3 not in outcome[0].rows
    heading = write_table([f'"{cell}"', "经度", "纬度"], ["甲", "113.8", "31.8"])
    survive(heading, seconds=5)


def test_time_grows_with_the_text_and_not_faster():
    for piece in ("1", "1 ", "113°51′", "E", "-", ".", "N31 "):
        cells = pd.Series([piece * (100_000 // len(piece))] * 20)
        started = time.monotonic()
        parse_angles(cells)
        parse_pairs(cells)
        parse_survey(piece * 200_000)
        parse_survey((piece * 50 + "\n") * 4_000)
        assert time.monotonic() - started < 30, piece


# ---- formulas


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_formulas_stay_text_on_the_way_to_a_spreadsheet(start, tmp_path):
    formula = f"{start}HYPERLINK(1)"
    wrong = f'"{formula}",x,31.8,"{formula}","{formula}"'
    rows = ["编号,经度,纬度,名称,area_m2", "甲,113.8,31.8,一,1", wrong]
    (tmp_path / "burial.csv").write_text("\n".join(rows), "utf-8", newline="")
    run("new", tmp_path / "town", "--name", "测试镇", "--town", "421381107")
    refused = tmp_path / "refused.xlsx"
    options = ["--datum", "cgcs2000", "--accept", "partial", "--refused", refused]
    run("import", tmp_path / "town", tmp_path / "burial.csv", "--layer", "burial", *options)
    sheet = openpyxl.load_workbook(refused).active
    cells = [cell for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert len(cells) >= 3
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


# ---- what steers a terminal, or forges a line of a log


def test_facts_end_no_line_and_steer_no_terminal():
    told = text("error.SourceMissing", "zh", file=Path(STEERING))
    assert "甲" in told
    assert not any(character in told for character in "\n\x1b\x07\u202e\x9b")


def test_command_line_prints_nothing_that_steers(tmp_path):
    run("new", tmp_path / "town", "--name", "测试镇", "--town", "421381107")
    features = gpd.GeoDataFrame(
        {"name": [STEERING], STEERING: ["x"], "安葬方式": [STEERING]},
        geometry=gpd.points_from_xy([113.8], [31.8]),
        crs=4490,
    )
    path = tmp_path / "burial.geojson"
    features.to_file(path)
    strange = tmp_path / f"{STEERING.replace('/', '')}.geojson"
    strange.write_bytes(path.read_bytes())
    for file in (path, strange, tmp_path / "\x1b[2J.csv"):
        for more in ([], ["--dry-run"]):
            arguments = ["import", tmp_path / "town", file, "--layer", "burial", *more]
            result = CliRunner().invoke(main, list(map(str, arguments)))
            assert result.exit_code == 2
            assert not any(character in result.output for character in "\x1b\x07\u202e\x9b")
            assert "\n2024-01-01 root ok" not in result.output


def run(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


# ---- through the command line


def test_command_line_refuses_what_leads_elsewhere(tmp_path, web_server, canary):
    address, asked = web_server
    run("new", tmp_path / "town", "--name", "测试镇", "--town", "421381107")
    path = tmp_path / "burial.geojson"
    path.write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='burial'><SrcDataSource>{canary}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    for file in (path, f"/vsicurl/{address}/burial.geojson", f"CSV:/vsicurl/{address}/x.csv"):
        arguments = ["import", str(tmp_path / "town"), str(file), "--layer", "burial"]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert len(result.stderr.strip().splitlines()) == 1
        assert "canary-7431" not in result.output
    assert asked == []


def test_missing_file_is_told(tmp_path, survive):
    assert isinstance(survive(tmp_path / "absent.csv"), SourceMissing)


# ---- called off, and out of time


def test_child_ends_when_its_work_is_called_off(tmp_path):
    asked = []

    def call_off(step):
        asked.append(step)
        if len(asked) > 3:
            raise Cancelled

    room = Room(tmp_path, "slow.gpkg", Limits(), call_off)
    child = tmp_path / "child.py"
    child.write_text("import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\n"
                     "time.sleep(60)\n")  # fmt: skip
    started = time.monotonic()
    with pytest.raises(Cancelled):
        gdal_door.ask_child(room, {}, environment={}, child=child)
    assert time.monotonic() - started < 30
    assert_ended(int((tmp_path / "pid").read_text()))


def test_child_ends_when_its_time_is_up(tmp_path):
    room = Room(tmp_path, "slow.gpkg", Limits(seconds=1))
    child = tmp_path / "child.py"
    child.write_text("import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\n"
                     "while True: pass\n")  # fmt: skip
    with pytest.raises(ReadingTooLong, match=r"slow\.gpkg"):
        gdal_door.ask_child(room, {}, environment={}, child=child)
    assert_ended(int((tmp_path / "pid").read_text()))


def test_reading_is_called_off_between_its_steps(graves, tmp_path, catalogue):
    graves.to_file(tmp_path / "burial.gpkg", layer="burial")

    def call_off(step):
        if step == "progress.judging":
            raise Cancelled

    with pytest.raises(Cancelled):
        read_candidates(
            tmp_path / "burial.gpkg", catalogue=catalogue, wish=Wish(), progress=call_off
        )


def assert_ended(process):
    if sys.platform == "win32":
        told = subprocess.run(
            ["tasklist", "/fi", f"pid eq {process}"], capture_output=True, text=True, check=True
        )
        assert str(process) not in told.stdout
    else:
        assert not Path(f"/proc/{process}").exists()


def test_many_rows_cost_no_more_each(tmp_path, survive):
    """Twenty thousand refused rows are told one by one, in time."""
    rows = "".join(f"{number},x,31.8\n" for number in np.arange(20_000))
    (tmp_path / "burial.csv").write_text("编号,经度,纬度\n" + rows, "utf-8")
    (candidate,) = survive(tmp_path / "burial.csv", seconds=20)
    assert len(candidate.refused_rows) == 20_000
