"""Classes and colours for a map of values by area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

Ramp = Literal["green", "orange", "blue", "red"]

# Light to dark; neighbours differ in lightness, so that they do in print and for colour-blind eyes.
_RAMPS: Mapping[Ramp, tuple[str, ...]] = {
    "green": ("#e3efd6", "#bcd99f", "#8abb6b", "#4f9144", "#1f6130"),
    "orange": ("#fdebcf", "#fbcf92", "#f3a751", "#d97b22", "#a04f0c"),
    "blue": ("#e0ecf6", "#b5d1ea", "#7fb0d8", "#4383b8", "#1c5488"),
    "red": ("#fbe3dd", "#f4b9ab", "#e58673", "#c54f41", "#8c2320"),
}


def classify(values: Iterable[float], *, classes: int = 5) -> tuple[float, ...]:
    """Return the edges of at most `classes` natural classes of `values`, smallest value first.

    Class number i holds what is at least edge i and below edge i + 1; the last class holds its
    upper edge too. The classes are those whose values differ least from their own means
    (W. D. Fisher, On Grouping for Maximum Homogeneity, 1958; known as Jenks), found exactly.
    Values that are missing or not above zero belong to no class: a map shows them as "none".
    Nothing to classify gives no edges; a single value gives it twice.
    """
    data = np.fromiter(values, dtype=np.float64)
    distinct, weights = np.unique(data[np.isfinite(data) & (data > 0)], return_counts=True)
    if distinct.size == 0:
        return ()
    starts = _find_starts(distinct, weights, min(classes, distinct.size))
    return (*distinct[starts].tolist(), float(distinct[-1]))


def choose_colours(breaks: tuple[float, ...], *, ramp: Ramp) -> tuple[str, ...]:
    """Return one colour for each of the (at most five) classes of `breaks`, light to dark."""
    classes = len(breaks) - 1
    colours = _RAMPS[ramp]
    step = len(colours) / max(classes, 1)
    return tuple(colours[round(step * number) - 1] for number in range(1, classes + 1))


def _find_starts(
    distinct: npt.NDArray[np.float64], weights: npt.NDArray[np.int64], classes: int
) -> list[int]:
    """Return where each class starts among the sorted `distinct` values, by dynamic programming."""
    count = distinct.size
    spread = _measure_spreads(distinct, weights)
    best = spread[0]
    cuts = np.zeros((classes, count), dtype=np.int64)
    for number in range(1, classes):
        # the last class starts at a row; what stands before it is best split already
        totals = np.full((count, count), np.inf)
        totals[1:] = best[:-1, None] + spread[1:]
        cuts[number] = totals.argmin(axis=0)
        best = totals.min(axis=0)
    starts = []
    end = count - 1
    for number in range(classes - 1, -1, -1):
        starts.append(int(cuts[number, end]))
        end = starts[-1] - 1
    return starts[::-1]


def _measure_spreads(
    distinct: npt.NDArray[np.float64], weights: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return, at row i and column j, how far values i to j lie from their mean, squared."""
    centred = distinct - distinct.mean()
    number, total, squares = (
        np.concatenate([[0.0], np.cumsum(weights * centred**power)]) for power in (0, 1, 2)
    )
    members, sums, square_sums = (
        sum_[None, 1:] - sum_[:-1, None] for sum_ in (number, total, squares)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = square_sums - sums**2 / members
    lower = np.tri(distinct.size, k=-1, dtype=bool)
    return np.where(lower, np.inf, np.maximum(spread, 0.0))
