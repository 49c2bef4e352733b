"""What a report on a burial check tells, before it is put into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import pyproj

from geo_rv.analysis.findings import count_verdicts
from geo_rv.catalogue import Catalogue
from geo_rv.frames import Layers
from geo_rv.messages import NOTHING, Text
from geo_rv.reports.clusters import Cluster, describe_clusters, number_clusters
from geo_rv.reports.printed.symbols import VILLAGES, MapBase
from geo_rv.reports.tallies import VERDICTS, Tally, place_sites, tally
from geo_rv.rulebook import Rule, RuleBook, Verdict

LISTED = 2_000
"""More violations, or more marginal findings, than these are not printed."""
MAPPED = 24
"""More clusters than these get no map of their own."""
TOLD: tuple[Verdict, ...] = ("violation", "marginal", "not_checked")
"""The verdicts whose findings a report tells one by one, or by their reason."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cover:
    """What a report is about."""

    project: str
    town: str
    """Its name or code; may be empty."""
    as_of: date
    book: RuleBook
    sites: int
    """How many sites were checked."""
    notice: Text = NOTHING
    """What must be said on every page, as that the data are synthetic."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force on the day of the check."""
        return self.book.in_force(self.as_of)


@dataclass(frozen=True, eq=False)
class ReportContent:
    """All that a report on a burial check tells; made by `describe_report`."""

    cover: Cover
    counts: Mapping[Verdict, int]
    """How many findings of each verdict."""
    by_rule: tuple[Tally, ...]
    by_village: tuple[Tally, ...]
    village_names: Mapping[str, str]
    sites: pd.DataFrame
    """As `tallies.place_sites` returns them, with the column cluster (0 for none)."""
    clusters: tuple[Cluster, ...]
    """The largest ones, which get a map each."""
    cluster_count: int
    violations: tuple[Row, ...]
    """Told findings, by village, site and rule; the others likewise."""
    marginal: tuple[Row, ...]
    not_checked: tuple[Row, ...]
    repaired: Mapping[str, tuple[str, ...]]
    """The ids of each layer's features that a repaired copy stood in for, or that are nowhere."""
    base: MapBase

    @cached_property
    def site_counts(self) -> Mapping[Verdict, int]:
        """How many sites have each verdict as their worst."""
        counts = self.sites["verdict"].value_counts()
        return {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}


def describe_report(
    findings: pd.DataFrame,
    told: Iterable[Row],
    *,
    cover: Cover,
    layers: Layers,
    catalogue: Catalogue,
    plane: pyproj.CRS,
    village_names: Mapping[str, str],
    repaired: Mapping[str, tuple[str, ...]],
) -> ReportContent:
    """Return what a report tells of a check.

    `findings` are all rows of the check, passed ones too, with the columns layer, site,
    village, rule and verdict. `told` are those of the verdicts `TOLD` as `tell_findings` tells
    them, in the language of the report; others among them are left out. `layers` are in
    EPSG:4490 and drawn in `plane`, whose unit is the metre.
    """
    subjects = cover.book.subjects
    constraints = (case.layer for rule in cover.rules for case in rule.cases)
    kinds = frozenset((VILLAGES, *subjects, *constraints))
    base = MapBase(layers, catalogue, plane, kinds, subjects)
    sites = place_sites(findings, base.layers, base.plane)
    sites["cluster"] = number_clusters(sites)
    ordered = sorted(told, key=lambda row: _order(row, village_names))
    rows = {verdict: tuple(row for row in ordered if row["verdict"] == verdict) for verdict in TOLD}
    near = frozenset(rule.id for rule in cover.rules if rule.relation == "within")
    rules = [rule.id for rule in cover.rules if rule.relation != "exempt"]
    return ReportContent(
        cover=cover,
        counts=count_verdicts(findings),
        by_rule=tally(findings, "rule", rules),
        by_village=tally(findings, "village", list(village_names)),
        village_names=village_names,
        sites=sites,
        clusters=describe_clusters(
            sites, rows["violation"], near_rules=near, limit=MAPPED, plane=base.plane
        ),
        cluster_count=int(sites["cluster"].max()) if len(sites) else 0,
        violations=rows["violation"],
        marginal=rows["marginal"],
        not_checked=rows["not_checked"],
        repaired=repaired,
        base=base,
    )


def _order(row: Row, village_names: Mapping[str, str]) -> tuple[bool, str, str, str]:
    village = row["village"] or ""
    return (village not in village_names, village, row["site"], row["rule"])
