"""Geometries as a layer takes them: there, of the right type, flat, on the Earth, in EPSG:4490."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import GeometryType, LayerSpec
from geo_rv.geodesy.crs import Bounds, to_stored
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.shapes import Geometries, Mask, Shapes
from geo_rv.messages import Text, tell

Rows = NDArray[np.int64]

_TYPES: Mapping[GeometryType, tuple[shapely.GeometryType, ...]] = {
    "point": (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
    "line": (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    "polygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}
_WORLD: Bounds = (-180.000001, -90.000001, 180.000001, 90.000001)
"""Degrees; the edge of the world comes out of other programs with a little rounding."""
_AREA_MARGIN = 10.0
"""How far outside a projected system's area of use, in degrees, a feature is a mistake."""


def judge_geometries(geometry: Geometries, spec: LayerSpec, rows: Rows) -> list[Problem]:
    """Return which geometries are empty, or of a type that the layer does not take."""
    kinds = shapely.get_type_id(geometry)
    is_missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    allowed = [kind for name in spec.geometry for kind in _TYPES[name]]
    is_wrong = ~np.isin(kinds, allowed) & ~is_missing
    got = pd.Series(kinds[is_wrong]).map(_name_type)
    wanted = _join_types(spec.geometry)
    return [
        *list_problems(is_missing, rows, "geometry_missing"),
        *list_problems(is_wrong, rows, "geometry_type", got=got, wanted=wanted),
    ]


def place_geometries(geometry: Geometries, crs: pyproj.CRS, rows: Rows) -> Shapes:
    """Return `geometry`, whose coordinates are in `crs`, flat and in EPSG:4490.

    Its problems tell that heights were dropped, and which rows lie outside the Earth or far
    outside the area of a projected system, with the likely cause.
    """
    problems = []
    count = int((shapely.has_z(geometry) | shapely.has_m(geometry)).sum())
    if count:
        problems.append(Problem("made_flat", "warning", facts={"count": count}))
    flat = shapely.force_2d(geometry)
    placed = to_stored(gpd.GeoDataFrame(geometry=flat, crs=crs)).geometry.to_numpy()
    is_outside = _lie_outside(placed, _WORLD)
    if crs.is_projected:
        if crs.area_of_use is not None:
            is_outside |= _lie_outside(placed, _widen(crs.area_of_use.bounds))
        problems += list_problems(is_outside, rows, "outside_crs", crs=crs.name)
    else:
        problems += _explain_outside(flat, is_outside, rows)
    return Shapes(placed, placed, rows, tuple(problems))


def find_invalid(geometry: Geometries, rows: Rows) -> list[Problem]:
    """Return a warning for each geometry that is invalid: it is kept as it is."""
    is_invalid = ~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)
    reasons = shapely.is_valid_reason(geometry[is_invalid])
    return list_problems(is_invalid, rows, "geometry_invalid", severity="warning", reason=reasons)


def name_types(geometry: Geometries) -> set[GeometryType]:
    """Return which types a layer has to take so that it takes all of `geometry`."""
    present = set(shapely.get_type_id(geometry).tolist())
    return {name for name, kinds in _TYPES.items() if present & set(kinds)}


def _lie_outside(geometry: Geometries, bounds: Bounds) -> Mask:
    """Return where any vertex lies outside `bounds`, or nowhere (infinite, not a number)."""
    west, south, east, north = bounds
    coordinates, owners = shapely.get_coordinates(geometry, return_index=True)
    x, y = coordinates.T
    is_inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    return np.bincount(owners[~is_inside], minlength=len(geometry)) > 0


def _explain_outside(geometry: Geometries, is_outside: Mask, rows: Rows) -> list[Problem]:
    """Return one problem for each row outside the Earth: its axes swapped, metres, or neither."""
    bounds = np.abs(shapely.bounds(geometry))
    across, up = bounds[:, [0, 2]].max(axis=1), bounds[:, [1, 3]].max(axis=1)
    is_swapped = is_outside & (across <= 90) & (up > 90) & (up <= 180)
    is_projected = is_outside & ~is_swapped & (np.fmax(across, up) > 360)
    return [
        *list_problems(is_swapped, rows, "axes_swapped", x=across[is_swapped], y=up[is_swapped]),
        *list_problems(is_projected, rows, "not_degrees", x=across[is_projected]),
        *list_problems(is_outside & ~is_swapped & ~is_projected, rows, "outside_world"),
    ]


def _widen(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return west - _AREA_MARGIN, south - _AREA_MARGIN, east + _AREA_MARGIN, north + _AREA_MARGIN


def _name_type(kind: int) -> Text:
    names = {member.value: member.name.casefold() for member in shapely.GeometryType}
    return tell(f"intake.geometry.{names.get(kind, 'other')}")


def _join_types(kinds: tuple[GeometryType, ...]) -> Text:
    names = [tell(f"intake.geometry.{kind}") for kind in kinds]
    return Text(zh="、".join(name.zh for name in names), en=" / ".join(name.en for name in names))
