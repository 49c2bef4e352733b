from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import affinity

from geo_rv.geodesy.measure import (
    GEOD,
    measure_area_m2,
    measure_distance_m,
    measure_length_m,
    to_mu,
)

REFERENCE = Path(__file__).parents[3] / "shared/data/geodesic/test_fixtures/GeodTest-100.dat"
GRS80 = pyproj.Geod(ellps="GRS80")


def measure_zone_closed_form(south, north, width):
    """Return the area of a cell of the graticule (degrees), by the closed form of the integral."""
    e2 = GRS80.es
    e = np.sqrt(e2)
    sine = np.sin(np.radians([south, north]))
    primitive = sine / (1 - e2 * sine**2) + np.log((1 + e * sine) / (1 - e * sine)) / (2 * e)
    return GRS80.b**2 / 2 * np.radians(width) * (primitive[1] - primitive[0])


def test_the_ellipsoid_is_that_of_cgcs2000():
    assert (GEOD.a, 1 / GEOD.f) == pytest.approx((6378137.0, 298.257222101), rel=1e-14)


@pytest.mark.parametrize("south", [0.0, 18.0, 31.85, 53.0])
@pytest.mark.parametrize("size", [0.001, 0.1, 1.0, 5.0])
def test_cells_of_the_graticule_agree_with_the_closed_form(south, size):
    cell = shapely.box(113, south, 113 + size, south + size)
    expected = measure_zone_closed_form(south, south + size, size)
    # the series ends at e^8; a tiny cell is a difference of nearly equal numbers in both
    rounding = 1e-15 * GRS80.b**2 * np.radians(size)
    precision = 5e-13 if south == 31.85 else 2e-11
    assert measure_area_m2([cell])[0] == pytest.approx(expected, rel=precision, abs=rounding)


@pytest.mark.parametrize("latitude", [18.0, 31.85, 53.0])
def test_a_parcel_agrees_with_the_geodesic_polygon_to_two_millionths(latitude):
    parcel = affinity.rotate(shapely.box(113.85, latitude, 113.86, latitude + 0.0083), 20)
    geodesic, _ = GRS80.geometry_area_perimeter(parcel)
    assert measure_area_m2([parcel])[0] == pytest.approx(geodesic, rel=2e-6)


def test_holes_are_taken_off_and_parts_added_whichever_way_they_run():
    outer, hole, other = (
        shapely.box(113, 31, 113.1, 31.1),
        shapely.box(113.02, 31.02, 113.04, 31.04),
        shapely.box(114, 31, 114.1, 31.1),
    )
    areas = measure_area_m2([outer, hole, other])
    holed = shapely.Polygon(outer.exterior, [hole.exterior])
    turned = shapely.Polygon(outer.exterior.coords[::-1], [hole.exterior.coords])
    both = shapely.MultiPolygon([turned, other])
    collection = shapely.GeometryCollection([both, shapely.Point(0, 0)])
    expected = areas[0] - areas[1]
    assert measure_area_m2([holed, turned]) == pytest.approx([expected] * 2, rel=1e-12)
    assert measure_area_m2([both, collection]) == pytest.approx([expected + areas[2]] * 2)


def test_what_has_no_face_has_no_area_and_keeps_its_place():
    geometries = [
        None,
        shapely.Polygon(),
        shapely.Point(1, 2),
        shapely.box(113, 31, 114, 32),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.GeometryCollection(),
    ]
    assert np.flatnonzero(measure_area_m2(geometries)).tolist() == [3]
    assert measure_area_m2([]).shape == (0,)


def test_a_bow_tie_is_measured_as_drawn():
    # repair is a step of its own: the measure neither repairs nor hides it
    bow_tie = shapely.Polygon([(0, -0.01), (0.01, 0.01), (0.01, -0.01), (0, 0.01)])
    assert measure_area_m2([bow_tie])[0] == pytest.approx(0, abs=1e-3)


polygons = st.builds(
    lambda lon, lat, radii: shapely.Polygon(
        [
            (lon + radius * np.cos(angle), lat + radius * np.sin(angle))
            for radius, angle in zip(
                radii, np.linspace(0, 2 * np.pi, len(radii), endpoint=False), strict=True
            )
        ]
    ),
    st.floats(75, 134),
    st.floats(18, 53),
    st.lists(st.floats(0.001, 0.02), min_size=4, max_size=12),
)


@given(polygons, st.floats(-40, 40))
def test_moving_along_the_parallel_changes_no_area(polygon, degrees):
    moved = affinity.translate(polygon, degrees)
    # longitudes are rounded to 1e-14 degrees by the move, some 1e-9 m
    assert measure_area_m2([moved])[0] == pytest.approx(
        measure_area_m2([polygon])[0], rel=1e-9, abs=1e-4
    )


@given(polygons, st.data())
def test_the_pieces_of_a_cut_add_up(polygon, data):
    corners = list(polygon.exterior.coords)[:-1]
    first = data.draw(st.integers(0, len(corners) - 2))
    last = data.draw(st.integers(first + 1, len(corners) - 1))
    middle = [tuple(np.mean(polygon.envelope.exterior.coords[:-1], axis=0))]
    pieces = [
        shapely.Polygon(middle + corners[first : last + 1]),
        shapely.Polygon(middle + corners[last:] + corners[: first + 1]),
    ]
    # where the middle lies outside of the polygon, one piece is the other's hole
    assume(all(piece.is_valid and piece.exterior.is_ccw for piece in pieces))
    assert measure_area_m2(pieces).sum() == pytest.approx(
        measure_area_m2([polygon])[0], rel=1e-10, abs=1e-5
    )


def test_mu_and_hectare():
    assert to_mu(np.array([2000 / 3, 10_000.0, 0.0])) == pytest.approx([1, 15, 0])


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference geodesics are not beside us")
def test_distances_agree_with_the_reference_geodesics():
    lines = np.loadtxt(REFERENCE)
    lat1, lon1, lat2, lon2, distance = lines[:, [0, 1, 3, 4, 6]].T
    # they are on WGS84, whose polar axis is 0.1 mm longer
    assert measure_distance_m(lon1, lat1, lon2, lat2) == pytest.approx(distance, abs=5e-4)


def test_lengths_are_sums_of_geodesics():
    line = [(113.85, 31.85), (113.86, 31.86), (113.9, 31.86)]
    far = [(114, 32), (115, 33)]
    lines = [
        shapely.LineString(line),
        shapely.MultiLineString([line, far]),
        shapely.LineString(line[::-1]),
        None,
        shapely.box(0, 0, 1, 1),
        shapely.Point(1, 1),
    ]
    expected = [GRS80.geometry_length(each) for each in lines[:3]]
    assert measure_length_m(lines) == pytest.approx([*expected, 0, 0, 0], rel=1e-12)


@given(st.floats(75, 134), st.floats(18, 53), st.floats(0, 360), st.floats(1, 20_000))
def test_a_distance_is_what_was_walked(lon, lat, azimuth, walked):
    lon2, lat2, _ = GRS80.fwd(lon, lat, azimuth, walked)
    assert measure_distance_m(lon, lat, lon2, lat2) == pytest.approx(walked, abs=1e-6)
