"""Violating sites that lie together, so that one map can show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.geodesy.plane import project

BOX_M = 150.0
"""Sites are of one cluster where squares of this side around them touch."""

Extent = tuple[float, float, float, float]
"""West, south, east, north in the metres of a plane."""


@dataclass(frozen=True)
class Cluster:
    """Violating sites that lie together."""

    number: int
    """From 1; a lower one has more sites."""
    sites: int
    villages: tuple[str, ...]
    """The villages' codes, first the one with the most of the sites."""
    rules: Mapping[str, int]
    """How many sites break each rule, most broken first."""
    extent: Extent
    """What the sites fill, and the lines to what they lie too near to."""
    segments: Floats
    """Those lines, shape (n, 2, 2), in the metres of the plane."""


def number_clusters(sites: pd.DataFrame) -> pd.Series:
    """Return for each of `sites` (see `tallies.place_sites`) the number of its cluster.

    Sites that violate nothing, or have no place, get 0. Clusters are numbered by size, those
    of one size by their first site.
    """
    chosen = ((sites["verdict"] == "violation") & sites["east"].notna()).to_numpy()
    numbers = np.zeros(len(sites), dtype=np.int64)
    if chosen.any():
        places = sites.loc[chosen, ["east", "north"]].to_numpy()
        labels = _label_touching(places)
        _, firsts, inverse, counts = np.unique(
            labels, return_index=True, return_inverse=True, return_counts=True
        )
        ranks = np.empty(len(counts), dtype=np.int64)
        ranks[np.lexsort((firsts, -counts))] = np.arange(1, len(counts) + 1)
        numbers[chosen] = ranks[inverse]
    return pd.Series(numbers, index=sites.index)


def _label_touching(places: Floats) -> Indices:
    """Return for each place the index of the heap of touching squares that it is in."""
    half = BOX_M / 2
    squares = shapely.box(*(places - half).T, *(places + half).T)
    heaps = shapely.get_parts(shapely.union_all(squares))
    found, heap = shapely.STRtree(heaps).query(shapely.points(places), predicate="intersects")
    labels = np.zeros(len(places), dtype=np.int64)
    labels[found] = heap
    return labels


def describe_clusters(
    sites: pd.DataFrame,
    told: Iterable[Mapping[str, Any]],
    *,
    near_rules: frozenset[str],
    limit: int,
    plane: pyproj.CRS,
) -> tuple[Cluster, ...]:
    """Return the `limit` largest clusters.

    `sites` have the column cluster (`number_clusters`), `told` are the told violations.
    `near_rules` are the ids of the rules that a site breaks by lying too near to something:
    their segments are shown.
    """
    wanted = sites[(sites["cluster"] > 0) & (sites["cluster"] <= limit)]
    numbers = {
        (layer, site): number
        for layer, site, number in wanted[["layer", "site", "cluster"]].itertuples(index=False)
    }
    rules: dict[int, Counter[str]] = {}
    segments: dict[int, list[Any]] = {}
    for row in told:
        number = numbers.get((row["layer"], row["site"]))
        if number is not None:
            rules.setdefault(number, Counter())[row["rule"]] += 1
            if row["rule"] in near_rules and row["segment"]:
                segments.setdefault(number, []).append(row["segment"])
    return tuple(
        _describe_cluster(
            number, group, rules.get(number, Counter()), _project(segments.get(number, []), plane)
        )
        for number in range(1, limit + 1)
        if len(group := wanted[wanted["cluster"] == number])
    )


def _project(segments: list[Any], plane: pyproj.CRS) -> Floats:
    degrees = np.array(segments, dtype=np.float64).reshape(-1, 2)
    return project(degrees, plane).reshape(-1, 2, 2)


def _describe_cluster(
    number: int, sites: pd.DataFrame, rules: Counter[str], segments: Floats
) -> Cluster:
    places = np.concatenate([sites[["east", "north"]].to_numpy(), segments.reshape(-1, 2)])
    west, south = places.min(axis=0)
    east, north = places.max(axis=0)
    villages = sites["village"].fillna("").value_counts(sort=True)
    return Cluster(
        number=number,
        sites=len(sites),
        villages=tuple(villages.index),
        rules=dict(rules.most_common()),
        extent=(west, south, east, north),
        segments=segments,
    )
