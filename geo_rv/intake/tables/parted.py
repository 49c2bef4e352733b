"""Angles whose degrees, minutes and seconds stand in columns of their own, as 东经度 and 东经分."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd

from geo_rv.intake.candidate import Problem
from geo_rv.intake.headings import make_key
from geo_rv.intake.tables.cells import Sheet
from geo_rv.messages import Names

_PART: Final = re.compile(
    r"^(?P<axis>东经|经度|纬度|北纬|longitude|latitude|long?|lng|lat)[(\[【/]?"
    r"(?P<part>度|分|秒|°|′|″|'|\"|degrees?|minutes?|seconds?|deg|min|sec|[dms])[)\]】]?$"
)
_RANKS: Final[Mapping[str, int]] = {
    "度": 0, "°": 0, "d": 0, "分": 1, "′": 1, "'": 1, "m": 1, "秒": 2, "″": 2, '"': 2, "s": 2,
}  # fmt: skip
PART_NAMES: Final = frozenset({"度", "分", "秒"})
"""What stands on a second line of headings, below 东经 and 北纬."""
_MARKS: Final = ("°", "′", "″")


def join_parted(sheet: Sheet, named: Mapping[str, str]) -> Sheet:
    """Return `sheet` with one column for each angle that stands in two or three; each is told.

    What the user `named` stays as it is.
    """
    found: dict[str, dict[int, str]] = {}
    for heading in sheet.table.columns:
        match = _PART.match(make_key(heading))
        if match is not None and heading not in named.values():
            found.setdefault(match["axis"], {}).setdefault(_RANKS[match["part"][0]], heading)
    for axis, parts in found.items():
        is_free = axis not in sheet.table.columns
        if is_free and list(parts) in ([0, 1], [0, 1, 2]):
            sheet = _join(sheet, axis, list(parts.values()))
    return sheet


def _join(sheet: Sheet, axis: str, headings: list[str]) -> Sheet:
    table = sheet.table
    written = pd.Series("", index=table.index)
    for mark, heading in zip(_MARKS, headings, strict=False):
        cells = table[heading].astype(object)
        # a part that is left empty is nought where a larger one is there
        filled = cells.where(cells.notna(), "" if mark == "°" else "0").astype(str)
        written += filled.str.strip().str.rstrip(mark) + mark
    is_empty = table[headings].isna().all(axis=1)
    joined = written.astype(object).mask(is_empty, None)
    at = list(table.columns).index(headings[0])
    rest = table.drop(columns=headings)
    rest.insert(min(at, rest.shape[1]), axis, joined.astype("str"))
    facts = {"headings": Names(headings), "heading": axis}
    note = Problem("angles_joined", "warning", facts=facts)
    return replace(sheet, table=rest, problems=(*sheet.problems, note))
