"""Cells as people write them, and the ones that nobody can read."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.catalogue import load_catalogue
from geo_rv.intake.values import parse_column, to_numbers, to_texts

CATALOGUE = load_catalogue()
BURIAL = CATALOGUE["burial"].field_by_name
INTEGER = dataclasses.replace(BURIAL["area_m2"], type="integer")


def parse(values, field):
    column = pd.Series(values, dtype=object) if isinstance(values, list) else values
    parsed, is_wrong = parse_column(column, field)
    return [
        None if missing else value for value, missing in zip(parsed, parsed.isna(), strict=True)
    ], is_wrong.tolist()


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("12.5", 12.5),
        (" １２．５ ", 12.5),
        ("1,234.5", 1234.5),
        ("－3", -3.0),
        ("−3", -3.0),
        ("1e3", 1000.0),
        (7, 7.0),
        (".5", 0.5),
    ],
)
def test_numbers(told, meant):
    assert parse([told], BURIAL["area_m2"]) == ([meant], [False])


@pytest.mark.parametrize(
    "told", ["12,5", "约12", "nan", "inf", "0x10", "1_000", "#REF!", "一", True]
)
def test_what_is_no_number(told):
    assert parse([told], BURIAL["area_m2"]) == ([None], [True])


def test_integers():
    assert parse(["12", 12.0, "12.5", 2.0**60, None], INTEGER) == (
        [12, 12, None, None, None],
        [False, False, True, True, False],
    )


@pytest.mark.parametrize(
    "told",
    [
        "2024-03-20",
        "2024/3/20",
        "2024.3.20",
        "2024年3月20日",
        "20240320",
        "２０２４－０３－２０",
        "2024-03-20 08:30:00",
        "2024-03-20T08:30:00Z",
        date(2024, 3, 20),
        datetime(2024, 3, 20, 8, 30),  # noqa: DTZ001 - spreadsheets know no zones
    ],
)
def test_dates(told):
    assert parse([told], BURIAL["buried_on"]) == ([pd.Timestamp("2024-03-20")], [False])


@pytest.mark.parametrize(
    "told", ["2024", "2024-02-30", "20/3/2024", "3月20日", 45371, "2024-13-01"]
)
def test_what_is_no_date(told):
    assert parse([told], BURIAL["buried_on"]) == ([None], [True])


def test_dates_of_a_file_keep_their_day():
    column = pd.Series(pd.to_datetime(["2024-03-20 23:59", None]))
    assert parse(column, BURIAL["buried_on"])[0] == [pd.Timestamp("2024-03-20"), None]
    zoned = pd.Series(pd.to_datetime(["2024-03-20T23:59+08:00"]))
    assert parse(zoned, BURIAL["buried_on"])[0] == [pd.Timestamp("2024-03-20")]


def test_booleans():
    told = ["是", "否", "YES", "no", 1, 0, True, False, "１", "maybe", 2, None]
    values, is_wrong = parse(told, BURIAL["protected_historic"])
    assert values == [True, False] * 4 + [True, None, None, None]
    assert is_wrong == [False] * 9 + [True, True, False]


def test_choices_by_code_and_by_either_title():
    told = ["ashes_single", "骨灰单人", " Ashes, single ", "骨灰", ""]
    values, is_wrong = parse(told, BURIAL["burial_type"])
    assert values == ["ashes_single"] * 3 + [None, None]
    assert is_wrong == [False, False, False, True, False]


def test_texts_keep_codes_whole():
    column = pd.Series(
        [421381107001, 421381107001.0, " 421381107001 ", "007", "", "  ", None], dtype=object
    )
    assert to_texts(column).tolist()[:4] == ["421381107001"] * 3 + ["007"]
    assert to_texts(column)[4:].isna().all()


def test_empty_column_of_any_type():
    for field in CATALOGUE["land_transfer"].fields:
        values, is_wrong = parse([None, ""], field)
        assert (values, is_wrong) == ([None, None], [False, False]), field.name


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans(), st.dates()))
)
def test_no_cell_breaks_the_reading(cells):
    column = pd.Series(cells, dtype=object)
    for field in BURIAL.values():
        parsed, is_wrong = parse_column(column, field)
        assert len(parsed) == len(is_wrong) == len(cells)
        assert not (parsed.notna().to_numpy() & is_wrong).any()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_come_back_exactly(numbers):
    read, is_missing, is_wrong = to_numbers(pd.Series([repr(number) for number in numbers]))
    assert not (is_missing | is_wrong).any()
    assert np.array_equal(read, numbers)
