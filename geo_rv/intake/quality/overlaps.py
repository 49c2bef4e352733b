"""Parcels that lie over each other, in the file and with what the project holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.geodesy.measure import Floats, Indices, measure_area_m2, to_mu
from geo_rv.geodesy.validity import make_valid
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.quality.batch import Batch, mark
from geo_rv.intake.quality.outlines import measure_forms
from geo_rv.intake.quality.overlay import find_neighbours, intersect_faces
from geo_rv.intake.quality.thresholds import Thresholds
from geo_rv.intake.quality.vertices import Geometries
from geo_rv.progress import Progress, keep_quiet

_MOST_WORK = 2_000_000
"""When so many pairs of a few vertices, or fewer of many, were compared, the search ends, and that
is told: after about a minute."""
_VERTICES = 100
"""So many vertices take as long again as a pair of few."""
_NOBODY: Indices = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Overlaps:
    """Pairs of faces that share ground."""

    one: Indices
    other: Indices
    area_m2: Floats
    """What each pair shares, ellipsoidal."""
    compared: int
    """How many pairs were compared."""
    is_all: bool
    """Whether every pair was looked at."""


def judge_overlaps(batch: Batch) -> list[Problem]:
    """Return a warning for each parcel that lies over others, telling the worst of them."""
    if not batch.spec.disjoint:
        return []
    at = np.flatnonzero(batch.is_face)
    faces = batch.geometry[at]
    within = find_overlaps(faces, None, batch.thresholds, progress=batch.progress)
    both = Overlaps(
        np.concatenate([within.one, within.other]),
        np.concatenate([within.other, within.one]),
        np.tile(within.area_m2, 2),
        within.compared,
        within.is_all,
    )
    problems = _tell_overlaps(batch, at, both, "overlap", batch.rows[at])
    for others in batch.others:
        theirs, names = others.geometry[others.is_face], others.names[others.is_face]
        beside = find_overlaps(faces, theirs, batch.thresholds, progress=batch.progress)
        key = "overlap_brought" if others.file else "overlap_known"
        problems += _tell_overlaps(batch, at, beside, key, names, file=others.file)
    return problems


def find_overlaps(
    faces: Geometries,
    others: Geometries | None,
    thresholds: Thresholds,
    *,
    progress: Progress = keep_quiet,
) -> Overlaps:
    """Return which of `faces` share ground with which of `others`, or else with each other.

    All are polygons in degrees; `faces` are valid. What is smaller or narrower than the
    thresholds is left out: borders that were rounded. A pair of `faces` is found once.
    """
    partners = faces if others is None else make_valid(others)
    vertices = shapely.get_num_coordinates(faces), shapely.get_num_coordinates(partners)
    found = [(_NOBODY, _NOBODY, np.empty(0))]
    pairs, work, is_all = 0, 0.0, True
    for one, other in find_neighbours(faces, None if others is None else partners):
        progress("progress.judging")
        found.append(_measure_pairs(faces[one], partners[other], one, other, thresholds))
        pairs += len(one)
        work += len(one) + (vertices[0][one] + vertices[1][other]).sum() / _VERTICES
        if work > _MOST_WORK:
            is_all = False
            break
    one, other, area_m2 = (np.concatenate(column) for column in zip(*found, strict=True))
    return Overlaps(one, other, area_m2, pairs, is_all)


def _measure_pairs(
    faces: Geometries, partners: Geometries, one: Indices, other: Indices, thresholds: Thresholds
) -> tuple[Indices, Indices, Floats]:
    """Return which pairs share ground enough to be told, and how much in m2."""
    shared = intersect_faces(faces, partners)
    is_face = shapely.area(shared) > 0
    one, other, shared = one[is_face], other[is_face], shared[is_face]
    areas = measure_area_m2(shared)
    _, widths, _ = measure_forms(shared)
    is_told = (areas >= thresholds.overlap_m2) & (widths >= thresholds.overlap_width_m)
    return one[is_told], other[is_told], areas[is_told]


def _tell_overlaps(
    batch: Batch, at: Indices, overlaps: Overlaps, key: str, names: NDArray[Any], **facts: str
) -> list[Problem]:
    """Return one problem for each row; `names` are what the others are told by."""
    order = np.lexsort((overlaps.other, -overlaps.area_m2, overlaps.one))
    one = overlaps.one[order]
    worst = order[np.diff(one, prepend=-1) > 0]
    rows = overlaps.one[worst]
    totals = np.bincount(overlaps.one, weights=overlaps.area_m2, minlength=len(at))[rows]
    problems = list_problems(
        mark(at[rows], len(batch.rows)),
        batch.rows,
        key,
        severity="warning",
        other=names[overlaps.other[worst]],
        area_m2=overlaps.area_m2[worst],
        mu=to_mu(overlaps.area_m2[worst]),
        count=np.bincount(overlaps.one, minlength=len(at))[rows],
        total_m2=totals,
        **facts,
    )
    if not overlaps.is_all:
        compared = {"compared": overlaps.compared}
        problems.append(Problem("overlaps_unfinished", "warning", facts=compared))
    return problems
