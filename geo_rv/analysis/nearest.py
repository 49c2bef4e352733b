"""The distance kernel: for each site the nearest feature, right to a millimetre.

The plane only finds the candidates. It stretches distances here more and there less, so
every edge that could be the nearest within the bound of that stretch is measured on the
ellipsoid, and the shortest geodesic wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo_rv.analysis.shapes import Shapes
from geo_rv.geodesy.measure import Floats, Indices, measure_distance_m
from geo_rv.geodesy.plane import bound_stretch, unproject

RESOLUTION_M = 1e-6
"""Coordinates mean nothing below this: nearer is touching, and a smaller difference is none."""
NONE = -1


@dataclass(frozen=True)
class Nearest:
    """The nearest feature of each of n sites."""

    feature: Indices
    """Its index; -1 where the site or every feature is empty."""
    distance_m: Floats
    """The geodesic distance; 0 where they touch, NaN where there is none."""
    segment: Floats
    """Longitude and latitude of the end on the site and of the end on the feature, (n, 2, 2)."""


def find_nearest(sites: Shapes, features: Shapes) -> Nearest:
    """Return for each site the nearest feature.

    Both are in the same plane. The distance is the geodesic one between the nearest points of
    the two; a site that touches a feature or lies in it is at the distance 0, and its segment
    has no length. Of features at the same distance the first one is taken.
    """
    nearest = Nearest(
        feature=np.full(sites.count, NONE),
        distance_m=np.full(sites.count, np.nan),
        segment=np.full((sites.count, 2, 2), np.nan),
    )
    _fill_touching(nearest, sites, features)
    apart = nearest.feature == NONE
    if len(features.edges) and apart[sites.edge_owners].any():
        _fill_apart(nearest, sites, features, np.flatnonzero(apart[sites.edge_owners]))
    return nearest


def _fill_touching(nearest: Nearest, sites: Shapes, features: Shapes) -> None:
    """Fill in the sites that touch, cross or lie in a feature."""
    # asked from the features' side, where GEOS prepares each geometry once for all sites
    feature_parts, site_parts = sites.part_tree.query(features.parts, predicate="intersects")
    owners = sites.part_owners[site_parts]
    feature = features.part_owners[feature_parts]
    first = _take_first(owners, feature)
    touches = shapely.shortest_line(
        sites.parts[site_parts[first]], features.parts[feature_parts[first]]
    )
    common = unproject(shapely.get_coordinates(touches)[::2], sites.plane)
    nearest.feature[owners[first]] = feature[first]
    nearest.distance_m[owners[first]] = 0.0
    nearest.segment[owners[first]] = common[:, np.newaxis, :]


def _fill_apart(nearest: Nearest, sites: Shapes, features: Shapes, chosen: Indices) -> None:
    """Fill in the sites that own the `chosen` edges, none of which touches a feature."""
    pair_site, pair_feature = _find_candidates(sites, features, chosen)
    ends, pair = _find_feet(sites.edges[pair_site], features.edges[pair_feature])
    ends = unproject(ends.reshape(-1, 2), sites.plane).reshape(-1, 2, 2)
    distances = measure_distance_m(*ends.reshape(-1, 4).T)
    owners, feature = sites.edge_owners[pair_site[pair]], features.edge_owners[pair_feature[pair]]
    least = np.full(sites.count, np.inf)
    np.minimum.at(least, owners, distances)
    is_farther = distances > least[owners] + RESOLUTION_M
    best = _take_first(owners, is_farther, feature, distances)
    winners = owners[best]
    nearest.feature[winners] = feature[best]
    nearest.distance_m[winners] = np.where(least < RESOLUTION_M, 0.0, least)[winners]
    nearest.segment[winners] = ends[best]


def _find_candidates(sites: Shapes, features: Shapes, chosen: Indices) -> tuple[Indices, Indices]:
    """Return the pairs of site edge and feature edge among which each site's nearest must be."""
    lines, owners = sites.edge_lines[chosen], sites.edge_owners[chosen]
    (found, _), distances = features.edge_tree.query_nearest(
        lines, return_distance=True, all_matches=False
    )
    nearest_m = np.full(sites.count, np.inf)
    np.minimum.at(nearest_m, owners[found], distances)
    west, south, east, north = np.stack([sites.bounds, features.bounds], axis=1)
    bounds = west.min(), south.min(), east.max(), north.max()
    # the plane's nearest is at most nearest_m / least scale away, which is at most
    # nearest_m * most / least scale in the plane: nothing beyond can be nearer
    radius = nearest_m * bound_stretch(bounds, sites.plane) + RESOLUTION_M
    site_edges, feature_edges = features.edge_tree.query(
        lines, predicate="dwithin", distance=radius[owners]
    )
    return chosen[site_edges], feature_edges


def _find_feet(site_edges: Floats, feature_edges: Floats) -> tuple[Floats, Indices]:
    """Return where the two edges of each pair may be nearest, and the pair of each answer.

    Both are (n, 2, 2). Of two edges that do not cross, the nearest points are an end of one
    and its foot on the other. The answer is (m, 2, 2): the point on the site, on the feature.
    """
    every = np.arange(len(site_edges))
    long = np.flatnonzero(np.any(site_edges[:, 0] != site_edges[:, 1], axis=1))
    answers, pairs = [], []
    for end, chosen in ((0, every), (1, long)):
        points = site_edges[chosen, end]
        answers.append(np.stack([points, _drop_feet(points, feature_edges[chosen])], axis=1))
        pairs.append(chosen)
    for end in (0, 1):
        points = feature_edges[long, end]
        answers.append(np.stack([_drop_feet(points, site_edges[long]), points], axis=1))
        pairs.append(long)
    return np.concatenate(answers), np.concatenate(pairs)


def _drop_feet(points: Floats, edges: Floats) -> Floats:
    """Return the nearest point to each of the points (n, 2) on the edge beside it (n, 2, 2)."""
    along = edges[:, 1] - edges[:, 0]
    length2 = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", points - edges[:, 0], along)
    share = np.clip(share / np.where(length2 == 0, 1, length2), 0, 1)
    feet: Floats = edges[:, 0] + share[:, np.newaxis] * along
    return np.where(share[:, np.newaxis] == 1, edges[:, 1], feet)


def _take_first(groups: Indices, *keys: npt.NDArray[Any]) -> Indices:
    """Return the index of the first member of each group, in the order of the `keys`."""
    order = np.lexsort((*reversed(keys), groups))
    is_first = np.diff(groups[order], prepend=NONE) != 0
    first: Indices = order[is_first]
    return first
