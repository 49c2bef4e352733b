"""A packed tree of boxes: what lies near a place, without looking at all that does not."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.compiled import compiled
from geo_rv.geodesy.measure import Floats, Indices

BRANCHES: Final = 8
_ORDER: Final = 16  # bits of each axis on the curve

Array = Any


class BoxTree(NamedTuple):
    """Boxes in the order of a Hilbert curve, and above them the boxes of every `BRANCHES`.

    The sides of the boxes stand in arrays of their own, so that a processor compares several
    at once. The first `len(items)` boxes are the leaves, each of the item at its place; the
    root is the last one. The children of the node `len(items) + k` are the boxes from
    `children[k]` up to `children[k + 1]`.
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
    sizes = [len(order)]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // BRANCHES))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sides = np.empty((4, starts[-1]))
    sides[:, : len(order)] = boxes[order].T
    firsts = [
        np.arange(start, start + size, BRANCHES)
        for start, size in zip(starts[:-2], sizes[:-1], strict=True)
    ]
    # the first child of a level comes right after the last one of the level below
    children = np.concatenate([*firsts, [max(starts[-2], 0)]]).astype(np.int64)
    west, south, east, north = sides
    _enclose(west, south, east, north, children, len(order))
    return BoxTree(west, south, east, north, np.ascontiguousarray(order, dtype=np.int64), children)


def sort_boxes(boxes: Floats) -> Indices:
    """Return the indices of the `boxes`, (n, 4), along a Hilbert curve through their middles."""
    if not len(boxes):
        return np.empty(0, dtype=np.int64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    least, most = middles.min(axis=0), middles.max(axis=0)
    scale = ((1 << _ORDER) - 1) / np.maximum(most - least, 1e-12).max()
    return np.argsort(_number_on_curve((middles - least) * scale), kind="stable")


@compiled
def _enclose(
    west: Array, south: Array, east: Array, north: Array, children: Array, leaves: int
) -> None:
    """Fill in the boxes above the leaves, each from its children."""
    for number in range(len(children) - 1):
        first, last, node = children[number], children[number + 1], leaves + number
        west[node], south[node] = west[first:last].min(), south[first:last].min()
        east[node], north[node] = east[first:last].max(), north[first:last].max()


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
