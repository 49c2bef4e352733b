"""A raw layer into a candidate: columns into fields, geometries into place, rows judged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.intake.candidate import Candidate, Problem
from geo_rv.intake.fields import read_fields
from geo_rv.intake.geometry import find_invalid, judge_geometries, place_geometries
from geo_rv.intake.identity import find_identity_problems, make_identities
from geo_rv.intake.match import match_columns
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.values import to_texts

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@np.errstate(invalid="ignore")  # a vertex that is no number is told, not warned of
def build_candidate(raw: RawLayer, spec: LayerSpec) -> Candidate:
    """Return `raw` as a candidate for the layer `spec`, each row judged."""
    attributes = raw.attributes
    columns = match_columns(attributes.columns, spec)
    values, problems = read_fields(attributes, raw.rows, spec, columns)
    shapes = place_geometries(raw.geometry, raw.crs, raw.rows)
    problems += [
        *raw.problems,
        *judge_geometries(raw.geometry[~raw.is_told], spec, raw.rows[~raw.is_told]),
        *shapes.problems,
        *find_invalid(shapes.geometry, raw.rows),
    ]
    brought = _take_identities(raw, columns)
    if brought is None:
        values[IDENTITY] = make_identities(raw.geometry, attributes)
    else:
        values[IDENTITY] = brought
        problems += find_identity_problems(brought, raw.rows)
    frame = GeoDataFrame(values, geometry=shapes.geometry, crs=STORED)
    if brought is not None:
        problems = _name_features(problems, brought, raw.rows)
    is_refused = _find_rows(problems, "refused", raw.rows)
    return Candidate(
        kind=spec.kind,
        frame=conform_frame(frame[~is_refused], spec),
        rows=raw.rows[~is_refused],
        is_repaired=_find_rows(problems, "repair", raw.rows)[~is_refused],
        before=shapes.before[~is_refused],
        source=raw.source,
        layer_in_source=raw.name,
        format=raw.format,
        crs=raw.crs.name,
        datum=shapes.datum,
        rows_read=len(raw.rows),
        made_identity=brought is None,
        columns=columns,
        unmatched_columns=tuple(
            str(name) for name in attributes.columns if name not in columns.values()
        ),
        refused_rows=raw.table[is_refused].set_axis(raw.rows[is_refused], axis=0),
        refused_shapes=shapes.geometry[is_refused],
        problems=tuple(sorted(problems, key=lambda problem: (problem.severity, problem.row or 0))),
    )


def _find_rows(problems: list[Problem], severity: str, rows: Rows) -> Mask:
    """Return which of `rows` have a problem of `severity`: all where the whole file has it."""
    found = [problem.row for problem in problems if problem.severity == severity]
    if None in found:
        return np.ones(len(rows), dtype=bool)
    return np.isin(rows, np.array(found, dtype=np.int64))


def _take_identities(raw: RawLayer, columns: dict[str, str]) -> pd.Series | None:
    """Return the identities that the file brings, or None where it brings none at all."""
    if IDENTITY in columns:
        brought = to_texts(raw.table[columns[IDENTITY]].reset_index(drop=True))
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
