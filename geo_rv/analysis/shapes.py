"""Geometries taken apart into the edges and parts that distances are measured between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from geopandas import GeoDataFrame
from shapely import STRtree

from geo_rv.analysis.filters import Mask
from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.measure import (
    POLYGONS,
    Floats,
    Geometries,
    Indices,
    pair_neighbours,
    split_parts,
)
from geo_rv.geodesy.plane import densify, project

Place = Callable[[Geometries, pyproj.CRS], tuple[Geometries, Floats, Indices]]


@dataclass(frozen=True)
class Shapes:
    """Geometries in a plane, whose straight edges there stand for geodesics.

    `count` geometries came in. Each of the `edges`, shape (m, 2, 2) in metres, and each of the
    single-part geometries `parts` belongs to the geometry that its owner is the index of; a
    point is an edge without length. Geometries that were empty or None own nothing.
    """

    plane: pyproj.CRS
    count: int
    bounds: Bounds
    """West, south, east, north in degrees; NaN where there is nothing."""
    edges: Floats
    edge_lines: Geometries
    """The edges as line strings, and as points where they have no length."""
    edge_owners: Indices
    parts: Geometries
    part_owners: Indices

    @cached_property
    def edge_tree(self) -> STRtree:
        """The spatial index of the edges."""
        return STRtree(self.edge_lines)

    @cached_property
    def part_tree(self) -> STRtree:
        """The spatial index of the parts."""
        return STRtree(self.parts)

    def select(self, wanted: Mask) -> Shapes:
        """Return the shapes of the geometries that are `wanted`, renumbered from 0."""
        numbers = np.cumsum(wanted) - 1
        edges, parts = wanted[self.edge_owners], wanted[self.part_owners]
        return dataclasses.replace(
            self,
            count=int(np.count_nonzero(wanted)),
            edges=self.edges[edges],
            edge_lines=self.edge_lines[edges],
            edge_owners=numbers[self.edge_owners[edges]],
            parts=self.parts[parts],
            part_owners=numbers[self.part_owners[parts]],
        )


def take_apart(geometries: Iterable[Any], plane: pyproj.CRS) -> Shapes:
    """Return `geometries`, in degrees of longitude and latitude, as shapes in `plane`.

    Invalid polygons are taken as `repair_polygons` leaves them.
    """
    repaired = repair_polygons(geometries)
    parts, owners = split_parts(repaired)
    dimensions = shapely.get_dimensions(parts)
    placed = np.empty(len(parts), dtype=object)
    edges, edge_owners = [np.empty((0, 2, 2))], [np.empty(0, dtype=np.int64)]
    for dimension in np.unique(dimensions):
        chosen = np.flatnonzero(dimensions == dimension)
        placed[chosen], part_edges, edge_parts = _PLACE[dimension](parts[chosen], plane)
        edges.append(part_edges)
        edge_owners.append(owners[chosen[edge_parts]])
    all_edges = np.concatenate(edges)
    return Shapes(
        plane=plane,
        count=len(repaired),
        bounds=tuple(shapely.total_bounds(parts).tolist()) if len(parts) else (np.nan,) * 4,
        edges=all_edges,
        edge_lines=_draw_edges(all_edges),
        edge_owners=np.concatenate(edge_owners),
        parts=placed,
        part_owners=owners,
    )


def repair_polygons(geometries: Iterable[Any]) -> Geometries:
    """Return `geometries` with a valid copy in the place of each invalid polygon.

    The structure method is used: it keeps what every ring encloses, where a buffer of 0 drops
    parts of it. `list_invalid` tells which ones are concerned.
    """
    repaired = np.array(geometries, dtype=object)
    broken = _find_invalid(repaired)
    repaired[broken] = shapely.make_valid(repaired[broken], method="structure", keep_collapsed=True)
    return repaired


def list_invalid(layers: Mapping[str, GeoDataFrame]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the invalid polygons of each layer that has any.

    Distances to these are measured to a repaired copy, which whoever reads them must be told.
    """
    invalid = {}
    for kind, frame in layers.items():
        broken = _find_invalid(np.asarray(frame.geometry.array, dtype=object))
        if broken.any():
            invalid[kind] = tuple(frame["id"][broken])
    return invalid


def _find_invalid(geometries: Geometries) -> Mask:
    is_polygon = np.isin(shapely.get_type_id(geometries), POLYGONS)
    invalid: Mask = is_polygon.copy()
    invalid[is_polygon] = ~shapely.is_valid(geometries[is_polygon])
    return invalid


def _draw_edges(edges: Floats) -> Geometries:
    """Return edges, (m, 2, 2), as geometries; GEOS finds nothing near a line without length."""
    drawn: Geometries = shapely.linestrings(edges)
    flat = np.all(edges[:, 0] == edges[:, 1], axis=1)
    drawn[flat] = shapely.points(edges[flat, 0])
    return drawn


def _place_points(points: Geometries, plane: pyproj.CRS) -> tuple[Geometries, Floats, Indices]:
    """Return points in `plane`, their edges without length, and the index of each one's point."""
    metres = project(shapely.get_coordinates(points), plane)
    return shapely.points(metres), np.stack([metres, metres], axis=1), np.arange(len(points))


def _place_lines(
    lines: Geometries, plane: pyproj.CRS, *, build: Callable[..., Any] = shapely.linestrings
) -> tuple[Geometries, Floats, Indices]:
    """Return lines in `plane`, their edges, and the index of each one's line."""
    coordinates, line_of = shapely.get_coordinates(lines, return_index=True)
    coordinates, line_of = densify(coordinates, line_of)
    metres = project(coordinates, plane)
    starts, ends, edge_lines = pair_neighbours(metres, line_of)
    return build(metres, indices=line_of), np.stack([starts, ends], axis=1), edge_lines


def _place_polygons(polygons: Geometries, plane: pyproj.CRS) -> tuple[Geometries, Floats, Indices]:
    """Return polygons in `plane`, the edges of their rings, and the index of each one's polygon."""
    rings, ring_polygons = shapely.get_rings(polygons, return_index=True)
    placed, edges, edge_rings = _place_lines(rings, plane, build=shapely.linearrings)
    return shapely.polygons(placed, indices=ring_polygons), edges, ring_polygons[edge_rings]


_PLACE: Mapping[int, Place] = {0: _place_points, 1: _place_lines, 2: _place_polygons}
