"""Well-known binary into flat coordinates, without a geometry object for any feature."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo_rv.analysis.compiled import compiled
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.parallel import split_work

POINT: Final = 0
LINE: Final = 1
FACE: Final = 2
"""The outer ring of a polygon; its holes follow it."""
HOLE: Final = 3
WEST_EAST: Final = 180.000001
NORTH_SOUTH: Final = 88.0
"""Degrees beyond which nothing is measured: no place on Earth, or at a pole, where frames end."""

Array = Any
"""What numba compiles knows its own types."""
Kinds = npt.NDArray[np.int8]
Flat = tuple[Floats, Floats, Indices, Indices, Kinds]
"""Longitudes, latitudes, starts, owners and kinds of paths."""


def read_paths(blobs: pa.Array) -> tuple[Flat, Indices, Indices]:
    """Return the paths of all features, those that lost a vertex, and those that were not read.

    `blobs` are in well-known binary, or null. One that is not little-endian, is a curve, or
    ends before its geometry does was not read and has no path; an empty geometry is among
    them. A vertex that is no place on Earth is left out.
    """
    data, offsets = _open_blobs(blobs)
    count = len(blobs)
    vertices, paths = np.zeros(count, np.int64), np.zeros(count, np.int64)
    count_features(data, offsets, vertices, paths)
    vertex_starts = np.concatenate([[0], np.cumsum(vertices)])
    path_starts = np.concatenate([[0], np.cumsum(paths)])
    lon, lat = np.empty(vertex_starts[-1]), np.empty(vertex_starts[-1])
    sizes, kept = np.zeros(path_starts[-1], np.int64), np.zeros(path_starts[-1], np.int64)
    kinds = np.zeros(path_starts[-1], np.int8)

    def fill(first: int, last: int) -> None:
        fill_features(
            data, offsets, first, last, vertex_starts, path_starts, lon, lat, sizes, kept, kinds
        )

    split_work(count, fill, least=10_000)
    unread = np.flatnonzero((paths == 0) & (np.diff(offsets) > 0))
    owners = np.repeat(np.arange(count), paths)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    filled = kept > 0
    # a hole goes with its shell: the one before it may be another feature's
    shells = np.maximum.accumulate(np.where(kinds == HOLE, 0, np.arange(len(kinds))))
    filled &= filled[shells]
    if filled.all() and np.array_equal(sizes, kept):
        return (lon, lat, starts, owners, kinds), np.empty(0, np.int64), unread
    within = np.arange(len(lon)) - np.repeat(starts[:-1], sizes)
    whole = within < np.repeat(np.where(filled, kept, 0), sizes)
    lost = np.flatnonzero(kept < sizes)
    # an empty point is written as two that are no numbers: that is no damage
    is_empty = (kinds[lost] == POINT) & np.isnan(lon[starts[lost]]) & np.isnan(lat[starts[lost]])
    damaged = np.unique(owners[lost[~is_empty]])
    starts = np.concatenate([[0], np.cumsum(kept[filled])])
    return (lon[whole], lat[whole], starts, owners[filled], kinds[filled]), damaged, unread


def _open_blobs(blobs: pa.Array) -> tuple[npt.NDArray[np.uint8], Indices]:
    """Return the bytes of all blobs, and where each begins and the last one ends."""
    _, offsets, data = blobs.buffers()
    width = np.int64 if pa.types.is_large_binary(blobs.type) else np.int32
    numbers = np.frombuffer(offsets or bytes(8), dtype=width)
    starts = numbers[blobs.offset : blobs.offset + len(blobs) + 1].astype(np.int64)
    content = np.frombuffer(data or b"", dtype=np.uint8)
    return content, starts


@compiled
def _read_number(data: Array, at: int) -> Any:
    return (
        np.int64(data[at])
        | (np.int64(data[at + 1]) << 8)
        | (np.int64(data[at + 2]) << 16)
        | (np.int64(data[at + 3]) << 24)
    )


@compiled
def _read_header(data: Array, at: int) -> Any:
    """Return type (1 point, 2 line, 3 polygon, above: several), dimension, and where it goes on.

    Both spellings of the third and fourth dimension are read: thousands (ISO) and high bits.
    """
    code = _read_number(data, at + 1)
    after = at + 9 if code & 0x20000000 else at + 5  # a coordinate system may stand in between
    thousands = (code & 0xFFFFFFF) // 1000
    dimension = 2
    if code & 0x80000000 or thousands in (1, 3):
        dimension += 1
    if code & 0x40000000 or thousands in (2, 3):
        dimension += 1
    return (code & 0xFFFFFFF) % 1000, dimension, after


@compiled
def count_feature(data: Array, at: int, end: int) -> Any:
    """Return how many vertices and paths the geometry in `data[at:end]` has."""
    vertices, paths = 0, 0
    # members of a collection carry headers of their own: one after the other, no nesting needed
    while at + 9 <= end:
        kind, dimension, at = _read_header(data, at)
        if kind == 1:
            vertices, paths, at = vertices + 1, paths + 1, at + 8 * dimension
            continue
        members = _read_number(data, at)
        at += 4
        if kind == 2:
            vertices, paths, at = vertices + members, paths + 1, at + 8 * dimension * members
        elif kind == 3:
            for _ in range(members):
                if at + 4 > end:
                    break
                size = _read_number(data, at)
                vertices, paths, at = vertices + size, paths + 1, at + 4 + 8 * dimension * size
        elif kind > 7:
            break
    # a count that runs past its own bytes is not to be believed
    return (vertices, paths) if at <= end else (0, 0)


@compiled
def _copy_path(data: Array, at: int, size: int, dimension: int, lon: Array, lat: Array) -> Any:
    """Copy a path's vertices that are places on Earth; return how many there were."""
    values = data[at : at + 8 * dimension * size].view(np.float64)
    kept = 0
    for vertex in range(size):
        # for a point left out, too, they tell whether it is empty
        lon[kept], lat[kept] = values[dimension * vertex], values[dimension * vertex + 1]
        if abs(lon[kept]) <= WEST_EAST and abs(lat[kept]) <= NORTH_SOUTH:
            kept += 1
    return kept


@compiled
def fill_features(
    data: Array,
    offsets: Array,
    first: int,
    last: int,
    vertex_starts: Array,
    path_starts: Array,
    lon: Array,
    lat: Array,
    sizes: Array,
    kept: Array,
    kinds: Array,
) -> None:
    """Copy the vertices of the features from `first` up to `last`, which `count_feature` allows.

    `sizes` becomes the number of vertices of each path, `kept` how many of them are places and
    stand at its beginning, `kinds` what the path is.
    """
    for feature in range(first, last):
        at, end = offsets[feature], offsets[feature + 1]
        vertex, path = vertex_starts[feature], path_starts[feature]
        path_end = path_starts[feature + 1]
        while path < path_end and at + 9 <= end:
            kind, dimension, at = _read_header(data, at)
            if kind == 1:
                sizes[path], kinds[path] = 1, POINT
                kept[path] = _copy_path(data, at, 1, dimension, lon[vertex:], lat[vertex:])
                vertex, path, at = vertex + 1, path + 1, at + 8 * dimension
                continue
            members = _read_number(data, at)
            at += 4
            if kind == 2:
                sizes[path], kinds[path] = members, LINE
                kept[path] = _copy_path(data, at, members, dimension, lon[vertex:], lat[vertex:])
                vertex, path = vertex + members, path + 1
                at += 8 * dimension * members
            elif kind == 3:
                for ring in range(members):
                    size = _read_number(data, at)
                    at += 4
                    sizes[path], kinds[path] = size, FACE if ring == 0 else HOLE
                    kept[path] = _copy_path(data, at, size, dimension, lon[vertex:], lat[vertex:])
                    vertex, path = vertex + size, path + 1
                    at += 8 * dimension * size


@compiled
def count_features(data: Array, offsets: Array, vertices: Array, paths: Array) -> None:
    """Fill in how many vertices and paths each feature has."""
    for feature in range(len(offsets) - 1):
        vertices[feature], paths[feature] = count_feature(
            data, offsets[feature], offsets[feature + 1]
        )
