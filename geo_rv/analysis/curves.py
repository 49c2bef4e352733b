"""The curves on both sides of an edge that keep its radius, drawn never inside; compiled.

An edge is gone along forth and back, and each time the curve on its left is drawn: a straight
piece beside the edge, and round its end a joint. On the outside of a bend the joint is an arc,
drawn as tangents, on the inside a straight piece that cuts through the buffer, or nothing where
the two straight pieces meet before. What lies between two curves that follow each other is none:
each begins at the very point where the one before it ends.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.compiled import compiled, inlined, lean
from geo_rv.geodesy.buffer import ARC_M
from geo_rv.geodesy.measure import Floats

NONE: Final = -1
FORTH, BACK = 0, 1
_REVERSED: Final = math.pi - 1e-9
_SHORTEST: Final = 1e-300

Array = Any
"""What numba compiles knows its own types."""


class Edges(NamedTuple):
    """Edges in a plane, and how far from them all is kept clear."""

    ends: Floats
    """x and y of where each begins and ends, (n, 4); a point is an edge without length."""
    radii: Floats
    after: Array
    """The edge that goes on where each ends; NONE where none does."""
    before: Array


@inlined
def measure_edge(edges: Any, edge: int, x: float, y: float) -> Any:
    """Return how far a place is from an edge, and the way there from the edge's nearest point."""
    x0, y0 = edges.ends[edge, 0], edges.ends[edge, 1]
    east, north = edges.ends[edge, 2] - x0, edges.ends[edge, 3] - y0
    x, y = x - x0, y - y0
    share = (x * east + y * north) / max(east * east + north * north, _SHORTEST)
    share = min(max(share, 0.0), 1.0)
    x, y = x - share * east, y - share * north
    return math.sqrt(x * x + y * y), x, y


@inlined
def _orient(edges: Any, edge: int, way: int) -> Any:
    """Return where an edge begins and ends, its direction and its length, on its `way`."""
    x0, y0 = edges.ends[edge, 0], edges.ends[edge, 1]
    x1, y1 = edges.ends[edge, 2], edges.ends[edge, 3]
    if way == BACK:
        x0, y0, x1, y1 = x1, y1, x0, y0
    length = math.hypot(x1 - x0, y1 - y0)
    if length == 0:
        # a point looks east, and on its way back west, so that its two arcs close
        return x0, y0, x1, y1, -1.0 if way == BACK else 1.0, 0.0, 0.0
    return x0, y0, x1, y1, (x1 - x0) / length, (y1 - y0) / length, length


@lean
def mark_curves(edges: Any, edge: int, x: float, y: float, near: float, spans: Array) -> None:
    """Widen `spans`, (2, 2), to what of an edge's curves may run within `near` of a place."""
    for way in (FORTH, BACK):
        x0, y0, _, _, east, north, length = _orient(edges, edge, way)
        along = (x - x0) * east + (y - y0) * north
        across = east * (y - y0) - north * (x - x0)
        if -near < along < length + near and across > -near:
            spans[way, 0] = min(spans[way, 0], along - near)
            spans[way, 1] = max(spans[way, 1], along + near)
        if along > length - near:
            begin, end = _find_joint(along - length, across, near, edges.radii[edge])
            spans[way, 0] = min(spans[way, 0], length + begin)
            spans[way, 1] = max(spans[way, 1], length + end)


@inlined
def _find_joint(ahead: float, across: float, near: float, radius: float) -> Any:
    """Return from where to where round an edge's end its joint may run near a place."""
    away = math.hypot(ahead, across)
    if away < 2 * near:
        return -near, math.pi * radius
    turned = math.atan2(ahead, across)
    if turned < -math.pi / 2:
        # round the end and back along the other side
        turned += 2 * math.pi
    # seen from the end, what is near lies within this angle
    wide = math.asin(near / away)
    return radius * (turned - wide), radius * (turned + wide)


@inlined
def _turn(edges: Any, edge: int, following: int, way: int) -> Any:
    """Return the angle from an edge's direction to the following one's, negative to the right."""
    _, _, _, _, east, north, _ = _orient(edges, edge, way)
    _, _, _, _, next_east, next_north, _ = _orient(edges, following, way)
    turn = math.atan2(east * next_north - north * next_east, east * next_east + north * next_north)
    # straight back has no inner side: it is gone round on both
    return turn if turn < _REVERSED else -math.pi


@inlined
def _meet(edges: Any, edge: int, following: int, way: int) -> Any:
    """Return where the straight pieces of two edges meet that turn to the left.

    It is told as what that takes off the first one, 0 where they do not meet on the nearer half
    of both edges, and as a place.
    """
    if edge == NONE or following == NONE:  # noqa: PLR1714 - compiled, it stays a comparison
        return 0.0, 0.0, 0.0
    _, _, x, y, east, north, length = _orient(edges, edge, way)
    _, _, _, _, _, _, next_length = _orient(edges, following, way)
    turn, radius = _turn(edges, edge, following, way), edges.radii[edge]
    taken = radius * math.tan(turn / 2)
    if turn <= 0 or taken > min(length, next_length) / 2:
        return 0.0, 0.0, 0.0
    return taken, x - north * radius - east * taken, y + east * radius - north * taken


@inlined
def _put(curve: Array, at: int, x: float, y: float) -> Any:
    """Write a point, unless points are only counted; return the place of the next one."""
    if len(curve):
        curve[at, 0], curve[at, 1] = x, y
    return at + 1


@lean
def _trace_curve(edges: Any, edge: int, way: int, span: Array, curve: Array, at: int) -> Any:
    """Draw what of an edge's curve lies in its span; return the place of the next point."""
    x0, y0, x1, y1, east, north, length = _orient(edges, edge, way)
    radius = edges.radii[edge]
    former, following = edges.before[edge], edges.after[edge]
    if way == BACK:
        former, following = following, former
    begins, meet_x, meet_y = _meet(edges, former, edge, way)
    taken, next_x, next_y = _meet(edges, edge, following, way)
    ends = length - taken
    if span[0] <= ends or taken > 0:
        begin, end = min(max(span[0], begins), ends), min(max(span[1], begins), ends)
        left_x, left_y = x0 - north * radius, y0 + east * radius
        if begin == begins > 0:
            at = _put(curve, at, meet_x, meet_y)
        else:
            at = _put(curve, at, left_x + begin * east, left_y + begin * north)
        if end == ends and taken > 0:
            at = _put(curve, at, next_x, next_y)
        elif end == ends:
            at = _put(curve, at, x1 - north * radius, y1 + east * radius)
        else:
            at = _put(curve, at, left_x + end * east, left_y + end * north)
    if span[1] < ends or taken > 0:
        return at
    return _trace_joint(edges, edge, following, way, span, curve, at)


@lean
def _trace_joint(
    edges: Any, edge: int, following: int, way: int, span: Array, curve: Array, at: int
) -> Any:
    """Draw what joins the curve of an edge to the following one's, or to its own other side.

    Of an arc's corners those from before the span begins to after it ends are drawn.
    """
    _, _, x, y, east, north, length = _orient(edges, edge, way)
    radius, next_radius = edges.radii[edge], edges.radii[edge]
    next_east, next_north, turn = -east, -north, -math.pi
    if following != NONE:
        next_radius = edges.radii[following]
        _, _, _, _, next_east, next_north, _ = _orient(edges, following, way)
        turn = _turn(edges, edge, following, way)
    first, last, steps = 0, 0, 0
    if turn < 0:
        # to the right: an arc on the left, as the tangents between those of the two edges
        steps = int(math.ceil(-turn / (2 * math.acos(radius / (radius + ARC_M)))))  # noqa: RUF046 - numba's ceil is a float
        first = min(max(int((span[0] - length) / radius * steps / -turn) - 2, 0), steps - 1)
        last = min(int((span[1] - length) / radius * steps / -turn) + 2, steps)
    if span[0] > length and first == 0:
        at = _put(curve, at, x - north * radius, y + east * radius)
    for number in range(first, last):
        angle, outside = (number + 0.5) * turn / steps, radius / math.cos(turn / steps / 2)
        ahead, aside = -math.sin(angle) * outside, math.cos(angle) * outside
        at = _put(curve, at, x + ahead * east - aside * north, y + ahead * north + aside * east)
    if last == steps:
        at = _put(curve, at, x - next_north * next_radius, y + next_east * next_radius)
    return at


@lean
def _trace(edges: Any, items: Array, spans: Array, curves: Array, starts: Array) -> Any:
    """Draw every curve with a span, or only count them and their points; return both numbers."""
    count, at = 0, 0
    for item in range(len(items)):
        for way in (FORTH, BACK):
            if spans[item, way, 0] == np.inf:
                continue
            at = _trace_curve(edges, items[item], way, spans[item, way], curves, at)
            count += 1
            if len(starts):
                starts[count] = at
    return count, at


@compiled
def trace_curves(edges: Any, items: Array, spans: Array) -> Any:
    """Return the points of the curves of the edges `items`, (n, 2), and where each one starts.

    `spans`, (len(items), 2, 2), say from where to where each is drawn on its way forth and back:
    along the edge, and beyond its end round it, in metres; none where that begins at infinity.
    Each point lies in its edge's buffer, or no more than `ARC_M` outside of it.
    """
    count, points = _trace(edges, items, spans, np.empty((0, 2)), np.empty(0, np.int64))
    curves, starts = np.empty((points, 2)), np.zeros(count + 1, np.int64)
    _trace(edges, items, spans, curves, starts)
    return curves, starts
