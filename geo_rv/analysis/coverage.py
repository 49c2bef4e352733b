"""Where a project's data end: whether what lies beyond could matter to a site.

A township's roads and rivers are drawn as far as its own border. That there is no railway
within 500 m of a grave is known only where those 500 m lie inside; outside nothing is known.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.filters import Mask
from geo_rv.analysis.ground import Features, Ground
from geo_rv.analysis.shapes import Shapes
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.geodesy.plane import project, unproject

Codes = npt.NDArray[np.int8]

COVERAGES: Final = ("inside", "edge", "outside")
INSIDE, EDGE, OUTSIDE = range(3)
VILLAGE: Final = "village"
LONGEST_EDGE_M: Final = 1000.0
"""A straight edge of this length bends by a centimetre between the plane and degrees."""
STRETCH: Final = 1.002
"""More than a plane stretches a distance, and than the chords of a rounded corner cut off it."""


@dataclass(frozen=True)
class Area:
    """The area that a project's data cover, in its plane; empty where they cover nothing."""

    plane: pyproj.CRS
    polygon: shapely.Geometry
    accuracy_m: float
    """How well its border is known."""
    judged: WeakKeyDictionary[Features, dict[float, Codes]] = field(
        default_factory=WeakKeyDictionary
    )
    """What was found of sites, by the reach: many rules have the same."""
    _shrunk: dict[float, shapely.Geometry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shrink(self, reach_m: float) -> shapely.Geometry:
        """Return the part at least `reach_m` within the border, in degrees and prepared.

        A negative reach adds what is that near to the border outside.
        """
        with self._lock:
            if reach_m not in self._shrunk:
                self._shrunk[reach_m] = self._draw(reach_m)
            return self._shrunk[reach_m]

    def _draw(self, reach_m: float) -> shapely.Geometry:
        inner = self.polygon.buffer(-reach_m * STRETCH) if reach_m else self.polygon
        lines = shapely.segmentize(inner, LONGEST_EDGE_M)
        drawn = shapely.transform(lines, lambda metres: unproject(metres, self.plane))
        shapely.prepare(drawn)
        # the first question builds the index, which threads must not do at the same time
        shapely.contains_xy(drawn, 0.0, 0.0)
        return drawn


_AREAS: WeakKeyDictionary[Ground, dict[str, Area]] = WeakKeyDictionary()
"""What was found of each ground by the sites' layer; it goes when the ground goes."""


def judge_coverage(sites: Features, ground: Ground, *, reach_m: float) -> Codes:
    """Return for each site what the data of `ground` cover of its surroundings.

    `reach_m` is how far away a feature would matter to it: the limit, and what is added to it.
    The codes are indices of `COVERAGES`: inside, with all within reach; at the edge, with
    something within reach that lies beyond the data; outside. A site without geometry is
    inside: there is no place to ask about.

    Data cover the villages; without villages, the box round all layers but the sites' own.
    """
    area = _find_area(ground, sites.spec.kind)
    judged = area.judged.setdefault(sites, {})
    if reach_m not in judged:
        judged[reach_m] = _judge(sites, area, reach_m)
    return judged[reach_m]


def _judge(sites: Features, area: Area, reach_m: float) -> Codes:
    lon, lat, owners = _list_vertices(sites.shapes)
    deep = shapely.contains_xy(area.shrink(reach_m + area.accuracy_m), lon, lat)
    # what may lie on either side of the border is not outside
    slack_m = area.accuracy_m + sites.spec.accuracy_m
    covered = deep | shapely.contains_xy(area.shrink(-slack_m), lon, lat)
    codes = np.full(sites.shapes.count, INSIDE, dtype=np.int8)
    codes[_find_owners(owners[~deep], sites)] = EDGE
    codes[sites.has_shape & ~_find_owners(owners[covered], sites)] = OUTSIDE
    return codes


def _find_owners(owners: Indices, sites: Features) -> Mask:
    found = np.zeros(sites.shapes.count, dtype=bool)
    found[owners] = True
    return found


def _list_vertices(shapes: Shapes) -> tuple[Floats, Floats, Indices]:
    """Return longitude, latitude and member of each vertex of the members."""
    paths = shapes.paths
    owners = np.repeat(shapes.path_members, np.diff(paths.starts))
    meant = owners != NONE
    return paths.lon[meant], paths.lat[meant], owners[meant]


def _find_area(ground: Ground, besides: str) -> Area:
    """Return what the data cover for sites of the layer `besides`, kept with the ground."""
    areas = _AREAS.setdefault(ground, {})
    if besides not in areas:
        areas[besides] = _join_villages(ground) or _box_layers(ground, besides)
    return areas[besides]


def _join_villages(ground: Ground) -> Area | None:
    """Return the villages as one area; gaps no wider than two borders are uncertain are none."""
    if VILLAGE not in ground:
        return None
    villages = ground.find(VILLAGE)
    drawn = [each for each in villages.geometries if each is not None]
    placed = shapely.transform(drawn, lambda degrees: project(degrees, ground.plane))
    accuracy_m = villages.spec.accuracy_m
    joined: Any = shapely.union_all(placed).buffer(accuracy_m).buffer(-accuracy_m)
    return None if joined.is_empty else Area(ground.plane, joined, accuracy_m)


def _box_layers(ground: Ground, besides: str) -> Area:
    """Return the box round all layers but one."""
    boxes = [ground.find(kind).shapes.paths.boxes for kind in ground.kinds if kind != besides]
    filled = [box for box in boxes if len(box)]
    if not filled:
        return Area(ground.plane, shapely.Polygon(), 0.0)
    west, south = np.min([box[:, :2].min(axis=0) for box in filled], axis=0)
    east, north = np.max([box[:, 2:].max(axis=0) for box in filled], axis=0)
    corners = shapely.segmentize(shapely.box(west, south, east, north), 0.01)
    placed = shapely.transform(corners, lambda degrees: project(degrees, ground.plane))
    return Area(ground.plane, placed, 0.0)
