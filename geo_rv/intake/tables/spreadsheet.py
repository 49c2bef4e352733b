"""Delimited text and spreadsheets as raw layers: headings found, rows located."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo_rv.errors import SourceRefused
from geo_rv.intake.candidate import Problem
from geo_rv.intake.columns import list_vocabulary
from geo_rv.intake.contents import join_names, name_kind, note_left_out
from geo_rv.intake.headings import fold
from geo_rv.intake.match import choose_layers
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.tables.axes import AXIS_NAMES
from geo_rv.intake.tables.cells import Grid, Sheet, read_csv
from geo_rv.intake.tables.coordinates import has_places, locate_rows
from geo_rv.intake.tables.heading_rows import make_sheet
from geo_rv.intake.tables.parted import PART_NAMES
from geo_rv.intake.tables.returned import take_notes_off
from geo_rv.intake.tables.workbook import read_sheets, refuse_hostile_parts
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.intake.wish import Task
from geo_rv.messages import tell

Layers = tuple[RawLayer, ...]


def read_delimited(path: Path, room: Room, task: Task) -> Layers:
    """Return the one layer of a delimited text."""
    grid = read_csv(path, name=task.stem, room=room, encoding=task.wish.encoding)
    return _read_grids([grid], room, task)


def read_xlsx(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen sheets of an .xlsx workbook."""
    refuse_hostile_parts(path, room)
    return _read_workbook(path, room, task)


def read_xls(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen sheets of an .xls workbook (Excel 97 to 2003)."""
    return _read_workbook(path, room, task)


def _read_workbook(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen sheets; a hidden one only where the user names it."""
    grids, errors = read_sheets(path, room)
    if not grids:
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.no_rows"))
    named = fold(task.wish.layer or "")
    shown = [grid for grid in grids if not grid.is_hidden or fold(grid.name) == named]
    hidden = [grid.name for grid in grids if grid not in shown]
    if not shown:
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.sheets_hidden"))
    placed = _find_placed(shown, task)
    layers = _read_grids(placed, room, task)
    notes = []
    if len(placed) < len(shown):
        names = [grid.name for grid in shown if grid not in placed]
        facts = {"names": join_names(names), "count": len(names)}
        notes.append(Problem("sheets_unplaced", "warning", facts=facts))
    if hidden:
        facts = {"names": join_names(hidden), "count": len(hidden)}
        notes.append(Problem("sheets_hidden", "warning", facts=facts))
    if errors:
        notes.append(Problem("error_cells", "warning", facts={"count": errors}))
    return (layers[0].with_problems(notes), *layers[1:])


def _find_placed(grids: list[Grid], task: Task) -> list[Grid]:
    """Return the sheets that hold places, where no name tells which are meant; all if none does.

    What explains how a form is filled in is no layer, and keeps nobody from the one that is.
    """
    is_named = any(name_kind(grid.name, task.catalogue) for grid in grids)
    if is_named or task.wish.layer is not None or len(grids) == 1:
        return grids
    known = _list_known(task)
    placed = [grid for grid in grids if has_places(make_sheet(grid.head(), known), task)]
    return placed or grids


def _list_known(task: Task) -> frozenset[str]:
    return AXIS_NAMES | PART_NAMES | list_vocabulary(task.catalogue)


def _read_grids(grids: Sequence[Grid], room: Room, task: Task) -> Layers:
    chosen = choose_layers([grid.name for grid in grids], task, file=room.file)
    known = _list_known(task)
    layers = tuple(
        _make_layer(make_sheet(grids[at], known), kind, room, task) for at, kind in chosen
    )
    taken = {at for at, _ in chosen}
    return note_left_out(
        layers, [grid.name for at, grid in enumerate(grids) if at not in taken], task
    )


def _make_layer(sheet: Sheet, kind: str | None, room: Room, task: Task) -> RawLayer:
    located = locate_rows(take_notes_off(sheet), task, file=room.file)
    return RawLayer(
        name=located.sheet.name,
        kind=kind,
        table=located.sheet.table,
        geometry=located.geometry,
        is_told=located.is_told,
        crs=located.crs,
        rows=located.sheet.rows,
        problems=located.sheet.problems,
        coordinate_columns=located.headings,
        datums=located.datums,
    )
