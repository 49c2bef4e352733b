"""Of the rules of one family that a site breaks, the strictest, and which others it breaks too.

A grave ten metres from a highway breaks both the 500 m setback and the 20 m control zone.
Whoever moves it far enough for the one has moved it far enough for the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo_rv.analysis.filters import Mask
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.rulebook import Rule

BROKEN = ("violation", "marginal")
NONE = -1


def name_strictest(findings: pd.DataFrame, rules: Sequence[Rule]) -> pd.Series:
    """Return for each finding the rule that leads the broken ones of its site and family.

    `findings` have the columns layer, site, rule, verdict and margin_m; `rules` are those that
    made them. Broken are violations and marginal findings; the others get a missing value, and
    a rule without a family leads itself. Of a family a violation leads before a marginal
    finding, then what is prohibited before what is for review, then the smallest margin: the
    rule that asks to move furthest. From within an area the way out is not known and counts as
    0 m. Of equals the rule that stands first in the book leads.
    """
    leaders = np.full(len(findings), NONE)
    broken = np.flatnonzero(findings["verdict"].isin(BROKEN))
    leaders[broken] = broken
    numbers = _number_rules(findings["rule"], rules)
    in_family = _number_families(rules)[numbers[broken]] != NONE
    members = broken[in_family]
    if len(members):
        leaders[members] = _find_leaders(findings.iloc[members], numbers[members], rules, members)
    strictest = findings["rule"].array.take(leaders, allow_fill=True)
    return pd.Series(strictest, index=findings.index, name="strictest")


def list_others(told: pd.DataFrame, findings: pd.DataFrame) -> pd.Series:
    """Return for each of the `told` findings the ids of the rules that it stands for.

    These are the broken rules of the same site and family beside the leading one, as tuples in
    the order of `findings`; an empty one for a finding that leads nothing. `findings` are all
    of the check, with the column `strictest`; `told` are some of them.
    """
    followers = findings[findings["strictest"].notna()]
    followers = followers[followers["strictest"] != followers["rule"]]
    if len(told) < len(followers):
        followers = followers[followers["site"].isin(told["site"])]
    leaders = told[told["strictest"] == told["rule"]]
    both = pd.concat([followers, leaders])
    groups = both.groupby(["layer", "site", "strictest"], sort=False).ngroup().to_numpy()
    follower_groups, leader_groups = np.split(groups, [len(followers)])
    order = np.argsort(follower_groups, kind="stable")
    ends = np.bincount(follower_groups, minlength=len(both)).cumsum()
    rules = np.split(followers["rule"].to_numpy(dtype=object)[order], ends)
    others = pd.Series([()] * len(told), index=told.index, dtype="object")
    others[leaders.index] = [tuple(rules[group]) for group in leader_groups]
    return others


def _find_leaders(
    findings: pd.DataFrame, numbers: Indices, rules: Sequence[Rule], positions: Indices
) -> Indices:
    """Return for each of the broken findings of families the position of the one that leads it."""
    families = _number_families(rules)
    layers, _ = pd.factorize(findings["layer"])
    sites, _ = pd.factorize(findings["site"])
    groups = (sites * (layers.max() + 1) + layers) * len(rules) + families[numbers]
    is_marginal = (findings["verdict"] == "marginal").to_numpy()
    for_review = np.array([rule.severity == "review" for rule in rules])[numbers]
    margins = findings["margin_m"].fillna(np.inf).to_numpy()
    left = np.ones(len(findings), dtype=bool)
    for measure in (2.0 * is_marginal + for_review, margins, numbers.astype(float)):
        left &= _is_least(np.where(left, measure, np.inf), groups)
    leading = np.full(groups.max() + 1, NONE)
    leading[groups[left]] = positions[left]
    led: Indices = leading[groups]
    return led


def _is_least(values: Floats, groups: Indices) -> Mask:
    """Return for each value whether none of its group is smaller."""
    least = np.full(groups.max() + 1, np.inf)
    np.minimum.at(least, groups, values)
    found: Mask = values == least[groups]
    return found


def _number_rules(names: pd.Series, rules: Sequence[Rule]) -> Indices:
    """Return each rule's place in the book."""
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    codes, known = pd.factorize(names)
    return np.array([numbers[name] for name in known], dtype=np.int64)[codes]


def _number_families(rules: Sequence[Rule]) -> Indices:
    """Return for each rule the place of the first rule of its family; -1 for one without."""
    first: dict[str, int] = {}
    for number, rule in enumerate(rules):
        first.setdefault(rule.family, number)
    return np.array([first[rule.family] if rule.family else NONE for rule in rules], dtype=np.int64)
