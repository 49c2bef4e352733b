"""Where the graves that break a rule can go: cemeteries with free plots, and eligible land."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.filters import Mask
from geo_rv.analysis.ground import Features, Ground
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import take_apart
from geo_rv.analysis.summary import NO_VILLAGE
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.rulebook import SPATIAL, RuleBook

GRAVES, CEMETERIES = "burial", "cemetery"
CAPACITY, USED = "capacity_plots", "used_plots"
"""The fields of a cemetery that tell how many graves it can still take."""

State = Literal["offered", "violating", "unknown", "full", "unplaced"]
Group = Literal["violating", "survey", "unchecked", "clear"]
GROUPS: tuple[Group, ...] = ("violating", "survey", "unchecked", "clear")

MeasureOpen = Callable[[Indices, Mask], tuple[Indices, Floats]]
"""Gives for each of some graves the nearest of the open cemeteries, and how far away it is."""


class Places(NamedTuple):
    """For each of n graves a cemetery by its index, -1 for none, and its distance, NaN for none."""

    cemetery: Indices
    distance_m: Floats


@dataclass(frozen=True)
class Remedies:
    """What can be done about the graves that break a rule.

    `graves` has a row for each violating grave, by its id: site, village, rules (the ids of
    those broken, ", " between them), own_rules_only (whether none of these is about where it
    lies), contested, nearest and nearest_m (of the cemeteries offered, as if it were alone),
    cemetery and cemetery_m (the place kept for it), lon and lat in degrees. Cemeteries are ids,
    and missing where there is none; distances are geodesic.

    `cemeteries` has a row for each cemetery: id, capacity, used, free (missing where unknown),
    state, doubtful (whether a rule is marginal or not checked), assigned (graves).

    `villages` has a row for each village that has graves, by its code, "" for graves without
    one: graves, the number of each of `GROUPS`, placed, unplaced. violating is placed and
    unplaced; graves is the sum of the groups.

    `moves` are the graves of each village (rows) placed in each cemetery (columns).
    """

    graves: pd.DataFrame
    cemeteries: pd.DataFrame
    villages: pd.DataFrame
    moves: pd.DataFrame


def find_remedies(ground: Ground, findings: pd.DataFrame, book: RuleBook) -> Remedies:
    """Return where each violating grave of `ground` can go; `findings` are its check by `book`.

    A cemetery is offered when it breaks no rule itself and is known to have free plots
    (planned less used). No more graves are placed in it than that: the pair of a grave and a
    cemetery that lie nearest to each other comes first, then the next, and so on. Both layers
    must be in `ground`.
    """
    graves, cemeteries = ground.find(GRAVES), ground.find(CEMETERIES)
    asked = findings[findings["layer"] == GRAVES]
    groups = group_graves(graves.frame["id"], asked)
    violating = groups == "violating"
    chosen = graves.select(violating)
    offers = judge_cemeteries(cemeteries, findings)
    free = np.where(offers["state"] == "offered", offers["free"].fillna(0), 0).astype(np.int64)

    def measure(which: Indices, is_open: Mask) -> tuple[Indices, Floats]:
        wanted = np.zeros(len(chosen.frame), dtype=bool)
        wanted[which] = True
        found = find_nearest(chosen.shapes.select(wanted), cemeteries.shapes.select(is_open))
        return np.append(np.flatnonzero(is_open), NONE)[found.feature], found.distance_m

    nearest = Places(*measure(np.arange(len(chosen.frame)), free > 0))
    placed = place_nearest_first(nearest, free, measure)
    names = np.array([*offers["id"], None], dtype=object)
    table = _list_graves(chosen, asked[asked["verdict"] == "violation"], book)
    table["nearest"], table["nearest_m"] = names[nearest.cemetery], nearest.distance_m
    table["cemetery"], table["cemetery_m"] = names[placed.cemetery], placed.distance_m
    taken = placed.cemetery[placed.cemetery != NONE]
    return Remedies(
        graves=table,
        cemeteries=offers.assign(assigned=np.bincount(taken, minlength=len(offers))),
        villages=_count_villages(_read_villages(graves), groups, table),
        moves=_count_moves(table),
    )


def group_graves(sites: pd.Series, findings: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return for each of the graves `sites` (ids) which of `GROUPS` its findings put it in.

    One that breaks a rule is violating; of the others those with a marginal finding are to be
    surveyed, of the rest those with a rule that could not be checked are unchecked.
    """
    groups = np.full(len(sites), "clear", dtype=object)
    index = pd.Index(sites)
    ranked: tuple[tuple[str, Group], ...] = (
        ("not_checked", "unchecked"),
        ("marginal", "survey"),
        ("violation", "violating"),
    )
    for verdict, group in ranked:
        found = index.get_indexer(pd.Index(findings.loc[findings["verdict"] == verdict, "site"]))
        groups[found[found != NONE]] = group
    return groups


def judge_cemeteries(cemeteries: Features, findings: pd.DataFrame) -> pd.DataFrame:
    """Return capacity, state and doubts of each cemetery, as `Remedies.cemeteries` has them.

    Its state is the first that holds of: violating (it breaks a rule), unplaced (it has no
    geometry), unknown (its capacity or its used plots are empty), full, offered.
    """
    frame = cemeteries.frame
    asked = findings[findings["layer"] == CEMETERIES]
    capacity, used = (_read_plots(frame, field) for field in (CAPACITY, USED))
    free = (capacity - used).clip(lower=0)
    breaks, doubtful = (
        frame["id"].isin(asked.loc[asked["verdict"].isin(verdicts), "site"]).to_numpy(dtype=bool)
        for verdicts in (["violation"], ["marginal", "not_checked"])
    )
    unknown, full = free.isna().to_numpy(), (free == 0).fillna(value=False).to_numpy(dtype=bool)
    states = np.select(
        [breaks, ~cemeteries.shapes.has_shape, unknown, full],
        ["violating", "unplaced", "unknown", "full"],
        "offered",
    )
    columns = {"id": frame["id"], "capacity": capacity, "used": used, "free": free}
    return pd.DataFrame({**columns, "state": states, "doubtful": doubtful}).reset_index(drop=True)


def place_nearest_first(nearest: Places, free: Indices, measure: MeasureOpen) -> Places:
    """Return the place kept for each grave when the nearest pairs of all come first.

    `nearest` is each grave's nearest cemetery, `free` the plots of each cemetery. The outcome
    is that of going through all pairs of a grave and a cemetery from the nearest to the
    farthest, and keeping the place where the grave has none and the cemetery is not full.
    Only the graves that a full cemetery turns away are measured anew: the cemetery of those
    that more graves want than it can take and whose last plot goes at the shortest distance is
    full before any of the others, so that what it keeps is settled.
    """
    cemetery, distance_m = nearest.cemetery.copy(), nearest.distance_m.copy()
    is_open = free > 0
    while True:
        full, turned_away = _find_first_full(cemetery, distance_m, np.where(is_open, free, 0))
        if full == NONE:
            return Places(cemetery, distance_m)
        is_open[full] = False
        cemetery[turned_away], distance_m[turned_away] = measure(turned_away, is_open)


def find_nearest_patches(graves: Features, patches: GeoDataFrame) -> pd.DataFrame:
    """Return the nearest patch of eligible land to each grave: patch, patch_rank, patch_m.

    `patches` has the columns id and rank and is in EPSG:4490; the distance is geodesic, 0
    inside. All are missing for a grave without geometry, and where there are no patches.
    """
    found = find_nearest(graves.shapes, take_apart(patches.geometry.to_numpy()))
    columns = {
        name: pd.Series(patches[column].to_numpy(dtype=object), dtype="object")
        .reindex(found.feature)
        .reset_index(drop=True)
        for name, column in (("patch", "id"), ("patch_rank", "rank"))
    }
    return pd.DataFrame({**columns, "patch_m": found.distance_m})


def _find_first_full(cemetery: Indices, distance_m: Floats, free: Indices) -> tuple[int, Indices]:
    """Return the wanted cemetery that is full first, and the graves, ascending, it turns away.

    `free` is 0 for cemeteries that are closed and have settled whom they keep.
    """
    wanted = np.bincount(cemetery[cemetery != NONE], minlength=len(free))
    crowded = np.flatnonzero((free > 0) & (wanted > free))
    if not len(crowded):
        return NONE, np.empty(0, dtype=np.int64)
    members = np.flatnonzero(np.isin(cemetery, crowded))
    members = members[np.lexsort((distance_m[members], cemetery[members]))]
    starts = np.searchsorted(cemetery[members], crowded)
    last = members[starts + free[crowded] - 1]
    first = int(np.lexsort((last, distance_m[last]))[0])
    full, start = crowded[first], starts[first]
    return int(full), np.sort(members[start + free[full] : start + wanted[full]])


def _read_plots(frame: pd.DataFrame, field: str) -> pd.Series:
    """Return a number of plots for each cemetery, missing where the field is empty."""
    if field not in frame:
        return pd.Series(pd.NA, index=frame.index, dtype="Int64")
    return frame[field].astype("Int64")


def _read_villages(graves: Features) -> npt.NDArray[np.object_]:
    frame = graves.frame
    if "village" not in frame:
        return np.full(len(frame), NO_VILLAGE, dtype=object)
    return frame["village"].astype("object").fillna(NO_VILLAGE).to_numpy(dtype=object)


def _list_graves(graves: Features, violations: pd.DataFrame, book: RuleBook) -> pd.DataFrame:
    """Return the columns of `Remedies.graves` that the findings of the `graves` fill."""
    sites = pd.Index(graves.frame["id"])
    owners = sites.get_indexer(pd.Index(violations["site"]))
    violations, owners = violations[owners != NONE], owners[owners != NONE]
    places = violations.groupby(owners)[["site_lon", "site_lat"]].first()
    places = places.reindex(np.arange(len(sites)))
    names = [rule.id for rule in book.rules]
    broken = np.zeros((len(sites), len(names)), dtype=bool)
    broken[owners, pd.Index(names).get_indexer(pd.Index(violations["rule"]))] = True
    spatial = np.array([rule.relation in SPATIAL for rule in book.rules])
    contested = np.zeros(len(sites), dtype=bool)
    contested[owners[violations["contested"].notna()]] = True
    return pd.DataFrame(
        {
            "site": sites,
            "village": _read_villages(graves),
            "rules": _join_names(broken, names),
            "own_rules_only": ~broken[:, spatial].any(axis=1),
            "contested": contested,
            "lon": places["site_lon"].to_numpy(),
            "lat": places["site_lat"].to_numpy(),
        }
    )


def _join_names(chosen: Mask, names: list[str]) -> npt.NDArray[np.object_]:
    """Return for each row of `chosen` (n, len(names)) its names, joined."""
    # many graves break the same few combinations of rules
    packed = pd.DataFrame(np.packbits(chosen, axis=1))
    which = packed.groupby(list(packed), sort=False).ngroup().to_numpy()
    known = np.array(names, dtype=object)
    first = packed.drop_duplicates().index
    texts = [", ".join(known[chosen[row]]) for row in first]
    return np.array(texts, dtype=object)[which]


def _count_villages(
    villages: npt.NDArray[np.object_], groups: npt.NDArray[np.object_], table: pd.DataFrame
) -> pd.DataFrame:
    """Return `Remedies.villages`, in the order of the codes and "" at the end."""
    counts = pd.crosstab(villages, groups).reindex(columns=GROUPS, fill_value=0)
    counts.insert(0, "graves", counts.sum(axis=1))
    placed = table.loc[table["cemetery"].notna(), "village"].value_counts()
    counts["placed"] = placed.reindex(counts.index, fill_value=0)
    counts["unplaced"] = counts["violating"] - counts["placed"]
    order = sorted(counts.index, key=lambda code: (code == NO_VILLAGE, code))
    return counts.reindex(order).rename_axis(index="village", columns=None)


def _count_moves(table: pd.DataFrame) -> pd.DataFrame:
    placed = table[table["cemetery"].notna()]
    return pd.crosstab(placed["village"], placed["cemetery"])
