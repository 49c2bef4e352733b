"""Parcels over each other and the land between them, beside brute force."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.intake.quality import overlaps
from geo_rv.intake.quality.overlaps import find_overlaps
from geo_rv.intake.quality.thresholds import load_thresholds

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
WEST, SOUTH, STEP = 113.85, 31.85, 0.001


def cell(column, row, *, wide=1.0, high=1.0):
    return shapely.box(
        WEST + column * STEP,
        SOUTH + row * STEP,
        WEST + (column + wide) * STEP,
        SOUTH + (row + high) * STEP,
    )


def measure(shape):
    """Return the area by Karney's geodesics, 1e-6 off the county's straight edges."""
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.area]
    return sum(
        abs(GEOD.geometry_area_perimeter(shapely.segmentize(part, 1e-5))[0]) for part in parts
    )


def parcels(shapes, **columns):
    ids = {"id": [f"P{n}" for n in range(1, len(shapes) + 1)], "crop": "rice"}
    return gpd.GeoDataFrame(ids | columns, geometry=list(shapes), crs=4490)


def pick(candidate, key):
    found = [problem for problem in candidate.problems if problem.key == key]
    for problem in found:
        for language in ("zh", "en"):
            assert problem.in_language(language)
            assert problem.tell_remedy(language)
    return found


def test_neighbours_with_a_common_border_do_not_overlap(judge):
    shapes = [cell(column, row) for column in range(3) for row in range(3)]
    assert judge(parcels(shapes), "land_transfer").problems == ()


def test_each_of_a_pair_is_told_with_the_area(judge):
    shapes = [cell(0, 0), cell(0.5, 0), cell(5, 5)]
    candidate = judge(parcels(shapes), "land_transfer")
    first, second = pick(candidate, "overlap")
    shared = measure(shapely.intersection(shapes[0], shapes[1]))
    assert [(one.row, one.facts["other"], one.severity) for one in (first, second)] == [
        (1, 2, "warning"),
        (2, 1, "warning"),
    ]
    assert first.facts["area_m2"] == pytest.approx(shared, rel=1e-6)
    assert first.facts["mu"] == pytest.approx(shared * 3 / 2000, rel=1e-6)
    assert len(candidate.frame) == 3


def test_the_worst_of_several_leads(judge):
    shapes = [cell(0, 0, wide=4), cell(-0.9, 0), cell(3.4, 0), cell(1, -0.5)]
    wrong = {one.row: one.facts for one in pick(judge(parcels(shapes), "land_transfer"), "overlap")}
    assert (wrong[1]["count"], wrong[1]["other"]) == (3, 3)
    total = sum(measure(shapely.intersection(shapes[0], other)) for other in shapes[1:])
    assert wrong[1]["total_m2"] == pytest.approx(total, rel=1e-6)


def test_rounded_borders_are_no_overlap(judge):
    """A millimetre along 2 km is 2 m2, and no width."""
    shapes = [cell(0, 0, high=20), cell(1 - 1e-5, 0, high=20)]
    assert judge(parcels(shapes), "land_transfer").problems == ()


def test_zones_may_lie_over_each_other(judge):
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[cell(0, 0), cell(0.5, 0)], crs=4490)
    assert judge(frame, "water_protection").problems == ()


@pytest.mark.parametrize(
    ("mode", "others"), [("add", {"X", "P1"}), ("update", {"X"}), ("replace", set())]
)
def test_what_the_project_holds_counts_unless_it_is_replaced(mode, others, judge, make_layer):
    held = make_layer("land_transfer", [cell(0.5, 0), cell(2, 0)], id=["X", "P1"], crop="rice")
    frame = parcels([cell(2.5, 0), cell(0, 0)])
    candidate = judge(frame, "land_transfer", layers={"land_transfer": held}, mode=mode)
    found = {one.facts["other"] for one in pick(candidate, "overlap_known")}
    # the row that is refused for its identity is not compared
    assert found == others - {"P1"}


def test_held_parcels_that_are_invalid_are_compared_too(judge, make_layer):
    tie = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 0.002, SOUTH + 0.002), (WEST + 0.002, SOUTH), (WEST, SOUTH + 0.002)]
    )
    held = make_layer("land_transfer", [tie], crop="rice")
    candidate = judge(parcels([cell(0, 0)]), "land_transfer", layers={"land_transfer": held})
    (problem,) = pick(candidate, "overlap_known")
    shared = shapely.intersection(shapely.make_valid(tie), cell(0, 0))
    assert problem.facts["area_m2"] == pytest.approx(measure(shared), rel=1e-5)


def test_every_pair_is_found_as_by_brute_force():
    random = np.random.default_rng(7)
    centres = random.uniform([WEST, SOUTH], [WEST + 0.02, SOUTH + 0.02], (120, 2))
    shapes = np.array(
        [
            shapely.affinity.rotate(shapely.box(x, y, x + 0.002, y + 0.001), turn, origin="center")
            for (x, y), turn in zip(centres, random.uniform(0, 180, 120), strict=True)
        ]
    )
    others = shapes[60:]
    expected = {
        (one, other): measure(shapes[one].intersection(shapes[other]))
        for one, other in itertools.combinations(range(120), 2)
        if shapes[one].intersection(shapes[other]).area
    }
    found = find_overlaps(shapes, None, load_thresholds())
    assert found.is_all
    got = dict(
        zip(zip(found.one.tolist(), found.other.tolist(), strict=True), found.area_m2, strict=True)
    )
    clear = {pair: area for pair, area in expected.items() if area > 1}
    assert clear.keys() <= got.keys() <= expected.keys()
    assert len(clear) > 50
    for pair, area in got.items():
        assert area == pytest.approx(expected[pair], rel=1e-5, abs=1e-3)
    between = find_overlaps(shapes[:60], others, load_thresholds())
    pairs = set(zip(between.one.tolist(), (between.other + 60).tolist(), strict=True))
    assert pairs == {pair for pair in got if pair[0] < 60 <= pair[1]}


def test_too_many_pairs_end_the_search_and_that_is_told(judge, monkeypatch):
    monkeypatch.setattr(overlaps, "_MOST_WORK", 500)
    shapes = [cell(n / 1000, 0) for n in range(60)]
    candidate = judge(parcels(shapes), "land_transfer")
    (problem,) = pick(candidate, "overlaps_unfinished")
    assert problem.facts["compared"] == 60 * 59 / 2


def test_gaps_of_a_village(judge, make_layer):
    village = make_layer(
        "village",
        [cell(0, 0, wide=4, high=2), cell(4, 0, wide=4, high=2)],
        id=["421381107200", "421381107201"],
        name=["双乡村", "泉口村"],
    )
    # a hole of one cell, a strip along the border, and a gap of millimetres that is none
    shapes = [
        cell(0, 0, wide=3 - 1e-5),
        cell(3, 0),
        cell(0, 1),
        cell(2, 1, wide=1.75),
    ]
    layers = {"village": village}
    assert pick(judge(parcels(shapes), "land_transfer", layers=layers), "gap") == []
    candidate = judge(parcels(shapes), "land_transfer", layers=layers, gaps=True)
    hole, strip = pick(candidate, "gap")
    open_land = [cell(1, 1), cell(3.75, 1, wide=0.25)]
    assert hole.facts["area_m2"] == pytest.approx(measure(open_land[0]), rel=1e-6)
    assert strip.facts["area_m2"] == pytest.approx(measure(open_land[1]), rel=1e-6)
    assert open_land[0].contains(shapely.Point(hole.facts["lon"], hole.facts["lat"]))
    assert "双乡村" in hole.in_language("zh")
    (total,) = pick(candidate, "gaps_found")
    assert total.facts["count"] == 2
    assert total.facts["total_m2"] == pytest.approx(sum(map(measure, open_land)), rel=1e-6)


def test_what_is_held_closes_gaps_unless_it_is_replaced(judge, make_layer):
    village = make_layer("village", [cell(0, 0, wide=2)])
    held = make_layer("land_transfer", [cell(1, 0)], crop="rice")
    layers = {"village": village, "land_transfer": held}
    frame = parcels([cell(0, 0)])
    added = judge(frame, "land_transfer", layers=layers, gaps=True)
    assert pick(added, "gap") == []
    assert len(pick(added, "gaps_none")) == 1
    replaced = judge(frame, "land_transfer", layers=layers, gaps=True, mode="replace")
    assert len(pick(replaced, "gap")) == 1


def test_gaps_between_villages(judge):
    ring = [cell(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    frame = gpd.GeoDataFrame({"id": [str(n) for n in range(8)]}, geometry=ring, crs=4490)
    (gap,) = pick(judge(frame, "village", gaps=True), "gap")
    assert gap.facts["area_m2"] == pytest.approx(measure(cell(1, 1)), rel=1e-6)


def test_gaps_cannot_be_told_without_villages(judge):
    candidate = judge(parcels([cell(0, 0)]), "land_transfer", gaps=True)
    assert len(pick(candidate, "gaps_unknown")) == 1
