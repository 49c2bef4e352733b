"""A raw layer into a candidate: columns into fields, geometries into place, rows judged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, Field, LayerSpec
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.intake.candidate import Candidate, Problem, list_problems
from geo_rv.intake.geometry import find_invalid, judge_geometries, place_geometries
from geo_rv.intake.identity import find_identity_problems, make_identities
from geo_rv.intake.match import match_columns
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.values import parse_column, to_texts

_SHOWN_CHARACTERS = 40

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@np.errstate(invalid="ignore")  # a vertex that is no number is told, not warned of
def build_candidate(raw: RawLayer, spec: LayerSpec, *, source: str) -> Candidate:
    """Return `raw`, from the file `source`, as a candidate for the layer `spec`."""
    matched = match_columns(raw.table.columns, spec)
    values, problems = _read_fields(raw, spec, matched)
    problems += raw.problems
    problems += judge_geometries(raw.geometry[~raw.is_told], spec, raw.rows[~raw.is_told])
    placed, placing = place_geometries(raw.geometry, raw.crs, raw.rows)
    problems += [*placing, *find_invalid(placed, raw.rows)]
    brought = _take_identities(raw, matched)
    if brought is None:
        values[IDENTITY] = make_identities(raw.geometry, raw.table)
    else:
        values[IDENTITY] = brought
        problems += find_identity_problems(brought, raw.rows)
        problems = _name_features(problems, brought, raw.rows)
    refused = {problem.row or 0 for problem in problems if problem.severity == "refused"}
    frame = GeoDataFrame(values, geometry=placed, crs=STORED)
    return Candidate(
        kind=spec.kind,
        frame=conform_frame(frame[~np.isin(raw.rows, list(refused))], spec),
        source=source,
        layer_in_source=raw.name,
        rows_read=len(raw.rows),
        made_identity=brought is None,
        unmatched_columns=tuple(
            str(name) for name in raw.table.columns if name not in matched.values()
        ),
        problems=tuple(sorted(problems, key=lambda problem: (problem.severity, problem.row or 0))),
    )


def _read_fields(
    raw: RawLayer, spec: LayerSpec, matched: dict[str, str]
) -> tuple[dict[str, pd.Series], list[Problem]]:
    """Return the values of each field but the identity, and what is wrong with them."""
    values, problems = {}, []
    for field in spec.fields:
        if field.name == IDENTITY:
            continue
        if field.name in matched:
            column = raw.table[matched[field.name]].reset_index(drop=True)
            parsed, is_wrong = parse_column(column, field)
            shown = to_texts(column[is_wrong]).str.slice(0, _SHOWN_CHARACTERS)
            problems += list_problems(
                is_wrong,
                raw.rows,
                "value_unreadable",
                field=field.name,
                title=field.title,
                value=shown,
            )
            values[field.name] = parsed
            is_missing = parsed.isna().to_numpy() & ~is_wrong
        else:
            is_missing = np.ones(len(raw.rows), dtype=bool)
        problems += _judge_missing(is_missing, field, raw.rows)
    return values, problems


def _judge_missing(is_missing: Mask, field: Field, rows: Rows) -> list[Problem]:
    """Return what it means that a field has no value where `is_missing` holds.

    The field's default is taken, and told; a required field without one keeps the row out.
    """
    if not is_missing.any():
        return []
    if field.default is not None:
        taken = field.choices.get(str(field.default), field.default)
        facts = {"title": field.title, "count": int(is_missing.sum()), "value": taken}
        return [Problem("default_taken", "warning", field=field.name, facts=facts)]
    if not field.required:
        return []
    if is_missing.all():
        facts = {"title": field.title, "field": field.name}
        return [Problem("field_missing", field=field.name, facts=facts)]
    return list_problems(is_missing, rows, "value_missing", field=field.name, title=field.title)


def _take_identities(raw: RawLayer, matched: dict[str, str]) -> pd.Series | None:
    """Return the identities that the file brings, or None where it brings none at all."""
    if IDENTITY in matched:
        brought = to_texts(raw.table[matched[IDENTITY]].reset_index(drop=True))
        if brought.notna().any():
            return brought
    if raw.feature_ids is not None and raw.feature_ids.notna().any():
        return raw.feature_ids
    return None


def _name_features(problems: list[Problem], identities: pd.Series, rows: Rows) -> list[Problem]:
    """Return `problems` with the identity of each row that has one."""
    by_row = dict(zip(rows.tolist(), identities.tolist(), strict=True))
    return [
        dataclasses.replace(problem, feature=by_row[problem.row])
        if isinstance(by_row.get(problem.row), str)
        else problem
        for problem in problems
    ]
