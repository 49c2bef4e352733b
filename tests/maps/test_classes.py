"""Classes of values, against every way there is to cut a few numbers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.maps import choose_colours, classify


def measure_spread(values, breaks):
    """Return the squared differences from the means of the classes between `breaks`."""
    values = np.sort(values)
    places = np.searchsorted(breaks[1:-1], values, side="right")
    groups = [values[places == place] for place in range(len(breaks) - 1)]
    return sum(((group - group.mean()) ** 2).sum() for group in groups if group.size)


def find_least_spread(values, classes):
    distinct = sorted(set(values))
    return min(
        measure_spread(np.array(values), (distinct[0], *cuts, distinct[-1]))
        for cuts in combinations(distinct[1:], min(classes, len(distinct)) - 1)
    )


@given(
    values=st.lists(st.integers(1, 2000).map(float), min_size=1, max_size=9),
    classes=st.integers(1, 5),
)
def test_no_cut_is_better(values, classes):
    breaks = classify(values, classes=classes)
    assert len(breaks) == min(classes, len(set(values))) + 1
    assert list(breaks) == sorted(breaks)
    least = find_least_spread(values, classes)
    assert measure_spread(np.array(values), breaks) == pytest.approx(least, abs=1e-3)


def test_one_giant_does_not_flatten_the_rest():
    assert classify([10, 12, 300, 320, 15_000], classes=3) == (10, 300, 15_000, 15_000)


def test_missing_and_zero_belong_to_no_class():
    assert classify([0, float("nan"), 5, 5, 7], classes=2) == (5, 7, 7)
    assert classify([0, float("nan")]) == ()
    assert classify([5]) == (5, 5)


@pytest.mark.parametrize("classes", [0, 1, 2, 3, 4, 5])
def test_as_many_colours_as_classes(classes):
    breaks = tuple(range(classes + 1)) if classes else ()
    colours = choose_colours(breaks, ramp="green")
    assert len(set(colours)) == len(colours) == classes
