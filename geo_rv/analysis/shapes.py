"""Geometries taken apart into flat paths of coordinates, as distances are measured between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geo_rv.analysis.boxtree import NONE, BoxTree, plant_tree, sort_boxes
from geo_rv.analysis.decode import FACE, HOLE, read_paths
from geo_rv.analysis.filters import Mask
from geo_rv.analysis.paths import Faces, Paths, box_paths, cut_paths, spread_long_edges
from geo_rv.analysis.repair import find_doubtful, read_geometries, repair_polygons
from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.frame import fit_frames
from geo_rv.geodesy.measure import Floats, Indices

_BINARY: Final = pa.large_binary()

Blobs = npt.NDArray[np.object_] | Any
"""Geometries in well-known binary, or None: an array of bytes, or one of Arrow's in chunks."""


@dataclass(frozen=True)
class Shapes:
    """Features as paths in longitude and latitude, whose edges are geodesics.

    `members` are the features meant, as indices of the `owners` of the paths, ascending; answers
    number them from 0. Features without coordinates have no path.
    """

    paths: Paths
    members: Indices
    damaged: Indices
    """Owners that are not as they came: an invalid polygon stands repaired, a vertex that was no
    place on Earth was left out, or nothing could be read."""
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
        boxes = box_paths(self.paths, self.faces.shells)
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
    """Return geometries in well-known binary (degrees), or None, as shapes.

    Invalid polygons are taken as `repair_polygons` leaves them.
    """
    if not isinstance(blobs, pa.ChunkedArray):
        binary = pa.array(blobs, type=_BINARY)
    elif blobs.num_chunks == 1:
        binary = blobs.chunk(0)
    else:
        binary = pa.concat_arrays(blobs.cast(_BINARY).chunks or [pa.array([], _BINARY)])
    flat, damaged, unread = read_paths(binary)
    asked = np.unique(np.concatenate([find_doubtful(flat), damaged, unread]))
    if len(asked):
        came, changed = read_geometries(np.array(binary.take(pa.array(asked)), dtype=object))
        mended = repair_polygons(came)
        changed |= mended != came
        damaged = np.union1d(damaged, asked[changed])
        rewritten = changed | (np.isin(asked, unread) & ~shapely.is_empty(came))
        if rewritten.any():
            whole = np.array(binary, dtype=object)
            whole[asked[rewritten]] = shapely.to_wkb(mended[rewritten], flavor="iso", byte_order=1)
            flat, _, _ = read_paths(pa.array(whole, type=_BINARY))
    paths = cut_paths(*spread_long_edges(*flat))
    count = len(binary)
    return Shapes(paths, np.arange(count), damaged, sort_boxes(paths.boxes), count)


def reorder_owners(shapes: Shapes, order: Indices) -> Shapes:
    """Return the shapes of all features taken in the `order` that is given."""
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    paths = shapes.paths._replace(owners=ranks[shapes.paths.owners])
    return dataclasses.replace(shapes, paths=paths, damaged=np.sort(ranks[shapes.damaged]))
