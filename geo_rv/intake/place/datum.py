"""Degrees into CGCS2000: by what the file says, else by what the user says, else by what fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import LayerSpec
from geo_rv.errors import DatumContradicted
from geo_rv.geodesy.datum import DATUMS, SHIFTED, Datum, lie_in_box, move_geometries
from geo_rv.geodesy.measure import measure_distance_m
from geo_rv.intake.candidate import Problem
from geo_rv.intake.place.readings import Evidence, compare_readings, thin
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.shapes import Geometries, Mask, Shapes
from geo_rv.intake.wish import Task
from geo_rv.messages import Text, tell

PLAIN: Datum = "cgcs2000"
SHIFTING_FORMATS: Mapping[str, Datum] = {"ovkml": "gcj02"}
"""Formats whose program writes a shifted datum unless the row says another."""

_SHOWN_REASONS = 2

_Datums = NDArray[np.object_]


def settle_datum(
    shapes: Shapes,
    raw: RawLayer,
    spec: LayerSpec,
    task: Task,
    values: Mapping[str, pd.Series],
) -> Shapes:
    """Return `shapes`, degrees in whatever datum `raw` is in, in CGCS2000.

    A row that states its datum is moved by it. For the others the user's word holds, and without
    one the reading that clearly fits what the project holds: where that is a shifted one, or the
    program that made the file writes shifted ones, the move is proposed as a repair of the file.
    `values` are the fields of the layer for the same rows. All is told; `before` stays as the file
    has it. Raises DatumContradicted where the user says another datum than the file.
    """
    stated = _list_stated(raw, task)
    if stated is None:
        return shapes
    is_shifting = _lie_where_shifted(shapes.geometry)
    is_unsaid = pd.isna(stated)
    datums = stated.copy()
    notes = [
        _note("datum_stated", datum, shapes, (stated == datum) & is_shifting) for datum in SHIFTED
    ]
    if task.wish.datum is not None:
        datums[is_unsaid] = task.wish.datum
        if task.wish.datum in SHIFTED:
            notes.append(_note("datum_given", task.wish.datum, shapes, is_unsaid & is_shifting))
    elif (is_unsaid & is_shifting).any():
        chosen, note = _choose_reading(shapes, is_unsaid & is_shifting, raw, spec, task, values)
        datums[is_unsaid] = chosen
        notes.append(note)
    else:
        datums[is_unsaid] = PLAIN
    moved = shapes.geometry.copy()
    for datum in SHIFTED:
        is_meant = (datums == datum) & is_shifting
        moved[is_meant] = move_geometries(moved[is_meant], datum)
    told = [note for note in notes if note.facts["count"]]
    return replace(shapes, geometry=moved, datum=_name_datum(datums)).with_problems(told)


def name_datum(datum: Datum) -> Text:
    """Return what `datum` is called."""
    return tell(f"intake.datum_name.{datum}")


def _list_stated(raw: RawLayer, task: Task) -> _Datums | None:
    """Return the datum of each row, None where it is unsaid; no list where the system says all."""
    given = task.wish.datum
    if raw.datums is None or raw.crs.is_projected:
        # a system in degrees is what programs write that know nothing of shifts: the user may
        # know better, but metres have a datum of their own
        if given not in SHIFTED:
            return None
        if raw.crs.is_projected:
            raise DatumContradicted(file=raw.source, own=raw.crs.name, given=name_datum(given))
        return np.full(len(raw.rows), None, dtype=object)
    stated = raw.datums.to_numpy(dtype=object)
    for own in DATUMS:
        if given is not None and (stated == own).any() and not _are_same(own, given):
            raise DatumContradicted(file=raw.source, own=name_datum(own), given=name_datum(given))
    return stated


def _are_same(one: Datum, other: Datum) -> bool:
    return one == other or not {one, other} & set(SHIFTED)


def _choose_reading(
    shapes: Shapes,
    is_unsaid: Mask,
    raw: RawLayer,
    spec: LayerSpec,
    task: Task,
    values: Mapping[str, pd.Series],
) -> tuple[Datum, Problem]:
    """Return the datum of the rows that do not say theirs, and what is to be told of it."""
    unsaid = {name: column[is_unsaid] for name, column in values.items()}
    evidence = compare_readings(shapes.geometry[is_unsaid], unsaid, spec, task)
    found = {piece.datum for piece in evidence}
    reason = _join_reasons(evidence)
    if len(found) == 1:
        (datum,) = found
        key = "datum_proposed" if datum in SHIFTED else "datum_kept"
    elif raw.format in SHIFTING_FORMATS:
        datum, key = SHIFTING_FORMATS[raw.format], "datum_proposed"
        reason = tell(f"intake.datum.made_by_{raw.format}")
    else:
        datum, key = PLAIN, "datum_unclear" if found else "datum_unknown"
    return datum, _note(key, datum, shapes, is_unsaid, reason=reason)


def _note(key: str, datum: Datum, shapes: Shapes, rows: Mask, **facts: Text) -> Problem:
    """Return what is told of `rows`, with how far, in metres, the datum is off; or would be."""
    moved = datum if datum in SHIFTED else SHIFTED[0]
    return Problem(
        key,
        "repair" if key == "datum_proposed" else "warning",
        facts={
            "datum": name_datum(datum),
            "read_in": datum,
            "count": int(rows.sum()),
            "metres": round(_measure_move(shapes.geometry[rows], moved)),
            **facts,
        },
    )


def _measure_move(geometry: Geometries, datum: Datum) -> float:
    """Return by how many metres first vertices of `geometry` move, in the median."""
    coordinates, owners = shapely.get_coordinates(
        geometry[thin(np.arange(len(geometry)))], return_index=True
    )
    places = coordinates[np.unique(owners, return_index=True)[1]]
    if not len(places):
        return 0.0
    moved = shapely.get_coordinates(move_geometries(shapely.points(places), datum))
    return float(np.median(measure_distance_m(*places.T, *moved.T)))


def _lie_where_shifted(geometry: Geometries) -> Mask:
    """Return which geometries lie, if only in part, where there is any shift."""
    west, south, east, north = shapely.bounds(geometry).T
    return lie_in_box(west, south) | lie_in_box(east, north)


def _name_datum(datums: _Datums) -> Datum:
    """Return the datum of most rows."""
    names, counts = np.unique(datums.astype(str), return_counts=True)
    return next(datum for datum in DATUMS if datum == names[counts.argmax()])


def _join_reasons(evidence: tuple[Evidence, ...]) -> Text:
    shown = [piece.reason for piece in evidence[:_SHOWN_REASONS]]
    return Text("；".join(text.zh for text in shown), "; ".join(text.en for text in shown))
