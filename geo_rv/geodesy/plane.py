"""Coordinates into the plane of analysis and back, and how far the plane stretches distances."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj

from geo_rv.geodesy.crs import STORED, Bounds
from geo_rv.geodesy.measure import GEOD, Floats, Indices

LONGEST_EDGE_M = 250.0
"""An edge up to this length runs within a millimetre of the geodesic, 400 km off the meridian."""
METRES_PER_DEGREE = 111_700.0
"""No degree of latitude, and none of longitude on the equator, is longer."""
_GRID = 17
"""Points of the grid, each way, on which the scale of the plane is looked at."""


def project(coordinates: Floats, plane: pyproj.CRS) -> Floats:
    """Return degrees of longitude and latitude, shape (n, 2), as metres east and north.

    A point too far away for the plane comes out infinite.
    """
    longitudes, latitudes = coordinates.T
    return np.column_stack(_make_transformer(plane).transform(longitudes, latitudes))


def unproject(coordinates: Floats, plane: pyproj.CRS) -> Floats:
    """Return metres east and north in `plane`, shape (n, 2), as longitude and latitude."""
    east, north = coordinates.T
    return np.column_stack(_make_transformer(plane).transform(east, north, direction="INVERSE"))


def bound_stretch(bounds: Bounds, plane: pyproj.CRS) -> float:
    """Return how many times longer one metre can be in `plane` than another, within `bounds`.

    `bounds` are degrees. Where the plane says that one feature lies nearer than another, the
    ellipsoid may say the opposite only when the two distances differ by less than this factor.
    """
    west, south, east, north = bounds
    # a shortest line may leave the box that holds its ends, by far less than a tenth
    margin = max(east - west, north - south) / 10
    longitudes = np.linspace(west - margin, east + margin, _GRID)
    latitudes = np.linspace(max(south - margin, -89.9), min(north + margin, 89.9), _GRID)
    grid = np.meshgrid(longitudes, latitudes)
    factors = pyproj.Proj(plane).get_factors(*grid)
    least = np.reshape(factors.tissot_semiminor, (_GRID, _GRID))
    most = np.reshape(factors.tissot_semimajor, (_GRID, _GRID))
    # between the grid's points the scale runs on smoothly, by at most a step between neighbours
    steps = [np.abs(np.diff(scale, axis=axis)).max() for scale in (least, most) for axis in (0, 1)]
    return float((most.max() + max(steps)) / (least.min() - max(steps)))


def densify(coordinates: Floats, lines: Indices) -> tuple[Floats, Indices]:
    """Return coordinates and lines with points added along the geodesics of the long edges.

    `coordinates` are degrees, shape (n, 2), in the order of their `lines`. No edge of the
    result is longer than `LONGEST_EDGE_M`, so that in a plane its straight edges are the
    geodesics between the vertices.
    """
    pieces = np.ones(len(lines), dtype=np.int64)
    is_start = lines[:-1] == lines[1:]
    steps = np.abs(np.diff(coordinates, axis=0)[is_start])
    nearest_equator = np.abs(coordinates[:, 1])
    nearest_equator = np.minimum(nearest_equator[:-1], nearest_equator[1:])[is_start]
    steps[:, 0] *= np.cos(np.radians(nearest_equator))
    lengths = np.hypot(steps[:, 0], steps[:, 1]) * METRES_PER_DEGREE
    pieces[:-1][is_start] = np.maximum(1, np.ceil(lengths / LONGEST_EDGE_M))
    if pieces.max(initial=1) == 1:
        return coordinates, lines

    origins = np.repeat(np.arange(len(lines)), pieces)
    positions = np.arange(len(origins)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    added = positions > 0
    starts = origins[added]
    longitudes, latitudes = coordinates[starts].T
    azimuths, _, distances = GEOD.inv(longitudes, latitudes, *coordinates[starts + 1].T)
    travelled = distances * positions[added] / pieces[starts]
    longitudes, latitudes, _ = GEOD.fwd(longitudes, latitudes, azimuths, travelled)
    dense = coordinates[origins]
    dense[added] = np.column_stack([longitudes, latitudes])
    return dense, lines[origins]


@lru_cache(maxsize=16)
def _make_transformer(plane: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(STORED, plane, always_xy=True)
