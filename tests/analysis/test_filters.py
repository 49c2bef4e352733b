import pandas as pd
import pytest
import shapely

from geo_rv.analysis.filters import find_undecided, select_rows


@pytest.fixture
def sites(kit):
    return kit.frame(
        "burial",
        [shapely.Point(0, 0)] * 5,
        burial_type=["ashes", "body", None, "unknown", "ashes"],
        protected=[True, False, None, True, None],
        plots=[1, 2, None, 1, 2],
        area_m2=[0.5, 1.0, None, 0.5, 0.5],
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "abcde"),
        ({"burial_type": ("ashes",)}, "ae"),
        ({"burial_type": ("ashes", "body")}, "abe"),
        ({"burial_type": ("unknown",)}, "d"),
        ({"burial_type": ()}, ""),
        ({"protected": (True,)}, "ad"),
        ({"protected": (False,)}, "b"),
        ({"plots": (1, 3)}, "ad"),
        ({"area_m2": (0.5,)}, "ade"),
        ({"burial_type": ("ashes",), "protected": (True,)}, "a"),
        ({"nothing": ("ashes",)}, ""),
    ],
)
def test_rows_are_those_that_match_every_field(sites, where, expected):
    assert select_rows(sites, where)["id"].tolist() == list(expected)


def test_the_index_is_kept_and_the_frame_untouched(sites):
    before = sites.copy()
    assert select_rows(sites, {"plots": (2,)}).index.tolist() == [1, 4]
    assert sites.equals(before)
    assert len(select_rows(sites[:0], {"plots": (2,)})) == 0


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ""),
        ({"burial_type": ("ashes",)}, "cd"),
        ({"burial_type": ("ashes", "unknown")}, "c"),
        ({"protected": (True,)}, "ce"),
        ({"burial_type": ("ashes",), "protected": (True,)}, "cde"),
        ({"burial_type": ("body",), "protected": (True,)}, "cd"),
        ({"nothing": (1,)}, "abcde"),
    ],
)
def test_undecided_is_what_an_empty_field_leaves_open(sites, where, expected):
    assert sites["id"][find_undecided(sites, where)].tolist() == list(expected)


def test_values_are_data_and_never_expressions(sites):
    named = sites.assign(burial_type=pd.Series(["ashes' or 1==1", "a", "b", "c", "d"], dtype="str"))
    assert select_rows(named, {"burial_type": ("ashes' or 1==1",)})["id"].tolist() == ["a"]
