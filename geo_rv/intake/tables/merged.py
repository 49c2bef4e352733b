"""Cells merged down a column, which hold one value for all of their rows: a village's name, say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geo_rv.intake.tables.cells import Grid


def fill_merged(grid: Grid, *, after: int) -> tuple[Grid, int]:
    """Return `grid` with the value of each merged cell in all of its rows, and how many it filled.

    Only cells one column wide are filled, from the row number `after` on: wider ones are titles.
    """
    columns: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in grid.merged:
        if left == right and after < top < bottom and 0 <= left < grid.cells.shape[1]:
            columns.setdefault(left, []).append((top, bottom))
    cells, count = grid.cells, 0
    for column, spans in columns.items():
        values = cells.iloc[:, column].astype(object).to_numpy(copy=True)
        is_empty = cells.iloc[:, column].isna().to_numpy()
        done = 0
        for top, bottom in sorted(spans):
            first, last = np.searchsorted(grid.rows, (top, bottom + 1))
            # ranges that overlap are no honest ones, and would be filled over and over
            if first < done or first >= last or grid.rows[first] != top or is_empty[first]:
                continue
            at = np.arange(first, last)[is_empty[first:last]]
            values[at] = values[first]
            count, done = count + len(at), int(last)
        filled = pd.Series(values, index=cells.index).astype(cells.dtypes.iloc[column])
        cells = cells.copy(deep=False)
        cells[cells.columns[column]] = filled
    return replace(grid, cells=cells), count
