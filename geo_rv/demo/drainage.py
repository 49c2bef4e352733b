"""Where water runs: the tree of flow over a height field, and what gathers along it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from geo_rv.demo.grid import Flags, Floats, Whole

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Drainage:
    """The tree of flow: every cell runs to its receiver, the outlets to themselves."""

    receivers: Whole
    """For each flat cell number the number of the cell that it runs into."""
    order: Whole
    """The cells from the outlets upwards: a receiver stands before all that run into it."""
    steps: Floats
    """For each cell the way to its receiver, in cells: 1, or the diagonal's root of 2."""


def route_water(heights: Floats, outlets: Flags) -> Drainage:
    """Return the flow over `heights` to `outlets`, through every hollow on the way.

    Barnes, Lehman, Mulla 2014, "Priority-flood": cells are reached from the outlets upwards,
    the lowest one first, and each runs to the cell that it was reached from.
    """
    width = heights.shape[1] + 2
    height = np.pad(heights, 1).ravel().tolist()
    closed = np.pad(np.zeros_like(outlets), 1, constant_values=True).ravel().tolist()
    ways = [(row * width + column, float(np.hypot(row, column))) for row, column in NEIGHBOURS]
    starts = np.flatnonzero(np.pad(outlets, 1)).tolist()
    heap = [(height[cell], height[cell], cell) for cell in starts]
    heapq.heapify(heap)
    receiver = list(range(len(height)))
    steps = [1.0] * len(height)
    for cell in starts:
        closed[cell] = True
    order = []
    while heap:
        level, _, cell = heapq.heappop(heap)
        order.append(cell)
        for offset, length in ways:
            near = cell + offset
            if not closed[near]:
                closed[near] = True
                receiver[near] = cell
                steps[near] = length
                # below the water of a hollow, its deepest cells come first: that is its bed
                heapq.heappush(heap, (max(height[near], level), height[near], near))
    inner = np.pad(np.ones_like(outlets), 1).ravel()
    renumber = np.cumsum(inner) - 1
    return Drainage(
        receivers=renumber[np.array(receiver)[inner]],
        order=renumber[np.array(order)],
        steps=np.array(steps)[inner],
    )


def gather_water(drainage: Drainage) -> Floats:
    """Return for each cell how many cells run through it, itself included."""
    total = [1.0] * len(drainage.receivers)
    receivers = drainage.receivers.tolist()
    for cell in reversed(drainage.order.tolist()):
        if receivers[cell] != cell:
            total[receivers[cell]] += total[cell]
    return np.array(total)


def add_upwards(drainage: Drainage, rises: Floats, base: Floats) -> Floats:
    """Return for each cell the sum of `rises` on its way to the outlet, on the outlet's `base`."""
    total = base.ravel().tolist()
    rise = rises.ravel().tolist()
    receivers = drainage.receivers.tolist()
    for cell in drainage.order.tolist():
        if receivers[cell] != cell:
            total[cell] = total[receivers[cell]] + rise[cell]
    return np.array(total)


def find_streams(drainage: Drainage, streams: Flags) -> Whole:
    """Return for each cell the first cell of `streams` on its way down, or its outlet."""
    target = list(range(len(drainage.receivers)))
    is_stream = streams.ravel().tolist()
    receivers = drainage.receivers.tolist()
    for cell in drainage.order.tolist():
        if not is_stream[cell] and receivers[cell] != cell:
            target[cell] = target[receivers[cell]]
    return np.array(target)
