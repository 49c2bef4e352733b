"""A raw layer into a candidate: columns into fields, geometries into place, rows judged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.intake.candidate import Candidate, Match, Problem
from geo_rv.intake.columns import match_columns, tell_likened
from geo_rv.intake.fields import read_fields
from geo_rv.intake.identity import (
    MOST_CHARACTERS,
    find_brought_problems,
    find_identity_problems,
    make_identities,
)
from geo_rv.intake.place.datum import settle_datum
from geo_rv.intake.place.geometry import find_placed, judge_geometries, place_geometries
from geo_rv.intake.quality.batch import VILLAGE, Batch
from geo_rv.intake.quality.judge import judge_batch
from geo_rv.intake.quality.place import find_vicinity
from geo_rv.intake.quality.repair import mend_shapes
from geo_rv.intake.quality.thresholds import load_thresholds
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.shapes import Shapes
from geo_rv.intake.update import find_kept, judge_update, keep_untold
from geo_rv.intake.values import to_texts
from geo_rv.intake.wish import Task
from geo_rv.progress import Progress, keep_quiet

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@np.errstate(invalid="ignore")  # a vertex that is no number is told, not warned of
def build_candidate(
    raw: RawLayer, spec: LayerSpec, task: Task, *, progress: Progress = keep_quiet
) -> Candidate:
    """Return `raw` as a candidate for the layer `spec`, each row judged as `task` says.

    Raises ColumnsUnknown, DatumContradicted, and what `progress` raises.
    """
    matched = match_columns(raw.attributes.columns, spec, named=task.wish.columns, file=raw.source)
    columns = {name: match.heading for name, match in matched.items()}
    brought = _take_identities(raw, columns)
    is_kept = find_kept(brought, len(raw.rows), task.surroundings, spec)
    values, problems = read_fields(raw.attributes, raw.rows, spec, columns, is_kept)
    known = values if brought is None else {**values, IDENTITY: brought}
    shapes = _take_shapes(raw, spec, task, known)
    problems += [
        *raw.problems,
        *tell_likened(matched, spec),
        *judge_update(task.surroundings, has_identities=brought is not None),
        *judge_geometries(raw.geometry[~raw.is_told], spec, raw.rows[~raw.is_told]),
        *shapes.problems,
        *([] if brought is None else find_identity_problems(brought, raw.rows)),
    ]
    if brought is None:
        known = {**known, IDENTITY: make_identities(raw.geometry, raw.attributes)}
    earlier = [each for each in task.surroundings.brought if each.kind == spec.kind]
    made = brought is None
    problems += find_brought_problems(known[IDENTITY], raw.rows, earlier, made=made)
    frame = GeoDataFrame(known, geometry=shapes.geometry, crs=STORED)
    batch = Batch(
        spec=spec,
        frame=keep_untold(conform_frame(frame, spec), matched, task.surroundings, spec),
        told=frozenset(matched),
        rows=raw.rows,
        is_placed=find_placed(shapes.geometry),
        is_coming=~_find_rows(problems, "refused", raw.rows),
        crs=raw.crs,
        around=task.surroundings,
        village_accuracy_m=task.catalogue[VILLAGE].accuracy_m,
        thresholds=load_thresholds(),
        progress=progress,
    )
    batch, told = judge_batch(batch, gaps=task.wish.gaps)
    problems += told
    if brought is not None:
        is_short = brought.str.len() <= MOST_CHARACTERS
        problems = _name_features(problems, brought.where(is_short), raw.rows)
    return _make_candidate(raw, batch, shapes, matched, problems, made_identity=made)


def _take_shapes(
    raw: RawLayer, spec: LayerSpec, task: Task, values: Mapping[str, pd.Series]
) -> Shapes:
    """Return the geometries of `raw` in EPSG:4490, with the repairs that they need proposed."""
    thresholds = load_thresholds()
    near = find_vicinity(task.surroundings, spec.kind, thresholds)
    shapes = place_geometries(raw.geometry, raw.crs, raw.rows, near=near)
    shapes = settle_datum(shapes, raw, spec, task, values)
    return mend_shapes(shapes, thresholds)


def _make_candidate(
    raw: RawLayer,
    batch: Batch,
    shapes: Shapes,
    matched: dict[str, Match],
    problems: list[Problem],
    *,
    made_identity: bool,
) -> Candidate:
    is_refused = _find_rows(problems, "refused", raw.rows)
    is_repaired = _find_rows(problems, "repair", raw.rows)
    headings = {match.heading for match in matched.values()}
    return Candidate(
        kind=batch.spec.kind,
        frame=batch.frame[~is_refused].reset_index(drop=True),
        rows=raw.rows[~is_refused],
        is_repaired=is_repaired[~is_refused],
        before=shapes.before[~is_refused],
        source=raw.source,
        layer_in_source=raw.name,
        format=raw.format,
        crs=raw.crs.name,
        datum=shapes.datum,
        rows_read=len(raw.rows),
        made_identity=made_identity,
        columns=matched,
        unmatched_columns=tuple(
            str(name) for name in raw.attributes.columns if name not in headings
        ),
        refused_rows=_list_rows(raw, is_refused, matched),
        refused_shapes=shapes.geometry[is_refused],
        refused_before=shapes.before[is_refused],
        repaired_rows=_list_rows(raw, is_repaired & ~is_refused, matched),
        coordinate_columns=raw.coordinate_columns,
        datums=None if raw.datums is None else raw.datums.set_axis(raw.rows),
        problems=tuple(sorted(problems, key=lambda problem: (problem.severity, problem.row or 0))),
    )


def _find_rows(problems: list[Problem], severity: str, rows: Rows) -> Mask:
    """Return which of `rows` have a problem of `severity`: all where the whole file has it."""
    found = [problem.row for problem in problems if problem.severity == severity]
    if None in found:
        return np.ones(len(rows), dtype=bool)
    return np.isin(rows, np.array(found, dtype=np.int64))


def _list_rows(raw: RawLayer, is_wanted: Mask, columns: Mapping[str, object]) -> pd.DataFrame:
    """Return rows as the file has them, with the identities that stand beside its columns."""
    table = raw.table[is_wanted].set_axis(raw.rows[is_wanted], axis=0)
    if IDENTITY in columns or raw.feature_ids is None or raw.feature_ids.isna().all():
        return table
    return table.assign(**{IDENTITY: raw.feature_ids[is_wanted].to_numpy()})


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
    # there may be as many as rows, and `dataclasses.replace` takes twice as long
    return [
        Problem(one.key, one.severity, one.row, by_row[one.row], one.field, one.facts)
        if isinstance(by_row.get(one.row), str)
        else one
        for one in problems
    ]
