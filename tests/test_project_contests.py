"""A project's contests: named as people name layers, about rules that there are."""

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner

from geo_rv.catalogue import load_catalogue
from geo_rv.cli import main
from geo_rv.errors import FeatureMissing, NotContested, UnknownLayer, UnknownRule
from geo_rv.frames import conform_frame
from geo_rv.project import Project


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "town", name="镇", crs="EPSG:4547")
    points = shapely.points([[113.8, 31.8], [113.81, 31.8]])
    frame = gpd.GeoDataFrame({"id": ["g1", "g2"]}, geometry=points, crs=4490)
    graves = conform_frame(frame, load_catalogue()["burial"])
    made.store.write_layers({"burial": graves}, source={"burial": "test"})
    return made


def test_the_last_word_counts(project):
    project.contest_finding("坟墓", "g1", "BUR-02", reason="一")
    project.contest_finding("burial", "g1", "BUR-02", reason="二")
    project.contest_finding("burial", "g2", "BUR-02", reason="三")
    project.withdraw_contest("坟墓", "g2", "BUR-02")
    found = project.open_contests()
    assert {key: entry.reason for key, entry in found.items()} == {("burial", "g1", "BUR-02"): "二"}
    assert [entry.reason for entry in project.list_contests()] == ["一", "二", "三", ""]
    project.contest_finding("burial", "g2", "BUR-02", reason="四")
    assert project.open_contests()["burial", "g2", "BUR-02"].reason == "四"


def test_the_layers_version_stays_and_the_contests_grows(project):
    before = project.stamp, project.contest_version
    project.contest_finding("burial", "g1", "BUR-02", reason="一")
    assert project.stamp == before[0]
    assert project.contest_version > before[1]


@pytest.mark.parametrize(
    ("layer", "site", "rule", "error", "told"),
    [
        ("burial", "g1", "BUR-99", UnknownRule, "BUR-02"),
        ("burial", "g1", "BUR-21", UnknownRule, "BUR-02"),  # asked of cemeteries only
        ("burial", "g1", "BUR-22", UnknownRule, "BUR-02"),  # exempts, and finds nothing
        ("road", "g1", "BUR-02", UnknownRule, "–"),
        ("tombs", "g1", "BUR-02", UnknownLayer, "burial"),
        ("burial", "g3", "BUR-02", FeatureMissing, "g3"),
    ],
)
def test_what_there_is_not_cannot_be_contested(project, layer, site, rule, error, told):
    with pytest.raises(error, match=told):
        project.contest_finding(layer, site, rule, reason="一")
    assert project.list_contests() == ()


def test_a_rule_of_the_project_s_own_book_can_be_contested(project):
    folder = project.folder / "rules"
    folder.mkdir()
    text = """
title = { zh = "甲", en = "a" }
note = { zh = "甲", en = "a" }
[[rules]]
id = "OWN-1"
title = { zh = "甲", en = "a" }
subjects = ["burial"]
relation = "within"
valid_from = 2020-01-01
authority = { zh = "甲", en = "a" }
document = { zh = "甲", en = "a" }
article = { zh = "甲", en = "a" }
certainty = "A"
cases = [{ layer = "road", limit = 5 }]
"""
    (folder / "burial.toml").write_text(text, "utf-8")
    project.contest_finding("burial", "g1", "OWN-1", reason="一")
    with pytest.raises(UnknownRule, match="OWN-1"):
        project.contest_finding("burial", "g1", "BUR-02", reason="一")


def test_a_contest_of_a_rule_that_the_book_lost_can_be_withdrawn(project):
    project.contest_finding("burial", "g1", "BUR-02", reason="一")
    (project.folder / "rules").mkdir()
    (project.folder / "rules" / "burial.toml").write_text("rules = []", "utf-8")
    project.withdraw_contest("burial", "g1", "BUR-02")
    with pytest.raises(NotContested):
        project.withdraw_contest("burial", "g1", "BUR-02")


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_the_command_line_contests_lists_and_withdraws(project):
    finding = (project.folder, "坟墓", "g1", "BUR-02")
    assert "还没有人" in run("contests", project.folder).output
    done = run("contest", *finding, "--reason", "已于2020年迁走")
    assert done.exit_code == 0
    assert "标明有异议" in done.output
    listed = run("contests", project.folder).output
    assert "已于2020年迁走" in listed
    assert "有效" in listed
    assert run("contest", *finding, "--withdraw").exit_code == 0
    assert "有效" not in run("contests", project.folder).output
    told = run("--lang", "en", "contests", project.folder, "--json")
    assert '"open": false' in told.output


def test_what_is_refused_is_one_line(project):
    refused = run("contest", project.folder, "burial", "g1", "BUR-02")
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert "500" in refused.stderr
