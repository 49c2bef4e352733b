"""Thousands of random pairs against a search along each edge that knows geodesics alone."""

import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart

GRS80 = pyproj.Geod(ellps="GRS80")
GOLDEN = (np.sqrt(5) - 1) / 2
SHORT_EDGE_M = 100
SHORT_EDGES = (1, SHORT_EDGE_M)
LONG_EDGES = (SHORT_EDGE_M, 30_000)
# the middle of a 3-degree zone, its edges, and one edge further out
MERIDIANS = (114.0, 112.5, 115.5, 117.0, 118.5)


def draw_sizes(rng, least, most, shape):
    """Return lengths as many of which are small as are large."""
    return 10 ** rng.uniform(np.log10(least), np.log10(most), shape)


def draw_places(rng, count):
    """Return longitudes and latitudes beside the meridians, from 18 to 53 degrees north."""
    return (
        rng.choice(MERIDIANS, count) + rng.uniform(-0.1, 0.1, count),
        rng.uniform(18, 53, count),
    )


def walk(edges, shares):
    """Return the place at a share of each edge, which is a geodesic."""
    azimuths, _, lengths = GRS80.inv(*edges.T)
    lon, lat, _ = GRS80.fwd(edges[:, 0], edges[:, 1], azimuths, lengths * shares)
    return lon, lat


def measure_to_edges(lon, lat, edges):
    """Return the distance of each point to the edge beside it, by golden section."""
    azimuths, _, lengths = GRS80.inv(*edges.T)

    def measure(shares):
        there = GRS80.fwd(edges[:, 0], edges[:, 1], azimuths, lengths * shares)
        return GRS80.inv(lon, lat, *there[:2])[2]

    low, high = np.zeros(len(edges)), np.ones(len(edges))
    left, right = high - GOLDEN, low + GOLDEN
    at_left, at_right = measure(left), measure(right)
    for _ in range(40):
        is_left = at_left < at_right
        low, high = np.where(is_left, low, left), np.where(is_left, right, high)
        fresh = np.where(is_left, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        at_fresh = measure(fresh)
        left, right = np.where(is_left, fresh, right), np.where(is_left, left, fresh)
        at_left, at_right = (
            np.where(is_left, at_fresh, at_right),
            np.where(is_left, at_left, at_fresh),
        )
    return np.min([measure((low + high) / 2), measure(low * 0), measure(low * 0 + 1)], axis=0)


def measure_between_edges(some, others):
    """Return the distance of each edge to the one beside it; the two do not cross.

    Two geodesics that leave a common perpendicular come nearer to each other, so that the
    nearest points of such edges are an end of one and a place on the other.
    """
    return np.min(
        [
            measure_to_edges(*edge[:, end : end + 2].T, other)
            for edge, other in ((some, others), (others, some))
            for end in (0, 2)
        ],
        axis=0,
    )


def list_edges(geometry):
    """Return the edges of a geometry, (n, 4); a point is one without length."""
    edges = []
    for part in shapely.get_parts(geometry):
        for line in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            points = shapely.get_coordinates(line)
            edges.append(np.hstack([points[:-1], points[1:]] if len(points) > 1 else [points] * 2))
    return np.concatenate(edges)


def search_distance(site, feature):
    """Return the distance of two geometries that have nothing in common."""
    first, second = list_edges(site), list_edges(feature)
    some, others = np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))
    # most pairs of edges are too far from each other for it to be them
    between = GRS80.inv(*walk(some, 0.5 + 0 * some[:, 0]), *walk(others, 0.5 + 0 * some[:, 0]))[2]
    lengths = GRS80.inv(*some.T)[2] + GRS80.inv(*others.T)[2]
    near = between - lengths / 2 <= (between + lengths / 2).min()
    return measure_between_edges(some[near], others[near]).min()


def lay_flat(geometry, centre, longest_m=500):
    """Return a geometry in metres from `centre`, by distance and azimuth; edges are geodesics."""

    def lay(points):
        azimuths, _, distances = GRS80.inv(*np.tile(np.transpose([centre]), len(points)), *points.T)
        azimuths = np.radians(azimuths)
        return np.column_stack([distances * np.sin(azimuths), distances * np.cos(azimuths)])

    def spread(line):
        points = shapely.get_coordinates(line)
        edges = np.hstack([points[:-1], points[1:]])
        pieces = 1 + (GRS80.inv(*edges.T)[2] / longest_m).astype(int)
        steps = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        dense = walk(np.repeat(edges, pieces, axis=0), steps / np.repeat(pieces, pieces))
        return type(line)(np.vstack([np.column_stack(dense), points[-1:]]))

    parts = [
        shapely.Polygon(spread(part.exterior), [spread(hole) for hole in part.interiors])
        if part.geom_type == "Polygon"
        else spread(part)
        for part in shapely.get_parts(geometry)
    ]
    return shapely.transform(shapely.GeometryCollection(parts), lay)


def meet(site, feature):
    """Return whether two geometries have a place in common."""
    centre = shapely.get_coordinates(feature)[0]
    return lay_flat(site, centre).intersects(lay_flat(feature, centre))


def measure(sites, feature):
    return find_nearest(take_apart(sites), take_apart([feature])).distance_m


def draw_edges(rng, places, lengths):
    """Return edges from `places` on, (n, 4), anywhere towards."""
    lon, lat = places
    far_lon, far_lat, _ = GRS80.fwd(lon, lat, rng.uniform(0, 360, len(lon)), lengths)
    return np.column_stack([lon, lat, far_lon, far_lat])


def draw_beside(rng, edges):
    """Return a place 0.1 m to 100 km square off each edge, or off its lengthening."""
    azimuths, _, lengths = GRS80.inv(*edges.T)
    along = lengths * rng.uniform(-0.3, 1.3, len(edges))
    lon, lat, back = GRS80.fwd(edges[:, 0], edges[:, 1], azimuths, along)
    sideways = back + rng.choice([-90, 90], len(edges))
    return GRS80.fwd(lon, lat, sideways, draw_sizes(rng, 0.1, 100_000, len(edges)))[:2]


@pytest.mark.parametrize(("lengths", "within"), [(SHORT_EDGES, 1e-3), (LONG_EDGES, 1e-2)])
def test_points_beside_edges(lengths, within):
    rng = np.random.default_rng(1)
    edges = draw_edges(rng, draw_places(rng, 120), draw_sizes(rng, *lengths, 120))
    expected, found = [], []
    for edge in edges:
        beside = np.tile(edge, (40, 1))
        places = draw_beside(rng, beside)
        line = shapely.LineString(edge.reshape(2, 2))
        found.append(measure(shapely.points(*places), line))
        expected.append(measure_to_edges(*places, beside))
        # the other way round, the edge is the site
        assert measure([line], shapely.points(*places)[0]) == pytest.approx(
            expected[-1][:1], abs=within
        )
    assert np.concatenate(found) == pytest.approx(np.concatenate(expected), abs=within)


@pytest.mark.parametrize(("lengths", "within"), [(SHORT_EDGES, 1e-3), (LONG_EDGES, 1e-2)])
def test_edges_beside_edges(lengths, within):
    rng = np.random.default_rng(2)
    edges = draw_edges(rng, draw_places(rng, 80), draw_sizes(rng, *lengths, 80))
    apart = 0
    for edge in edges:
        beside = np.tile(edge, (16, 1))
        others = draw_edges(rng, draw_beside(rng, beside), draw_sizes(rng, *lengths, 16))
        line = shapely.LineString(edge.reshape(2, 2))
        sites = shapely.linestrings(others.reshape(-1, 2, 2))
        crossing = np.array([meet(site, line) for site in sites])
        expected = np.where(crossing, 0, measure_between_edges(others, beside))
        assert measure(sites, line) == pytest.approx(expected, abs=within)
        apart += np.count_nonzero(~crossing)
    assert apart > 1000


def draw_polygon(rng, lon, lat, size, *, holed):
    """Return a star of 3 to 30 corners round a place, with or without a hole."""

    def ring(radius):
        count = rng.integers(3, 31)
        azimuths = np.linspace(0, 360, count, endpoint=False)
        far = GRS80.fwd(
            np.full(count, lon), np.full(count, lat), azimuths, radius * rng.uniform(1, 2, count)
        )
        return np.column_stack(far[:2])

    # a triangle's side comes as near to its middle as half of where its corners lie
    return shapely.Polygon(ring(size), [ring(size * 0.2)] if holed else None)


def draw_face(rng, lon, lat, size):
    """Return a polygon of one to three parts side by side, as many with holes as without."""
    parts = rng.integers(1, 4)
    azimuth = rng.uniform(0, 360)
    steps = GRS80.fwd(
        np.full(parts, lon),
        np.full(parts, lat),
        np.full(parts, azimuth),
        5 * size * np.arange(parts),
    )
    return shapely.MultiPolygon(
        [
            draw_polygon(rng, *place, size, holed=rng.random() < 0.5)
            for place in zip(*steps[:2], strict=True)
        ]
    )


@pytest.mark.parametrize("reach", [30, 1000, 60_000])
def test_faces_beside_faces(reach):
    rng = np.random.default_rng(reach)
    kinds = {True: 0, False: 0}
    for lon, lat in zip(*draw_places(rng, 16), strict=True):
        size = draw_sizes(rng, 10, 3000, ())
        face = draw_face(rng, lon, lat, size)
        places = GRS80.fwd(
            *np.full((2, 6), [[lon], [lat]]), rng.uniform(0, 360, 6), reach + 0 * np.arange(6)
        )
        sites = [
            draw_face(rng, *place, draw_sizes(rng, 5, 1000, ()))
            for place in zip(*places[:2], strict=True)
        ]
        touching = np.array([meet(site, face) for site in sites])
        found = measure(sites, face)
        assert ((found == 0) == touching).all()
        expected = [search_distance(site, face) for site in sites]
        assert found[~touching] == pytest.approx(np.array(expected)[~touching], abs=1e-3)
        for each in touching:
            kinds[each] += 1
    assert kinds[False] > 10
    assert reach == 60_000 or kinds[True] > 10


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_sites_in_holes_and_sites_that_hold_features(size):
    rng = np.random.default_rng(size)
    for lon, lat in zip(*draw_places(rng, 30), strict=True):
        face = draw_polygon(rng, lon, lat, size, holed=True)
        away = GRS80.fwd(lon, lat, rng.uniform(0, 360), size * 0.05)[:2]
        inside = [shapely.Point(away), draw_polygon(rng, *away, size * 0.01, holed=False)]
        expected = [search_distance(site, face) for site in inside]
        assert min(expected) > size * 0.001
        assert measure(inside, face) == pytest.approx(expected, abs=1e-3)
        filled = shapely.Polygon(face.exterior)
        assert measure(inside, filled).tolist() == [0, 0]
        # and the site is the one that holds, or has the hole
        for feature, apart in zip(inside, expected, strict=True):
            assert measure([filled, face], feature) == pytest.approx([0, apart], abs=1e-3)
