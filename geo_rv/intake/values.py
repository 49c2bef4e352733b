"""The cells of a column as the values of a field, or told as what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from geo_rv.catalogue import Field
from geo_rv.intake.headings import fold

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_TRUTHS: Mapping[str, bool] = {
    "是": True, "否": False, "有": True, "无": False, "yes": True, "no": False, "y": True,
    "n": False,     "true": True, "false": False, "t": True, "f": False, "1": True, "0": False,
}  # fmt: skip
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_THOUSANDS = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_DATE = (
    r"^(\d{4})(?:(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?)|(?:(\d{2})(\d{2})))"
    r"(?:[T ][\d:.]+(?:Z|[-+]\d{2}:?\d{2})?)?$"
)
_LONGEST_NUMBER = 400
"""Characters that a number may have; Python reads none of over 4300 digits."""
_LARGEST_WHOLE = 2**53
"""Beyond it a double skips whole numbers."""


def parse_column(column: pd.Series, field: Field) -> tuple[pd.Series, Mask]:
    """Return `column` as values of `field`, and a mask of what cannot be read.

    Empty cells are missing values; numbers, dates, choices and yes/no may be in full width.
    The values are such that `frames.conform_frame` can type them.
    """
    if field.choices:
        known = {
            fold(name): code
            for code, title in field.choices.items()
            for name in (title.en, title.zh, code)
        }
        return _look_up(column, known)
    if field.type == "text":
        return to_texts(column), np.zeros(len(column), dtype=bool)
    if field.type == "boolean":
        return _look_up(column, _TRUTHS)
    if field.type == "date":
        return _parse_dates(column)
    numbers, _, is_wrong = to_numbers(column)
    if field.type == "integer":
        is_wrong |= (numbers % 1 > 0) | (np.abs(numbers) > _LARGEST_WHOLE)
    return pd.Series(np.where(is_wrong, np.nan, numbers), index=column.index), is_wrong


def to_texts(column: pd.Series) -> pd.Series:
    """Return the cells as trimmed text, NaN where they are empty; 12.0 is written 12."""
    if types.is_string_dtype(column.dtype) and not types.is_object_dtype(column.dtype):
        texts = column.str.strip()
    else:
        texts = column.astype(object).map(_tell, na_action="ignore")
    return texts.astype(object).mask(texts.isna() | (texts == ""), np.nan)


def to_numbers(column: pd.Series) -> tuple[Floats, Mask, Mask]:
    """Return the cells as numbers, where they are missing, and where they are no finite number."""
    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        is_missing = column.isna().to_numpy()
    else:
        texts = _narrow(to_texts(column)).str.replace("−", "-")
        is_grouped = texts.str.fullmatch(_THOUSANDS, na=False)
        texts = texts.mask(is_grouped, texts.str.replace(",", ""))
        is_number = texts.str.fullmatch(_NUMBER, na=False) & (texts.str.len() <= _LONGEST_NUMBER)
        numbers = pd.to_numeric(texts.where(is_number)).to_numpy(dtype=np.float64)
        is_missing = texts.isna().to_numpy()
    return numbers, is_missing, ~np.isfinite(numbers) & ~is_missing


def _tell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).strip()


def _narrow(texts: pd.Series) -> pd.Series:
    """Return `texts` with full-width characters as half-width ones."""
    return texts.astype("str").str.normalize("NFKC")


def _look_up(column: pd.Series, known: Mapping[str, object]) -> tuple[pd.Series, Mask]:
    texts = to_texts(column)
    values = texts.map(fold, na_action="ignore").map(known).astype(object)
    return values, (values.isna() & texts.notna()).to_numpy()


def _parse_dates(column: pd.Series) -> tuple[pd.Series, Mask]:
    """Read 2024-03-20, 2024/3/20, 2024.3.20, 20240320 and 2024年3月20日; the hour is left out."""
    if types.is_datetime64_any_dtype(column.dtype):
        days = column.dt.tz_localize(None).dt.normalize()
        return days, np.zeros(len(column), dtype=bool)
    texts = to_texts(column)
    parts = _narrow(texts).str.extract(_DATE)
    year, month, day = parts[0], parts[1].fillna(parts[3]), parts[2].fillna(parts[4])
    days = pd.to_datetime(year + "-" + month + "-" + day, format="%Y-%m-%d", errors="coerce")
    return days, (days.isna() & texts.notna()).to_numpy()
