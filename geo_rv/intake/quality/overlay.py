"""What faces share, found for very many of them without running out of memory or time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import STRtree

from geo_rv.geodesy.measure import Indices
from geo_rv.intake.quality.validity import make_valid
from geo_rv.intake.quality.vertices import Geometries
from geo_rv.parallel import split_work

_LOOKED_UP = 2_000_000
"""So many pairs are looked up at a time, in the worst case: 32 MB."""
_HANDED_ON = 100_000
"""So many are handed on together: little is done many times, and memory stays small."""
_WORTH_A_CORE = 2_000

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
        part = slice(first, last)
        try:
            shared[part] = shapely.intersection(one[part], other[part])
        except shapely.errors.GEOSException:
            # moved by the last digit, an outline that nearly touches itself may cross itself
            shared[part] = shapely.intersection(make_valid(one[part]), make_valid(other[part]))

    split_work(len(one), work, least=_WORTH_A_CORE)
    return shared
