"""A raster in the plane, and the few things that the demo town does with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Grid:
    """Square cells in a plane: row 0 lies in the south, column 0 in the west."""

    west: float
    south: float
    cell: float
    """The side of a cell in metres."""
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def centres(self) -> tuple[Floats, Floats]:
        """Easting and northing of each cell's middle, each of the grid's shape."""
        x = self.west + (np.arange(self.columns) + 0.5) * self.cell
        y = self.south + (np.arange(self.rows) + 0.5) * self.cell
        east, north = np.meshgrid(x, y)
        return east, north

    def refine(self, times: int) -> Grid:
        """Return the grid whose cells are `times` smaller and cover the same ground."""
        return Grid(
            self.west, self.south, self.cell / times, self.rows * times, self.columns * times
        )

    def find_cells(self, points: Floats) -> tuple[Whole, Whole]:
        """Return row and column of the cells that hold `points` (n, 2), or of the nearest ones."""
        column = np.floor((points[..., 0] - self.west) / self.cell).astype(int)
        row = np.floor((points[..., 1] - self.south) / self.cell).astype(int)
        return np.clip(row, 0, self.rows - 1), np.clip(column, 0, self.columns - 1)

    def locate(self, cells: Whole) -> Floats:
        """Return the middles (n, 2) of the cells with the flat numbers `cells`."""
        row, column = np.divmod(cells, self.columns)
        return np.column_stack(
            [self.west + (column + 0.5) * self.cell, self.south + (row + 0.5) * self.cell]
        )

    def number(self, points: Floats) -> Whole:
        """Return the flat numbers of the cells that hold `points` (n, 2)."""
        row, column = self.find_cells(points)
        return row * self.columns + column

    def sample(self, values: Floats, points: Floats) -> Floats:
        """Return `values` at `points` (n, 2), bilinear between the cells' middles."""
        column = np.clip((points[..., 0] - self.west) / self.cell - 0.5, 0, self.columns - 1.001)
        row = np.clip((points[..., 1] - self.south) / self.cell - 0.5, 0, self.rows - 1.001)
        j, i = column.astype(int), row.astype(int)
        u, v = column - j, row - i
        lower = values[i, j] * (1 - u) + values[i, j + 1] * u
        upper = values[i + 1, j] * (1 - u) + values[i + 1, j + 1] * u
        return np.asarray(lower * (1 - v) + upper * v)


def make_noise(
    generator: np.random.Generator, grid: Grid, *, steepness: float, longest_m: float
) -> Floats:
    """Return a field of mean 0 and deviation 1 whose waves of length L have the power L^steepness.

    Waves longer than `longest_m` metres get no more power than those of that length.
    """
    spectrum = np.fft.rfft2(generator.standard_normal(grid.shape))
    frequency = np.hypot(
        np.fft.fftfreq(grid.rows, grid.cell)[:, None], np.fft.rfftfreq(grid.columns, grid.cell)
    )
    spectrum *= np.maximum(frequency * longest_m, 1) ** (-steepness / 2)
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=grid.shape)
    return np.asarray(field / field.std())


def smooth(values: Floats, *, times: int = 1) -> Floats:
    """Return `values` averaged `times` times with their neighbours (weights 1 2 1)."""
    for _ in range(times):
        for axis in (0, 1):
            padded = np.pad(values, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            first, last = (
                (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
            )
            values = (first + 2 * values + last) / 4
    return values


def repeat_cells(values: NDArray[Number], times: int) -> NDArray[Number]:
    """Return `values` on the grid refined by `times`, the same in all parts of a cell."""
    return np.repeat(np.repeat(values, times, axis=0), times, axis=1)


def enlarge(values: Floats, times: int) -> Floats:
    """Return `values` on the grid refined by `times`, smooth between the cells' middles."""
    return smooth(repeat_cells(values, times), times=times * times // 2)


def measure_slope(values: Floats, cell: float) -> Floats:
    """Return the steepness (rise over run) of the heights `values`."""
    north, east = np.gradient(values, cell)
    return np.asarray(np.hypot(north, east))
