"""Buffers that hold all that is near enough, and hardly more: no point within is left outside.

GEOS draws its arcs inside the circle, and cracks into the buffers of lines with bends much
finer than the radius; here an arc runs outside its circle, and a line is taken edge by edge.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyproj
import shapely

from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.measure import Floats, Geometries

ARC_M: Final = 0.02
"""How far an arc, which is drawn as tangents, leaves its circle at most."""
CLEARANCE_M: Final = 0.01
"""What is kept beyond a limit, so that rounding and straight edges never fall short of it."""
_POLAR_RADIUS_M: Final = 6_356_752.0
"""No radius of curvature of the ellipsoid is shorter on the mean of its two directions."""


def choose_middle_plane(bounds: Bounds) -> pyproj.CRS:
    """Return the transverse Mercator plane, true to scale along the middle of `bounds` (degrees).

    On the CGCS2000 ellipsoid, origin in the middle; 30 km east or west of it a metre is 11 µm
    too long, which `stretch_radii` allows for.
    """
    west, south, east, north = bounds
    middle = {"lon_0": (west + east) / 2, "lat_0": (south + north) / 2}
    return pyproj.CRS.from_dict({"proj": "tmerc", **middle, "k_0": 1, "ellps": "GRS80"})


def stretch_radii(radii_m: Floats, farthest_east_m: Floats) -> Floats:
    """Return the radii in a middle plane that reach as far as `radii_m` do on the ellipsoid.

    `farthest_east_m` is how far from the plane's meridian each begins at most. The scale of a
    transverse Mercator plane is at most cosh(x / R), R the least radius of curvature; along a
    radius its mean is at most that of its ends, as the function is convex.
    """
    near, far = farthest_east_m, farthest_east_m + radii_m
    scale: Floats = (np.cosh(near / _POLAR_RADIUS_M) + np.cosh(far / _POLAR_RADIUS_M)) / 2
    return radii_m * scale


def buffer_edges(edges: Floats, radii_m: Floats) -> Geometries:
    """Return for each edge, (n, 4) of x and y at both ends, all within its radius, and more.

    An edge without length is a point. No point of the outline is nearer than the radius, nor
    farther than `ARC_M` beyond it.
    """
    quarters = np.ceil(np.pi / 4 / np.arccos(radii_m / (radii_m + ARC_M))).astype(int)
    outside = radii_m / np.cos(np.pi / 4 / quarters)
    lines = np.asarray(shapely.linestrings(edges.reshape(-1, 2, 2)), dtype=object)
    flat = (edges[:, :2] == edges[:, 2:]).all(axis=1)
    lines[flat] = shapely.points(edges[flat, :2])
    buffers = np.empty(len(edges), dtype=object)
    for quarter in np.unique(quarters):
        chosen = quarters == quarter
        buffers[chosen] = shapely.buffer(lines[chosen], outside[chosen], quad_segs=int(quarter))
    return buffers
