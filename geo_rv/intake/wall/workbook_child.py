"""Read a stranger's spreadsheet (.xlsx or .xls), behind the wall: a process of its own.

It is run by its path and imports nothing of geo_rv; what it gives up before it opens anything
is what its neighbour `gdal_child` gives up. Every cell is written as text: numbers in full, dates
as 2024-03-20, yes and no as TRUE and FALSE.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import runpy
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

_BLOCK_ROWS = 8192
_SCANNED = 1 << 20
_LONGEST_CELL_TAG = 256
# a formula that came to an error: what it says is not handed on by the library
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\s[^<>]{0,200}?\bt=[\"']e[\"']")
_WHOLE_UP_TO = 1e15


class TooLarge(Exception):
    """A sheet with more rows or columns than are taken."""


def write_cell(value: Any) -> str | None:
    """Return the value of a cell as text, or None for an empty one."""
    match value:
        case str():
            return value.strip() or None
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < _WHOLE_UP_TO:
            return str(int(value))
        case dt.datetime():
            return value.isoformat(" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return None if value is None else str(value)


def read_workbook(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Write each sheet that holds anything as an Arrow file of texts, and return what they are.

    The columns of such a file are "row", the number of the row from 1, and the cells from the
    column where the sheet begins, called "0", "1" …; rows without any value are left out.
    """
    # the limits must be in force before the library starts
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - as said

    path = folder / request["file"]
    sheets = []
    with CalamineWorkbook.from_path(path) as book:
        for number, about in enumerate(book.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            if sheet.start is None:
                continue
            told = write_sheet(sheet, folder / f"{number}.arrow", request["limits"])
            hidden = about.visible != SheetVisibleEnum.Visible
            sheets.append({"name": about.name, "is_hidden": hidden, **told})
    return {"sheets": sheets, "errors": count_error_cells(path)}


def write_sheet(sheet: Any, target: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Write the rows of one sheet to `target`, and return the file's name and merged cells."""
    import pyarrow as pa  # noqa: PLC0415 - the limits come first

    first_column = sheet.start[1]
    width = sheet.end[1] - first_column + 1
    if width > limits["columns"] or sheet.end[0] >= limits["rows"]:
        raise TooLarge
    fields = [pa.field("row", pa.int64())]
    fields += [pa.field(str(n), pa.large_string()) for n in range(width)]
    schema = pa.schema(fields)
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for rows in gather_filled(sheet.iter_rows()):
            numbers, cells = zip(*rows, strict=True)
            columns = [
                pa.array(column, field.type)
                for column, field in zip((numbers, *zip(*cells, strict=True)), schema, strict=True)
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    merged = [
        [top + 1, left - first_column, bottom + 1, right - first_column]
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
    ]
    return {"file": target.name, "merged": merged[: limits["rows"]]}


def gather_filled(rows: Iterator[list[Any]]) -> Iterator[list[tuple[int, list[str | None]]]]:
    """Yield the rows that hold anything, with their numbers from 1, in blocks."""
    written = ((number, list(map(write_cell, row))) for number, row in enumerate(rows, 1))
    filled = ((number, row) for number, row in written if any(row))
    while block := list(islice(filled, _BLOCK_ROWS)):
        yield block


def count_error_cells(path: Path) -> int:
    """Return how many cells of an .xlsx hold an error such as #REF!; 0 for other files."""
    if not zipfile.is_zipfile(path):
        return 0
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as source:
                    count += count_matches(source)
    return count


def count_matches(source: Any) -> int:
    """Return how many error cells a sheet's XML holds, read piece by piece."""
    count, tail = 0, b""
    while block := source.read(_SCANNED):
        piece = tail + block
        count += sum(1 for _ in _ERROR_CELL.finditer(piece))
        # a tag that is cut in two is looked at again as a whole
        start = piece.rfind(b"<", -_LONGEST_CELL_TAG)
        tail = piece[start:] if start >= 0 and not _ERROR_CELL.match(piece, start) else b""
    return count


def main() -> None:
    """Answer the request in the folder that the command line names."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text("utf-8"))
    wall = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))
    limits = request["limits"]
    wall["limit_resources"](limits["memory_bytes"], limits["output_bytes"], limits["seconds"])
    wall["leave_network"]()
    try:
        reply = read_workbook(folder, request)
    except TooLarge:
        reply = {"is_too_large": True}
    except MemoryError:
        reply = {"refused": "memory", "facts": {}}
    except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception
        locked = type(error).__name__ == "PasswordError"
        reply = {"refused": "locked" if locked else "unreadable", "facts": {"problem": str(error)}}
    (folder / "reply.json").write_text(json.dumps(reply), "utf-8")


if __name__ == "__main__":
    main()
