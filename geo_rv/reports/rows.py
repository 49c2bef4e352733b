"""A table of an answer as JSON-ready rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

MILLIMETRES = 3
"""Decimals of a told distance, so that rounding adds nothing to the promised centimetre."""
DEGREE_DECIMALS = 9

Row = dict[str, Any]
Frames = Mapping[str, pd.DataFrame]
"""The fields of the features of layers, by kind."""


def list_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of `frame` as plain values, None where one is missing.

    Columns of metres (ending in _m, _m_before, _m_after) are rounded to millimetres, lon and lat
    to nine decimals.
    """
    columns = [_list_values(frame[name], _find_decimals(str(name))) for name in frame]
    names = [str(name) for name in frame]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def name_values(column: pd.Series, names: Mapping[Any, str]) -> pd.Series:
    """Return the name of each value of `column`, missing where it has none."""
    found: pd.Series = column.astype("object").map(names)
    return found


def read_names(frame: pd.DataFrame) -> dict[Any, str]:
    """Return the names of features by their ids, of those that have one."""
    return frame.set_index("id")["name"].dropna().to_dict()


def _find_decimals(name: str) -> int | None:
    if name in ("lon", "lat"):
        return DEGREE_DECIMALS
    metres = name.removesuffix("_before").removesuffix("_after").endswith("_m")
    return MILLIMETRES if metres else None


def _list_values(column: pd.Series, decimals: int | None) -> list[Any]:
    rounded = column if decimals is None else column.astype("float64").round(decimals)
    values = rounded.astype("object")
    return values.where(values.notna(), None).to_list()
