"""What would change if: limits moved, cemeteries planned, and counts that balance."""

from __future__ import annotations

import dataclasses
import math
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.findings import count_verdicts
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_sites
from geo_rv.analysis.what_if import (
    check_again,
    check_plan,
    compare_checks,
    find_touched,
    move_limits,
)
from geo_rv.catalogue import load_catalogue
from geo_rv.errors import LimitNotInForce, LimitRuleUnknown, LimitUnmovable, LimitUnusable
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.rulebook import load_rulebook

CATALOGUE = load_catalogue()
BOOK = load_rulebook("burial", CATALOGUE)
DAY = date(2026, 1, 1)
ROAD = shapely.LineString([(0, -20_000), (0, 20_000)])


def make_layer(kit, kind, geometries, **columns):
    """Return a layer frame of the shipped catalogue; geometries in metres around one place."""
    placed = [kit.place(each) for each in geometries]
    columns = {"id": [f"{kind[0].upper()}{n}" for n in range(len(placed))], **columns}
    frame = gpd.GeoDataFrame(columns, geometry=placed, crs=STORED)
    return conform_frame(frame, CATALOGUE[kind])


def make_ground(kit, easts, **columns):
    layers = {
        "road": make_layer(kit, "road", [ROAD], **{"class": ["national"]}),
        "burial": make_layer(kit, "burial", [shapely.Point(x, 0) for x in easts], **columns),
        "cemetery": make_layer(kit, "cemetery", [shapely.box(5000, 0, 5100, 100)]),
    }
    return Ground.of_frames(layers, CATALOGUE, kit.plane)


def road_rule(kit, limit=500, **changes):
    case = kit.case(layer="road", limit=limit)
    return kit.rule("within", case, subjects=("burial", "cemetery"), **changes)


def inside_rule(kit):
    return kit.rule("not_within", kit.case(layer="cemetery"), rule_id="IN")


class TestMovedLimits:
    def test_every_case_of_the_rule_gets_the_limit_and_no_other_rule_changes(self):
        moved = move_limits(BOOK, {"BUR-04": 300}, as_of=DAY)
        before, after = ({r.id: r for r in book.rules} for book in (BOOK, moved))
        assert [case.limit for case in after["BUR-04"].cases] == [300, 300]
        assert [case.layer for case in after["BUR-04"].cases] == ["river", "reservoir"]
        assert list(before) == list(after)
        assert all(before[name] == after[name] for name in before if name != "BUR-04")
        assert [case.limit for case in before["BUR-04"].cases] == [500, 500]

    def test_no_limits_leave_the_book_as_it_is(self):
        assert move_limits(BOOK, {}, as_of=DAY) == BOOK

    @pytest.mark.parametrize("limit", [0, -1, math.nan, math.inf, -math.inf, 5000.01, 1e300])
    def test_limits_that_are_no_distance(self, limit):
        with pytest.raises(LimitUnusable, match="5000"):
            move_limits(BOOK, {"BUR-01": limit}, as_of=DAY)

    def test_rule_that_is_none_names_those_whose_limit_can_be_moved(self):
        with pytest.raises(LimitRuleUnknown) as told:
            move_limits(BOOK, {"BUR-1": 300}, as_of=DAY)
        assert told.value.facts["known"] == "BUR-01, BUR-02, BUR-04, BUR-14, BUR-15, BUR-16"

    # inside a zone, inside a cemetery, the grave's own area, a record, an exemption
    @pytest.mark.parametrize("rule", ["BUR-05", "BUR-18", "BUR-19", "BUR-21", "BUR-22"])
    def test_rule_without_a_distance(self, rule):
        with pytest.raises(LimitUnmovable, match=rule):
            move_limits(BOOK, {rule: 300}, as_of=DAY)

    def test_rule_that_is_off_or_not_yet_in_force(self):
        with pytest.raises(LimitNotInForce, match="BUR-13"):
            move_limits(BOOK, {"BUR-13": 300}, as_of=DAY)
        with pytest.raises(LimitNotInForce, match="2022"):
            move_limits(BOOK, {"BUR-01": 300}, as_of=date(2022, 1, 1))


def suppose(kit, ground, *rules, limits=None, plan=None):
    """Return the findings before, all those after, and the comparison by the touched rules."""
    book = kit.book(*rules)
    before = check_sites(ground, book, as_of=DAY)
    moved = move_limits(book, limits or {}, as_of=DAY)
    touched = find_touched(moved, tuple(limits or {}), planned=plan is not None)
    if plan is not None:
        ground = ground.with_frame("cemetery", plan)
    after = check_sites(ground, moved, as_of=DAY)
    again = check_again(ground, moved, touched, as_of=DAY)
    return before, after, compare_checks(before, again, rules=touched)


def test_a_smaller_limit_lets_the_graves_between_go(kit):
    """The accuracies of graves and roads make 2 + 3 m: 298 m is marginal at 300 m."""
    ground = make_ground(kit, [100, 298, 350, 450, 600], village=["1", "1", "1", None, "2"])
    _, _, found = suppose(kit, ground, road_rule(kit), limits={"R": 300})
    rows = found.rows
    assert list(zip(rows["site"], rows["verdict_before"], rows["verdict_after"], strict=True)) == [
        ("B1", "violation", "marginal"),
        ("B2", "violation", "pass"),
        ("B3", "violation", "pass"),
    ]
    assert set(rows["limit_m_before"]) == {500}
    assert set(rows["limit_m_after"]) == {300}
    assert found.by_rule.loc["R"].to_dict() == {"before": 4, "after": 1, "gone": 3, "come": 0}
    assert found.by_village.loc["1"].to_dict() == {"before": 3, "after": 1, "gone": 2, "come": 0}
    assert found.by_village.loc[""].to_dict() == {"before": 1, "after": 0, "gone": 1, "come": 0}
    place = shapely.Point(rows["lon"][0], rows["lat"][0])
    assert place.distance(kit.place(shapely.Point(298, 0))) < 1e-8


def test_a_larger_limit_makes_violations_come(kit):
    _, _, found = suppose(kit, make_ground(kit, [100, 600, 900]), road_rule(kit), limits={"R": 700})
    assert list(found.rows["site"]) == ["B1"]
    assert (found.gone, found.come) == (0, 1)
    assert found.delta == {"violation": 1, "pass": -1}


def test_graves_in_a_planned_cemetery_no_longer_lie_outside_of_all(kit):
    """Graves are known to 2 m and cemeteries to 1 m: 2 m from the border nobody can tell."""
    plan = make_layer(
        kit, "cemetery", [shapely.box(5000, 0, 5100, 100), shapely.box(940, -60, 1060, 60)]
    )
    ground = make_ground(kit, [1000, 1062, 3000])
    _, _, found = suppose(kit, ground, inside_rule(kit), road_rule(kit), plan=plan)
    assert list(found.rows["site"]) == ["B0", "B1"]
    assert list(found.rows["verdict_after"]) == ["pass", "marginal"]
    assert found.rows["distance_m_before"].to_list() == pytest.approx([4000, 3938], abs=0.1)
    assert found.rows["distance_m_after"].to_list() == pytest.approx([0, 2], abs=0.01)
    assert found.by_rule.loc["IN"].to_dict() == {"before": 3, "after": 1, "gone": 2, "come": 0}


def test_only_rules_that_may_change_are_asked_again(kit):
    rules = kit.book(road_rule(kit), road_rule(kit, rule_id="S"), inside_rule(kit))
    assert find_touched(rules, ("S",), planned=False) == ("S",)
    assert find_touched(rules, (), planned=True) == ("IN",)
    assert find_touched(BOOK, ("BUR-01",), planned=True) == ("BUR-01", "BUR-18")


def test_what_exempts_a_grave_still_does_when_one_rule_is_asked_again(kit):
    exempt = kit.rule(
        "exempt", kit.case(subject_where={"protected_historic": (True,)}), rule_id="OLD"
    )
    ground = make_ground(kit, [400, 400], protected_historic=[True, False])
    _, _, found = suppose(kit, ground, road_rule(kit), exempt, limits={"R": 300})
    assert list(found.rows["site"]) == ["B1"]


def test_a_planned_cemetery_is_asked_like_a_new_site(kit):
    """120 m from the road it breaks the road rule; approval is no question yet."""
    plan = gpd.GeoDataFrame(
        {"id": ["planned-1"]}, geometry=[kit.place(shapely.box(120, 0, 200, 80))], crs=STORED
    )
    approval = kit.rule(
        "present", kit.case(field="county_approved_on"), subjects=("cemetery",), rule_id="OK"
    )
    book = kit.book(road_rule(kit), inside_rule(kit), approval)
    found = check_plan(make_ground(kit, [100]), book, plan, as_of=DAY).set_index("rule")
    assert set(found["site"]) == {"planned-1"}
    assert dict(found["verdict"]) == {"R": "violation", "OK": "not_checked"}
    assert found.loc["R", "distance_m"] == pytest.approx(120, abs=0.01)


@given(
    easts=st.lists(st.integers(0, 1500), min_size=1, max_size=20),
    limits=st.dictionaries(st.sampled_from(["R", "S"]), st.integers(1, 1500)),
    box=st.none() | st.tuples(st.integers(0, 1400), st.integers(1, 300)),
    codes=st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_counts_balance_and_the_touched_rules_tell_all(kit, easts, limits, box, codes):
    """A whole check of what is supposed finds the same as asking the touched rules again."""
    ground = make_ground(kit, easts, village=[codes.choice(["1", "2", None]) for _ in easts])
    here = shapely.box(5000, 0, 5100, 100)
    plan = box and make_layer(
        kit, "cemetery", [here, shapely.box(box[0], -50, box[0] + box[1], 50)]
    )
    rules = (road_rule(kit), road_rule(kit, 300, rule_id="S"), inside_rule(kit))
    before, after, found = suppose(kit, ground, *rules, limits=limits, plan=plan)
    # the second cemetery of the plan is a site of its own
    after = after[after["site"] != "C1"]
    whole = compare_checks(before, after)
    again = found.rows[found.rows["site"] != "C1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(whole.rows, again)
    for counts in (whole.by_rule, whole.by_village):
        assert (counts["before"] - counts["gone"] + counts["come"] == counts["after"]).all()
        assert counts["before"].sum() == count_verdicts(before)["violation"]
        assert counts["after"].sum() == count_verdicts(after)["violation"]
        assert (counts["gone"].sum(), counts["come"].sum()) == (whole.gone, whole.come)
    grown = {
        verdict: count + whole.delta.get(verdict, 0)
        for verdict, count in count_verdicts(before).items()
    }
    assert grown == count_verdicts(after)


def test_nothing_supposed_changes_nothing(kit):
    before = check_sites(make_ground(kit, [100, 600]), kit.book(road_rule(kit)), as_of=DAY)
    found = compare_checks(before, before.sample(frac=1, random_state=1))
    assert found.rows.empty
    assert (found.gone, found.come, found.delta) == (0, 0, {})
    assert found.by_rule.loc["R"].to_dict() == {"before": 1, "after": 1, "gone": 0, "come": 0}


def test_a_finding_on_one_side_only_is_told(kit):
    book = kit.book(road_rule(kit))
    before = check_sites(make_ground(kit, [100]), book, as_of=DAY)
    after = check_sites(make_ground(kit, [100, 200]), book, as_of=DAY)
    found = compare_checks(before, after)
    (row,) = found.rows.to_dict("records")
    assert (row["site"], row["verdict_after"]) == ("B1", "violation")
    assert pd.isna(row["verdict_before"])
    assert found.come == 1


def test_an_earlier_book_is_left_alone(kit):
    book = kit.book(road_rule(kit))
    copy = dataclasses.replace(book)
    move_limits(book, {"R": 10}, as_of=DAY)
    assert book == copy
