"""The rows that stay out, as a workbook to be mended and brought back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import Catalogue
from geo_rv.errors import OutputFormatUnknown
from geo_rv.geodesy.datum import Datum
from geo_rv.intake import Candidate, Problem
from geo_rv.intake.tables.axes import name_axis
from geo_rv.intake.tables.returned import NOTES
from geo_rv.intake.values import to_texts
from geo_rv.messages import Language, text
from geo_rv.reports.sheets import Sheet, write_sheets

WKT = "WKT"
"""The heading of geometries, in degrees, where the file had them in no column."""

DATUM = "坐标系"
"""The heading of the datum that these are in; intake knows it, whatever the language."""
DATUM_NAMES: Mapping[Datum, str] = {
    "cgcs2000": "CGCS2000", "wgs84": "WGS84", "gcj02": "GCJ-02", "bd09": "BD-09",
}  # fmt: skip
STORED_DATUM: Datum = "cgcs2000"

_ENDING = ".xlsx"
_LONGEST_CELL = 32_000
"""Characters; a cell of a workbook takes 32 767."""
_LONGEST_TITLE = 31
_DECIMALS = 9
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a cell cannot hold."""
_NEGATIVE = re.compile(r"-(0|[1-9]\d{0,14})(\.\d{0,14}[1-9])?")
"""Texts that are a number written as numbers are."""


def write_refused_rows(
    candidates: Iterable[Candidate],
    file: Path,
    catalogue: Catalogue,
    *,
    repaired: bool,
    language: Language,
) -> int:
    """Write the refused rows, and those `repaired`, to a workbook, and return how many they are.

    One sheet for each candidate, named like its layer: the columns as in the file, the geometry as
    WKT where no column has it, the datum where the file does not tell it, and behind them the row's
    number, what is wrong and what to do, in columns that intake passes over (`intake.returned`).
    Raises OutputError or OutputFormatUnknown.
    """
    if file.suffix.lower() != _ENDING:
        raise OutputFormatUnknown(file=file.name, known=_ENDING)
    held = [(candidate, _hold_rows(candidate, repaired=repaired)) for candidate in candidates]
    filled = [(candidate, table) for candidate, table in held if len(table)]
    titles = _name_sheets([catalogue[each.kind].title.in_language(language) for each, _ in filled])
    sheets = [
        _make_sheet(title, candidate, table, language, repaired=repaired)
        for title, (candidate, table) in zip(titles, filled, strict=True)
    ]
    if sheets:
        write_sheets(sheets, file, single=sheets[0])
    return sum(len(table) for _, table in filled)


def _hold_rows(candidate: Candidate, *, repaired: bool) -> pd.DataFrame:
    """Return the rows that stay out as in the file, by their numbers.

    Where no column has their geometry, it comes as WKT in degrees. Beside it stands the datum that
    they are in, as the file states it, the user said, or somebody has agreed to by agreeing to the
    repairs: a few rows alone would no longer show it when they come back.
    """
    tables, shapes = [candidate.refused_rows], [candidate.refused_before]
    if repaired:
        tables.append(candidate.repaired_rows)
        shapes.append(candidate.before[candidate.is_repaired])
    table = pd.concat(tables)
    unsaid = _find_unsaid(candidate, is_agreed=not repaired)
    names = _name_datums(candidate, table.index, unsaid)
    if not candidate.coordinate_columns:
        table[_find_free(WKT, table.columns)] = _tell_shapes(np.concatenate(shapes))
        table[_find_free(DATUM, table.columns)] = names
    elif unsaid is not None:
        own = [name for name in candidate.coordinate_columns if name_axis(name) == "datum"]
        heading = own[0] if own else _find_free(DATUM, table.columns)
        # what the file says stays, even where nobody could read it
        told = to_texts(table[heading]) if own else names
        table[heading] = told.where(told.notna(), names)
    return table.sort_index()


def _find_unsaid(candidate: Candidate, *, is_agreed: bool) -> Datum | None:
    """Return the shifted datum of the rows that state none; a proposal counts where `is_agreed`."""
    keys = ("datum_given", "datum_proposed") if is_agreed else ("datum_given",)
    read = {problem.facts["read_in"] for problem in candidate.problems if problem.key in keys}
    return next((datum for datum in DATUM_NAMES if datum in read), None)


def _name_datums(candidate: Candidate, numbers: pd.Index, unsaid: Datum | None) -> pd.Series:
    """Return what the datum of each of the rows `numbers` is called, missing where none is."""
    datums = candidate.datums
    if datums is None:
        datums = pd.Series(candidate.datum or STORED_DATUM, index=numbers, dtype=object)
    elif unsaid is not None:
        datums = datums.where(datums.notna(), unsaid)
    return datums[numbers].map(DATUM_NAMES)


def _make_sheet(
    title: str, candidate: Candidate, table: pd.DataFrame, language: Language, *, repaired: bool
) -> Sheet:
    names = [*map(str, table.columns)]
    # what somebody has agreed to mend keeps no row out
    grave = candidate.refused + (candidate.repairs if repaired else ())
    told = _tell_problems(grave, table.index, language)
    columns = zip(*(table[name].tolist() for name in table.columns), strict=True)
    rows = []
    for number, values in zip(table.index.tolist(), columns, strict=True):
        cells = [_tell_cell(value) for value in values]
        reasons = [*told[number][0], *_leave_out_long(cells, names, language)]
        notes = (reasons, told[number][1])
        joint = text("imports.joint", language)
        # one sentence of several, so that each does without its own stop
        said = (joint.join(dict.fromkeys(one.rstrip("。.") for one in each)) for each in notes)
        rows.append([*cells, number, *said])
    return Sheet(title, [*names, *(text(key, language) for key in NOTES)], rows)


def _leave_out_long(cells: list[Any], names: Sequence[str], language: Language) -> Iterator[str]:
    """Empty the cells that hold more than a cell can, and yield that they are left out."""
    for at, cell in enumerate(cells):
        if isinstance(cell, str) and len(cell) > _LONGEST_CELL:
            cells[at] = None
            yield text("imports.note.too_long", language, heading=names[at], count=len(cell))


def _tell_problems(
    problems: Sequence[Problem], numbers: pd.Index, language: Language
) -> dict[int, tuple[list[str], list[str]]]:
    """Return what is wrong and what to do, for each row; what the whole file has is each row's."""
    of_all = [problem for problem in problems if problem.row is None]
    by_row: dict[int, list[Problem]] = {number: [] for number in numbers.tolist()}
    for problem in problems:
        if problem.row in by_row:
            by_row[problem.row].append(problem)
    return {
        row: (
            [problem.tell_wrong(language) for problem in found],
            [problem.tell_remedy(language) for problem in found],
        )
        for row, own in by_row.items()
        for found in [own + of_all]
    }


def _tell_shapes(shapes: NDArray[np.object_]) -> list[str | None]:
    """Return geometries as well-known text; None for one that is none, or nowhere."""
    is_somewhere = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    told = pd.Series(None, index=range(len(shapes)), dtype=object)
    told[is_somewhere] = shapely.to_wkt(shapes[is_somewhere], rounding_precision=_DECIMALS)
    return list(told)


def _tell_cell(value: Any) -> Any:
    """Return a value of a file as a cell takes it; a negative number is one, and no text."""
    if isinstance(value, str):
        if _NEGATIVE.fullmatch(value) and repr(float(value)).removesuffix(".0") == value:
            return float(value)
        return _FORBIDDEN.sub("\ufffd", value)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        value = value.tz_localize(None).to_pydatetime()
    if isinstance(value, bool | int | float):
        return value if np.isfinite(value) else str(value)
    return value if _is_calendar(value) else _tell_cell(str(value))


def _is_calendar(value: Any) -> bool:
    return type(value).__module__ == "datetime" and getattr(value, "tzinfo", None) is None


def _find_free(name: str, taken: Iterable[str]) -> str:
    """Return `name`, with a number where it is taken."""
    return next(each for each in _number(name) if each not in set(taken))


def _number(name: str) -> Iterator[str]:
    yield name
    number = 1
    while True:
        number += 1
        yield f"{name} {number}"


def _name_sheets(titles: Iterable[str]) -> list[str]:
    """Return titles that a workbook takes, none twice."""
    names: list[str] = []
    for title in titles:
        short = re.sub(r"[\[\]:*?/\\]", " ", title)[: _LONGEST_TITLE - 4]
        names.append(_find_free(short, names))
    return names
