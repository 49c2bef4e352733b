"""Which system a survey text is in: pyproj names what the numbers mean."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from geo_rv.formats.survey_reference import (
    are_degrees,
    find_reference,
    find_turned,
    find_zones,
)

NAMES = {
    "2000国家大地坐标系": "CGCS2000",
    "CGCS2000": "CGCS2000",
    "1980西安坐标系": "Xian 1980",
    "西安80": "Xian 1980",
    "1954年北京坐标系": "Beijing 1954",
    "北京54坐标系": "Beijing 1954",
}


def find(zone=0, *, is_degrees=False, **values):
    keys = {"datum": "坐标系", "width": "几度分带", "number": "带号", "unit": "计量单位"}
    keys["projection"] = "投影类型"
    told = {"datum": "2000国家大地坐标系"} | values
    return find_reference(
        {keys[key]: value for key, value in told.items()}, zone, is_degrees=is_degrees
    )


@pytest.mark.parametrize(("datum", "name"), NAMES.items())
@pytest.mark.parametrize(("width", "zones"), [(3, range(25, 46)), (6, range(13, 24))])
def test_every_zone_is_the_one_that_its_name_says(datum, name, width, zones):
    label = "3-degree Gauss-Kruger" if width == 3 else "Gauss-Kruger"
    for zone in zones:
        meridian = 3 * zone if width == 3 else 6 * zone - 3
        with_zone = find(zone, datum=datum, width=str(width), number=str(zone)).epsg
        without = find(0, datum=datum, width=str(width), number=str(zone)).epsg
        by_meridian = find(0, datum=datum, width=str(width), number=str(meridian)).epsg

        assert pyproj.CRS.from_epsg(with_zone).name == f"{name} / {label} zone {zone}"
        assert pyproj.CRS.from_epsg(without).name == f"{name} / {label} CM {meridian}E"
        assert by_meridian == without


@pytest.mark.parametrize(
    ("zone", "values", "epsg"),
    [
        (38, {}, 4526),
        (38, {"width": "3度带", "number": "38带", "unit": "米", "projection": "高斯克吕格"}, 4526),
        (38, {"width": "三", "number": "１１４"}, 4526),
        (19, {}, 4497),
        (0, {"width": "3", "number": "38"}, 4547),
        (0, {"number": "38"}, 4547),
        (0, {"number": "20"}, 4509),
        (0, {"unit": "度"}, 4490),
        (0, {"datum": "西安80", "unit": "度"}, 4610),
    ],
)
def test_what_is_said_is_enough(zone, values, epsg):
    assert find(zone, **values).epsg == epsg


@pytest.mark.parametrize(
    ("zone", "values", "obstacle"),
    [
        (38, {"datum": ""}, "unstated"),
        (38, {"datum": "WGS84"}, "system"),
        (38, {"datum": "本市2000独立坐标系"}, "system"),
        (38, {"datum": "西安80转CGCS2000"}, "system"),
        (38, {"projection": "UTM"}, "projection"),
        (38, {"unit": "千米"}, "unit"),
        (38, {"width": "1.5"}, "width"),
        (38, {"width": "6"}, "width_zone"),
        (50, {}, "width_zone"),
        (1, {}, "width_zone"),
        (38, {"number": "39"}, "zone"),
        (0, {"width": "3"}, "zone_missing"),
        (0, {"width": "3", "number": "甲"}, "zone_missing"),
        (0, {"width": "6", "number": "38"}, "width_zone"),
        (0, {"number": "114"}, "width_zone"),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_named(zone, values, obstacle):
    found = find(zone, **values)

    assert (found.epsg, found.obstacle) == (None, obstacle)


def test_degrees_that_are_said_to_be_metres_are_not_believed():
    assert find(0, unit="米", is_degrees=True).obstacle == "unit"
    assert find(0, is_degrees=True).epsg == 4490
    assert are_degrees(np.array([31.85]), np.array([113.85]))
    assert not are_degrees(np.array([3525228.7]), np.array([113.85]))
    assert not are_degrees(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize(
    ("north", "east"),
    [
        (3525228.686, 38486341.535),
        (3525228.686, 486341.535),
        (2000000.0, 20600000.0),
        (31.85, 113.8),
    ],
)
def test_turned_plots_are_known_by_the_size_of_their_numbers(north, east):
    norths, easts = np.array([north, north, east, east]), np.array([east, east, north, north])

    assert find_turned(norths, easts, np.array([0, 0, 1, 1]), 3).tolist() == [False, True, False]
    # a plot of which one point is turned is not
    assert find_turned(norths, easts, np.array([0, 0, 0, 1]), 2).tolist() == [False, True]


def test_what_fits_both_ways_is_left_as_it_is():
    near_the_equator = np.array([400000.0]), np.array([500000.0])

    assert not find_turned(*near_the_equator, np.array([0]), 1).any()
    assert not find_turned(*near_the_equator[::-1], np.array([0]), 1).any()


def test_the_zone_is_what_stands_before_six_digits():
    assert find_zones(np.array([38486341.535, 486341.535, -1.0])).tolist() == [38, 0, -1]
