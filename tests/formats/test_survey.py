"""The survey coordinate text taken apart: sections, plots, rings, points, and what is none."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.formats.survey import parse_survey
from geo_rv.formats.survey_layout import MOST_VALUES, PLOT_FIELDS
from geo_rv.formats.survey_lines import is_survey

ATTRIBUTES = "[属性描述]\n格式版本号=1.01版本\n坐标系=2000国家大地坐标系\n转换参数=,,,,,,\n"
SQUARE = "J1,1,10,20\nJ2,1,10,30\nJ3,1,20,30\nJ4,1,20,20\n"
CLOSING = "J1,1,10,20\n"
PLOT = "5,1.5,甲,乙地块,面,H50G,公墓,1506,@\n"


def read_values(survey, plot=0):
    values = survey.plots.table.iloc[plot]
    return [None if pd.isna(value) else value for value in values]


def test_the_sections_plots_and_points_of_a_text():
    text = "[项目信息]\n项目名称 = 村公墓\n" + ATTRIBUTES + "[地块坐标]\n" + PLOT + SQUARE + CLOSING

    survey = parse_survey(text)

    assert survey.sections["项目信息"] == {"项目名称": "村公墓"}
    assert survey.sections["属性描述"]["转换参数"] == ",,,,,,"
    assert survey.plots.lines.tolist() == [8]
    assert read_values(survey) == ["5", "1.5", "甲", "乙地块", "面", "H50G", "公墓", "1506"]
    assert survey.points.north.tolist() == [10, 10, 20, 20, 10]
    assert survey.points.east.tolist() == [20, 30, 30, 20, 20]
    assert survey.points.lines.tolist() == [9, 10, 11, 12, 13]
    assert survey.rings.counts.tolist() == [5]
    assert survey.rings.closings.tolist() == [1]
    assert survey.repeated == ()
    assert not len(survey.unused)
    assert not len(survey.unreadable.lines)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like_and_are_counted_as_an_editor_does(end):
    text = "\ufeff" + (ATTRIBUTES + "\n\n[地块坐标]\n" + PLOT + SQUARE).replace("\n", end) + "\x1a"

    survey = parse_survey(text)

    assert survey.plots.lines.tolist() == [8]
    assert survey.points.lines.tolist() == [9, 10, 11, 12]


def test_full_width_digits_and_commas_and_spaces_are_read():
    text = "【地块坐标】\n４，１．５，甲，乙地块，面，Ｈ５０Ｇ，公墓，１５０６，＠\n"
    text += "Ｊ１，１，１０．５，２０\nJ2 , 1 , 10.25 , 30 ,\n\u3000J3,1,20,30\n"

    survey = parse_survey(text)

    # what is no number stays as it is written
    assert read_values(survey)[2:] == ["甲", "乙地块", "面", "Ｈ５０Ｇ", "公墓", "１５０６"]
    assert survey.plots.is_signed.tolist() == [True]
    assert survey.points.north.tolist() == [10.5, 10.25, 20]
    assert survey.points.numbers.tolist() == [1, 2, 3]


def test_a_full_width_comma_in_a_name_parts_nothing():
    survey = parse_survey("[地块坐标]\n4,1.5,甲,东，西地块,面,,,,@\n" + SQUARE)

    assert read_values(survey)[3] == "东，西地块"


@pytest.mark.parametrize("width", [5, 8, 12, 13])
def test_a_plot_has_as_many_values_as_the_county_wants(width):
    values = ["4", "1.5", "甲", "乙", "面", *[f"v{at}" for at in range(6, width + 1)]]

    survey = parse_survey("[地块坐标]\n" + ",".join([*values, "@"]) + "\n" + SQUARE)

    assert read_values(survey)[:width] == values
    further = [f"第{at}项" for at in range(9, width + 1)]
    assert list(survey.plots.table.columns) == [*PLOT_FIELDS, *further]


@pytest.mark.parametrize(
    "line", ["4,1.5,甲,乙,面", "4,1.5,甲,乙,面,,,", "4,1.5,,,,,,,", ",,甲,乙,x,,,1506"]
)
def test_a_plot_without_its_sign_is_one_where_the_layout_says_so(line):
    survey = parse_survey("[地块坐标]\n" + PLOT + SQUARE + line + "\n" + SQUARE)

    assert survey.plots.lines.tolist() == [2, 7]
    assert survey.plots.is_signed.tolist() == [True, False]
    assert survey.plots.has_line.all()


def test_points_without_a_plot_are_a_plot_that_begins_with_its_first_point():
    survey = parse_survey("[地块坐标]\n" + SQUARE + PLOT + SQUARE)

    assert survey.plots.lines.tolist() == [2, 6]
    assert survey.plots.has_line.tolist() == [False, True]
    assert read_values(survey) == [None] * 8


def test_plots_begin_without_a_section_too():
    assert parse_survey(PLOT + SQUARE).plots.lines.tolist() == [1]
    assert parse_survey(ATTRIBUTES + PLOT + SQUARE).plots.lines.tolist() == [5]


@pytest.mark.parametrize(
    "line",
    ["J1,1,10", "J1,1,a,20", "J1,1,10,20,30", "J1,1,1e5,20", "J1;1;10;20", "nan", "1,1,nan,inf",
     "坐标系=2000", ",".join("x" * (MOST_VALUES + 1)) + ",@"],
)  # fmt: skip
def test_what_is_no_point_is_told_with_its_line_and_plot(line):
    survey = parse_survey("[地块坐标]\n" + PLOT + SQUARE + PLOT + SQUARE + line + "\n" + CLOSING)

    assert survey.unreadable.lines.tolist() == [12]
    assert survey.unreadable.plots.tolist() == [1]
    assert survey.unreadable.texts.tolist() == [line]
    assert survey.points.plots.tolist() == [0] * 4 + [1] * 5


def test_what_stands_outside_the_plots_and_says_nothing_is_told():
    text = (
        "[说明]\n第一批\nJ1,1,10,20\n项目=甲\n项目=乙\n[地块坐标]\n" + PLOT + SQUARE + "[尾]\n完\n"
    )

    survey = parse_survey(text)

    assert survey.unused.tolist() == [2, 3, 13]
    assert survey.sections["说明"] == {"项目": "甲"}
    assert survey.repeated == ("项目",)


def test_rings_are_told_apart_by_their_number_and_by_closing():
    by_number = "J1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ4,2,3,3\nJ5,2,3,4\nJ6,2,4,4\n"
    by_closing = "1,1,0,0\n2,1,0,9\n3,1,9,9\n1,1,0,0\n4,1,3,3\n5,1,3,4\n6,1,4,4\n4,1,3,3\n"
    doubly = "1,1,0,0\n1,1,0,0\n2,1,0,9\n3,1,9,9\n1,1,0,0\n1,1,0,0\n4,1,3,3\n5,1,3,4\n6,1,4,4\n"

    for text, counts, closings in (
        (by_number, [3, 3], [0, 0]),
        (by_closing, [4, 4], [1, 1]),
        (doubly, [6, 3], [2, 0]),
    ):
        rings = parse_survey("[地块坐标]\n" + PLOT + text).rings
        assert rings.counts.tolist() == counts
        assert rings.closings.tolist() == closings
        assert rings.plots.tolist() == [0, 0]


def test_a_ring_number_that_comes_again_in_the_next_plot_is_another_ring():
    survey = parse_survey("[地块坐标]\n" + PLOT + SQUARE + PLOT + SQUARE)

    assert survey.rings.plots.tolist() == [0, 1]
    assert survey.rings.starts.tolist() == [0, 4]


@pytest.mark.parametrize(
    ("start", "is_one"),
    [
        (ATTRIBUTES, True),
        ("[地块坐标]\n", True),
        ("【宗地坐标】\r\n", True),
        ("[项目信息]\n项目名称=甲\n" + ATTRIBUTES, True),
        (PLOT + SQUARE, True),
        ("编号,经度,纬度,备注,x@\n1,113.8,31.8,a,b@\n", False),
        ("id,lon,lat\n1,113.8,31.8\n", False),
        ("[1,2,3]", False),
        ("[section]\nkey=value\n", False),
        ("J1,1,10,20\n", False),
        ("", False),
    ],
)
def test_the_content_tells_what_is_a_survey_text(start, is_one):
    assert is_survey(start) is is_one


def check_sound(survey):
    """All indices lie where they point to, and every point and bad line belongs to a plot."""
    plots, rings, points = survey.plots, survey.rings, survey.points
    count = len(plots.lines)
    assert (np.diff(plots.lines) > 0).all()
    assert len(plots.table) == len(plots.has_line) == len(plots.is_signed) == count
    for owners in (rings.plots, points.plots, survey.unreadable.plots):
        assert ((owners >= 0) & (owners < count)).all()
    assert rings.counts.sum() == len(points.north) == len(points.lines)
    assert (rings.open_counts >= 1).all()
    assert np.isfinite(points.north).all()
    assert np.isfinite(points.east).all()
    told = np.concatenate([points.lines, survey.unreadable.lines, survey.unused])
    assert len(np.unique(told)) == len(told)


PIECES = st.sampled_from(
    ["[属性描述]", "[地块坐标]", "【a坐标】", "[x]", "@", ",", "，", "=", "\n", "\r", "J1", "1",
     "10.5", "面", "J1,1,10,20\n", "J1,1,10,30\n", "J2,2,20,20\n", "4,1,a,b,面,,,,@\n", "甲", " ",
     "-", ".", "\x1a", "\x00", "\u3000", "１", "\ufdfa"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_no_text_breaks_the_parser(text):
    is_survey(text)
    check_sound(parse_survey(text))


VALID = ATTRIBUTES + "[地块坐标]\n" + PLOT + SQUARE + CLOSING + PLOT + SQUARE.replace(",1,", ",2,")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.text(max_size=2)), max_size=8))
def test_no_change_of_a_valid_text_breaks_the_parser(changes):
    text = VALID
    for at, put in changes:
        text = text[:at] + put + text[at + 1 :]

    check_sound(parse_survey(text))


def test_a_long_text_is_read_in_blocks_as_if_in_one(monkeypatch):
    maker = random.Random(7)  # noqa: S311  # no secret
    rings = [f"J{at},1,{maker.random():.6f},{at}\n" for at in range(500)]
    text = ATTRIBUTES + "[地块坐标]\n" + (PLOT + "".join(rings)) * 3
    whole = parse_survey(text)

    monkeypatch.setattr("geo_rv.formats.survey_lines._BLOCK_CHARACTERS", 97)
    in_blocks = parse_survey(text)

    assert in_blocks.points.lines.tolist() == whole.points.lines.tolist()
    assert in_blocks.points.north.tolist() == whole.points.north.tolist()
    assert in_blocks.plots.table.equals(whole.plots.table)
