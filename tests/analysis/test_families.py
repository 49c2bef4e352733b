"""The strictest broken rule of a family leads, and names the others that are broken."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.analysis.families import list_others, name_strictest

VERDICTS = ("violation", "marginal", "pass", "exempt", "not_checked")
COLUMNS = ("layer", "site", "rule", "verdict", "margin_m")


@pytest.fixture(scope="module")
def rules(kit):
    """Two families of three and two rules, and a rule by itself."""
    within = [
        ("road-wide", "road", "prohibited"),
        ("road-near", "road", "prohibited"),
        ("road-lane", "road", "review"),
        ("farm-basic", "farm", "prohibited"),
        ("farm-other", "farm", "prohibited"),
        ("alone", "", "prohibited"),
    ]
    return [
        kit.rule("within", rule_id=name, family=family, severity=severity)
        for name, family, severity in within
    ]


def make_findings(rows):
    told = pd.DataFrame(rows, columns=COLUMNS)
    return told.astype(dict.fromkeys(COLUMNS[:4], "str") | {"margin_m": "float64"})


def lead(rows, rules):
    findings = make_findings(rows)
    strictest = name_strictest(findings, rules)
    findings["strictest"] = strictest
    others = list_others(findings, findings)
    missing = strictest.isna()
    return [None if gone else name for gone, name in zip(missing, strictest, strict=True)], [
        *others
    ]


def test_the_wider_setback_stands_for_the_narrower(rules):
    # ten metres from a road: 490 m short of 500 m, 10 m short of 20 m
    rows = [
        ("burial", "g", "road-wide", "violation", -490),
        ("burial", "g", "road-near", "violation", -10),
        ("burial", "g", "alone", "violation", -5),
    ]
    strictest, others = lead(rows, rules)
    assert strictest == ["road-wide", "road-wide", "alone"]
    assert others == [("road-near",), (), ()]


def test_a_violation_leads_before_what_may_be_one(rules):
    rows = [
        ("burial", "g", "road-wide", "marginal", -1.5),
        ("burial", "g", "road-near", "violation", -1.0),
    ]
    assert lead(rows, rules) == (["road-near", "road-near"], [(), ("road-wide",)])


def test_what_is_prohibited_leads_before_what_is_for_review(rules):
    rows = [
        ("burial", "g", "road-lane", "violation", -400),
        ("burial", "g", "road-near", "violation", -3),
    ]
    assert lead(rows, rules)[0] == ["road-near", "road-near"]


def test_of_equals_the_first_of_the_book_leads(rules):
    # inside both areas: no way out is known
    rows = [
        ("burial", "g", "farm-other", "violation", 0),
        ("burial", "g", "farm-basic", "violation", 0),
    ]
    assert lead(rows, rules) == (["farm-basic", "farm-basic"], [(), ("farm-other",)])


def test_what_is_kept_or_not_checked_leads_nothing(rules):
    rows = [
        ("burial", "g", "road-wide", verdict, margin)
        for verdict, margin in (("pass", 5), ("exempt", -480), ("not_checked", None))
    ]
    assert lead(rows, rules) == ([None] * 3, [()] * 3)


def test_sites_of_two_layers_may_have_one_name(rules):
    rows = [
        ("burial", "1", "road-wide", "violation", -20),
        ("cemetery", "1", "road-near", "violation", -10),
        ("burial", "2", "road-near", "violation", -10),
    ]
    assert lead(rows, rules) == (["road-wide", "road-near", "road-near"], [(), (), ()])


def test_a_page_of_findings_names_the_others_of_all(rules):
    findings = make_findings(
        [("burial", f"{n}", "road-near", "violation", -10) for n in range(5)]
        + [("burial", f"{n}", "road-wide", "violation", -400) for n in range(5)]
    )
    findings["strictest"] = name_strictest(findings, rules)
    page = findings.iloc[[8, 3]]
    assert [*list_others(page, findings)] == [("road-near",), ()]
    assert list_others(page, findings).index.equals(page.index)


def test_no_findings_at_all(rules):
    findings = make_findings([])
    findings["strictest"] = name_strictest(findings, rules)
    assert len(findings["strictest"]) == len(list_others(findings, findings)) == 0


NAMES = ["road-wide", "road-near", "road-lane", "farm-basic", "farm-other", "alone"]
FINDINGS = st.dictionaries(
    st.tuples(
        st.sampled_from(["burial", "cemetery"]), st.sampled_from("abc"), st.sampled_from(NAMES)
    ),
    st.tuples(st.sampled_from(VERDICTS), st.sampled_from([-500.0, -20.0, 0.0, 1.5, None])),
    max_size=30,
)


@given(FINDINGS)
def test_agrees_with_the_rule_said_plainly(rules, told):
    rows = [(*key, *value) for key, value in told.items()]
    known = {rule.id: (number, rule) for number, rule in enumerate(rules)}

    def weigh(row):
        _, _, name, verdict, margin = row
        number, rule = known[name]
        return (
            verdict == "marginal",
            rule.severity == "review",
            np.inf if margin is None else margin,
            number,
        )

    expected, others = [], []
    for row in rows:
        family = known[row[2]][1].family
        broken = [
            other
            for other in rows
            if other[:2] == row[:2]
            and other[3] in ("violation", "marginal")
            and (other[2] == row[2] or (family and known[other[2]][1].family == family))
        ]
        first = min(broken, key=weigh)[2] if row in broken else None
        expected.append(first)
        leads = first == row[2]
        others.append(tuple(other[2] for other in broken if other[2] != first) if leads else ())
    assert lead(rows, rules) == (expected, others)


@pytest.mark.slow
def test_a_county_is_led_while_the_planner_waits(rules):
    rng = np.random.default_rng(5)
    count = 100_000
    findings = pd.concat(
        pd.DataFrame(
            {
                "layer": "burial",
                "site": [f"G-{number}" for number in range(count)],
                "rule": rule.id,
                "verdict": rng.choice(VERDICTS[:3], count),
                "margin_m": rng.normal(0, 300, count),
            }
        )
        for rule in rules
    ).astype(dict.fromkeys(COLUMNS[:4], "str"))
    began = time.perf_counter()
    strictest = name_strictest(findings, rules)
    assert time.perf_counter() - began < 2  # 0.1 s on a quiet machine
    assert strictest.notna().sum() == findings["verdict"].isin(VERDICTS[:2]).sum()
