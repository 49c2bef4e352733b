"""Carving in the plane: curves, tiles and faces against GEOS, edge by edge."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis import carving
from geo_rv.analysis.border import find_border, measure_reaches
from geo_rv.analysis.carving import (
    carve_area,
    clear_distances,
    cut_out_faces,
    take_out_buffers,
)
from geo_rv.analysis.curves import Edges, trace_curves
from geo_rv.analysis.obstacles import Kept, gather_obstacles
from geo_rv.analysis.shapes import take_apart
from geo_rv.analysis.tiles import cut_tiles, sort_edges
from geo_rv.geodesy.buffer import ARC_M, CLEARANCE_M, choose_middle_plane
from geo_rv.geodesy.plane import unproject

PLANE = choose_middle_plane((114.0, 31.8, 114.0, 31.8))
SIDE = 400.0
BOX = shapely.box(-SIDE / 2, -SIDE / 2, SIDE / 2, SIDE / 2)
MIDDLE = np.zeros(2)


def gather(geometries, reaches, area=BOX):
    """Return obstacles from geometries in the metres of the plane."""
    degrees = shapely.transform(np.array(geometries), lambda metres: unproject(metres, PLANE))
    kept = Kept(take_apart(degrees), np.array(reaches, dtype=float))
    return gather_obstacles([kept], PLANE, area.bounds)


def clear(obstacles):
    items = np.arange(len(obstacles.edges.radii), dtype=np.int32)
    return clear_distances(obstacles.edges, items, BOX, MIDDLE, SIDE)


def draw_walk(seed, size, step):
    steps = np.random.default_rng(seed).normal(0, step, (size, 2))
    return shapely.LineString(np.cumsum(steps, axis=0))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6), st.integers(2, 40), st.sampled_from([0.5, 10.0, 120.0]),
    st.sampled_from([0.0, 0.4, 8.0, 90.0]),
)  # fmt: skip
def test_curves_leave_what_buffers_taken_out_one_by_one_leave(seed, size, step, radius):
    obstacles = gather([draw_walk(seed, size, step)], [radius])
    left = clear(obstacles)
    every = np.arange(len(obstacles.edges.radii))
    expected = take_out_buffers(BOX, obstacles.edges, every)
    # both draw arcs outside the circle, by at most ARC_M and not alike
    differing = shapely.symmetric_difference(left, expected)
    assert shapely.buffer(differing, -1.5 * ARC_M).is_empty
    corners = shapely.get_coordinates(left)
    assert measure_reaches(obstacles.edges, every, corners).min(initial=0) > -1e-6


def test_a_tile_that_curves_do_not_settle_is_left_to_the_buffers(monkeypatch):
    """Whatever noding does to the curves: what is left is looked at, and done over."""
    obstacles = gather([shapely.Point(0, 0), shapely.LineString([(-90, 0), (90, 0)])], [50.0, 30.0])
    expected = clear(obstacles)
    whole = np.array([BOX])
    monkeypatch.setattr(carving, "_cut_faces", lambda *_ignored: whole)
    done_over = clear(obstacles)
    assert shapely.area(shapely.symmetric_difference(done_over, expected)) < 2 * ARC_M * 800
    corners = shapely.get_coordinates(done_over)
    every = np.arange(len(obstacles.edges.radii))
    assert measure_reaches(obstacles.edges, every, corners).min() > -1e-6


def test_a_face_is_known_by_its_core_where_its_waist_is_narrow():
    """Two discs whose gap is 3 cm wide between two hollows: the place asked first is in the gap."""
    ring = [shapely.Point(100 * np.cos(a), 100 * np.sin(a)) for a in np.linspace(0.4, 2.74, 12)]
    ring += [shapely.affinity.scale(point, yfact=-1, origin=(0, 0)) for point in ring]
    pinch = [shapely.Point(0, 60.03), shapely.Point(0, -60.03)]
    sides = [shapely.Point(115, 0), shapely.Point(-115, 0)]
    obstacles = gather([*ring, *pinch, *sides], [40.0] * 24 + [60.0] * 2 + [60.0] * 2)
    left = clear(obstacles)
    every = np.arange(len(obstacles.edges.radii))
    expected = take_out_buffers(BOX, obstacles.edges, every)
    differing = shapely.symmetric_difference(left, expected)
    assert shapely.buffer(differing, -1.5 * ARC_M).is_empty
    inner = [part for part in shapely.get_parts(left) if part.distance(shapely.Point(30, 0)) < 1]
    assert len(inner) == 1


def test_a_curve_goes_round_a_point_once():
    edges = Edges(
        np.zeros((1, 4)), np.array([100.0]), np.array([-1], np.int32), np.array([-1], np.int32)
    )
    whole = np.array([[[-1.0, 1000.0], [-1.0, 1000.0]]])
    points, starts = trace_curves(edges, np.array([0], np.int32), whole)
    forth, back = points[: starts[1]], points[starts[1] :]
    assert np.array_equal(forth[-1], back[0])
    assert np.array_equal(back[-1], forth[0])
    ring = shapely.Polygon(np.concatenate([forth, back]))
    assert np.pi * 100**2 < ring.area < np.pi * (100 + ARC_M) ** 2


def test_marks_are_enough_to_tell_where_a_place_lies():
    """Of 300 edges those marked tell of every place whether some buffer holds it."""
    rng = np.random.default_rng(4)
    lines = [draw_walk(seed, 31, 25.0) for seed in range(10)]
    obstacles = gather(lines, [35.0] * 10)
    every = np.arange(len(obstacles.edges.radii), dtype=np.int32)
    marks, sure, mixed = find_border(obstacles.edges, every, 0.0, 0.0, SIDE)
    marked = every[marks.covers | np.isfinite(marks.spans[:, :, 0]).any(axis=1)]
    assert mixed
    assert 0 < len(marked) < len(every)
    places = rng.uniform(-SIDE / 2, SIDE / 2, (20_000, 2))
    by_all = measure_reaches(obstacles.edges, every, places) < 0
    by_marked = measure_reaches(obstacles.edges, marked, places) < 0
    assert (by_all == by_marked).all()
    assert ((measure_reaches(obstacles.edges, every, sure[:, :2]) > 0) == (sure[:, 2] == 1)).all()


@pytest.mark.parametrize("side", [137.0, 1000.0, 4000.0])
def test_tiles_of_any_side_leave_the_same(monkeypatch, side):
    """Tiles are joined without slivers: neither area nor the number of patches depends on them."""
    lines = [draw_walk(seed, 60, 60.0) for seed in range(3)]
    faces = [shapely.Point(x, -x / 2).buffer(70, quad_segs=3) for x in (-500, 0, 480)]
    area = shapely.Point(0, 0).buffer(900).difference(shapely.box(200, 200, 300, 300))
    obstacles = gather([*lines, *faces], [80.0, 120.0, 7.0, 0.0, 0.0, 33.0], area)
    monkeypatch.setattr(carving, "TILE_M", side)
    left = carve_area(area, obstacles)
    monkeypatch.setattr(carving, "TILE_M", 2000.0)
    expected = carve_area(area, obstacles)
    assert len(left) == len(expected)
    assert shapely.area(left).sum() == pytest.approx(shapely.area(expected).sum(), rel=1e-7)
    assert shapely.is_valid(left).all()


def test_every_edge_is_listed_with_each_tile_it_comes_near():
    rng = np.random.default_rng(1)
    ends = rng.uniform(-50, 350, (200, 4))
    radii = rng.uniform(0, 60, 200)
    none = np.full(200, -1, np.int32)
    tiles = cut_tiles((0.0, 0.0, 300.0, 250.0), 100.0)
    assert (tiles.columns, tiles.rows) == (3, 3)
    items, starts = sort_edges(Edges(ends, radii, none, none), tiles)
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    for tile, box in enumerate(tiles.boxes):
        near = set(np.flatnonzero(shapely.distance(lines, box) <= radii))
        assert near <= set(items[starts[tile] : starts[tile + 1]].tolist())


def test_an_area_without_obstacles_is_left_whole(monkeypatch):
    """Some tiles lie in it, some across its border or its hole, some beside it."""
    area = shapely.Point(0, 0).buffer(150).difference(shapely.Point(40, 0).buffer(30))
    monkeypatch.setattr(carving, "TILE_M", 60.0)
    (left,) = carve_area(area, gather([shapely.Point(5000, 0)], [1.0], area))
    assert left.area == pytest.approx(area.area, rel=1e-12)
    assert shapely.hausdorff_distance(left, area) < 1e-9


def test_faces_are_kept_clear_of_across_the_border_of_a_hole():
    """Land with a hole, and a face that crosses the hole's border from within."""
    land = shapely.box(-1000, -1000, 1000, 1000).difference(shapely.Point(0, 0).buffer(250))
    star = shapely.Polygon([(0, 300), (50, 60), (300, 0), (60, -60), (0, -300), (-90, 0)])
    left = cut_out_faces(land, [shapely.STRtree([star])])
    assert left.distance(star) == pytest.approx(CLEARANCE_M, abs=1e-6)
    assert left.area == pytest.approx(land.difference(star).area, rel=1e-5)


def test_all_that_is_taken_leaves_nothing():
    obstacles = gather([BOX.buffer(5)], [0.0])
    assert len(carve_area(BOX, obstacles)) == 0
    assert len(carve_area(shapely.Polygon(), obstacles)) == 0


def test_a_plane_of_the_projects_own_has_no_part_in_it():
    """All is measured in a plane through the middle: here it is true to scale to a micrometre."""
    assert pyproj.Proj(PLANE).get_factors(114.0, 31.8).meridional_scale == pytest.approx(1)
