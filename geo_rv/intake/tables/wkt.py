"""Geometries that a table writes as well-known text: POINT (113.85 31.85), POLYGON ((…))."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.geodesy.validity import find_stunted
from geo_rv.intake.candidate import Problem, list_problems

_SHOWN_CHARACTERS = 40
_SRID = r"^\s*SRID=(\d{1,6})\s*;"
# one kind of shape and plain numbers: collections, whose nesting has no end, are not taken
_PLAIN = (
    r"(?is)\s*(?:multi)?(?:point|linestring|polygon)\s*(?:zm|z|m)?\s*"
    r"(?:empty|\([-+\d.e,()\s]*\))\s*"
)


@dataclass(frozen=True)
class Drawings:
    """One geometry a row."""

    geometry: NDArray[np.object_]
    """None where the row has none that can be read."""
    is_told: NDArray[np.bool_]
    """Where `problems` tell why there is none."""
    problems: tuple[Problem, ...]
    """Besides, which rings were closed."""
    srid: str | None
    """The coordinate system that the texts name, as "EPSG:4547"; None where they name none."""


def read_wkt(texts: pd.Series, rows: NDArray[np.int64]) -> Drawings:
    """Return the geometries of a column of well-known text; `rows` are its rows' numbers.

    What is no point, line or polygon of finite numbers is told, row by row; and so are rows that
    name another coordinate system than most of those that name one. Rings are closed, which is
    proposed as a repair.
    """
    plain = texts.astype("str")
    named = plain.str.extract(_SRID, expand=False, flags=2)
    plain = plain.str.replace(_SRID, "", regex=True, case=False)
    usual = named.mode()
    srid = None if usual.empty else str(usual.iloc[0])
    is_missing = texts.isna().to_numpy()
    is_plain = plain.str.fullmatch(_PLAIN, na=False).to_numpy(dtype=bool)
    if srid is not None:
        is_plain = is_plain & (named.isna() | (named == srid)).to_numpy(dtype=bool)
    geometry = np.full(len(texts), None, dtype=object)
    geometry[is_plain] = shapely.from_wkt(plain[is_plain].to_numpy(object), on_invalid="ignore")
    is_open = is_plain & shapely.is_missing(geometry)
    geometry[is_open] = _close_rings(plain[is_open])
    is_closed_now = is_open & ~shapely.is_missing(geometry)
    is_wrong = ~is_missing & shapely.is_missing(geometry)
    shown = texts[is_wrong].str.slice(0, _SHOWN_CHARACTERS)
    problems = (
        *list_problems(is_missing, rows, "coordinates_missing"),
        *list_problems(is_wrong, rows, "wkt_unreadable", value=shown),
        *list_problems(is_closed_now, rows, "ring_closed", severity="repair"),
    )
    code = None if srid is None or srid == "0" else f"EPSG:{srid}"
    return Drawings(geometry, is_missing | is_wrong, problems, code)


def _close_rings(texts: pd.Series) -> NDArray[np.object_]:
    """Return polygons with the rings closed that are open; None of what has too few points."""
    # "fix" closes rings, and does nothing else
    closed = shapely.from_wkt(texts.to_numpy(object), on_invalid="fix")
    closed[find_stunted(closed)] = None
    return np.asarray(closed)
