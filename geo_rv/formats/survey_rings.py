"""The rings of a survey coordinate text: where each begins, and where it closes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rings:
    """Rings of points that stand behind one another, in the order of the text."""

    starts: Ints
    """The index of each ring's first point."""
    counts: Ints
    """How many points it has as it is written."""
    closings: Ints
    """How many of these, at its end, only repeat the first one."""
    plots: Ints
    """The index of its plot."""

    @property
    def open_counts(self) -> Ints:
        """How many points each ring has without those that close it."""
        return self.counts - self.closings


def find_rings(plots: Ints, rings: Ints, north: Floats, east: Floats) -> Rings:
    """Return the rings of points whose plot and ring are written as `plots` and `rings`.

    A ring ends where either changes, and where it has come back to its first point although
    points of the same ring follow, as some programs write several rings under one number.
    """
    if not len(plots):
        nothing = np.zeros(0, dtype=np.int64)
        return Rings(nothing, nothing, nothing, nothing)
    is_start = np.ones(len(plots), dtype=bool)
    is_start[1:] = (np.diff(plots) != 0) | (np.diff(rings) != 0)
    starts = np.flatnonzero(is_start)
    returns = _find_returns(starts, north, east)
    if len(returns):
        is_start[_split_at_returns(starts, returns, north, east)] = True
        starts = np.flatnonzero(is_start)
    counts = np.diff(starts, append=len(plots))
    closings = starts + counts - 1 - _find_last_others(starts, north, east)
    return Rings(starts, counts, closings, plots[starts])


def _find_last_others(starts: Ints, north: Floats, east: Floats) -> Ints:
    """Return the index of each ring's last point that is not where its first is."""
    index = np.arange(len(north))
    is_first = _equal_first(starts, north, east)
    last = np.maximum.reduceat(np.where(is_first, -1, index), starts)
    return np.where(last < 0, starts, last)


def _equal_first(starts: Ints, north: Floats, east: Floats) -> Mask:
    """Return which points are where the first of their ring is."""
    firsts = np.repeat(starts, np.diff(starts, append=len(north)))
    is_first: Mask = (north == north[firsts]) & (east == east[firsts])
    return is_first


def _find_returns(starts: Ints, north: Floats, east: Floats) -> Ints:
    """Return the indices of the rings that come back to their first point before their end."""
    is_first = _equal_first(starts, north, east)
    has_left = np.zeros(len(north), dtype=bool)
    has_left[1:] = is_first[1:] & ~is_first[:-1]
    has_left[starts] = False
    last = np.repeat(_find_last_others(starts, north, east), np.diff(starts, append=len(north)))
    is_return = has_left & (np.arange(len(north)) < last)
    return np.flatnonzero(np.add.reduceat(is_return.astype(np.int64), starts))


def _split_at_returns(starts: Ints, returns: Ints, north: Floats, east: Floats) -> list[int]:
    """Return the points at which a new ring begins within the rings `returns`."""
    stops = np.append(starts[1:], len(north))
    again = _find_next_alike(starts, north, east).tolist()
    found = []
    for start, stop in zip(starts[returns].tolist(), stops[returns].tolist(), strict=True):
        first = start
        while first < stop:
            closing = again[_skip_repeated(first, again)]
            if closing < 0:
                break
            first = _skip_repeated(closing, again) + 1
            if first < stop:
                found.append(first)
    return found


def _skip_repeated(point: int, again: list[int]) -> int:
    """Return the last of the points that stand at the place of `point` right behind it."""
    while again[point] == point + 1:
        point += 1
    return point


def _find_next_alike(starts: Ints, north: Floats, east: Floats) -> Ints:
    """Return the index of the next point of the same ring at the same place, or -1."""
    rings = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(north)))
    order = np.lexsort((east, north, rings))
    is_alike = (
        (np.diff(rings[order]) == 0) & (np.diff(north[order]) == 0) & (np.diff(east[order]) == 0)
    )
    alike = np.full(len(north), -1, dtype=np.int64)
    alike[order[:-1][is_alike]] = order[1:][is_alike]
    return alike
