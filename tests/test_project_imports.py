"""Imports as the pages use them: judged, told, taken in, undone; what is kept notices."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_rv.errors import (
    Cancelled,
    NothingImported,
    NothingToTake,
    ProjectChanged,
    RowsRefused,
)
from geo_rv.project import Project, Wish

GRAVES = Wish(kind="burial", datum="cgcs2000")


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "town", name="测试镇")


def write_graves(file, **graves):
    """Write graves of these identities, each at (longitude, latitude)."""
    frame = pd.DataFrame(graves.values(), columns=["经度", "纬度"])
    frame.insert(0, "编号", list(graves))
    frame.to_csv(file, index=False)
    return file


def write_road(file, lon):
    road = shapely.LineString([(lon, 31.75), (lon, 31.85)])
    frame = gpd.GeoDataFrame({"编号": ["R1"], "等级": ["国道"]}, geometry=[road], crs=4490)
    frame.to_file(file, driver="GeoJSON")
    return file


def test_a_judgement_is_json_in_both_languages(project, tmp_path):
    file = write_graves(tmp_path / "g.csv", G1=(113.85, 31.8), G2=("?", 31.8))
    judgement = project.judge_files([file], wish=GRAVES)
    for language in ("zh", "en"):
        told = project.tell_judgement(judgement, language=language)
        assert json.loads(json.dumps(told)) == told
        assert told["rows"] == {"read": 2, "accepted": 1, "to_repair": 0, "refused": 1}
    assert judgement.needs == {"partial"}
    assert not judgement.is_agreed({"repairs"})
    assert judgement.is_agreed({"partial"})
    assert project.list_layers() == ()


def test_the_list_of_problems_has_a_limit_and_the_counts_have_none(project, tmp_path):
    graves = {f"G{n}": ("?", 31.8) for n in range(30)}
    judgement = project.judge_files([write_graves(tmp_path / "g.csv", **graves)], wish=GRAVES)
    (told,) = project.tell_judgement(judgement, language="zh", limit=10)["candidates"]
    assert len(told["problems"]) == 10
    assert sum(total["count"] for total in told["totals"]) >= 30


def test_nobody_agreed(project, tmp_path):
    file = write_graves(tmp_path / "g.csv", G1=(113.85, 31.8), G2=("?", 31.8))
    judgement = project.judge_files([file], wish=GRAVES)
    with pytest.raises(RowsRefused):
        project.take_in(judgement)
    taken = project.take_in(judgement, accept={"partial"})
    assert (taken.batch, [each.added for each in taken.imported]) == (1, [1])
    told = project.tell_taken(taken, language="en")
    assert told["layers"][0]["added"] == told["files"][0]["rows"] == 1


def test_no_row_is_left(project, tmp_path):
    judgement = project.judge_files(
        [write_graves(tmp_path / "g.csv", G2=("?", 31.8))], wish=GRAVES, mode="replace"
    )
    with pytest.raises(NothingToTake):
        project.take_in(judgement, accept={"partial"})


def test_judged_before_somebody_else_changed_the_project(project, tmp_path):
    file = write_graves(tmp_path / "g.csv", G1=(113.85, 31.8))
    other = write_graves(tmp_path / "h.csv", G2=(113.86, 31.8))
    judgement = project.judge_files([file], wish=GRAVES)
    Project.open(project.folder).import_files([other], wish=GRAVES)
    with pytest.raises(ProjectChanged):
        project.take_in(judgement)
    assert list(project.read_layer("burial")["id"]) == ["G2"]
    project.take_in(project.judge_files([file], wish=GRAVES))
    assert len(project.read_layer("burial")) == 2


def test_two_files_with_the_same_identities(project, tmp_path):
    files = [write_graves(tmp_path / f"{n}.csv", G1=(113.85, 31.8)) for n in "ab"]
    judgement = project.judge_files(files, wish=GRAVES)
    assert [len(each.refused) for each in judgement.candidates] == [0, 1]
    assert "a.csv" in judgement.candidates[1].refused[0].in_language("en")
    with pytest.raises(RowsRefused, match="G1"):
        project.take_in(judgement)
    assert [each.added for each in project.take_in(judgement, accept={"partial"}).imported] == [
        1,
        0,
    ]


def test_calling_it_off_changes_nothing(project, tmp_path):
    file = write_graves(tmp_path / "g.csv", G1=(113.85, 31.8))
    judgement = project.judge_files([file], wish=GRAVES)

    def call_off(_step):
        raise Cancelled

    with pytest.raises(Cancelled):
        project.judge_files([file], wish=GRAVES, progress=call_off)
    with pytest.raises(Cancelled):
        project.take_in(judgement, progress=call_off)
    assert project.list_history() == ()


def test_checks_and_their_cache_notice_an_undo(project, tmp_path):
    """A grave is 300 m from the road, then 800 m, then 300 m again: the cache is not believed."""
    near, far = 113.85, 113.85 + 0.0053
    project.import_files(
        [write_graves(tmp_path / "g.csv", G1=(113.85 + 0.0032, 31.8))], wish=GRAVES
    )
    project.import_files([write_road(tmp_path / "near.geojson", near)], wish=Wish(kind="road"))
    distances = [measure(project)]
    stamp = project.stamp
    project.import_files(
        [write_road(tmp_path / "far.geojson", far + 0.006)], wish=Wish(kind="road"), mode="update"
    )
    distances.append(measure(project))
    project.undo()
    assert project.stamp != stamp
    distances.append(measure(project))
    # opened anew, it may read what lies in the folder
    distances.append(measure(Project.open(project.folder)))
    assert distances[0] == distances[2] == distances[3]
    assert distances[1] != distances[0]


def measure(project):
    findings = project.check().findings
    return findings.loc[findings["rule"] == "BUR-02", "distance_m"].item()


def test_a_project_whose_features_another_program_has_emptied_can_be_opened(project, tmp_path):
    file = write_graves(tmp_path / "g.csv", G1=(113.85, 31.8))
    project.import_files([file], wish=GRAVES)
    empty_elsewhere(project.store.path, "burial")
    opened = Project.open(project.folder)
    (state,) = opened.list_layers()
    assert (state.count, state.bounds) == (1, None)
    with pytest.raises(NothingImported):
        opened.check()
    opened.import_files([write_road(tmp_path / "r.geojson", 113.85)], wish=Wish(kind="road"))
    assert opened.bounds == pytest.approx((113.85, 31.75, 113.85, 31.85), abs=1e-4)
    assert list(opened.check().repaired) == ["burial"]


def empty_elsewhere(file, kind):
    """Take the geometries of a layer away, as a program does that keeps the rest in order."""
    with closing(sqlite3.connect(file)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(f"UPDATE {kind} SET geom = NULL")  # noqa: S608
        connection.execute(f"DELETE FROM rtree_{kind}_geom")  # noqa: S608
        connection.execute(
            "UPDATE gpkg_contents SET min_x = NULL, min_y = NULL, max_x = NULL, max_y = NULL"
        )
        connection.commit()
