"""Where the headings are, and which rows are no features: told, and never dropped in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.errors import EncodingUnknown, EncodingWrong, SourceUnreadable, TableTooLarge
from geo_rv.intake.limits import Limits
from geo_rv.intake.raw import number_rows
from geo_rv.intake.tables.axes import AXIS_NAMES
from geo_rv.intake.tables.cells import Grid, Sheet
from geo_rv.intake.tables.heading_rows import find_headings, make_sheet
from geo_rv.intake.tables.notes import leave_out_notes
from geo_rv.messages import LANGUAGES

PLACE = (113.85569, 31.85)
KNOWN = AXIS_NAMES | {"编号", "名称", "备注", "面积"}
N = None


def find(*rows):
    found = find_headings(rows, KNOWN)
    return found and (found.names, found.first, found.last)


def list_rows(candidate, key):
    return [problem.row for problem in candidate.problems if problem.key == key]


def test_title_lines_stand_above():
    rows = [
        ("吴店镇坟墓登记表", N, N),
        ("填表：民政办", N, "2024年"),
        ("编号", "经度", "纬度"),
        ("1", "113.8", "31.8"),
    ]
    assert find(*rows) == (("编号", "经度", "纬度"), 2, 2)


def test_headings_on_two_lines_are_joined():
    rows = [
        ("编号", "坐标", N, "备注"),
        (N, "经度", "纬度", N),
        ("1", "113.8", "31.8", "好"),
    ]
    assert find(*rows) == (("编号", "经度", "纬度", "备注"), 0, 1)


def test_the_same_words_below_two_headings_are_told_apart():
    rows = [
        ("编号", "起点", N, "终点", N),
        (N, "经度", "纬度", "经度", "纬度"),
        ("1", "113.8", "31.8", "113.9", "31.9"),
    ]
    names = ("编号", "起点经度", "起点纬度", "终点经度", "终点纬度")
    assert find(*rows) == (names, 0, 1)


def test_a_title_over_two_lines_of_headings():
    rows = [
        ("吴店镇坟墓登记表", N, N, N),
        ("编号", "位置", N, "备注"),
        (N, "东经", "北纬", N),
        ("1", "113.8", "31.8", "好"),
    ]
    assert find(*rows) == (("编号", "东经", "北纬", "备注"), 1, 2)


def test_words_below_the_headings_are_data():
    rows = [("编号", "名称", N), ("甲", "东门楼", "好"), ("乙", "双乡", "好")]
    assert find(*rows) == (("编号", "名称", N), 0, 0)


def test_headings_that_nobody_knows():
    assert find(("水井", "深度"), ("甲", "12")) == (("水井", "深度"), 0, 0)
    assert find(("二〇二四年水井统计", N, N), ("水井", "深度", "村"), ("甲", "12", "乙")) == (
        ("水井", "深度", "村"),
        1,
        1,
    )


def test_a_table_without_headings():
    assert find(("113.8", "31.8"), ("113.9", "31.9")) is None
    assert find(("1", "113.8", "31.8", "甲"), ("2", "113.9", "31.9", "乙")) is None


def test_columns_without_headings_are_named_by_their_number(write_table, read):
    path = write_table((*PLACE, "甲"), (113.9, 31.9, "乙"))
    candidate = read(path, columns={"lon": "#1", "lat": "#2", "name": "#3"})
    assert candidate.frame["name"].tolist() == ["甲", "乙"]
    assert candidate.rows.tolist() == [1, 2]
    assert "headings_missing" in [problem.key for problem in candidate.problems]


def test_what_stands_around_the_table_is_told(write_table, read):
    path = write_table(
        ("吴店镇坟墓登记表", "", "", ""),
        (),
        ("编号", "经度", "纬度", "墓穴占地面积"),
        (1, *PLACE, 2),
        ("小计", "", "", 2),
        ("编号", "经度", "纬度", "墓穴占地面积"),
        (2, 113.86, 31.86, 3),
        (3, "", "", 3),
        ("合  计", "", "", 8),
        ("注：坐标为手持机测得，仅供参考。", "", "", ""),
        ("填表人：张三", "", "审核人：李四", ""),
    )
    candidate = read(path)
    assert candidate.frame["id"].tolist() == ["1", "2"]
    assert candidate.rows.tolist() == [4, 7]
    assert list_rows(candidate, "line_above") == [1]
    assert list_rows(candidate, "row_total") == [5, 9]
    assert list_rows(candidate, "headings_again") == [6]
    assert list_rows(candidate, "row_note") == [10, 11]
    # what may be a feature is refused, and not left out
    assert list_rows(candidate, "coordinates_missing") == [8]
    assert candidate.rows_read == 3
    for problem in candidate.problems:
        for language in LANGUAGES:
            assert problem.in_language(language)
            assert problem.tell_remedy(language)


@pytest.mark.parametrize("last", ["3", "丙", "421381107001", "东门楼社区三号墓", "1,200"])
def test_a_lone_value_at_the_end_may_be_a_feature(last, write_table, read):
    path = write_table(("编号", "经度", "纬度"), (1, *PLACE), (f'"{last}"', "", ""))
    assert list_rows(read(path), "coordinates_missing") == [3]


def test_a_total_with_coordinates_is_a_feature(write_table, read):
    candidate = read(write_table(("编号", "经度", "纬度"), ("合计", *PLACE)))
    assert candidate.frame["id"].tolist() == ["合计"]


def test_merged_headings_of_a_workbook(write_workbook, read):
    rows = [
        ["吴店镇坟墓登记表"],
        ["编号", "坐标", None, "备注"],
        [None, "经度", "纬度", None],
        [1, *PLACE, "好"],
    ]
    candidate = read(write_workbook(坟墓=rows))
    assert candidate.frame["remark"].tolist() == ["好"]
    (told,) = (problem for problem in candidate.problems if problem.key == "headings_joined")
    assert dict(told.facts) == {"first": 2, "last": 3}


# ---- encodings and delimiters


def test_the_user_names_the_encoding(write_table, read):
    rows = [("id", "lon", "lat", "name"), (1, *PLACE, "東門樓")]
    path = write_table(*rows, encoding="big5")
    assert read(path, encoding="big5").frame["name"].tolist() == ["東門樓"]
    with pytest.raises(EncodingWrong, match="utf-8"):
        read(path, encoding="utf-8")
    with pytest.raises(EncodingUnknown, match="utf-9"):
        read(path, encoding="utf-9")


def test_commas_inside_the_cells_of_a_table_with_tabs(write_table, read):
    rows = [("编号", "坐标"), (1, "113.85569,31.85,20"), (2, "113.86,31.86")]
    assert len(read(write_table(*rows, delimiter="\t")).frame) == 2


def test_a_cell_may_hold_a_long_polygon_and_no_endless_text(write_table, read):
    angles = np.linspace(0, 2 * np.pi, 8000)
    ring = ", ".join(f"{113 + np.cos(a):.12f} {31 + np.sin(a):.12f}" for a in [*angles[:-1], 0])
    path = write_table(("编号", "WKT"), (1, f"POLYGON (({ring}))"), delimiter="\t")
    candidate = read(path, kind="cemetery")
    assert candidate.rows_read == 1
    assert "wkt_unreadable" not in [problem.key for problem in candidate.problems]
    with pytest.raises(SourceUnreadable):
        read(path, limits=Limits(cell_characters=1000))


def test_more_rows_or_columns_than_are_taken(write_table, read):
    path = write_table(("编号", "经度", "纬度"), *[(n, *PLACE) for n in range(10)])
    with pytest.raises(TableTooLarge):
        read(path, limits=Limits(rows=5))
    with pytest.raises(TableTooLarge):
        read(path, limits=Limits(columns=2))


# ---- what holds for all tables

CELLS = st.one_of(
    st.none(),
    st.sampled_from(["编号", "经度", "纬度", "坐标", "名称", "合计", "注：", "113.8", "31.8", "1"]),
    st.text(min_size=1, max_size=12).map(str.strip).map(lambda text: text or None),
)


@st.composite
def grids(draw):
    width = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=40))
    rows = [row for row in rows if any(row)] or [["x"] * width]
    cells = pd.DataFrame(rows, dtype="str", columns=range(width))
    widths = np.full(len(rows), width)
    return rows, Grid("a", cells, number_rows(len(rows)), widths)


@settings(deadline=None, max_examples=300)
@given(grids())
def test_every_row_is_a_heading_a_feature_or_told(drawn):
    rows, grid = drawn
    sheet = make_sheet(grid, KNOWN)
    assert len(sheet.table) == len(sheet.rows)
    assert sheet.table.columns.is_unique
    above = {problem.row for problem in sheet.problems if problem.key == "line_above"}
    found = find_headings(rows, KNOWN)
    lines = set() if found is None else set(range(found.first + 1, found.last + 2))
    assert above | lines | set(sheet.rows.tolist()) == set(grid.rows.tolist())
    # nothing is lost beside the headings either
    kept = sheet.table.astype(object).notna().to_numpy().sum()
    below = sum(cell is not None for row in rows[len(rows) - len(sheet.rows) :] for cell in row)
    assert kept == below


@settings(deadline=None, max_examples=200)
@given(grids(), st.data())
def test_rows_with_a_place_are_never_left_out(drawn, data):
    _, grid = drawn
    sheet = make_sheet(grid, KNOWN)
    count = len(sheet.rows)
    has_place = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    left, is_kept = leave_out_notes(sheet, has_place)
    assert isinstance(left, Sheet)
    assert len(left.table) == len(left.rows) == is_kept.sum()
    told = {
        problem.row
        for problem in left.problems
        if problem.key.startswith(("row_", "headings_again"))
    }
    assert told >= set(sheet.rows[~is_kept].tolist())
    is_again = np.array(
        [problem.row for problem in left.problems if problem.key == "headings_again"], dtype=int
    )
    assert (is_kept | ~has_place | np.isin(sheet.rows, is_again)).all()


def test_a_line_without_end_is_not_read_into_memory(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_text("经度,纬度\n" + "1" * 100_000, "utf-8")
    with pytest.raises(SourceUnreadable, match="longer"):
        read(path, limits=Limits(cell_characters=1000))
    path.write_text("经度,纬度" * 100_000, "utf-8")
    with pytest.raises(SourceUnreadable, match="longer"):
        read(path, limits=Limits(cell_characters=1000))
