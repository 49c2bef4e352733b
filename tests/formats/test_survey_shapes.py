"""Rings into polygons: containment tells holes, parts, and islands in holes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from geo_rv.errors import RingsTooMany
from geo_rv.formats import survey_shapes
from geo_rv.formats.survey import parse_survey
from geo_rv.formats.survey_layout import SHAPES
from geo_rv.formats.survey_shapes import build_shapes

FACE = SHAPES["面"]


def write_rings(*rings, numbers=None):
    numbers = numbers or range(1, len(rings) + 1)
    return "".join(
        f"J{at},{number},{y:.9f},{x:.9f}\n"
        for number, ring in zip(numbers, rings, strict=True)
        for at, (x, y) in enumerate(ring, 1)
    )


def build(*plots, needed=FACE):
    text = "[地块坐标]\n" + "".join(f"9,1,甲,乙,面,,,,@\n{plot}" for plot in plots)
    survey = parse_survey(text)
    coordinates = np.column_stack([survey.points.east, survey.points.north])
    count = len(survey.plots.lines)
    return build_shapes(
        survey.rings, coordinates, np.full(count, needed), np.ones(count, dtype=bool)
    )


def box(west, south, side):
    return list(shapely.box(west, south, west + side, south + side).exterior.coords)


@pytest.mark.parametrize("numbers", [None, [1, 2, 3, 4], [4, 3, 2, 1], [1, 1, 1, 1]])
def test_a_hole_an_island_in_it_and_a_part_beside(numbers):
    rings = box(0, 0, 100), box(10, 10, 50), box(20, 20, 10), box(200, 0, 30)

    (found,) = build(write_rings(*rings, numbers=numbers))

    wanted = shapely.MultiPolygon(
        [
            shapely.Polygon(rings[0], [rings[1]]),
            shapely.Polygon(rings[2]),
            shapely.Polygon(rings[3]),
        ]
    )
    assert found.is_valid
    assert found.equals(wanted)


def test_the_order_and_the_turn_of_rings_do_not_matter():
    rings = box(10, 10, 50), box(20, 20, 10)[::-1], box(0, 0, 100)[::-1]

    (found,) = build(write_rings(*rings))

    assert found.area == 100**2 - 50**2 + 10**2


def test_a_hole_that_touches_the_outline_is_one():
    outline, hole = box(0, 0, 100), [(0, 50), (30, 40), (30, 60), (0, 50)]

    (found,) = build(write_rings(outline, hole))

    assert found.equals(shapely.Polygon(outline, [hole]))


def test_parts_that_share_an_edge_are_parts():
    (found,) = build(write_rings(box(0, 0, 10), box(10, 0, 10)))

    assert found.geom_type == "MultiPolygon"
    assert found.area == 200


def test_plots_on_the_same_place_do_not_take_each_other_for_holes():
    shapes = build(
        write_rings(box(0, 0, 100), box(10, 10, 10)), write_rings(box(20, 20, 9), box(50, 50, 9))
    )

    assert [shape.area for shape in shapes] == [100**2 - 10**2, 2 * 9**2]


def test_plots_are_the_same_whether_they_are_made_at_once_or_in_groups(monkeypatch):
    plots = [write_rings(box(at, 0, 100), box(at + 10, 10, 10)) for at in range(0, 900, 90)]
    plots.append(write_rings(box(0, 0, 5)))
    at_once = build(*plots)

    monkeypatch.setattr(survey_shapes, "_POINTS_AT_ONCE", 12)

    assert shapely.equals(at_once, build(*plots)).all()


def test_lines_and_points_are_what_they_are_said_to_be():
    ring = [(0, 0), (1, 0), (1, 1), (0, 0)]

    (line,) = build(write_rings(ring), needed=SHAPES["线"])
    (lines,) = build(write_rings(ring, ring[1:]), needed=SHAPES["线"])
    (point,) = build(write_rings(ring[:1]), needed=SHAPES["点"])
    (points,) = build(write_rings(ring[:3]), needed=SHAPES["点"])

    assert line.equals_exact(shapely.LineString(ring))
    assert lines.geom_type == "MultiLineString"
    assert point.equals(shapely.Point(0, 0))
    assert points.equals(shapely.MultiPoint(ring[:3]))


def test_what_is_not_fit_stays_out():
    survey = parse_survey("[地块坐标]\n,,,,,,,,@\n1,1,0,0\n,,,,,,,,@\n" + write_rings(box(0, 0, 9)))
    coordinates = np.column_stack([survey.points.east, survey.points.north])

    shapes = build_shapes(
        survey.rings, coordinates, np.array([FACE, FACE]), np.array([False, True])
    )

    assert shapes[0] is None
    assert shapes[1].area == 81


@pytest.mark.parametrize("bound", ["pairs", "work"])
def test_rings_in_rings_without_end_are_refused(monkeypatch, bound):
    tight = survey_shapes._Allowance(**{bound: 1000})
    monkeypatch.setattr(survey_shapes, "_Allowance", lambda: tight)
    rings = [box(at, at, 1000 - 2 * at) for at in range(100)]

    with pytest.raises(RingsTooMany):
        build(write_rings(*rings))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
    st.integers(0, 359),
    st.randoms(use_true_random=False),
)
def test_any_nesting_comes_out_as_shapely_makes_it(depths, angle, maker):
    """Rings lie in one another `depths` deep, in several places: the area is the oracle."""
    faces, rings = [], []
    for place, depth in enumerate(depths):
        nested = [shapely.Point(place * 300, 0).buffer(100 - 20 * at) for at in range(depth + 1)]
        turned = [affinity.rotate(face, angle, origin=(0, 0)) for face in nested]
        rings += [list(face.exterior.coords) for face in turned]
        signs = [(-1) ** at for at in range(len(turned))]
        faces += [sign * face.area for sign, face in zip(signs, turned, strict=True)]
    maker.shuffle(rings)

    (found,) = build(write_rings(*rings))

    assert found.is_valid
    assert found.area == pytest.approx(sum(faces), rel=1e-9)
