"""What the project or the file holds already."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

PLACES = [(113.81, 31.81), (113.82, 31.82), (113.83, 31.83)]


@pytest.fixture
def held(make_layer):
    return make_layer(
        "burial",
        [shapely.Point(place) for place in PLACES],
        id=["甲1", "乙2", "丙3"],
        name=["一号", "二号", None],
        burial_type=["ashes_single", None, "unknown"],
        area_m2=[0.5, 4.0, None],
        buried_on=["2024-03-20", None, None],
    )


@pytest.fixture
def bring(judge, held):
    def run(frame, mode="add"):
        return judge(frame, "burial", layers={"burial": held}, mode=mode)

    return run


def list_wrong(candidate):
    for problem in candidate.problems:
        for language in ("zh", "en"):
            assert problem.in_language(language)
            assert problem.tell_remedy(language)
    return [(one.row, one.key, one.severity) for one in candidate.problems]


@pytest.fixture
def changed(held):
    frame = held.copy()
    frame.loc[1, "area_m2"] = 2.5
    frame.loc[1, "buried_on"] = "2020-01-31"
    frame.loc[2, "burial_type"] = "body_double"
    frame.loc[2, "geometry"] = shapely.Point(113.84, 31.84)
    return frame


def test_the_same_file_again(held, bring):
    candidate = bring(held)
    assert list_wrong(candidate) == [(row, "already_there", "refused") for row in (1, 2, 3)]
    assert len(candidate.frame) == 0


def test_added_with_other_content(changed, bring):
    candidate = bring(changed)
    assert list_wrong(candidate) == [
        (1, "already_there", "refused"),
        (2, "already_there_different", "refused"),
        (3, "already_there_different", "refused"),
    ]
    told = candidate.problems[1].in_language("zh")
    assert "墓穴占地面积：4.0 → 2.5" in told
    assert "安葬日期：（空） → 2020-01-31" in told
    assert "名称" not in told
    told = candidate.problems[2].in_language("zh")
    assert "安葬方式：不明 → 遗体双人" in told
    assert "图形" in told


def test_columns_that_the_file_lacks_are_no_change(held, bring):
    frame = held[["id", "area_m2", "geometry"]].copy()
    frame.loc[1, "area_m2"] = 2.5
    candidate = bring(frame)
    assert [key for _, key, _ in list_wrong(candidate)] == [
        "already_there",
        "already_there_different",
        "already_there",
    ]
    assert candidate.problems[1].facts["changes"].zh == "墓穴占地面积：4.0 → 2.5；"
    assert [key for _, key, _ in list_wrong(bring(frame, mode="update"))] == [
        "unchanged",
        "changed",
    ]


def test_updates_show_what_changes(changed, bring):
    candidate = bring(changed, mode="update")
    assert list_wrong(candidate) == [
        (None, "unchanged", "warning"),
        (2, "changed", "warning"),
        (3, "changed", "warning"),
    ]
    assert "4.0 → 2.5" in candidate.problems[1].in_language("en")
    assert len(candidate.frame) == 3


def test_what_replaces_is_compared_with_nothing(changed, bring):
    assert list_wrong(bring(changed, mode="replace")) == []


def test_the_same_shape_under_another_identity(held, bring):
    frame = held.assign(id=["新1", "新2", "新3"])
    frame.loc[2, "geometry"] = shapely.Point(113.84, 31.84)
    candidate = bring(frame)
    assert list_wrong(candidate) == [(1, "shape_known", "warning"), (2, "shape_known", "warning")]
    assert candidate.problems[0].facts["other"] == "甲1"


def test_a_file_without_identities_is_known_again(judge):
    frame = gpd.GeoDataFrame(
        {"name": ["一", "二"]}, geometry=gpd.points_from_xy([113, 114], [31, 32]), crs=4490
    )
    first = judge(frame, "burial")
    assert first.made_identity
    again = judge(frame, "burial", layers={"burial": first.frame})
    assert [one.key for one in again.refused] == ["already_there"] * 2


def test_shapes_that_repeat_in_the_file(judge):
    """However they begin, whichever way they run; not boxes that are only as large."""
    ring = [(113.81, 31.81), (113.82, 31.81), (113.82, 31.82), (113.81, 31.82)]
    shapes = [
        shapely.Polygon(ring),
        shapely.Polygon([*ring[2:], *ring[:2]][::-1]),
        shapely.Polygon([ring[0], ring[1], ring[2]]),
        shapely.Polygon([(x + 1e-10, y) for x, y in ring]),
    ]
    frame = gpd.GeoDataFrame({"id": list("abcd")}, geometry=shapes, crs=4490)
    candidate = judge(frame, "hazard_zone")
    assert list_wrong(candidate) == [
        (2, "shape_repeated", "warning"),
        (4, "shape_repeated", "warning"),
    ]
    assert [one.facts["first"] for one in candidate.problems] == [1, 1]
