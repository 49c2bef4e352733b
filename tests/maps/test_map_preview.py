"""Rows on their way in, drawn: never too many, never off the world, problems first."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.maps.preview import (
    ACCEPTED,
    REFUSED,
    REPAIR,
    Sketch,
    draw_row,
    draw_sketches,
    join_boxes,
)

EAST, SOUTH = 113.86, 31.85
with np.errstate(invalid="ignore"):
    NOWHERE = shapely.LineString([(1, 1), (np.nan, 2), (3, 3)])
BOW = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def make_sketch(geometry, states, before=None):
    shapes = np.array(geometry, dtype=object)
    return Sketch.of(
        shapes,
        shapes.copy() if before is None else np.array(before, dtype=object),
        np.array(states, dtype=np.int8),
        np.arange(1, len(shapes) + 1),
    )


def draw(*sketches, **options):
    return json.loads(draw_sketches(sketches, **options))


def list_states(drawn):
    return [feature["properties"]["state"] for feature in drawn["features"]]


def test_a_repair_is_drawn_as_it_would_be_and_as_it_was():
    mended = shapely.make_valid(BOW)
    drawn = draw(make_sketch([mended], [REPAIR], [BOW]))
    assert list_states(drawn) == ["repair", "before"]
    after, before = (shapely.geometry.shape(f["geometry"]) for f in drawn["features"])
    assert after.equals(mended)
    assert before.equals_exact(BOW)
    assert drawn["numberMatched"] == drawn["numberReturned"] == 1


def test_what_the_file_has_is_not_drawn_twice():
    point = shapely.Point(EAST, SOUTH)
    assert list_states(draw(make_sketch([point], [REPAIR]))) == ["repair"]
    assert draw_row(make_sketch([point], [REPAIR]), 0)["before"] is None


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        shapely.Point(),
        shapely.Point(SOUTH, EAST),
        shapely.Point(486_341, 3_525_228),
        shapely.Point(np.inf, 3),
        NOWHERE,
    ],
)
def test_what_no_map_can_show_is_left_out_and_counted(geometry):
    sketch = make_sketch([geometry, shapely.Point(EAST, SOUTH)], [REFUSED, ACCEPTED])
    assert sketch.is_drawable.tolist() == [False, True]
    assert list_states(draw(sketch)) == ["accepted"]
    assert draw_row(sketch, 0) == {"state": "refused", "after": None, "before": None}
    mended = make_sketch([shapely.Point(EAST, SOUTH)], [REPAIR], [geometry])
    assert list_states(draw(mended)) == ["repair"]


@given(
    states=st.lists(st.integers(0, 2), max_size=60),
    most=st.integers(1, 30),
)
def test_never_more_than_asked_and_problems_first(states, most):
    places = shapely.points(EAST + np.arange(len(states)) / 1000, SOUTH)
    drawn = draw(make_sketch(places, states), most=most)
    found = list_states(drawn)
    assert drawn["numberMatched"] == len(states)
    assert drawn["numberReturned"] == len(found) == min(len(states), most)
    troubled = sum(state != ACCEPTED for state in states)
    assert sum(state != "accepted" for state in found) >= min(troubled, most // 2)
    rows = [feature["properties"]["row"] for feature in drawn["features"]]
    assert len(set(rows)) == len(rows)


def test_only_what_is_in_sight():
    sketches = (
        make_sketch([shapely.Point(EAST, SOUTH)], [ACCEPTED]),
        make_sketch([shapely.Point(EAST + 1, SOUTH), shapely.box(113, 31, 114, 32)], [0, 2]),
    )
    drawn = draw(*sketches, bounds=(EAST - 0.1, SOUTH - 0.1, EAST + 0.1, SOUTH + 0.1))
    found = [(f["properties"]["candidate"], f["properties"]["row"]) for f in drawn["features"]]
    assert sorted(found) == [(0, 1), (1, 2)]


def test_outlines_are_as_fine_as_the_zoom():
    angles = np.linspace(0, 2 * np.pi, 2_001)
    circle = shapely.Polygon(np.column_stack([EAST + np.cos(angles), SOUTH + np.sin(angles)]))
    sketch = make_sketch([circle], [ACCEPTED])
    near, far = (draw(sketch, zoom=zoom)["features"][0]["geometry"] for zoom in (16, 6))
    assert len(far["coordinates"][0]) < 100 < len(near["coordinates"][0])


def test_a_stray_row_does_not_widen_the_view():
    here, there = shapely.Point(EAST, SOUTH), shapely.Point(EAST, 45)
    town = (113.7, 31.7, 114.0, 32.0)
    sketch = make_sketch([here, there], [REFUSED, ACCEPTED])
    assert join_boxes((sketch,), near=town) == (EAST, SOUTH, EAST, SOUTH)
    assert join_boxes((sketch,)) == (EAST, 45, EAST, 45)
    assert join_boxes((make_sketch([there], [REFUSED]),), near=town) == (EAST, 45, EAST, 45)
    assert join_boxes((make_sketch([None], [REFUSED]),), near=town) is None
    assert join_boxes(()) is None


def test_without_a_town_nearly_all_rows_are_seen():
    places = [shapely.Point(EAST + n / 1000, SOUTH) for n in range(40)]
    whole = join_boxes((make_sketch(places, [ACCEPTED] * 40),))
    assert whole == pytest.approx((EAST, SOUTH, EAST + 0.039, SOUTH))
    with_stray = make_sketch([*places, shapely.Point(EAST, 45)], [ACCEPTED] * 41)
    assert join_boxes((with_stray,)) == whole
