"""Which columns of a table hold coordinates, by their headings and what stands below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pandas as pd

from geo_rv.errors import ColumnsUnknown
from geo_rv.intake.candidate import Problem
from geo_rv.intake.headings import find_heading, fold, make_key, split_unit
from geo_rv.intake.wish import AXES, Axis
from geo_rv.messages import Names, tell

NAMES: Mapping[Axis, tuple[str, ...]] = {
    "datum": (
        "坐标系", "坐标系统", "坐标系类型", "坐标类型", "大地坐标系", "坐标基准", "基准",
        "大地基准", "datum", "crs", "coordtype", "ovcoordtype",
    ),
    "wkt": (
        "wkt", "geometry", "geom", "thegeom", "shapewkt", "几何", "图形", "图形坐标", "几何图形",
    ),
    "lon": ("经度", "东经", "lon", "lng", "long", "longitude", "经", "gps经度", "经度坐标"),
    "lat": ("纬度", "北纬", "lat", "latitude", "纬", "gps纬度", "纬度坐标"),
    "east": ("东坐标", "横坐标", "东", "easting", "east", "e坐标"),
    "north": ("北坐标", "纵坐标", "北", "northing", "north", "n坐标"),
    "x": ("x", "x坐标", "坐标x", "pointx", "xcoord"),
    "y": ("y", "y坐标", "坐标y", "pointy", "ycoord"),
    "point": (
        "经纬度", "坐标", "经纬度坐标", "坐标点", "中心坐标", "中心点坐标", "位置坐标", "地理坐标",
        "gps", "gps坐标", "经度纬度", "经度,纬度", "coordinates", "coordinate", "coords", "latlon",
        "lonlat", "latlng", "lnglat", "位置", "location",
    ),
}  # fmt: skip
"""What a column of each axis may be called, as keys of headings, the surest first."""
AXIS_NAMES = frozenset(name for names in NAMES.values() for name in names)

_LIKE: Mapping[Axis, re.Pattern[str]] = {
    "lon": re.compile(r"^(?!.*纬度).*(?:经度|东经|longitude)|(?<![a-z])(?:lon|lng)(?![a-z])"),
    "lat": re.compile(r"^(?!.*经度).*(?:纬度|北纬|latitude)|(?<![a-z])lat(?![a-z])"),
    "east": re.compile(r"东坐标|横坐标|easting"),
    "north": re.compile(r"北坐标|纵坐标|northing"),
    "x": re.compile(r"^x坐标|坐标x"),
    "y": re.compile(r"^y坐标|坐标y"),
    "point": re.compile(r"经纬度|坐标(?!系|类|基|来源)"),
    "wkt": re.compile(r"wkt"),
}
"""Headings that may mean an axis: taken where only one is like it and holds numbers."""
_PAIRS: tuple[AbstractSet[Axis], ...] = (
    {"lon", "lat"}, {"east", "north"}, {"x", "y"}, {"point"},
)  # fmt: skip
"""What tells a place without any geometry as text."""
_LONGEST = 80
"""Characters of a heading that are looked at."""
_SAMPLE = 50
_CELL_START = 200
"""Of a cell that is looked at."""
_LOOKS: Mapping[Axis, str] = {
    "point": r"\d.*?[^\d.].*\d",
    "wkt": r"(?i)(?:point|linestring|polygon)",
}
"""What most cells of a column look like that may be meant otherwise."""
_DRAWING = r"(?i)^\s*(?:srid=\d+;)?\s*(?:multi)?(?:point|linestring|polygon)\s*(?:z|m|zm)?\s*\("
"""What a geometry as text begins with, whatever its column is headed."""


@dataclass(frozen=True)
class Axes:
    """The columns of coordinates that a table has."""

    headings: Mapping[Axis, str]
    problems: tuple[Problem, ...] = ()

    def list_datum(self) -> tuple[str, ...]:
        """Return the heading of the datum's column, where there is one."""
        return (self.headings["datum"],) if "datum" in self.headings else ()


def find_axes(table: pd.DataFrame, named: Mapping[str, str], *, file: str) -> Axes:
    """Return the coordinate columns of `table`: as the user `named` them, else by their headings.

    `named` holds the heading of an axis, "" for none. Raises ColumnsUnknown where it names a
    column that there is not.
    """
    found, said = _take_named(table, named, file)
    left = [name for name in table.columns if name not in found.values()]
    drawn = [name for name in left if _is_drawn(table[name])]
    keys = {heading: split_unit(heading)[0] for heading in left}
    keys |= {heading: make_key(heading) for heading in left if make_key(heading) in AXIS_NAMES}
    for axis, names in NAMES.items():
        candidates = [heading for name in names for heading in left if keys[heading] == name]
        candidates = [name for name in candidates if axis == "wkt" or name not in drawn]
        fitting = [name for name in candidates if _looks_right(table[name], _LOOKS.get(axis))]
        if fitting and axis not in said:
            found[axis] = fitting[0]
            left.remove(fitting[0])
    problems = []
    for axis, pattern in _LIKE.items():
        like = [heading for heading in left if pattern.search(fold(heading[:_LONGEST]))]
        if axis == "wkt" and not any(pair <= found.keys() for pair in _PAIRS):
            like = like or drawn
        elif axis != "wkt":
            like = [heading for heading in like if heading not in drawn]
        if axis in said or axis in found or len(like) != 1:
            continue
        if not _looks_right(table[like[0]], _LOOKS.get(axis, r"\d")):
            continue
        found[axis] = like[0]
        left.remove(like[0])
        facts = {"heading": like[0], "axis": axis, "title": tell(f"intake.axis.{axis}")}
        problems.append(Problem("axis_likened", "warning", facts=facts))
    return Axes(found, tuple(problems))


def name_axis(text: str) -> Axis | None:
    """Return the axis that a person calls `text`: by its name, or as a column may be headed."""
    return next(
        (axis for axis, names in NAMES.items() if text == axis or make_key(text) in names), None
    )


def _take_named(
    table: pd.DataFrame, named: Mapping[str, str], file: str
) -> tuple[dict[Axis, str], set[Axis]]:
    """Return the heading of each axis that the user named, and those that have no column."""
    wanted = {axis: heading for name, heading in named.items() if (axis := name_axis(name))}
    found = {axis: find_heading(heading, table.columns) for axis, heading in wanted.items()}
    wrong = [f"{axis}={wanted[axis]}" for axis, heading in found.items() if not heading]
    wrong = [told for told in wrong if not told.endswith("=")]
    if wrong:
        raise ColumnsUnknown(
            file=file,
            wrong=", ".join(wrong),
            columns=Names(table.columns),
            fields=", ".join(AXES),
        )
    return {axis: heading for axis, heading in found.items() if heading}, set(wanted)


def _is_drawn(column: pd.Series) -> bool:
    """Return whether most of the first cells of `column` are geometries as text, whole ones."""
    filled = column.dropna().head(_SAMPLE)
    if filled.empty or not _looks_right(column, _DRAWING):
        return False
    # what a comma has cut begins like one, too
    return bool(filled.str.endswith(")").mean() > 0.5)


def _looks_right(column: pd.Series, pattern: str | None) -> bool:
    """Return whether most of the first cells of `column` hold `pattern`; an empty one does."""
    filled = column.dropna().head(_SAMPLE).str.slice(0, _CELL_START)
    if pattern is None or filled.empty:
        return True
    return bool(filled.str.contains(pattern, regex=True).mean() > 0.5)
