"""The check's questions: findings by filter, order and page; one finding; one point; a file."""

import io

import geopandas as gpd
import pytest
import shapely
from openpyxl import load_workbook

import web.findings
from geo_rv.frames import conform_frame
from geo_rv.project import Project
from web import create_app

DAY = {"as_of": "2025-06-01"}


def ask(client, path, **query):
    answer = client.get(f"/check/{path}", query_string={**DAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_findings_by_rule_and_verdict(client):
    told = ask(client, "findings.json", rule="BUR-02", verdict="violation")
    assert {row["site"] for row in told["rows"]} >= {"burial-1", "burial-2"}
    assert {row["verdict"] for row in told["rows"]} == {"violation"}
    assert told["total"] == len(told["rows"])


def test_counts_are_of_every_verdict(client):
    one = ask(client, "findings.json", rule="BUR-02", verdict="violation")
    assert sum(one["counts"].values()) == 5
    assert one["counts"]["violation"] == one["total"]


def test_missing_layer_is_not_checked(client):
    told = ask(client, "findings.json", rule="BUR-01")
    assert told["counts"]["not_checked"] == 5
    assert all(row["reason"] for row in told["rows"])


def test_filter_by_village_and_layer(client):
    told = ask(client, "findings.json", village="village-2", layer="burial", rule="BUR-02")
    assert {row["site"] for row in told["rows"]} == {"burial-4", "burial-5"}


@pytest.mark.parametrize("name", ["margin", "distance", "limit"])
def test_sorted_by_number_empty_ones_last(client, name):
    column = web.findings.COLUMNS[name]
    for sort, sign in ((name, 1), (f"-{name}", -1)):
        values = [row[column] for row in ask(client, "findings.json", sort=sort)["rows"]]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == known == sorted(known, key=lambda value: sign * value)


def test_pages_hold_everything_once(client, monkeypatch):
    monkeypatch.setattr(web.findings, "PAGE_ROWS", 7)
    monkeypatch.setattr("web.pages.check.PAGE_ROWS", 7)
    first = ask(client, "findings.json")
    told = [
        row
        for page in range(1, first["pages"] + 1)
        for row in ask(client, "findings.json", page=page)["rows"]
    ]
    keys = {(row["layer"], row["site"], row["rule"]) for row in told}
    assert len(told) == len(keys) == first["total"] == sum(first["counts"].values())
    assert ask(client, "findings.json", page=9_999)["page"] == first["pages"]


def test_one_finding_in_words_and_shapes(client):
    told = ask(client, "finding.json", layer="burial", site="burial-1", rule="BUR-02")
    assert told["finding"]["distance_m"] == pytest.approx(100, abs=2)
    assert told["finding"]["document"]
    assert told["shape"]["site"]["geometry"]["type"] == "Point"
    assert told["shape"]["constraint"]["id"] == "road-1"
    assert len(told["shape"]["segment"]) == 2
    assert told["shape"]["buffer"]["type"] == "Polygon"


def test_point_is_asked_every_rule(client):
    told = ask(client, "point.json", lon=113.90, lat=31.85)
    verdicts = {finding["rule"]: finding["verdict"] for finding in told["findings"]}
    assert verdicts["BUR-02"] == "pass"
    assert "违反" in told["sentence"]
    near = ask(client, "point.json", lon=113.8605, lat=31.85)
    (road,) = [finding for finding in near["findings"] if finding["rule"] == "BUR-02"]
    assert road["verdict"] == "violation"
    assert road["limit_m"] == 500
    assert near["findings"][0]["verdict"] == "violation"


def test_day_decides_which_rules(client):
    before = ask(client, "findings.json", as_of="1990-01-01")
    assert before["total"] < ask(client, "findings.json")["total"]


def test_workbook_holds_what_is_shown(client):
    wanted = {"rule": "BUR-02", "verdict": "violation"}
    answer = client.get("/check/findings.xlsx", query_string={**DAY, **wanted})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(load_workbook(io.BytesIO(answer.data), read_only=True).active.values)
    assert len(rows) - 1 == ask(client, "findings.json", **wanted)["total"]
    assert {row[rows[0].index("编号")] for row in rows[1:]} >= {"burial-1"}


def test_features_that_could_not_be_measured_as_they_are_stand_on_the_page(tmp_path):
    folder = tmp_path / "town"
    bow_tie = shapely.Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
    project = Project.create(folder, name="镇")
    frames = {
        "burial": gpd.GeoDataFrame({"id": ["1"]}, geometry=[shapely.Point(0.02, 0)], crs=4490),
        "reservoir": gpd.GeoDataFrame({"id": ["甲库"]}, geometry=[bow_tie], crs=4490),
    }
    project.store.write_layers(
        {kind: conform_frame(frame, project.catalogue[kind]) for kind, frame in frames.items()},
        source=dict.fromkeys(frames, "test"),
    )
    page = (
        create_app({"PROJECT": folder, "TESTING": True})
        .test_client()
        .get("/check")
        .get_data(as_text=True)
    )
    assert "图层“水库”有 1 个图形无效或缺失（甲库）" in page
