"""What a request may say about files: each value against what it may be, or refused by name."""

import json
import re

import pytest

from geo_rv.project import Wish
from web import create_app
from web.current import open_project
from web.import_wishes import read_wishes, tell_wish
from web.uploads import MOST_FILES


@pytest.fixture
def visit(client):
    """Post to a path with the page's word."""
    page = client.get("/import").text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    word = json.loads(data[1])["csrf_token"]

    def post(path, body):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-CSRFToken": word, "Content-Type": "application/json"}
        return client.post(path, data=content, headers=headers)

    return post


@pytest.fixture
def begun(visit):
    answer = visit("/import/begin.json", {"files": [{"name": "a.csv", "size": 0}]})
    return f"/import/{answer.json['token']}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{" * 100_000,
        {"files": 1},
        {"files": [1]},
        {"files": [{"name": "a"}]},
        {"files": [{"name": 1, "size": 1}]},
        {"files": [{"name": "a", "size": True}]},
        {"files": [{"name": "a", "size": 1.5}]},
        {"files": [{"name": "a", "size": 10**30}]},
        {"files": [{"name": "a" * 10_000, "size": 1}]},
        {"files": [{"name": "a", "size": 1}] * (MOST_FILES + 1)},
    ],
)
def test_bad_lists_of_files(visit, body):
    answer = visit("/import/begin.json", body)
    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize(
    "wish",
    [
        1,
        {"kind": "no_such_layer"},
        {"kind": 1},
        {"layer": "x" * 1000},
        {"crs": "+proj=utm +nadgrids=/etc/passwd"},
        {"crs": "+init=/etc/passwd:x"},
        {"crs": "EPSG:4547 " * 9},
        {"datum": "wgs72"},
        {"angles": "gon"},
        {"encoding": "rot13"},
        {"columns": []},
        {"columns": {"__class__": "a"}},
        {"columns": {"name": 1}},
        {"parameters": [1, 2, 3]},
        {"parameters": [1, 2, 3, 4, 5, 6, "7"]},
        {"parameters": [True] * 7},
        {"parameters": "1,2,3,4,5,6,7"},
        {"gaps": "yes"},
        {"gaps": 1},
    ],
)
def test_bad_wishes(visit, begun, wish):
    answer = visit(f"{begun}/judge.json", {"wishes": [wish]})
    assert answer.status_code == 400
    assert len(answer.json["error"]) < 1000


@pytest.mark.parametrize("body", [{"mode": "drop"}, {"mode": 1}, {"wishes": {}}])
def test_bad_modes(visit, begun, body):
    assert visit(f"{begun}/judge.json", body).status_code == 400


@pytest.mark.parametrize("accept", [["everything"], "repairs", [1], {}])
def test_bad_agreement(visit, begun, accept):
    answer = visit(f"{begun}/take.json", {"accept": accept})
    assert answer.status_code in (400, 409)


def test_a_wish_comes_back_as_it_was_said(project_folder):
    own = create_app({"PROJECT": project_folder, "TESTING": True, "WTF_CSRF_ENABLED": False})
    said = {
        "kind": "burial",
        "layer": "Sheet1",
        "crs": "epsg:4547",
        "datum": "gcj02",
        "angles": "dd.mmss",
        "encoding": "gb18030",
        "gaps": True,
        "parameters": [1, 2, 3, 0.1, 0.2, 0.3, 4.5],
        "columns": {"name": "墓主", "lon": "东经", "village": ""},
    }
    with own.test_request_context(json={"wishes": [said, {}]}):
        first, second = read_wishes(open_project())
    assert tell_wish(first) == {**said, "crs": "EPSG:4547"}
    assert second == Wish()


@pytest.mark.parametrize(
    "path",
    [
        "status.json",
        "review.json",
        "problems.json",
        "rows.geojson",
        "row.json?candidate=0&row=1",
    ],
)
def test_nothing_to_see_before_it_is_judged(client, begun, path):
    answer = client.get(f"{begun}/{path}")
    assert answer.status_code == (200 if path == "status.json" else 409)
    assert client.get(f"/import/no-such-token/{path}").status_code == 404


@pytest.mark.parametrize(
    "query", ["file=x&offset=0", "file=0&offset=-1", "file=0", "file=9&offset=0"]
)
def test_bad_pieces(visit, begun, query):
    assert visit(f"{begun}/piece.json?{query}", b"").status_code == 400
