"""Rivers, streams and reservoirs, as the terrain makes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_rv.demo.drainage import find_streams
from geo_rv.demo.grid import Flags, Floats, Grid, Whole, repeat_cells
from geo_rv.demo.paths import Network, trace
from geo_rv.demo.plan import Plan
from geo_rv.demo.terrain import Terrain

HOLLOW_KM2 = 0.3
"""The catchment from which a valley has a floor that fields can lie on."""
STREAM_KM2 = 1.2
"""The catchment from which running water is drawn as a stream."""
DAM_KM2 = 0.6
"""The catchment from which a dam is worth while."""
RIVER_KM2 = 15.0
"""The catchment from which it is a river, drawn with its width."""


@dataclass(frozen=True)
class Stream:
    """A valley's bed from its head to where it joins another or leaves the map."""

    cells: list[int]
    """Its cells in the terrain's grid, downstream."""
    line: Floats
    """Points (n, 2) in the plane, downstream."""
    catchment_km2: Floats
    """The land that drains through each point."""

    @property
    def is_river(self) -> Flags:
        """Where it carries so much that it is drawn with its width."""
        return self.catchment_km2 > RIVER_KM2


def trace_streams(terrain: Terrain) -> list[Stream]:
    """Return the streams of `terrain`, those with the longest way first."""
    gathered = terrain.gathered.ravel()
    square_km = (terrain.grid.cell / 1000) ** 2
    wet = gathered * square_km > HOLLOW_KM2
    is_spring = wet.copy()
    is_spring[terrain.drainage.receivers[wet]] = False
    receivers = terrain.drainage.receivers.tolist()
    ways = [trace(receivers, cell) for cell in np.flatnonzero(is_spring).tolist()]
    network = Network(terrain.grid)
    streams = []
    for way in sorted(ways, key=len, reverse=True):
        for cells, line in network.add(way, smoothing=4):
            amounts = gathered[cells] * square_km
            # the last cell is already the larger stream's
            amounts[-1] = amounts[-2]
            places = np.linspace(0, len(cells) - 1, len(line))
            streams.append(Stream(cells, line, np.interp(places, np.arange(len(cells)), amounts)))
    return streams


def find_width(catchment_km2: Floats) -> Floats:
    """Return the width in metres of water that drains `catchment_km2`."""
    return np.asarray(4.5 * np.sqrt(catchment_km2))


def draw_river(stream: Stream) -> shapely.Polygon | None:
    """Return the bed of `stream` from where it is a river on; None where it never is one."""
    points = stream.line[stream.is_river]
    if len(points) < 3:
        return None
    widths = find_width(stream.catchment_km2[stream.is_river])
    pieces = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    return shapely.union_all(shapely.buffer(pieces, widths[1:] / 2, quad_segs=4))


@dataclass(frozen=True)
class Pools:
    """Reservoirs on a fine raster, numbered from 1 in the plan's order; 0 where there is none."""

    water: Whole
    """The reservoir that covers each cell."""
    catchment: Whole
    """The reservoir that each cell drains to."""


def fill_pools(plan: Plan, terrain: Terrain, grid: Grid, heights: Floats) -> Pools:
    """Return the plan's reservoirs: each dam stands on the stream nearest to its place.

    `heights` are those of the fine `grid`, whose cells divide the terrain's.
    """
    square_km = (terrain.grid.cell / 1000) ** 2
    wet = np.flatnonzero(terrain.gathered.ravel() * square_km > DAM_KM2)
    dams = plan.locate(tuple(dam.at for dam in plan.dams))
    apart = terrain.grid.locate(wet)[:, None] - dams
    cells = wet[np.hypot(apart[..., 0], apart[..., 1]).argmin(axis=0)]
    number = np.zeros(terrain.heights.size, dtype=int)
    number[cells] = np.arange(1, len(cells) + 1)
    is_dam = (number > 0).reshape(terrain.grid.shape)
    target = find_streams(terrain.drainage, is_dam).reshape(terrain.grid.shape)
    times = round(terrain.grid.cell / grid.cell)
    catchment = repeat_cells(number[target], times)
    level = np.zeros(len(cells) + 1)
    level[1:] = terrain.heights.ravel()[cells] + [dam.depth for dam in plan.dams]
    is_water: Flags = heights < level[catchment]
    return Pools(np.where(is_water, catchment, 0), catchment)


def find_water(pools: Pools, grid: Grid) -> Floats:
    """Return the cells under water, each as a line without length, (n, 2, 2)."""
    places = grid.locate(np.flatnonzero(pools.water))
    return np.stack([places, places], axis=1)
