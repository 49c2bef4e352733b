"""Parcels of transferred land: picked from the pieces of ground, drawn in to the right area."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.coverage import Shapes
from geo_rv.demo.frames import share_out
from geo_rv.demo.grid import Flags, Floats, Whole
from geo_rv.demo.land import Pieces
from geo_rv.demo.scene import Scene
from geo_rv.geodesy.crs import to_stored
from geo_rv.geodesy.measure import M2_PER_MU, measure_area_m2, to_mu

PATH_M = 2.5
"""About how far a parcel stays from the edge of its piece of ground: the field path."""
LEAST_WIDTH_M = 45.0
"""Pieces that are narrower would be left in shreds when they are drawn in."""


@dataclass(frozen=True)
class Parcels:
    """The parcels of one crop, before they become rows."""

    shapes: Shapes
    village: Whole
    contract_mu: Floats
    columns: dict[str, Any] = field(default_factory=dict)
    """By field, one value for all or one for each."""


class Register:
    """The pieces of ground that are still to be had, and what was taken of them."""

    def __init__(self, scene: Scene, land: Pieces) -> None:
        self.scene = scene
        self.land = land
        area, length = shapely.area(land.polygons), shapely.length(land.polygons)
        self.taken: Flags = np.zeros(len(area), dtype=bool)
        self.area_mu = to_mu(area)
        self.usable_mu = to_mu(area - PATH_M * length)
        self.is_wide: Flags = 2 * area / length > LEAST_WIDTH_M
        self.middles = shapely.get_coordinates(shapely.centroid(land.polygons))

    def pick(self, suits: Flags, middle: Floats, area_mu: float) -> Whole:
        """Take and return the nearest pieces to `middle` that suit, of `area_mu` without paths."""
        free = np.flatnonzero(suits & self.is_wide & ~self.taken)
        away = np.hypot(*(self.middles[free] - middle).T)
        order = free[np.argsort(away, kind="stable")]
        enough = int(np.searchsorted(np.cumsum(self.usable_mu[order]), area_mu)) + 1
        self.taken[order[:enough]] = True
        return order[:enough]

    def fit(self, picked: Whole, total_mu: float, **columns: Any) -> Parcels:
        """Return the picked pieces, drawn in from their edges until they hold `total_mu`.

        The contracts say tenths of a mu and add up to `total_mu`.
        """
        shapes = draw_in(self.land.polygons[picked], total_mu * M2_PER_MU)
        frame = to_stored(GeoDataFrame(geometry=shapes, crs=self.scene.plane))
        area_mu = to_mu(measure_area_m2(frame.geometry.array))
        contract_mu = share_out(total_mu, area_mu, step=0.1)
        return Parcels(shapes, self.land.village[picked], contract_mu, columns)


def draw_in(shapes: Shapes, total_m2: float) -> Shapes:
    """Return the largest parts of `shapes`, drawn in by the one distance that leaves `total_m2`."""
    narrow, wide = 0.0, LEAST_WIDTH_M / 2
    for _ in range(20):
        distance = (narrow + wide) / 2
        parts, owner = shapely.get_parts(
            shapely.buffer(shapes, -distance, join_style="mitre"), return_index=True
        )
        inner = parts[_find_largest(parts, owner)]
        too_large = shapely.area(inner).sum() > total_m2
        narrow, wide = (distance, wide) if too_large else (narrow, distance)
    return np.asarray(inner)


def _find_largest(parts: Shapes, owner: Whole) -> Whole:
    """Return the places in `parts` of the largest part of each owner."""
    order = np.lexsort((-shapely.area(parts), owner))
    return order[np.unique(owner[order], return_index=True)[1]]
