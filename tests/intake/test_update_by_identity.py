"""A file that brings features up to date: what it does not tell stays, and is not missed."""

import geopandas as gpd
import pytest
import shapely

from geo_rv.project import Project, Wish

LINE = shapely.LineString([(113.85, 31.85), (113.86, 31.86)])


@pytest.fixture
def project(tmp_path):
    """A project with one high-speed railway, and one parcel of ginger."""
    made = Project.create(tmp_path / "town", name="测试镇")
    frame = gpd.GeoDataFrame({"编号": ["R1"], "class": ["high_speed"]}, geometry=[LINE], crs=4490)
    frame.to_file(tmp_path / "railway.gpkg")
    parcel = gpd.GeoDataFrame(
        {"编号": ["P1"], "crop": ["ginger"], "合同编号": ["旧"]},
        geometry=[shapely.box(113.85, 31.8, 113.851, 31.801)],
        crs=4490,
    )
    parcel.to_file(tmp_path / "land_transfer.gpkg")
    made.import_files([tmp_path / "railway.gpkg", tmp_path / "land_transfer.gpkg"])
    return made


def judge(project, tmp_path, frame, kind):
    frame.to_file(tmp_path / "new.gpkg")
    judgement = project.judge_files([tmp_path / "new.gpkg"], wish=Wish(kind=kind), mode="update")
    return judgement, judgement.candidates[0].problems


def test_a_default_is_told_of_new_features_alone(project, tmp_path):
    moved = shapely.affinity.translate(LINE, 0.001)
    old = gpd.GeoDataFrame({"编号": ["R1"]}, geometry=[moved], crs=4490)
    judgement, problems = judge(project, tmp_path, old, "railway")
    assert "default_taken" not in {problem.key for problem in problems}
    project.take_in(judgement)
    assert project.read_layer("railway")["class"].tolist() == ["high_speed"]
    both = gpd.GeoDataFrame({"编号": ["R1", "R2"]}, geometry=[LINE, moved], crs=4490)
    _, problems = judge(project, tmp_path, both, "railway")
    told = [problem for problem in problems if problem.key == "default_taken"]
    assert {problem.facts["count"] for problem in told} == {1}


def test_a_required_field_that_is_there_already_need_not_come_again(project, tmp_path):
    box = shapely.box(113.85, 31.8, 113.851, 31.801)
    frame = gpd.GeoDataFrame({"编号": ["P1"], "合同编号": ["新"]}, geometry=[box], crs=4490)
    judgement, problems = judge(project, tmp_path, frame, "land_transfer")
    assert [problem.key for problem in problems if problem.severity == "refused"] == []
    project.take_in(judgement)
    (parcel,) = project.read_layer("land_transfer").itertuples()
    assert (parcel.crop, parcel.contract_no) == ("ginger", "新")


def test_of_a_new_feature_it_is_missed(project, tmp_path):
    boxes = [shapely.box(east, 31.8, east + 0.001, 31.801) for east in (113.85, 113.86)]
    frame = gpd.GeoDataFrame({"编号": ["P1", "P2"]}, geometry=boxes, crs=4490)
    _, problems = judge(project, tmp_path, frame, "land_transfer")
    refused = [problem for problem in problems if problem.severity == "refused"]
    assert [(problem.key, problem.feature) for problem in refused] == [("value_missing", "P2")]
