"""What a report counts and groups, against numbers taken otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.reports.clusters import BOX_M, number_clusters
from geo_rv.reports.tallies import VERDICTS, tally


def test_totals_by_rule_and_by_village_are_the_findings(describe_demo, demo_check):
    content = describe_demo("zh")
    for verdict in VERDICTS:
        wanted = sum(row == verdict for row in demo_check.findings["verdict"])
        assert sum(row.counts[verdict] for row in content.by_rule) == wanted
        assert sum(row.counts[verdict] for row in content.by_village) == wanted
        assert content.counts[verdict] == wanted
    assert len(content.violations) == content.counts["violation"]
    assert len(content.marginal) == content.counts["marginal"]
    assert len(content.not_checked) == content.counts["not_checked"]


def test_every_site_counts_once_by_its_gravest_verdict(describe_demo, demo_check):
    content = describe_demo("zh")
    assert sum(content.site_counts.values()) == demo_check.sites == len(content.sites)
    broken = {
        (row.layer, row.site)
        for row in demo_check.findings.itertuples()
        if row.verdict == "violation"
    }
    assert content.site_counts["violation"] == len(broken)


def test_each_violating_site_of_the_demo_is_in_one_cluster(describe_demo):
    content = describe_demo("zh")
    sites = content.sites
    assert ((sites["cluster"] > 0) == (sites["verdict"] == "violation")).all()
    sizes = sites.loc[sites["cluster"] > 0, "cluster"].value_counts().sort_index()
    assert list(sizes.index) == list(range(1, content.cluster_count + 1))
    assert list(sizes) == sorted(sizes, reverse=True)
    assert [cluster.sites for cluster in content.clusters] == list(sizes[: len(content.clusters)])


def test_village_without_findings_and_findings_without_village_have_their_rows():
    findings = pd.DataFrame(
        {
            "layer": ["burial"] * 3,
            "site": ["a", "a", "b"],
            "village": ["V2", "V2", None],
            "rule": ["R1", "R2", "R1"],
            "verdict": ["violation", "violation", "pass"],
        },
        dtype="str",
    )
    rows = tally(findings, "village", ["V1", "V2"])
    assert [(row.key, row.total, row.violating_sites) for row in rows] == [
        ("V1", 0, 0),
        ("V2", 2, 1),
        ("", 1, 0),
    ]


places = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(places)
def test_clusters_are_the_components_of_touching_squares(points):
    sites = pd.DataFrame(points, columns=["east", "north"], dtype=float).assign(
        verdict="violation", layer="burial"
    )
    numbers = number_clusters(sites).to_numpy()
    # two squares touch where neither coordinate is further apart than a side: by hand, no union
    near = np.abs(sites[["east", "north"]].to_numpy()[:, None] - np.array(points)).max(2) <= BOX_M
    labels = np.arange(len(points))
    for _ in points:
        labels = np.array([labels[row].min() for row in near])
    assert len(set(zip(numbers, labels, strict=True))) == len(set(numbers)) == len(set(labels))


@pytest.mark.parametrize("place", [(None, None), (float("nan"), 1.0)])
def test_site_without_a_place_is_in_no_cluster(place):
    sites = pd.DataFrame({"verdict": ["violation"], "east": place[:1], "north": place[1:]})
    assert list(number_clusters(sites.astype({"east": float, "north": float}))) == [0]


def test_only_violating_sites_make_clusters():
    sites = pd.DataFrame(
        {"verdict": ["pass", "violation", "marginal"], "east": [0.0] * 3, "north": [0.0] * 3}
    )
    assert list(number_clusters(sites)) == [0, 1, 0]


def test_cluster_map_holds_its_sites_and_what_they_are_too_near_to(describe_demo):
    content = describe_demo("zh")
    for cluster in content.clusters:
        box = shapely.box(*cluster.extent)
        members = content.sites[content.sites["cluster"] == cluster.number]
        assert shapely.covers(box, shapely.points(members[["east", "north"]].to_numpy())).all()
        assert shapely.covers(box, shapely.linestrings(cluster.segments)).all()
