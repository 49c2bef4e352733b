"""The coordinate columns of a table into geometries, and the system that they are in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo_rv.errors import ColumnsUnknown, CoordinatesMissing
from geo_rv.formats.angles import Angles, parse_angles, parse_pairs
from geo_rv.geodesy.crs import STORED
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.place.datum_column import read_datums
from geo_rv.intake.place.reference import choose_crs, tell_parameters
from geo_rv.intake.tables.axes import Axes, find_axes
from geo_rv.intake.tables.cells import Sheet
from geo_rv.intake.tables.notes import leave_out_notes
from geo_rv.intake.tables.pairs import (
    Pair,
    Placed,
    bound_project,
    lie_in,
    place_degrees,
    place_metres,
)
from geo_rv.intake.tables.parted import join_parted
from geo_rv.intake.tables.wkt import read_wkt
from geo_rv.intake.wish import Axis, Task
from geo_rv.messages import Names, tell

Mask = NDArray[np.bool_]

_FOR_DEGREES: tuple[tuple[Axis, ...], ...] = (
    ("wkt",), ("lon", "lat"), ("east", "north"), ("x", "y"), ("point",),
)  # fmt: skip
_FOR_METRES: tuple[tuple[Axis, ...], ...] = (("wkt",), ("east", "north"), ("x", "y"), ("point",))
_OPEN: frozenset[tuple[Axis, ...]] = frozenset({("x", "y"), ("point",)})
"""Columns that do not say which way round they are."""
_DEGREES_UP_TO = 360.0
_DIGIT = r"[0-9０-９]"


@dataclass(frozen=True)
class Located:
    """A table with the geometries that its rows have."""

    sheet: Sheet
    """Without the rows that are no features; its problems tell all that was seen."""
    geometry: NDArray[np.object_]
    """One geometry a row; None where the row brings none that can be read."""
    is_told: Mask
    """Where the problems tell why there is none."""
    headings: tuple[str, ...]
    """The columns that were taken."""
    crs: pyproj.CRS
    datums: pd.Series | None
    """The datum that each row states, missing where it states none; None where `crs` says all."""


def locate_rows(sheet: Sheet, task: Task, *, file: str) -> Located:
    """Return the geometries of `sheet`, by the columns that hold them.

    They are in the system that the user named; where none was named, degrees are read as
    CGCS2000 (unless a column or somebody says another datum), and metres in the zone that the
    eastings carry, or in the project's own where they lie in the project. Raises
    CoordinatesMissing, CrsMissing, AxesAmbiguous, ColumnsUnknown or what `choose_crs` raises.
    """
    given = _choose_given(task, file)
    sheet = join_parted(sheet, task.wish.columns)
    axes = find_axes(sheet.table, task.wish.columns, file=file)
    taken = _choose_columns(axes, sheet, given, file)
    headings = tuple(axes.headings[axis] for axis in taken)
    has_place = np.zeros(len(sheet.rows), dtype=bool)
    for heading in headings:
        has_place |= sheet.table[heading].str.contains(_DIGIT, na=False).to_numpy(dtype=bool)
    sheet, _ = leave_out_notes(sheet, has_place)
    if taken == ("wkt",):
        located = _locate_drawings(sheet, headings, task, file)
    else:
        located = _locate_points(sheet, taken, headings, given, task, file)
    located = _state_datums(located, axes, given)
    notes = tell_parameters(located.crs, task.wish.parameters)
    return replace(located, sheet=_add_problems(located.sheet, notes))


def has_places(sheet: Sheet, task: Task) -> bool:
    """Return whether `sheet` has rows, and columns that coordinates may stand in."""
    named = task.wish.columns
    try:
        axes = find_axes(join_parted(sheet, named).table, named, file="")
    except ColumnsUnknown:
        return False
    is_there = any(all(axis in axes.headings for axis in wanted) for wanted in _FOR_DEGREES)
    return is_there and len(sheet.rows) > 0


def _choose_given(task: Task, file: str) -> pyproj.CRS | None:
    """Return the system that the user named, if any."""
    if task.wish.crs is None:
        return None
    return choose_crs(None, task.wish.crs, file=file, parameters=task.wish.parameters)


def _choose_columns(
    axes: Axes, sheet: Sheet, given: pyproj.CRS | None, file: str
) -> tuple[Axis, ...]:
    """Return the axes that the geometries are made of: what fits the user's system, if any."""
    in_metres = given is not None and given.is_projected
    for wanted in _FOR_METRES if in_metres else _FOR_DEGREES:
        if all(axis in axes.headings for axis in wanted):
            return wanted
    raise CoordinatesMissing(
        file=file,
        columns=Names(sheet.table.columns),
        wanted=tell("intake.wanted.metres" if in_metres else "intake.wanted.degrees"),
    )


def _locate_drawings(sheet: Sheet, headings: tuple[str, ...], task: Task, file: str) -> Located:
    drawings = read_wkt(sheet.table[headings[0]], sheet.rows)
    crs = choose_crs(
        drawings.srid,
        task.wish.crs,
        file=file,
        default=STORED.to_string(),
        parameters=task.wish.parameters,
    )
    return Located(
        sheet=_add_problems(sheet, drawings.problems),
        geometry=drawings.geometry,
        is_told=drawings.is_told,
        headings=headings,
        crs=crs,
        datums=None,
    )


def _locate_points(
    sheet: Sheet,
    taken: tuple[Axis, ...],
    headings: tuple[str, ...],
    given: pyproj.CRS | None,
    task: Task,
    file: str,
) -> Located:
    across, up, problems = _parse_columns(sheet, headings, task)
    is_missing = sheet.table[list(headings)].isna().any(axis=1).to_numpy(dtype=bool)
    is_wrong = (across.is_wrong | up.is_wrong) & ~is_missing
    is_read = ~is_missing & ~is_wrong
    pair = Pair(
        numbers=np.column_stack([across.degrees, up.degrees]),
        axes=np.column_stack([across.axis, up.axis]),
        is_read=is_read,
        rows=sheet.rows,
        headings=headings,
        is_open=taken in _OPEN,
    )
    largest = np.abs(pair.numbers[is_read]).max(axis=1, initial=0.0)
    in_metres = len(largest) > 0 and float(np.median(largest)) > _DEGREES_UP_TO
    if given is not None and given.is_projected:
        placed = place_metres(pair, given, task, file=file)
    elif given is None and in_metres and taken != ("lon", "lat"):
        placed = place_metres(pair, None, task, file=file)
    else:
        placed = place_degrees(pair, given or STORED)
    is_sixty = (across.is_sixty | up.is_sixty) & is_wrong
    problems += [
        *_tell_unread(sheet, headings, is_missing, is_wrong & ~is_sixty, is_sixty),
        *placed.problems,
    ]
    problems += _suspect_packed(sheet, headings, placed, task)
    geometry = np.full(len(sheet.rows), None, dtype=object)
    geometry[placed.is_placed] = shapely.points(placed.points[placed.is_placed])
    sheet = _add_problems(sheet, problems)
    return Located(sheet, geometry, ~placed.is_placed, headings, placed.crs, None)


def _parse_columns(
    sheet: Sheet, headings: tuple[str, ...], task: Task
) -> tuple[Angles, Angles, list[Problem]]:
    """Return what the two columns, or the two halves of the one, hold."""
    form = task.wish.angles
    if len(headings) == 2:
        across, up = (parse_angles(sheet.table[heading], form=form) for heading in headings)
        return across, up, []
    across, up, has_height = parse_pairs(sheet.table[headings[0]], form=form)
    count = int(has_height.sum())
    return across, up, [Problem("heights_left", "warning", facts={"count": count})] * bool(count)


def _suspect_packed(
    sheet: Sheet, headings: tuple[str, ...], placed: Placed, task: Task
) -> list[Problem]:
    """Return a warning where dd.mmss brings all points into the project, and degrees none."""
    bounds = bound_project(task.surroundings)
    if bounds is None or placed.crs.is_projected or not placed.is_placed.any():
        return []
    x, y = placed.points[placed.is_placed].T
    if task.wish.angles != "degrees" or lie_in(x, y, bounds).any():
        return []
    packed = replace(task, wish=replace(task.wish, angles="dd.mmss"))
    across, up, _ = _parse_columns(sheet, headings, packed)
    x, y = across.degrees[placed.is_placed], up.degrees[placed.is_placed]
    is_inside = lie_in(x, y, bounds) | lie_in(y, x, bounds)
    return [Problem("angles_packed", "warning")] if is_inside.all() else []


def _tell_unread(
    sheet: Sheet, headings: tuple[str, ...], is_missing: Mask, is_wrong: Mask, is_sixty: Mask
) -> list[Problem]:
    def show(mask: Mask) -> pd.Series:
        cells = [sheet.table.loc[mask, heading].str.slice(0, 40) for heading in headings]
        return cells[0] if len(cells) == 1 else cells[0].str.cat(cells[1], sep=", ")

    rows = sheet.rows
    return [
        *list_problems(is_missing, rows, "coordinates_missing"),
        *list_problems(is_wrong, rows, "coordinates_unreadable", value=show(is_wrong)),
        *list_problems(is_sixty, rows, "angle_sixty", value=show(is_sixty)),
    ]


def _state_datums(located: Located, axes: Axes, given: pyproj.CRS | None) -> Located:
    """Return `located` with the datum that each row states, as far as that has a meaning.

    Degrees in a system that the user named need none. Metres in a plane are CGCS2000 or
    WGS 84: a row that says a shifted datum is refused.
    """
    column = axes.list_datum()
    sheet = _add_problems(located.sheet, axes.problems)
    located = replace(located, sheet=sheet, headings=(*located.headings, *column))
    if not column:
        unsaid = located.crs == STORED and given is None
        nothing = pd.Series(None, index=range(len(sheet.rows)), dtype=object)
        return replace(located, datums=nothing if unsaid else None)
    datums, problems = read_datums(sheet.table[column[0]], sheet.rows)
    if located.crs.is_projected:
        is_shifted = datums.isin(["gcj02", "bd09"]).to_numpy()
        problems += list_problems(
            is_shifted, sheet.rows, "datum_in_metres", value=sheet.table.loc[is_shifted, column[0]]
        )
        return replace(located, sheet=_add_problems(sheet, problems), datums=None)
    return replace(located, sheet=_add_problems(sheet, problems), datums=datums)


def _add_problems(sheet: Sheet, problems: Iterable[Problem]) -> Sheet:
    return replace(sheet, problems=(*sheet.problems, *problems))
