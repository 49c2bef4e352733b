"""Tables into files: a workbook with a sheet for each, or one table as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_rv.errors import OutputFormatUnknown
from geo_rv.files import replace_when_done

ENDINGS = (".xlsx", ".csv")

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Sheet:
    """One table: its title, its headings, and rows of as many values."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_sheets(sheets: Sequence[Sheet], file: Path, *, single: Sheet) -> None:
    """Write `sheets` to a workbook, or `single` to a CSV file, by the ending of `file`.

    The file appears when it is complete. Raises OutputFormatUnknown or OutputError; an older
    file of that name is then untouched.
    """
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise OutputFormatUnknown(file=file.name, known=", ".join(ENDINGS))
    with replace_when_done(file) as unfinished:
        if ending == ".csv":
            _write_csv(single, unfinished)
        else:
            _write_workbook(sheets, unfinished)


def disarm(value: Any) -> Any:
    """Return the value so that no spreadsheet takes it for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _write_workbook(sheets: Iterable[Sheet], file: Path) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 - openpyxl is slow to load
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as said
    from openpyxl.styles import Font  # noqa: PLC0415 - as said

    workbook = Workbook(write_only=True)
    for sheet in sheets:
        target = workbook.create_sheet(sheet.title)
        target.freeze_panes = "A2"
        header = [WriteOnlyCell(target, disarm(heading)) for heading in sheet.headings]
        for cell in header:
            cell.font = Font(bold=True)
        target.append(header)
        for row in sheet.rows:
            target.append([disarm(value) for value in row])
    workbook.save(file)


def _write_csv(sheet: Sheet, file: Path) -> None:
    # with a byte order mark, without which Excel reads Chinese as GBK
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([disarm(heading) for heading in sheet.headings])
        writer.writerows([disarm(value) for value in row] for row in sheet.rows)
