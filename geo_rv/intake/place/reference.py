"""Which coordinate system a file's coordinates are in: told, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyproj

from geo_rv.errors import (
    CrsContradicted,
    CrsMissing,
    CrsUnknown,
    DatumRefused,
    FileCrsUnknown,
)
from geo_rv.geodesy.crs import parse_crs
from geo_rv.geodesy.helmert import bind_to_stored, require_parameters
from geo_rv.intake.candidate import Problem

_OLD_DATUM = re.compile(r"beijing|xian|xi.an|西安|北京", re.IGNORECASE)
_UNNAMED_DATUM = re.compile(r"unknown|unspecified|not.specified|krass?ov?w?sk", re.IGNORECASE)
# semi-major axes of the ellipsoids of Beijing 54 (Krassowsky 1940) and of Xi'an 80 (IAG 1975)
_OLD_ELLIPSOIDS_M = (6378245.0, 6378140.0)
_SURE = 60
"""The confidence, in per cent, from which two descriptions mean the same registered system."""


def choose_crs(
    own: str | None,
    given: str | None,
    *,
    file: str,
    default: str | None = None,
    parameters: Sequence[float] = (),
) -> pyproj.CRS:
    """Return the coordinate system of `file`.

    `own` is what the file says, `given` what the user says, `default` what the format means
    where neither says anything. `parameters` are seven, as `geodesy.helmert` takes them: a
    system on Xi'an 80 or Beijing 54 comes back bound to CGCS2000 by them, any other is what it
    is without them. Raises CrsMissing, CrsContradicted, CrsUnknown, FileCrsUnknown,
    ParametersUnusable, or DatumRefused for Xi'an 80 and Beijing 54 without parameters.
    """
    if parameters:
        require_parameters(parameters)
    given_crs = _parse_given(given) if given else None
    own_crs = _parse_own(own, given_crs, file) if own else None
    if own_crs is not None and given_crs is not None and not _are_same(own_crs, given_crs):
        raise CrsContradicted(file=file, own=own_crs.name, given=given)
    crs = own_crs or given_crs or (parse_crs(default) if default else None)
    if crs is None:
        raise CrsMissing(file=file)
    if parameters and has_old_datum(crs):
        return bind_to_stored(crs, parameters)
    refuse_old_datum(crs, file=file)
    return crs


def refuse_old_datum(crs: pyproj.CRS, *, file: str) -> None:
    """Raise DatumRefused for a system on Xi'an 80 or Beijing 54."""
    if has_old_datum(crs):
        raise DatumRefused(file=file, crs=crs.name)


def has_old_datum(crs: pyproj.CRS) -> bool:
    """Return whether `crs` is on Xi'an 80 or Beijing 54, by its datum or its ellipsoid."""
    datum = crs.geodetic_crs.datum.name if crs.geodetic_crs and crs.geodetic_crs.datum else ""
    axis = crs.ellipsoid.semi_major_metre if crs.ellipsoid else 0.0
    by_name = _OLD_DATUM.search(f"{datum} {crs.name}")
    return bool(by_name or (axis in _OLD_ELLIPSOIDS_M and _UNNAMED_DATUM.search(datum)))


def tell_parameters(crs: pyproj.CRS, parameters: Sequence[float]) -> list[Problem]:
    """Return the note that `crs`, as `choose_crs` returned it, goes by the user's `parameters`."""
    if not (parameters and crs.is_bound):
        return []
    facts = {"crs": crs.name, "values": show_parameters(parameters)}
    return [Problem("parameters_used", "warning", facts=facts)]


def show_parameters(parameters: Sequence[float]) -> str:
    """Return seven parameters as they are written."""
    return ", ".join(f"{value:.12g}" for value in parameters)


def _parse_given(given: str) -> pyproj.CRS:
    crs = parse_crs(given)
    if not _is_horizontal(crs):
        raise CrsUnknown(crs=given)
    return crs


def _parse_own(own: str, given: pyproj.CRS | None, file: str) -> pyproj.CRS | None:
    """Return what the file says, or None where that is "undefined", or the user knows better."""
    try:
        crs = parse_crs(own)
    except CrsUnknown as error:
        if given is not None:
            return None
        raise FileCrsUnknown(file=file, crs=own) from error
    return crs if _is_horizontal(crs) else None


def _is_horizontal(crs: pyproj.CRS) -> bool:
    return bool(crs.is_geographic or crs.is_projected)


def _are_same(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    if one.equals(other, ignore_axis_order=True):
        return True
    code = one.to_epsg(min_confidence=_SURE)
    return code is not None and code == other.to_epsg(min_confidence=_SURE)
