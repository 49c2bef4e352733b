"""For each site the nearest feature, right to a millimetre."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from geo_rv.analysis import kernel
from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.shapes import Shapes, take_apart
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.parallel import split_work

LEAST_SITES = 256
"""Fewer are not worth a second core."""


@dataclass(frozen=True)
class Nearest:
    """The nearest feature of each of n sites."""

    feature: Indices
    """Its index; NONE where the site or every feature is empty."""
    distance_m: Floats
    """The geodesic distance; 0 where they touch, NaN where there is none."""
    segment: Floats
    """Longitude and latitude of the end on the site and of the end on the feature, (n, 2, 2)."""


@cache
def prepare_kernel() -> None:
    """Compile the kernel, or fetch what was compiled before: some ten seconds, once."""
    near = take_apart([shapely.Point(0, 0), shapely.box(0, 0, 1e-3, 1e-3)])
    find_nearest(near, take_apart([shapely.LineString([(0, 0), (0, 1e-2)])]))


def find_nearest(
    sites: Shapes, features: Shapes, *, half_widths_m: Floats | None = None
) -> Nearest:
    """Return for each site the nearest feature.

    The distance is the geodesic one between the nearest points of the two; a site that touches
    a feature, lies in it or holds it is at the distance 0, and its segment has no length. Where
    features have half-widths, the one with the nearest edge is taken; the distance remains that
    to its line. Of features at the same distance the first one is taken. Distances are right to
    a millimetre up to 100 km.
    """
    nearest = Nearest(
        feature=np.full(sites.count, NONE),
        distance_m=np.full(sites.count, np.nan),
        segment=np.full((sites.count, 2, 2), np.nan),
    )
    if not len(sites.neighbours) or not len(features.members):
        return nearest
    site_paths, site_starts = sites.member_paths
    widths = np.zeros(features.owner_count)
    if half_widths_m is not None:
        widths[features.members] = half_widths_m
    middle, frames = sites.frames

    def search(first: int, last: int) -> None:
        kernel.find_nearest(
            kernel.make_search(frames.shape[1]), sites.paths, site_paths, site_starts,
            sites.neighbours, first, last, features.paths, features.faces, features.face_tree,
            features.chunk_tree, widths, widths.max(), frames, middle,
            nearest.feature, nearest.distance_m, nearest.segment,
        )  # fmt: skip

    # on one core before the threads begin: they only read
    features.face_tree, features.chunk_tree  # noqa: B018 - builds and keeps
    split_work(len(sites.neighbours), search, least=LEAST_SITES)
    found = nearest.feature != NONE
    nearest.feature[found] = features.numbers[nearest.feature[found]]
    return nearest
