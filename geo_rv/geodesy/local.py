"""How long a degree is, for what is small enough to be measured beside its own latitude."""

from __future__ import annotations

import numpy as np

from geo_rv.geodesy.measure import GEOD, Floats

_RADIANS = np.pi / 180


def measure_degrees(latitudes: Floats) -> Floats:
    """Return how many metres a degree of longitude and one of latitude are, shape (n, 2).

    `latitudes` are degrees. The radii of curvature of the CGCS2000 ellipsoid: N cos B across and
    M = a (1 - e2) / (1 - e2 sin2 B)^1.5 along the meridian. Differences of coordinates within a
    kilometre, times these, are metres to 0.02 % up to 45 degrees of latitude.
    """
    sines = np.sin(np.radians(latitudes))
    roots = np.sqrt(1 - GEOD.es * sines**2)
    across = GEOD.a / roots * np.cos(np.radians(latitudes))
    along = GEOD.a * (1 - GEOD.es) / roots**3
    return np.column_stack([across, along]) * _RADIANS
