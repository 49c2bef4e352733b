"""How steep patches are, and which way they face, from heights on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo_rv.geodesy.measure import GEOD, Floats, Geometries, Indices
from geo_rv.geodesy.plane import project
from geo_rv.intake.readers.terrain import Terrain

KNOWN_SHARE: Final = 0.5
"""Of a patch's cells whose slope must be known for the patch to have one."""
FLAT_DEGREES: Final = 1.0
"""Land up to this mean slope faces nowhere."""
COMPASS: Final = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_BATCH: Final = 4_000_000
"""Cells that are looked at together."""


@dataclass(frozen=True)
class Relief:
    """The lie of n patches."""

    slope_deg: Floats
    """The mean of the cells, NaN where too little is known."""
    aspect_deg: Floats
    """The way the land falls, clockwise from north, 0 up to 360: the direction of the cells'
    unit vectors added; NaN where too little is known, and on flat land."""
    known: Floats
    """The share of each patch's cells whose slope is known."""


def describe_relief(patches: Geometries, terrain: Terrain | None) -> Relief:
    """Return the relief of `patches`, polygons in EPSG:4490; without a terrain nothing is known.

    A cell counts for the patch in which its middle lies; a patch too small to hold one has the
    cell that it lies in.
    """
    if terrain is None or not len(patches):
        nothing = np.full(len(patches), np.nan)
        return Relief(nothing, nothing, np.zeros(len(patches)))
    slopes, aspects = measure_slopes(terrain)
    places = shapely.transform(patches, lambda degrees: project(degrees, terrain.crs))
    owners, rows, columns = _find_cells(places, terrain)
    count = len(patches)
    known = ~np.isnan(slopes[rows, columns])
    owners, rows, columns, all_cells = owners[known], rows[known], columns[known], owners
    cells = np.bincount(all_cells, minlength=count)
    known_cells = np.bincount(owners, minlength=count)
    share = known_cells / np.maximum(cells, 1)
    mean = _sum_by(owners, slopes[rows, columns], count) / np.maximum(known_cells, 1)
    slope = np.where((share >= KNOWN_SHARE) & (known_cells > 0), mean, np.nan)
    facing = aspects[rows, columns]
    falls = ~np.isnan(facing)
    owners, facing = owners[falls], np.radians(facing[falls])
    east = _sum_by(owners, np.sin(facing), count)
    north = _sum_by(owners, np.cos(facing), count)
    aspect = np.degrees(np.arctan2(east, north)) % 360
    return Relief(slope, np.where(slope > FLAT_DEGREES, aspect, np.nan), share)


def name_aspect(aspect_deg: float) -> str | None:
    """Return the eighth of the compass that an aspect lies in, one of `COMPASS`."""
    return None if np.isnan(aspect_deg) else COMPASS[round(aspect_deg / 45) % 8]


def measure_slopes(terrain: Terrain) -> tuple[Floats, Floats]:
    """Return slope and aspect of each cell in degrees, of the grid's shape, NaN where unknown.

    Horn's formula (1981) over the eight neighbours, in metres on the ground: of a grid in
    degrees those of the ellipsoid at its row. A cell at the border, or beside one without a
    height, has none. Level cells face nowhere.
    """
    heights = terrain.heights_m.astype(np.float64)
    slopes, aspects = np.full(heights.shape, np.nan), np.full(heights.shape, np.nan)
    if min(heights.shape) < 3:
        return slopes, aspects
    step_east, step_north = _measure_steps(terrain)
    west, east = (_smooth(heights[:, at], axis=0) for at in (np.s_[:-2], np.s_[2:]))
    north, south = (_smooth(heights[at], axis=1) for at in (np.s_[:-2], np.s_[2:]))
    rise_east = (east - west) / (8 * step_east[1:-1, np.newaxis])
    rise_north = (north - south) / (8 * step_north[1:-1, np.newaxis])
    # the middle of the nine has no part in the formula, and must be known all the same
    rise = np.hypot(rise_east, rise_north) + 0 * heights[1:-1, 1:-1]
    slopes[1:-1, 1:-1] = np.degrees(np.arctan(rise))
    facing = np.degrees(np.arctan2(-rise_east, -rise_north)) % 360
    aspects[1:-1, 1:-1] = np.where(rise > 0, facing, np.nan)
    return slopes, aspects


def _smooth(heights: Floats, *, axis: int) -> Floats:
    """Return the sums of three neighbours along an axis, the one in the middle twice."""
    first, middle, last = (
        np.take(heights, range(begin, heights.shape[axis] - 2 + begin), axis) for begin in range(3)
    )
    sums: Floats = first + 2 * middle + last
    return sums


def _measure_steps(terrain: Terrain) -> tuple[Floats, Floats]:
    """Return the metres of a cell's two sides, east and north, in each row."""
    rows = len(terrain.heights_m)
    if not terrain.crs.is_geographic:
        return np.full(rows, terrain.step_x), np.full(rows, terrain.step_y)
    lat = np.radians(terrain.north - (np.arange(rows) + 0.5) * terrain.step_y)
    bend = 1 - GEOD.es * np.sin(lat) ** 2
    across, along = GEOD.a / np.sqrt(bend), GEOD.a * (1 - GEOD.es) / bend**1.5
    east = np.radians(terrain.step_x) * across * np.cos(lat)
    return east, np.radians(terrain.step_y) * along


def _find_cells(patches: Geometries, terrain: Terrain) -> tuple[Indices, Indices, Indices]:
    """Return patch, row and column of each cell whose middle lies in a patch.

    A patch that holds none has the cell of a place inside it, where that is on the grid.
    """
    shapely.prepare(patches)
    first, shape = _span_cells(patches, terrain)
    sizes = shape.prod(axis=1)
    found = [_test_cells(patches, terrain, some, first, shape) for some in _split_batches(sizes)]
    owners, rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    lonely = np.flatnonzero(np.bincount(owners, minlength=len(patches)) == 0)
    places = shapely.get_coordinates(shapely.point_on_surface(patches[lonely]))
    column, row = _to_cells(places, terrain)
    on_grid = (row >= 0) & (column >= 0)
    on_grid &= (row < terrain.heights_m.shape[0]) & (column < terrain.heights_m.shape[1])
    return (
        np.concatenate([owners, lonely[on_grid]]),
        np.concatenate([rows, row[on_grid]]),
        np.concatenate([columns, column[on_grid]]),
    )


def _to_cells(places: Floats, terrain: Terrain) -> tuple[Indices, Indices]:
    """Return column and row of the cells that places lie in."""
    columns = np.floor((places[:, 0] - terrain.west) / terrain.step_x)
    rows = np.floor((terrain.north - places[:, 1]) / terrain.step_y)
    return columns.astype(np.int64), rows.astype(np.int64)


def _span_cells(patches: Geometries, terrain: Terrain) -> tuple[Indices, Indices]:
    """Return the first row and column, and how many rows and columns, of each patch's box."""
    bounds = shapely.bounds(patches)
    left, top = _to_cells(bounds[:, [0, 3]], terrain)
    right, bottom = _to_cells(bounds[:, [2, 1]], terrain)
    first = np.maximum(np.column_stack([top, left]), 0)
    last = np.minimum(np.column_stack([bottom, right]), np.array(terrain.heights_m.shape) - 1)
    return first, np.maximum(last - first + 1, 0)


def _split_batches(sizes: Indices) -> list[Indices]:
    """Return the indices of patches in batches of about `_BATCH` cells."""
    batch = np.cumsum(sizes) // _BATCH
    return np.split(np.arange(len(sizes)), np.flatnonzero(np.diff(batch)) + 1)


def _test_cells(
    patches: Geometries, terrain: Terrain, some: Indices, first: Indices, shape: Indices
) -> tuple[Indices, Indices, Indices]:
    """Return patch, row and column of the cells that lie in `some` of the patches."""
    sizes = shape[some].prod(axis=1)
    owners = np.repeat(some, sizes)
    within = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows, columns = (first[owners] + np.column_stack(np.divmod(within, shape[owners, 1]))).T
    x = terrain.west + (columns + 0.5) * terrain.step_x
    y = terrain.north - (rows + 0.5) * terrain.step_y
    inside = shapely.contains_xy(patches[owners], x, y)
    return owners[inside], rows[inside], columns[inside]


def _sum_by(owners: Indices, values: Floats, count: int) -> Floats:
    return np.bincount(owners, weights=values, minlength=count).astype(np.float64)
