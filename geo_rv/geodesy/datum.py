"""The datums that coordinates in degrees come in, and the way between them.

China's public web maps are shifted: GCJ-02 (国测局坐标, "Mars coordinates": Amap, Tencent, Google's
maps of China, 奥维's exports since 9.3.0) lies up to 715 m off (600 m in Hubei), and BD-09 (Baidu)
some 700 m off GCJ-02 again. Neither was ever published by those who made it. The formulas are the
ones that every converter uses: GCJ-02 as in the code that became known as EvilTransform, with the
constants of the libraries eviltransform and coordtransform, and BD-09 as in the latter. They are
given forwards only; the inverse is solved here to the last digit.

WGS 84 and CGCS2000 are taken as equal. Their ellipsoids differ by 0.1 mm at the poles, and their
frames by centimetres; as China moves some 3 cm a year, a satellite fix in today's WGS 84 lies up
to 1 m from CGCS2000, which stands at the year 2000. A handheld receiver is worse than that, and
a survey by the national reference stations comes in CGCS2000 anyway.

The shift ends at the border of a box, 72.004 to 137.8347 E and 0.8293 to 55.8271 N, the one in the
published code: outside of it all datums are equal. The box is larger than China. At its edge the
shift stops all at once, so that within one shift of the edge a shifted point may mean two places:
the one inside is taken. No part of China lies there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import shapely

Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]

DATUMS: tuple[Datum, ...] = get_args(Datum)
SHIFTED: tuple[Datum, ...] = ("gcj02", "bd09")
"""The datums that lie off CGCS2000."""
SHIFTED_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north (degrees of CGCS2000) of where there is any shift."""

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
_Point = tuple[Floats, Floats]
_Shift = Callable[[Floats, Floats], _Point]

_A = 6378245.0
_EE = 0.00669342162296594323
_BD_TURNS = np.pi * 3000 / 180
_CONVERGED = 1e-12
"""Degrees: 1e-7 m were missing before the last round, which leaves a thirtieth of it at most."""
_MOST_ROUNDS = 30
"""Five (GCJ-02) or seven (BD-09) are usual."""
_LONGEST = 0.05
"""Degrees; no shift is longer."""
_BLOCK = 1 << 15
"""So many points at a time stay in the processor's cache."""


def to_cgcs2000(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: Datum) -> _Point:
    """Return longitudes and latitudes (degrees, one shape) in `datum` as ones in CGCS2000.

    It undoes `from_cgcs2000` to better than 1e-6 m (about 1e-8 m), by fixed-point iteration until
    nothing changes any more. What is no number, or lies outside of the box, is returned as it is.
    """
    return _apply(_undo, lon, lat, datum)


def from_cgcs2000(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: Datum) -> _Point:
    """Return longitudes and latitudes (degrees, one shape) in CGCS2000 as ones in `datum`."""
    return _apply(_do, lon, lat, datum)


def move_geometries(geometry: Geometries, datum: Datum) -> Geometries:
    """Return shapely geometries (or None) in degrees of `datum` as ones in CGCS2000.

    Heights are left out.
    """
    if datum not in SHIFTED:
        return geometry
    moved: Geometries = shapely.transform(
        geometry, lambda lon, lat: to_cgcs2000(lon, lat, datum), interleaved=False
    )
    return moved


def lie_in_box(lon: Floats, lat: Floats, *, margin: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return which points lie where datums differ, or within `margin` of it; all in degrees."""
    west, south, east, north = SHIFTED_BOX
    is_across = (west - margin <= lon) & (lon <= east + margin)
    return is_across & (south - margin <= lat) & (lat <= north + margin)


def _apply(
    convert: Callable[[Floats, Floats, _Shift], _Point],
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    datum: Datum,
) -> _Point:
    x = np.array(lon, dtype=np.float64, order="C")
    y = np.array(lat, dtype=np.float64, order="C")
    if datum in _SHIFTS:
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)
        for start in range(0, flat_x.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            flat_x[block], flat_y[block] = convert(flat_x[block], flat_y[block], _SHIFTS[datum])
    return x, y


def _do(lon: Floats, lat: Floats, shift: _Shift) -> _Point:
    is_inside = lie_in_box(lon, lat)
    x, y = lon.copy(), lat.copy()
    x[is_inside], y[is_inside] = shift(lon[is_inside], lat[is_inside])
    return x, y


def _undo(lon: Floats, lat: Floats, shift: _Shift) -> _Point:
    """Return the points inside the box that `shift` brings to the given ones, where there are."""
    near = lie_in_box(lon, lat, margin=_LONGEST)
    wanted_x, wanted_y = lon[near], lat[near]
    x, y = wanted_x.copy(), wanted_y.copy()
    for _ in range(_MOST_ROUNDS):
        shifted_x, shifted_y = shift(x, y)
        missing_x, missing_y = wanted_x - shifted_x, wanted_y - shifted_y
        x += missing_x
        y += missing_y
        if max(np.abs(missing_x).max(initial=0), np.abs(missing_y).max(initial=0)) < _CONVERGED:
            break
    is_inside = lie_in_box(x, y, margin=_CONVERGED)
    found_x, found_y = lon.copy(), lat.copy()
    found_x[near] = np.where(is_inside, x, wanted_x)
    found_y[near] = np.where(is_inside, y, wanted_y)
    return found_x, found_y


def _shift_to_gcj02(lon: Floats, lat: Floats) -> _Point:
    """GCJ-02 of CGCS2000 (degrees): metres by a polynomial and sines, put on an ellipsoid."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    latitude = np.radians(lat)
    squeeze = 1 - _EE * np.sin(latitude) ** 2
    north_radius = _A * (1 - _EE) / (squeeze * np.sqrt(squeeze))
    east_radius = _A / np.sqrt(squeeze) * np.cos(latitude)
    return lon + np.degrees(east / east_radius), lat + np.degrees(north / north_radius)


def _shift_to_bd09(lon: Floats, lat: Floats) -> _Point:
    """BD-09 of CGCS2000 (degrees): GCJ-02, its degrees turned and stretched a little."""
    x, y = _shift_to_gcj02(lon, lat)
    length = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURNS)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURNS)
    return length * np.cos(angle) + 0.0065, length * np.sin(angle) + 0.006


_SHIFTS: dict[Datum, _Shift] = {"gcj02": _shift_to_gcj02, "bd09": _shift_to_bd09}
