"""Invalid polygons: which they are, and the copies that stand in for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo_rv.analysis.compiled import compiled, inlined
from geo_rv.analysis.decode import FACE, NORTH_SOUTH, WEST_EAST, Array, Flat
from geo_rv.analysis.filters import Mask
from geo_rv.geodesy.measure import POLYGONS, Geometries, Indices
from geo_rv.geodesy.validity import make_valid
from geo_rv.parallel import split_work

_FEWEST: Final = 3
_MOST: Final = 256
"""Edges of a ring beyond which comparing each with each takes longer than GEOS does."""
_CLEAR: Final = 1e-18
"""Square degrees: for edges of a ring of a degree, a hundred times what rounding can do."""


def repair_polygons(geometries: Iterable[Any]) -> Geometries:
    """Return `geometries` with a valid copy in the place of each invalid polygon.

    It keeps what every ring encloses (`make_valid`), where a buffer of 0 drops parts of it; what
    has no area stays as a line or a point.
    """
    repaired = np.array(geometries, dtype=object)
    is_face = np.isin(shapely.get_type_id(repaired), POLYGONS)
    repaired[is_face] = make_valid(repaired[is_face], keep_collapsed=True)
    return repaired


def keep_placed(geometries: Geometries) -> Geometries:
    """Return `geometries` with None for those that are not wholly where something is measured."""
    reach = np.abs(shapely.bounds(geometries))
    is_placed = (reach <= (WEST_EAST, NORTH_SOUTH, WEST_EAST, NORTH_SOUTH)).all(axis=1)
    kept = geometries.copy()
    kept[~is_placed] = None
    return kept


def read_geometries(blobs: Geometries) -> tuple[Geometries, Mask]:
    """Return the geometries of well-known binary, and which are not quite what was written.

    Rings that are open are closed; what GEOS cannot read at all becomes None.
    """
    read = _parse(blobs, "ignore")
    broken = shapely.is_missing(read) & ~pd.isna(blobs)
    read[broken] = _parse(blobs[broken], "fix")
    return read, broken


def _parse(blobs: Geometries, on_invalid: str) -> Geometries:
    try:
        with np.errstate(invalid="ignore"):  # GEOS meets vertices that are no numbers
            return np.asarray(shapely.from_wkb(blobs, on_invalid=on_invalid), dtype=object)
    except NotImplementedError:  # there is a curve among them
        if len(blobs) == 1:
            return np.array([None], dtype=object)
        halves = np.array_split(blobs, 2)
        return np.concatenate([_parse(half, on_invalid) for half in halves])


def find_doubtful(flat: Flat) -> Indices:
    """Return the owners of polygons that may be invalid: GEOS has to say.

    A single ring whose edges keep clear of each other is surely valid, and most are; that is
    found here in a fraction of the time. Whatever is not that plain is doubtful.
    """
    lon, lat, starts, owners, kinds = flat
    rings = np.flatnonzero(kinds >= FACE)
    alone = np.bincount(owners, minlength=1)[owners[rings]] == 1
    plain = np.zeros(len(rings), dtype=bool)
    single = np.flatnonzero(alone)

    def judge(first: int, last: int) -> None:
        _judge_rings(lon, lat, starts, rings, single[first:last], plain)

    split_work(len(single), judge, least=1_000)
    return np.unique(owners[rings[~plain]])


@compiled
def _judge_rings(
    lon: Array, lat: Array, starts: Array, rings: Array, chosen: Array, plain: Array
) -> None:
    """Fill in whether each of the `chosen` rings surely is simple."""
    for number in chosen:
        first, end = starts[rings[number]], starts[rings[number] + 1]
        plain[number] = _is_plain(lon, lat, first, end - 1)


@inlined
def _is_plain(lon: Array, lat: Array, first: int, last: int) -> Any:
    """Return whether a ring is closed and no two of its edges come near to touching."""
    edges = last - first
    if edges < _FEWEST or edges > _MOST or lon[first] != lon[last] or lat[first] != lat[last]:
        return False
    for one in range(first, last):
        for other in range(one + 1, last):
            is_next = other == one + 1
            if is_next or (one == first and other == last - 1):
                before, corner = (one, other) if is_next else (other, one)
                if not _turns(lon, lat, before, corner):
                    return False
            elif not _keep_clear(lon, lat, one, other):
                return False
    return True


@inlined
def _turns(lon: Array, lat: Array, before: int, corner: int) -> Any:
    """Return whether an edge goes on from the one before it in another direction, or onwards."""
    x0, y0 = lon[corner] - lon[before], lat[corner] - lat[before]
    x1, y1 = lon[corner + 1] - lon[corner], lat[corner + 1] - lat[corner]
    return abs(x0 * y1 - x1 * y0) > _CLEAR or x0 * x1 + y0 * y1 > _CLEAR


@inlined
def _keep_clear(lon: Array, lat: Array, one: int, other: int) -> Any:
    """Return whether all of an edge lies on one side of another, by more than rounding does."""
    x0, y0, x1, y1 = lon[one], lat[one], lon[one + 1], lat[one + 1]
    x2, y2, x3, y3 = lon[other], lat[other], lon[other + 1], lat[other + 1]
    if max(x0, x1) < min(x2, x3) or max(x2, x3) < min(x0, x1):
        return True
    if max(y0, y1) < min(y2, y3) or max(y2, y3) < min(y0, y1):
        return True
    side2 = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    side3 = (x1 - x0) * (y3 - y0) - (x3 - x0) * (y1 - y0)
    side0 = (x3 - x2) * (y0 - y2) - (x0 - x2) * (y3 - y2)
    side1 = (x3 - x2) * (y1 - y2) - (x1 - x2) * (y3 - y2)
    return (
        min(side2, side3) > _CLEAR
        or max(side2, side3) < -_CLEAR
        or min(side0, side1) > _CLEAR
        or max(side0, side1) < -_CLEAR
    )
