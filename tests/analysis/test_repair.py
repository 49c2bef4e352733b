"""Which polygons are asked about, against GEOS, which decides."""

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.decode import read_paths
from geo_rv.analysis.repair import find_doubtful, repair_polygons
from geo_rv.analysis.shapes import take_apart

SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
# on a grid, so that corners meet, edges overlap and rings touch themselves often
corners = st.tuples(st.integers(0, 4), st.integers(0, 4))
rings = st.lists(corners, min_size=3, max_size=9).map(lambda points: [*points, points[0]])


def find(geometries):
    blobs = pa.array(shapely.to_wkb(np.array(geometries, dtype=object)), type=pa.large_binary())
    return set(find_doubtful(read_paths(blobs)[0]).tolist())


@settings(deadline=None, max_examples=500)
@given(rings)
def test_no_invalid_ring_goes_unasked(ring):
    polygon = shapely.Polygon(np.array(ring) * 1e-3 + (113.8, 31.8))
    if not polygon.is_valid:
        assert find([polygon]) == {0}


def test_plain_polygons_need_not_be_asked_about():
    rng = np.random.default_rng(3)
    turns = np.sort(rng.uniform(0, 2 * np.pi, (200, 40)), axis=1)
    reaches = rng.uniform(0.5, 1, (200, 40)) * 1e-3
    stars = shapely.polygons(
        np.stack([113.8 + reaches * np.cos(turns), 31.8 + reaches * np.sin(turns)], axis=2)
    )
    assert shapely.is_valid(stars).all()
    assert len(find(stars)) < 10


@pytest.mark.parametrize(
    "polygon",
    [
        shapely.Polygon(SQUARE, [[(1, 1), (2, 1), (2, 2), (1, 1)]]),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        shapely.Polygon([*SQUARE[:2], (4, 4), (4, 0), *SQUARE[2:]]),
    ],
    ids=["hole", "parts", "spike"],
)
def test_what_is_not_one_plain_ring_is_asked_about(polygon):
    assert find([None, polygon, shapely.Point(0, 0)]) == {1}


def test_only_what_was_changed_counts_as_repaired():
    holed = shapely.Polygon(SQUARE, [[(1, 1), (2, 1), (2, 2), (1, 1)]])
    bow_tie = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)])
    assert take_apart([holed, bow_tie, None, shapely.Point(1, 1)]).damaged.tolist() == [1]


def test_a_ring_that_runs_along_an_edge_twice_is_counted_once():
    """Of which GEOS makes two parts with a common edge, which are invalid again.

    The ring goes around two triangles, of 25 and of 200, on either side of the edge from (60, 50)
    to (50, 35).
    """
    corners = [(60, 50), (50, 35), (30, 0), (60, 50), (50, 35), (0, 0)]
    ring = shapely.Polygon(np.array(corners) * 1e-5 + (113.8, 31.8))
    (repaired,) = repair_polygons([ring])
    assert repaired.is_valid
    assert repaired.area == pytest.approx(225e-10, rel=1e-6)
    shapes = take_apart([ring])
    assert shapes.damaged.tolist() == [0]


@settings(deadline=None, max_examples=300)
@given(rings, st.sampled_from([1.0, 1e-5]))
def test_what_is_repaired_is_valid(ring, size):
    (repaired,) = repair_polygons([shapely.Polygon(np.array(ring) * size + (113.8, 31.8))])
    assert repaired.is_valid
