"""What land has to keep clear of, in one plane: edges with their radii, and faces."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pyproj
import shapely
from shapely import STRtree

from geo_rv.analysis.curves import NONE, Edges
from geo_rv.analysis.decode import FACE, HOLE
from geo_rv.analysis.shapes import Shapes
from geo_rv.geodesy.buffer import CLEARANCE_M, stretch_radii
from geo_rv.geodesy.measure import Floats, Geometries, Indices
from geo_rv.geodesy.plane import project

Array = Any
"""What numba compiles knows its own types."""

LEAST_RING: Final = 4
"""Vertices of a ring that holds anything, the first one repeated."""
Box = tuple[float, float, float, float]
"""West, south, east, north in the metres of a plane."""


class Kept(NamedTuple):
    """Features, and how far from each of them all is kept clear (metres, NaN where it is not)."""

    shapes: Shapes
    reaches_m: Floats


@dataclass(frozen=True)
class Obstacles:
    """What is kept clear: all in the buffers of `edges`, and all in `faces`, a tree for a layer."""

    edges: Edges
    faces: tuple[STRtree, ...]


def gather_obstacles(kept: Iterable[Kept], plane: pyproj.CRS, bounds: Box) -> Obstacles:
    """Return what is kept clear in `bounds` (metres in `plane`).

    A limit of 0 means the feature itself: `CLEARANCE_M` is added to every limit, so that what is
    left does not touch it either.
    """
    layers = list(kept)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        taken = list(pool.map(lambda features: _take_paths(features, plane, bounds), layers))
        built = list(pool.map(_join_rings, taken))
    # the largest first: of what lies in them nothing is left to be asked about
    faces = sorted(filter(len, built), key=lambda layer: -shapely.area(layer).sum())
    return Obstacles(_join_edges(_list_edges(paths) for paths in taken), tuple(map(STRtree, faces)))


def build_faces(shapes: Shapes, plane: pyproj.CRS) -> Geometries:
    """Return the polygons of features in the metres of `plane`."""
    everywhere = (-np.inf, -np.inf, np.inf, np.inf)
    return _join_rings(_take_paths(Kept(shapes, np.zeros(shapes.count)), plane, everywhere))


class _Paths(NamedTuple):
    """Points, lines and rings in a plane, one after the other; see `shapes.Paths`."""

    places: Floats
    sizes: Indices
    kinds: Array
    owners: Indices
    reaches_m: Floats


def _take_paths(features: Kept, plane: pyproj.CRS, bounds: Box) -> _Paths:
    """Return the paths that come within reach of `bounds`, whole faces where a ring of it does."""
    paths, members = features.shapes.paths, features.shapes.path_members
    reaches = np.append(features.reaches_m, np.nan)[members]
    wanted = ~np.isnan(reaches)
    places = project(np.column_stack([paths.lon, paths.lat]), plane)
    if len(places):
        low = np.minimum.reduceat(places, paths.starts[:-1]) - reaches[:, np.newaxis]
        high = np.maximum.reduceat(places, paths.starts[:-1]) + reaches[:, np.newaxis]
        wanted &= (low <= bounds[2:]).all(axis=1) & (high >= bounds[:2]).all(axis=1)
    # a hole goes with the outer ring before it
    shells = np.maximum.accumulate(np.where(paths.kinds == HOLE, 0, np.arange(len(members))))
    wanted = wanted[shells]
    sizes = np.diff(paths.starts)
    return _Paths(
        places[np.repeat(wanted, sizes)],
        sizes[wanted],
        paths.kinds[wanted],
        members[wanted],
        reaches[wanted],
    )


def _list_edges(paths: _Paths) -> Edges:
    """Return the edges of all paths but the rings of faces that are kept clear of by themselves."""
    has_edges = (paths.kinds < FACE) | (paths.reaches_m > 0)
    of = np.repeat(np.arange(len(paths.sizes)), paths.sizes)
    # a vertex that repeats the one before it makes no edge
    fresh = np.ones(len(of), dtype=bool)
    fresh[1:] = (of[1:] != of[:-1]) | (paths.places[1:] != paths.places[:-1]).any(axis=1)
    chosen = fresh & has_edges[of]
    places, of = paths.places[chosen], of[chosen]
    is_last = np.diff(of, append=-1) != 0
    is_lonely = is_last & (np.diff(of, prepend=-1) != 0)
    starts = np.flatnonzero(~is_last | is_lonely)
    ends = starts + ~is_lonely[starts]
    edges = np.hstack([places[starts], places[ends]])
    farthest = np.abs(edges[:, ::2]).max(axis=1, initial=0)
    radii = stretch_radii(paths.reaches_m[of[starts]] + CLEARANCE_M, farthest)
    return Edges(edges, radii, *_link_edges(edges, of[starts]))


def _link_edges(edges: Floats, of: Indices) -> tuple[Array, Array]:
    """Return the edges after and before each, from the path each is `of`; rings are closed."""
    count = len(edges)
    after, before = np.full(count, NONE, np.int32), np.full(count, NONE, np.int32)
    firsts = np.flatnonzero(np.diff(of, prepend=-1))
    lasts = np.append(firsts[1:], count)[: len(firsts)] - 1
    follows = np.flatnonzero(np.diff(of) == 0)
    after[follows], before[follows + 1] = follows + 1, follows
    closed = (lasts > firsts) & (edges[lasts, 2:] == edges[firsts, :2]).all(axis=1)
    after[lasts[closed]], before[firsts[closed]] = firsts[closed], lasts[closed]
    return after, before


def _join_edges(parts: Iterable[Edges]) -> Edges:
    """Return the edges of all layers as one."""
    layers = list(parts)
    counts = [len(layer.radii) for layer in layers]
    shifts = np.repeat(np.cumsum([0, *counts])[:-1], counts) if layers else np.empty(0, np.int64)
    after, before = (
        np.concatenate([np.empty(0, np.int32), *(layer[field] for layer in layers)])
        for field in (2, 3)
    )
    shifts = shifts.astype(np.int32)
    return Edges(
        np.concatenate([np.empty((0, 4)), *(layer.ends for layer in layers)]),
        np.concatenate([np.empty(0), *(layer.radii for layer in layers)]),
        np.where(after == NONE, NONE, after + shifts),
        np.where(before == NONE, NONE, before + shifts),
    )


def _join_rings(paths: _Paths) -> Geometries:
    """Return the polygons of the paths."""
    is_ring = (paths.kinds >= FACE) & (paths.sizes >= LEAST_RING)
    # a hole whose outer ring holds nothing has gone with it
    shells = np.maximum.accumulate(np.where(paths.kinds == HOLE, 0, np.arange(len(is_ring))))
    is_ring &= is_ring[shells]
    if not is_ring.any():
        return np.empty(0, dtype=object)
    of_ring = np.repeat(is_ring, paths.sizes)
    ring_of = np.repeat(np.cumsum(is_ring) - 1, paths.sizes)
    rings = shapely.linearrings(paths.places[of_ring], indices=ring_of[of_ring])
    polygon_of = np.cumsum(paths.kinds[is_ring] == FACE) - 1
    polygons: Geometries = shapely.polygons(rings, indices=polygon_of)
    return polygons
