"""What each relation of a rule means: distances and fields into verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.coverage import COVERAGES, INSIDE, OUTSIDE, VILLAGE, judge_coverage
from geo_rv.analysis.filters import Mask, find_empty, find_undecided, match_rows
from geo_rv.analysis.findings import COLUMNS, SEGMENT, TEXT, VERDICTS
from geo_rv.analysis.ground import Features, Ground
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.overlap import measure_overlaps
from geo_rv.analysis.words import Words, choose_words, join_words, repeat_word
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.rulebook import SPATIAL, Case, Rule

Outcomes = Mapping[str, Any]
"""Verdicts on sites: the columns of findings, those of text as Words, and `position`, the site."""

LEAST_OVERLAP_M2: Final = 0.01
"""To which an area is told: a smaller overlap is the noise of a shared border."""

VERDICT_WORDS: Final = np.array(VERDICTS, dtype=object)
"""The one vocabulary of all verdicts, so that their codes are the same everywhere."""
VIOLATION, MARGINAL, PASS, NOT_CHECKED, EXEMPT = (
    VERDICTS.index(verdict)
    for verdict in ("violation", "marginal", "pass", "not_checked", "exempt")
)


def judge_sites(sites: Features, rule: Rule, ground: Ground) -> Iterator[Outcomes]:
    """Yield what each case of `rule` says of the sites that it applies to.

    A site that a case may or may not apply to, because a field that decides is empty, is
    `not_checked`; one that no case applies to does not occur.
    """
    for case in rule.cases:
        chosen, positions = sites, np.arange(len(sites.frame))
        if case.subject_where:
            undecided = find_undecided(sites.frame, case.subject_where)
            if undecided.any():
                yield _tell_undecided(sites, case, undecided)
            matched = match_rows(sites.frame, case.subject_where)
            chosen, positions = sites.select(matched), np.flatnonzero(matched)
        if not len(positions):
            continue
        if rule.relation not in SPATIAL:
            yield _judge_field(chosen, positions, rule, case)
        elif case.layer not in ground:
            yield make_outcomes(
                chosen,
                positions,
                verdict=NOT_CHECKED,
                reason="layer_missing",
                constraint_layer=case.layer,
            )
        else:
            yield _judge_place(chosen, positions, rule, case, ground)


def make_outcomes(
    sites: Features, positions: Indices, *, verdict: int | Indices, **known: Any
) -> Outcomes:
    """Return outcomes of the `sites` at `positions`; columns that are not `known` are empty.

    `verdict` are indices of VERDICTS; a text is meant for every row.
    """
    count = len(positions)
    columns: dict[str, Any] = {"position": positions}
    for name, kind in COLUMNS.items():
        value = known.get(name)
        if isinstance(value, (np.ndarray, Words)):
            columns[name] = value
        elif kind == TEXT:
            columns[name] = repeat_word(value, count)
        else:
            # one number seen as many, which takes no room
            columns[name] = np.broadcast_to(np.nan if value is None else float(value), count)
    codes = np.full(count, verdict) if isinstance(verdict, int) else verdict
    columns["verdict"] = choose_words(codes, VERDICT_WORDS)
    if "site_lon" not in known:
        columns["site_lon"], columns["site_lat"] = sites.shapes.places.T
    return columns


def take_outcomes(outcomes: Outcomes, rows: Indices) -> Outcomes:
    """Return the outcomes at the indices `rows`."""
    return {
        name: Words(column.codes[rows], column.words) if isinstance(column, Words) else column[rows]
        for name, column in outcomes.items()
    }


def join_outcomes(parts: list[Outcomes]) -> Outcomes:
    """Return all outcomes, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    return {
        name: join_words(part[name] for part in parts)
        if isinstance(column, Words)
        else np.concatenate([part[name] for part in parts])
        for name, column in parts[0].items()
    }


def _tell_undecided(sites: Features, case: Case, undecided: Mask) -> Outcomes:
    positions = np.flatnonzero(undecided)
    empty = [find_empty(sites.frame, field)[positions] for field in case.subject_where]
    return make_outcomes(
        sites.select(undecided),
        positions,
        verdict=NOT_CHECKED,
        reason="field_empty",
        field=choose_words(np.argmax(empty, axis=0), tuple(case.subject_where)),
    )


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
        if case.field in sites.frame:
            values[~empty] = sites.frame[case.field][~empty]
        broken = values > case.limit if rule.relation == "at_most" else values < case.limit
        unchecked = empty
        numbers = {"value": values, "allowed": case.limit}
    verdicts = np.where(unchecked, NOT_CHECKED, np.where(broken, VIOLATION, PASS))
    keys = [f"{rule.relation}_{verdict}" for verdict in VERDICTS]
    keys[NOT_CHECKED] = "field_empty"
    return make_outcomes(
        sites,
        positions,
        verdict=verdicts,
        reason=choose_words(verdicts, keys),
        field=case.field,
        **numbers,
    )


def _judge_place(
    sites: Features, positions: Indices, rule: Rule, case: Case, ground: Ground
) -> Outcomes:
    """Return what a rule on where the sites lie says: within, intersects, not_within, overlaps."""
    constraint = ground.find(case.layer, case.where)
    widths = constraint.half_widths_m if rule.from_edge else np.zeros(len(constraint.frame))
    nearest = find_nearest(sites.shapes, constraint.shapes, half_widths_m=widths)
    # the feature NONE, the last one, has no width
    half_widths = np.append(widths, np.nan)[nearest.feature]
    distances = np.maximum(nearest.distance_m - half_widths, 0.0)
    feature, overlaps = nearest.feature, np.zeros(len(positions))
    known: dict[str, Any] = {}
    if rule.relation == "overlaps":
        overlaps, largest = measure_overlaps(sites, constraint)
        feature = np.where(largest == NONE, feature, largest)
        known = {"overlap_m2": overlaps}
    # accuracies are bounds, not standard deviations: what two layers may be off, they may be
    # off in opposite directions
    tolerance = sites.spec.accuracy_m + constraint.spec.accuracy_m
    limit = case.limit if rule.relation == "within" else 0.0
    verdicts = _judge_distances(rule, case, distances, overlaps, tolerance)
    gaps = _find_gaps(sites, rule, verdicts, ground, limit + tolerance + widths.max(initial=0.0))
    apart = np.isnan(distances)
    ends = np.where(apart[:, np.newaxis], np.nan, nearest.segment.reshape(-1, 4)).T
    ends[:2] = np.where(apart, sites.shapes.places.T, ends[:2])
    return make_outcomes(
        sites,
        positions,
        **_tell_verdicts(sites, rule, verdicts, gaps, apart=apart, ground=ground),
        distance_m=distances,
        limit_m=limit,
        margin_m=limit - distances if rule.relation == "not_within" else distances - limit,
        tolerance_m=tolerance,
        half_width_m=half_widths,
        constraint_layer=case.layer,
        constraint=Words(feature, constraint.names),
        **dict(zip(SEGMENT, ends, strict=True)),
        **known,
    )


def _find_gaps(
    sites: Features, rule: Rule, verdicts: Indices, ground: Ground, reach_m: float
) -> Indices:
    """Return the coverage of the sites whose verdict rests on there being nothing near.

    That is a pass, and of `not_within`, which asks for something, a violation. The codes are
    indices of COVERAGES.
    """
    rests = verdicts == (VIOLATION if rule.relation == "not_within" else PASS)
    if not rests.any():
        return np.full(len(verdicts), INSIDE)
    return np.where(rests, judge_coverage(sites, ground, reach_m=reach_m), INSIDE)


def _tell_verdicts(
    sites: Features, rule: Rule, verdicts: Indices, gaps: Indices, *, apart: Mask, ground: Ground
) -> dict[str, Any]:
    """Return verdict, reason and coverage of each site; `apart` is where there is nothing near.

    Outside of the villages, where the project says that its data end, nothing is known of what
    is not there. Without villages nobody says where they end: the answer stands, and says so.
    """
    # of several that hold, the first one is told
    unknown = [~sites.has_shape, (gaps == OUTSIDE) & (VILLAGE in ground)]
    known = len(VERDICTS) + 2
    keys = [f"{rule.relation}_{verdict}" for verdict in VERDICTS]
    keys += ["no_geometry", "outside_data", f"{rule.relation}_none"]
    told = np.where(apart, known, verdicts)
    return {
        "verdict": np.where(np.any(unknown, axis=0), NOT_CHECKED, verdicts),
        "reason": choose_words(np.select(unknown, [known - 2, known - 1], told), keys),
        "coverage": choose_words(np.where(gaps == INSIDE, NONE, gaps), COVERAGES),
    }


def _judge_distances(
    rule: Rule, case: Case, distances: Floats, overlaps: Floats, tolerance: float
) -> Indices:
    """Return the verdicts; a distance that is NaN means that there is nothing near.

    Marginal is what lies nearer to the limit than `tolerance`. At the limit 0 that is so only
    outside: what touches, touches.
    """
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
    return np.where(marginal, MARGINAL, np.where(broken, VIOLATION, PASS))
