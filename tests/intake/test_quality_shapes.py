"""Outlines that are wrong: what is proposed for them, and what is only told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
LON, LAT = 113.85569, 31.85
M_LON = GEOD.inv(LON, LAT, LON + 1e-4, LAT)[2] * 1e4
M_LAT = GEOD.inv(LON, LAT, LON, LAT + 1e-4)[2] * 1e4
SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]


def at(metres):
    """Return points in metres east and north of the check point as degrees."""
    return np.array(metres, dtype=float) / (M_LON, M_LAT) + (LON, LAT)


def draw(*shells):
    return [shapely.Polygon(at(shell)) for shell in shells]


@pytest.fixture
def judge_parcels(judge):
    def run(geometry, **options):
        columns = {"id": [f"P{n}" for n in range(len(geometry))], "crop": "rice"}
        frame = gpd.GeoDataFrame(columns, geometry=list(geometry), crs=4490)
        return judge(frame, "land_transfer", **options)

    return run


def told(candidate, key):
    (problem,) = [problem for problem in candidate.problems if problem.key == key]
    for language in ("zh", "en"):
        assert problem.in_language(language)
        assert problem.tell_remedy(language)
    return problem


def test_a_sound_parcel_is_left_alone(judge_parcels):
    candidate = judge_parcels(draw(SQUARE))
    assert candidate.problems == ()
    assert shapely.equals_identical(candidate.frame.geometry.array[0], draw(SQUARE)[0])


def test_the_bow_tie_of_the_domain(judge_parcels):
    """0.006 m2 as it stands, 534 760 m2 after make_valid by structure, 267 380 after buffer(0)."""
    corners = [(0, 0), (1034.2, 1034.2), (1034.2, 0), (0, 1034.2)]
    (tie,) = draw(corners)
    candidate = judge_parcels([tie])
    problem = told(candidate, "geometry_invalid")
    assert problem.severity == "repair"
    assert problem.facts["before_m2"] < 0.1
    after = sum(
        abs(GEOD.geometry_area_perimeter(part)[0]) for part in candidate.frame.geometry[0].geoms
    )
    assert problem.facts["after_m2"] == pytest.approx(after, rel=1e-5)
    assert problem.facts["after_m2"] == pytest.approx(1034.2**2 / 2, rel=1e-3)
    assert problem.facts["after_m2"] > 1.9 * shapely.buffer(tie, 0).area * M_LON * M_LAT
    assert "自相交" in problem.in_language("zh")
    assert "由 1 变为 2" in problem.in_language("zh")
    assert candidate.is_repaired.tolist() == [True]
    assert shapely.equals_identical(candidate.before[0], tie)
    assert candidate.frame.is_valid.all()


@pytest.mark.parametrize(
    ("shape", "reason", "area"),
    [
        # two parts over each other are counted once
        (
            shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]),
            "重叠",
            7,
        ),
        (shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)]), "里面", 16),
        (
            shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(5, 5), (6, 5), (6, 6), (5, 6)]]),
            "洞",
            17,
        ),
        (shapely.Polygon([(0, 0), (4, 0), (4, 4), (4, 9), (4, 4), (0, 4)]), None, 16),
    ],
)
def test_what_is_invalid_keeps_what_every_ring_encloses(shape, reason, area, judge_parcels):
    shape = shapely.transform(shape, lambda places: at(places * 100))
    candidate = judge_parcels([shape])
    assert candidate.refused == ()
    assert candidate.is_repaired.all()
    repaired = candidate.frame.geometry.array[0]
    assert shapely.is_valid(repaired)
    assert shapely.area(repaired) * M_LON * M_LAT == pytest.approx(area * 1e4, rel=1e-9)
    if reason:
        assert reason in told(candidate, "geometry_invalid").in_language("zh")


def test_a_ring_that_runs_along_an_edge_twice(judge_parcels):
    """Of which GEOS makes two parts with a common edge, which are invalid again."""
    ring = [(60, 50), (50, 35), (30, 0), (60, 50), (50, 35), (0, 0)]
    candidate = judge_parcels(draw(ring))
    assert candidate.frame.is_valid.all()
    assert told(candidate, "geometry_invalid").facts["after_m2"] == pytest.approx(225, rel=1e-3)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon([(0, 0), (1, 0), (2, 0)]),
        shapely.Polygon([(0, 0), (0, 0), (0, 0)]),
        shapely.Polygon([(0, 0), (1, 1), (0, 0), (1, 1)]),
    ],
)
def test_what_nothing_is_left_of_is_refused(shape, judge_parcels):
    candidate = judge_parcels([shapely.transform(shape, at), *draw(SQUARE)])
    assert [(one.row, one.key) for one in candidate.refused] == [(1, "geometry_collapsed")]
    told(candidate, "geometry_collapsed")
    assert len(candidate.frame) == 1


def test_a_line_of_one_place_is_refused(judge):
    line = shapely.LineString([(LON, LAT), (LON, LAT)])
    frame = gpd.GeoDataFrame({"id": ["a"], "class": ["county"]}, geometry=[line], crs=4490)
    assert [one.key for one in judge(frame, "road").refused] == ["geometry_collapsed"]


def test_vertices_that_repeat_are_left_out(judge_parcels):
    double = [
        SQUARE[0],
        SQUARE[0],
        SQUARE[1],
        (100, 0.0004),
        SQUARE[2],
        *[SQUARE[3]] * 5,
        SQUARE[0],
    ]
    candidate = judge_parcels(draw(double))
    problem = told(candidate, "vertices_repeated")
    assert (problem.severity, problem.facts["count"]) == ("repair", 7 - 1)
    assert shapely.get_num_coordinates(candidate.frame.geometry.array[0]) == 5
    assert problem.facts["after_m2"] == pytest.approx(1e4, rel=1e-4)
    assert [one.key for one in candidate.problems] == ["vertices_repeated"]


def test_a_fine_line_is_thinned_and_not_cut_off(judge_parcels):
    """Vertices half a millimetre apart: what is left follows the outline to a millimetre."""
    fine = [(0, 0), *((50 + step * 0.0005, 0) for step in range(200)), (100, 0), (100, 50), (0, 50)]
    candidate = judge_parcels(draw(fine))
    x = (shapely.get_coordinates(candidate.frame.geometry.array[0])[:, 0] - LON) * M_LON
    kept = np.sort(x[(x > 49) & (x < 51)])
    assert kept[0] == pytest.approx(50, abs=0.002)
    assert kept[-1] == pytest.approx(50.0995, abs=0.002)
    assert (np.diff(kept) > 0.001).all()
    assert (np.diff(kept) < 0.003).all()


def test_lines_lose_equal_vertices_and_keep_their_ends(judge):
    places = at([(0, 0), (0, 0), (50, 0), (50, 0), (50.0005, 0)])
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "class": ["county"]}, geometry=[shapely.LineString(places)], crs=4490
    )
    candidate = judge(frame, "road")
    assert told(candidate, "vertices_repeated").facts["count"] == 2
    left = shapely.get_coordinates(candidate.frame.geometry.array[0])
    assert left.tolist() == places[[0, 2, 4]].tolist()


@pytest.mark.parametrize("width", [0.0, 0.02])
def test_a_narrow_spike_is_cut_off(width, judge_parcels):
    spiked = [
        (0, 0),
        (100, 0),
        (100, 100),
        (60, 100),
        (60 - width / 2, 180),
        (60 - width, 100),
        (0, 100),
    ]
    candidate = judge_parcels(draw(spiked))
    problem = told(candidate, "spikes_cut")
    assert problem.severity == "repair"
    assert [one.key for one in candidate.problems] == ["spikes_cut"]
    repaired = candidate.frame.geometry.array[0]
    assert shapely.bounds(repaired)[3] == pytest.approx(LAT + 100 / M_LAT, abs=1e-9)
    assert problem.facts["before_m2"] - problem.facts["after_m2"] == pytest.approx(
        width * 80 / 2, abs=0.01
    )


def test_a_spike_of_a_hole_and_of_a_part(judge_parcels):
    hole = [(20, 20), (20, 40), (40, 40), (40, 70), (40.01, 40), (45, 20)]
    spiked = [(200, 0), (300, 0), (300, 90), (280, 90), (280, 190), (279.99, 90), (200, 90)]
    shape = shapely.MultiPolygon(
        [shapely.Polygon(at(SQUARE), [at(hole)]), shapely.Polygon(at(spiked))]
    )
    candidate = judge_parcels([shape])
    assert told(candidate, "spikes_cut").facts["count"] == 2
    repaired = candidate.frame.geometry.array[0]
    assert [len(part.interiors) for part in repaired.geoms] == [1, 0]
    assert shapely.get_num_coordinates(repaired) == shapely.get_num_coordinates(shape) - 2


def test_a_wide_sharp_corner_is_told_and_kept(judge_parcels):
    """A triangle 500 m long with a foot of 10 m: 1.1 degrees, and no slip of the pen."""
    triangle = [(0, 0), (10, 0), (5, 500)]
    candidate = judge_parcels(draw(triangle))
    problem = told(candidate, "spike")
    assert problem.severity == "warning"
    assert problem.facts["degrees"] == pytest.approx(np.degrees(2 * np.arctan(5 / 500)), rel=1e-3)
    assert problem.facts["width_m"] == pytest.approx(10, rel=1e-2)
    assert (problem.facts["lon"], problem.facts["lat"]) == pytest.approx(tuple(at((5, 500))))
    assert shapely.equals_identical(candidate.frame.geometry.array[0], draw(triangle)[0])


def test_slivers_are_told_and_small_graves_are_none(judge_parcels, judge):
    sliver = [(0, 0), (60, 0), (60, 0.3), (0, 0.3)]
    problem = told(judge_parcels(draw(sliver)), "sliver")
    assert problem.severity == "warning"
    assert problem.facts["width_m"] == pytest.approx(0.3, rel=0.01)
    assert problem.facts["area_m2"] == pytest.approx(18, rel=1e-3)
    grave = draw([(0, 0), (0.8, 0), (0.8, 1.2), (0, 1.2)])
    assert judge(gpd.GeoDataFrame({"id": ["g"]}, geometry=grave, crs=4490), "burial").problems == ()


def test_a_sliver_among_the_parts(judge_parcels):
    parts = shapely.MultiPolygon(draw(SQUARE, [(200, 0), (260, 0), (260, 0.2), (200, 0.2)]))
    assert told(judge_parcels([parts]), "sliver").facts["width_m"] == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize("code", [4490, 4547, 4526])
def test_swapped_rows_are_turned(code, judge):
    """In degrees, and in Gauss-Krueger metres with and without the zone in the easting."""
    right = gpd.GeoSeries(gpd.points_from_xy([LON, LON + 0.01], [LAT, LAT + 0.01]), crs=4490)
    x, y = shapely.get_coordinates(right.to_crs(code).array).T
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=gpd.points_from_xy([x[0], y[1]], [y[0], x[1]]), crs=code
    )
    candidate = judge(frame, "burial")
    problem = told(candidate, "axes_swapped")
    assert (problem.row, problem.severity) == (2, "repair")
    assert shapely.equals_exact(candidate.frame.geometry.array, right.array, 1e-9).all()
    assert candidate.is_repaired.tolist() == [False, True]


def test_swapped_in_the_west_is_seen_beside_the_project(judge, make_layer):
    """At 85 E 44 N swapped coordinates are still on the Earth; the project tells."""
    village = make_layer("village", [shapely.box(84.9, 43.9, 85.1, 44.1)])
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=gpd.points_from_xy([85.0, 44.0], [44.0, 85.0]), crs=4490
    )
    assert judge(frame, "burial").problems == ()
    candidate = judge(frame, "burial", layers={"village": village})
    assert told(candidate, "axes_swapped").row == 2
    assert shapely.get_coordinates(candidate.frame.geometry.array).tolist() == [[85, 44]] * 2


COORDINATE = st.integers(0, 40).map(lambda number: number * 5.0)
RINGS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9)
CALM = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(shells=st.lists(RINGS, min_size=1, max_size=5))
@CALM
def test_what_comes_in_is_valid_and_judged_again_it_is_sound(shells, judge_parcels):
    candidate = judge_parcels(draw(*shells))
    assert candidate.frame.is_valid.all()
    again = judge_parcels(candidate.frame.geometry.array)
    assert not again.is_repaired.any()
    assert again.refused == ()
    assert shapely.equals_identical(
        np.asarray(again.frame.geometry.array), np.asarray(candidate.frame.geometry.array)
    ).all()


@given(shells=st.lists(RINGS, min_size=2, max_size=5, unique_by=tuple), data=st.data())
@CALM
def test_the_order_of_rows_changes_nothing(shells, data, judge):
    order = data.draw(st.permutations(range(len(shells))))
    frame = gpd.GeoDataFrame(
        {"id": [f"P{n}" for n in range(len(shells))], "crop": "rice"},
        geometry=draw(*shells),
        crs=4490,
    )

    def summarise(candidate):
        frame = candidate.frame.set_index("id").sort_index()
        wrong = {
            (one.feature, one.key, one.facts.get("area_m2"))
            for one in candidate.problems
            if one.key != "shape_repeated"  # told of the later one
        }
        return frame.geometry.to_wkb().to_dict(), wrong

    one, other = judge(frame, "land_transfer"), judge(frame.iloc[list(order)], "land_transfer")
    assert summarise(one)[0] == summarise(other)[0]
    areas = [
        {(feature, key): area for feature, key, area in summarise(candidate)[1]}
        for candidate in (one, other)
    ]
    assert areas[0].keys() == areas[1].keys()
    for place, area in areas[0].items():
        assert area is None or area == pytest.approx(areas[1][place], rel=1e-6)
