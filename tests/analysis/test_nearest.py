"""The distance kernel against a search along each edge that knows no plane."""

from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart
from geo_rv.geodesy.crs import choose_plane
from geo_rv.geodesy.plane import project

GRS80 = pyproj.Geod(ellps="GRS80")
GOLDEN = (np.sqrt(5) - 1) / 2


def list_edges(geometry):
    """Return the edges of a geometry, (n, 4); a point is one without length."""
    edges = []
    for part in shapely.get_parts(geometry, return_index=False):
        for line in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            points = list(line.coords)
            edges += [(*start, *end) for start, end in pairwise(points)] or [points[0] * 2]
    return np.array(edges)


def minimise(function, count):
    """Return the least value of each of `count` functions on [0, 1], by golden section."""
    low, high = np.zeros(count), np.ones(count)
    for _ in range(55):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        is_left = function(left) < function(right)
        low, high = np.where(is_left, low, left), np.where(is_left, right, high)
    return np.minimum(
        function((low + high) / 2), np.minimum(function(np.zeros(count)), function(np.ones(count)))
    )


def walk(edges, shares):
    azimuths, _, lengths = GRS80.inv(*edges.T)
    lon, lat, _ = GRS80.fwd(edges[:, 0], edges[:, 1], azimuths, lengths * shares)
    return lon, lat


def measure_to_edges(lon, lat, edges):
    """Return the geodesic distance of each point to the edge (a geodesic) beside it."""
    return minimise(lambda shares: GRS80.inv(lon, lat, *walk(edges, shares))[2], len(edges))


def search_distance(site, feature):
    """Return the geodesic distance of two geometries that do not touch, without any plane."""
    first, second = list_edges(site), list_edges(feature)
    pairs = np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))
    if site.geom_type == "Point":
        return measure_to_edges(*pairs[0][:, :2].T, pairs[1]).min()
    return minimise(
        lambda shares: measure_to_edges(*walk(pairs[0], shares), pairs[1]), len(pairs[0])
    ).min()


def measure(sites, features):
    return find_nearest(take_apart(sites), take_apart(features))


def scatter(rng, lon, lat, reach, count):
    """Return points at up to `reach` metres around a place, as many close by as far off."""
    azimuths = rng.uniform(0, 360, count)
    lons, lats, _ = GRS80.fwd(
        np.full(count, lon),
        np.full(count, lat),
        azimuths,
        10 ** rng.uniform(1, np.log10(reach), count),
    )
    return np.column_stack([lons, lats])


def draw_lines(rng, lon, lat, reach, count):
    return [
        shapely.LineString(scatter(rng, *start, rng.choice([50, 800, 25_000]), rng.integers(2, 5)))
        for start in scatter(rng, lon, lat, reach, count)
    ]


# the middle of the zone, its edge, and three degrees further out
PLACES = [
    (lon, lat, reach)
    for lon in (114.1, 115.5, 118.5)
    for lat in (18.0, 31.85, 53.0)
    for reach in (700, 25_000)
]


@pytest.mark.parametrize(("lon", "lat", "reach"), PLACES)
def test_points_and_lines_agree_with_the_search_to_a_millimetre(lon, lat, reach):
    rng = np.random.default_rng([int(lon * 10), int(lat), reach])
    sites = shapely.points(scatter(rng, lon, lat, reach, 12))
    features = draw_lines(rng, lon, lat, reach, 8)
    found = measure(sites, features)
    expected = np.array([[search_distance(site, line) for line in features] for site in sites])
    assert found.distance_m == pytest.approx(expected.min(axis=1), abs=1e-3)
    assert expected[np.arange(12), found.feature] == pytest.approx(expected.min(axis=1), abs=1e-3)
    ends = found.segment.reshape(-1, 4)
    # the end on the feature is put on the edge by degrees, a millimetre beside its geodesic
    assert GRS80.inv(*ends.T)[2] == pytest.approx(found.distance_m, abs=2e-3)
    assert ends[:, :2] == pytest.approx(shapely.get_coordinates(sites), abs=1e-9)


@pytest.mark.parametrize(("lon", "lat"), [(114.1, 31.85), (115.5, 18.0), (115.5, 53.0)])
@pytest.mark.parametrize("away", [1e-4, 5e-3, 0.2])
def test_polygons_agree_with_the_search_to_a_millimetre(lon, lat, away):
    rng = np.random.default_rng([int(lon), int(lat)])
    site = shapely.convex_hull(
        shapely.MultiPoint(rng.uniform((lon, lat), (lon + 0.004, lat + 0.004), (6, 2)))
    )
    east = site.bounds[2] + away
    field = shapely.box(east, lat - 0.01, east + 0.02, lat + 0.02)
    found = measure([site], [field])
    assert found.distance_m[0] == pytest.approx(search_distance(site, field), abs=1e-3)


def test_parallel_edges_twenty_kilometres_apart_take_the_right_end():
    # the plane's scale grows to the east: it would call the western ends as near as the eastern
    site = shapely.box(115.50, 31.80, 115.51, 31.801)
    field = shapely.box(115.49, 31.98, 115.52, 31.99)
    found = measure([site], [field])
    assert found.distance_m[0] == pytest.approx(search_distance(site, field), abs=1e-3)


def test_the_ellipsoid_decides_where_the_plane_would_choose_the_wrong_feature():
    plane = choose_plane((113, 31, 115, 32))
    lon, lat = 115.5, 31.85
    west = GRS80.fwd(lon, lat, 270, 20_000.5)[:2]
    east = GRS80.fwd(lon, lat, 90, 20_000.0)[:2]
    features = shapely.points([west, east])
    in_plane = [shapely.Point(x, y) for x, y in project(np.array([(lon, lat), west, east]), plane)]
    assert in_plane[0].distance(in_plane[1]) < in_plane[0].distance(in_plane[2])
    assert measure([shapely.Point(lon, lat)], features).feature.tolist() == [1]


def test_a_site_in_a_polygon_is_at_no_distance_and_so_is_one_on_its_edge():
    zone = shapely.box(113.85, 31.85, 113.86, 31.86)
    sites = [shapely.Point(113.855, 31.855), shapely.Point(113.85, 31.85)]
    found = measure(sites, [zone])
    assert found.distance_m.tolist() == [0, 0]
    assert found.segment[:, 0] == pytest.approx(found.segment[:, 1])
    assert found.segment[:, 0] == pytest.approx(shapely.get_coordinates(sites), abs=1e-9)


def test_a_site_in_the_hole_of_a_polygon_is_measured_to_the_hole():
    ring = shapely.box(113.85, 31.85, 113.87, 31.87) - shapely.box(113.855, 31.855, 113.865, 31.865)
    found = measure([shapely.Point(113.86, 31.86)], [ring])
    expected = GRS80.inv(113.86, 31.86, 113.855, 31.86)[2]
    assert found.distance_m[0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "feature",
    [
        shapely.box(113.8, 31.8, 113.9, 31.9),
        shapely.box(113.8522, 31.8522, 113.8528, 31.8528),
        shapely.LineString([(113.84, 31.85), (113.87, 31.856)]),
        shapely.LineString([(113.852, 31.852), (113.853, 31.853)]),
        shapely.Point(113.853, 31.853),
    ],
    ids=["round it", "inside it", "across it", "line inside it", "point inside it"],
)
def test_a_polygon_that_meets_a_feature_anyhow_is_at_no_distance(feature):
    site = shapely.box(113.85, 31.85, 113.855, 31.855)
    found = measure([site], [feature])
    assert found.distance_m.tolist() == [0]
    common = shapely.Point(found.segment[0, 0])
    assert site.distance(common) < 1e-9
    # the edge is the geodesic, 0.1 m off the straight line on a map of degrees
    assert feature.distance(common) < 2e-6
    assert found.segment[0, 0] == pytest.approx(found.segment[0, 1])


def test_ties_go_to_the_first_feature():
    crossing = (113.86, 31.86)
    roads = [shapely.LineString([crossing, end]) for end in ((113.87, 31.86), (113.86, 31.87))]
    site = shapely.Point(113.859, 31.859)
    for features in (roads, roads[::-1]):
        found = measure([site], features)
        assert found.feature.tolist() == [0]
        assert found.segment[0, 1] == pytest.approx(crossing, abs=1e-9)
    zones = [shapely.box(113.8, 31.8, 113.9, 31.9), shapely.box(113.85, 31.85, 113.87, 31.87)]
    assert measure([site], zones).feature.tolist() == [0]


def test_empty_and_missing_geometries_keep_their_places():
    sites = [None, shapely.Point(113.85, 31.85), shapely.Polygon()]
    features = [shapely.LineString(), None, shapely.Point(113.86, 31.85)]
    found = measure(sites, features)
    assert found.feature.tolist() == [NONE, 2, NONE]
    assert np.isnan(found.distance_m).tolist() == [True, False, True]
    assert measure(sites, []).feature.tolist() == [NONE] * 3
    assert measure([], features).feature.shape == (0,)
    assert measure([None], [None]).feature.tolist() == [NONE]


def test_a_line_without_length_counts_as_a_point():
    line = shapely.LineString([(113.86, 31.85), (113.86, 31.85)])
    for sites, features in (
        ([shapely.Point(113.85, 31.85)], [line]),
        ([line], [shapely.Point(113.85, 31.85)]),
    ):
        expected = GRS80.inv(113.85, 31.85, 113.86, 31.85)[2]
        assert measure(sites, features).distance_m[0] == pytest.approx(expected, abs=1e-6)


def test_an_invalid_polygon_is_measured_as_what_its_rings_enclose():
    bow_tie = shapely.Polygon([(113.85, 31.85), (113.86, 31.86), (113.86, 31.85), (113.85, 31.86)])
    sites = shapely.points([(113.8515, 31.855), (113.8585, 31.855), (113.855, 31.852)])
    found = measure(sites, [bow_tie])
    assert (found.distance_m == 0).tolist() == [True, True, False]


coordinates = st.tuples(st.floats(113.8, 113.9), st.floats(31.8, 31.9))
lines = st.lists(
    st.lists(coordinates, min_size=2, max_size=4).map(shapely.LineString), min_size=1, max_size=4
)


@settings(deadline=None)
@given(coordinates.map(shapely.Point), lines, lines)
def test_more_features_never_are_further(site, some, more):
    assert (measure([site], some + more).distance_m <= measure([site], some).distance_m).all()


@settings(deadline=None)
@given(coordinates.map(shapely.Point), lines, st.floats(0.01, 0.99))
def test_cutting_an_edge_on_its_geodesic_changes_nothing(site, features, share):
    coords = [tuple(point) for point in shapely.get_coordinates(features[0])]
    edge = np.array([[*coords[0], *coords[1]]])
    cut = np.ravel(walk(edge, np.array([share])))
    halves = [
        shapely.LineString([coords[0], cut]),
        shapely.LineString([cut, *coords[1:]]),
    ]
    whole = measure([site], features).distance_m
    assert measure([site], halves + features[1:]).distance_m == pytest.approx(whole, abs=1e-3)


@settings(deadline=None)
@given(lines, lines)
def test_distance_is_the_same_from_either_side(some, others):
    there, back = shapely.multilinestrings(some), shapely.multilinestrings(others)
    assert measure([there], [back]).distance_m == pytest.approx(
        measure([back], [there]).distance_m, abs=1e-3
    )
