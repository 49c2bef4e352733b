"""Whole neighbourhoods against shapely, in an azimuthal plane laid round each."""

import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart

PLACES = [(113.86, 31.85), (115.5, 18.2), (118.5, 52.8), (7.1, -33.0)]
HALF_M = 3000
"""Half the side of a neighbourhood: so near its middle the plane is right to a millionth."""
BULGE_DEGREES = 1e-7
"""An edge is a geodesic: one of 400 m runs so far beside the straight line in degrees."""
LEAST_M = 1e-4
"""Nearer than this to a border nobody can say on which side of it a place lies."""


def lay_out(geometries, lon, lat):
    """Return geometries drawn in metres round a place, in degrees."""
    plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=GRS80")
    transformer = pyproj.Transformer.from_crs(plane, "EPSG:4490", always_xy=True)
    return shapely.transform(
        geometries, lambda metres: np.column_stack(transformer.transform(*metres.T))
    )


def draw_points(rng, count):
    return shapely.points(rng.uniform(-HALF_M, HALF_M, (count, 2)))


def draw_lines(rng, count):
    """Return wandering lines of 2 to 70 vertices, with edges of 1 to 200 m."""
    lines = []
    for _ in range(count):
        steps = rng.normal(0, 10 ** rng.uniform(0, 2), (rng.integers(2, 71), 2))
        lines.append(shapely.LineString(rng.uniform(-HALF_M, HALF_M, 2) + np.cumsum(steps, axis=0)))
    return np.array(lines, dtype=object)


def draw_faces(rng, count):
    """Return what is left of squares round which and out of which discs were cut, and unions."""
    middles = draw_points(rng, count)
    sizes = 10 ** rng.uniform(0.5, 2.3, count)
    whole = shapely.buffer(middles, sizes, quad_segs=rng.integers(1, 12))
    holes = shapely.buffer(
        shapely.points(shapely.get_coordinates(middles) + rng.normal(0, 0.4, (count, 2))),
        sizes * rng.uniform(0.05, 0.9, count),
        quad_segs=3,
    )
    beside = shapely.transform(whole, lambda metres: metres + np.array([350, 0]))
    drawn = np.where(rng.random(count) < 0.5, shapely.difference(whole, holes), whole)
    return np.where(rng.random(count) < 0.3, shapely.union(drawn, beside), drawn)


def draw(rng, points, lines, faces):
    """Return so many of each, mixed."""
    drawn = [draw_points(rng, points), draw_lines(rng, lines), draw_faces(rng, faces)]
    return rng.permutation(np.concatenate(drawn))


def measure(sites, features, place):
    return find_nearest(*(take_apart(lay_out(each, *place)) for each in (sites, features)))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("features", [(300, 0, 0), (0, 120, 0), (0, 0, 150), (400, 1200, 900)])
def test_nearest_features_and_their_distances(place, features):
    rng = np.random.default_rng([int(place[1]) + 90, sum(features)])
    sites, features = draw(rng, 150, 40, 80), draw(rng, *features)
    found = measure(sites, features, place)
    expected = shapely.distance(sites, shapely.geometrycollections(features))
    assert found.distance_m == pytest.approx(expected, abs=1e-4, rel=1e-6)
    assert (found.feature != NONE).all()
    to_found = shapely.distance(sites, features[found.feature])
    assert to_found == pytest.approx(expected, abs=1e-4, rel=1e-6)
    # the segment leads from the one to the other
    lengths = pyproj.Geod(ellps="GRS80").inv(*found.segment.reshape(-1, 4).T)[2]
    assert lengths == pytest.approx(expected, abs=2e-3)
    drawn = lay_out(sites, *place), lay_out(features[found.feature], *place)
    for side, geometries in enumerate(drawn):
        ends = shapely.points(found.segment[:, side])
        assert shapely.distance(geometries, ends).max() < BULGE_DEGREES


@pytest.mark.parametrize("place", PLACES)
def test_each_pair_of_many(place):
    rng = np.random.default_rng(3)
    sites, features = draw(rng, 20, 12, 20), draw(rng, 10, 25, 25)
    from_sites = take_apart(lay_out(sites, *place))
    for feature, placed in zip(features, lay_out(features, *place), strict=True):
        found = find_nearest(from_sites, take_apart([placed]))
        expected = shapely.distance(sites, feature)
        assert found.distance_m == pytest.approx(expected, abs=1e-4, rel=1e-6)


@pytest.mark.parametrize("place", PLACES)
def test_what_lies_inside_and_what_outside(place):
    rng = np.random.default_rng(4)
    faces = draw_faces(rng, 60)
    border = shapely.boundary(shapely.union_all(faces))
    # half of the places lie within a metre of a border
    along = shapely.line_interpolate_point(border, rng.uniform(0, border.length, 1500))
    beside = shapely.get_coordinates(along) + rng.normal(0, 0.3, (1500, 2))
    places = np.concatenate([draw_points(rng, 1500), shapely.points(beside)])
    decided = shapely.distance(places, border) > LEAST_M
    inside = shapely.intersects(places, shapely.union_all(faces))
    assert min(np.count_nonzero(inside), np.count_nonzero(~inside)) > 500
    found = measure(places, faces, place)
    assert ((found.distance_m == 0) == inside)[decided].all()
    # small sites are inside, across and outside
    sites = shapely.buffer(places, 10 ** rng.uniform(-1, 1, len(places)), quad_segs=2)
    meets = shapely.intersects(sites, shapely.union_all(faces))
    decided = np.abs(shapely.distance(sites, border) - LEAST_M / 2) >= LEAST_M / 2
    assert ((measure(sites, faces, place).distance_m == 0) == meets)[decided].all()


def test_borders_of_neighbours_leave_no_gap():
    # a village map: every place lies in one of the faces, the ones on a border in both
    rng = np.random.default_rng(5)
    seeds = shapely.multipoints(draw_points(rng, 200))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds))
    corners = shapely.points(shapely.get_coordinates(cells))
    corners = corners[shapely.dwithin(corners, shapely.Point(0, 0), HALF_M)]
    for place in PLACES:
        found = measure(np.concatenate([corners, draw_points(rng, 500)]), cells, place)
        assert found.distance_m.tolist() == [0] * len(found.distance_m)


@pytest.mark.parametrize("count", [3, 16, 17, 60])
def test_invalid_faces_are_what_the_structure_method_makes_of_them(count):
    rng = np.random.default_rng(count)
    rings = rng.uniform(-150, 150, (60, count, 2)) + rng.uniform(-2000, 2000, (60, 1, 2))
    holes = rings[:, : max(3, count // 4)] + rng.normal(0, 60, (60, 1, 2))
    broken = np.array(
        [
            shapely.Polygon(ring, [hole] if number % 3 else None)
            for number, (ring, hole) in enumerate(zip(rings, holes, strict=True))
        ]
    )
    drawn = lay_out(broken, *PLACES[0])
    repaired = shapely.make_valid(drawn, method="structure", keep_collapsed=True)
    assert np.count_nonzero(~shapely.is_valid(drawn)) > (10 if count == 3 else 50)
    sites = lay_out(draw_points(rng, 600), *PLACES[0])
    found = find_nearest(take_apart(sites), take_apart(drawn))
    expected = shapely.intersects(sites, shapely.union_all(repaired))
    assert ((found.distance_m == 0) == expected).all()
    metres = [shapely.transform(each, _lay_flat) for each in (sites, repaired)]
    apart = shapely.distance(metres[0], shapely.geometrycollections(metres[1]))
    assert found.distance_m == pytest.approx(apart, abs=1e-3, rel=1e-6)


def _lay_flat(degrees):
    lon, lat = PLACES[0]
    plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=GRS80")
    transformer = pyproj.Transformer.from_crs("EPSG:4490", plane, always_xy=True)
    return np.column_stack(transformer.transform(*degrees.T))
