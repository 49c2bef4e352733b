"""The shortest way along lines that share their points."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict

import numpy as np

from geo_rv.demo.grid import Floats


def follow_edges(edges: Floats, stops: list[Floats]) -> Floats:
    """Return the points (n, 2) of the shortest way along `edges` (m, 2, 2) from stop to stop.

    Stops are moved to the nearest end of an edge. Raises LookupError where no way leads on.
    """
    ends, number = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    pairs = number.reshape(-1, 2).tolist()
    lengths = np.hypot(*(edges[:, 0] - edges[:, 1]).T).tolist()
    roads: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, other), length in zip(pairs, lengths, strict=True):
        roads[one].append((other, length))
        roads[other].append((one, length))
    nearest = [int(np.hypot(*(ends - stop).T).argmin()) for stop in stops]
    way = nearest[:1]
    for start, goal in itertools.pairwise(nearest):
        way += _find_way(roads, start, goal)[1:]
    return np.asarray(ends[way])


def _find_way(roads: dict[int, list[tuple[int, float]]], start: int, goal: int) -> list[int]:
    """Return the numbers of the points on the shortest way, by Dijkstra."""
    came_from = {}
    heap = [(0.0, start, start)]
    while heap:
        travelled, point, before = heapq.heappop(heap)
        if point in came_from:
            continue
        came_from[point] = before
        if point == goal:
            way = [goal]
            while way[-1] != start:
                way.append(came_from[way[-1]])
            return way[::-1]
        for near, length in roads[point]:
            if near not in came_from:
                heapq.heappush(heap, (travelled + length, near, point))
    raise LookupError((start, goal))
