"""The local frame: metres east and north of a point, in which distances from it are geodesic.

A vertex at the longitude lon0 + l and the latitude lat0 + p (degrees) lies in the frame of the
point (lon0, lat0) at

    x = l (a0 + a1 p + a2 p2 + a3 p3 + l2 (a4 + a5 p))
    y = p (b0 + b1 p + b2 p2 + b3 p3) + l2 (c0 + c1 p + c2 p2 + c3 l2)

the azimuthal equidistant projection to the fourth order. To the second order this is the
classical x = (N cos lat0 - M sin lat0 p) l, y = M p + ...; the terms after it keep distances
right to a tenth of a millimetre at 25 km and, up to 70 degrees of latitude, to a centimetre at
100 km, where the second order is off by decimetres. The factors depend on the latitude
alone. They are fitted to Karney's geodesics (pyproj.Geod) rather than written out, so that the
ellipsoid has one authority.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from geo_rv.geodesy.measure import GEOD, Floats

TERMS = 14
"""a0 to a5, b0 to b3, c0 to c3."""
_REACH_DEGREES = 1.0
"""How far the fit looks: about 100 km."""
_STEPS = 12
_NODES_PER_DEGREE = 0.25
_FEWEST_NODES = 6


@lru_cache(maxsize=64)
def fit_frames(south: float, north: float) -> Floats:
    """Return the frames of all latitudes from `south` to `north` (degrees).

    The result has the shape (n, TERMS): the factors of the terms as polynomials in the
    distance, in degrees of latitude, from the middle of `south` and `north`, lowest power first.
    """
    middle, half = (south + north) / 2, max((north - south) / 2, 0.5)
    count = _FEWEST_NODES + int(_NODES_PER_DEGREE * 2 * half)
    # Chebyshev's nodes keep the polynomial from swinging between them
    nodes = half * np.cos(np.pi * (np.arange(count) + 0.5) / count)
    factors = np.stack([_fit_frame(middle + node) for node in nodes])
    series = np.polynomial.chebyshev.chebfit(nodes / half, factors, count - 1)
    powers = np.stack([np.polynomial.chebyshev.cheb2poly(column) for column in series.T])
    return np.ascontiguousarray((powers / half ** np.arange(powers.shape[1])).T)


def _fit_frame(latitude: float) -> Floats:
    """Return the TERMS factors at one latitude, by least squares on a grid of geodesics."""
    steps = np.linspace(-_REACH_DEGREES, _REACH_DEGREES, _STEPS)  # an even number: not at 0
    east, north = (axis.ravel() for axis in np.meshgrid(steps, steps))
    here = np.full(len(east), latitude)
    azimuths, _, distances = GEOD.inv(np.zeros(len(east)), here, east, latitude + north)
    azimuths = np.radians(azimuths)
    # near points weigh more: an error counts against the distance at which it is made
    weights = 1 / np.hypot(east, north) ** 3
    first = np.stack([np.ones(len(east)), north, north**2, north**3, east**2, east**2 * north], 1)
    second = np.stack([north, north**2, north**3, north**4], 1)
    third = np.stack([np.ones(len(east)), north, north**2, east**2], 1) * east[:, np.newaxis] ** 2
    x = _solve(first * east[:, np.newaxis], distances * np.sin(azimuths), weights)
    y = _solve(np.hstack([second, third]), distances * np.cos(azimuths), weights)
    return np.concatenate([x, y])


def _solve(terms: Floats, values: Floats, weights: Floats) -> Floats:
    solution, *_ = np.linalg.lstsq(terms * weights[:, np.newaxis], values * weights, rcond=None)
    return np.asarray(solution)
