"""An area cut into square tiles, and which edges come near each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo_rv.analysis.compiled import inlined, lean
from geo_rv.analysis.curves import Edges
from geo_rv.geodesy.measure import Floats, Geometries, Indices

Array = Any
"""What numba compiles knows its own types."""


@dataclass(frozen=True)
class Tiles:
    """Square tiles that cover a box, row by row from its south-western corner."""

    west: float
    south: float
    side: float
    columns: int
    rows: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.columns * self.rows

    @property
    def middles(self) -> Floats:
        """X and y of the middle of each, (count, 2)."""
        rows, columns = np.divmod(np.arange(self.count), self.columns)
        corner = np.array([self.west, self.south])
        middles: Floats = corner + (np.column_stack([columns, rows]) + 0.5) * self.side
        return middles

    @property
    def boxes(self) -> Geometries:
        """The squares; neighbours have the same coordinates, to the last digit."""
        wests = self.west + self.side * np.arange(self.columns + 1)
        souths = self.south + self.side * np.arange(self.rows + 1)
        rows, columns = np.divmod(np.arange(self.count), self.columns)
        boxes: Geometries = shapely.box(
            wests[columns], souths[rows], wests[columns + 1], souths[rows + 1]
        )
        return boxes


def cut_tiles(bounds: tuple[float, float, float, float], side: float) -> Tiles:
    """Return tiles of this side that cover `bounds` (west, south, east, north)."""
    west, south, east, north = bounds
    columns, rows = (math.ceil(span / side) or 1 for span in (east - west, north - south))
    return Tiles(west, south, side, columns, rows)


def sort_edges(edges: Edges, tiles: Tiles) -> tuple[Indices, Indices]:
    """Return the edges whose buffers may reach each tile, and where those of each tile start.

    Buffers are taken for their boxes: an edge may be listed with a tile that it does not reach.
    """
    grid = tiles.west, tiles.south, tiles.side, tiles.columns, tiles.rows
    counts = np.zeros(tiles.count, np.int64)
    _count_edges(edges, *grid, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    items = np.empty(starts[-1], np.int32)
    _fill_edges(edges, *grid, starts[:-1].copy(), items)
    return items, starts


@inlined
def _span(low: float, high: float, side: float, count: int) -> Any:
    """Return the first tile and the one after the last between two distances from the border."""
    first = max(math.floor(low / side), 0)
    return first, max(min(math.floor(high / side) + 1, count), first)


@inlined
def _find_tiles(
    edges: Any, edge: int, west: float, south: float, side: float, columns: int, rows: int
) -> Any:
    x0, y0 = edges.ends[edge, 0], edges.ends[edge, 1]
    x1, y1 = edges.ends[edge, 2], edges.ends[edge, 3]
    radius = edges.radii[edge]
    left, right = _span(min(x0, x1) - radius - west, max(x0, x1) + radius - west, side, columns)
    low, high = _span(min(y0, y1) - radius - south, max(y0, y1) + radius - south, side, rows)
    return left, right, low, high


@lean
def _count_edges(
    edges: Any, west: float, south: float, side: float, columns: int, rows: int, counts: Array
) -> None:
    for edge in range(len(edges.radii)):
        left, right, low, high = _find_tiles(edges, edge, west, south, side, columns, rows)
        for row in range(low, high):
            for column in range(left, right):
                counts[row * columns + column] += 1


@lean
def _fill_edges(
    edges: Any, west: float, south: float, side: float, columns: int, rows: int,
    ends: Array, items: Array,
) -> None:  # fmt: skip
    for edge in range(len(edges.radii)):
        left, right, low, high = _find_tiles(edges, edge, west, south, side, columns, rows)
        for row in range(low, high):
            for column in range(left, right):
                tile = row * columns + column
                items[ends[tile]] = edge
                ends[tile] += 1
