"""What the rules in force ask of land: how far to keep from what, and what they cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo_rv.analysis.filters import match_rows
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.obstacles import Kept
from geo_rv.analysis.shapes import Shapes
from geo_rv.geodesy.measure import Floats
from geo_rv.rulebook import SPATIAL, Case, Rule

Reason = Literal["layer_missing", "own_field", "of_some_sites"]


@dataclass(frozen=True)
class Unasked:
    """A rule, or one of its cases, that land was not asked about."""

    rule: Rule
    reason: Reason
    """The layer is not there; the rule is about a field, which land does not have; or it is
    about some sites only, which their fields tell."""
    about: str
    """The missing layer's kind, or the name of the site's field."""


@dataclass(frozen=True)
class Limits:
    """What land is to be like."""

    kinds: tuple[str, ...]
    """The layers that it keeps clear of."""
    kept: tuple[Kept, ...]
    """Of each of these layers, each feature with the widest limit that any rule sets."""
    required: tuple[tuple[Shapes, ...], ...]
    """For each rule of the relation `not_within` the features in one of which it lies."""
    unasked: tuple[Unasked, ...]


def list_limits(
    ground: Ground, rules: Iterable[Rule], subject: str, *, certain: bool = False
) -> Limits:
    """Return what those `rules` that name the layer `subject` ask of land for a new feature of it.

    `within` keeps clear by the case's limit, `intersects` and `overlaps` of the features
    themselves, to each the half-width is added where the rule measures from the edge. Where
    land is to be `certain`, the accuracies of both layers are added too, so that no finding
    there is marginal.
    """
    reaches: dict[str, Floats] = {}
    required: list[tuple[Shapes, ...]] = []
    unasked: list[Unasked] = []
    for rule in rules:
        if subject not in rule.subjects or rule.relation == "exempt":
            continue
        missing = list(_list_unasked(rule, ground))
        unasked += missing
        if rule.relation not in SPATIAL:
            continue
        cases = [case for case in rule.cases if case.layer in ground and not case.subject_where]
        if rule.relation != "not_within":
            for case in cases:
                reach = _find_reaches(ground, rule, case, subject, certain=certain)
                reaches[case.layer] = np.fmax(reaches.get(case.layer, np.nan), reach)
        elif not missing:
            required.append(tuple(ground.find(case.layer, case.where).shapes for case in cases))
    kept = tuple(Kept(ground.find(kind).shapes, reach) for kind, reach in reaches.items())
    return Limits(tuple(reaches), kept, tuple(required), tuple(unasked))


def _list_unasked(rule: Rule, ground: Ground) -> Iterator[Unasked]:
    """Yield what of a rule cannot be asked of land, each thing once."""
    seen = set()
    for case in rule.cases:
        reason, about = _find_reason(rule, case, ground)
        if reason is not None and (reason, about) not in seen:
            seen.add((reason, about))
            yield Unasked(rule, reason, about)


def _find_reason(rule: Rule, case: Case, ground: Ground) -> tuple[Reason | None, str]:
    if rule.relation not in SPATIAL:
        return "own_field", case.field
    if case.subject_where:
        return "of_some_sites", next(iter(case.subject_where))
    if case.layer not in ground:
        return "layer_missing", case.layer
    return None, ""


def _find_reaches(ground: Ground, rule: Rule, case: Case, subject: str, *, certain: bool) -> Floats:
    """Return how far a case keeps from each feature of its layer; NaN where it does not mean it."""
    features = ground.find(case.layer)
    limit = case.limit if rule.relation == "within" else 0
    reach = np.full(len(features.frame), limit, dtype=np.float64)
    if rule.from_edge:
        reach += features.half_widths_m
    if certain:
        reach += ground.catalogue[subject].accuracy_m + features.spec.accuracy_m
    reach[~match_rows(features.frame, case.where)] = np.nan
    return reach
