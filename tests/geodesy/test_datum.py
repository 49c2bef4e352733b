"""GCJ-02 and BD-09 against a second implementation, published points, and the way back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.geodesy.datum import (
    DATUMS,
    SHIFTED,
    SHIFTED_BOX,
    from_cgcs2000,
    move_geometries,
    to_cgcs2000,
)
from geo_rv.geodesy.measure import measure_distance_m

WEST, SOUTH, EAST, NORTH = SHIFTED_BOX
TOWN = (113.75, 31.75, 113.97, 31.95)
COUNTY = (113.4, 31.4, 114.4, 32.3)
# latitude and longitude in WGS 84 and GCJ-02, as the tests of the library eviltransform have them
PUBLISHED = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]

inside = st.tuples(st.floats(73.5, 135.1), st.floats(3.8, 53.6))


def shift_gcj02(lon, lat):
    """Return GCJ-02 of one point, written from the published formula, term by term."""
    a, ee = 6378245.0, 0.00669342162296594323
    x, y = lon - 105, lat - 35
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d_lon = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    for amplitude, turns in ((20, 6), (20, 2)):
        d_lat += amplitude * math.sin(turns * x * math.pi) * 2 / 3
        d_lon += amplitude * math.sin(turns * x * math.pi) * 2 / 3
    for amplitude, part in ((20, 1), (40, 3), (160, 12), (320, 30)):
        d_lat += amplitude * math.sin(y * math.pi / part) * 2 / 3
    for amplitude, part in ((20, 1), (40, 3), (150, 12), (300, 30)):
        d_lon += amplitude * math.sin(x * math.pi / part) * 2 / 3
    phi = lat / 180 * math.pi
    magic = 1 - ee * math.sin(phi) ** 2
    d_lat = d_lat * 180 / ((a * (1 - ee)) / (magic * math.sqrt(magic)) * math.pi)
    d_lon = d_lon * 180 / (a / math.sqrt(magic) * math.cos(phi) * math.pi)
    return lon + d_lon, lat + d_lat


def shift_bd09(lon, lat):
    """Return BD-09 of one point, over GCJ-02, as coordtransform has it."""
    x, y = shift_gcj02(lon, lat)
    turns = math.pi * 3000 / 180
    z = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * turns)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * turns)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def make_grid(box, steps=200):
    west, south, east, north = box
    return np.meshgrid(np.linspace(west, east, steps), np.linspace(south, north, steps))


@given(inside)
def test_the_shift_is_the_published_one(point):
    for datum, shift in (("gcj02", shift_gcj02), ("bd09", shift_bd09)):
        lon, lat = from_cgcs2000(*point, datum)
        assert (float(lon), float(lat)) == pytest.approx(shift(*point), abs=1e-11)


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), PUBLISHED)
def test_published_points(lat, lon, gcj_lat, gcj_lon):
    shifted = from_cgcs2000(lon, lat, "gcj02")
    assert tuple(map(float, shifted)) == pytest.approx((gcj_lon, gcj_lat), abs=1e-12)
    back = to_cgcs2000(gcj_lon, gcj_lat, "gcj02")
    assert measure_distance_m(lon, lat, *back) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
@given(point=inside)
def test_the_way_back_is_exact(datum, point):
    lon, lat = to_cgcs2000(*from_cgcs2000(*point, datum), datum)
    assert measure_distance_m(*point, lon, lat) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
@given(point=inside)
def test_what_is_found_has_the_given_point_as_its_shift(datum, point):
    """The residual: the inverse shifted again is what was given."""
    lon, lat = from_cgcs2000(*to_cgcs2000(*point, datum), datum)
    assert measure_distance_m(*point, lon, lat) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
def test_the_way_back_is_exact_all_over_the_box_and_at_its_edges(datum):
    lon, lat = make_grid(SHIFTED_BOX)
    back = to_cgcs2000(*from_cgcs2000(lon, lat, datum), datum)
    assert measure_distance_m(lon, lat, *back).max() < 1e-6
    # where a root of the distance from 105 E has no slope
    near = 105 + np.array([0, 1e-14, -1e-13, 1e-10, 1e-6, -1e-6])
    lat = np.full(6, 31.85)
    back = to_cgcs2000(*from_cgcs2000(near, lat, datum), datum)
    assert measure_distance_m(near, lat, *back).max() < 1e-6


def test_the_figures_of_the_town():
    lon, lat = make_grid(TOWN)
    shifted = from_cgcs2000(lon, lat, "gcj02")
    metres = measure_distance_m(lon, lat, *shifted)
    assert metres.min() > 581
    assert metres.max() < 615


def test_one_step_back_would_be_metres_off():
    lon, lat = make_grid(COUNTY)
    shifted = np.array(from_cgcs2000(lon, lat, "gcj02"))
    one_step = 2 * shifted - np.array(from_cgcs2000(*shifted, "gcj02"))
    assert 2.9 < measure_distance_m(lon, lat, *one_step).max() < 3.0


@pytest.mark.parametrize("datum", DATUMS)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90).filter(lambda lat: not SOUTH - 0.1 < lat < NORTH + 0.1),
)
def test_nothing_moves_outside_of_the_box(datum, lon, lat):
    for convert in (from_cgcs2000, to_cgcs2000):
        assert tuple(map(float, convert(lon, lat, datum))) == (lon, lat)


def test_at_the_edge_the_place_inside_is_taken():
    # the shift leads west or east over the edge; what is given there may mean either place
    just_inside = (EAST - 1e-6, 45.0)
    over_the_edge = tuple(map(float, from_cgcs2000(*just_inside, "gcj02")))
    assert over_the_edge[0] > EAST
    assert from_cgcs2000(*over_the_edge, "gcj02") == over_the_edge
    assert tuple(map(float, to_cgcs2000(*over_the_edge, "gcj02"))) == pytest.approx(just_inside)


@pytest.mark.parametrize("datum", DATUMS)
def test_what_is_no_number_stays(datum):
    given_x = np.array([np.nan, np.inf, 113.85, -np.inf])
    given_y = np.array([31.85, 31.85, np.nan, np.inf])
    lon, lat = to_cgcs2000(given_x, given_y, datum)
    np.testing.assert_array_equal(lon, given_x)
    np.testing.assert_array_equal(lat, given_y)


def test_shapes_are_kept_and_the_given_arrays_too():
    lon, lat = np.asfortranarray(make_grid(TOWN, steps=7))
    before = lon.copy()
    moved = to_cgcs2000(lon, lat, "bd09")
    assert moved[0].shape == (7, 7)
    np.testing.assert_array_equal(lon, before)
    assert (moved[0] != lon).all()
    assert to_cgcs2000([], [], "gcj02")[0].shape == (0,)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000"])
def test_satellite_and_national_coordinates_are_taken_as_equal(datum):
    assert tuple(map(float, to_cgcs2000(113.85, 31.85, datum))) == (113.85, 31.85)


def test_geometries_move_as_their_vertices_do():
    ring = [(113.8, 31.8), (113.9, 31.8), (113.9, 31.9), (113.8, 31.8)]
    given_shapes = np.array(
        [
            shapely.Polygon(ring),
            None,
            shapely.Point(113.8, 31.8, 75.5),
            shapely.MultiPoint(ring[:2]),
            shapely.GeometryCollection(),
        ],
        dtype=object,
    )
    polygon, nothing, point, many, empty = move_geometries(given_shapes, "gcj02")
    assert polygon.is_valid
    assert polygon.exterior.coords[0] == polygon.exterior.coords[-1]
    expected = list(zip(*to_cgcs2000(*np.array(ring).T, "gcj02"), strict=True))
    np.testing.assert_array_equal(polygon.exterior.coords, expected)
    np.testing.assert_array_equal(shapely.get_coordinates(many), expected[:2])
    assert nothing is None
    assert empty.is_empty
    assert (point.x, point.y) == tuple(map(float, to_cgcs2000(113.8, 31.8, "gcj02")))
