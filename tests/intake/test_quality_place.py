"""Where features lie: near the project, in the town, in the village that they state."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.intake.quality.town import locate, make_town

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
WEST, SOUTH, SIDE = 113.80, 31.80, 0.04
CODES = ["421381107200", "421381107201", "421381107202", "421381107001"]
NAMES = ["双乡村", "泉口村", "楼子湾村", "东门楼社区"]


@pytest.fixture(scope="module")
def villages(make_layer):
    """Return four villages: two columns of two rows, from the south-west to the north-east."""
    boxes = [
        shapely.box(
            WEST + SIDE * i, SOUTH + SIDE * j, WEST + SIDE * (i + 1), SOUTH + SIDE * (j + 1)
        )
        for j in range(2)
        for i in range(2)
    ]
    return make_layer("village", boxes, id=CODES, name=NAMES)


@pytest.fixture
def bring(judge, villages):
    def run(places, *, kind="burial", crs=4490, layers=None, mode="add", **columns):
        shapes = [shapely.Point(place) if isinstance(place, tuple) else place for place in places]
        ids = {"id": [f"F{n}" for n in range(1, len(shapes) + 1)]}
        frame = gpd.GeoDataFrame(ids | columns, geometry=shapes, crs=crs)
        layers = {"village": villages} if layers is None else layers
        return judge(frame, kind, layers=layers, mode=mode)

    return run


def list_wrong(candidate, *ignored):
    for problem in candidate.problems:
        for language in ("zh", "en"):
            assert problem.in_language(language)
            assert problem.tell_remedy(language)
    return [(one.row, one.key) for one in candidate.problems if one.key not in ignored]


HOME = (113.81, 31.81)


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ((0.0, 0.0), "坐标是 0"),
        ((-113.81, 31.81), "正负号"),
        ((113.81, -31.81), "正负号"),
        ((113.81, 38.81), "纬度不对"),
        ((131.81, 31.81), "经度不对"),
        ((2.3, 48.9), "选错了文件"),
    ],
)
def test_far_from_the_project_with_the_likely_cause(place, cause, bring):
    candidate = bring([HOME, place])
    assert list_wrong(candidate, "village_filled") == [(2, "far_away")]
    (problem,) = candidate.refused
    assert cause in problem.in_language("zh")
    town = shapely.box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + 2 * SIDE)
    nearest = shapely.get_coordinates(shapely.shortest_line(town, shapely.Point(place)))
    expected = GEOD.line_length(*nearest.T) / 1000
    if expected < 1000:  # nearest in degrees is nearest on the ground, more or less
        assert problem.facts["km"] == pytest.approx(expected, rel=0.05)


def test_another_zone_is_seen(bring):
    """Metres of the zone of 114 E that are said to be of 117 E lie three degrees off."""
    metres = gpd.GeoSeries([shapely.Point(HOME)], crs=4490).to_crs(4547).array[0]
    (problem,) = bring([metres], crs=4548).refused
    assert problem.key == "far_away"
    assert "带号" in problem.in_language("zh")


def test_some_way_off_is_near(bring):
    fifty_km_north = GEOD.fwd(113.81, SOUTH + 2 * SIDE, 0, 49_000)[:2]
    assert list_wrong(bring([fifty_km_north])) == [(1, "outside_town")]
    beyond = GEOD.fwd(113.81, SOUTH + 2 * SIDE, 0, 51_000)[:2]
    assert list_wrong(bring([beyond])) == [(1, "far_away")]


def test_a_long_line_that_reaches_the_town_is_near(bring):
    line = shapely.LineString([(113.81, 31.81), (116, 33)])
    columns = {"class": ["national"]}
    assert list_wrong(bring([line], kind="road", **columns)) == []
    off = shapely.LineString([(115, 33), (116, 33)])
    assert list_wrong(bring([off], kind="road", **columns)) == [(1, "far_away")]


def test_what_is_replaced_is_no_measure(bring):
    """Villages that were brought to the wrong place can be put right."""
    shape = shapely.box(100.0, 30.0, 100.1, 30.1)
    wrong = bring([shape], kind="village", mode="add")
    assert [one.key for one in wrong.refused] == ["far_away"]
    assert list_wrong(bring([shape], kind="village", mode="replace")) == []


def test_without_anything_in_the_project_nothing_is_far(bring):
    assert list_wrong(bring([HOME, (2.3, 48.9)], layers={})) == []


def test_outside_of_the_town(bring):
    near = GEOD.fwd(WEST, 31.81, 270, 300)[:2]
    candidate = bring([near, HOME])
    assert list_wrong(candidate, "village_filled") == [(1, "outside_town")]
    assert candidate.problems[-1].facts["metres"] == pytest.approx(300, abs=2)
    # within what both are known to
    edge = GEOD.fwd(WEST, 31.81, 270, 5)[:2]
    assert list_wrong(bring([edge])) == []
    # a road belongs to no village
    line = shapely.LineString([near, (113.75, 31.7)])
    assert list_wrong(bring([line], kind="road", **{"class": ["county"]})) == []


def test_partly_outside_of_the_town(bring):
    parcel = shapely.box(WEST - 0.003, 31.81, WEST + 0.007, 31.82)
    candidate = bring([parcel], kind="land_transfer", crop="rice")
    (problem,) = [one for one in candidate.problems if one.key == "partly_outside"]
    assert problem.facts["percent"] == pytest.approx(30, abs=0.01)
    just = shapely.box(WEST - 0.0001, 31.81, WEST + 0.01, 31.82)
    assert list_wrong(bring([just], kind="land_transfer", crop="rice"), "village_filled") == []


def test_the_stated_village(bring):
    places = [HOME] * 6
    stated = [CODES[0], CODES[1], "421381107999", NAMES[0], "双乡", CODES[0] + "0000000"]
    candidate = bring(places, village=stated)
    assert list_wrong(candidate, "shape_repeated") == [
        (None, "village_recoded"),
        (2, "village_differs"),
        (3, "village_unknown"),
    ]
    assert candidate.frame["village"].tolist() == [*CODES[:2], "421381107999", *[CODES[0]] * 3]
    assert not candidate.is_repaired.any()
    recoded, differs, unknown = (
        next(one for one in candidate.problems if one.key == key).in_language("zh")
        for key in ("village_recoded", "village_differs", "village_unknown")
    )
    assert "3 行" in recoded
    assert CODES[0] in recoded
    assert "泉口村" in differs
    assert "双乡村" in differs
    assert "421381107999" in unknown
    assert "双乡村" in unknown


def test_a_name_that_two_villages_share_means_none(bring, make_layer):
    boxes = [
        shapely.box(WEST, SOUTH, WEST + 0.1, SOUTH + 0.1),
        shapely.box(WEST, SOUTH + 0.1, WEST + 0.1, SOUTH + 0.2),
    ]
    twins = make_layer("village", boxes, id=CODES[:2], name=["中心村", "中心社区"])
    candidate = bring([HOME] * 2, village=["中心", "中心村"], layers={"village": twins})
    assert list_wrong(candidate, "shape_repeated") == [
        (None, "village_recoded"),
        (1, "village_unknown"),
    ]


def test_near_the_border_either_village_may_be_stated(bring):
    """Villages are known to 5 m, graves to 2 m."""
    border = WEST + SIDE
    near, off = (GEOD.fwd(border, 31.81, 90, metres)[:2] for metres in (6, 8))
    candidate = bring([near, off], village=[CODES[0]] * 2)
    assert list_wrong(candidate) == [(2, "village_differs")]


def test_a_parcel_over_the_border_may_state_either_village(bring):
    border = WEST + SIDE
    half = shapely.box(border - 0.002, 31.81, border + 0.003, 31.82)
    almost = shapely.box(border - 0.0001, 31.825, border + 0.005, 31.83)
    parcels = {"kind": "land_transfer", "crop": "rice"}
    candidate = bring([half, almost], village=[CODES[0]] * 2, **parcels)
    assert list_wrong(candidate) == [(2, "village_differs")]


def test_a_missing_village_is_filled_in_and_told_once(bring):
    border = WEST + SIDE
    half = shapely.box(border - 0.004, 31.81, border + 0.004, 31.82)
    whole = [shapely.box(x, 31.825, x + 0.001, 31.826) for x in (113.81, 113.85)]
    candidate = bring([half, *whole], kind="land_transfer", crop="rice")
    assert list_wrong(candidate) == [(None, "village_filled")]
    assert candidate.problems[0].facts["count"] == 2
    assert candidate.frame["village"].isna().tolist() == [True, False, False]
    assert candidate.frame["village"].tolist()[1:] == CODES[:2]
    assert candidate.refused == candidate.repairs == ()


def test_on_the_border_nobody_can_say(bring):
    candidate = bring([(WEST + SIDE, 31.81)])
    assert list_wrong(candidate) == []
    assert candidate.frame["village"].isna().all()


def test_shares_are_those_of_brute_force(villages):
    random = np.random.default_rng(3)
    town = make_town(villages)
    places = random.uniform([WEST - 0.02, SOUTH - 0.02], [WEST + 0.1, SOUTH + 0.1], (80, 2))
    shapes = np.array([shapely.Point(place).buffer(0.01) for place in places])
    lie = locate(town.to_metres(shapes), town)
    for shape, village, share, inside in zip(
        shapes, lie.village, lie.share, lie.inside, strict=True
    ):
        parts = [shape.intersection(face).area / shape.area for face in villages.geometry]
        assert inside == pytest.approx(sum(parts), abs=1e-9)
        assert share == pytest.approx(max(parts), abs=1e-9)
        assert village == (int(np.argmax(parts)) if max(parts) else -1)
