"""The coordinate columns of a table, found by their headings, into points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo_rv.errors import AxesAmbiguous, CoordinatesMissing, CrsMissing
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.match import fold
from geo_rv.intake.tables import Sheet
from geo_rv.intake.values import to_numbers
from geo_rv.messages import tell

Axis = Literal["lon", "lat", "east", "north", "x", "y"]

_HEADINGS: Mapping[Axis, tuple[str, ...]] = {
    "lon": ("经度", "东经", "lon", "lng", "long", "longitude"),
    "lat": ("纬度", "北纬", "lat", "latitude"),
    "east": ("东坐标", "横坐标", "东", "easting", "east"),
    "north": ("北坐标", "纵坐标", "北", "northing", "north"),
    "x": ("x", "x坐标", "point_x"),
    "y": ("y", "y坐标", "point_y"),
}
_DEGREES: tuple[tuple[Axis, Axis], ...] = (("lon", "lat"), ("x", "y"))
_MARGIN = 1.0
"""How far outside a system's area of use, in degrees, points may lie that are meant in it."""


@dataclass(frozen=True)
class Points:
    """The points of a table."""

    geometry: NDArray[np.object_]
    """One point a row; None where the row brings none that can be read."""
    is_told: NDArray[np.bool_]
    """Where `problems` tell why there is none."""
    headings: tuple[str, str]
    """The two columns that were taken."""
    problems: tuple[Problem, ...]


def make_points(sheet: Sheet, crs: pyproj.CRS | None, *, file: str) -> Points:
    """Return the points of `sheet`, whose coordinates are in `crs`, or degrees where it is None.

    Columns headed X and Y in a projected system may be meant either way round (surveyors' X is
    north): then the one way that lies in the system's area is taken, and told. Raises
    CoordinatesMissing, CrsMissing or AxesAmbiguous.
    """
    found = _find_axes(sheet.table)
    if crs is None or crs.is_geographic:
        for across, up in _DEGREES:
            if across in found and up in found:
                return _read_points(sheet, (found[across], found[up]))
        if crs is None and "east" in found and "north" in found:
            raise CrsMissing(file=file)
        raise _report_missing(sheet, "degrees", file)
    if "east" in found and "north" in found:
        return _read_points(sheet, (found["east"], found["north"]))
    if "x" in found and "y" in found:
        return _read_either_way(sheet, (found["x"], found["y"]), crs, file)
    raise _report_missing(sheet, "metres", file)


def _find_axes(table: pd.DataFrame) -> dict[Axis, str]:
    """Return the heading of each axis that the table has."""
    by_folded = {fold(heading): heading for heading in reversed(table.columns)}
    return {
        axis: by_folded[heading]
        for axis, headings in _HEADINGS.items()
        for heading in reversed(headings)
        if heading in by_folded
    }


def _read_points(sheet: Sheet, headings: tuple[str, str]) -> Points:
    across, is_missing_across, is_wrong_across = to_numbers(sheet.table[headings[0]])
    up, is_missing_up, is_wrong_up = to_numbers(sheet.table[headings[1]])
    is_missing = is_missing_across | is_missing_up
    is_wrong = (is_wrong_across | is_wrong_up) & ~is_missing
    told = sheet.table.loc[is_wrong, list(headings)].astype(str).agg(", ".join, axis=1)
    problems = [
        *list_problems(is_missing, sheet.rows, "coordinates_missing"),
        *list_problems(is_wrong, sheet.rows, "coordinates_unreadable", value=told),
    ]
    geometry = np.full(len(sheet.rows), None, dtype=object)
    is_fine = ~is_missing & ~is_wrong
    geometry[is_fine] = shapely.points(across[is_fine], up[is_fine])
    return Points(geometry, ~is_fine, headings, tuple(problems))


def _read_either_way(sheet: Sheet, headings: tuple[str, str], crs: pyproj.CRS, file: str) -> Points:
    """Take the one order of the columns whose points lie in the area that `crs` is made for."""
    as_headed = _read_points(sheet, headings)
    turned = _read_points(sheet, headings[::-1])
    fits = [_lie_in_area(points.geometry, crs) for points in (as_headed, turned)]
    if fits[0] == fits[1]:
        raise AxesAmbiguous(file=file, x=headings[0], y=headings[1], crs=crs.name)
    if fits[0]:
        return as_headed
    note = Problem("axes_turned", "warning", facts={"x": headings[0], "y": headings[1]})
    return dataclasses.replace(turned, problems=(*turned.problems, note))


def _lie_in_area(points: NDArray[np.object_], crs: pyproj.CRS) -> bool:
    area = crs.area_of_use
    if area is None:
        return False
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = to_degrees.transform(*shapely.get_coordinates(points).T)
    west, south, east, north = (
        side + margin
        for side, margin in zip(area.bounds, (-_MARGIN, -_MARGIN, _MARGIN, _MARGIN), strict=True)
    )
    return bool(np.all((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)))


def _report_missing(
    sheet: Sheet, wanted: Literal["degrees", "metres"], file: str
) -> CoordinatesMissing:
    return CoordinatesMissing(
        file=file,
        columns=", ".join(sheet.table.columns),
        wanted=tell(f"intake.wanted.{wanted}"),
    )
