"""Each relation and verdict by hand-made cases: graves along a road, in and beside zones."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.findings import COLUMNS, MORE_COLUMNS, list_segments
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_sites
from geo_rv.catalogue import load_catalogue
from geo_rv.errors import PointFarAway, PointOutsideWorld
from geo_rv.frames import conform_frame
from geo_rv.rulebook import load_rulebook

ROAD = shapely.LineString([(-2000, 0), (2000, 0)])


def graves(kit, *norths, **columns):
    return kit.frame("burial", [shapely.Point(0, north) for north in norths], **columns)


def tell(findings, *columns):
    return list(findings[list(columns)].itertuples(index=False, name=None))


@pytest.fixture
def road(kit):
    return kit.frame("road", [ROAD], **{"class": ["main"]})


def test_within_tells_violation_marginal_and_pass_with_distance_and_margin(kit, road):
    # the accuracies of 2 and 3 m make 5 m
    sites = graves(kit, 100, 494.9, 495.1, 500, 504.9, 505.1, 2000)
    rule = kit.rule("within", kit.case(layer="road", limit=500))
    found = kit.check({"burial": sites, "road": road}, rule)
    assert found["verdict"].tolist() == [
        "violation", "violation", "marginal", "marginal", "marginal", "pass", "pass",
    ]  # fmt: skip
    assert found["distance_m"].to_numpy() == pytest.approx(
        [100, 494.9, 495.1, 500, 504.9, 505.1, 2000], abs=0.01
    )
    assert (found["distance_m"] - found["margin_m"]).to_numpy() == pytest.approx([500] * 7)
    assert set(found["limit_m"]) == {500}
    assert set(found["tolerance_m"]) == {5}
    assert set(tell(found, "layer", "rule", "constraint_layer", "constraint")) == {
        ("burial", "R", "road", "a")
    }
    assert found["site"].tolist() == list("abcdefg")


def test_the_frame_has_the_columns_promised_and_segments_between_the_features(kit, road):
    rule = kit.rule("within", kit.case(layer="road", limit=500))
    found = kit.check({"burial": graves(kit, 100), "road": road}, rule)
    assert {name: str(found[name].dtype) for name in found} == {**COLUMNS, **MORE_COLUMNS}
    expected = kit.place(shapely.LineString([(0, 100), (0, 0)]))
    assert list_segments(found)[0] == pytest.approx(shapely.get_coordinates(expected), abs=1e-7)


def test_a_distance_from_the_edge_takes_off_the_half_width_but_not_of_faces(kit):
    roads = kit.frame(
        "road",
        [ROAD, shapely.box(-2000, -50, 2000, 5)],
        **{"class": ["main", "lane"]},
    )
    sites = graves(kit, 100, 10)
    rule = kit.rule("within", kit.case(layer="road", limit=30), from_edge=True)
    found = kit.check({"burial": sites, "road": roads[:1]}, rule)
    assert found["distance_m"].to_numpy() == pytest.approx([80, 0], abs=0.01)
    assert found["half_width_m"].tolist() == [20, 20]
    # the wide road's edge is nearer than the face, whose border is nearer than the road's middle
    found = kit.check({"burial": sites, "road": roads}, rule)
    assert found["constraint"].tolist() == ["a", "a"]
    assert found["distance_m"].to_numpy() == pytest.approx([80, 0], abs=0.01)
    lanes = kit.check(
        {"burial": sites, "road": roads},
        kit.rule(
            "within", kit.case(layer="road", where={"class": ("lane",)}, limit=30), from_edge=True
        ),
    )
    assert lanes["distance_m"].to_numpy() == pytest.approx([95, 5], abs=0.01)
    assert lanes["half_width_m"].tolist() == [0, 0]


def test_intersects_tells_inside_beside_and_apart(kit):
    zones = kit.frame("zone", [shapely.box(-100, -100, 100, 0)])
    found = kit.check(
        {"burial": graves(kit, -50, -1, 3, 6.9, 7.1), "zone": zones},
        kit.rule("intersects", kit.case(layer="zone")),
    )
    # inside by less than the accuracy still is inside
    assert found["verdict"].tolist() == ["violation", "violation", "marginal", "marginal", "pass"]
    assert found["distance_m"].to_numpy() == pytest.approx([0, 0, 3, 6.9, 7.1], abs=0.01)
    assert found["margin_m"].equals(found["distance_m"])
    assert set(found["limit_m"]) == {0}
    start, end = list_segments(found)[0]
    assert start.tolist() == end.tolist()


def test_not_within_tells_outside_and_by_how_much(kit):
    zones = kit.frame("zone", [shapely.box(-100, -100, 100, 0), shapely.box(-100, 500, 100, 600)])
    layers = {"burial": graves(kit, -50, 3, 100, 450), "zone": zones}
    found = kit.check(layers, kit.rule("not_within", kit.case(layer="zone")))
    assert tell(found, "verdict", "constraint") == [
        ("pass", "a"), ("marginal", "a"), ("violation", "a"), ("violation", "b"),
    ]  # fmt: skip
    assert found["distance_m"].to_numpy() == pytest.approx([0, 3, 100, 50], abs=0.01)
    assert found["margin_m"].to_numpy() == pytest.approx(-found["distance_m"].to_numpy())


def test_lying_in_a_feature_of_one_case_is_enough_for_not_within(kit):
    layers = {
        "burial": graves(kit, 0, 200),
        "zone": kit.frame("zone", [shapely.box(-10, -10, 10, 10)]),
        "river": kit.frame("river", [shapely.box(-10, 900, 10, 950)]),
    }
    rule = kit.rule("not_within", kit.case(layer="zone"), kit.case(layer="river"))
    assert tell(kit.check(layers, rule), "verdict", "constraint_layer") == [
        ("pass", "zone"), ("violation", "zone"),
    ]  # fmt: skip
    del layers["river"]
    assert tell(kit.check(layers, rule), "verdict", "constraint_layer") == [
        ("pass", "zone"), ("not_checked", "river"),
    ]  # fmt: skip


def test_overlaps_tells_the_area_in_common_once(kit):
    zones = kit.frame(
        "zone",
        [shapely.box(0, 0, 40, 100), shapely.box(20, 0, 100, 100), shapely.box(200, 0, 300, 100)],
    )
    sites = kit.frame(
        "burial",
        [
            shapely.box(0, 0, 50, 50),
            shapely.box(100, 0, 150, 50),
            shapely.box(105, 0, 150, 50),
            shapely.box(120, 0, 180, 50),
        ],
    )
    found = kit.check(
        {"burial": sites, "zone": zones}, kit.rule("overlaps", kit.case(layer="zone"))
    )
    # one that only shares a border, and one 5 m off, cannot be told from the data
    assert found["verdict"].tolist() == ["violation", "marginal", "marginal", "pass"]
    assert found["overlap_m2"].to_numpy() == pytest.approx([2500, 0, 0, 0], abs=0.1)
    assert found["constraint"].tolist() == ["a", "b", "b", "b"]
    assert found["distance_m"].to_numpy() == pytest.approx([0, 0, 5, 20], abs=0.02)
    allowed = kit.rule("overlaps", kit.case(layer="zone", limit=3000), unit="m2")
    assert kit.check({"burial": sites, "zone": zones}, allowed)["verdict"][0] == "marginal"


def test_own_fields_are_compared_in_their_units(kit):
    sites = graves(kit, 0, 0, 0, area_m2=[0.5, 0.6, np.nan], plots=[30, 29, None])
    most = kit.rule("at_most", kit.case(field="area_m2", limit=0.5), rule_id="M", unit="m2")
    least = kit.rule("at_least", kit.case(field="plots", limit=30), rule_id="L")
    found = kit.check({"burial": sites}, most, least)
    assert tell(found, "rule", "verdict", "field") == [
        ("M", "pass", "area_m2"), ("M", "violation", "area_m2"), ("M", "not_checked", "area_m2"),
        ("L", "pass", "plots"), ("L", "violation", "plots"), ("L", "not_checked", "plots"),
    ]  # fmt: skip
    assert found["value"].tolist()[:2] == [0.5, 0.6]
    assert found["allowed"].tolist() == [0.5] * 3 + [30] * 3
    assert found["reason"][2] == found["reason"][5] == "field_empty"
    assert found[["distance_m", "limit_m", "margin_m"]].isna().all(axis=None)
    assert np.isnan(list_segments(found)).all()
    # where there is no segment, there still is a place to look at
    assert found[["site_lon", "site_lat"]].notna().all(axis=None)


def test_present_is_broken_by_an_empty_field_of_any_case(kit):
    sites = graves(
        kit, 0, 0, buried_on=pd.to_datetime(["2021-01-01", "2021-01-01"]),
        approved_on=pd.to_datetime(["2021-01-01", None]),
    )  # fmt: skip
    rule = kit.rule("present", kit.case(field="buried_on"), kit.case(field="approved_on"))
    found = kit.check({"burial": sites}, rule)
    assert found["verdict"].tolist() == ["pass", "violation"]
    assert found["field"][1] == "approved_on"


def test_the_worst_case_decides_and_of_equals_the_smallest_margin(kit, road):
    layers = {
        "burial": graves(kit, 100, 300, 1000),
        "road": road,
        "zone": kit.frame("zone", [shapely.box(-50, 1200, 50, 1300)]),
    }
    rule = kit.rule("within", kit.case(layer="road", limit=200), kit.case(layer="zone", limit=250))
    assert tell(kit.check(layers, rule), "verdict", "constraint_layer", "limit_m") == [
        ("violation", "road", 200), ("pass", "road", 200), ("violation", "zone", 250),
    ]  # fmt: skip


def test_a_missing_layer_is_not_checked_unless_another_case_is_broken_anyhow(kit, road):
    layers = {"burial": graves(kit, 100, 300, 200), "road": road}
    rule = kit.rule("within", kit.case(layer="road", limit=200), kit.case(layer="river", limit=200))
    found = kit.check(layers, rule)
    assert tell(found, "verdict", "constraint_layer", "reason") == [
        ("violation", "road", "within_violation"),
        ("not_checked", "river", "layer_missing"),
        ("not_checked", "river", "layer_missing"),
    ]
    assert found["distance_m"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize("relation", ["within", "intersects", "not_within", "overlaps"])
def test_no_relation_passes_where_its_layer_is_missing(kit, relation):
    found = kit.check(
        {"burial": graves(kit, 0)}, kit.rule(relation, kit.case(layer="zone", limit=9))
    )
    assert found["verdict"].tolist() == ["not_checked"]


def test_a_layer_without_such_features_is_a_pass_that_says_so(kit, road):
    lanes = {"class": ("lane",)}
    rules = [
        kit.rule(relation, kit.case(layer="road", where=lanes, limit=9), rule_id=relation)
        for relation in ("within", "intersects", "overlaps", "not_within")
    ]
    for roads in (road, road[:0]):
        found = kit.check({"burial": graves(kit, 0), "road": roads}, *rules)
        assert tell(found, "verdict", "reason") == [
            ("pass", "within_none"), ("pass", "intersects_none"), ("pass", "overlaps_none"),
            ("violation", "not_within_none"),
        ]  # fmt: skip
        assert found["distance_m"].isna().all()


def test_a_site_without_geometry_is_not_checked_for_places_and_is_for_fields(kit, road):
    sites = kit.frame(
        "burial", [None, shapely.Polygon(), shapely.Point(0, 50)], area_m2=[1.0, 1.0, 1.0]
    )
    found = kit.check(
        {"burial": sites, "road": road},
        kit.rule("within", kit.case(layer="road", limit=200)),
        kit.rule("at_most", kit.case(field="area_m2", limit=2), rule_id="F"),
    )
    assert tell(found, "verdict", "reason")[:3] == [
        ("not_checked", "no_geometry"),
        ("not_checked", "no_geometry"),
        ("violation", "within_violation"),
    ]
    assert found["verdict"].tolist()[3:] == ["pass"] * 3


def test_an_exempt_rule_frees_its_sites_from_all_others_and_gives_no_rows(kit, road):
    sites = graves(kit, 100, 100, 100, protected=[True, False, None])
    free = kit.rule("exempt", kit.case(subject_where={"protected": (True,)}), rule_id="FREE")
    near = kit.rule("within", kit.case(layer="road", limit=200))
    wet = kit.rule("intersects", kit.case(layer="river"), rule_id="WET")
    found = kit.check({"burial": sites, "road": road}, near, free, wet)
    assert tell(found, "rule", "verdict") == [
        ("R", "exempt"), ("R", "violation"), ("R", "violation"),
        ("WET", "exempt"), ("WET", "not_checked"), ("WET", "not_checked"),
    ]  # fmt: skip
    assert tell(found[:1], "reason", "cited") == [("exempt_by_rule", "FREE")]
    assert found["distance_m"][0] == pytest.approx(100, abs=0.01)
    lapsed = kit.rule(
        "exempt", kit.case(subject_where={"protected": (True,)}), valid_to=date(2021, 1, 1)
    )
    assert kit.check({"burial": sites, "road": road}, near, lapsed)["verdict"][0] == "violation"


def test_sites_older_than_the_rule_are_exempt_and_undated_ones_are_not(kit, road):
    dates = pd.to_datetime(["2019-12-31", "2020-01-01", None])
    rule = kit.rule("within", kit.case(layer="road", limit=200), since_field="buried_on")
    found = kit.check({"burial": graves(kit, 50, 50, 50, buried_on=dates), "road": road}, rule)
    assert found["verdict"].tolist() == ["exempt", "violation", "violation"]
    assert tell(found[:1], "reason", "cited") == [("exempt_before_rule", "2020-01-01")]


def test_a_rule_speaks_only_of_the_sites_its_cases_mean(kit):
    sites = graves(
        kit,
        0,
        0,
        0,
        0,
        burial_type=["ashes", "body", None, "unknown"],
        area_m2=[1.0, 1.0, 1.0, 1.0],
    )
    rule = kit.rule(
        "at_most", kit.case(subject_where={"burial_type": ("ashes",)}, field="area_m2", limit=0.5)
    )
    found = kit.check({"burial": sites}, rule)
    # a body is of another kind; what is not known might be ashes
    assert tell(found, "site", "verdict", "reason", "field") == [
        ("a", "violation", "at_most_violation", "area_m2"),
        ("c", "not_checked", "field_empty", "burial_type"),
        ("d", "not_checked", "field_empty", "burial_type"),
    ]


def test_only_rules_in_force_run(kit, road):
    layers = {"burial": graves(kit, 50), "road": road}
    case = kit.case(layer="road", limit=200)
    rules = [
        kit.rule("within", case, rule_id="always"),
        kit.rule("within", case, rule_id="off", enabled=False),
        kit.rule("within", case, rule_id="later", valid_from=date(2026, 3, 30)),
        kit.rule("within", case, rule_id="past", valid_to=date(2025, 12, 31)),
    ]
    assert kit.check(layers, *rules)["rule"].tolist() == ["always"]
    assert kit.check(layers, *rules, as_of=date(2026, 3, 30))["rule"].tolist() == [
        "always",
        "later",
    ]
    assert kit.check(layers, *rules, as_of=date(2025, 12, 31))["rule"].tolist() == [
        "always",
        "past",
    ]
    assert len(kit.check(layers)) == 0
    assert len(kit.check({}, *rules)) == 0


def test_villages_are_told_where_the_layer_has_them(kit, road):
    sites = graves(kit, 50, 50, village=["421381107200", None])
    found = kit.check(
        {"burial": sites, "road": road, "river": kit.frame("river", [ROAD])},
        kit.rule("within", kit.case(layer="road", limit=200), subjects=("burial", "river")),
    )
    assert found["village"].isna().tolist() == [False, True, True]
    assert found["village"][0] == "421381107200"


def test_frames_that_went_in_are_as_they_were(kit, road):
    sites = kit.frame("burial", [shapely.Point(0, 5), shapely.Point(0, 6)])[::-1].reset_index(
        drop=True
    )
    before = sites.copy(), road.copy()
    kit.check({"burial": sites, "road": road}, kit.rule("within", kit.case(layer="road", limit=9)))
    assert sites.equals(before[0])
    assert road.equals(before[1])


def test_a_point_gets_the_same_answer_as_a_grave_there(kit, road):
    layers = {"burial": graves(kit, 100), "road": road}
    rules = [
        kit.rule("within", kit.case(layer="road", limit=500)),
        kit.rule("intersects", kit.case(layer="zone"), rule_id="Z"),
    ]
    point = layers["burial"].geometry[0]
    asked = kit.ask(layers, *rules, lon=point.x, lat=point.y)
    told = kit.check(layers, *rules)
    assert asked.drop(columns="site").equals(told.drop(columns="site"))
    assert len(kit.ask(layers, *rules, subject="zone")) == 0


def test_a_point_has_no_fields_that_could_pass_or_fail(kit, road):
    rules = [
        kit.rule("at_most", kit.case(field="area_m2", limit=1), rule_id="1"),
        kit.rule("present", kit.case(field="approved_on"), rule_id="2"),
        kit.rule("exempt", kit.case(subject_where={"protected": (True,)}), rule_id="3"),
        kit.rule("within", kit.case(layer="road", limit=9), rule_id="4", since_field="buried_on"),
    ]
    found = kit.ask({"road": road}, *rules)
    assert tell(found, "rule", "verdict") == [
        ("1", "not_checked"),
        ("2", "not_checked"),
        ("4", "violation"),
    ]


@pytest.mark.parametrize(
    ("lon", "lat", "error"),
    [
        (31.85, 113.86, PointOutsideWorld),
        (float("nan"), 31.0, PointOutsideWorld),
        (181.0, 31.0, PointOutsideWorld),
        (116.4, 39.9, PointFarAway),
        (0.0, 0.0, PointFarAway),
    ],
)
def test_a_point_that_cannot_be_meant_is_refused(kit, road, lon, lat, error):
    rule = kit.rule("within", kit.case(layer="road", limit=9))
    with pytest.raises(error) as refused:
        kit.ask({"road": road, "zone": kit.frame("zone", [])}, rule, lon=lon, lat=lat)
    assert refused.value.facts["lon"] == lon or np.isnan(lon)
    assert str(refused.value)


def test_a_point_can_be_asked_of_a_project_without_features(kit):
    found = kit.ask({}, kit.rule("within", kit.case(layer="road", limit=9)))
    assert found["verdict"].tolist() == ["not_checked"]
    empty = {"road": kit.frame("road", [])}
    found = kit.ask(empty, kit.rule("within", kit.case(layer="road", limit=9)))
    assert found["reason"].tolist() == ["within_none"]


norths = st.lists(st.floats(-1500, 1500), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(norths, st.lists(st.floats(-1400, 1400), max_size=3), st.floats(0, 1000))
def test_every_site_has_one_finding_a_rule_and_its_verdict_follows_from_its_margin(
    kit, sites, roads, limit
):
    layers = {
        "burial": graves(kit, *sites),
        "road": kit.frame("road", [shapely.LineString([(-900, y), (900, y)]) for y in roads]),
    }
    rules = [
        kit.rule("within", kit.case(layer="road", limit=limit)),
        kit.rule("intersects", kit.case(layer="road"), rule_id="S"),
        kit.rule("intersects", kit.case(layer="zone"), rule_id="Z"),
    ]
    found = kit.check(layers, *rules)
    assert len(found) == len(sites) * len(rules)
    assert not found.duplicated(["site", "rule"]).any()
    assert set(found["verdict"][found["rule"] == "Z"]) == {"not_checked"}
    near = found[found["rule"] == "R"]
    expected = [min((abs(site - road) for road in roads), default=np.nan) for site in sites]
    assert near["distance_m"].to_numpy() == pytest.approx(expected, abs=0.01, nan_ok=True)
    for verdict, margin in tell(near, "verdict", "margin_m"):
        if np.isnan(margin) or margin >= 5:
            assert verdict == "pass"
        else:
            assert verdict == ("violation" if margin <= -5 else "marginal")


def test_a_layer_without_sites_gives_no_findings(kit, road):
    rules = [
        kit.rule("within", kit.case(layer="road", limit=9)),
        kit.rule("not_within", kit.case(layer="zone"), rule_id="Z"),
        kit.rule("at_most", kit.case(field="area_m2", limit=9), rule_id="F"),
    ]
    found = kit.check({"burial": kit.frame("burial", []), "road": road}, *rules)
    assert len(found) == 0
    assert found.columns.tolist() == [*COLUMNS, *MORE_COLUMNS]


def test_the_shipped_book_checks_nothing_where_there_are_no_constraints(kit):
    catalogue = load_catalogue()
    book = load_rulebook("burial", catalogue)
    sites = kit.frame("burial", [shapely.Point(0, 0)])
    burials = conform_frame(sites[["id", "geometry"]], catalogue["burial"])
    ground = Ground.of_frames({"burial": burials}, catalogue, kit.plane)
    found = check_sites(ground, book, as_of=date(2026, 1, 1))
    expected = [
        rule.id
        for rule in book.in_force(date(2026, 1, 1))
        if "burial" in rule.subjects and rule.relation != "exempt"
    ]
    assert found["rule"].tolist() == expected
    assert set(found["verdict"]) == {"not_checked"}
