"""The files that reading is measured with are sound, and both sides read the same of them."""

import geopandas as gpd
import pytest
import shapely

from benchmarks import intake
from benchmarks.timing import make_table
from geo_rv.catalogue import load_catalogue
from geo_rv.formats.angles import parse_angles
from geo_rv.intake import Wish, read_candidates


@pytest.fixture(scope="module")
def parcels():
    return intake.draw_parcels(200)


def test_parcels_are_valid_and_apart(parcels):
    assert parcels.geometry.is_valid.all()
    one, other = parcels.sindex.query(parcels.geometry, predicate="intersects")
    assert (one == other).all()
    corners = shapely.get_num_coordinates(parcels.geometry.to_numpy())
    assert set(corners.tolist()) == {intake.CORNERS + 1}


def test_both_sides_read_the_same(parcels, tmp_path):
    for path in intake.write_parcels(parcels, tmp_path / "files"):
        (candidate,) = read_candidates(
            path, catalogue=load_catalogue(), wish=Wish(kind=intake.KIND)
        )
        theirs = gpd.read_file(path)
        assert len(candidate.refused_rows) == 0
        assert candidate.frame["id"].tolist() == theirs["id"].tolist()
        assert shapely.equals_exact(
            candidate.frame.geometry.to_numpy(), theirs.geometry.to_numpy(), 1e-12
        ).all()


def test_own_formats_are_read_whole(tmp_path):
    survey = intake.write_survey(tmp_path / f"{intake.SURVEYED}.txt", 120)
    workbook = intake.write_workbook(tmp_path / "burial.xlsx", 50)
    for path, kind, rows in ((survey, intake.SURVEYED, 10), (workbook, "burial", 50)):
        (candidate,) = intake.read(path, kind)
        assert (candidate.rows_read, len(candidate.refused_rows)) == (rows, 0)
    assert parse_angles(intake.write_angles(3)).degrees[0] == 113.5


def test_comparison_runs():
    compared = intake.compare_intake(parcels=50, runs=1)
    assert len(compared) == 12
    assert make_table(compared).row_count == 12
