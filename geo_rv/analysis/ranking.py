"""Which patch first: criteria from 0 to 1 by fixed formulas, weights that the planner moves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from geo_rv.errors import CriterionUnknown, WeightUnusable
from geo_rv.geodesy.measure import Floats, Indices

Criterion = Literal["area", "road", "slope", "aspect", "shape"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)

HALF_AREA_MU: Final = 10.0
"""A patch of this area gets half of what is to be had for area."""
HALF_ROAD_M: Final = 300.0
"""A patch this far from a road gets half of what is to be had for the road."""
STEEPEST_DEGREES: Final = 25.0
"""From this mean slope on there is nothing to be had for it; law forbids ploughing above it."""
MOST_WEIGHT: Final = 1000.0


@dataclass(frozen=True)
class RankingWeights:
    """How much each criterion counts; 0 leaves it out."""

    area: float = 3.0
    """mu / (mu + 10): half at 10 mu, and more land never counts for less."""
    road: float = 2.0
    """300 / (300 + metres to the nearest road): 1 beside a road, half at 300 m."""
    slope: float = 2.0
    """1 - degrees / 25, and 0 from 25 degrees on."""
    aspect: float = 1.0
    """(1 - cos(aspect)) / 2: 1 facing south, half facing east or west, 0 facing north."""
    shape: float = 1.0
    """Area over that of the smallest rectangle round it, times that rectangle's shorter side
    over its longer one: 1 for a square."""


_SCORES: Mapping[Criterion, Callable[[pd.DataFrame], pd.Series]] = {
    "area": lambda patches: patches["mu"] / (patches["mu"] + HALF_AREA_MU),
    "road": lambda patches: HALF_ROAD_M / (HALF_ROAD_M + patches["road_m"]),
    "slope": lambda patches: (1 - patches["slope_deg"] / STEEPEST_DEGREES).clip(lower=0),
    "aspect": lambda patches: (1 - np.cos(np.radians(patches["aspect_deg"]))) / 2,
    "shape": lambda patches: (patches["area_m2"] / patches["longest_side_m"] ** 2).clip(upper=1),
}


def make_weights(told: Mapping[str, float]) -> RankingWeights:
    """Return weights with those that are told in the place of the usual ones.

    Raises CriterionUnknown, or WeightUnusable where one is no number from 0 to `MOST_WEIGHT` or
    all are 0.
    """
    for name, weight in told.items():
        if name not in CRITERIA:
            raise CriterionUnknown(criterion=name, known=", ".join(CRITERIA))
        if not (math.isfinite(weight) and 0 <= weight <= MOST_WEIGHT):
            raise WeightUnusable(criterion=name, weight=weight, most=MOST_WEIGHT)
    weights = RankingWeights(**told)
    if not any(dataclasses.astuple(weights)):
        raise WeightUnusable(criterion=", ".join(CRITERIA), weight=0, most=MOST_WEIGHT)
    return weights


@dataclass(frozen=True)
class Ranking:
    """What each patch gets, rows as the patches were given, a column for each criterion.

    Where nothing is known of a patch under a criterion, NaN, it counts by the others alone.
    """

    scores: pd.DataFrame
    """From 0 to 1."""
    shares: pd.DataFrame
    """What each adds to the score; together they are the score."""
    score: Floats
    """The mean of the scores by their weights; 0 where nothing is known."""
    rank: Indices
    """From 1, by the score; then the larger area comes first."""


def rank_patches(patches: pd.DataFrame, weights: RankingWeights) -> Ranking:
    """Return the ranking of patches, which have the columns of `list_patches` and of terrain.

    Those are slope_deg and aspect_deg, degrees, clockwise from north.
    """
    scores = pd.DataFrame({name: _SCORES[name](patches) for name in CRITERIA}, dtype="float64")
    weighed = scores.notna() * pd.Series(dataclasses.asdict(weights))
    total = weighed.sum(axis="columns")
    shares = (scores * weighed).div(total.where(total > 0, 1.0), axis="index")
    score = shares.sum(axis="columns").to_numpy()
    order = np.lexsort((-patches["area_m2"].to_numpy(), -score))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return Ranking(scores, shares, score, rank)
