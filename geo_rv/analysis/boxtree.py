"""A packed tree of boxes: what lies near a place, without looking at all that does not."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.compiled import compiled
from geo_rv.geodesy.measure import Floats, Indices

BRANCHES: Final = 8
NONE: Final = -1
_ORDER: Final = 16  # bits of each axis on the curve

Array = Any


class BoxTree(NamedTuple):
    """Boxes in the order of a Hilbert curve, and above them the boxes of every `BRANCHES`.

    The sides of the boxes stand in arrays of their own, so that a processor compares all
    children of a node at once. The first boxes are the leaves, each of the item at its place;
    the root is the last one. A level is filled up with boxes that nothing is near to, whose
    item is NONE, so that the node `len(items) + k` has exactly the `BRANCHES` children from
    `children[k]` on.
    """

    west: Floats
    south: Floats
    east: Floats
    north: Floats
    items: Indices
    children: Indices


def plant_tree(boxes: Floats, order: Indices) -> BoxTree:
    """Return the tree of the `boxes`, (n, 4), of which only those in `order` are in it.

    `order` are indices of boxes along the curve, as `sort_boxes` gives them.
    """
    sizes = [_fill_up(len(order))]
    while sizes[-1] > 1:
        sizes.append(_fill_up(sizes[-1] // BRANCHES))
    starts = np.cumsum([0, *sizes])
    sides = np.full((4, starts[-1]), np.inf)
    sides[2:] = -np.inf
    sides[:, : len(order)] = boxes[order].T
    children = np.full(starts[-1] - sizes[0], 0)
    for level in range(1, len(sizes)):
        count = sizes[level - 1] // BRANCHES
        place = starts[level] - sizes[0]
        children[place : place + count] = starts[level - 1] + BRANCHES * np.arange(count)
        below = slice(starts[level - 1], starts[level])
        here = slice(starts[level], starts[level] + count)
        sides[:2, here] = sides[:2, below].reshape(2, count, BRANCHES).min(axis=2)
        sides[2:, here] = sides[2:, below].reshape(2, count, BRANCHES).max(axis=2)
    items = np.full(sizes[0], NONE)
    items[: len(order)] = order
    west, south, east, north = sides
    return BoxTree(west, south, east, north, items, children)


def _fill_up(count: int) -> int:
    """Return the boxes of a level that has `count` of them: one, or a multiple of BRANCHES."""
    return count if count <= 1 else -(-count // BRANCHES) * BRANCHES


def sort_boxes(boxes: Floats) -> Indices:
    """Return the indices of the `boxes`, (n, 4), along a Hilbert curve through their middles."""
    if not len(boxes):
        return np.empty(0, dtype=np.int64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    least, most = middles.min(axis=0), middles.max(axis=0)
    scale = ((1 << _ORDER) - 1) / np.maximum(most - least, 1e-12).max()
    return np.argsort(_number_on_curve((middles - least) * scale), kind="stable")


@compiled
def _number_on_curve(places: Array) -> Any:
    """Return the number of each place, (n, 2) from 0 to 65535, on a Hilbert curve (Skilling)."""
    numbers = np.empty(len(places), dtype=np.uint32)
    for index in range(len(places)):
        x, y = np.uint32(places[index, 0]), np.uint32(places[index, 1])
        number = np.uint32(0)
        side = np.uint32(1 << (_ORDER - 1))
        while side > 0:
            right, upper = np.uint32((x & side) > 0), np.uint32((y & side) > 0)
            number += side * side * ((np.uint32(3) * right) ^ upper)
            if upper == 0:
                if right == 1:
                    x, y = np.uint32(0xFFFF) - x, np.uint32(0xFFFF) - y
                x, y = y, x
            side >>= np.uint32(1)
        numbers[index] = number
    return numbers
