"""What it means for a file that features of the project are brought up to date by it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.intake.candidate import Problem
from geo_rv.intake.wish import Surroundings


def find_kept(
    identities: pd.Series | None, count: int, around: Surroundings, spec: LayerSpec
) -> NDArray[np.bool_]:
    """Return which of `count` rows bring features of the project up to date.

    `identities` are those that the file brings, if any. Nothing but an update keeps anything.
    """
    present = around.layers.get(spec.kind)
    if around.mode != "update" or present is None or identities is None:
        return np.zeros(count, dtype=bool)
    return identities.isin(present[IDENTITY]).to_numpy()


def keep_untold(
    frame: GeoDataFrame, told: Collection[str], around: Surroundings, spec: LayerSpec
) -> GeoDataFrame:
    """Return a layer frame with what the project holds where the file has no column for a field.

    `told` are the fields that the file has a column for. Nothing but an update keeps anything.
    """
    present = around.layers.get(spec.kind)
    untold = [field.name for field in spec.fields if field.name not in {IDENTITY, *told}]
    if around.mode != "update" or present is None or not untold:
        return frame
    is_there = frame[IDENTITY].isin(present[IDENTITY]).to_numpy()
    kept = present.set_index(IDENTITY).loc[frame.loc[is_there, IDENTITY], untold]
    filled = frame.copy()
    for name in untold:
        filled.loc[is_there, name] = kept[name].array
    return filled


def judge_update(around: Surroundings, *, has_identities: bool) -> list[Problem]:
    """Return that a file without identities cannot say which features it brings up to date."""
    if around.mode != "update" or has_identities:
        return []
    return [Problem("update_unidentified", field=IDENTITY)]
