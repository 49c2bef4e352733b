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
from geo_rv.geodesy.crs import Bounds, find_area_of_use, to_stored
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.shapes import Geometries, Mask, Shapes
from geo_rv.messages import Text, tell

Rows = NDArray[np.int64]

_TYPES: Mapping[GeometryType, tuple[shapely.GeometryType, ...]] = {
    "point": (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
    "line": (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    "polygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}
WORLD: Bounds = (-180.000001, -90.000001, 180.000001, 90.000001)
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


def place_geometries(
    geometry: Geometries, crs: pyproj.CRS, rows: Rows, *, near: Bounds | None = None
) -> Shapes:
    """Return `geometry`, whose coordinates are in `crs`, flat and in EPSG:4490.

    Its problems tell that heights were dropped, that turning the axes of a row is proposed, and
    which rows lie outside the Earth or far outside the area of a projected system, with the
    likely cause. `near` is a box (degrees) round what the project holds, if it holds anything.
    """
    problems = []
    count = int((shapely.has_z(geometry) | shapely.has_m(geometry)).sum())
    if count:
        problems.append(Problem("made_flat", "warning", facts={"count": count}))
    flat = shapely.force_2d(geometry)
    placed = _place(flat, crs)
    shapes = Shapes(placed, placed, rows, tuple(problems))
    shapes = _turn_swapped(shapes, flat, crs, near)
    is_outside = _lie_outside(shapes.geometry, _find_area(crs))
    if crs.is_projected:
        told = list_problems(is_outside, rows, "outside_crs", crs=crs.name)
    else:
        told = _explain_outside(flat, is_outside, rows)
    return shapes.with_problems(told)


def find_placed(geometry: Geometries) -> Mask:
    """Return which geometries there are, and lie wholly on the Earth."""
    is_there = ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)
    return np.asarray(is_there & ~_lie_outside(geometry, WORLD))


def _place(flat: Geometries, crs: pyproj.CRS) -> Geometries:
    return np.asarray(to_stored(gpd.GeoDataFrame(geometry=flat, crs=crs)).geometry.array)


def _turn_swapped(shapes: Shapes, flat: Geometries, crs: pyproj.CRS, near: Bounds | None) -> Shapes:
    """Return `shapes` with the axes turned, proposed, of each row that is clearly swapped.

    Clear is what lies nowhere as it stands and somewhere when turned, or far from the project as
    it stands and near it when turned.
    """
    area = _find_area(crs)
    is_nowhere = _lie_outside(shapes.geometry, area)
    is_far = np.zeros(len(flat), dtype=bool) if near is None else lie_apart(shapes.geometry, near)
    at = np.flatnonzero(is_nowhere | is_far)
    if not len(at):
        return shapes
    turned = _place(shapely.transform(flat[at], lambda places: places[:, ::-1]), crs)
    is_right = ~_lie_outside(turned, area)
    if near is not None:
        is_right &= is_nowhere[at] | ~lie_apart(turned, near)
    is_swapped = np.zeros(len(flat), dtype=bool)
    is_swapped[at[is_right]] = True
    x, y = shapely.bounds(flat[is_swapped])[:, :2].T
    return shapes.mend(is_swapped, turned[is_right], "axes_swapped", x=x, y=y)


def lie_apart(geometry: Geometries, box: Bounds) -> Mask:
    """Return which geometries lie wholly outside `box`."""
    west, south, east, north = shapely.bounds(geometry).T
    return np.asarray((east < box[0]) | (west > box[2]) | (north < box[1]) | (south > box[3]))


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
    """Return one problem for each row outside the Earth: in metres, or simply wrong."""
    reach = np.abs(shapely.bounds(geometry)).max(axis=1, initial=0.0)
    is_projected = is_outside & (reach > 360)
    return [
        *list_problems(is_projected, rows, "not_degrees", x=reach[is_projected]),
        *list_problems(is_outside & ~is_projected, rows, "outside_world"),
    ]


def _find_area(crs: pyproj.CRS) -> Bounds:
    """Return where coordinates in `crs` may lie, in degrees."""
    area = find_area_of_use(crs)
    return _widen(area) if crs.is_projected and area is not None else WORLD


def _widen(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return west - _AREA_MARGIN, south - _AREA_MARGIN, east + _AREA_MARGIN, north + _AREA_MARGIN


def _name_type(kind: int) -> Text:
    names = {member.value: member.name.casefold() for member in shapely.GeometryType}
    return tell(f"intake.geometry.{names.get(kind, 'other')}")


def _join_types(kinds: tuple[GeometryType, ...]) -> Text:
    names = [tell(f"intake.geometry.{kind}") for kind in kinds]
    return Text(zh="、".join(name.zh for name in names), en=" / ".join(name.en for name in names))
