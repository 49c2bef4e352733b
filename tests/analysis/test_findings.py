import re
from datetime import date

import pandas as pd
import pytest
import shapely

from geo_rv.analysis.findings import count_verdicts, tell_reason
from geo_rv.messages import load_messages

RELATIONS = {
    "within": ("violation", "marginal", "pass", "none"),
    "intersects": ("violation", "marginal", "pass", "none"),
    "not_within": ("violation", "marginal", "pass", "none"),
    "overlaps": ("violation", "marginal", "pass", "none"),
    "at_most": ("violation", "pass"),
    "at_least": ("violation", "pass"),
    "present": ("violation", "pass"),
}


@pytest.fixture
def findings(kit):
    """Return findings of every reason that there is."""
    sites = kit.frame(
        "burial",
        [shapely.box(0, north, 1, north + 1) for north in (0, 103, 300)] + [None] * 2,
        area_m2=[1.0, 5.25, None, 1.0, 1.0],
        plots=[10, 30, None, 10, 10],
        approved_on=pd.to_datetime(["2021-05-01", None, None, None, None]),
        buried_on=pd.to_datetime(["2021-05-01", "2000-01-01", None, None, None]),
        protected=[False, False, False, False, True],
    )
    zones = kit.frame("zone", [shapely.box(-50, -50, 50, 100)], **{"class": ["strict"]})
    loose = {"class": ("loose",)}
    limits = [("within", 10), ("within", 3), ("intersects", 0), ("not_within", 0), ("overlaps", 0)]
    rules = [
        kit.rule(relation, kit.case(layer="zone", limit=limit, where=where))
        for relation, limit in limits
        for where in ({}, loose)
    ]
    rules += [
        kit.rule("at_most", kit.case(field="area_m2", limit=4)),
        kit.rule("at_least", kit.case(field="plots", limit=20)),
        kit.rule("present", kit.case(field="approved_on")),
        kit.rule("within", kit.case(layer="river", limit=10)),
        kit.rule("present", kit.case(field="approved_on"), since_field="buried_on"),
        kit.rule("exempt", kit.case(subject_where={"protected": (True,)}), rule_id="FREE"),
    ]
    return kit.check({"burial": sites, "zone": zones}, *rules)


def test_every_reason_that_can_be_given_has_a_text():
    keys = {f"finding.{relation}_{end}" for relation, ends in RELATIONS.items() for end in ends}
    others = ["layer_missing", "field_empty", "no_geometry", "outside_data"]
    others += ["exempt_by_rule", "exempt_before_rule", "coverage.edge", "coverage.outside"]
    keys |= {f"finding.{name}" for name in others}
    assert keys == {key for key in load_messages() if key.startswith("finding.")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_is_told_in_whole_sentences(kit, findings, language):
    told = tell_reason(findings, catalogue=kit.catalogue, language=language)
    assert len(told) == len(findings)
    reached = set(findings["reason"])
    assert {"within_violation", "within_marginal", "within_pass", "overlaps_violation"} <= reached
    assert len(reached) >= 24
    for sentence in told:
        assert not re.search(r"nan|None|<NA>|[{}]|  ", sentence), sentence
        assert sentence.endswith((".", "。"))


def test_reasons_carry_the_facts(kit, findings):
    told = dict(
        zip(
            findings["reason"] + findings["site"],
            tell_reason(findings, catalogue=kit.catalogue, language="en"),
            strict=True,
        )
    )
    assert "Area_M2: 5.25 m2, more than 4 m2." in told["at_most_violationb"]
    assert "no layer “River” yet" in told["layer_missinga"]
    assert "rule FREE" in told["exempt_by_rulee"]
    assert "since 2020-01-01" in told["exempt_before_ruleb"]
    assert "“Plots” is not filled in" in told["field_emptyc"]


def test_counts_name_every_verdict(kit, findings):
    counts = count_verdicts(findings)
    assert set(counts) == {"violation", "marginal", "pass", "exempt", "not_checked"}
    assert sum(counts.values()) == len(findings)
    nothing = kit.check({}, kit.rule("within"), as_of=date(2026, 1, 1))
    assert set(count_verdicts(nothing).values()) == {0}
    assert tell_reason(nothing, catalogue=kit.catalogue, language="zh") == []
