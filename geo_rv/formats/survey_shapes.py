"""The rings of a survey coordinate text as geometries: what lies in what tells holes from parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.errors import RingsTooMany
from geo_rv.formats.survey_layout import FACE, LINE, POINT, SHAPES
from geo_rv.formats.survey_rings import Floats, Ints, Mask, Rings

Geometries = NDArray[np.object_]

_POINTS_AT_ONCE: Final = 200_000
_PAIRS_AT_ONCE: Final = 2_000_000
_MOST_PAIRS: Final = 20_000_000
"""How many pairs of rings, one in the box of the other, are looked at; an honest file has few."""
_MOST_WORK: Final = 2_000_000_000
"""How many vertices the outer rings of these pairs have together: under a minute at worst."""


def build_shapes(rings: Rings, coordinates: Floats, needed: Ints, is_fit: Mask) -> Geometries:
    """Return the geometry of each plot; None where it is not `is_fit`.

    `coordinates` are the points' (n, 2), easting first, in any plane. `needed` says by the
    number of points that it takes (`survey_layout.SHAPES`) what each plot is: its rings are
    faces, lines or points. The rings of the fit plots have that many points. Raises
    RingsTooMany.
    """
    shapes = np.full(len(needed), None, dtype=object)
    allowance = _Allowance()
    for kind, count in SHAPES.items():
        meant = np.flatnonzero(((needed == count) & is_fit)[rings.plots])
        for some in _cut_groups(rings, meant):
            plots, parts = _make_parts(kind, rings, coordinates, some, allowance)
            _gather(kind, plots, parts, shapes)
    return shapes


@dataclass
class _Allowance:
    """How much may still be looked at in one text to tell which ring lies in which."""

    pairs: int = _MOST_PAIRS
    work: int = _MOST_WORK

    def spend(self, pairs: int, work: int) -> None:
        self.pairs -= pairs
        self.work -= work
        if self.pairs < 0 or self.work < 0:
            raise RingsTooMany


def _cut_groups(rings: Rings, meant: Ints) -> Iterator[Ints]:
    """Yield the rings `meant` in groups of whole plots, so that little is in work at once."""
    if not len(meant):
        return
    plots, counts = rings.plots[meant], rings.counts[meant]
    groups = (np.cumsum(counts) - counts) // _POINTS_AT_ONCE
    is_first = np.diff(plots, prepend=-1) != 0
    of_plots = groups[is_first][np.cumsum(is_first) - 1]
    yield from np.split(meant, np.flatnonzero(np.diff(of_plots)) + 1)


def _nest_rings(faces: Geometries, plots: Ints, allowance: _Allowance) -> Ints:
    """Return for each ring the index of the ring that it is a hole in, or -1 where it is none.

    `faces` are the rings as polygons, `plots` (ascending) what each belongs to. A ring in an
    odd number of others of its plot is a hole in the smallest of them; a ring in an even number
    is a part, be it an island in a hole.
    """
    outer, inner = _find_containment(_set_apart(faces, plots), plots, allowance)
    areas = shapely.area(faces)
    is_larger = areas[outer] > areas[inner]
    outer, inner = outer[is_larger], inner[is_larger]
    depths = np.bincount(inner, minlength=len(faces))
    is_hole = (depths[inner] % 2 == 1) & (depths[outer] == depths[inner] - 1)
    owners = np.full(len(faces), -1, dtype=np.int64)
    owners[inner[is_hole]] = outer[is_hole]
    return owners


def _make_parts(
    kind: str, rings: Rings, coordinates: Floats, meant: Ints, allowance: _Allowance
) -> tuple[Ints, Geometries]:
    """Return the single geometries of the rings `meant`, and the plot of each, ascending."""
    counts = (rings.counts if kind == LINE else rings.open_counts)[meant]
    plots = rings.plots[meant]
    members = np.repeat(np.arange(len(counts)), counts)
    offsets = np.arange(len(members)) - np.repeat(np.cumsum(counts) - counts, counts)
    points = coordinates[rings.starts[meant][members] + offsets]
    if kind == POINT:
        return plots[members], shapely.points(points)
    if kind == LINE:
        return plots, shapely.linestrings(points, indices=members)
    return _make_faces(shapely.linearrings(points, indices=members), plots, allowance)


def _make_faces(
    outlines: Geometries, plots: Ints, allowance: _Allowance
) -> tuple[Ints, Geometries]:
    """Return the polygons that the rings `outlines` make, and the plot of each, ascending."""
    is_alone = np.bincount(plots)[plots] == 1
    faces = shapely.polygons(outlines[is_alone])
    if is_alone.all():
        return plots, faces
    together, theirs = outlines[~is_alone], plots[~is_alone]
    owners = _nest_rings(shapely.polygons(together), theirs, allowance)
    is_shell = owners < 0
    shells = np.where(is_shell, np.arange(len(owners)), owners)
    # each shell stands before its holes, and the shells in the order of the text
    order = np.lexsort((~is_shell, shells))
    members = np.cumsum(is_shell[order]) - 1
    with_holes = shapely.polygons(together[order], indices=members)
    all_plots = np.concatenate([plots[is_alone], theirs[is_shell]])
    by_plot = np.argsort(all_plots, kind="stable")
    return all_plots[by_plot], np.concatenate([faces, with_holes])[by_plot]


def _gather(kind: str, plots: Ints, parts: Geometries, shapes: Geometries) -> None:
    """Put the `parts` of each of `plots` (ascending) into `shapes`, several as one geometry."""
    counts = np.bincount(plots, minlength=len(shapes))
    is_alone = counts[plots] == 1
    shapes[plots[is_alone]] = parts[is_alone]
    several = np.flatnonzero(counts > 1)
    if len(several):
        join = {FACE: shapely.multipolygons, LINE: shapely.multilinestrings}
        indices = np.searchsorted(several, plots[~is_alone])
        shapes[several] = join.get(kind, shapely.multipoints)(parts[~is_alone], indices=indices)


def _set_apart(faces: Geometries, plots: Ints) -> Geometries:
    """Return `faces` moved so that those of different plots lie beside each other."""
    _, places = np.unique(plots, return_inverse=True)
    bounds = shapely.bounds(faces)
    west = np.full(places.max() + 1, np.inf)
    east = np.full(places.max() + 1, -np.inf)
    south = np.full(places.max() + 1, np.inf)
    np.minimum.at(west, places, bounds[:, 0])
    np.minimum.at(south, places, bounds[:, 1])
    np.maximum.at(east, places, bounds[:, 2])
    widths = (east - west) * 1.01
    shifts = np.cumsum(widths) - widths - west
    coordinates, owners = shapely.get_coordinates(faces, return_index=True)
    moves = np.column_stack([shifts, -south])[places[owners]]
    moved: Geometries = shapely.set_coordinates(faces.copy(), coordinates + moves)
    return moved


def _find_containment(faces: Geometries, plots: Ints, allowance: _Allowance) -> tuple[Ints, Ints]:
    """Return all pairs of a face and another that has a point of its inside in it."""
    points = shapely.point_on_surface(faces)
    tree = shapely.STRtree(points)
    vertices = shapely.get_num_coordinates(faces)
    shapely.prepare(faces)
    step = max(1, _PAIRS_AT_ONCE // int(np.bincount(plots).max()))
    found = []
    for start in range(0, len(faces), step):
        outer, inner = tree.query(faces[start : start + step])
        outer += start
        is_other = outer != inner
        outer, inner = outer[is_other], inner[is_other]
        # an index finds the edges beside a point, and in the worst case these are all
        allowance.spend(len(outer), int(vertices[outer].sum()))
        is_inside = shapely.contains(faces[outer], points[inner])
        found.append(np.stack([outer[is_inside], inner[is_inside]]))
    outer, inner = np.concatenate(found, axis=1)
    return outer, inner
