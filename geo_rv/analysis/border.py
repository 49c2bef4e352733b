"""Which edges make the border of all their buffers together in a tile; compiled.

A tile is cut into ever smaller squares. One that an edge's buffer holds, and one that no buffer
reaches, is settled by the distances to its middle; of the squares that remain small, the edges
matter whose buffers may reach farthest anywhere in them.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.compiled import compiled, inlined, lean
from geo_rv.analysis.curves import NONE, Edges, mark_curves, measure_edge
from geo_rv.geodesy.buffer import ARC_M
from geo_rv.geodesy.measure import Floats, Indices

LEAF_M: Final = 8.0
"""The side of the smallest squares: smaller ones find fewer idle edges, and take longer."""
LEAST_SURE_M: Final = 32.0
"""The side of the smallest squares that are told as free or held."""
MARGIN_M: Final = 0.5
"""So far beyond where the border can run its curves are drawn."""
_CORNER: Final = math.sqrt(0.5)
"""From the middle of a square of side 1 to its corner."""

Array = Any
"""What numba compiles knows its own types."""


class Marks(NamedTuple):
    """Which of the n edges near a tile its border needs, and for what."""

    spans: Floats
    """From where to where an edge's curves make border, (n, 2, 2); see `trace_curves`."""
    covers: Array
    """Whether an edge is kept as one whose buffer holds a square."""


class _Walk(NamedTuple):
    """What a walk through a tile's squares looks at, and where it keeps those left to see."""

    edges: Any
    items: Indices
    marks: Marks
    candidates: Array
    """The edges that may matter in a square, as places in `items`; behind the square's own stand
    those of the squares that it is cut into."""
    squares: Floats
    """x and y of the middle, and the side."""
    ranges: Indices
    """Where the candidates begin and end."""
    sure: Floats
    """The middles of squares of which all is known, and 1 for free ones, 0 for those held."""


def measure_reaches(edges: Edges, chosen: Indices, places: Floats) -> Floats:
    """Return how far each place is from the nearest of the `chosen` edges' buffers.

    Inside it is negative.
    """
    reaches = np.full(len(places), np.inf)
    _measure_reaches(edges, chosen, places, reaches)
    return reaches


@lean
def _measure_reaches(edges: Any, chosen: Array, places: Array, reaches: Array) -> None:
    for place in range(len(places)):
        x, y = places[place, 0], places[place, 1]
        least = np.inf
        for edge in chosen:
            distance, _, _ = measure_edge(edges, edge, x, y)
            least = min(least, distance - edges.radii[edge])
        reaches[place] = least


@lean
def _scan(walk: Any, square: int, x: float, y: float, corner: float) -> Any:
    """Return the least reach at a square's middle, whose it is, and whether a mark covers it.

    The reach of an edge at a place is its distance less its radius.
    """
    edges, items, marks = walk.edges, walk.items, walk.marks
    least, near, is_covered = np.inf, NONE, False
    for at in range(walk.ranges[square, 0], walk.ranges[square, 1]):
        item = walk.candidates[at]
        distance, _, _ = measure_edge(edges, items[item], x, y)
        reach = distance - edges.radii[items[item]]
        if reach < least:
            least, near = reach, item
        if reach <= -corner:
            is_drawn = min(marks.spans[item, 0, 0], marks.spans[item, 1, 0]) < np.inf
            is_covered |= is_drawn or marks.covers[item]
    return least, near, is_covered


@lean
def _keep_rivals(walk: Any, square: int, near: int, x: float, y: float, corner: float) -> Any:
    """Write behind a square's candidates those that may make border in it; return their end.

    `near` is the one with the least reach at the middle. Up to a corner the reach of an edge
    with the nearest point in the direction u changes by no less than the slope u says, as
    distances to an edge are convex, and by at most c2 / 2 (d - c) more. What is behind `near` by
    more than the two slopes differ, and by `ARC_M`, by which curves leave circles, makes none.
    """
    edges, items = walk.edges, walk.items
    distance, near_x, near_y = measure_edge(edges, items[near], x, y)
    least = distance - edges.radii[items[near]]
    is_far = distance > 2 * corner
    bend = corner * corner / (2 * (distance - corner)) if is_far else 0.0
    bound = min(corner + MARGIN_M, least + 2 * corner + ARC_M)
    begin, end = walk.ranges[square, 0], walk.ranges[square, 1]
    last = end
    for at in range(begin, end):
        edge = items[walk.candidates[at]]
        away, away_x, away_y = measure_edge(edges, edge, x, y)
        reach = away - edges.radii[edge]
        if reach >= bound:
            continue
        if is_far and away > 0:
            east, north = away_x / away - near_x / distance, away_y / away - near_y / distance
            if reach - least > corner * math.sqrt(east * east + north * north) + bend + ARC_M:
                continue
        walk.candidates[last] = walk.candidates[at]
        last += 1
    return last


@inlined
def _push_quarters(walk: Any, left: int, end: int, last: int) -> Any:
    """Put the quarters of the square at `left` in its place; return how many are left to see."""
    x, y, side = walk.squares[left, 0], walk.squares[left, 1], walk.squares[left, 2] / 2
    for quarter in range(4):
        walk.squares[left, 0] = x + (quarter % 2 - 0.5) * side
        walk.squares[left, 1] = y + (quarter // 2 - 0.5) * side
        walk.squares[left, 2] = side
        walk.ranges[left, 0], walk.ranges[left, 1] = end, last
        left += 1
    return left


@lean
def _settle(walk: Any, left: int, known: int) -> Any:
    """See to the square at `left`; return how many are left then, and what it was.

    That is 1 for one that is told as sure, 2 for one with border, 0 for any other.
    """
    x, y, side = walk.squares[left, 0], walk.squares[left, 1], walk.squares[left, 2]
    corner = side * _CORNER
    least, near, is_covered = _scan(walk, left, x, y, corner)
    if abs(least) > corner + MARGIN_M:
        if least < 0 and not is_covered:
            walk.marks.covers[near] = True
        if side < LEAST_SURE_M:
            return left, 0
        walk.sure[known, 0], walk.sure[known, 1], walk.sure[known, 2] = x, y, least > 0
        return left, 1
    end = walk.ranges[left, 1]
    last = _keep_rivals(walk, left, near, x, y, corner)
    if side > LEAF_M:
        return _push_quarters(walk, left, end, last), 0
    for at in range(end, last):
        item = walk.candidates[at]
        mark_curves(walk.edges, walk.items[item], x, y, corner + MARGIN_M, walk.marks.spans[item])
    return left, 2


@lean
def _go(walk: Any) -> Any:
    """Go through all squares; return how many are sure, and how many hold border."""
    for item in range(len(walk.items)):
        walk.candidates[item] = item
    walk.ranges[0, 0], walk.ranges[0, 1] = 0, len(walk.items)
    left, known, mixed = 1, 0, 0
    while left:
        left, state = _settle(walk, left - 1, known)
        known += state == 1
        mixed += state == 2
    return known, mixed


@compiled
def find_border(edges: Any, items: Array, x: float, y: float, side: float) -> Any:
    """Return what the border of the buffers of the edges `items` needs in a square tile.

    x and y are the tile's middle. The answer is its marks, by the place in `items`; the middles
    of squares of which it is known, and 1 where they are free of all buffers, 0 where one holds
    them, (n, 3); and how many squares hold border. A place in the tile lies in the buffer of
    some edge exactly when it lies in that of a marked one.
    """
    count = len(items)
    marks = Marks(np.empty((count, 2, 2)), np.zeros(count, np.bool_))
    marks.spans[:, :, 0], marks.spans[:, :, 1] = np.inf, -np.inf
    depth = 2 + int(math.ceil(math.log2(max(side / LEAF_M, 1.0))))  # noqa: RUF046 - numba's ceil is a float
    candidates = np.empty((depth + 1) * count, np.int32)
    squares, ranges = np.empty((3 * depth + 1, 3)), np.empty((3 * depth + 1, 2), np.int64)
    sure = np.empty((max(int(side / LEAST_SURE_M + 1) ** 2, 1), 3))
    walk = _Walk(edges, items, marks, candidates, squares, ranges, sure)
    walk.squares[0, 0], walk.squares[0, 1], walk.squares[0, 2] = x, y, side
    known, mixed = _go(walk)
    return marks, sure[:known], mixed
