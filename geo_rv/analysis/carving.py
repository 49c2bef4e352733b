"""What is left of an area outside of all that is kept clear of: tile by tile, on every core."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely import STRtree

from geo_rv.analysis.border import find_border, measure_reaches
from geo_rv.analysis.curves import Edges, trace_curves
from geo_rv.analysis.filters import Mask
from geo_rv.analysis.obstacles import Obstacles
from geo_rv.analysis.tiles import cut_tiles, sort_edges
from geo_rv.geodesy.buffer import ARC_M, CLEARANCE_M, buffer_edges
from geo_rv.geodesy.measure import Floats, Geometries, Indices, split_parts

TILE_M: Final = 2_000.0
"""The side of a tile."""
NOISE_M: Final = 0.001
"""How far a crossing of two curves may be off; small beside `CLEARANCE_M`."""
_POLYGON: Final = 3
"""Shapely's type number."""


def carve_area(area: Any, obstacles: Obstacles) -> Geometries:
    """Return the polygons that are left of `area` outside of all `obstacles`.

    All are in the metres of one plane; `area` is a valid polygon or several in one. No point
    that is left lies in an obstacle's buffer; one that is not lies in one, or no more than
    `ARC_M` + 2 `CLEARANCE_M` outside of it.
    """
    if area.is_empty:
        return np.empty(0, dtype=object)
    tiles = cut_tiles(area.bounds, TILE_M)
    shapely.prepare(area)
    touched = np.flatnonzero(shapely.intersects(area, tiles.boxes))
    whole = shapely.contains_properly(area, tiles.boxes)
    shapely.destroy_prepared(area)
    items, starts = sort_edges(obstacles.edges, tiles)
    carver = _Carver(area, whole, obstacles, tiles.side, tiles.boxes, tiles.middles, items, starts)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pieces = [piece for piece in pool.map(carver.carve_tile, touched) if not piece.is_empty]
    return list_polygons(shapely.disjoint_subset_union_all(pieces))


def list_polygons(geometry: Any) -> Geometries:
    """Return the polygons of a geometry; points and lines, where two only touch, are left out."""
    parts, _ = split_parts(np.array([geometry], dtype=object))
    polygons: Geometries = parts[shapely.get_type_id(parts) == _POLYGON]
    return polygons


@dataclass(frozen=True)
class _Carver:
    """An area and its tiles; of each its box and its middle, and whether it is `whole` in the area.

    `items` are the edges near each tile, from `starts` on. Threads share what is here: nothing
    in it may be a prepared geometry, which GEOS goes on preparing while it is asked.
    """

    area: Any
    whole: Mask
    obstacles: Obstacles
    side: float
    boxes: Geometries
    middles: Floats
    items: Indices
    starts: Indices

    def carve_tile(self, tile: int) -> Any:
        """Return what is left of one tile."""
        items = self.items[self.starts[tile] : self.starts[tile + 1]]
        edges, box, middle = self.obstacles.edges, self.boxes[tile], self.middles[tile]
        land = clear_distances(edges, items, box, middle, self.side)
        if not (self.whole[tile] or land.is_empty):
            land = shapely.intersection(land, self.area)
        return cut_out_faces(land, self.obstacles.faces)


def clear_distances(edges: Edges, items: Indices, box: Any, middle: Floats, side: float) -> Any:
    """Return what is left of a square tile outside of the buffers of the edges `items`.

    The curves that hold the buffers' border cut the tile into faces, of which those are left
    whose inside is clear. That they are all of them, and clear to their last corner, is looked
    at; where it is not so, the buffers themselves are taken out.
    """
    marks, sure, mixed = find_border(edges, items, middle[0], middle[1], side)
    if not mixed:
        return shapely.Polygon() if marks.covers.any() else box
    near = items[marks.covers | np.isfinite(marks.spans[:, :, 0]).any(axis=1)]
    faces = _cut_faces(box, *trace_curves(edges, items, marks.spans))
    left = faces[_find_clear(faces, edges, near)]
    corners = shapely.get_coordinates(left)
    # no corner in a buffer, no edge inside: then nothing that is left is nearer than a radius
    places = np.concatenate([sure[:, :2], edges.ends[near, :2], edges.ends[near, 2:]])
    expected = np.append(sure[:, 2] > 0, np.zeros(2 * len(near), dtype=bool))
    found = np.zeros(len(places), dtype=bool)
    found[STRtree(left).query(shapely.points(places), predicate="within")[0]] = True
    if (found == expected).all() and (measure_reaches(edges, near, corners) >= -NOISE_M).all():
        return shapely.multipolygons(left)
    return take_out_buffers(box, edges, near)


def _cut_faces(box: Any, points: Floats, starts: Indices) -> Geometries:
    """Return the faces into which curves cut a box."""
    curves = shapely.from_ragged_array(
        shapely.GeometryType.MULTILINESTRING, points, (starts, np.array([0, len(starts) - 1]))
    )
    noded = shapely.union_all([*curves, shapely.boundary(box)])
    faces = shapely.get_parts(shapely.polygonize([noded]))
    places = shapely.get_coordinates(shapely.point_on_surface(faces))
    west, south, east, north = box.bounds
    inside = (places > (west, south)) & (places < (east, north))
    in_box: Geometries = faces[inside.all(axis=1)]
    return in_box


def _find_clear(faces: Geometries, edges: Edges, near: Indices) -> Mask:
    """Return which of the faces lie outside of what is drawn round the edges `near`.

    A place farther than `ARC_M` outside of the buffers tells for its face. Between circles and
    their tangents there are faces without one; of a face whose place is not clear enough one in
    its core is asked, and a face without a core is too narrow for any.
    """
    places = shapely.get_coordinates(shapely.point_on_surface(faces))
    reaches = measure_reaches(edges, near, places)
    doubtful = np.flatnonzero((reaches > 0) & (reaches <= ARC_M))
    cores = shapely.buffer(faces[doubtful], -1.5 * ARC_M)
    wide = ~shapely.is_empty(cores)
    places = shapely.get_coordinates(shapely.point_on_surface(cores[wide]))
    reaches[doubtful[wide]] = measure_reaches(edges, near, places)
    is_clear: Mask = reaches > ARC_M
    return is_clear


def take_out_buffers(box: Any, edges: Edges, chosen: Indices) -> Any:
    """Return what is left of a tile outside of the buffers of the `chosen` edges, one by one."""
    buffers = buffer_edges(edges.ends[chosen], edges.radii[chosen])
    return shapely.difference(box, shapely.union_all(buffers))


def cut_out_faces(land: Any, layers: Iterable[STRtree]) -> Any:
    """Return `land` without the faces of all layers, nor what is nearer than the clearance."""
    reach = None
    for faces in layers:
        if land.is_empty:
            break
        west, south, east, north = shapely.bounds(land)
        box = shapely.box(
            west - CLEARANCE_M, south - CLEARANCE_M, east + CLEARANCE_M, north + CLEARANCE_M
        )
        if not len(faces.query(box)):
            continue
        # not by "dwithin", which overlooks faces across the border of a hole (GEOS 3.14); a hair
        # less than the clearance, so that what was cleared for another layer is not near
        reach = reach or _grow(land, 0.9 * CLEARANCE_M)
        near = faces.geometries[faces.query(reach, predicate="intersects")]
        if len(near):
            taken = _grow(shapely.disjoint_subset_union_all(near), CLEARANCE_M)
            land, reach = shapely.difference(land, taken), None
    return land


def _grow(geometry: Any, distance: float) -> Any:
    """Return all within a distance, which is short: a corner stays one, cut off at twice of it."""
    return shapely.buffer(geometry, distance, join_style="mitre", mitre_limit=2)
