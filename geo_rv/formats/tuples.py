"""KML's coordinates: "longitude,latitude,altitude" and spaces between, as tools write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

_BLOCK = 8192
# a comma before the end of a line may be one of a missing altitude
_COMMA = re.compile(r"[^\S\r\n]*[,，][^\S\r\n]*")
_FEW = 8
"""So many tuples are read faster one by one than all at once."""
_WIDTHS = (2, 3)
_SHOWN_CHARACTERS = 40


class TupleUnreadable(Exception):
    """A tuple that is no longitude and latitude; `text` is its beginning."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text[:_SHOWN_CHARACTERS]


@dataclass(frozen=True)
class Tuples:
    """The places of one element."""

    places: npt.NDArray[np.float64]
    """Longitudes and latitudes as they stand there, shape (n, 2)."""
    has_height: bool
    """Whether any altitude is there that is not 0."""


def read_tuples(text: str) -> Tuples:
    """Return what the text of an element ``coordinates`` says; raises TupleUnreadable.

    Spaces beside a comma, a missing or empty altitude and full-width commas are taken. A tuple of
    another length, or with what is no finite number, spoils the element: no vertex is left out.
    """
    if ", " in text or " ," in text or "，" in text or "\t" in text:
        text = _COMMA.sub(",", text)
    parts = text.split()
    blocks = [_read_block(parts[at : at + _BLOCK]) for at in range(0, len(parts), _BLOCK)]
    if not blocks:
        return Tuples(np.empty((0, 2)), has_height=False)
    return Tuples(
        np.concatenate([places for places, _ in blocks]),
        has_height=any(has_height for _, has_height in blocks),
    )


def _read_block(parts: list[str]) -> tuple[npt.NDArray[np.float64], bool]:
    width = parts[0].count(",") + 1
    if (
        len(parts) > _FEW
        and width in _WIDTHS
        and all(part.count(",") == width - 1 for part in parts)
    ):
        try:
            numbers = np.fromiter(map(float, ",".join(parts).split(",")), np.float64)
        except ValueError:
            numbers = None
        if numbers is not None and np.isfinite(numbers).all() and not any("_" in p for p in parts):
            table = numbers.reshape(-1, width)
            return np.ascontiguousarray(table[:, :2]), width == 3 and bool(table[:, 2].any())
    rows = list(_read_one_by_one(parts))
    return np.array([row[:2] for row in rows]), any(height != 0 for _, _, height in rows)


def _read_one_by_one(parts: list[str]) -> Iterator[tuple[float, float, float]]:
    for part in parts:
        numbers = part.split(",")
        try:
            lon, lat, height = *map(float, numbers[:2]), float(_get_height(numbers))
        except ValueError:
            raise TupleUnreadable(part) from None
        if "_" in part or not (isfinite(lon) and isfinite(lat)):
            raise TupleUnreadable(part)
        yield lon, lat, height


def _get_height(numbers: list[str]) -> str:
    """Return the third of `numbers`, or 0; raises ValueError where there are too many."""
    if len(numbers) > 4 or any(numbers[3:]):
        raise ValueError(numbers)
    return numbers[2] if len(numbers) > 2 and numbers[2] else "0"
