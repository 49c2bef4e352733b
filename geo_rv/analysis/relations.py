"""What each relation of a rule means: distances and fields into verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from geo_rv.analysis.filters import Mask, find_empty, find_undecided, match_rows
from geo_rv.analysis.findings import COLUMNS
from geo_rv.analysis.ground import Features, Ground
from geo_rv.analysis.nearest import NONE, Nearest, find_nearest
from geo_rv.analysis.overlap import measure_overlaps
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.rulebook import SPATIAL, Case, Rule

Outcomes = Mapping[str, npt.NDArray[Any]]
"""Verdicts on sites: the columns of findings, and `position` (of the site) and `segment`."""

LEAST_OVERLAP_M2 = 0.01
"""To which an area is told: a smaller overlap is the noise of a shared border."""


def judge_sites(sites: Features, rule: Rule, ground: Ground) -> Iterator[Outcomes]:
    """Yield what each case of `rule` says of the sites that it applies to.

    A site that a case may or may not apply to, because a field that decides is empty, is
    `not_checked`; one that no case applies to does not occur.
    """
    for case in rule.cases:
        undecided = find_undecided(sites.frame, case.subject_where)
        if undecided.any():
            yield _tell_undecided(sites, case, undecided)
        matched = match_rows(sites.frame, case.subject_where)
        if not matched.any():
            continue
        chosen, positions = sites.select(matched), np.flatnonzero(matched)
        if rule.relation not in SPATIAL:
            yield _judge_field(chosen, positions, rule, case)
        elif case.layer not in ground:
            missing = {"verdict": "not_checked", "reason": "layer_missing"}
            yield make_outcomes(positions, constraint_layer=case.layer, **missing)
        else:
            yield _judge_place(chosen, positions, rule, case, ground.find(case.layer, case.where))


def make_outcomes(positions: Indices, **known: Any) -> Outcomes:
    """Return outcomes of the sites at `positions`; columns that are not `known` are empty."""
    outcomes = {
        name: np.full(len(positions), *((np.nan,) if kind == "float64" else (None, object)))
        for name, kind in COLUMNS.items()
    }
    for name, values in known.items():
        outcomes[name][:] = values
    segment = np.full((len(positions), 2, 2), np.nan)
    return {"position": positions, "segment": segment, **outcomes}


def _tell_undecided(sites: Features, case: Case, undecided: Mask) -> Outcomes:
    positions = np.flatnonzero(undecided)
    empty = [find_empty(sites.frame, field)[positions] for field in case.subject_where]
    fields = np.array(list(case.subject_where), dtype=object)[np.argmax(empty, axis=0)]
    return make_outcomes(positions, verdict="not_checked", reason="field_empty", field=fields)


def _judge_field(sites: Features, positions: Indices, rule: Rule, case: Case) -> Outcomes:
    """Return what a rule on the sites' own field says: at_most, at_least or present.

    `present` is broken by an empty field; the other two cannot be checked where it is empty,
    and none of them for a site that has no such field at all: a point that is only asked about.
    """
    empty = find_empty(sites.frame, case.field)
    if rule.relation == "present":
        broken = empty
        unchecked = np.full(len(positions), case.field not in sites.frame)
        numbers: dict[str, Any] = {}
    else:
        values = np.full(len(positions), np.nan)
        values[~empty] = sites.frame[case.field][~empty] if case.field in sites.frame else np.nan
        broken = values > case.limit if rule.relation == "at_most" else values < case.limit
        unchecked = empty
        numbers = {"value": values, "allowed": case.limit}
    verdicts = np.select([unchecked, broken], ["not_checked", "violation"], "pass").astype(object)
    reasons = np.where(unchecked, "field_empty", rule.relation + "_" + verdicts)
    told = {"verdict": verdicts, "reason": reasons, "field": case.field}
    return make_outcomes(positions, **told, **numbers)


def _judge_place(
    sites: Features, positions: Indices, rule: Rule, case: Case, constraint: Features
) -> Outcomes:
    """Return what a rule on where the sites lie says: within, intersects, not_within, overlaps."""
    nearest, half_widths = _measure_distances(sites, constraint, from_edge=rule.from_edge)
    distances = np.maximum(nearest.distance_m - half_widths, 0.0)
    known: dict[str, Any] = {}
    feature, overlaps = nearest.feature, np.zeros(len(positions))
    if rule.relation == "overlaps":
        overlaps, largest = measure_overlaps(sites, constraint)
        feature = np.where(largest == NONE, feature, largest)
        known = {"overlap_m2": overlaps}
    # accuracies are bounds, not standard deviations: what two layers may be off, they may be
    # off in opposite directions
    tolerance = sites.spec.accuracy_m + constraint.spec.accuracy_m
    limit = case.limit if rule.relation == "within" else 0.0
    margins = limit - distances if rule.relation == "not_within" else distances - limit
    found = nearest.feature != NONE
    # the feature -1, none, takes the last name
    names = np.array([*constraint.frame["id"], None], dtype=object)
    verdicts, reasons = _judge_distances(rule, case, distances, overlaps, tolerance)
    outcomes = make_outcomes(
        positions,
        verdict=np.where(sites.has_shape, verdicts, "not_checked"),
        reason=np.where(sites.has_shape, reasons, "no_geometry"),
        distance_m=distances,
        limit_m=limit,
        margin_m=margins,
        tolerance_m=tolerance,
        half_width_m=np.where(found, half_widths, np.nan),
        constraint_layer=case.layer,
        constraint=names[feature],
        **known,
    )
    return {**outcomes, "segment": nearest.segment}


def _judge_distances(
    rule: Rule, case: Case, distances: Floats, overlaps: Floats, tolerance: float
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return verdicts and reasons; a distance that is NaN means that there is nothing near.

    Marginal is what lies nearer to the limit than `tolerance`. At the limit 0 that is so only
    outside: what touches, touches.
    """
    apart = np.isnan(distances)
    outside = (distances > 0) & (distances < tolerance)
    if rule.relation == "within":
        marginal = np.abs(distances - case.limit) < tolerance
        broken = distances <= case.limit
    elif rule.relation == "intersects":
        marginal, broken = outside, distances == 0
    elif rule.relation == "not_within":
        marginal, broken = outside, ~(distances == 0)
    else:
        broken = overlaps > max(case.limit, LEAST_OVERLAP_M2)
        marginal = ~broken & (distances < tolerance)
    verdicts = np.select([marginal, broken], ["marginal", "violation"], "pass").astype(object)
    endings = np.where(apart, "none", verdicts)
    return verdicts, rule.relation + "_" + endings


def _measure_distances(
    sites: Features, constraint: Features, *, from_edge: bool
) -> tuple[Nearest, Floats]:
    """Return the nearest feature of each site, and the half-width to take off its distance.

    Where distances start at the edge, a wide road further off may be the nearer one: each
    width is asked by itself.
    """
    if not from_edge:
        return find_nearest(sites.shapes, constraint.shapes), np.zeros(len(sites.frame))
    count = len(sites.frame)
    feature, taken_off = np.full(count, NONE), np.zeros(count)
    distances, segments = np.full(count, np.nan), np.full((count, 2, 2), np.nan)
    for width, chosen, shapes in constraint.by_half_width:
        found = find_nearest(sites.shapes, shapes)
        to_edge = np.maximum(found.distance_m - width, 0)
        nearer = found.feature != NONE
        nearer &= (feature == NONE) | (to_edge < np.maximum(distances - taken_off, 0))
        feature[nearer] = chosen[found.feature[nearer]]
        taken_off[nearer] = width
        distances[nearer] = found.distance_m[nearer]
        segments[nearer] = found.segment[nearer]
    return Nearest(feature, distances, segments), taken_off
