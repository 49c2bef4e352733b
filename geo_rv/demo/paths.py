"""Ways over a raster: the cheapest ones, and smooth lines made of them that stay joined."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from geo_rv.demo.drainage import NEIGHBOURS
from geo_rv.demo.grid import Flags, Floats, Grid, Whole


class Ways:
    """The cheapest ways from one of several starts to the cells round them."""

    def __init__(
        self, came_from: list[int], order: list[int], columns: int, reached: list[int]
    ) -> None:
        # all of them in numbers of a grid with one more cell on each side
        self._came_from, self._order, self._columns = came_from, order, columns
        self.reached = reached
        """The goals that were reached, the cheapest first."""

    def trace(self, cell: int) -> list[int]:
        """Return the cells on the way from `cell` back to its start."""
        return [_unpad(c, self._columns) for c in trace(self._came_from, _pad(cell, self._columns))]

    def spread(self, labels: Mapping[int, int], shape: tuple[int, int]) -> Whole:
        """Return for each cell the label of the start that its way comes from."""
        label = [0] * len(self._came_from)
        for cell, number in labels.items():
            label[_pad(cell, self._columns)] = number
        for cell in self._order:
            label[cell] = label[self._came_from[cell]]
        return np.array(label).reshape(shape[0] + 2, shape[1] + 2)[1:-1, 1:-1]


def trace(parents: Sequence[int], cell: int) -> list[int]:
    """Return the cells from `cell` along `parents` up to one that is its own parent."""
    cells = [cell]
    while parents[cells[-1]] != cells[-1]:
        cells.append(parents[cells[-1]])
    return cells


def find_ways(
    costs: Floats, starts: Mapping[int, float], *, goals: Iterable[int] = (), enough: int = 1
) -> Ways:
    """Return the cheapest ways from `starts` (flat cell: what is spent already), by Dijkstra.

    A step costs the mean of its two cells' `costs`, times its length in cells. With `goals`
    the search ends when it has reached `enough` of them.
    """
    columns = costs.shape[1]
    width = columns + 2
    cost = np.pad(costs / 2, 1, constant_values=np.inf).ravel().tolist()
    ways = [(row * width + column, float(np.hypot(row, column))) for row, column in NEIGHBOURS]
    spent = [np.inf] * len(cost)
    came_from = list(range(len(cost)))
    heap = []
    for cell, already in starts.items():
        padded = _pad(cell, columns)
        spent[padded] = already
        heap.append((already, padded))
    heapq.heapify(heap)
    wanted = {_pad(cell, columns) for cell in goals}
    done = [False] * len(cost)
    order, reached_goals = [], []
    while heap:
        total, cell = heapq.heappop(heap)
        if done[cell]:
            continue
        done[cell] = True
        order.append(cell)
        if cell in wanted:
            reached_goals.append(_unpad(cell, columns))
            if len(reached_goals) == enough:
                break
        here = cost[cell]
        for offset, length in ways:
            near = cell + offset
            reached = total + (here + cost[near]) * length
            if reached < spent[near]:
                spent[near] = reached
                came_from[near] = cell
                heapq.heappush(heap, (reached, near))
    return Ways(came_from, order, columns, reached_goals)


def _pad(cell: int, columns: int) -> int:
    row, column = divmod(cell, columns)
    return (row + 1) * (columns + 2) + column + 1


def _unpad(cell: int, columns: int) -> int:
    row, column = divmod(cell, columns + 2)
    return (row - 1) * columns + column - 1


class Network:
    """Smooth lines through cells: what is placed once stays, and what comes later joins it."""

    def __init__(self, grid: Grid) -> None:
        self.positions: Floats = grid.locate(np.arange(grid.rows * grid.columns))
        self.placed: Flags = np.zeros(grid.rows * grid.columns, dtype=bool)
        self._steps: set[tuple[int, int]] = set()

    def add(self, cells: list[int], *, smoothing: int) -> Iterator[tuple[list[int], Floats]]:
        """Place the way through `cells` and yield the stretches that were not there yet.

        A stretch is the list of its cells and the points (n, 2) of its line, which are averaged
        `smoothing` times with their neighbours.
        """
        for stretch in self._split_new(cells):
            line = self.positions[stretch]
            for _ in range(smoothing):
                middle = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
                line = np.vstack([line[:1], middle, line[-1:]])
            self.positions[stretch] = line
            self.placed[stretch] = True
            self._steps.update(map(_sort_pair, itertools.pairwise(stretch)))
            yield stretch, subdivide(line)

    def _split_new(self, cells: list[int]) -> Iterator[list[int]]:
        """Yield the stretches of `cells` that are not there yet, each up to a placed cell."""
        stretch = cells[:1]
        for step in itertools.pairwise(cells):
            cell = step[1]
            if _sort_pair(step) in self._steps:
                stretch = [cell]
                continue
            stretch.append(cell)
            if self.placed[cell]:
                yield stretch
                stretch = [cell]
        if len(stretch) > 1:
            yield stretch


def _sort_pair(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)


def subdivide(line: Floats) -> Floats:
    """Return `line` (n, 2) with a point between each two of its own, on the cubic through four.

    Dyn, Levin, Gregory 1987: (-1, 9, 9, -1) / 16.
    """
    if len(line) < 3:
        return line
    ends = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    between = (-ends[:-3] + 9 * ends[1:-2] + 9 * ends[2:-1] - ends[3:]) / 16
    result = np.empty((2 * len(line) - 1, 2))
    result[::2], result[1::2] = line, between
    return result
