"""The tree of boxes: nothing that lies near is passed over, and nothing comes twice."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.boxtree import BRANCHES, NONE, plant_tree, sort_boxes
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart

SIZES = (0, 1, 2, 7, 8, 9, 16, 63, 64, 65, 511, 512, 513, 1000, 5000)


def draw_boxes(rng, count, spread):
    corners = rng.uniform(0, 1, (count, 2)) * spread + (113, 31)
    return np.hstack([corners, corners + rng.exponential(0.01, (count, 2)) * spread])


def list_layouts(rng, count):
    """Return boxes anywhere, all the same, in one row, of no size, and one that holds the rest."""
    yield draw_boxes(rng, count, (1, 1))
    yield np.tile(draw_boxes(rng, 1, (1, 1)), (count, 1))
    yield draw_boxes(rng, count, (1, 0))
    yield draw_boxes(rng, count, (0, 1))
    yield np.tile(rng.uniform(0, 1, (count, 2)), 2)
    around = draw_boxes(rng, count, (1, 1))
    around[:1] = (112, 30, 115, 33)
    yield around


def list_found(tree, box):
    """Return the items of the leaves whose boxes meet `box`, walking down from the root."""
    west, south, east, north = box
    leaves, found = len(tree.items), []
    waiting = [len(tree.west) - 1] if leaves else []
    while waiting:
        node = waiting.pop()
        if (
            tree.west[node] > east
            or tree.east[node] < west
            or tree.south[node] > north
            or tree.north[node] < south
        ):
            continue
        if node < leaves:
            found.append(int(tree.items[node]))
            continue
        first = tree.children[node - leaves]
        waiting += range(first, first + BRANCHES)
    return found


@pytest.mark.parametrize("count", SIZES)
def test_every_box_that_meets_another_is_found_once(count):
    rng = np.random.default_rng(count)
    for boxes in list_layouts(rng, count):
        tree = plant_tree(boxes, sort_boxes(boxes))
        asked = np.vstack([draw_boxes(rng, 8, (1, 1)), boxes[:4], [[0, 0, 180, 90]]])
        for box in asked:
            meets = (boxes[:, :2] <= box[2:]).all(axis=1) & (boxes[:, 2:] >= box[:2]).all(axis=1)
            assert sorted(list_found(tree, box)) == np.flatnonzero(meets).tolist()
        assert not np.isnan(np.stack(tree[:4])).any()


@pytest.mark.parametrize("count", SIZES)
def test_a_tree_of_some_boxes_holds_those_alone(count):
    rng = np.random.default_rng(count)
    boxes = draw_boxes(rng, count, (1, 1))
    order = sort_boxes(boxes)
    assert sorted(order) == list(range(count))
    for share in (0, 0.02, 0.5, 1):
        chosen = order[rng.random(count) < share]
        tree = plant_tree(boxes, chosen)
        assert sorted(list_found(tree, (0, 0, 180, 90))) == sorted(chosen)


def test_neighbours_on_the_curve_are_neighbours():
    # the curve visits a square of 64 x 64 boxes without a jump
    places = np.stack(np.meshgrid(np.arange(64.0), np.arange(64.0)), axis=-1).reshape(-1, 2)
    order = sort_boxes(np.hstack([places, places]))
    steps = np.abs(np.diff(places[order], axis=0)).sum(axis=1)
    assert steps.max() <= 2
    assert np.count_nonzero(steps > 1) < 0.05 * len(steps)


def draw_geometries(rng, count):
    """Return points, lines and polygons, one in five missing or empty."""
    drawn = []
    for number in range(count):
        place = rng.uniform((113.8, 31.8), (113.9, 31.9))
        drawn.append(
            [
                shapely.Point(place),
                shapely.LineString(place + np.cumsum(rng.normal(0, 1e-3, (40, 2)), axis=0)),
                shapely.Point(place).buffer(rng.uniform(1e-4, 2e-2)),
                shapely.Point(place).buffer(0.01) - shapely.Point(place).buffer(0.005),
                [None, shapely.Polygon(), shapely.Point(), shapely.MultiPolygon()][number % 4],
            ][rng.integers(0, 5)]
        )
    return np.array(drawn, dtype=object)


def check_selection(sites, features, kept_sites, kept_features):
    """Compare what is selected of shapes with shapes made of what is selected."""
    is_line = [each is not None and each.geom_type == "LineString" for each in features]
    widths = (np.linspace(0, 300, len(features)) * is_line)[kept_features]
    some = (
        take_apart(sites).select(kept_sites),
        take_apart(features).select(kept_features),
    )
    alone = take_apart(sites[kept_sites]), take_apart(features[kept_features])
    for options in ({}, {"half_widths_m": widths}):
        found, expected = find_nearest(*some, **options), find_nearest(*alone, **options)
        assert found.feature.tolist() == expected.feature.tolist()
        assert found.distance_m == pytest.approx(expected.distance_m, abs=2e-6, nan_ok=True)
        # what touches may do so in many places
        apart = found.distance_m > 0
        assert found.segment[apart] == pytest.approx(expected.segment[apart], abs=1e-10)
    for one, other in zip(some, alone, strict=True):
        assert one.count == other.count
        assert one.has_shape.tolist() == other.has_shape.tolist()
        assert one.is_line.tolist() == other.is_line.tolist()
        assert one.places == pytest.approx(other.places, nan_ok=True)
        assert one.bounds == pytest.approx(other.bounds, nan_ok=True)


@pytest.mark.parametrize("seed", range(12))
def test_a_selection_answers_as_if_it_were_alone(seed):
    rng = np.random.default_rng(seed)
    sites, features = draw_geometries(rng, 60), draw_geometries(rng, 80)
    for share in (0, 0.05, 0.5, 0.95, 1):
        check_selection(sites, features, rng.random(60) < share, rng.random(80) < 1 - share)
        check_selection(sites, features, rng.random(60) < share, rng.random(80) < share)


def test_nothing_selected_is_nothing_found():
    rng = np.random.default_rng(1)
    sites, features = take_apart(draw_geometries(rng, 30)), take_apart(draw_geometries(rng, 30))
    none = np.zeros(30, dtype=bool)
    assert find_nearest(sites, features.select(none)).feature.tolist() == [NONE] * 30
    assert find_nearest(sites.select(none), features).feature.tolist() == []
    everything = find_nearest(sites, features)
    again = find_nearest(sites.select(~none), features.select(~none))
    assert again.feature.tolist() == everything.feature.tolist()
    assert np.array_equal(again.distance_m, everything.distance_m, equal_nan=True)
    assert (everything.feature != NONE).tolist() == sites.has_shape.tolist()


def test_a_selection_of_a_selection_is_a_selection():
    rng = np.random.default_rng(2)
    sites, features = take_apart(draw_geometries(rng, 30)), take_apart(draw_geometries(rng, 30))
    first = np.arange(30) % 2 == 0
    second = np.arange(15) % 3 == 0
    both = np.arange(30) % 6 == 0
    twice = find_nearest(sites, features.select(first).select(second))
    once = find_nearest(sites, features.select(both))
    assert twice.feature.tolist() == once.feature.tolist()
    assert twice.distance_m == pytest.approx(once.distance_m, nan_ok=True)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(0, 40))
def test_any_selection_of_anything(seed, sites, features):
    rng = np.random.default_rng(seed)
    check_selection(
        draw_geometries(rng, sites),
        draw_geometries(rng, features),
        rng.random(sites) < 0.7,
        rng.random(features) < 0.4,
    )
