"""Supposing on the check's page: limits, a planned cemetery, what is refused, nothing kept."""

import hashlib
import io
import json
import re

import pytest
from openpyxl import load_workbook

from geo_rv.messages import load_messages
from geo_rv.project import Project
from web.errors import find_status
from web.refusals import BadNumbers, FormExpired, NothingChosen

ADDRESS = "/check/what-if.json"
DAY = "2025-06-01"
EAST, SOUTH = 113.86, 31.85
EASTWARD_M, NORTHWARD_M = 94_700.0, 110_870.0
"""About the metres of a degree."""


def read_token(client):
    """Open the page, which sets the cookie, and return the word that its script sends along."""
    page = client.get("/check").text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(data[1])["csrf_token"]


def post(client, body, *, address=ADDRESS, token=None):
    token = read_token(client) if token is None else token
    headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(address, data=content, headers=headers)


def suppose(client, *, limits=None, cemetery=None, as_of=DAY):
    answer = post(client, {"limits": limits or {}, "cemetery": cemetery, "as_of": as_of})
    assert answer.status_code == 200, answer.text
    return answer.json


def draw(*corners):
    """Return the GeoJSON text of a polygon through corners in metres from the road's foot."""
    ring = [[EAST + x / EASTWARD_M, SOUTH + y / NORTHWARD_M] for x, y in corners]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def draw_square(x, y, side):
    return draw((x, y), (x + side, y), (x + side, y + side), (x, y + side))


def list_sites(told, rule, *, before, after):
    return {
        row["site"]
        for row in told["rows"]
        if (row["rule"], row["verdict_before"], row["verdict_after"]) == (rule, before, after)
    }


def test_a_shorter_limit_lets_go_who_is_beyond_it(client):
    told = suppose(client, limits={"BUR-02": 200})
    # the graves lie 100, 300, 490, 700 and 2000 m off the road, whose limit is 500 m
    gone = list_sites(told, "BUR-02", before="violation", after="pass")
    assert "burial-2" in gone
    assert gone <= {"burial-2", "burial-3"}
    assert told["come"] == 0
    assert told["gone"] == len(gone)
    assert told["after"]["violation"] == told["before"]["violation"] - told["gone"]


def test_a_longer_limit_catches_who_was_outside(client):
    told = suppose(client, limits={"BUR-02": 900})
    assert list_sites(told, "BUR-02", before="pass", after="violation") == {"burial-4"}
    (row,) = [row for row in told["by_rule"] if row["rule"] == "BUR-02"]
    assert row["after"] == row["before"] + 1
    assert str(told["after"]["violation"]) in told["sentence"]


def test_tables_add_up(client):
    told = suppose(client, limits={"BUR-02": 900}, cemetery=draw_square(650, -50, 100))
    for table in ("by_rule", "by_village"):
        for name in ("gone", "come"):
            assert sum(row[name] for row in told[table]) == told[name]
        assert sum(row["after"] for row in told[table]) == told["after"]["violation"]
    assert sum(told["after"].values()) == sum(told["before"].values())


def test_the_planned_cemetery_is_judged_itself(client):
    told = suppose(client, cemetery=draw_square(50, -50, 100))["cemetery"]
    # 100 m by 100 m is 15 mu
    assert told["area_mu"] == pytest.approx(15, rel=0.01)
    (road,) = [row for row in told["findings"] if row["rule"] == "BUR-02"]
    assert road["verdict"] == "violation"
    assert road["distance_m"] == pytest.approx(50, abs=0.5)
    assert "国道107" in road["sentence"]
    far = suppose(client, cemetery=draw_square(1_500, -50, 100))["cemetery"]
    (road,) = [row for row in far["findings"] if row["rule"] == "BUR-02"]
    assert road["verdict"] == "pass"


def test_a_grave_in_the_planned_cemetery_lies_in_one(client):
    told = suppose(client, cemetery=draw_square(1_950, -50, 100))
    verdicts = {
        row["site"]: row["verdict_after"] for row in told["rows"] if row["rule"] == "BUR-18"
    }
    # nobody could tell before, as the project holds no cemeteries
    assert verdicts["burial-5"] == "pass"
    assert verdicts["burial-4"] == "violation"
    assert told["cemetery"]["notes"]


def test_nothing_is_kept(own_client):
    client, project = own_client
    before = client.get("/check/findings.json").json
    files = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (project.folder / "data.gpkg", project.folder / "project.toml")
    }
    suppose(client, limits={"BUR-02": 200}, cemetery=draw_square(0, 0, 100), as_of=None)
    assert client.get("/check/findings.json").json == before
    for path, digest in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert "cemetery" not in Project.open(project.folder).read_layers()


def test_in_english_too(client):
    post(client, {}, token=None)
    answer = client.post(
        f"{ADDRESS}?lang=en",
        json={"limits": {"BUR-02": 200}, "cemetery": "", "as_of": DAY},
        headers={"X-CSRFToken": read_token(client)},
    )
    assert "nothing was saved" in answer.json["sentence"]
    client.get("/rules?lang=zh")


CROSSED = draw((0, 0), (100, 100), (100, 0), (0, 100))
TWENTY_ONE = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(draw_square(0, 0, 10))} for _ in range(21)
        ],
    }
)


@pytest.mark.parametrize(
    ("cemetery", "named"),
    [
        (CROSSED, "自相交"),
        ('{"type":"Point","coordinates":[113.86,31.85]}', "必须是面|须是面"),
        ('{"type":"Polygon","coordinates":[]}', "空"),
        ('{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}', "四个点"),
        ('{"type":"Polygon","coordinates":[[["a","b"],[1,2],[3,4],["a","b"]]]}', "GeoJSON"),
        ('{"type":"Polygon","coordinates":[[[NaN,2],[3,4],[5,6],[NaN,2]]]}', "GeoJSON"),
        ("not json", "GeoJSON"),
        ("[" * 100_000, "GeoJSON"),
        ("7", "GeoJSON"),
        (TWENTY_ONE, "21"),
        (draw_square(400_000, 0, 100), "范围"),
        ('{"type":"Polygon","coordinates":[[[500,95],[501,95],[501,96],[500,95]]]}', "经纬度"),
        ("x" * 1_000_001, "1000001"),
    ],
)
def test_a_bad_polygon_is_told(client, cemetery, named):
    answer = post(client, {"limits": {}, "cemetery": cemetery, "as_of": DAY})
    assert answer.status_code == 400
    assert re.search(named, answer.json["error"])
    assert len(answer.json["error"]) < 500


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"BUR-99": 300}, "BUR-99"),
        ({"BUR-09": 300}, "BUR-09"),
        ({"BUR-02": 0}, "0"),
        ({"BUR-02": -5}, "-5"),
        ({"BUR-02": 5_001}, "5000"),
        ({"BUR-02": 10**400}, "BUR-02"),
        ({"BUR-02": "300"}, "limits"),
        ({"BUR-02": True}, "limits"),
        ({"BUR-02": None}, "limits"),
        ([300], "limits"),
        ({"x" * 5_000: 300}, "xxx"),
        ({"\ud800": 300}, "BUR-02"),
    ],
)
def test_a_bad_limit_is_told(client, limits, named):
    answer = post(client, {"limits": limits, "cemetery": None, "as_of": DAY})
    assert answer.status_code == 400
    assert named in answer.json["error"]
    assert len(answer.json["error"]) < 500


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "假设"),
        ({"limits": {}, "cemetery": "  "}, "假设"),
        ({"limits": {"BUR-02": 300}, "as_of": "tomorrow"}, "tomorrow"),
        ({"limits": {"BUR-02": 300}, "as_of": 7}, "as_of"),
        ({"limits": {}, "cemetery": {"type": "Polygon"}}, "cemetery"),
        (b"[]", "cemetery"),
        (b"{", "cemetery"),
        (b"\xff", "cemetery"),
        (b"[" * 200_000, "cemetery"),
    ],
)
def test_a_bad_question_is_told(client, body, named):
    answer = post(client, body)
    assert answer.status_code == 400
    assert named in answer.json["error"]


def test_a_limit_before_its_rule_is_told(client):
    answer = post(client, {"limits": {"BUR-02": 300}, "as_of": "1990-01-01"})
    assert answer.status_code == 400
    assert "1990-01-01" in answer.json["error"]


@pytest.mark.parametrize("address", [ADDRESS, "/check/what-if.xlsx"])
def test_without_the_page_s_token_nothing_is_answered(client, address):
    answer = post(client, {"limits": {"BUR-02": 300}}, address=address, token="")
    assert answer.status_code == find_status(FormExpired()) == 403


def test_table_holds_every_change(client):
    body = {"limits": {"BUR-02": 900}, "cemetery": draw_square(1_950, -50, 100), "as_of": DAY}
    told = post(client, body).json
    answer = post(client, body, address="/check/what-if.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data), read_only=True)
    words = load_messages()
    sheet = book[words["what_if.sheet.changes"].zh]
    assert len(list(sheet.values)) - 1 == told["rows_total"]


def test_limits_are_those_in_force(client):
    told = {
        row["rule"]: row["limits"] for row in client.get(f"/check/limits.json?as_of={DAY}").json
    }
    assert told["BUR-02"] == [500]
    assert "BUR-09" not in told
    assert client.get("/check/limits.json?as_of=1900-01-01").json == []
    assert client.get("/check/limits.json?as_of=x").status_code == 400


def test_page_says_that_nothing_is_saved(client):
    assert "不保存任何内容" in client.get("/check").text
    assert "Nothing is saved" in client.get("/check?lang=en").text
    client.get("/check?lang=zh")


def test_statuses():
    assert find_status(NothingChosen()) == find_status(BadNumbers()) == 400
