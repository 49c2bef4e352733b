"""Areas, lengths and distances on the CGCS2000 ellipsoid, from longitudes and latitudes.

Areas are the county's (椭球面积): ring by ring the sum of ellipsoidal trapezoids. Lengths
and distances are geodesic. Nothing here depends on a plane.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

GEOD = Geod(a=6378137.0, rf=298.257222101)
"""The ellipsoid of CGCS2000, in which layers are stored."""

M2_PER_MU = 2000 / 3
_VERTICES_AT_ONCE = 200_000
LINES = (1, 5)
"""Shapely's type numbers of LineString and MultiLineString."""
POLYGONS = (3, 6)
"""Shapely's type numbers of Polygon and MultiPolygon."""


def measure_area_m2(geometries: Iterable[Any]) -> Floats:
    """Return the ellipsoidal area of each geometry, in square metres.

    `geometries` are shapely geometries or None in longitude and latitude (degrees); the
    result has one number for each. Holes are taken off and parts added, whichever way the
    rings run; points, lines, empty geometries and None have the area 0. Edges are straight in
    longitude and latitude.

    The formula is the one of China's land surveys and of the county's software: edge by edge
    the ellipsoidal trapezoid between the edge and a fixed meridian. Its series, which ends at
    e^8, is right to 5e-13 near 32 degrees north and to 2e-11 all over China.
    """
    all_geometries = np.asarray(geometries, dtype=object)
    parts, owners = split_parts(all_geometries)
    is_polygon = np.isin(shapely.get_type_id(parts), POLYGONS)
    parts, owners = parts[is_polygon], owners[is_polygon]
    rings, polygons = shapely.get_rings(parts, return_index=True)
    signed = [_sum_trapezoids(rings[part]) for part in cut_by_vertices(rings)]
    areas = np.abs(np.concatenate(signed))
    is_shell = np.diff(polygons, prepend=-1) > 0
    counted = np.where(is_shell, areas, -areas)
    return _sum_by(owners[polygons], counted, len(all_geometries))


def to_mu(area_m2: Floats) -> Floats:
    """Return square metres as mu (亩): 1 mu is 2000/3 m2, and 15 mu are a hectare."""
    return area_m2 / M2_PER_MU


def measure_length_m(geometries: Iterable[Any]) -> Floats:
    """Return the geodesic length of each line, in metres.

    `geometries` as in `measure_area_m2`. Polygons, points, empty geometries and None have the
    length 0: the outline of a river's water face is not the length of the river.
    """
    all_geometries = np.asarray(geometries, dtype=object)
    parts, owners = split_parts(all_geometries)
    is_line = np.isin(shapely.get_type_id(parts), LINES)
    parts, owners = parts[is_line], owners[is_line]
    coordinates, lines = shapely.get_coordinates(parts, return_index=True)
    starts, ends, lines = pair_neighbours(coordinates, lines)
    lengths = measure_distance_m(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
    return _sum_by(owners[lines], lengths, len(all_geometries))


def measure_distance_m(
    lon1: npt.ArrayLike, lat1: npt.ArrayLike, lon2: npt.ArrayLike, lat2: npt.ArrayLike
) -> Floats:
    """Return the geodesic distances in metres between pairs of points in degrees (Karney 2013)."""
    _, _, distances = GEOD.inv(
        np.asarray(lon1, float),
        np.asarray(lat1, float),
        np.asarray(lon2, float),
        np.asarray(lat2, float),
    )
    return np.asarray(distances)


def split_parts(geometries: Geometries) -> tuple[Geometries, Indices]:
    """Return the single parts of all geometries, and for each the index of its geometry.

    None and empty geometries have no parts; collections are opened.
    """
    parts, owners = geometries, np.arange(len(geometries))
    # most layers have nothing to open, and copies take time; a member of a collection may
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, members = shapely.get_parts(parts, return_index=True)
        owners = owners[members]
    is_filled = ~(shapely.is_missing(parts) | shapely.is_empty(parts))
    return parts[is_filled], owners[is_filled]


def cut_by_vertices(geometries: Geometries) -> list[slice]:
    """Return slices of `geometries`, one at least, of some 200 000 vertices each.

    What takes several numbers for each vertex does so for one after the other.
    """
    groups = np.cumsum(shapely.get_num_coordinates(geometries)) // _VERTICES_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(geometries)]
    return [slice(first, last) for first, last in pairwise(edges)]


def pair_neighbours(coordinates: Floats, lines: Indices) -> tuple[Floats, Floats, Indices]:
    """Return start, end and line of each edge, from coordinates in the order of their `lines`."""
    same_line = lines[1:] == lines[:-1]
    return coordinates[:-1][same_line], coordinates[1:][same_line], lines[1:][same_line]


def _sum_by(groups: Indices, values: Floats, count: int) -> Floats:
    """Return the sum of the `values` of each of the `count` groups."""
    return np.bincount(groups, weights=values, minlength=count).astype(float)


def _sum_trapezoids(rings: Geometries) -> Floats:
    """Return the signed area in m2 of each ring, by the trapezoid formula."""
    coordinates, indices = shapely.get_coordinates(rings, return_index=True)
    # any fixed meridian gives the same area; the ring's own keeps the terms small
    first = np.searchsorted(indices, np.arange(len(rings)))
    coordinates[:, 0] -= coordinates[first[indices], 0]
    starts, ends, edges = pair_neighbours(np.radians(coordinates), indices)
    widths = (starts[:, 0] + ends[:, 0]) / 2
    heights = ends[:, 1] - starts[:, 1]
    middles = (starts[:, 1] + ends[:, 1]) / 2
    series = sum(
        sign * factor * np.sin(order * heights / 2) * np.cos(order * middles)
        for sign, order, factor in zip((1, -1, 1, -1, 1), (1, 3, 5, 7, 9), _SERIES, strict=True)
    )
    trapezoids = 2 * GEOD.b**2 * widths * series
    return _sum_by(edges, trapezoids, len(rings))


def _make_series(e2: float) -> tuple[float, ...]:
    """Return the factors A to E of the trapezoid formula for the squared eccentricity `e2`."""
    e4, e6, e8 = e2**2, e2**3, e2**4
    return (
        1 + 3 / 6 * e2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
        1 / 6 * e2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
        3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
        1 / 112 * e6 + 45 / 2304 * e8,
        5 / 2304 * e8,
    )


_SERIES = _make_series(GEOD.es)
