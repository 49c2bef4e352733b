"""GPX 1.0 and 1.1: what satellite receivers and phones write; degrees of WGS 84 by its definition.

Elements are known by their local names. Tracks become lines with a part for each segment, routes
lines, waypoints points. Names, descriptions, kinds and times are kept, altitudes and what programs
add of their own (`extensions`) are not.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from math import isfinite

import numpy as np
import numpy.typing as npt

from geo_rv.formats.elements import Attributes, ElementReader, FileRefused
from geo_rv.formats.features import Bounds, FeatureTable, Part, make_line, make_point

WAYPOINTS, ROUTES, TRACKS = "waypoints", "routes", "tracks"
WRONG_POINT, LONE_POINTS = "wrong_point", "lone_points"
"""The last columns of what is read: the point of a feature that is none, and how many segments of
a single point were left out of it."""

_FEATURES = {"wpt": WAYPOINTS, "rte": ROUTES, "trk": TRACKS}
_VERTICES = {"rtept": "rte", "trkpt": "trkseg"}
_TEXTS = {"name": "name", "desc": "备注", "cmt": "注释", "type": "活动", "sym": "图标"}
_TIME, _BEGIN, _END = "时间", "开始时间", "结束时间"
_SHOWN_CHARACTERS = 40


@dataclass
class _Feature:
    """A waypoint, route or track that is being read."""

    name: str
    level: int
    values: dict[str, str] = field(default_factory=dict)
    places: array[float] = field(default_factory=lambda: array("d"))
    """Longitudes and latitudes, one after the other, of the segment being read."""
    parts: list[Part] = field(default_factory=list)
    lone_points: list[Part] = field(default_factory=list)
    """Segments of a single point, which are no lines."""
    wrong_point: str = ""
    has_height: bool = False


class GpxReader(ElementReader):
    """Reads one GPX file into a table for each type of feature."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(most_levels=bounds.levels)
        self.tables = {name: FeatureTable(bounds) for name in _FEATURES.values()}
        self.heights: Counter[str] = Counter()
        """How many features of each table have altitudes."""
        self._bounds = bounds
        self._vertices = 0
        self._feature: _Feature | None = None

    def open_element(self, name: str, attributes: Attributes) -> None:
        """Take note of an element, by where it stands."""
        feature = self._feature
        if feature is None:
            if name in _FEATURES and len(self.path) == 2:
                self._feature = _Feature(name, len(self.path))
                if name == "wpt":
                    self._add_place(self._feature, attributes)
            return
        parent = self.path[-2]
        if name in _VERTICES:
            if parent == _VERTICES[name]:
                self._add_place(feature, attributes)
        elif name == "time" and parent in ("trkpt", "rtept", "wpt"):
            self.collect_text(partial(_set_time, feature))
        elif name == "ele":
            feature.has_height = True
        elif name in _TEXTS and len(self.path) == feature.level + 1:
            self.collect_text(partial(_set_text, feature, _TEXTS[name]))

    def close_element(self, name: str) -> None:
        """Take what an element held."""
        feature = self._feature
        if feature is None:
            return
        if name == "trkseg":
            _end_segment(feature)
        elif len(self.path) == feature.level:
            self._feature = None
            self._add(feature)

    def _add_place(self, feature: _Feature, attributes: Attributes) -> None:
        self._vertices += 1
        if self._vertices > self._bounds.vertices:
            raise FileRefused("vertices", most=self._bounds.vertices)
        try:
            lon, lat = float(attributes["lon"]), float(attributes["lat"])
        except (KeyError, ValueError):
            lon = lat = float("nan")
        if not (isfinite(lon) and isfinite(lat)):
            written = f"{attributes.get('lon', '')},{attributes.get('lat', '')}"
            feature.wrong_point = feature.wrong_point or written[:_SHOWN_CHARACTERS]
        feature.places.append(lon)
        feature.places.append(lat)

    def _add(self, feature: _Feature) -> None:
        if feature.name == "wpt":
            feature.parts.append(make_point(_to_places(feature)))
        else:
            _end_segment(feature)
        if feature.wrong_point:
            feature.parts.clear()
            feature.values[WRONG_POINT] = feature.wrong_point
        elif feature.lone_points and feature.parts:
            feature.values[LONE_POINTS] = str(len(feature.lone_points))
        else:
            # a line of one point cannot be read, and is told as that
            feature.parts += feature.lone_points
        table = _FEATURES[feature.name]
        self.heights[table] += feature.has_height
        self.tables[table].add_row(feature.values, feature.parts)


def _to_places(feature: _Feature) -> npt.NDArray[np.float64]:
    # of an empty array nothing can be looked at
    return np.array(feature.places, dtype=np.float64).reshape(-1, 2)


def _end_segment(feature: _Feature) -> None:
    """Make a part of what was read since the last one."""
    places = _to_places(feature)
    if len(places):
        (feature.lone_points if len(places) == 1 else feature.parts).append(make_line(places))
        feature.places = array("d")


def _set_text(feature: _Feature, column: str, text: str) -> None:
    value = " ".join(text.split())
    if value:
        feature.values.setdefault(column, value)


def _set_time(feature: _Feature, text: str) -> None:
    """Keep the first and the last time of the points."""
    if feature.name == "wpt":
        feature.values[_TIME] = text.strip()
    else:
        feature.values.setdefault(_BEGIN, text.strip())
        feature.values[_END] = text.strip()
