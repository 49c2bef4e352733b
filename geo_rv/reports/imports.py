"""What files would bring, as JSON-ready rows: what was understood, and what is wrong row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo_rv.catalogue import Catalogue, LayerSpec
from geo_rv.frames import Mode
from geo_rv.geodesy.crs import STORED
from geo_rv.geodesy.datum import Datum
from geo_rv.intake import Candidate, Problem
from geo_rv.intake.candidate import Severity
from geo_rv.messages import Language, text

SHOWN_PROBLEMS = 200
"""Problems of one candidate that are listed unless more are asked for; all are counted."""
SHOWN_ROWS = 5
"""Rows that a group of problems names."""

SEVERITIES: tuple[Severity, ...] = ("refused", "repair", "warning")
"""The gravest first."""

_IN_DEGREES: Mapping[str, Datum] = {STORED.name: "cgcs2000", "WGS 84": "wgs84"}

Told = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What would become of the features of one layer."""

    kind: str
    added: int
    changed: int
    unchanged: int
    removed: int


def tell_candidates(
    candidates: Sequence[Candidate],
    outcomes: Iterable[Outcome],
    catalogue: Catalogue,
    *,
    mode: Mode,
    language: Language,
    limit: int | None,
) -> Told:
    """Return mode, rows, candidates and outcome.

    ``rows`` counts those read, accepted, to_repair and refused, each row once; ``candidates`` are
    as `tell_candidate` has them, ``outcome`` tells what would become of each layer if repairs are
    agreed to and refused rows stay out.
    """
    told = [
        tell_candidate(candidate, catalogue[candidate.kind], language=language, limit=limit)
        for candidate in candidates
    ]
    return {
        "mode": mode,
        "mode_title": text(f"imports.mode.{mode}", language),
        "rows": {
            key: sum(each["rows"][key] for each in told)
            for key in ("read", "accepted", "to_repair", "refused")
        },
        "candidates": told,
        "outcome": [
            {
                "layer": outcome.kind,
                "layer_title": catalogue[outcome.kind].title.in_language(language),
                "added": outcome.added,
                "changed": outcome.changed,
                "unchanged": outcome.unchanged,
                "removed": outcome.removed,
            }
            for outcome in outcomes
        ],
    }


def tell_candidate(
    candidate: Candidate, spec: LayerSpec, *, language: Language, limit: int | None
) -> Told:
    """Return what was understood of one layer of a file, and what is wrong with it.

    Keys: file, layer, layer_title, layer_in_source, format, format_title, crs, crs_title, datum
    and datum_title (None where the coordinate system says it), rows, made_identity, columns (field,
    title, heading, likeness), left_out (headings), totals (`tell_totals`), and problems: the
    gravest and first `limit` of them.
    """
    ordered = sort_problems(candidate.problems)
    datum = candidate.datum
    return {
        "file": candidate.source,
        "layer": candidate.kind,
        "layer_title": spec.title.in_language(language),
        "layer_in_source": candidate.layer_in_source,
        "format": candidate.format,
        "format_title": text(f"intake.format.{candidate.format}", language).strip(),
        "crs": candidate.crs,
        "crs_title": _name_crs(candidate.crs, language),
        "datum": datum,
        "datum_title": None if datum is None else text(f"imports.datum.{datum}", language),
        "rows": count_rows(candidate),
        "made_identity": candidate.made_identity,
        "columns": list(_tell_columns(candidate, spec, language)),
        "left_out": list(candidate.unmatched_columns),
        "totals": tell_totals(ordered, spec, language=language),
        "problems": [tell_problem(problem, spec, language) for problem in ordered[:limit]],
    }


def count_rows(candidate: Candidate) -> dict[str, int]:
    """Return how many rows were read, and how many are accepted, to_repair and refused."""
    to_repair = int(np.count_nonzero(candidate.is_repaired))
    return {
        "read": candidate.rows_read,
        "accepted": len(candidate.frame) - to_repair,
        "to_repair": to_repair,
        "refused": candidate.rows_read - len(candidate.frame),
    }


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems with the gravest first, those of one severity by row."""
    rank = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(problems, key=lambda problem: (rank[problem.severity], problem.row or 0))


def tell_totals(problems: Iterable[Problem], spec: LayerSpec, *, language: Language) -> list[Told]:
    """Return one row for each kind of problem with each field: how often, and where first.

    ``problem`` and ``remedy`` are those of the first row; ``rows`` the numbers of the first rows.
    """
    groups: dict[tuple[Severity, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.severity, problem.key, problem.field), []).append(problem)
    return [
        {
            "key": group[0].key,
            "count": len(group),
            "rows": [problem.row for problem in group[:SHOWN_ROWS] if problem.row is not None],
        }
        | tell_problem(group[0], spec, language)
        for group in groups.values()
    ]


def _tell_columns(candidate: Candidate, spec: LayerSpec, language: Language) -> Iterable[Told]:
    for name, match in candidate.columns.items():
        yield {
            "field": name,
            "title": spec.field_by_name[name].title.in_language(language),
            "heading": match.heading,
            "likeness": match.likeness,
        }


def tell_problem(problem: Problem, spec: LayerSpec, language: Language) -> Told:
    """Return where a problem is, how grave, what is wrong, and what to do about it."""
    """Return one problem: its place, its field, what is wrong, and what to do."""
    return {
        "row": problem.row,
        "feature": problem.feature,
        "key": problem.key,
        "field": problem.field,
        "field_title": _name_field(problem.field, spec.field_by_name, language),
        "severity": problem.severity,
        "severity_title": text(f"imports.severity.{problem.severity}", language),
        "problem": problem.tell_wrong(language),
        "remedy": problem.tell_remedy(language),
    }


def _name_crs(crs: str, language: Language) -> str:
    """Return what a coordinate system is called: those in degrees by their datum."""
    datum = _IN_DEGREES.get(crs)
    return crs if datum is None else text(f"imports.datum.{datum}", language)


def _name_field(name: str, fields: Mapping[str, Any], language: Language) -> str:
    return fields[name].title.in_language(language) if name in fields else name
