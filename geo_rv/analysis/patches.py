"""Patches of eligible land and what a planner asks of each: size, village, shape, road."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from shapely import STRtree

from geo_rv.analysis.coverage import COVERAGES, judge_coverage
from geo_rv.analysis.eligible import EligibleLand
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.geodesy.measure import (
    M2_PER_MU,
    Floats,
    Geometries,
    measure_area_m2,
    to_mu,
)

VILLAGE: Final = "village"
ROAD: Final = "road"


def list_patches(
    land: EligibleLand, ground: Ground, *, subject: str, min_mu: float
) -> tuple[GeoDataFrame, Floats]:
    """Return the patches of `land` of at least `min_mu`, and the area in mu of those left out.

    The frame, in EPSG:4490, is in the order of the areas, the largest first. Its columns: id (by
    that order, so that a smaller `min_mu` changes no id); area_m2, ellipsoidal, and mu; village,
    the one that holds most of it, missing where none holds any; longest_side_m, of the smallest
    rectangle round it; road_m, the geodesic distance to the nearest road of any class, missing
    without roads; coverage, "inside", or "edge" or "outside" where features that nobody imported
    may lie within the widest limit (see `coverage`); lon and lat of a place inside.
    """
    areas = measure_area_m2(land.polygons)
    order = np.argsort(-areas, kind="stable")
    keeps = areas[order] >= min_mu * M2_PER_MU
    chosen = order[keeps]
    polygons, areas_m2 = land.polygons[chosen], areas[chosen]
    sides = _measure_sides(land.planar[chosen])
    places = shapely.get_coordinates(shapely.point_on_surface(polygons))
    names = [f"E{number}" for number in range(1, len(chosen) + 1)]
    columns = {
        "id": pd.Series(names, dtype="str"),
        "area_m2": areas_m2,
        "mu": to_mu(areas_m2),
        "village": _find_villages(polygons, ground),
        "longest_side_m": sides.max(axis=1, initial=0),
        "road_m": _measure_to_roads(polygons, ground),
        "lon": places[:, 0],
        "lat": places[:, 1],
    }
    patches = gpd.GeoDataFrame(columns, geometry=polygons, crs=STORED)
    patches["coverage"] = _judge_coverage(patches, ground, subject, land.reach_m)
    return patches, to_mu(areas[order[~keeps]])


def _measure_sides(planar: Geometries) -> Floats:
    """Return the two sides of the smallest rectangle round each polygon, (n, 2)."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(planar)).reshape(-1, 5, 2)
    sides: Floats = np.hypot(*np.moveaxis(np.diff(corners[:, :3], axis=1), 2, 0))
    return sides


def _find_villages(polygons: Geometries, ground: Ground) -> npt.NDArray[np.object_]:
    """Return the id of the village that holds most of each polygon, None where none does."""
    found = np.full(len(polygons), None, dtype=object)
    if VILLAGE not in ground:
        return found
    villages = ground.find(VILLAGE)
    patch, village = STRtree(villages.geometries).query(polygons, predicate="intersects")
    shares = shapely.area(shapely.intersection(polygons[patch], villages.geometries[village]))
    # ascending, so that the largest is written last
    order = np.argsort(shares, kind="stable")
    order = order[shares[order] > 0]
    found[patch[order]] = villages.names[village[order]]
    return found


def _measure_to_roads(polygons: Geometries, ground: Ground) -> Floats:
    if ROAD not in ground:
        return np.full(len(polygons), np.nan)
    return find_nearest(take_apart(polygons), ground.find(ROAD).shapes).distance_m


def _judge_coverage(
    patches: GeoDataFrame, ground: Ground, subject: str, reach_m: float
) -> npt.NDArray[np.object_]:
    frame = conform_frame(patches[["id", patches.geometry.name]], ground.catalogue[subject])
    sites = ground.with_frame(subject, frame).find(subject)
    codes = pd.Series(judge_coverage(sites, ground, reach_m=reach_m), index=sites.names)
    names = np.array(COVERAGES, dtype=object)
    told: npt.NDArray[np.object_] = names[codes.reindex(patches["id"]).to_numpy()]
    return told
