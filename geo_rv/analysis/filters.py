"""Rows by lists of values: the only kind of filter that a rule or a measure may carry."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from geopandas import GeoDataFrame

from geo_rv.catalogue import Filter

Mask = npt.NDArray[np.bool_]

UNKNOWN = "unknown"
"""The choice by which a field says that nobody knows: as good as an empty field."""


def select_rows(frame: GeoDataFrame, where: Filter) -> GeoDataFrame:
    """Return the rows of `frame` that have one of the values in each field of `where`.

    An empty field, and one that is no column of `frame`, has none of the values. The index is
    kept.
    """
    return frame[match_rows(frame, where)]


def match_rows(frame: GeoDataFrame, where: Filter) -> Mask:
    """Return for each row of `frame` whether `select_rows` keeps it."""
    matched = np.ones(len(frame), dtype=bool)
    for field, values in where.items():
        matched &= frame[field].isin(values).to_numpy(dtype=bool) if field in frame else False
    return matched


def find_undecided(frame: GeoDataFrame, where: Filter) -> Mask:
    """Return for each row whether nobody can say if it matches `where`.

    Some of the fields are empty or say "unknown", and all others match.
    """
    possible = np.ones(len(frame), dtype=bool)
    for field, values in where.items():
        possible &= match_rows(frame, {field: values}) | find_empty(frame, field)
    return possible & ~match_rows(frame, where)


def find_empty(frame: GeoDataFrame, field: str) -> Mask:
    """Return for each row whether `field` is empty, says "unknown", or is no column at all."""
    if field not in frame:
        return np.ones(len(frame), dtype=bool)
    column = frame[field]
    empty = (column.isna() | column.isin([UNKNOWN, ""])).to_numpy(dtype=bool)
    return cast("Mask", empty)
