"""Contesting a finding from its page, and from nowhere else."""

import json
import re
from http.cookies import SimpleCookie

import pytest

from geo_rv.errors import NotContested, UnknownRule
from geo_rv.project import Project
from web import create_app
from web.errors import find_status
from web.refusals import FormExpired

FINDING = {"layer": "burial", "site": "burial-1", "rule": "BUR-02"}
ADDRESS = "/check/contest.json"


def read_token(client):
    """Open the page, which sets the cookie, and return the word that its script sends along."""
    page = client.get("/check").text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(data[1])["csrf_token"]


def send(client, *, token=None, **more):
    token = read_token(client) if token is None else token
    body = json.dumps({"action": "contest", "reason": "已迁走", **FINDING, **more})
    headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
    return client.post(ADDRESS, data=body, headers=headers)


def test_a_contest_is_kept_and_told(own_client):
    client, project = own_client
    answer = send(client)
    assert answer.status_code == 200
    (entry,) = project.list_contests()
    told = client.get("/check/finding.json", query_string=FINDING).json["contest"]
    assert answer.json["contest"] == told
    assert (told["reason"], told["who"], told["at"]) == ("已迁走", entry.who, entry.at)


def test_a_contest_is_withdrawn(own_client):
    client, project = own_client
    send(client)
    answer = send(client, action="withdraw", reason="")
    assert answer.status_code == 200
    assert answer.json["contest"] is None
    assert client.get("/check/finding.json", query_string=FINDING).json["contest"] is None
    assert [entry.action for entry in project.list_contests()] == ["contest", "withdraw"]


def test_a_contested_finding_stays_what_it_is(own_client):
    client, _ = own_client
    query = {"rule": "BUR-02", "verdict": "violation"}
    before = client.get("/check/findings.json", query_string=query).json
    send(client)
    after = client.get("/check/findings.json", query_string=query).json
    assert after["counts"] == before["counts"]
    assert [row["site"] for row in after["rows"]] == [row["site"] for row in before["rows"]]
    contested = {row["site"]: row["contested"] for row in after["rows"] if row["contested"]}
    assert contested == {"burial-1": "已迁走"}


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"site": "nobody"}, 404, "nobody"),
        ({"site": "\ud800"}, 404, "ud800"),
        ({"rule": "BUR-99"}, 404, "BUR-99"),
        ({"layer": "tombs"}, 404, "tombs"),
        ({"reason": ""}, 400, "500"),
        ({"reason": "字" * 501}, 400, "501"),
        ({"reason": "a\u0000"}, 400, "500"),
        ({"action": "delete"}, 400, "action"),
        ({"action": "withdraw"}, 409, "BUR-02"),
        ({"reason": 5}, 400, "reason"),
        ({"site": None}, 400, "site"),
    ],
)
def test_what_is_refused_is_told_and_not_kept(own_client, change, status, named):
    client, project = own_client
    answer = send(client, **change)
    assert answer.status_code == status
    assert named in answer.json["error"]
    assert project.list_contests() == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 200_000, b"null", b'{"layer": {}}']
)
def test_a_body_that_is_no_object_of_texts_is_refused(own_client, body):
    client, project = own_client
    headers = {"X-CSRFToken": read_token(client), "Content-Type": "application/json"}
    answer = client.post(ADDRESS, data=body, headers=headers)
    assert answer.status_code == 400
    assert "layer" in answer.json["error"]
    assert project.list_contests() == ()


def test_a_body_that_is_too_large_is_not_read(own_client):
    client, _ = own_client
    headers = {"X-CSRFToken": read_token(client), "Content-Type": "application/json"}
    answer = client.post(ADDRESS, data=b" " * (16 * 2**20 + 1), headers=headers)
    assert answer.status_code in (400, 413)
    assert answer.json["error"]


@pytest.mark.parametrize("token", ["", "x", "IjEyMyI.aaaa.bbbb"])
def test_without_the_page_s_token_nothing_is_kept(own_client, token):
    client, project = own_client
    read_token(client)
    answer = send(client, token=token)
    assert answer.status_code == 403
    assert answer.json["error"] == FormExpired().in_language("zh")
    assert project.list_contests() == ()


def test_a_token_is_of_one_browser(own_client):
    client, project = own_client
    other = client.application.test_client()
    assert send(other, token=read_token(client)).status_code == 403
    read_token(other)
    assert send(other, token=read_token(client)).status_code == 403
    assert project.list_contests() == ()


def test_a_page_of_an_earlier_start_has_expired(own_client):
    client, project = own_client
    token = read_token(client)
    again = create_app({"PROJECT": project.folder, "TESTING": True}).test_client()
    for name, value in SimpleCookie(client.get("/check").headers.get("Set-Cookie", "")).items():
        again.set_cookie(name, value.value)
    answer = send(again, token=token)
    assert answer.status_code == 403
    assert "刷新" in answer.json["error"]


def test_a_form_of_another_site_is_refused(own_client):
    client, project = own_client
    read_token(client)
    answer = client.post(ADDRESS, data=FINDING | {"reason": "x", "action": "contest"})
    assert answer.status_code == 403
    assert project.list_contests() == ()


def test_the_cookie_is_for_this_server_alone(own_client):
    client, _ = own_client
    cookie = client.get("/check").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Expires" not in cookie


def test_two_projects_side_by_side_keep_apart(own_client, project_folder):
    client, _ = own_client
    other = create_app({"PROJECT": project_folder, "TESTING": True}).test_client()
    names = {
        name
        for each in (client, other)
        for name in SimpleCookie(each.get("/check").headers["Set-Cookie"])
    }
    assert len(names) == 2


def test_a_configured_key_outlives_a_restart(own_client):
    _, project = own_client
    settings = {"PROJECT": project.folder, "SECRET_KEY": "k" * 32, "TESTING": True}
    assert create_app(settings).config["SECRET_KEY"] == "k" * 32
    keys = {create_app({"PROJECT": project.folder}).config["SECRET_KEY"] for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) >= 32 for key in keys)


def test_every_route_that_writes_wants_the_token(app):
    client = app.test_client()
    writing = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    assert ADDRESS in [rule.rule for rule in writing]
    for rule in writing:
        address = re.sub("<[^>]*>", "x", rule.rule)
        assert client.post(address, json={}).status_code == 403, rule


def test_statuses_of_contests():
    assert find_status(UnknownRule()) == 404
    assert find_status(NotContested()) == 409
    assert find_status(FormExpired()) == 403


def test_hostile_reason_stays_text(own_client):
    client, project = own_client
    reason = "<img src=x onerror=alert(1)></script>{{7*7}}"
    Project.open(project.folder).contest_finding(*FINDING.values(), reason=reason)
    assert reason not in client.get("/check").text
    assert (
        client.get("/check/finding.json", query_string=FINDING).json["contest"]["reason"] == reason
    )
