"""Spreadsheets and delimited text as plain rows: values only, nothing computed, nothing fetched."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import openpyxl
import pandas as pd
from defusedxml.common import DefusedXmlException
from numpy.typing import NDArray
from openpyxl.utils.exceptions import InvalidFileException

from geo_rv.errors import SourceRefused, SourceUnreadable, TableTooLarge
from geo_rv.intake.archive import Archive
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.limits import Limits
from geo_rv.intake.raw import name_columns
from geo_rv.intake.sniff import DELIMITERS, detect_encoding
from geo_rv.messages import tell

_DOCTYPES = (
    b"<!DOCTYPE",
    "<!DOCTYPE".encode("utf-16-le"),
    "<!DOCTYPE".encode("utf-16-be"),
)
_BROKEN_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, EOFError, InvalidFileException, DefusedXmlException,
    SyntaxError,  # of either XML reader that openpyxl may use
    KeyError, ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One table: its heading row, and the rows below it."""

    name: str
    table: pd.DataFrame
    """The values, one column a heading; headings are unique and trimmed."""
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    problems: tuple[Problem, ...]


def read_csv(path: Path, *, name: str, file: str, limits: Limits) -> Sheet:
    """Return the one table of a delimited text, called `name`.

    Raises SourceRefused (nothing in it), SourceUnreadable or TableTooLarge.
    """
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as source:
        delimiter = _choose_delimiter(source)
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        try:
            numbered = list(enumerate(_bound(reader, file, limits), 1))
        except csv.Error as error:
            problem = f"{reader.line_num}: {error}"
            raise SourceUnreadable(file=file, problem=problem) from error
    return _make_sheet(name, numbered, file)


def read_xlsx(path: Path, *, file: str, limits: Limits) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook that hold anything.

    Formulas come as the values that the spreadsheet program last showed. Raises ArchiveRefused,
    SourceRefused, SourceUnreadable or TableTooLarge.
    """
    _refuse_doctype(Archive(path, file=file, limits=limits))
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out: styles, validation, pictures
            warnings.simplefilter("ignore")
            # openpyxl leaves a broken file open that it has opened itself
            with path.open("rb") as source:
                return tuple(_read_sheets(source, file, limits))
    except _BROKEN_WORKBOOK as error:
        raise SourceUnreadable(file=file, problem=str(error)) from error


def _read_sheets(source: IO[bytes], file: str, limits: Limits) -> Iterator[Sheet]:
    book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            cells = _bound(sheet.iter_rows(values_only=True), file, limits)
            numbered = list(enumerate(cells, 1))
            if any(map(_is_filled, (row for _, row in numbered))):
                yield _make_sheet(sheet.title, numbered, file)
    finally:
        book.close()


def _refuse_doctype(archive: Archive) -> None:
    for entry in archive.entries:
        is_xml = entry.name.casefold().endswith((".xml", ".rels", ".vml"))
        if is_xml and any(archive.holds(entry, doctype) for doctype in _DOCTYPES):
            raise SourceRefused(file=archive.file, reason=tell("intake.refusal.doctype"))


def _choose_delimiter(source: io.TextIOBase) -> str:
    """Return the delimiter that the heading line has most of, and put `source` back."""
    heading = next(filter(str.strip, source), "")
    source.seek(0)
    return max(DELIMITERS, key=heading.count)


def _bound(rows: Iterable[Any], file: str, limits: Limits) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number > limits.rows or len(row) > limits.columns:
            raise TableTooLarge(file=file, rows=limits.rows, columns=limits.columns)
        yield row


def _is_filled(row: Iterable[Any]) -> bool:
    return any(value is not None and value != "" for value in row)


def _make_sheet(name: str, numbered: list[tuple[int, Any]], file: str) -> Sheet:
    """Take the first filled row as headings and the filled rows below as the table."""
    filled = [(number, row) for number, row in numbered if _is_filled(row)]
    if not filled:
        raise SourceRefused(file=file, reason=tell("intake.refusal.no_rows"))
    headings = name_columns(filled[0][1])
    rows = np.array([number for number, _ in filled[1:]], dtype=np.int64)
    width = len(headings)
    is_longer = np.array([_is_filled(row[width:]) for _, row in filled[1:]], dtype=bool)
    values = [(*row[:width], *[None] * (width - len(row))) for _, row in filled[1:]]
    table = pd.DataFrame(values, columns=headings, dtype=object)
    return Sheet(name, table, rows, tuple(list_problems(is_longer, rows, "row_too_long")))
