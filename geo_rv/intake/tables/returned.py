"""A spreadsheet of refused rows that comes back, mended: what was added to it is taken off."""

from __future__ import annotations

import dataclasses

import pandas as pd

from geo_rv.intake.headings import fold
from geo_rv.intake.tables.cells import Sheet
from geo_rv.messages import LANGUAGES, text

NOTES = ("imports.note.row", "imports.note.reason", "imports.note.remedy")
"""The texts that head what was added: the row's number, what is wrong, what to do."""

_DISARMED = r"^'(?=[=+\-@\t\r\n＝＋－＠])"
"""The mark before what a spreadsheet would take for a formula (`reports.sheets.disarm`)."""


def take_notes_off(sheet: Sheet) -> Sheet:
    """Return `sheet` without the three columns of notes, where it has them all in one language.

    Texts that were marked so that no spreadsheet takes them for a formula are as they were.
    """
    by_folded = {fold(str(heading)): heading for heading in sheet.table.columns}
    for language in LANGUAGES:
        wanted = [fold(text(key, language)) for key in NOTES]
        if all(name in by_folded for name in wanted):
            left = sheet.table.drop(columns=[by_folded[name] for name in wanted])
            return dataclasses.replace(sheet, table=left.apply(_arm))
    return sheet


def _arm(column: pd.Series) -> pd.Series:
    return column.str.replace(_DISARMED, "", regex=True)
