import pandas as pd

from geo_rv.analysis.contested import mark_contested


def make_findings(*keys):
    return pd.DataFrame(list(keys), columns=["layer", "site", "rule"], dtype="str")


def test_a_contest_stands_at_its_finding_alone():
    findings = make_findings(
        ("burial", "1", "A"), ("cemetery", "1", "A"), ("burial", "1", "B"), ("burial", "2", "A")
    ).set_axis([7, 3, 5, 1])
    reasons = {("burial", "1", "B"): "moved", ("burial", "2", "A"): "not a grave"}
    marked = mark_contested(findings, reasons)
    assert marked.index.equals(findings.index)
    assert marked.dropna().to_dict() == {5: "moved", 1: "not a grave"}


def test_what_is_gone_is_left_out():
    findings = make_findings(("burial", "1", "A"))
    assert mark_contested(findings, {("burial", "9", "A"): "x"}).isna().all()
    assert mark_contested(findings, {("burial", "1", "Z"): "x"}).isna().all()
    assert mark_contested(findings, {}).isna().all()
    assert len(mark_contested(make_findings(), {("burial", "1", "A"): "x"})) == 0
