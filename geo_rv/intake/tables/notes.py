"""Rows of a table that are no features: totals, headings that come again, notes at the end."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_rv.intake.candidate import list_problems
from geo_rv.intake.tables.cells import Sheet
from geo_rv.intake.tables.heading_rows import show_row

Mask = NDArray[np.bool_]

_TOTAL = r"(?:^|\S)(?:合计|总计|小计|共计|累计)[:：]?$|^(?:sub)?total:?$|^sum:?$"
_NOTE = (
    r"^(?:注|备注|说明|附注|填表|制表|填报|审核|审批|复核|调查|测量|单位负责人|负责人|经办|数据来源|来源|"
    r"日期|联系|盖章|签字|note|remark|source|prepared|checked)"
)
_LONGEST = 200
"""Characters of a value that are looked at."""
_SENTENCE = r"[:。、]|[,;]\D"
"""What a value that stands alone has in it where it is a note, and no name or number."""


def leave_out_notes(sheet: Sheet, has_place: Mask) -> tuple[Sheet, Mask]:
    """Return `sheet` without the rows that are no features, each told, and which rows are kept.

    Only rows without coordinates (not `has_place`) are left out: totals and repeated headings
    wherever they stand, and notes below the last row that has coordinates.
    """
    again = _repeat_headings(sheet.table)
    doubtful = np.flatnonzero(~has_place & ~again)
    cells = sheet.table.iloc[doubtful]
    first = _take_first(cells).str.slice(0, _LONGEST).str.normalize("NFKC")
    first = first.str.replace(r"\s+", "", regex=True).str.casefold()
    is_total = first.str.contains(_TOTAL, regex=True, na=False).to_numpy(dtype=bool)
    places = np.flatnonzero(has_place)
    is_at_end = doubtful > places[-1] if len(places) else np.zeros(len(doubtful), dtype=bool)
    is_alone = (cells.notna().sum(axis=1) == 1).to_numpy(dtype=bool)
    is_alone = is_alone & first.str.contains(_SENTENCE, regex=True, na=False).to_numpy(dtype=bool)
    is_marked = first.str.contains(_NOTE, regex=True, na=False).to_numpy(dtype=bool)
    is_note = is_at_end & ~is_total & (is_alone | is_marked)
    masks = {"headings_again": again}
    for key, chosen in (("row_total", is_total), ("row_note", is_note)):
        masks[key] = np.zeros(len(sheet.rows), dtype=bool)
        masks[key][doubtful[chosen]] = True
    is_kept = ~np.logical_or.reduce(list(masks.values()))
    if is_kept.all():
        return sheet, is_kept
    problems = [
        problem
        for key, mask in masks.items()
        for problem in list_problems(
            mask, sheet.rows, key, severity="warning", text=_show_rows(sheet.table[mask])
        )
    ]
    kept = dataclasses.replace(
        sheet,
        table=sheet.table[is_kept].reset_index(drop=True),
        rows=sheet.rows[is_kept],
        problems=(*sheet.problems, *problems),
    )
    return kept, is_kept


def _take_first(cells: pd.DataFrame) -> pd.Series:
    """Return the first value of each row."""
    first = pd.Series(None, index=cells.index, dtype="str")
    for name in cells.columns:
        first = first.where(first.notna(), cells[name])
    return first


def _repeat_headings(table: pd.DataFrame) -> Mask:
    """Return the rows that hold nothing but two or more of the headings, each in its column."""
    equal = np.zeros(len(table), dtype=np.int64)
    filled = np.zeros(len(table), dtype=np.int64)
    for name in table.columns:
        equal += (table[name] == name).to_numpy(dtype=bool, na_value=False)
        filled += table[name].notna().to_numpy()
    is_again: Mask = (equal >= 2) & (equal == filled)
    return is_again


def _show_rows(rows: pd.DataFrame) -> pd.Series:
    plain = rows.astype(object).where(rows.notna(), None)
    return pd.Series([show_row(row) for row in plain.to_numpy().tolist()], dtype=object)
