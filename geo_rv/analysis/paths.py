"""Flat paths of coordinates, cut into chunks, as the distance kernel reads them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.compiled import compiled
from geo_rv.analysis.decode import Flat, Kinds
from geo_rv.geodesy.measure import GEOD, Floats, Indices
from geo_rv.geodesy.plane import LONGEST_EDGE_M, METRES_PER_DEGREE

CHUNK: Final = 16
"""Edges of a path that share one box."""

Array = Any


class Paths(NamedTuple):
    """The points, lines and rings of a layer's features, one after the other.

    Vertex v lies at `lon[v]`, `lat[v]` (degrees). Path p has the vertices from `starts[p]` up to
    `starts[p + 1]`, belongs to the feature `owners[p]`, and is what `kinds[p]` says: a point, a
    line, the outer ring of a face, or a hole in the face before it. Its edges, none longer than
    `LONGEST_EDGE_M`, are cut into the chunks from `chunk_starts[p]` up to `chunk_starts[p + 1]`;
    chunk c begins at the vertex `chunk_firsts[c]` of the path `chunk_paths[c]` and lies in
    `boxes[c]` (west, south, east, north).
    """

    lon: Floats
    lat: Floats
    starts: Indices
    owners: Indices
    kinds: Kinds
    chunk_starts: Indices
    chunk_firsts: Indices
    chunk_paths: Indices
    boxes: Floats


class Faces(NamedTuple):
    """The polygons of some paths: outer ring `shells[k]`, holes after it up to `ends[k]`."""

    shells: Indices
    ends: Indices


def spread_long_edges(
    lon: Floats, lat: Floats, starts: Indices, owners: Indices, kinds: Kinds
) -> Flat:
    """Return the paths with points added along the geodesics of their long edges."""
    pieces = np.ones(len(lon), np.int64)
    added = _count_pieces(lon, lat, starts, LONGEST_EDGE_M / METRES_PER_DEGREE, pieces)
    if not added:
        return lon, lat, starts, owners, kinds
    places = np.concatenate([[0], np.cumsum(pieces)])
    long = np.flatnonzero(pieces > 1)
    azimuths, _, lengths = GEOD.inv(lon[long], lat[long], lon[long + 1], lat[long + 1])
    of_long = np.repeat(np.arange(len(long)), pieces[long] - 1)
    first = np.cumsum(pieces[long] - 1) - (pieces[long] - 1)
    steps = np.arange(len(of_long)) - first[of_long] + 1
    begins = long[of_long]
    travelled = np.asarray(lengths)[of_long] * steps / pieces[begins]
    between = GEOD.fwd(lon[begins], lat[begins], np.asarray(azimuths)[of_long], travelled)
    dense = []
    for values, inserted in ((lon, between[0]), (lat, between[1])):
        spread = np.empty(places[-1])
        spread[places[:-1]] = values
        spread[places[begins] + steps] = inserted
        dense.append(spread)
    return dense[0], dense[1], places[starts], owners, kinds


@compiled
def _count_pieces(
    lon: Array, lat: Array, starts: Array, longest_degrees: float, pieces: Array
) -> Any:
    """Fill in how many pieces the edge after each vertex needs; return how many points that adds.

    An edge is taken for a little longer than it is: no degree of longitude is longer than one
    of latitude times the cosine where the edge is nearest to the equator.
    """
    added = 0
    for path in range(len(starts) - 1):
        for vertex in range(starts[path], starts[path + 1] - 1):
            north = lat[vertex + 1] - lat[vertex]
            east = lon[vertex + 1] - lon[vertex]
            if abs(north) + abs(east) <= longest_degrees:
                continue
            nearest = min(abs(lat[vertex]), abs(lat[vertex + 1]))
            length = np.hypot(north, east * np.cos(np.radians(nearest)))
            count = max(1, int(np.ceil(length / longest_degrees)))
            pieces[vertex] = count
            added += count - 1
    return added


def cut_paths(lon: Floats, lat: Floats, starts: Indices, owners: Indices, kinds: Kinds) -> Paths:
    """Return the paths with their chunks."""
    chunk_starts, firsts, chunk_paths = list_chunks(starts)
    boxes = np.empty((len(chunk_paths), 4))
    _enclose_chunks(lon, lat, starts, chunk_paths, firsts, boxes)
    return Paths(lon, lat, starts, owners, kinds, chunk_starts, firsts, chunk_paths, boxes)


def count_chunks(sizes: Indices) -> Indices:
    """Return how many chunks a path of each size has; a point is a chunk without an edge."""
    return np.maximum(1, -(-(sizes - 1) // CHUNK))


def list_chunks(starts: Indices) -> tuple[Indices, Indices, Indices]:
    """Return the first chunk of each path and, for each chunk, its first vertex and its path."""
    chunks = count_chunks(np.diff(starts))
    chunk_starts = np.concatenate([[0], np.cumsum(chunks)])
    chunk_paths = np.repeat(np.arange(len(chunks)), chunks)
    within = np.arange(len(chunk_paths)) - chunk_starts[chunk_paths]
    return chunk_starts, starts[chunk_paths] + CHUNK * within, chunk_paths


@compiled
def _enclose_chunks(
    lon: Array, lat: Array, starts: Array, chunk_paths: Array, firsts: Array, boxes: Array
) -> None:
    for chunk in range(len(firsts)):
        first = firsts[chunk]
        end = min(first + CHUNK + 1, starts[chunk_paths[chunk] + 1])
        west = east = lon[first]
        south = north = lat[first]
        for vertex in range(first + 1, end):
            west, east = min(west, lon[vertex]), max(east, lon[vertex])
            south, north = min(south, lat[vertex]), max(north, lat[vertex])
        box = boxes[chunk]
        box[0], box[1], box[2], box[3] = west, south, east, north


def box_paths(paths: Paths, chosen: Indices) -> Floats:
    """Return the boxes of the `chosen` paths, (n, 4)."""
    if not len(chosen):
        return np.empty((0, 4))
    # every other stretch is that of a chosen path; what lies between is looked at and left out
    edges = np.column_stack([paths.chunk_starts[chosen], paths.chunk_starts[chosen + 1]]).ravel()
    edges = edges[:-1] if edges[-1] == len(paths.boxes) else edges
    south_west = np.minimum.reduceat(paths.boxes[:, :2], edges, axis=0)[::2]
    north_east = np.maximum.reduceat(paths.boxes[:, 2:], edges, axis=0)[::2]
    return np.hstack([south_west, north_east])
