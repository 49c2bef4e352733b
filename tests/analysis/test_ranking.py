"""The ranking: fixed formulas, moved weights, and shares that add up."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.analysis.ranking import CRITERIA, RankingWeights, make_weights, rank_patches
from geo_rv.errors import CriterionUnknown, WeightUnusable


def make_patches(**changes):
    columns = {
        "id": ["E1", "E2"],
        "mu": [30.0, 10.0],
        "area_m2": [20_000.0, 20_000 / 3],
        "longest_side_m": [200.0, 100.0],
        "road_m": [300.0, 0.0],
        "slope_deg": [5.0, 30.0],
        "aspect_deg": [180.0, 0.0],
    }
    return pd.DataFrame({**columns, **changes})


def test_the_formulas_are_those_that_are_stated():
    """Reckoned by hand: mu/(mu+10), 300/(300+m), 1-deg/25, (1-cos)/2, area/side2."""
    scores = rank_patches(make_patches(), RankingWeights()).scores
    expected = {
        "area": [0.75, 0.5],
        "road": [0.5, 1.0],
        "slope": [0.8, 0.0],
        "aspect": [1.0, 0.0],
        "shape": [0.5, 2 / 3],
    }
    for name, values in expected.items():
        assert scores[name].to_numpy() == pytest.approx(values)


def test_the_score_is_the_weighted_mean_and_the_shares_add_up_to_it():
    ranking = rank_patches(
        make_patches(), RankingWeights(area=3, road=2, slope=2, aspect=1, shape=1)
    )
    first = (3 * 0.75 + 2 * 0.5 + 2 * 0.8 + 1 * 1.0 + 1 * 0.5) / 9
    assert ranking.score[0] == pytest.approx(first)
    assert ranking.shares.sum(axis="columns").to_numpy() == pytest.approx(ranking.score)
    assert ranking.rank.tolist() == [1, 2]


def test_moving_the_weights_moves_the_ranks():
    only_road = make_weights({name: float(name == "road") for name in CRITERIA})
    ranking = rank_patches(make_patches(), only_road)
    assert ranking.rank.tolist() == [2, 1]
    assert ranking.score == pytest.approx([0.5, 1.0])


def test_what_is_not_known_does_not_count():
    patches = make_patches(slope_deg=[np.nan, np.nan], aspect_deg=[np.nan, 90.0])
    ranking = rank_patches(patches, RankingWeights())
    assert ranking.score[0] == pytest.approx((3 * 0.75 + 2 * 0.5 + 0.5) / 6)
    assert ranking.score[1] == pytest.approx((3 * 0.5 + 2 * 1.0 + 1 * 0.5 + 2 / 3) / 7)
    assert ranking.shares["slope"].isna().all()


def test_of_the_same_score_the_larger_comes_first():
    patches = make_patches(road_m=[50.0, 50.0])
    ranking = rank_patches(
        patches, make_weights({name: float(name == "road") for name in CRITERIA})
    )
    assert ranking.rank.tolist() == [1, 2]


def test_nothing_known_and_nothing_there():
    patches = make_patches(road_m=[np.nan, np.nan])
    only_road = make_weights({name: float(name == "road") for name in CRITERIA})
    assert rank_patches(patches, only_road).score.tolist() == [0, 0]
    assert len(rank_patches(make_patches().iloc[:0], RankingWeights()).rank) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(0.1, 1e4), st.floats(0, 1e4), st.floats(0, 80), st.floats(0, 359),
            st.floats(0.05, 1),
        ),
        min_size=1, max_size=20,
    ),
    st.tuples(*[st.floats(0.01, 100)] * 5),
)  # fmt: skip
def test_scores_stay_between_0_and_1_and_ranks_are_each_number_once(rows, weights):
    mu, road, slope, aspect, fullness = np.array(rows).T
    area = mu * 2000 / 3
    patches = pd.DataFrame(
        {
            "id": [f"E{number}" for number in range(len(rows))],
            "mu": mu, "area_m2": area, "longest_side_m": np.sqrt(area / fullness),
            "road_m": road, "slope_deg": slope, "aspect_deg": aspect,
        }
    )  # fmt: skip
    ranking = rank_patches(patches, RankingWeights(*weights))
    assert ranking.scores.to_numpy().min() >= 0
    assert ranking.scores.to_numpy().max() <= 1 + 1e-9
    assert sorted(ranking.rank) == list(range(1, len(rows) + 1))
    by_rank = ranking.score[np.argsort(ranking.rank)]
    assert (np.diff(by_rank) <= 1e-12).all()
    scaled = rank_patches(patches, RankingWeights(*(7 * weight for weight in weights)))
    assert scaled.score == pytest.approx(ranking.score)


def test_weights_that_are_none_are_refused():
    with pytest.raises(CriterionUnknown):
        make_weights({"beauty": 1.0})
    for weight in (-1.0, float("nan"), float("inf"), 1e6):
        with pytest.raises(WeightUnusable):
            make_weights({"area": weight})
    with pytest.raises(WeightUnusable):
        make_weights(dict.fromkeys(CRITERIA, 0.0))


def test_every_criterion_has_a_weight_and_says_how_it_is_reckoned():
    assert tuple(field.name for field in dataclasses.fields(RankingWeights)) == CRITERIA
