"""Values that cannot be right, and stated areas against the ellipsoid."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
PLACE = shapely.Point(113.85569, 31.85)
FIELD = shapely.box(113.855, 31.849, 113.857, 31.851)
FIELD_M2 = abs(GEOD.geometry_area_perimeter(shapely.segmentize(FIELD, 1e-5))[0])


def bring(judge, kind, shape=PLACE, **columns):
    count = len(next(iter(columns.values())))
    columns = {"id": [f"F{n}" for n in range(1, count + 1)]} | columns
    shapes = [shapely.transform(shape, lambda places, n=n: places + 0.01 * n) for n in range(count)]
    return judge(gpd.GeoDataFrame(columns, geometry=shapes, crs=4490), kind)


def list_wrong(candidate):
    for problem in candidate.problems:
        for language in ("zh", "en"):
            assert problem.in_language(language)
            assert problem.tell_remedy(language)
    return [(one.row, one.key, one.severity, one.field) for one in candidate.problems]


def test_numbers_below_their_least(judge):
    candidate = bring(judge, "burial", area_m2=[0.5, -4, 0, "-0.001"])
    assert list_wrong(candidate) == [
        (2, "value_small", "refused", "area_m2"),
        (4, "value_small", "refused", "area_m2"),
    ]
    told = candidate.problems[0].in_language("zh")
    assert "墓穴占地面积" in told
    assert "-4 平方米" in told
    assert candidate.problems[0].feature == "F2"
    assert candidate.refused_rows.index.tolist() == [2, 4]


def test_numbers_above_their_most(judge, catalogue):
    fields = [
        (spec.kind, field) for spec in catalogue.layers for field in spec.fields if field.maximum
    ]
    for kind, field in fields:
        candidate = bring(judge, kind, **{field.name: [field.maximum, field.maximum + 1]})
        assert (2, "value_large", "refused", field.name) in list_wrong(candidate)


def test_a_choice_that_there_is_not_is_told_those_that_there_are(judge):
    candidate = bring(judge, "burial", burial_type=["土葬"])
    assert list_wrong(candidate) == [(1, "value_unreadable", "refused", "burial_type")]
    told = candidate.problems[0].tell_remedy("zh")
    assert "骨灰单人" in told
    assert "留空" in told


def test_a_required_value_is_not_to_be_left_empty(judge):
    candidate = bring(judge, "land_transfer", crop=["竹子"])
    problem = next(one for one in candidate.refused if one.key == "value_unreadable")
    assert "留空" not in problem.tell_remedy("zh")
    assert "empty" not in problem.tell_remedy("en")


def test_dates_of_the_future(judge):
    day = date.today()  # noqa: DTZ011 - the day it is where the test runs, as for the user
    days = [day, day + timedelta(days=2), "2062-01-01", "2024-02-30", None]
    candidate = bring(judge, "burial", buried_on=[str(one) if one else None for one in days])
    assert list_wrong(candidate) == [
        (2, "date_future", "refused", "buried_on"),
        (3, "date_future", "refused", "buried_on"),
        (4, "value_unreadable", "refused", "buried_on"),
    ]


def test_an_end_may_lie_in_the_future_and_not_before_the_start(judge):
    candidate = bring(
        judge,
        "land_transfer",
        FIELD,
        crop=["rice"] * 3,
        start_on=["2020-01-01", "2020-01-01", None],
        end_on=["2050-12-31", "2019-12-31", "2019-12-31"],
    )
    assert list_wrong(candidate) == [(2, "dates_turned", "refused", "end_on")]
    assert "2019-12-31" in candidate.problems[0].in_language("en")
    assert "2020-01-01" in candidate.problems[0].in_language("en")


def test_dates_that_programs_write_for_nothing(judge):
    candidate = bring(
        judge, "burial", buried_on=pd.to_datetime(["1900-01-01", "1970-01-01", "1970-01-02"])
    )
    assert list_wrong(candidate) == [
        (1, "date_empty", "warning", "buried_on"),
        (2, "date_empty", "warning", "buried_on"),
    ]


@pytest.mark.parametrize(
    ("share", "is_told"), [(1, False), (1.049, False), (1.051, True), (0.951, False), (0.949, True)]
)
def test_stated_mu_against_the_ellipsoid(share, is_told, judge):
    mu = FIELD_M2 * 3 / 2000
    candidate = bring(judge, "land_transfer", FIELD, crop=["rice"], contract_mu=[mu * share])
    assert list_wrong(candidate) == (
        [(1, "area_differs", "warning", "contract_mu")] if is_told else []
    )
    if is_told:
        facts = candidate.problems[0].facts
        assert facts["measured"] == pytest.approx(mu, rel=1e-6)
        assert facts["percent"] == pytest.approx(100 * (share - 1), abs=1e-3)


@pytest.mark.parametrize(
    ("stated", "cause"), [(FIELD_M2, "平方米"), (FIELD_M2 / 1e4, "公顷"), (1.0, None)]
)
def test_an_area_in_another_unit_is_seen(stated, cause, judge):
    candidate = bring(judge, "land_transfer", FIELD, crop=["rice"], contract_mu=[stated])
    told = candidate.problems[0].in_language("zh")
    assert ("填的可能是" in told) == (cause is not None)
    if cause:
        assert f"填的可能是{cause}" in told


def test_a_register_states_square_metres(judge):
    stated = [FIELD_M2 * 1.001, FIELD_M2 * 1.2, None]
    candidate = bring(judge, "basic_farmland", FIELD, area_m2=stated)
    assert list_wrong(candidate) == [(2, "area_differs", "warning", "area_m2")]


def test_points_state_what_they_like(judge):
    assert list_wrong(bring(judge, "burial", area_m2=[4.0])) == []
