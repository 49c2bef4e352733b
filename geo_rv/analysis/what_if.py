"""What a check would find if a limit were moved or a cemetery built: nothing is changed for it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_sites
from geo_rv.analysis.summary import NO_VILLAGE
from geo_rv.errors import LimitNotInForce, LimitRuleUnknown, LimitUnmovable, LimitUnusable
from geo_rv.rulebook import Rule, RuleBook, Verdict

CEMETERIES = "cemetery"
MOST_LIMIT_M = 5000.0
"""The largest distance that a limit may be moved to: over twice any that is known."""

KEYS = ("layer", "rule", "site")
SUFFIXES = ("_before", "_after")


@dataclass(frozen=True)
class Comparison:
    """What differs between two checks of the same sites.

    `rows` has a row for each finding whose verdict differs: layer, rule, site, village, verdict,
    limit_m and distance_m, each with the endings _before and _after (missing where there was no
    such finding), lon and lat; the violations that go first, then those that come, then the rest.

    `by_rule` and `by_village` (the code, "" for none) count violations: before, after, gone,
    come; in each row, and in their sums, after is before - gone + come.

    `delta` is by how many the findings of each verdict grow.
    """

    rows: pd.DataFrame
    by_rule: pd.DataFrame
    by_village: pd.DataFrame
    delta: Mapping[Verdict, int]

    @property
    def gone(self) -> int:
        """How many violations are none any more."""
        return int(self.by_rule["gone"].sum())

    @property
    def come(self) -> int:
        """How many violations were none before."""
        return int(self.by_rule["come"].sum())


def move_limits(book: RuleBook, limits: Mapping[str, float], *, as_of: date) -> RuleBook:
    """Return `book` with the distances of some rules moved: `limits` in metres by rule id.

    The limit holds for every case of the rule. Raises LimitRuleUnknown, LimitUnmovable for a
    rule that is not about a distance, LimitNotInForce for one that is off or not in force on
    `as_of`, and LimitUnusable for what is no distance above 0 and up to `MOST_LIMIT_M`.
    """
    rules = {rule.id: rule for rule in book.rules}
    for name, limit in limits.items():
        if name not in rules:
            raise LimitRuleUnknown(rule=name, known=_list_movable(book, as_of))
        rules[name] = _move_limit(rules[name], limit, as_of)
    return dataclasses.replace(book, rules=tuple(rules.values()))


def _list_movable(book: RuleBook, as_of: date) -> str:
    movable = (rule.id for rule in book.in_force(as_of) if rule.relation == "within")
    return ", ".join(movable)


def _move_limit(rule: Rule, limit: float, as_of: date) -> Rule:
    if rule.relation != "within":
        raise LimitUnmovable(rule=rule.id, title=rule.title)
    if not rule.is_in_force(as_of):
        raise LimitNotInForce(rule=rule.id, title=rule.title, day=as_of)
    if not (math.isfinite(limit) and 0 < limit <= MOST_LIMIT_M):
        raise LimitUnusable(rule=rule.id, value=limit, most=MOST_LIMIT_M)
    cases = tuple(dataclasses.replace(case, limit=float(limit)) for case in rule.cases)
    return dataclasses.replace(rule, cases=cases)


def find_touched(book: RuleBook, moved: Sequence[str], *, planned: bool) -> tuple[str, ...]:
    """Return the ids of the rules whose findings may change.

    Those are the `moved` ones, and, with a cemetery `planned`, those that look at cemeteries.
    """
    return tuple(
        rule.id
        for rule in book.rules
        if rule.id in moved or (planned and any(case.layer == CEMETERIES for case in rule.cases))
    )


def check_again(
    ground: Ground, book: RuleBook, rules: Sequence[str], *, as_of: date
) -> pd.DataFrame:
    """Return the findings of `rules` alone; what exempts a site from them still does.

    `strictest` is then told among these rules only.
    """
    asked = [rule for rule in book.rules if rule.id in rules or rule.relation == "exempt"]
    return check_sites(ground, dataclasses.replace(book, rules=tuple(asked)), as_of=as_of)


def check_plan(ground: Ground, book: RuleBook, plan: GeoDataFrame, *, as_of: date) -> pd.DataFrame:
    """Return what `book` says of planned cemeteries: `plan` has an id, a geometry in EPSG:4490.

    Rules on fields that `plan` has no column for are `not_checked`, as for any new site.
    """
    asked = tuple(
        dataclasses.replace(rule, subjects=(CEMETERIES,))
        for rule in book.rules
        if CEMETERIES in rule.subjects
    )
    planned = ground.with_frame(CEMETERIES, plan)
    return check_sites(planned, dataclasses.replace(book, rules=asked), as_of=as_of)


def compare_checks(
    before: pd.DataFrame, after: pd.DataFrame, *, rules: Sequence[str] | None = None
) -> Comparison:
    """Return what differs between the findings `before` and `after`.

    Where `rules` are given, `after` holds the findings of these alone, and all others stand as
    they were before.
    """
    asked = before if rules is None else before[before["rule"].isin(rules)]
    columns = [*KEYS, "village", "verdict", "limit_m", "distance_m", "site_lon", "site_lat"]
    both = asked[columns].merge(after[columns], how="outer", on=list(KEYS), suffixes=SUFFIXES)
    rows = both[~_agree(both["verdict_before"], both["verdict_after"])]
    rows = rows.assign(
        village=rows["village_before"].fillna(rows["village_after"]),
        lon=rows["site_lon_after"].fillna(rows["site_lon_before"]),
        lat=rows["site_lat_after"].fillna(rows["site_lat_before"]),
    )
    drop = [name + end for name in ("village", "site_lon", "site_lat") for end in SUFFIXES]
    rows = _sort_rows(rows.drop(columns=drop))
    violations = before.loc[before["verdict"] == "violation", ["rule", "village"]]
    return Comparison(
        rows=rows,
        by_rule=_count_changes(violations["rule"], rows, "rule"),
        by_village=_count_changes(violations["village"], rows, "village"),
        delta=_count_growth(rows),
    )


def _agree(one: pd.Series, other: pd.Series) -> pd.Series:
    # a finding that is missing on one side compares as different
    return (one == other).fillna(value=False).astype(bool)


def _find_gone(rows: pd.DataFrame) -> pd.Series:
    return (rows["verdict_before"] == "violation").fillna(value=False).astype(bool)


def _find_come(rows: pd.DataFrame) -> pd.Series:
    return (rows["verdict_after"] == "violation").fillna(value=False).astype(bool)


def _sort_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what goes first, then what comes, then by layer, rule and site."""
    order = np.select([_find_gone(rows), _find_come(rows)], [0, 1], 2)
    ranked = rows.assign(order=order).sort_values(["order", *KEYS], ignore_index=True)
    return ranked.drop(columns="order")


def _count_changes(violations: pd.Series, rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return before, after, gone and come for each value of the column `by` that has any."""
    groups = rows[by].fillna(NO_VILLAGE)
    counts = pd.DataFrame(
        {
            "before": violations.fillna(NO_VILLAGE).value_counts(),
            "gone": groups[_find_gone(rows)].value_counts(),
            "come": groups[_find_come(rows)].value_counts(),
        }
    )
    counts = counts.fillna(0).astype(int).sort_index()
    counts.insert(1, "after", counts["before"] - counts["gone"] + counts["come"])
    return counts


def _count_growth(rows: pd.DataFrame) -> dict[Verdict, int]:
    before, after = (rows[f"verdict{end}"].value_counts() for end in SUFFIXES)
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    growth = {each: int(after.get(each, 0) - before.get(each, 0)) for each in verdicts}
    return {verdict: number for verdict, number in growth.items() if number}
