"""Land use: the town's ground as pieces that share their edges, from one raster of labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_rv.demo.coverage import Shapes, draw_regions, merge_small, remove_specks
from geo_rv.demo.drainage import find_streams
from geo_rv.demo.grid import Flags, Floats, Whole
from geo_rv.demo.ground import Ground, Use
from geo_rv.demo.terrain import Terrain
from geo_rv.demo.water import Stream

BAND_M = 45.0
"""The height between the upper and lower edge of a compartment on a slope."""
LEAST_M2 = 4000.0
"""Pieces of field or slope below this go to a neighbour."""
DUST_M2 = 700.0
"""Pieces of any use below this go to a neighbour of any use."""
TOLERANCE_M = 5.5
"""Corners go that make a triangle of less than the square of this."""


@dataclass(frozen=True)
class Pieces:
    """Pieces of the town's ground, in the plane: no gaps, no overlaps."""

    polygons: Shapes
    village: Whole
    """The number of the village, from 1."""
    use: Whole
    part: Whole
    """The number of the reservoir or cemetery; of fields and slopes what they were split by."""
    rise: Floats
    """Metres above the nearest stream, on average."""
    slope: Floats
    height: Floats
    """Metres above the sea, on average."""

    def select(self, wanted: Flags | Whole) -> Pieces:
        """Return the `wanted` pieces, by flags or by their places."""
        return Pieces(*(getattr(self, name)[wanted] for name in self.__dataclass_fields__))


def divide_land(ground: Ground, use: Whole, part: Whole) -> Pieces:
    """Return the town's ground as pieces of one village, one use and one part each."""
    keys = (part * 8 + use) * 32 + ground.village
    keys[ground.village == 0] = 0
    found, labels = np.unique(remove_specks(keys, times=3), return_inverse=True)
    labels = labels.reshape(keys.shape)
    polygons, label = draw_regions(labels, ground.grid)
    # only fields and slopes may run together
    group = found % 32 + 32 * np.isin(found // 32 % 8, (Use.FIELD, Use.SLOPE))
    group = np.where(group < 32, found + 64, group)
    polygons, kept = merge_small(polygons, group[label], least_m2=LEAST_M2)
    label = label[kept]
    polygons, kept = merge_small(polygons, np.zeros(len(kept), dtype=int), least_m2=DUST_M2)
    label = label[kept]
    # bits of the land beyond the boundary that the town encloses are the town's
    averages = (_average(values, labels) for values in (ground.rise, ground.slope, ground.heights))
    return Pieces(
        shapely.coverage_simplify(polygons, TOLERANCE_M),
        found[label] % 32,
        found[label] // 32 % 8,
        found[label] // 256,
        *(average[label] for average in averages),
    )


def _average(values: Floats, labels: Whole) -> Floats:
    """Return for each label the mean of `values` in its cells."""
    counts = np.maximum(np.bincount(labels.ravel()), 1)
    return np.bincount(labels.ravel(), weights=values.ravel()) / counts


def split_fields(ground: Ground, streams: list[Stream], field: Flags) -> Whole:
    """Return for each cell of `field` the number of its block, in the order of the cells.

    Blocks lie along the streams: on one side of one stretch, in terraces that follow the
    contours, as deep as a field path is away from the next.
    """
    lines = [stream.line[::2] for stream in streams if len(stream.line) > 2]
    starts = np.vstack([line[:-1] for line in lines])
    steps = np.vstack([np.diff(line, axis=0) for line in lines])
    number = np.concatenate([np.full(len(line) - 1, n) for n, line in enumerate(lines)])
    lengths = np.hypot(*steps.T)
    travelled = np.cumsum(lengths) - lengths
    east, north = ground.grid.centres
    points = np.column_stack([east[field], north[field]])
    tree = shapely.STRtree(shapely.linestrings(np.stack([starts, starts + steps], axis=1)))
    nearest = tree.query_nearest(shapely.points(points), all_matches=False)[1]
    way, along = points - starts[nearest], steps[nearest] / lengths[nearest, None]
    ahead = np.clip((way * along).sum(axis=1), 0, lengths[nearest])
    aside = way[:, 1] * along[:, 0] - way[:, 0] * along[:, 1]
    left = aside > 0
    # blocks of the two banks do not face each other, and field paths run askew
    stretch = (travelled[nearest] + ahead + 70 * left + 0.25 * np.abs(aside)) // 230
    terrace = np.digitize(ground.rise[field], [4.5])
    depth = np.minimum(np.abs(aside) // 210, 7).astype(int)
    bank = (number[nearest] * 1024 + stretch.astype(int) % 1024) * 2 + left
    return np.asarray((bank * 4 + terrace) * 8 + depth)


def split_slopes(terrain: Terrain, ground: Ground, streams: list[Stream]) -> Whole:
    """Return for each cell the number of its compartment: one band of height over one bed."""
    bed = np.zeros(terrain.heights.size, dtype=int)
    count = 0
    for stream in streams:
        stretches = np.arange(len(stream.cells)) // 9
        bed[stream.cells] = count + stretches + 1
        count += int(stretches[-1]) + 1
    target = find_streams(terrain.drainage, bed.reshape(terrain.grid.shape) > 0)
    basin = bed[target].reshape(terrain.grid.shape)[ground.bent]
    band = ((ground.heights + basin * 17 % BAND_M) // BAND_M).astype(int)
    return np.asarray(basin * 64 + band)
