"""What faces share, found for very many of them without running out of memory or time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import STRtree

from geo_rv.geodesy.measure import Indices
from geo_rv.geodesy.validity import make_valid
from geo_rv.intake.quality.vertices import Geometries
from geo_rv.parallel import split_work

_LOOKED_UP = 2_000_000
"""So many pairs are looked up at a time, in the worst case: 32 MB."""
_HANDED_ON = 100_000
"""So many are handed on together: little is done many times, and memory stays small."""
_WORTH_A_CORE = 2_000
_SHARE_GROUND = "T********"
_NOTHING = shapely.Polygon()

Pairs = tuple[Indices, Indices]


def find_neighbours(faces: Geometries, others: Geometries | None = None) -> Iterator[Pairs]:
    """Yield, part by part, the pairs whose boxes meet: places in `faces` and in `others`.

    Without `others`, pairs within `faces`, each once and its first place first.
    """
    tree = STRtree(faces if others is None else others)
    step = max(1, _LOOKED_UP // max(len(tree.geometries), 1))
    waiting: list[Pairs] = []
    count = 0
    for first in range(0, len(faces), step):
        one, other = tree.query(faces[first : first + step])
        one = one + first
        if others is None:
            one, other = one[one < other], other[one < other]
        waiting.append((one, other))
        count += len(one)
        if count >= _HANDED_ON:
            yield from _hand_on(waiting)
            waiting, count = [], 0
    yield from _hand_on(waiting)


def _hand_on(pairs: list[Pairs]) -> Iterator[Pairs]:
    if pairs:
        one, other = (np.concatenate(column) for column in zip(*pairs, strict=True))
        for first in range(0, len(one), _HANDED_ON):
            yield one[first : first + _HANDED_ON], other[first : first + _HANDED_ON]


def intersect(one: Geometries, other: Geometries) -> Geometries:
    """Return what each of `one`, in an array, shares with the `other` beside it."""
    shared = np.empty(len(one), dtype=object)

    def work(first: int, last: int) -> None:
        shared[first:last] = _intersect(one[first:last], other[first:last])

    split_work(len(one), work, least=_WORTH_A_CORE)
    return shared


def intersect_faces(one: Geometries, other: Geometries) -> Geometries:
    """Return the ground that each face of `one` shares with that of `other`, empty for none."""
    shared = np.full(len(one), _NOTHING, dtype=object)

    def work(first: int, last: int) -> None:
        # most neighbours only touch, which is found out in a quarter of the time
        meet = shapely.relate_pattern(one[first:last], other[first:last], _SHARE_GROUND)
        at = first + np.flatnonzero(meet)
        is_same = shapely.equals_identical(one[at], other[at])
        shared[at[is_same]] = one[at[is_same]]
        shared[at[~is_same]] = _intersect(one[at[~is_same]], other[at[~is_same]])

    split_work(len(one), work, least=_WORTH_A_CORE)
    return shared


def _intersect(one: Geometries, other: Geometries) -> Geometries:
    try:
        shared: Geometries = shapely.intersection(one, other)
    except shapely.errors.GEOSException:
        # moved by the last digit, an outline that nearly touches itself may cross itself
        shared = shapely.intersection(make_valid(one), make_valid(other))
    return shared
