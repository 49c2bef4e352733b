"""The ground on a fine raster: whose it is, and what it is used for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_rv.demo.grid import Flags, Floats, Grid, Whole, enlarge, make_noise, measure_slope, smooth
from geo_rv.demo.hamlets import Hamlet, measure_rise
from geo_rv.demo.plan import Plan
from geo_rv.demo.roads import Road
from geo_rv.demo.terrain import Terrain
from geo_rv.demo.water import Pools

TIMES = 3
"""How many cells of the fine raster lie along the side of a terrain cell."""


class Use(IntEnum):
    """What a piece of ground is."""

    POOL = 1
    BUILT = 2
    FIELD = 3
    SLOPE = 4
    CEMETERY = 5


@dataclass(frozen=True)
class Ground:
    """The ground on the fine raster; each array is of the grid's shape."""

    grid: Grid
    heights: Floats
    slope: Floats
    rise: Floats
    """Metres above the stream that the cell drains to."""
    village: Whole
    """The number of the village, from 1; 0 beyond the town."""
    bent: tuple[Whole, Whole]
    """The terrain cell that each cell belongs to, a little aside: no boundary is a stair."""


def refine_ground(plan: Plan, terrain: Terrain, villages: Whole) -> Ground:
    """Return the terrain and the villages on the fine raster, boundaries a little crooked."""
    grid = terrain.grid.refine(TIMES)
    heights = enlarge(terrain.heights, TIMES)
    generator = plan.start_generator("bend")
    noises = [make_noise(generator, grid, steepness=2, longest_m=500) for _ in range(2)]
    aside = [np.clip(18 * noise, -35, 35) for noise in noises]
    east, north = grid.centres
    bent = terrain.grid.find_cells(np.stack([east + aside[0], north + aside[1]], axis=-1))
    return Ground(
        grid=grid,
        heights=heights,
        slope=measure_slope(heights, grid.cell),
        rise=smooth(enlarge(measure_rise(terrain), TIMES), times=3),
        village=villages[bent],
        bent=bent,
    )


def group_cells(values: NDArray[Any]) -> NDArray[Any]:
    """Return `values` of the fine raster by terrain cell: (rows, columns, cells in it)."""
    rows, columns = (length // TIMES for length in values.shape)
    blocks = values.reshape(rows, TIMES, columns, TIMES).swapaxes(1, 2)
    return blocks.reshape(rows, columns, TIMES * TIMES)


def build_houses(plan: Plan, ground: Ground, hamlets: list[Hamlet], roads: list[Road]) -> Flags:
    """Return the cells where houses stand close, along the roads round each hamlet's middle."""
    generator = plan.start_generator("houses")
    ways = np.vstack([road.line for road in roads if road.road_class != "motorway"])
    houses = []
    for hamlet in hamlets:
        reach = 45 + 13 * np.sqrt(hamlet.houses)
        near = ways[np.hypot(*(ways - hamlet.place).T) < reach]
        near = np.vstack([near, hamlet.place, hamlet.place])
        picked = near[generator.integers(len(near), size=hamlet.houses)]
        houses.append(picked + generator.normal(0, 24, picked.shape))
    cells, counts = np.unique(ground.grid.number(np.vstack(houses)), return_counts=True)
    crowd = np.zeros(ground.heights.shape)
    crowd.flat[cells] = np.minimum(counts, 4)
    return smooth(crowd, times=3) > 0.28


def classify_ground(ground: Ground, pools: Pools, built: Flags, cemeteries: Whole) -> Whole:
    """Return the `Use` of each cell: gentle floors are fields, what is steeper is slope."""
    flat = (ground.rise < 11) & (ground.slope < 0.13)
    use = np.where(smooth(flat * 1.0, times=6) > 0.5, Use.FIELD, Use.SLOPE)
    use[built] = Use.BUILT
    use[cemeteries > 0] = Use.CEMETERY
    use[pools.water > 0] = Use.POOL
    return use
