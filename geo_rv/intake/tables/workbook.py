"""Spreadsheets (.xlsx and .xls) as plain cells of text, read in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo_rv.errors import SourceRefused, SourceUnreadable, TableTooLarge
from geo_rv.intake.archives.archive import Archive
from geo_rv.intake.tables.cells import Grid, make_grid
from geo_rv.intake.wall.gdal_door import BEHIND, Room, ask_child
from geo_rv.messages import tell

_DOCTYPES = (
    b"<!DOCTYPE",
    "<!DOCTYPE".encode("utf-16-le"),
    "<!DOCTYPE".encode("utf-16-be"),
)
# Arrow's own pools reserve more address space than they use
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system"}


def refuse_hostile_parts(path: Path, room: Room) -> None:
    """Raise ArchiveRefused or SourceRefused where an .xlsx is dangerous before it is opened."""
    archive = Archive(path, file=room.file, limits=room.limits)
    for entry in archive.entries:
        is_xml = entry.name.casefold().endswith((".xml", ".rels", ".vml"))
        if is_xml and any(archive.holds(entry, doctype) for doctype in _DOCTYPES):
            raise SourceRefused(file=archive.file, reason=tell("intake.refusal.doctype"))


def read_sheets(path: Path, room: Room) -> tuple[tuple[Grid, ...], int]:
    """Return the sheets of the workbook `path` in `room` that hold anything, hidden ones too.

    Formulas come as the values that the spreadsheet program last showed. Returned beside them is
    how many cells hold an error such as #REF!, and so come empty (.xlsx only). Raises
    SourceRefused, SourceUnreadable, TableTooLarge, ReadingTooLong or ReadingFailed.
    """
    reply = ask_child(
        room, {"file": path.name}, environment=_ENVIRONMENT, child=BEHIND / "workbook_child.py"
    )
    if "is_too_large" in reply:
        limits = room.limits
        raise TableTooLarge(file=room.file, rows=limits.rows, columns=limits.columns)
    try:
        return tuple(_load_sheet(room, told) for told in reply["sheets"]), reply["errors"]
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceUnreadable(file=room.file, problem=str(error)) from error


def _load_sheet(room: Room, told: Mapping[str, Any]) -> Grid:
    path = room.folder / told["file"]
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    table.validate(full=True)
    path.unlink()
    width = table.num_columns - 1
    table = table.add_column(1, "width", pa.array([width] * len(table), pa.int64()))
    merged = tuple(map(tuple, told["merged"]))
    return make_grid(told["name"], table, merged=merged, is_hidden=told["is_hidden"])
