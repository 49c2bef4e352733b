"""Whom the pages answer, what their scripts may do, and that names stay text."""

import re
from html.parser import HTMLParser

import pytest

PAGES = (
    "/",
    "/map",
    "/check",
    "/remedies",
    "/siting",
    "/industry",
    "/reconcile",
    "/rules",
    "/import",
    "/history",
    "/no-such-page",
)
DATA = ("/check/findings.json", "/search.json?q=a", "/layers/burial.geojson")
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


class Attributes(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, _tag, attributes):
        self.found += attributes


def read_policy(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return {name: values for name, *values in map(str.split, parts)}


@pytest.mark.parametrize("page", [*PAGES, *DATA])
def test_policy_on_every_answer(client, page):
    answer = client.get(page)
    policy = read_policy(answer)
    assert policy["default-src"] == ["'none'"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Referrer-Policy" in answer.headers


@pytest.mark.parametrize("page", PAGES)
def test_inline_scripts_carry_the_nonce_of_their_answer(client, page):
    answer = client.get(page)
    (nonce,) = re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    for attributes in SCRIPT.findall(answer.text):
        allowed = f'nonce="{nonce}"' in attributes or "src=" in attributes
        assert allowed or "application/json" in attributes, attributes
    assert nonce not in client.get(page).text


@pytest.mark.parametrize("page", PAGES)
def test_no_handlers_in_attributes(client, page):
    for name, value in Attributes(client.get(page).text).found:
        assert not name.startswith("on")
        assert not (value or "").startswith("javascript:")


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_stay_text(client, page):
    for language in ("zh", "en"):
        text = client.get(page, query_string={"lang": language}).text
        assert "<img src=x" not in text
        assert '</script>"' not in text.replace("&", "")
        # a name must not be taken for a template either
        assert "49" not in re.findall(r"测试镇(.*?)<", text)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8000", 200),
        ("localhost:65000", 200),
        ("LOCALHOST:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("evil.example:8000", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.", 400),
        ("127.0.0.1:8000@evil.example", 400),
        ("192.168.1.4:8000", 400),
        ("0.0.0.0:8000", 400),
        ("", 400),
    ],
)
def test_only_this_computers_names_are_answered(client, host, status):
    assert client.get("/rules", headers={"Host": host}).status_code == status


def test_refused_host_gets_no_data(client):
    answer = client.get("/layers/burial.geojson", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "features" not in answer.json


def test_routes_read_or_post_and_nothing_else(app):
    # those that post want the page's token: see test_web_contest.py
    for rule in app.url_map.iter_rules():
        reading = {"GET", "HEAD", "OPTIONS"}
        assert rule.methods <= reading or rule.methods == {"POST", "OPTIONS"}, rule


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_writing_is_refused(client, method):
    answer = getattr(client, method)("/check")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_tile_hosts_only_with_a_key(own_client):
    client, project = own_client
    assert "tianditu" not in client.get("/map").headers["Content-Security-Policy"]
    file = project.folder / "project.toml"
    file.write_text(
        file.read_text("utf-8").replace('tianditu_key = ""', 'tianditu_key = "k1"'), "utf-8"
    )
    answer = client.get("/map")
    assert any("tianditu" in value for value in read_policy(answer)["img-src"])
    assert read_policy(answer)["connect-src"] == ["'self'"]


@pytest.mark.parametrize(
    "path",
    [
        "../../../../etc/passwd",
        "%2e%2e/%2e%2e/pyproject.toml",
        "..%5c..%5cpyproject.toml",
        "/etc/passwd",
        "map.js%00.css",
        "no-such-file.js",
    ],
)
def test_assets_only_of_the_manifest(client, path):
    assert client.get(f"/assets/any/{path}", follow_redirects=True).status_code == 404


def test_assets_are_kept_long(client):
    (address,) = set(re.findall(r'src="(/assets/[^"]+leaflet\.js)"', client.get("/map").text))
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.mimetype in ("text/javascript", "application/javascript")
