"""A raster of labels into polygons that share their edges: no gaps, no overlaps."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.demo.grid import Flags, Floats, Grid, Whole

Shapes = NDArray[np.object_]

ROUNDS = 8
"""How often each corner is averaged with its neighbours: takes the stairs of the cells away."""


def draw_regions(labels: Whole, grid: Grid) -> tuple[Shapes, Whole]:
    """Return one polygon for each connected region of one label, and the labels.

    What lies beyond the raster is labelled 0; of the regions of that label only the enclosed
    ones come out. The edges are smoothed once for both sides, their junctions with them.
    """
    corners, edges, sides = _find_edges(labels)
    points = _smooth_corners(corners, edges) * grid.cell + [grid.west, grid.south]
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(points[edges])))
    polygons = shapely.orient_polygons(faces)
    return polygons, _read_labels(polygons, points[edges], sides)


def _read_labels(polygons: Shapes, edges: Floats, sides: Whole) -> Whole:
    """Return what stands on the inner side of the first edge of each polygon.

    `edges` (n, 2, 2) run from point to point, with the labels to their left and right in `sides`
    (n, 2); the polygons' outer rings run counter-clockwise.
    """
    rings = shapely.get_exterior_ring(polygons)
    starts, seconds = (shapely.get_coordinates(shapely.get_point(rings, n)) for n in (0, 1))
    # the middle of an edge is the same number from both sides, and no other edge has it
    middles = edges.sum(axis=1).view(complex).ravel()
    order = np.argsort(middles)
    found = order[np.searchsorted(middles[order], (starts + seconds).view(complex).ravel())]
    runs_along = (edges[found, 0] == starts).all(axis=1)
    return np.asarray(np.where(runs_along, sides[found, 0], sides[found, 1]))


def remove_specks(labels: Whole, *, times: int) -> Whole:
    """Return `labels` where cells that at most one neighbour agrees with go with the others.

    What is one cell wide would shrink to nothing when the edges are smoothed.
    """
    for _ in range(times):
        above, below, left, right = (
            np.roll(labels, step, axis) for step, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1))
        )
        friends = sum((near == labels).astype(int) for near in (above, below, left, right))
        other = np.where((above == below) | (above == right) | (left == labels), above, left)
        labels = np.where(friends <= 1, other, labels)
    return labels


def _find_edges(labels: Whole) -> tuple[Floats, Whole, Whole]:
    """Return the sides of cells that lie between different labels.

    As corners (n, 2) in cells from the south-west; the pairs of corners that are joined (m, 2);
    and the labels to the left and to the right of each joint (m, 2).
    """
    padded = np.pad(labels, 1)
    row, column = np.nonzero(padded[:, 1:] != padded[:, :-1])
    northward = np.stack([column, row - 1, column, row], axis=1)
    west_east = np.stack([padded[row, column], padded[row, column + 1]], axis=1)
    row, column = np.nonzero(padded[1:] != padded[:-1])
    eastward = np.stack([column - 1, row, column, row], axis=1)
    north_south = np.stack([padded[row + 1, column], padded[row, column]], axis=1)
    ends = np.vstack([northward, eastward]).reshape(-1, 2)
    width = padded.shape[1]
    found, number = np.unique(ends[:, 1] * width + ends[:, 0], return_inverse=True)
    corners = np.column_stack([found % width, found // width]).astype(float)
    return corners, number.reshape(-1, 2), np.vstack([west_east, north_south])


def _smooth_corners(corners: Floats, edges: Whole) -> Floats:
    """Return `corners` (n, 2) moved half-way to the mean of their neighbours, several times."""
    one, other = np.concatenate([edges, edges[:, ::-1]]).T
    count = np.bincount(one, minlength=len(corners))
    for _ in range(ROUNDS):
        mean = [np.bincount(one, corners[other, axis], len(corners)) / count for axis in (0, 1)]
        corners = (corners + np.column_stack(mean)) / 2
    return corners


def merge_small(polygons: Shapes, group: Whole, *, least_m2: float) -> tuple[Shapes, Whole]:
    """Return the polygons of a coverage with the small ones given to a neighbour of their group.

    A polygon below `least_m2` goes to the larger one with which it shares the longest edge; it
    stays where it has none. The second result says for each polygon that is left which one of
    the given polygons it grew from.
    """
    areas = shapely.area(polygons)
    one, other, shared = _measure_borders(polygons)
    fits = (areas[one] < least_m2) & (areas[other] > areas[one]) & (group[one] == group[other])
    one, other, shared = one[fits], other[fits], shared[fits]
    target = np.arange(len(polygons))
    order = np.argsort(shared, kind="stable")
    target[one[order]] = other[order]
    while (target != target[target]).any():
        target = target[target]
    kept, member = np.unique(target, return_inverse=True)
    by_target = np.argsort(member, kind="stable")
    bounds = np.flatnonzero(np.diff(member[by_target])) + 1
    merged = [
        unite(polygons[part]) if len(part) > 1 else polygons[part[0]]
        for part in np.split(by_target, bounds)
    ]
    return np.array(merged), kept


def unite(polygons: Shapes) -> shapely.Geometry:
    """Return polygons of a coverage as one: a Polygon where they hang together."""
    parts = shapely.get_parts(shapely.coverage_union_all(polygons))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _measure_borders(polygons: Shapes) -> tuple[Whole, Whole, Floats]:
    """Return the pairs of polygons that share an edge, each both ways, and the edge's length."""
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end = points[:-1][same], points[1:][same]
    owner = polygon[ring[:-1][same]]
    # the middle of an edge is the same number from both sides
    middle = (start + end).view(complex).ravel()
    order = np.argsort(middle, kind="stable")
    twins: Flags = middle[order][1:] == middle[order][:-1]
    first, second = owner[order][:-1][twins], owner[order][1:][twins]
    length = np.hypot(*(end - start)[order][:-1][twins].T)
    key = np.concatenate([first, second]) * len(polygons) + np.concatenate([second, first])
    pairs, number = np.unique(key, return_inverse=True)
    shared = np.zeros(len(pairs))
    np.add.at(shared, number, np.concatenate([length, length]))
    return pairs // len(polygons), pairs % len(polygons), shared
