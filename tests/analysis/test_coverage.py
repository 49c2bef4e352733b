"""Whether what lies beyond the data could matter to a site: towns made by hand."""

import time

import numpy as np
import pytest
import shapely

from geo_rv.analysis import coverage
from geo_rv.analysis.coverage import COVERAGES, judge_coverage
from geo_rv.analysis.ground import Ground, place_frame

TOWN = [shapely.box(0, 0, 2000, 3000), shapely.box(2000, 0, 4000, 3000)]
ROAD = shapely.LineString([(0, 1000), (4000, 1000)])


@pytest.fixture
def make_ground(kit):
    def make(*, villages=TOWN, road=ROAD, sites=()):
        layers = {"road": kit.frame("road", [road])}
        if villages:
            layers["village"] = kit.frame("village", villages)
        if sites:
            layers["burial"] = kit.frame("burial", sites)
        return Ground.of_frames(layers, kit.catalogue, kit.plane)

    return make


def judge(kit, ground, geometries, *, reach_m=500.0):
    sites = place_frame(kit.frame("burial", geometries), kit.catalogue["burial"])
    return [COVERAGES[code] for code in judge_coverage(sites, ground, reach_m=reach_m)]


def points(*places):
    return [shapely.Point(place) for place in places]


def test_a_limit_that_reaches_over_the_border_is_at_the_edge(kit, make_ground):
    # the border of villages is known to a metre
    asked = points((2000, 1500), (510, 1500), (495, 1500), (3995, 1500), (2000, 2000))
    told = judge(kit, make_ground(), asked)
    assert told == ["inside", "inside", "edge", "edge", "inside"]
    assert judge(kit, make_ground(), points((10, 10)), reach_m=5) == ["inside"]
    assert judge(kit, make_ground(), points((10, 10)), reach_m=20) == ["edge"]


def test_beyond_the_border_is_outside(kit, make_ground):
    # a metre of the border and two of the grave may lie on either side
    told = judge(kit, make_ground(), points((-50, 1500), (-5, 1500), (-2, 1500), (9000, 9000)))
    assert told == ["outside", "outside", "edge", "outside"]
    assert judge(kit, make_ground(), points((-2, 1500)), reach_m=0) == ["edge"]


def test_the_border_between_two_villages_is_none(kit, make_ground):
    apart = [shapely.box(0, 0, 1999, 3000), shapely.box(2000.5, 0, 4000, 3000)]
    for villages in (TOWN, apart):
        ground = make_ground(villages=villages)
        assert judge(kit, ground, points((1999.8, 1500))) == ["inside"]


def test_a_hole_between_villages_is_somebody_else_s(kit, make_ground):
    ring = shapely.box(0, 0, 4000, 3000).difference(shapely.box(1900, 1400, 2100, 1600))
    told = judge(
        kit, make_ground(villages=[ring]), points((2000, 1500), (2300, 1500), (3000, 1500))
    )
    assert told == ["outside", "edge", "inside"]


def test_villages_apart_are_two_areas(kit, make_ground):
    ground = make_ground(villages=[shapely.box(0, 0, 1000, 1000), shapely.box(3000, 0, 4000, 1000)])
    told = judge(kit, ground, points((500, 500), (2000, 500), (3500, 500)), reach_m=100)
    assert told == ["inside", "outside", "inside"]


def test_a_cemetery_is_where_all_of_it_is(kit, make_ground):
    asked = [
        shapely.box(1000, 1000, 1100, 1100),
        shapely.box(450, 1000, 600, 1100),
        shapely.box(-100, 1000, 100, 1100),
        shapely.box(-300, 1000, -100, 1100),
        shapely.MultiPoint([(1000, 1000), (-100, 1000)]),
        shapely.LineString([(1000, 1000), (1500, 1500)]),
    ]
    told = judge(kit, make_ground(), asked)
    assert told == ["inside", "edge", "edge", "outside", "edge", "inside"]


def test_without_villages_the_other_layers_say_how_far_data_go(kit, make_ground):
    road = shapely.LineString([(0, 0), (3000, 2000), (4000, 3000)])
    # the graves themselves do not make the area larger
    ground = make_ground(villages=None, road=road, sites=points((20_000, 20_000), (1, 1)))
    asked = points((2000, 1500), (100, 1500), (20_000, 20_000), (4100, 1500))
    assert judge(kit, ground, asked) == ["inside", "edge", "outside", "outside"]


def test_villages_without_a_face_say_nothing(kit, make_ground):
    ground = make_ground(villages=[None, shapely.Polygon()])
    assert judge(kit, ground, points((2000, 1500))) == ["outside"]  # the road is only a line
    wide = make_ground(villages=[None], road=shapely.LineString([(0, 0), (4000, 3000)]))
    assert judge(kit, wide, points((2000, 1500))) == ["inside"]


def test_no_data_cover_nothing(kit):
    ground = Ground.of_frames({}, kit.catalogue, kit.plane)
    assert judge(kit, ground, points((0, 0))) == ["outside"]
    empty = Ground.of_frames({"road": kit.frame("road", [None])}, kit.catalogue, kit.plane)
    assert judge(kit, empty, points((0, 0))) == ["outside"]


def test_a_site_without_a_place_is_not_asked_about(kit, make_ground):
    asked = [None, shapely.Point(), shapely.Point(-50, 0)]
    assert judge(kit, make_ground(), asked) == ["inside", "inside", "outside"]
    assert judge(kit, make_ground(), []) == []


def test_a_damaged_village_covers_what_its_repair_covers(kit, make_ground):
    bow_tie = shapely.Polygon([(0, 0), (4000, 3000), (4000, 0), (0, 3000)])
    ground = make_ground(villages=[bow_tie])
    told = judge(kit, ground, points((3500, 1500), (2000, 2800)), reach_m=50)
    assert told == ["inside", "outside"]


def test_a_selection_of_sites_is_judged_alone(kit, make_ground):
    frame = kit.frame("burial", points((-50, 0), (2000, 1500), (10, 1500)))
    sites = place_frame(frame, kit.catalogue["burial"])
    chosen = sites.select(np.array([False, True, True]))
    codes = judge_coverage(chosen, make_ground(), reach_m=500)
    assert [COVERAGES[code] for code in codes] == ["inside", "edge"]


def test_agrees_with_distances_to_the_border(kit, make_ground):
    """Graves strewn over and round a crooked town, against shapely in a plane of metres."""
    rng = np.random.default_rng(11)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 40))
    radii = rng.uniform(1500, 4000, 40)
    town = shapely.Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]))
    assert town.is_valid
    places = shapely.points(rng.uniform(-4500, 4500, (3000, 2)))
    told = np.array(judge(kit, make_ground(villages=[town]), list(places), reach_m=300))
    depth = shapely.distance(places, town.boundary) * np.where(town.contains(places), 1, -1)
    # within the uncertainty of border and grave, and the rounding up, either answer is right
    assert set(told[depth > 303]) == {"inside"}
    assert set(told[(depth > 0) & (depth < 300)]) == {"edge"}
    assert set(told[depth < -4]) == {"outside"}


@pytest.mark.slow
def test_a_county_is_judged_in_no_time(kit, make_ground):
    rng = np.random.default_rng(3)
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    wave = 20_000 + 500 * np.sin(60 * turn)
    county = shapely.Polygon(np.column_stack([wave * np.cos(turn), wave * np.sin(turn)]))
    ground = make_ground(villages=[county])
    sites = place_frame(
        kit.frame("burial", shapely.points(rng.uniform(-13_000, 13_000, (2000, 2)))).sample(
            100_000, replace=True, random_state=1, ignore_index=True
        ),
        kit.catalogue["burial"],
    )
    judge_coverage(sites, ground, reach_m=500)
    began = time.perf_counter()
    codes = judge_coverage(sites, ground, reach_m=500)
    assert time.perf_counter() - began < 1  # 0.03 s on a quiet machine
    assert (codes == coverage.INSIDE).all()
