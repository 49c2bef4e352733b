"""All checks together: whatever comes, every row is accounted for, and nobody waits long."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import Cancelled
from geo_rv.intake import read_candidates

NUMBER = st.one_of(
    st.floats(113.7, 114.0), st.floats(31.7, 32.0), st.floats(-400, 400), st.floats(width=32)
)
LATTICE = st.integers(0, 20)
PLACES = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=6)
NODE = st.tuples(LATTICE.map(lambda n: 113.79 + n / 200), LATTICE.map(lambda n: 31.79 + n / 200))
NEAR = st.lists(NODE, min_size=3, max_size=9)
"""In and about the town, where outlines meet and cross in the same places."""


MAKERS = {
    "none": lambda _: None,
    "point": lambda places: shapely.Point(places[0]),
    "points": shapely.MultiPoint,
    "line": shapely.LineString,
    "face": shapely.Polygon,
    "faces": lambda places: shapely.MultiPolygon(
        [shapely.Polygon(places), shapely.Polygon(places[::-1])]
    ),
    "mix": lambda places: shapely.GeometryCollection([shapely.Point(places[0]), shapely.Polygon()]),
}


def make_shape(kind, places):
    """Return a shape of any kind, however wrong; an empty one where GEOS makes none of it."""
    with np.errstate(invalid="ignore"):
        try:
            return MAKERS[kind](places)
        except (ValueError, shapely.errors.GEOSException):
            return shapely.Polygon()


KINDS = st.sampled_from([*MAKERS, "face", "face"])
SHAPES = st.lists(st.builds(make_shape, KINDS, st.one_of(PLACES, NEAR)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def around(make_layer):
    boxes = [shapely.box(113.8, 31.8, 113.85, 31.9), shapely.box(113.85, 31.8, 113.9, 31.9)]
    tie = shapely.Polygon([(113.82, 31.82), (113.83, 31.83), (113.83, 31.82), (113.82, 31.83)])
    return {
        "village": make_layer(
            "village", boxes, id=["421381107200", "421381107201"], name=["甲村", None]
        ),
        "land_transfer": make_layer("land_transfer", [tie, boxes[0]], crop="rice"),
        "burial": make_layer("burial", [shapely.Point(113.81, 31.81)]),
    }


@given(
    shapes=SHAPES,
    kind=st.sampled_from(["land_transfer", "burial", "village", "project", "road"]),
    mode=st.sampled_from(["add", "replace", "update"]),
    is_empty=st.booleans(),
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_row_is_accounted_for(shapes, kind, mode, is_empty, judge, around):
    count = len(shapes)
    columns = {
        "id": [f"{kind}-{n}" for n in range(1, count + 1)],
        "crop": "rice",
        "class": "county",
        "village": [None, "甲村", "421381107201", "甲", "x", None, "", "421381107200"][:count],
        "contract_mu": [None, -1, 0, 1e300, 2, 3, 4, 5][:count],
    }
    if kind == "village":
        del columns["village"]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)
    candidate = judge(frame, kind, layers={} if is_empty else around, mode=mode, gaps=True)
    assert len(candidate.frame) + len(candidate.refused_rows) == count
    assert len(candidate.frame) == len(candidate.before) == len(candidate.is_repaired)
    assert set(candidate.refused_rows.index) == {one.row for one in candidate.refused}
    assert set(candidate.rows) | set(candidate.refused_rows.index) == set(range(1, count + 1))
    assert candidate.frame.is_valid.all()
    for problem in candidate.problems:
        assert problem.in_language("zh")
        assert problem.tell_remedy("en")


def test_a_hundred_thousand_graves_are_judged_at_once(judge, make_layer):
    random = np.random.default_rng(1)
    count = 100_000
    turns = np.linspace(0, 2 * np.pi, 600, endpoint=False)
    villages = make_layer(
        "village",
        [
            shapely.Polygon(
                np.column_stack(
                    [
                        x + 0.019 * np.cos(turns) * (1 + 0.04 * np.sin(40 * turns)),
                        y + 0.019 * np.sin(turns),
                    ]
                )
            )
            for x in 113.82 + 0.04 * np.arange(5)
            for y in 31.82 + 0.04 * np.arange(4)
        ],
        id=[f"4213811072{n:02}" for n in range(20)],
        name=[f"{n}村" for n in range(20)],
    )
    codes = np.array([*villages["id"], "3村", "不存在", None], dtype=object)
    graves = gpd.GeoDataFrame(
        {
            "id": [f"G{n}" for n in range(count)],
            "village": codes[random.integers(0, len(codes), count)],
            "area_m2": random.uniform(-0.1, 4, count),
        },
        geometry=gpd.points_from_xy(
            *random.uniform([113.79, 31.79], [114.01, 31.97], (count, 2)).T
        ),
        crs=4490,
    )
    candidate = judge(graves, "burial", layers={"village": villages})
    assert len(candidate.problems) > 50_000


def test_whoever_waits_may_call_it_off(write_table, catalogue):
    """Before every check: the second word of judging comes when the first is through."""
    told = []

    def call_off(step):
        told.append(step)
        if told.count("progress.judging") == 3:
            raise Cancelled

    table = write_table(["编号", "经度", "纬度"], ["a", 113.81, 31.81])
    with pytest.raises(Cancelled):
        read_candidates(table, catalogue=catalogue, progress=call_off)
