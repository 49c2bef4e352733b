"""Identities: missing, repeated, overlong, and brought twice by the files of one import."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.errors import RowsRefused
from geo_rv.intake import Surroundings, Wish, read_candidates, require_clean
from geo_rv.intake.identity import find_identity_problems
from geo_rv.messages import LANGUAGES

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
TABLE = "编号,名称,经度,纬度\n"


def write(path, *rows):
    path.write_text(TABLE + "\n".join(rows) + "\n", "utf-8")
    return path


def list_refused(candidate):
    return [(problem.row, problem.key) for problem in candidate.refused]


def test_the_row_named_is_a_whole_number_where_identities_are_missing():
    identities = pd.Series(["甲", np.nan, "甲", np.nan], dtype=object)
    problems = find_identity_problems(identities, np.array([5, 6, 7, 8]))
    assert [(problem.row, problem.key) for problem in problems] == [
        (6, "identity_missing"),
        (8, "identity_missing"),
        (7, "identity_repeated"),
    ]
    told = problems[-1].in_language("zh")
    assert "第 5 行" in told
    assert all(".0" not in problems[-1].in_language(language) for language in LANGUAGES)


@pytest.mark.parametrize("length", [256, 1 << 20])
def test_an_overlong_identity_is_refused_and_told_briefly(length, tmp_path, read):
    rows = [f"{'长' * length},一,113.85,31.85", "乙,二,113.86,31.85"]
    candidate = read(write(tmp_path / "坟墓.csv", *rows))
    assert list_refused(candidate) == [(2, "identity_long")]
    assert candidate.frame["id"].tolist() == ["乙"]
    for problem in candidate.refused:
        assert all(len(problem.in_language(language)) < 300 for language in LANGUAGES)


def test_an_identity_of_usual_length_comes_in(tmp_path, read):
    name = "4213811070010000000000001" * 10  # 250 characters
    candidate = read(write(tmp_path / "坟墓.csv", f"{name},一,113.85,31.85"))
    assert not candidate.refused
    assert candidate.frame["id"].tolist() == [name]


def test_an_identity_that_an_earlier_file_brings_is_refused_with_its_place(tmp_path, read):
    first = read(write(tmp_path / "坟墓.csv", "甲,一,113.85,31.85", "乙,二,113.86,31.85"))
    path = write(tmp_path / "散坟.csv", "丙,三,113.87,31.85", "乙,四,113.88,31.85")
    second = read(path, kind="burial", surroundings=Surroundings(brought=(first,)))
    assert list_refused(second) == [(3, "identity_brought")]
    assert second.frame["id"].tolist() == ["丙"]
    told = second.refused[0].in_language("zh")
    assert "坟墓.csv" in told
    assert "第 3 行" in told
    # another layer has identities of its own
    other = read(path, kind="facility", surroundings=Surroundings(brought=(first,)))
    assert "identity_brought" not in [problem.key for problem in other.problems]


def test_a_refused_row_keeps_no_later_file_from_its_identity(tmp_path, read):
    first = read(write(tmp_path / "坟墓.csv", "甲,一,,", "乙,二,113.86,31.85"))
    second = read(
        write(tmp_path / "散坟.csv", "甲,三,113.87,31.85"),
        kind="burial",
        surroundings=Surroundings(brought=(first,)),
    )
    assert not second.refused


def test_the_same_row_without_identity_in_two_files_is_told_as_such(tmp_path, read, catalogue):
    rows = [",一,113.85,31.85", ",二,113.86,31.85"]
    first = read(write(tmp_path / "坟墓.csv", *rows))
    again = read(
        write(tmp_path / "散坟.csv", rows[1], ",三,113.87,31.85"),
        kind="burial",
        surroundings=Surroundings(brought=(first,)),
    )
    assert list_refused(again) == [(2, "row_brought")]
    with pytest.raises(RowsRefused, match=r"坟墓\.csv"):
        require_clean([first, again], catalogue)


def test_files_of_one_archive_are_compared_too(tmp_path, catalogue):
    with zipfile.ZipFile(tmp_path / "全镇.zip", "w") as archive:
        for village, rows in {
            "双乡村": "甲,一,113.85,31.85",
            "泉口村": "甲,二,113.86,31.85",
        }.items():
            archive.writestr(f"{village}/坟墓.csv", TABLE + rows)
    first, second = read_candidates(tmp_path / "全镇.zip", catalogue=catalogue, wish=Wish())
    assert not first.refused
    assert list_refused(second) == [(2, "identity_brought")]


def draw(path, **parcels):
    """Write parcels as well-known text, each by its identity."""
    rows = [f'{name},rice,"{shape.wkt}"' for name, shape in parcels.items()]
    path.write_text("编号,种植（养殖）类型,WKT\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def test_parcels_of_two_files_are_compared(tmp_path, read):
    """The file is named with the row; the area is Karney's."""
    left, right = (
        shapely.box(113.85, 31.85, 113.852, 31.852),
        shapely.box(113.86, 31.85, 113.862, 31.852),
    )
    over = shapely.box(113.851, 31.85, 113.853, 31.852)
    first = read(draw(tmp_path / "甲村.csv", A=left, B=right), kind="land_transfer")
    second = read(
        draw(tmp_path / "乙村.csv", C=over, D=right),
        kind="land_transfer",
        surroundings=Surroundings(brought=(first,)),
    )
    compared = [one for one in second.problems if one.key.endswith("_brought")]
    assert [(one.row, one.key, one.facts["other"]) for one in compared] == [
        (2, "overlap_brought", 2),
        (3, "shape_brought", 3),
        (3, "overlap_brought", 3),
    ]
    shared = GEOD.geometry_area_perimeter(
        shapely.segmentize(shapely.intersection(left, over), 1e-5)
    )[0]
    assert compared[0].facts["area_m2"] == pytest.approx(abs(shared), rel=1e-5)
    for problem in compared:
        assert all("甲村.csv" in problem.in_language(language) for language in LANGUAGES)
        assert all(problem.tell_remedy(language) for language in LANGUAGES)
