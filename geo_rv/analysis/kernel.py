"""The distance kernel: for every site the nearest feature; compiled, and free of Python's lock.

Every site edge (a point is one without length) has a local frame at its beginning
(`geodesy.frame`), in which the vertices near it are put only when they are looked at. Trees of
boxes tell which chunks of paths can matter; the answer of the site before, which lies nearby,
is tried first, so that most of the tree is never entered. Nothing here is approximate but the
frame itself.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from geo_rv.analysis.boxtree import BRANCHES, NONE
from geo_rv.analysis.compiled import compiled, inlined, lean, vectorised
from geo_rv.analysis.decode import FACE, HOLE
from geo_rv.analysis.paths import CHUNK, Array
from geo_rv.geodesy.measure import Floats, Indices

TOUCHING_M: Final = 1e-6
"""Coordinates mean nothing below this: nearer is touching, and a smaller difference is none."""
SLACK_M: Final = 0.003
"""An edge leaves the box of its ends by less: the geodesic bends, the box does not."""
LEAST_SCALE: Final = 0.998
"""A box is at least this share as far as it looks from its degrees alone."""
_DEPTH: Final = 256
_SMALLEST: Final = 1e-300
_RADIANS: Final = np.pi / 180


class Search(NamedTuple):
    """Where one search has got to, and its room to work; kept from site to site."""

    best: Floats
    """The least distance from an edge so far, the distance from its line, and the segment's
    longitudes and latitudes: on the site, on the feature."""
    known: Indices
    """The owner of the nearest so far, and the leaf at which it was found."""
    frame: Floats
    stack: Indices
    bounds: Floats
    xs: Floats
    ys: Floats
    squares: Floats
    near: Floats


@compiled
def make_search(terms: int) -> Any:
    """Return a search that knows nothing yet; frames have that many `terms`."""
    return Search(
        np.empty(6), np.full(2, NONE), np.empty(terms),
        np.empty(_DEPTH, np.int64), np.empty(_DEPTH),
        np.empty(CHUNK + 1), np.empty(CHUNK + 1), np.empty(CHUNK), np.empty(BRANCHES),
    )  # fmt: skip


@lean
def find_nearest(
    search: Any, sites: Any, site_paths: Array, site_starts: Array,
    order: Array, first: int, last: int,
    paths: Any, faces: Any, face_tree: Any, chunk_tree: Any, widths: Array, widest: float,
    frames: Array, middle: float, owners: Array, distances: Array, segments: Array,
) -> None:  # fmt: skip
    """Fill in the nearest owner, the distance and the segment of the sites order[first:last].

    A site's paths are `site_paths[site_starts[site] : site_starts[site + 1]]`. `widths` (metres,
    by owner; `widest` is the largest) are taken off the distances before these compare.
    """
    for position in range(first, last):
        site = order[position]
        search.best[0] = np.inf
        search.known[0] = NONE
        begin, end = site_starts[site], site_starts[site + 1]
        for index in range(begin, end):
            path = site_paths[index]
            if sites.kinds[path] != HOLE:
                _look_for_face(search, sites, path, paths, faces, face_tree)
        # a site may also touch a feature that comes before the one it lies in
        if len(chunk_tree.items):
            for index in range(begin, end):
                _search_path(
                    search,
                    sites,
                    site_paths[index],
                    paths,
                    chunk_tree,
                    widths,
                    widest,
                    frames,
                    middle,
                )
            for index in range(begin, end):
                if sites.kinds[site_paths[index]] == FACE:
                    _look_within(search, sites, site_paths[index], paths, chunk_tree)
        owners[site] = search.known[0]
        if search.known[0] != NONE:
            distances[site] = search.best[1]
            for place in range(4):
                segments[site, place // 2, place % 2] = search.best[2 + place]


@inlined
def _touch(search: Any, owner: int, lon: float, lat: float) -> None:
    """Note that the site and the feature of `owner` have a place in common."""
    search.best[0] = search.best[1] = 0.0
    search.best[2] = search.best[4] = lon
    search.best[3] = search.best[5] = lat
    search.known[0] = owner


# ------------------------------------------------------------------- what lies in what


@inlined
def _look_for_face(search: Any, sites: Any, path: int, paths: Any, faces: Any, tree: Any) -> None:
    """Find the first owner in one of whose faces the beginning of a site's path lies."""
    lon, lat = sites.lon[sites.starts[path]], sites.lat[sites.starts[path]]
    leaves, stack = len(tree.items), search.stack
    left = min(leaves, 1)
    stack[0] = len(tree.west) - 1
    while left:
        left -= 1
        node = stack[left]
        if node >= leaves:
            left = _push_meeting(search, tree, node, left, lon, lat, lon, lat)
            continue
        face = tree.items[node]
        shell, owner = faces.shells[face], paths.owners[faces.shells[face]]
        is_first = search.known[0] == NONE or owner < search.known[0]
        if is_first and _is_inside(paths, shell, faces.ends[face], lon, lat):
            _touch(search, owner, lon, lat)


@inlined
def _push_meeting(
    search: Any, tree: Any, node: int, left: int, west: float, south: float, east: float,
    north: float,
) -> Any:  # fmt: skip
    """Put the children of a node that a box meets on the stack; return how many wait there."""
    first = tree.children[node - len(tree.items)]
    for child in range(first, first + BRANCHES):
        if (
            tree.west[child] <= east
            and tree.east[child] >= west
            and tree.south[child] <= north
            and tree.north[child] >= south
        ):
            search.stack[left] = child
            left += 1
    return left


@lean
def _look_within(search: Any, sites: Any, shell: int, paths: Any, tree: Any) -> None:
    """Find the first owner of a chunk that begins in a site's polygon.

    No edge crosses another by now, so where one vertex of a path lies, all of it does.
    """
    end = shell + 1
    while end < len(sites.kinds) and sites.kinds[end] == HOLE:
        end += 1
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for chunk in range(sites.chunk_starts[shell], sites.chunk_starts[shell + 1]):
        west, south = min(west, sites.boxes[chunk, 0]), min(south, sites.boxes[chunk, 1])
        east, north = max(east, sites.boxes[chunk, 2]), max(north, sites.boxes[chunk, 3])
    leaves, stack = len(tree.items), search.stack
    stack[0], left = len(tree.west) - 1, 1
    while left:
        left -= 1
        node = stack[left]
        if node >= leaves:
            left = _push_meeting(search, tree, node, left, west, south, east, north)
            continue
        chunk = tree.items[node]
        owner, vertex = paths.owners[paths.chunk_paths[chunk]], paths.chunk_firsts[chunk]
        lon, lat = paths.lon[vertex], paths.lat[vertex]
        is_first = search.best[1] > 0 or owner < search.known[0]
        if is_first and _is_inside(sites, shell, end, lon, lat):
            _touch(search, owner, lon, lat)


@inlined
def _is_inside(paths: Any, shell: int, end: int, lon: float, lat: float) -> Any:
    """Return whether a place lies in the polygon of the ring `shell` and the holes up to `end`."""
    if _wind(paths, shell, lon, lat) == 0:
        return False
    for hole in range(shell + 1, end):  # noqa: SIM110 - numba knows no all()
        if _wind(paths, hole, lon, lat) != 0:
            return False
    return True


@inlined
def _wind(paths: Any, path: int, lon: float, lat: float) -> Any:
    """Return how often a ring runs round a place, counter-clockwise.

    What a ring runs round twice, or the other way, is inside all the same: that is what
    repairing an invalid polygon by its structure makes of it.
    """
    turns = 0
    end = paths.starts[path + 1]
    for chunk in range(paths.chunk_starts[path], paths.chunk_starts[path + 1]):
        west, south = paths.boxes[chunk, 0], paths.boxes[chunk, 1]
        east, north = paths.boxes[chunk, 2], paths.boxes[chunk, 3]
        if north < lat or south > lat or east < lon:
            continue
        first = paths.chunk_firsts[chunk]
        last = min(first + CHUNK, end - 1)
        if west > lon:
            # all of it lies to the east: only where it begins and ends counts
            turns += int(paths.lat[first] <= lat) - int(paths.lat[last] <= lat)
            continue
        for vertex in range(first, last):
            y0, y1 = paths.lat[vertex] - lat, paths.lat[vertex + 1] - lat
            if (y0 <= 0) == (y1 <= 0):
                continue
            x0, x1 = paths.lon[vertex] - lon, paths.lon[vertex + 1] - lon
            side = x0 * y1 - x1 * y0
            if y0 <= 0 and side > 0:
                turns += 1
            elif y0 > 0 and side < 0:
                turns -= 1
    return turns


# ------------------------------------------------------------------- the nearest edge


@inlined
def _search_path(
    search: Any, sites: Any, path: int, paths: Any, tree: Any,
    widths: Array, widest: float, frames: Array, middle: float,
) -> None:  # fmt: skip
    """Find what is nearer than the best so far to any edge of a site's path."""
    first, end = sites.starts[path], sites.starts[path + 1]
    for start in range(first, max(end - 1, first + 1)):
        stop = min(start + 1, end - 1)
        _set_frame(frames, sites.lat[start] - middle, search.frame)
        lon, lat = sites.lon[start], sites.lat[start]
        _place(search.frame, lon, lat, sites.lon, sites.lat, stop, 1, search.xs, search.ys)
        _search_edge(
            search, lon, lat, sites.lon[stop], sites.lat[stop], search.xs[0], search.ys[0],
            paths, tree, widths, widest,
        )  # fmt: skip


@vectorised
def _set_frame(frames: Array, away: float, frame: Array) -> None:
    """Fill in the factors of the frame that is `away` (degrees) from the middle of `frames`."""
    frame[:] = 0.0
    for power in range(len(frames) - 1, -1, -1):
        for term in range(len(frame)):
            frame[term] = frame[term] * away + frames[power, term]


@inlined
def _search_edge(
    search: Any, lon0: float, lat0: float, lon1: float, lat1: float, bx: float, by: float,
    paths: Any, tree: Any, widths: Array, widest: float,
) -> None:  # fmt: skip
    """Find what is nearer than the best so far to the edge from (lon0, lat0) to (lon1, lat1).

    In the frame at its beginning it ends at (bx, by).
    """
    west, east, south, north = min(lon0, lon1), max(lon0, lon1), min(lat0, lat1), max(lat0, lat1)
    leaves, stack, bounds = len(tree.items), search.stack, search.bounds
    tried = search.known[1]
    if tried != NONE:
        _search_chunk(search, tried, lon0, lat0, lon1, lat1, bx, by, paths, tree, widths)
    stack[0], bounds[0], left = len(tree.west) - 1, 0.0, 1
    reach = search.best[0] + widest + SLACK_M
    limit = reach * reach
    scale_x, scale_y = _find_scales(search.frame, reach)
    while left:
        left -= 1
        node = stack[left]
        if bounds[left] > limit or node == tried:
            continue
        if node < leaves:
            before = search.best[0]
            _search_chunk(search, node, lon0, lat0, lon1, lat1, bx, by, paths, tree, widths)
            if search.best[0] < before:
                reach = search.best[0] + widest + SLACK_M
                limit = reach * reach
                scale_x, scale_y = _find_scales(search.frame, reach)
            continue
        first, begin, near = tree.children[node - leaves], left, search.near
        for branch in range(BRANCHES):
            child = first + branch
            x = max(tree.west[child] - east, west - tree.east[child], 0.0) * scale_x
            y = max(tree.south[child] - north, south - tree.north[child], 0.0) * scale_y
            near[branch] = x * x + y * y
        for branch in range(BRANCHES):
            bound = near[branch]
            if bound < limit:
                # the nearest one on top
                spot = left
                while spot > begin and bounds[spot - 1] < bound:
                    stack[spot], bounds[spot] = stack[spot - 1], bounds[spot - 1]
                    spot -= 1
                stack[spot], bounds[spot] = first + branch, bound
                left += 1


@inlined
def _find_scales(frame: Array, reach: float) -> Any:
    """Return metres that a degree of longitude, and of latitude, has at least within `reach`.

    Whatever is that near lies at most so far towards the pole, where degrees of longitude are
    shortest: cos(lat + p) > cos(lat) - sin(lat) p - cos(lat) p2 / 2.
    """
    polewards = min(reach / frame[6] * _RADIANS, 1.0)
    slope = abs(frame[1]) / _RADIANS
    scale = frame[0] * (1 - polewards * polewards / 2) - slope * polewards
    return max(scale, 0.0) * LEAST_SCALE, frame[6] * LEAST_SCALE


@inlined
def _search_chunk(
    search: Any, leaf: int, lon0: float, lat0: float, lon1: float, lat1: float,
    bx: float, by: float, paths: Any, tree: Any, widths: Array,
) -> None:  # fmt: skip
    """Note the edge of a chunk that is nearer than the best so far, if there is one."""
    chunk = tree.items[leaf]
    path, begin = paths.chunk_paths[chunk], paths.chunk_firsts[chunk]
    end = min(begin + CHUNK, paths.starts[path + 1] - 1)
    xs, ys, edges = search.xs, search.ys, end - begin
    _place(search.frame, lon0, lat0, paths.lon, paths.lat, begin, edges + 1, xs, ys)
    owner = paths.owners[path]
    reach = max(search.best[0] + widths[owner] + TOUCHING_M, 0.0)
    if bx == 0 and by == 0:
        square, edge = _measure_from_point(xs, ys, edges, search.squares)
        share, other = 0.0, 0.0
        if square <= reach * reach and edges:
            other = _find_share(0.0, 0.0, xs[edge], ys[edge], xs[edge + 1], ys[edge + 1])
    else:
        square, edge, share, other = _measure_from_edge(bx, by, xs, ys, edges)
    if square > reach * reach:
        return
    distance = np.sqrt(square)
    if distance < TOUCHING_M:
        distance = 0.0
    # below 0 for a site between the edges of a road: of two roads the one that it is deeper in
    reached = distance - widths[owner]
    best, known = search.best, search.known
    is_level = reached <= best[0] + TOUCHING_M and owner < known[0]
    if reached < best[0] - TOUCHING_M or known[0] == NONE or is_level:
        best[0], best[1] = min(best[0], reached), distance
        known[0], known[1] = owner, leaf
        start, stop = begin + edge, min(begin + edge + 1, end)
        best[2], best[3] = lon0 + share * (lon1 - lon0), lat0 + share * (lat1 - lat0)
        best[4] = paths.lon[start] + other * (paths.lon[stop] - paths.lon[start])
        best[5] = paths.lat[start] + other * (paths.lat[stop] - paths.lat[start])
        if distance == 0:
            best[4], best[5] = best[2], best[3]


# ------------------------------------------------------------------- in the frame


@vectorised
def _place(
    frame: Array, lon0: float, lat0: float, lon: Array, lat: Array, begin: int, count: int,
    xs: Array, ys: Array,
) -> None:  # fmt: skip
    """Put `count` vertices from `begin` on into the frame at (lon0, lat0)."""
    a0, a1, a2, a3, a4, a5 = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    b0, b1, b2, b3 = frame[6], frame[7], frame[8], frame[9]
    c0, c1, c2, c3 = frame[10], frame[11], frame[12], frame[13]
    for vertex in range(count):
        east, north = lon[begin + vertex] - lon0, lat[begin + vertex] - lat0
        east2 = east * east
        xs[vertex] = east * (
            a0 + north * (a1 + north * (a2 + north * a3)) + east2 * (a4 + north * a5)
        )
        ys[vertex] = north * (b0 + north * (b1 + north * (b2 + north * b3))) + east2 * (
            c0 + north * (c1 + north * c2) + east2 * c3
        )


@vectorised
def _measure_from_point(xs: Array, ys: Array, edges: int, squares: Array) -> Any:
    """Return the least squared distance of the origin to an edge, and which edge it is."""
    if edges == 0:
        return xs[0] * xs[0] + ys[0] * ys[0], 0
    least = np.inf
    for edge in range(edges):
        along_x, along_y = xs[edge + 1] - xs[edge], ys[edge + 1] - ys[edge]
        length2 = max(along_x * along_x + along_y * along_y, _SMALLEST)
        share = min(max(-(xs[edge] * along_x + ys[edge] * along_y) / length2, 0.0), 1.0)
        x, y = xs[edge] + share * along_x, ys[edge] + share * along_y
        squares[edge] = x * x + y * y
        least = min(least, squares[edge])
    nearest = 0
    while squares[nearest] > least:
        nearest += 1
    return least, nearest


@inlined
def _measure_from_edge(bx: float, by: float, xs: Array, ys: Array, edges: int) -> Any:
    """Return the least squared distance of the edge from the origin to (bx, by) to another edge.

    With it come which one that is, and how far along the two the nearest points lie, 0 to 1.
    """
    least, nearest, its_share, its_other = np.inf, 0, 0.0, 0.0
    for edge in range(max(edges, 1)):
        stop = min(edge + 1, edges)
        square, share, other = _measure_between(bx, by, xs[edge], ys[edge], xs[stop], ys[stop])
        if square < least:
            least, nearest, its_share, its_other = square, edge, share, other
    return least, nearest, its_share, its_other


@inlined
def _measure_between(bx: float, by: float, x0: float, y0: float, x1: float, y1: float) -> Any:
    """Return the squared distance of two edges and how far along them the nearest points lie.

    Of two edges that do not cross, the nearest points are an end of one and its foot on the
    other.
    """
    along_x, along_y = x1 - x0, y1 - y0
    cross = bx * along_y - by * along_x
    if cross != 0:
        share, other = (x0 * along_y - y0 * along_x) / cross, (x0 * by - y0 * bx) / cross
        if 0 <= share <= 1 and 0 <= other <= 1:
            return 0.0, share, other
    best, best_share, best_other = np.inf, 0.0, 0.0
    for end in range(4):
        if end < 2:
            share = float(end)
            other = _find_share(share * bx, share * by, x0, y0, x1, y1)
        else:
            other = float(end - 2)
            share = _find_share(x0 + other * along_x, y0 + other * along_y, 0.0, 0.0, bx, by)
        x = share * bx - x0 - other * along_x
        y = share * by - y0 - other * along_y
        if x * x + y * y < best:
            best, best_share, best_other = x * x + y * y, share, other
    return best, best_share, best_other


@inlined
def _find_share(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> Any:
    """Return how far along the edge the nearest point to (x, y) lies, from 0 to 1."""
    along_x, along_y = x1 - x0, y1 - y0
    length2 = max(along_x * along_x + along_y * along_y, _SMALLEST)
    return min(max(((x - x0) * along_x + (y - y0) * along_y) / length2, 0.0), 1.0)
