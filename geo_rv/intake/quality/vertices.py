"""Geometries taken apart into the vertices of their rings or lines, and put together with fewer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.geodesy.local import measure_degrees
from geo_rv.geodesy.measure import LINES, POLYGONS, Floats, Indices, split_parts

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]

_FEWEST_OF_RING = 3
_FEWEST_OF_LINE = 2


@dataclass(frozen=True)
class Paths:
    """The rings of polygons, or the lines, of some geometries."""

    vertices: Floats
    """Degrees, shape (n, 2); a ring's first vertex is not repeated at its end."""
    path: Indices
    """The path of each vertex, from 0 without a gap."""
    part: Indices
    """The polygon or line that each path belongs to; a polygon's first path is its shell."""
    owner: Indices
    """The geometry of each part."""
    is_ring: bool

    @cached_property
    def starts(self) -> Indices:
        """The first vertex of each path, and the number of all vertices."""
        return np.searchsorted(self.path, np.arange(len(self.part) + 1))

    @cached_property
    def before(self) -> Indices:
        """The vertex before each; of a line's first vertex itself."""
        before = np.arange(len(self.vertices)) - 1
        firsts, ends = self.starts[:-1], self.starts[1:]
        before[firsts] = ends - 1 if self.is_ring else firsts
        return before

    @cached_property
    def after(self) -> Indices:
        """The vertex after each; of a line's last vertex itself."""
        after = np.arange(len(self.vertices)) + 1
        firsts, lasts = self.starts[:-1], self.starts[1:] - 1
        after[lasts] = firsts if self.is_ring else lasts
        return after

    @cached_property
    def metres(self) -> Floats:
        """How many metres a degree of longitude and latitude are, for each vertex, shape (n, 2)."""
        return measure_degrees(self.vertices[self.starts[:-1], 1])[self.path]

    @property
    def vertex_owner(self) -> Indices:
        """The geometry of each vertex."""
        return self.owner[self.part[self.path]]

    def step(self, to: Indices) -> Floats:
        """Return the way from each vertex to the vertex `to`, in metres east and north."""
        return (self.vertices[to] - self.vertices) * self.metres

    def keep(self, is_kept: Mask) -> Paths:
        """Return the paths with those vertices; a path that would collapse keeps all of them."""
        fewest = _FEWEST_OF_RING if self.is_ring else _FEWEST_OF_LINE
        counts = np.bincount(self.path[is_kept], minlength=len(self.part))
        is_kept = is_kept | (counts < fewest)[self.path]
        return Paths(
            self.vertices[is_kept], self.path[is_kept], self.part, self.owner, self.is_ring
        )


def take_apart(geometries: Geometries, *, rings: bool) -> Paths:
    """Return the rings of the polygons, or else the lines, among `geometries` (degrees)."""
    parts, owner = split_parts(geometries)
    is_wanted = np.isin(shapely.get_type_id(parts), POLYGONS if rings else LINES)
    parts, owner = parts[is_wanted], owner[is_wanted]
    if rings:
        paths, part = shapely.get_rings(parts, return_index=True)
    else:
        paths, part = parts, np.arange(len(parts))
    vertices, path = shapely.get_coordinates(paths, return_index=True)
    if rings:
        is_last = np.diff(path, append=len(paths)) > 0
        vertices, path = vertices[~is_last], path[~is_last]
    return Paths(vertices, path, part, owner, rings)


def put_together(paths: Paths, geometries: Geometries) -> Geometries:
    """Return `geometries`, which `paths` were taken from, with the vertices that `paths` have.

    Each of them is as single or as manifold as it was.
    """
    if paths.is_ring:
        rings = shapely.linearrings(paths.vertices, indices=paths.path)
        parts, join = shapely.polygons(rings, indices=paths.part), shapely.multipolygons
    else:
        parts = shapely.linestrings(paths.vertices, indices=paths.path)
        join = shapely.multilinestrings
    single = np.isin(
        shapely.get_type_id(geometries),
        (shapely.GeometryType.POLYGON, shapely.GeometryType.LINESTRING),
    )
    made = np.empty(len(geometries), dtype=object)
    is_alone = single[paths.owner]
    made[paths.owner[is_alone]] = parts[is_alone]
    if not is_alone.all():
        places, member = np.unique(paths.owner[~is_alone], return_inverse=True)
        made[places] = join(parts[~is_alone], indices=member)
    return made


def drop_repeated(paths: Paths, nearest_m: float) -> Paths:
    """Return `paths` without the vertices that lie within `nearest_m` of the one before.

    Every other vertex of a run is dropped until none is left, so that a fine line of many is
    thinned out, not cut off. Of lines, whose ends others join, only equal vertices are dropped.
    """
    while True:
        is_near = _find_repeated(paths, nearest_m if paths.is_ring else 0.0)
        if not is_near.any():
            return paths
        at = np.arange(len(is_near))
        run = at - np.maximum.accumulate(np.where(is_near, -1, at))
        kept = paths.keep(run % 2 == 0)
        if len(kept.vertices) == len(paths.vertices):
            return paths
        paths = kept


def _find_repeated(paths: Paths, nearest_m: float) -> Mask:
    """Return which vertices, but the first of a path, repeat the one before or a ring's first."""
    lengths = np.hypot(*paths.step(paths.before).T)
    is_near = lengths <= nearest_m
    firsts, lasts = paths.starts[:-1], paths.starts[1:] - 1
    if paths.is_ring:
        is_near[lasts] |= is_near[firsts]
    is_near[firsts] = False
    return np.asarray(is_near)
