"""The burial check: every site, every rule in force, one finding each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.families import name_strictest
from geo_rv.analysis.filters import match_rows
from geo_rv.analysis.findings import COLUMNS, MORE_COLUMNS, TEXT
from geo_rv.analysis.ground import Features, Ground, place_point
from geo_rv.analysis.relations import (
    EXEMPT,
    VERDICT_WORDS,
    Outcomes,
    join_outcomes,
    judge_sites,
    take_outcomes,
)
from geo_rv.analysis.words import Texts, Words, choose_words, join_words, repeat_word, spell_words
from geo_rv.errors import PointFarAway, PointOutsideWorld
from geo_rv.rulebook import Rule, RuleBook

_WORST_FIRST = ("violation", "not_checked", "marginal", "pass")
"""`not_checked` comes before whatever it could still turn into."""
_BEST_FIRST = ("pass", "not_checked", "marginal", "violation")
FAR_DEGREES: Final = 1.0
"""Beyond about 100 km a distance would no longer be right to a centimetre."""


def check_sites(ground: Ground, book: RuleBook, *, as_of: date) -> pd.DataFrame:
    """Return what the rules of `book` in force on `as_of` say of every site that they name.

    The sites and what constrains them are the layers of `ground`. The result has the columns of
    `findings.COLUMNS` and `MORE_COLUMNS`. It has one row for each site and rule that applies
    to the site's layer, passed ones too, by layer, rule and site; only a rule none of whose
    cases means the site (a grave of another kind) gives no row, and neither do rules that exempt.

    Of the cases of a rule a violation comes before `not_checked` (the constraint layer or the
    deciding field is missing), that before `marginal`, that before `pass`; then the smallest
    margin decides. It is the other way round for `not_within`, where lying in a feature of any
    case is enough. A site that a rule exempts, or that is older than the rule, keeps its
    distances under the verdict `exempt`. Distances are geodesic, right to a centimetre up to
    100 km; `Ground.repaired` tells which polygons were repaired for them.
    """
    rules = book.in_force(as_of)
    outcomes = [
        outcome
        for kind in book.subjects
        if kind in ground
        for outcome in _check_layer(ground.find(kind), rules, ground)
    ]
    return _make_frame(outcomes, rules)


def check_point(
    ground: Ground,
    book: RuleBook,
    *,
    lon: float,
    lat: float,
    as_of: date,
    subject: str = "burial",
) -> pd.DataFrame:
    """Return what `check_sites` would say of a new site of the layer `subject` at one point.

    The site's name is the point, "lon,lat" in degrees. It has no fields: rules on the site's
    own fields are `not_checked`, and nothing exempts it. Raises PointOutsideWorld, or
    PointFarAway where it lies over a degree outside of everything in `ground`.
    """
    _require_near(lon, lat, ground)
    name = f"{lon:.7f},{lat:.7f}"
    site = place_point(ground.catalogue[subject], name, lon, lat)
    rules = book.in_force(as_of)
    return _make_frame(list(_check_layer(site, rules, ground)), rules)


def _require_near(lon: float, lat: float, ground: Ground) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PointOutsideWorld(lon=lon, lat=lat)
    west, south, east, north = ground.bounds
    far_x = max(west - lon, lon - east, 0) > FAR_DEGREES
    far_y = max(south - lat, lat - north, 0) > FAR_DEGREES
    if far_x or far_y:
        raise PointFarAway(lon=lon, lat=lat)


def _check_layer(
    sites: Features, rules: Sequence[Rule], ground: Ground
) -> Iterator[dict[str, Any]]:
    """Yield for each rule its one outcome of each site that it applies to."""
    applicable = [rule for rule in rules if sites.spec.kind in rule.subjects]
    freed_by = _find_exempt(sites, applicable)
    for rule in applicable:
        cases = list(judge_sites(sites, rule, ground)) if rule.relation != "exempt" else []
        if not cases:
            continue
        outcome = dict(_take_decisive(cases, best=rule.relation == "not_within"))
        _exempt(outcome, freed_by, "exempt_by_rule")
        _exempt(outcome, _find_earlier(sites, rule), "exempt_before_rule")
        positions = outcome["position"]
        count = len(positions)
        outcome["layer"] = repeat_word(sites.spec.kind, count)
        outcome["rule"] = repeat_word(rule.id, count)
        outcome["site"] = Words(positions, sites.names)
        if "village" in sites.frame:
            outcome["village"] = Words(sites.villages.codes[positions], sites.villages.words)
        yield outcome


def _find_exempt(sites: Features, rules: Sequence[Rule]) -> Texts:
    """Return for each site the id of the rule that exempts it from the others, or ""."""
    freed_by = np.full(len(sites.frame), "", dtype=object)
    for rule in rules:
        for case in rule.cases if rule.relation == "exempt" else ():
            freed_by[match_rows(sites.frame, case.subject_where) & (freed_by == "")] = rule.id
    return freed_by


def _find_earlier(sites: Features, rule: Rule) -> Texts:
    """Return for each site older than `rule` the day since which the rule holds, else ""."""
    earlier = np.full(len(sites.frame), "", dtype=object)
    if rule.since_field in sites.frame:
        dates = pd.to_datetime(sites.frame[rule.since_field])
        earlier[(dates < pd.Timestamp(rule.valid_from)).to_numpy()] = rule.valid_from.isoformat()
    return earlier


def _exempt(outcome: dict[str, Any], cited_by_site: Texts, reason: str) -> None:
    """Turn the outcomes for which something is cited into exempt ones, the exempt ones not."""
    cited = cited_by_site[outcome["position"]]
    freed = (cited != "") & (outcome["verdict"].codes != EXEMPT)
    if not freed.any():
        return
    chosen = np.flatnonzero(freed)
    outcome["verdict"] = choose_words(
        np.where(freed, EXEMPT, outcome["verdict"].codes), VERDICT_WORDS
    )
    for column, values in (("reason", np.full(len(chosen), reason)), ("cited", cited[chosen])):
        words, codes = np.unique(values.astype(object), return_inverse=True)
        joined = join_words([outcome[column], Words(codes, words)])
        every = joined.codes[: len(freed)].copy()
        every[chosen] = joined.codes[len(freed) :]
        outcome[column] = Words(every, joined.words)


def _take_decisive(cases: list[Outcomes], *, best: bool) -> Outcomes:
    """Return of all cases' outcomes the one that decides for each site, by site.

    That is the worst, or the `best` where lying in a feature of one case is enough.
    """
    if len(cases) == 1:
        return cases[0]
    together = join_outcomes(cases)
    ranks = {word: rank for rank, word in enumerate(_BEST_FIRST if best else _WORST_FIRST)}
    verdicts = together["verdict"]
    # nothing is exempt yet
    ranked = np.array([ranks.get(word, NONE) for word in verdicts.words])[verdicts.codes]
    margins = together["margin_m"] * (-1 if best else 1)
    order = np.lexsort((margins, ranked, together["position"]))
    is_first = np.diff(together["position"][order], prepend=-1) != 0
    return take_outcomes(together, order[is_first])


def _make_frame(outcomes: list[dict[str, Any]], rules: Sequence[Rule]) -> pd.DataFrame:
    if not outcomes:
        return pd.DataFrame(
            {name: pd.Series(dtype=kind) for name, kind in {**COLUMNS, **MORE_COLUMNS}.items()}
        )
    columns = {
        # each column leaves the outcomes as it enters the frame: a million findings are large
        name: (spell_words if kind == TEXT else np.concatenate)(
            [outcome.pop(name) for outcome in outcomes]
        )
        for name, kind in COLUMNS.items()
    }
    findings = pd.DataFrame(columns, copy=False)
    findings["strictest"] = name_strictest(findings, rules)
    findings["contested"] = pd.Series(index=findings.index, dtype=TEXT)
    return findings
