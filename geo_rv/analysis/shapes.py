"""Geometries taken apart into flat paths of coordinates, as the distance kernel reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geo_rv.analysis.boxtree import BoxTree, plant_tree, sort_boxes
from geo_rv.analysis.compiled import compiled
from geo_rv.analysis.decode import FACE, HOLE, POINT, count_features, fill_features
from geo_rv.analysis.filters import Mask
from geo_rv.analysis.repair import find_invalid, repair_polygons
from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.frame import fit_frames
from geo_rv.geodesy.measure import GEOD, Floats, Indices
from geo_rv.geodesy.plane import LONGEST_EDGE_M, METRES_PER_DEGREE
from geo_rv.parallel import split_work

CHUNK: Final = 16
"""Edges of a path that share one box."""
NONE: Final = -1
_BINARY: Final = pa.large_binary()

Array = Any
Kinds = npt.NDArray[np.int8]
Blobs = npt.NDArray[np.object_] | Any
"""Geometries in well-known binary, or None: an array of bytes, or one of Arrow's in chunks."""


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


@dataclass(frozen=True)
class Shapes:
    """Features as paths in longitude and latitude, whose edges are geodesics.

    `members` are the features meant, as indices of the `owners` of the paths, ascending; answers
    number them from 0. Features without coordinates have no path.
    """

    paths: Paths
    members: Indices
    damaged: Indices
    """Owners that are not as they came: an invalid polygon stands repaired, and a vertex that
    was no finite number was left out."""
    order: Indices
    """The chunks of all paths along a Hilbert curve."""
    owner_count: int
    """How many features there are to own a path, meant or not."""

    @property
    def count(self) -> int:
        """How many features are meant."""
        return len(self.members)

    def select(self, wanted: Mask) -> Shapes:
        """Return the shapes of those members that are `wanted`; coordinates are shared."""
        return dataclasses.replace(self, members=self.members[wanted])

    @cached_property
    def numbers(self) -> Indices:
        """The member's number of each owner; NONE for features that are not meant."""
        numbers = np.full(self.owner_count, NONE)
        numbers[self.members] = np.arange(self.count)
        return numbers

    @cached_property
    def path_members(self) -> Indices:
        """The member that each path belongs to, or NONE."""
        return self.numbers[self.paths.owners]

    @cached_property
    def has_shape(self) -> Mask:
        """Whether each member has a geometry to measure from."""
        found = np.zeros(self.count, dtype=bool)
        found[self.path_members[self.path_members != NONE]] = True
        return found

    @cached_property
    def is_line(self) -> Mask:
        """Whether each member is made of points and lines alone."""
        faces = self.path_members[self.paths.kinds == FACE]
        lines = np.ones(self.count, dtype=bool)
        lines[faces[faces != NONE]] = False
        return lines

    @cached_property
    def member_paths(self) -> tuple[Indices, Indices]:
        """The paths in the order of their members, and where those of each member start."""
        paths = np.flatnonzero(self.path_members != NONE)
        members = self.path_members[paths]
        order = np.argsort(members, kind="stable")
        starts = np.searchsorted(members[order], np.arange(self.count + 1))
        return paths[order], starts

    @cached_property
    def chunk_tree(self) -> BoxTree:
        """The tree of the members' chunks."""
        order = self.order
        if self.count < self.owner_count:
            order = order[(self.path_members != NONE)[self.paths.chunk_paths[order]]]
        return plant_tree(self.paths.boxes, order)

    @cached_property
    def faces(self) -> Faces:
        """The members' polygons."""
        is_face = (self.paths.kinds == FACE) & (self.path_members != NONE)
        shells = np.flatnonzero(is_face)
        after = np.append(np.flatnonzero(self.paths.kinds != HOLE), len(self.paths.kinds))
        return Faces(shells, after[np.searchsorted(after, shells, side="right")])

    @cached_property
    def face_tree(self) -> BoxTree:
        """The tree of the members' polygons, by their index in `faces`."""
        boxes = _box_paths(self.paths, self.faces.shells)
        return plant_tree(boxes, sort_boxes(boxes))

    @cached_property
    def places(self) -> Floats:
        """Where each member's first path begins: longitude and latitude, (n, 2); NaN for none."""
        paths, starts = self.member_paths
        present = np.flatnonzero(np.diff(starts))
        first = self.paths.starts[paths[starts[present]]]
        places = np.full((self.count, 2), np.nan)
        places[present] = np.column_stack([self.paths.lon[first], self.paths.lat[first]])
        return places

    @cached_property
    def neighbours(self) -> Indices:
        """The members that have a shape along a Hilbert curve, so that the next one is near."""
        present = np.flatnonzero(self.has_shape)
        places = self.places[present]
        return present[sort_boxes(np.hstack([places, places]))]

    @cached_property
    def frames(self) -> tuple[float, Floats]:
        """The middle latitude of all paths, and the local frames round it."""
        # whole degrees, so that the next question finds the same frames made
        south, north = np.floor(self.paths.lat.min()), np.ceil(self.paths.lat.max())
        return float(south + north) / 2, fit_frames(float(south), float(north))

    @cached_property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees; NaN where there is nothing."""
        tree = self.chunk_tree
        if not len(tree.items):
            return (np.nan,) * 4
        west, south, east, north = (float(side[-1]) for side in tree[:4])
        return west, south, east, north


def take_apart(geometries: Iterable[Any]) -> Shapes:
    """Return `geometries`, shapely ones in degrees of longitude and latitude or None, as shapes."""
    return decode_shapes(shapely.to_wkb(np.array(geometries, dtype=object), flavor="iso"))


def decode_shapes(blobs: Blobs) -> Shapes:
    """Return geometries in well-known binary (degrees, little-endian), or None, as shapes.

    Invalid polygons are taken as `repair_polygons` leaves them.
    """
    if isinstance(blobs, pa.ChunkedArray):
        binary = pa.concat_arrays(blobs.cast(_BINARY).chunks or [pa.array([], _BINARY)])
    else:
        binary = pa.array(blobs, type=_BINARY)
    invalid = find_invalid(binary)
    if len(invalid):
        whole = np.array(binary, dtype=object)
        whole[invalid] = shapely.to_wkb(
            repair_polygons(shapely.from_wkb(whole[invalid])), flavor="iso"
        )
        binary = pa.array(whole, type=_BINARY)
    flat, damaged = _read_paths(*_open_blobs(binary))
    paths = _cut(*_spread_long_edges(*flat))
    damaged = np.union1d(damaged, invalid)
    count = len(binary)
    return Shapes(paths, np.arange(count), damaged, sort_boxes(paths.boxes), count)


def list_arrays(shapes: Shapes) -> list[npt.NDArray[Any]]:
    """Return what `restore_shapes` needs, of the shapes of all features of a layer."""
    paths = shapes.paths
    return [
        paths.lon, paths.lat, paths.starts, paths.owners, paths.kinds, paths.boxes,
        shapes.damaged, shapes.order,
    ]  # fmt: skip


def restore_shapes(arrays: list[npt.NDArray[Any]], count: int) -> Shapes | None:
    """Return the shapes of `count` features whose `list_arrays` these are, or None.

    None is for arrays that do not hold together: compiled code believes every index.
    """
    if [array.dtype.kind + str(array.ndim) for array in arrays] != list(_FORMS):
        return None
    lon, lat, starts, owners, kinds, boxes, damaged, order = arrays
    sizes = np.diff(starts)
    is_whole = (
        len(lon) == len(lat)
        and len(starts) == len(owners) + 1 == len(kinds) + 1
        and (starts[0], starts[-1]) == (0, len(lon))
        and sizes.min(initial=1) > 0
        and _are_below(owners, count)
        and _are_below(kinds, HOLE + 1)
        and _are_below(damaged, count)
        and boxes.shape == (len(order), 4)
        and len(order) == _count_chunks(sizes).sum()
        and _are_below(order, len(order))
    )
    if not is_whole:
        return None
    paths = Paths(lon, lat, starts, owners, kinds, *_list_chunks(starts), boxes)
    return Shapes(paths, np.arange(count), damaged, order, count)


_FORMS: Final = ("f1", "f1", "i1", "i1", "i1", "f2", "i1", "i1")
STORED_ARRAYS: Final = len(_FORMS)


def _are_below(indices: npt.NDArray[Any], end: int) -> bool:
    return bool(indices.min(initial=0) >= 0 and indices.max(initial=0) < max(end, 1))


def reorder_owners(shapes: Shapes, order: Indices) -> Shapes:
    """Return the shapes of all features taken in the `order` that is given."""
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    paths = shapes.paths._replace(owners=ranks[shapes.paths.owners])
    return dataclasses.replace(shapes, paths=paths, damaged=np.sort(ranks[shapes.damaged]))


def _open_blobs(blobs: pa.LargeBinaryArray) -> tuple[npt.NDArray[np.uint8], Indices]:
    """Return the bytes of all blobs, and where each begins and the last one ends."""
    _, offsets, data = blobs.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[blobs.offset : blobs.offset + len(blobs) + 1]
    content = np.frombuffer(data or b"", dtype=np.uint8)
    return content, starts


Flat = tuple[Floats, Floats, Indices, Indices, Kinds]
"""Longitudes, latitudes, starts, owners and kinds of paths."""


def _read_paths(data: npt.NDArray[np.uint8], offsets: Indices) -> tuple[Flat, Indices]:
    """Return the paths of all features, and the features that lost a vertex."""
    count = len(offsets) - 1
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
    owners = np.repeat(np.arange(count), paths)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    if np.array_equal(sizes, kept):
        return (lon, lat, starts, owners, kinds), np.empty(0, np.int64)
    within = np.arange(len(lon)) - np.repeat(starts[:-1], sizes)
    finite = within < np.repeat(kept, sizes)
    filled = kept > 0
    # an empty point is written as two that are no numbers: that is no damage
    damaged = np.unique(owners[(kept < sizes) & (kinds != POINT)])
    starts = np.concatenate([[0], np.cumsum(kept[filled])])
    return (lon[finite], lat[finite], starts, owners[filled], kinds[filled]), damaged


def _spread_long_edges(
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


def _cut(lon: Floats, lat: Floats, starts: Indices, owners: Indices, kinds: Kinds) -> Paths:
    """Return the paths with their chunks."""
    chunk_starts, firsts, chunk_paths = _list_chunks(starts)
    boxes = np.empty((len(chunk_paths), 4))
    _enclose_chunks(lon, lat, starts, chunk_paths, firsts, boxes)
    return Paths(lon, lat, starts, owners, kinds, chunk_starts, firsts, chunk_paths, boxes)


def _count_chunks(sizes: Indices) -> Indices:
    """Return how many chunks a path of each size has; a point is a chunk without an edge."""
    return np.maximum(1, -(-(sizes - 1) // CHUNK))


def _list_chunks(starts: Indices) -> tuple[Indices, Indices, Indices]:
    """Return the first chunk of each path and, for each chunk, its first vertex and its path."""
    chunks = _count_chunks(np.diff(starts))
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


def _box_paths(paths: Paths, chosen: Indices) -> Floats:
    """Return the boxes of the `chosen` paths, (n, 4)."""
    if not len(chosen):
        return np.empty((0, 4))
    # every other stretch is that of a chosen path; what lies between is looked at and left out
    edges = np.column_stack([paths.chunk_starts[chosen], paths.chunk_starts[chosen + 1]]).ravel()
    edges = edges[:-1] if edges[-1] == len(paths.boxes) else edges
    south_west = np.minimum.reduceat(paths.boxes[:, :2], edges, axis=0)[::2]
    north_east = np.maximum.reduceat(paths.boxes[:, 2:], edges, axis=0)[::2]
    return np.hstack([south_west, north_east])
