"""From Xi'an 80 and Beijing 54 to CGCS2000 by seven parameters that a survey office gave.

The sign convention is that of Chinese surveying (布尔沙模型, CH/T 2014-2016), which others call
Bursa-Wolf with the *coordinate frame* rotation (EPSG method 9607):

    X2 = dX + (1 + m 1e-6) (      X1 + rz Y1 - ry Z1)
    Y2 = dY + (1 + m 1e-6) (-rz X1 +      Y1 + rx Z1)
    Z2 = dZ + (1 + m 1e-6) ( ry X1 - rx Y1 +      Z1)

with geocentric metres on the old ellipsoid (1) and on that of CGCS2000 (2), and the rotations in
radians. Programs that take *position vectors* (PROJ's +towgs84, EPSG method 9606) want the three
rotations with the opposite sign.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyproj

from geo_rv.errors import ParametersUnusable
from geo_rv.geodesy.crs import STORED

_METRE: Final = "metre"
_ARC_SECOND: Final = {
    "type": "AngularUnit",
    "name": "arc-second",
    "conversion_factor": math.pi / 180 / 3600,
}
_PARTS_PER_MILLION: Final = {
    "type": "ScaleUnit",
    "name": "parts per million",
    "conversion_factor": 1e-6,
}
_PARAMETERS: Final[tuple[tuple[str, int, Any], ...]] = (
    ("X-axis translation", 8605, _METRE),
    ("Y-axis translation", 8606, _METRE),
    ("Z-axis translation", 8607, _METRE),
    ("X-axis rotation", 8608, _ARC_SECOND),
    ("Y-axis rotation", 8609, _ARC_SECOND),
    ("Z-axis rotation", 8610, _ARC_SECOND),
    ("Scale difference", 8611, _PARTS_PER_MILLION),
)
"""Name, EPSG code and unit of each parameter, in the order in which they are given."""
_METHOD: Final = {
    "name": "Coordinate Frame rotation (geog2D domain)",
    "id": {"authority": "EPSG", "code": 9607},
}


def require_parameters(parameters: Sequence[float]) -> None:
    """Raise ParametersUnusable unless `parameters` are seven finite numbers."""
    if len(parameters) != len(_PARAMETERS) or not all(map(math.isfinite, parameters)):
        given = ", ".join(f"{value:g}" for value in parameters)
        raise ParametersUnusable(count=len(parameters), given=given)


def bind_to_stored(crs: pyproj.CRS, parameters: Sequence[float]) -> pyproj.CRS:
    """Return `crs`, of an old datum, bound to the stored CRS by `parameters`.

    `parameters` are dx, dy, dz in metres, rx, ry, rz in arc seconds (coordinate frame, see
    above) and the scale difference in parts per million. What is transformed from the result to
    EPSG:4490 goes through them and nothing else. Raises ParametersUnusable.
    """
    require_parameters(parameters)
    source = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    rows = zip(_PARAMETERS, parameters, strict=True)
    return pyproj.CRS.from_json_dict(
        {
            "type": "BoundCRS",
            "source_crs": source.to_json_dict(),
            "target_crs": STORED.to_json_dict(),
            "transformation": {
                "name": f"{source.name} to {STORED.name}",
                "method": _METHOD,
                "parameters": [_describe(row, value) for row, value in rows],
            },
        }
    )


def _describe(row: tuple[str, int, Any], value: float) -> Mapping[str, Any]:
    name, code, unit = row
    identity = {"authority": "EPSG", "code": code}
    return {"name": name, "value": value, "unit": unit, "id": identity}
