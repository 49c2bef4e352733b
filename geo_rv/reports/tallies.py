"""What a check's findings add up to: by rule, by village, and for each site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
import pyproj

from geo_rv.frames import Layers
from geo_rv.reports.places import find_places
from geo_rv.rulebook import Verdict

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
WORST_FIRST: tuple[Verdict, ...] = ("violation", "marginal", "not_checked", "pass", "exempt")
"""What a site is called that several rules speak of: exempt only where all of them exempt it."""
NO_VILLAGE = ""


@dataclass(frozen=True)
class Tally:
    """One row of counts: what is counted, its findings by verdict, and its violating sites."""

    key: str
    counts: Mapping[Verdict, int]
    violating_sites: int

    @property
    def total(self) -> int:
        """All findings of the row."""
        return sum(self.counts.values())


def tally(findings: pd.DataFrame, column: str, keys: Sequence[str]) -> tuple[Tally, ...]:
    """Return the counts of `findings` for each value of `column`.

    First come `keys`, those too that nothing was found for, then whatever else there is;
    missing values count as `NO_VILLAGE`.
    """
    rows = findings[["layer", "site", "verdict"]].assign(key=findings[column].fillna(NO_VILLAGE))
    counts = rows.groupby(["key", "verdict"]).size().to_dict()
    broken = rows[rows["verdict"] == "violation"].drop_duplicates(["key", "layer", "site"])
    violating = broken.groupby("key").size().to_dict()
    others = sorted(set(rows["key"]) - set(keys), key=lambda key: (key == NO_VILLAGE, key))
    return tuple(
        Tally(
            key,
            {verdict: int(counts.get((key, verdict), 0)) for verdict in VERDICTS},
            int(violating.get(key, 0)),
        )
        for key in (*keys, *others)
    )


def place_sites(findings: pd.DataFrame, layers: Layers, plane: pyproj.CRS) -> pd.DataFrame:
    """Return one row for each site that there are findings of: its worst verdict and its place.

    Columns: layer, site, village, verdict, east, north (metres in `plane`, NaN for a site
    without geometry).
    """
    ranks = findings["verdict"].map({verdict: rank for rank, verdict in enumerate(WORST_FIRST)})
    grouped = findings.assign(rank=ranks).groupby(["layer", "site"], sort=False)
    sites = grouped.agg(village=("village", "first"), rank=("rank", "min")).reset_index()
    sites["verdict"] = np.array(WORST_FIRST, dtype=object)[sites["rank"].to_numpy(dtype=int)]
    places = [_locate(kind, layers, plane) for kind in sites["layer"].unique() if kind in layers]
    located = pd.concat(
        [pd.DataFrame({"layer": [], "site": [], "east": [], "north": []}), *places]
    ).astype({"layer": "str", "site": "str", "east": "float64", "north": "float64"})
    return sites.drop(columns="rank").merge(located, on=["layer", "site"], how="left")


def _locate(kind: str, layers: Layers, plane: pyproj.CRS) -> pd.DataFrame:
    places = find_places(layers[kind], plane)
    return pd.DataFrame(
        {
            "layer": kind,
            "site": layers[kind]["id"].to_numpy(),
            "east": places[:, 0],
            "north": places[:, 1],
        }
    )
