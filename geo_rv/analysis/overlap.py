"""How much of each site lies in features, by the county's formula."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from shapely import STRtree

from geo_rv.analysis.ground import Features
from geo_rv.geodesy.measure import (
    POLYGONS,
    Floats,
    Geometries,
    Indices,
    measure_area_m2,
    split_parts,
)

COLLECTION: Final = 7
"""Shapely's type number of what a repaired polygon may have become."""


def measure_overlaps(sites: Features, features: Features) -> tuple[Floats, Indices]:
    """Return the area in m2 that each site shares with `features`, and the one it shares most with.

    The area is the ellipsoidal one; what several features cover is counted once. The index is
    -1 where nothing is shared.
    """
    site_faces, faces = _keep_faces(sites.geometries), _keep_faces(features.geometries)
    feature, site = STRtree(site_faces).query(faces, predicate="intersects")
    pieces, pairs = _split_faces(shapely.intersection(site_faces[site], faces[feature]))
    shares = np.bincount(pairs, weights=measure_area_m2(pieces), minlength=len(site))
    largest = np.full(len(site_faces), -1)
    # ascending, so that the last one written is the largest share and the smallest index
    order = np.lexsort((-feature, shares))
    order = order[shares[order] > 0]
    largest[site[order]] = feature[order]
    return _measure_unions(pieces, site[pairs], len(site_faces)), largest


def _keep_faces(geometries: Geometries) -> Geometries:
    """Return `geometries` with None for points and lines: they share no area."""
    kept = geometries.copy()
    kept[~np.isin(shapely.get_type_id(geometries), (*POLYGONS, COLLECTION))] = None
    return kept


def _measure_unions(pieces: Geometries, owners: Indices, count: int) -> Floats:
    """Return the area in m2 that the pieces of each of the `count` owners cover together."""
    numbers, owner_of = np.unique(owners, return_inverse=True)
    order = np.argsort(owner_of, kind="stable")
    together = shapely.multipolygons(pieces[order], indices=owner_of[order])
    areas = np.zeros(count)
    areas[numbers] = measure_area_m2(shapely.union_all(together[:, np.newaxis], axis=1))
    return areas


def _split_faces(geometries: Geometries) -> tuple[Geometries, Indices]:
    """Return the polygons among the parts of `geometries`, and the geometry of each."""
    parts, owners = split_parts(geometries)
    is_face = np.isin(shapely.get_type_id(parts), POLYGONS)
    return parts[is_face], owners[is_face]
