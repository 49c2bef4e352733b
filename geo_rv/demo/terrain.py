"""The lie of the land: hills in the north and east, valleys that gather in the south-west."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_rv.demo.drainage import (
    Drainage,
    add_upwards,
    find_streams,
    gather_water,
    route_water,
)
from geo_rv.demo.grid import Floats, Grid, make_noise, measure_slope, smooth

VALLEY_M = 90.0
"""The height of the lowest valley above the sea."""
STREAM_CELLS = 60
"""How many cells must run together to make a stream with a floor of its own."""


@dataclass(frozen=True)
class Terrain:
    """Heights and the water that runs over them, on one grid."""

    grid: Grid
    heights: Floats
    """Metres above the sea."""
    slope: Floats
    drainage: Drainage
    gathered: Floats
    """How many cells run through each cell; of the grid's shape."""


def make_terrain(generator: np.random.Generator, grid: Grid) -> Terrain:
    """Return a landscape that water has carved: every cell drains to the south-west."""
    east, north = grid.centres
    across = (east - grid.west) / (grid.columns * grid.cell)
    along = (north - grid.south) / (grid.rows * grid.cell)
    noise = make_noise(generator, grid, steepness=3.0, longest_m=6000)
    upland = 1 / (1 + np.exp(-9 * (0.45 * across + 0.75 * along - 0.62 + 0.1 * noise)))
    heights = VALLEY_M + 260 * upland + 45 * noise + 60 * (across + along)
    outlets = np.zeros(grid.shape, dtype=bool)
    outlets[: grid.rows // 3, 0] = outlets[0, : grid.columns // 2] = True
    for _ in range(2):
        heights = _carve(heights, outlets, upland, grid, generator)
    drainage = route_water(heights, outlets)
    gathered = gather_water(drainage)
    heights = smooth(_lay_floors(heights, drainage, gathered), times=2)
    # brooks that run side by side find together in the hollows that water has made already
    hollows = 1.5 * smooth(np.log2(gathered).reshape(grid.shape), times=4)
    drainage = route_water(heights - hollows, outlets)
    return Terrain(
        grid=grid,
        heights=heights,
        slope=measure_slope(heights, grid.cell),
        drainage=drainage,
        gathered=gather_water(drainage).reshape(grid.shape),
    )


def _carve(
    heights: Floats, outlets: np.ndarray, upland: Floats, grid: Grid, generator: np.random.Generator
) -> Floats:
    """Return the heights that running water leaves: the more water, the gentler its bed.

    Flint's law: slope = steepness x area^-0.45, steep in the uplands, gentle in the lowlands.
    """
    drainage = route_water(heights, outlets)
    gathered = gather_water(drainage)
    rough = np.exp(0.35 * make_noise(generator, grid, steepness=2.0, longest_m=1500)).ravel()
    steepness = (0.07 + 0.33 * upland.ravel()) * rough
    rises = steepness * gathered**-0.45 * drainage.steps * grid.cell
    carved = add_upwards(drainage, rises, np.full(grid.shape, VALLEY_M))
    return smooth(carved.reshape(grid.shape), times=2)


def _lay_floors(heights: Floats, drainage: Drainage, gathered: Floats) -> Floats:
    """Return `heights` with flat valley floors, the wider the larger the stream."""
    streams = gathered > STREAM_CELLS
    bed = find_streams(drainage, streams)
    above = np.maximum(heights.ravel() - heights.ravel()[bed], 0)
    softness = 1.5 * np.log2(np.maximum(gathered[bed] / STREAM_CELLS, 1) + 1)
    floors = heights.ravel() - above + above**2 / (above + softness)
    return np.asarray(floors.reshape(heights.shape))
