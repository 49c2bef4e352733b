"""Angles as people write them, and what is no angle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo_rv.formats.angles import LATITUDE, LONGITUDE, UNTOLD, parse_angles, parse_pairs

MEANT = 113 + 51 / 60 + 20.5 / 3600


def parse_one(text, *, form="degrees"):
    angles = parse_angles(pd.Series([text]), form=form)
    return angles.degrees[0], angles.axis[0], bool(angles.is_wrong[0]), bool(angles.is_sixty[0])


@pytest.mark.parametrize(
    "text",
    [
        "113°51′20.5″",
        "113° 51′ 20.5″",
        "113º51'20.5\"",
        "113˚51’20.5”",
        "113°51′20.5′′",
        "113°51'20.5''",
        "113度51分20.5秒",
        "１１３°５１′２０．５″",
        "１１３度５１分２０．５秒",
        "113-51-20.5",
        "113－51－20.5",
        "113 51 20.5",
        "113:51:20.5",
        "113：51：20.5",
        "113.51.20.5",
        "113d51m20.5s",
        "113d51'20.5\"",
        " 113°51′20.5″ ",
        "113°51′20″.5",
        "113*51'20.5\"",
        "113。51。20。5",
        "113．51．20．5",
        "113_51_20.5",
        "113/51/20.5",
        "113,51,20.5",
        "+113°51′20.5″",
    ],
)
def test_degrees_minutes_and_seconds(text):
    assert parse_one(text) == (pytest.approx(MEANT, abs=1e-12), UNTOLD, False, False)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("113.85569", 113.85569),
        ("１１３．８５５６９", 113.85569),
        ("113.85569°", 113.85569),
        ("113°51′", 113.85),
        ("113°51.342′", 113.8557),
        ("113°51.342", 113.8557),
        ("113 51.342", 113.8557),
        ("113度51分", 113.85),
        ("113°", 113),
        ("0°0′1″", 1 / 3600),
        ("-0°30′", -0.5),
        ("−31.5", -31.5),
        ("3525228.686", 3525228.686),
        ("3,525,228.686", 3525228.686),
        ("486341.535米", 486341.535),
        ("486341.535 m", 486341.535),
        ("1e2", 100),
        (".5", 0.5),
    ],
)
def test_other_forms(text, degrees):
    assert parse_one(text) == (pytest.approx(degrees, rel=1e-14), UNTOLD, False, False)


@pytest.mark.parametrize(
    ("text", "degrees", "axis"),
    [
        ("E113°51′20.5″", MEANT, LONGITUDE),
        ("113°51′20.5″E", MEANT, LONGITUDE),
        ("113°51′20.5″ e", MEANT, LONGITUDE),
        ("东经113度51分20.5秒", MEANT, LONGITUDE),
        ("东经：113°51′20.5″", MEANT, LONGITUDE),
        ("经度113.5", 113.5, LONGITUDE),
        ("L=113.5", 113.5, LONGITUDE),
        ("B=31.5", 31.5, LATITUDE),
        ("W113.5", -113.5, LONGITUDE),
        ("西经113.5", -113.5, LONGITUDE),
        ("31°51'N", 31.85, LATITUDE),
        ("北纬31°51′", 31.85, LATITUDE),
        ("Ｎ31°51′", 31.85, LATITUDE),
        ("lat: 31.5", 31.5, LATITUDE),
        ("113°51′20″.5E", MEANT, LONGITUDE),
        ("S31.5", -31.5, LATITUDE),
        ("31d51m20.5s", 31 + 51 / 60 + 20.5 / 3600, UNTOLD),
        ("31°51′20.5″S", -(31 + 51 / 60 + 20.5 / 3600), LATITUDE),
        ("南纬31.5", -31.5, LATITUDE),
    ],
)
def test_sides_of_the_earth(text, degrees, axis):
    assert parse_one(text) == (pytest.approx(degrees, abs=1e-12), axis, False, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "约113", "113°51′20.5″东门", "E113W", "-113W", "113.5°20′", "113°20.5′30″", "113°20.5″",
        "113°51′20″30", "1 2 3 4", "1e999", "nan", "inf", "400°1′", "°", "113°-5′", "#REF!",
        "113°5１x", "9" * 200, "113,51", "2024/3/20/1", "113*", "113°51′.5",
    ],
)  # fmt: skip
def test_what_is_no_angle(text):
    degrees, _, is_wrong, is_sixty = parse_one(text)
    assert np.isnan(degrees)
    assert (is_wrong, is_sixty) == (True, False)


@pytest.mark.parametrize("text", ["113°60′", "113°51′60″", "113-75-20", "113度51分99.9秒"])
def test_minutes_and_seconds_end_at_sixty(text):
    degrees, _, is_wrong, is_sixty = parse_one(text)
    assert np.isnan(degrees)
    assert (is_wrong, is_sixty) == (True, True)


def test_an_empty_cell_is_missing_and_not_wrong():
    assert parse_one(None)[2:] == (False, False)
    assert np.isnan(parse_one(None)[0])


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("31.5030", 31 + 50 / 60 + 30 / 3600),
        ("31.503", 31 + 50 / 60 + 30 / 3600),
        ("113.51205", MEANT),
        ("-31.5030", -(31 + 50 / 60 + 30 / 3600)),
        ("E113.51205", MEANT),
        ("31.5", 31 + 50 / 60),
        ("31", 31.0),
        ("113°51′20.5″", MEANT),
    ],
)
def test_degrees_with_minutes_and_seconds_behind_the_point(text, degrees):
    assert parse_one(text, form="dd.mmss")[0] == pytest.approx(degrees, abs=1e-10)
    # unless somebody says so they are decimal degrees
    if "°" not in text and text != "31":
        assert parse_one(text)[0] != pytest.approx(degrees, abs=1e-3)


@pytest.mark.parametrize("text", ["31.6", "31.5060", "113.99"])
def test_packed_minutes_and_seconds_end_at_sixty(text):
    assert parse_one(text, form="dd.mmss")[2:] == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "E113°51′20.5″ N31°51′0″",
        "E113°51′20.5″N31°51′0″",
        "113°51′20.5″E,31°51′0″N",
        "113°51′20.5″E31°51′0″N",
        "东经113度51分20.5秒北纬31度51分0秒",
        "东经113度51分20.5秒，北纬31度51分0秒",
        "113°51′20.5″ 31°51′0″",
        "113°51′20.5″，31°51′0″",
        "113°51′20.5″31°51′0″",
        "113 51 20.5 31 51 0",
        "113-51-20.5 31-51-0",
        "113.51.20.5, 31.51.0",
        "（113°51′20.5″；31°51′）",
        "经度：113°51′20.5″ 纬度：31°51′",
        "113°51′20.5″/31°51′",
    ],
)
def test_two_angles_in_one_cell(text):
    first, second, has_height = parse_pairs(pd.Series([text]))
    assert (first.degrees[0], second.degrees[0]) == pytest.approx((MEANT, 31.85), abs=1e-12)
    assert not has_height[0]


@pytest.mark.parametrize(
    ("text", "numbers", "has_height"),
    [
        ("113.8556,31.85", (113.8556, 31.85), False),
        ("113.8556 31.85", (113.8556, 31.85), False),
        ("113.8556\t31.85", (113.8556, 31.85), False),
        ("[113.8556, 31.85]", (113.8556, 31.85), False),
        ("113.8556,31.85,102.5", (113.8556, 31.85), True),
        ("113 51 31 51", (113.85, 31.85), False),
        ("3525228.686,38486341.535", (3525228.686, 38486341.535), False),
        ("31.85N 113.85E", (31.85, 113.85), False),
        ("B=31.85,L=113.85", (31.85, 113.85), False),
        ("X:3525228.686 Y:486341.535", (3525228.686, 486341.535), False),
        ("X3525228.686Y486341.535", (3525228.686, 486341.535), False),
    ],
)
def test_two_numbers_in_one_cell(text, numbers, has_height):
    first, second, heights = parse_pairs(pd.Series([text]))
    assert (first.degrees[0], second.degrees[0]) == pytest.approx(numbers, rel=1e-12)
    assert heights[0] == has_height


@pytest.mark.parametrize("text", ["113.85", "1,2,3,4", "a,b", ",", "113.85,31.85,高", "1 2 3", ""])
def test_what_is_no_pair(text):
    first, second, _ = parse_pairs(pd.Series([text]))
    assert first.is_wrong[0] | second.is_wrong[0]


# ---- what holds for all angles


@given(
    st.integers(0, 179),
    st.integers(0, 59),
    st.integers(0, 59_999_999),
    st.sampled_from(["{}°{}′{}″", "{}度{}分{}秒", "{}-{}-{}", "{} {} {}", "{}:{}:{}", "{}d{}m{}s"]),
)
def test_every_angle_comes_back(degrees, minutes, millionths, form):
    text = form.format(degrees, minutes, f"{millionths / 1e6:.6f}")
    exact = degrees + minutes / 60 + millionths / 3.6e9
    assert parse_one(text)[0] == pytest.approx(exact, abs=1e-12)
    packed = f"{degrees}.{minutes:02d}{millionths / 1e6:09.6f}".replace(".", "")
    packed = f"{packed[: len(str(degrees))]}.{packed[len(str(degrees)) :]}"
    assert parse_one(packed, form="dd.mmss")[0] == pytest.approx(exact, abs=1e-10)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_bare_numbers_come_back_exactly(numbers):
    angles = parse_angles(pd.Series([repr(number) for number in numbers]))
    assert not angles.is_wrong.any()
    assert np.array_equal(angles.degrees, numbers)


PIECES = st.sampled_from(
    [*"0123456789.,-+ °′″'\"NSEWxyzdm度分秒东经北纬()；\n\t１５．\x00é😀", "60", "113"]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.none(), st.text(), st.lists(PIECES).map("".join)), max_size=30))
@example(["9" * 5000, "°" * 119, "1 " * 59])
def test_no_text_breaks_the_parser(texts):
    column = pd.Series(texts, dtype=object)
    for form in ("degrees", "dd.mmss"):
        angles = parse_angles(column, form=form)
        first, second, has_height = parse_pairs(column, form=form)
        assert len(has_height) == len(texts)
        for found in (angles, first, second):
            assert len(found.degrees) == len(found.axis) == len(texts)
            is_read = np.isfinite(found.degrees)
            # each cell is read, missing, or told as wrong: never two of these
            assert (is_read.astype(int) + found.is_wrong + column.isna() == 1).all()
            assert not (found.is_sixty & ~found.is_wrong).any()


def test_a_long_column_is_read_as_its_cells_are():
    texts = pd.Series(["113°51′20.5″", "113.5", None, "x"] * 40_000, dtype="str")
    angles = parse_angles(texts)
    assert np.array_equal(angles.degrees[:4], angles.degrees[-4:], equal_nan=True)
    assert angles.is_wrong.sum() == 40_000
