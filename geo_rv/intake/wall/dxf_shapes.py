"""What a drawing's entities are on the ground: plane coordinates, curves as chords of them.

It belongs to `dxf_child`, runs in its process only, and imports nothing of geo_rv. Drawings keep
flat entities in a system of their own (object coordinates, which an extrusion turns into world
coordinates); everything here is returned in world coordinates, without heights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import ezdxf.math
import numpy as np
import shapely
from ezdxf.entities.boundary_paths import ArcEdge, EllipseEdge, LineEdge, PolylinePath, SplineEdge
from numpy.typing import NDArray

TOLERANCE = 0.001
"""How far, in the units of the drawing, a chord may lie from its curve."""
_MOST_STEPS = 4096
"""Chords of one curve: a wider circle than 1.7 km has chords that lie further off."""
_SAME = 1e-6
"""How far apart the first and the last place of a closed line may lie."""
_JOINT = 1e-6
"""How far apart, as a share of their size, ends of a hatch's edges may lie that are one point."""

Places = NDArray[np.float64]


class LeftOut(Exception):
    """An entity of which no feature is made."""


def make_shape(entity: Any) -> Any:
    """Return the shapely geometry of an entity: a point, a line, or a face where it is closed.

    Raises LeftOut for types that are none.
    """
    kind = entity.dxftype()
    if kind not in _SHAPES:
        raise LeftOut
    return _SHAPES[kind](entity)


def make_point(x: float, y: float) -> Any:
    """Return a point."""
    return shapely.Point(x, y)


def place_point(entity: Any, x: float, y: float, height: float) -> Any:
    """Return the point that `x`, `y` and `height` in the entity's object coordinates are."""
    return shapely.Point(to_world(entity, np.array([[x, y]]), height)[0])


def count_vertices(shape: Any) -> int:
    """Return how many vertices a geometry has."""
    return int(shapely.get_num_coordinates(shape))


def to_world(entity: Any, places: Places, height: float = 0.0) -> Places:
    """Return places in the entity's object coordinates, at `height` in them, in the plane."""
    extrusion = ezdxf.math.Vec3(entity.dxf.get("extrusion", (0, 0, 1)))
    system = ezdxf.math.OCS(extrusion)
    if not system.transform:
        return places
    across, up, out = (np.array(axis.xyz[:2]) for axis in (system.ux, system.uy, system.uz))
    turned: Places = places[:, :1] * across + places[:, 1:2] * up + height * out
    return turned


def flatten_arc(centre: Places, radius: float, start: float, span: float) -> Places:
    """Return places along an arc, both ends included, from the angle `start` over `span`."""
    steps = _count_steps(abs(radius), abs(span))
    angles = start + np.linspace(0.0, span, steps + 1)
    return centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])


def flatten_bulges(places: Places, bulges: NDArray[np.float64], *, is_closed: bool) -> Places:
    """Return the places of a polyline whose edges are arcs where their bulge is not 0.

    A bulge is the tangent of a quarter of the angle that the arc spans, above 0 to the left.
    """
    ends = np.roll(places, -1, axis=0)
    chords = np.hypot(*(ends - places).T)
    is_arc = np.isfinite(bulges) & (np.abs(bulges) > 1e-9) & np.isfinite(chords) & (chords > 0)
    is_arc[-1] &= is_closed
    if not is_arc.any():
        return places
    parts, done = [], 0
    for at in np.flatnonzero(is_arc).tolist():
        bulge, chord = bulges[at], chords[at]
        radius = chord * (1 + bulge * bulge) / (4 * abs(bulge))
        # from the middle of the chord to the centre, along the chord's left normal
        away = chord * (1 - bulge * bulge) / (4 * bulge)
        along = (ends[at] - places[at]) / chord
        centre = (places[at] + ends[at]) / 2 + away * np.array([-along[1], along[0]])
        start = math.atan2(*(places[at] - centre)[::-1])
        arc = flatten_arc(centre, radius, start, 4 * math.atan(bulge))
        parts += [places[done : at + 1], arc[1:-1]]
        done = at + 1
    return np.concatenate([*parts, places[done:]])


def nest_rings(rings: list[Places]) -> Any:
    """Return the faces between `rings`: what lies in an odd number of them."""
    faces = np.array([shapely.Polygon(ring) for ring in rings if len(ring) >= 3], dtype=object)
    if not len(faces):
        raise LeftOut
    if len(faces) == 1:
        return faces[0]
    inner, outer = shapely.STRtree(faces).query(faces, predicate="covered_by")
    is_other = inner != outer
    depth = np.bincount(inner[is_other], minlength=len(faces))
    area = shapely.area(faces)
    holes: dict[int, list[Any]] = {at: [] for at in np.flatnonzero(depth % 2 == 0).tolist()}
    for at in np.flatnonzero(depth % 2 == 1).tolist():
        around = outer[is_other & (inner == at)]
        around = around[depth[around] == depth[at] - 1]
        if len(around):
            holes[int(around[np.argmin(area[around])])].append(faces[at].exterior)
    parts = [shapely.Polygon(faces[at].exterior, inside) for at, inside in holes.items()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _count_steps(radius: float, span: float) -> int:
    """Return into how many chords an arc is cut, so that none lies off by over TOLERANCE."""
    if not (math.isfinite(radius) and math.isfinite(span)) or radius <= TOLERANCE:
        return 8
    step = 2 * math.acos(1 - TOLERANCE / radius)
    return max(4, min(_MOST_STEPS, math.ceil(span / step)))


def _close_or_line(places: Places, *, is_closed: bool) -> Any:
    """Return a face where a path of at least three places is closed, else a line."""
    if len(places) > 1 and np.abs(places[0] - places[-1]).max() <= _SAME:
        is_closed, places = True, places[:-1]
    if is_closed and len(places) >= 3:
        return shapely.Polygon(places)
    if len(places) < 2:
        raise LeftOut
    return shapely.LineString(places)


def _make_point(entity: Any) -> Any:
    return shapely.Point(entity.dxf.location.x, entity.dxf.location.y)


def _make_line(entity: Any) -> Any:
    return shapely.LineString([entity.dxf.start.vec2, entity.dxf.end.vec2])


def _make_lwpolyline(entity: Any) -> Any:
    rows = np.array(entity.get_points("xyb"), dtype=float).reshape(-1, 3)
    places = flatten_bulges(rows[:, :2], rows[:, 2], is_closed=entity.closed)
    places = to_world(entity, places, entity.dxf.elevation)
    return _close_or_line(places, is_closed=entity.closed)


def _make_polyline(entity: Any) -> Any:
    if not (entity.is_2d_polyline or entity.is_3d_polyline):
        raise LeftOut
    # the control points of a smoothed line are not on it
    vertices = [vertex for vertex in entity.vertices if not vertex.dxf.flags & 16]
    rows = np.array([(*vertex.dxf.location.xyz, vertex.dxf.bulge) for vertex in vertices])
    rows = rows.reshape(-1, 4)
    places = rows[:, :2]
    if entity.is_2d_polyline and len(rows):
        places = flatten_bulges(places, rows[:, 3], is_closed=entity.is_closed)
        places = to_world(entity, places, entity.dxf.elevation.z)
    return _close_or_line(places, is_closed=entity.is_closed)


def _make_circle(entity: Any) -> Any:
    centre = entity.dxf.center
    places = flatten_arc(np.array(centre.vec2), entity.dxf.radius, 0.0, math.tau)[:-1]
    return shapely.Polygon(to_world(entity, places, centre.z))


def _make_arc(entity: Any) -> Any:
    start = math.radians(entity.dxf.start_angle)
    span = math.radians(entity.dxf.end_angle) - start
    span = span % math.tau or math.tau
    centre = entity.dxf.center
    places = flatten_arc(np.array(centre.vec2), entity.dxf.radius, start, span)
    return shapely.LineString(to_world(entity, places, centre.z))


def _make_ellipse(entity: Any) -> Any:
    start, end = entity.dxf.start_param, entity.dxf.end_param
    span = (end - start) % math.tau or math.tau
    major, minor = np.array(entity.dxf.major_axis.vec2), np.array(entity.minor_axis.vec2)
    places = _flatten_ellipse(np.array(entity.dxf.center.vec2), major, minor, start, span)
    if math.isclose(span, math.tau):
        return shapely.Polygon(places[:-1])
    return shapely.LineString(places)


def _flatten_ellipse(
    centre: Places, major: Places, minor: Places, start: float, span: float
) -> Places:
    steps = _count_steps(math.hypot(*major), abs(span))
    angles = (start + np.linspace(0.0, span, steps + 1))[:, np.newaxis]
    return centre + np.cos(angles) * major + np.sin(angles) * minor


def _make_spline(entity: Any) -> Any:
    places = _flatten_spline(entity.construction_tool())
    return _close_or_line(places, is_closed=entity.closed)


def _flatten_spline(curve: Any) -> Places:
    most = _MOST_STEPS + 16 * curve.count
    places = [place.vec2 for place in islice(curve.flattening(TOLERANCE), most + 1)]
    if len(places) > most:
        raise LeftOut
    return np.array(places, dtype=float).reshape(-1, 2)


def _make_corners(entity: Any) -> Any:
    """Return the face of a SOLID or TRACE, whose third and fourth corners are crossed."""
    corners = np.array([corner.vec2 for corner in entity.vertices()], dtype=float)
    return shapely.Polygon(to_world(entity, corners, entity.dxf.vtx0.z))


def _make_face(entity: Any) -> Any:
    corners = [entity.dxf.vtx0, entity.dxf.vtx1, entity.dxf.vtx2, entity.dxf.vtx3]
    return shapely.Polygon([corner.vec2 for corner in corners])


def _make_hatch(entity: Any) -> Any:
    height = entity.dxf.elevation.z
    rings = [to_world(entity, ring, height) for path in entity.paths for ring in _list_rings(path)]
    return nest_rings(rings)


def _list_rings(path: Any) -> Iterator[Places]:
    if isinstance(path, PolylinePath):
        rows = np.array(path.vertices, dtype=float).reshape(-1, 3)
        yield flatten_bulges(rows[:, :2], rows[:, 2], is_closed=True)
    else:
        yield from _chain(_flatten_edge(edge) for edge in path.edges)


def _flatten_edge(edge: Any) -> Places:
    """Return places along one edge of a hatch's boundary."""
    if isinstance(edge, LineEdge):
        return np.array([edge.start, edge.end], dtype=float)
    if isinstance(edge, SplineEdge):
        return _flatten_spline(edge.construction_tool())
    if not isinstance(edge, ArcEdge | EllipseEdge):
        raise LeftOut
    if isinstance(edge, ArcEdge):
        start = math.radians(edge.start_angle)
        span = (math.radians(edge.end_angle) - start) % math.tau or math.tau
        return flatten_arc(np.array(edge.center), edge.radius, start, span)
    curve = edge.construction_tool()
    major, minor = np.array(curve.major_axis.vec2), np.array(curve.minor_axis.vec2)
    span = (curve.end_param - curve.start_param) % math.tau or math.tau
    return _flatten_ellipse(np.array(edge.center), major, minor, curve.start_param, span)


def _chain(edges: Iterable[Places]) -> Iterator[Places]:
    """Return the rings that `edges` make one after the other, each turned as it fits."""
    ring: Places | None = None
    for edge in edges:
        if ring is None:
            ring = edge
        elif _meet(ring[-1], edge[0], ring):
            ring = np.concatenate([ring, edge[1:]])
        elif _meet(ring[-1], edge[-1], ring):
            ring = np.concatenate([ring, edge[-2::-1]])
        elif _meet(ring[0], edge[0], ring) or _meet(ring[0], edge[-1], ring):
            # the first edge was the wrong way round
            turned = edge if _meet(ring[0], edge[0], ring) else edge[::-1]
            ring = np.concatenate([ring[::-1], turned[1:]])
        else:
            raise LeftOut
        if _meet(ring[0], ring[-1], ring):
            yield ring[:-1]
            ring = None
    if ring is not None:
        raise LeftOut


def _meet(one: Places, other: Places, ring: Places) -> bool:
    size = float(np.ptp(ring, axis=0).max())
    return bool(np.abs(one - other).max() <= max(size * _JOINT, TOLERANCE))


_SHAPES: dict[str, Callable[[Any], Any]] = {
    "POINT": _make_point, "LINE": _make_line, "LWPOLYLINE": _make_lwpolyline,
    "POLYLINE": _make_polyline, "CIRCLE": _make_circle, "ARC": _make_arc,
    "ELLIPSE": _make_ellipse, "SPLINE": _make_spline, "SOLID": _make_corners,
    "TRACE": _make_corners, "3DFACE": _make_face, "HATCH": _make_hatch, "MPOLYGON": _make_hatch,
}  # fmt: skip
