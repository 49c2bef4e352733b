"""Whose ground is whose: the villages of the town, and their neighbours beyond it."""

from __future__ import annotations

import numpy as np

from geo_rv.demo.grid import Floats, Whole, make_noise, smooth
from geo_rv.demo.paths import find_ways
from geo_rv.demo.plan import Plan
from geo_rv.demo.terrain import Terrain


def divide_ground(plan: Plan, terrain: Terrain) -> Whole:
    """Return for each cell the number of its village, from 1, or 0 beyond the town.

    Each cell goes to the seat from which it is easiest to reach; ridges and rivers are hard to
    cross, so boundaries come to lie on them.
    """
    grid = terrain.grid
    noise = make_noise(plan.start_generator("villages"), grid, steepness=2.5, longest_m=2500)
    river = terrain.gathered * (grid.cell / 1000) ** 2 > 4
    costs = grid.cell * (np.exp(0.45 * noise) + 7 * smooth(terrain.slope) + 4 * river)
    costs += grid.cell * 3 * _find_ridges(terrain)
    seats = plan.locate((*(unit.seat for unit in plan.villages), *plan.neighbours))
    head_starts = [unit.head_start for unit in plan.villages] + [0.0] * len(plan.neighbours)
    cells = grid.number(seats).tolist()
    ways = find_ways(costs, dict(zip(cells, head_starts, strict=True)))
    count = len(plan.villages)
    labels = {cell: n if n <= count else 0 for n, cell in enumerate(cells, start=1)}
    return _round_off(ways.spread(labels, grid.shape), count)


def _round_off(villages: Whole, count: int) -> Whole:
    """Return `villages` without narrow tongues: each cell goes with most of its neighbours."""
    shares = [smooth((villages == number) * 1.0, times=3) for number in range(count + 1)]
    return np.asarray(np.argmax(shares, axis=0))


def _find_ridges(terrain: Terrain) -> Floats:
    """Return where the ground stands above its surroundings, as 0 to 1."""
    rise = terrain.heights - smooth(terrain.heights, times=12)
    return np.clip(rise / 12, 0, 1)
