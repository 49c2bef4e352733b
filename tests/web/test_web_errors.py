"""Every error is told in the reader's language, as a page or as JSON, with its status."""

import logging

import pytest

import geo_rv.errors
from geo_rv.errors import GeoRvError, LayerMissing, StoreBusy, UnknownLayer
from geo_rv.project import Project
from web import create_app
from web.errors import STATUS, find_status


def test_unknown_page(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert "no such page" in client.get("/nothing?lang=en").text


def test_unknown_data(client):
    answer = client.get("/nothing.json?lang=en")
    assert answer.status_code == 404
    assert "no such page" in answer.json["error"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownLayer(layer="x", known="y"), 404),
        (LayerMissing(layer="x"), 404),
        (StoreBusy(file="f"), 503),
    ],
)
def test_engine_error_has_its_status_and_words(client, monkeypatch, error, status):
    def fail(_self, **_):
        raise error

    monkeypatch.setattr(Project, "list_rules", lambda *_args, **_kwargs: fail(None))
    for language in ("zh", "en"):
        answer = client.get("/rules", query_string={"lang": language})
        assert answer.status_code == status
        assert error.in_language(language).replace("“", "") in answer.text.replace("“", "")


def test_every_engine_error_has_a_status():
    kinds = [kind for kind in vars(geo_rv.errors).values() if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, GeoRvError):
            assert 400 <= find_status(kind()) < 600
    assert GeoRvError in STATUS


def test_missing_project_is_told(tmp_path):
    client = create_app({"PROJECT": tmp_path, "TESTING": True}).test_client()
    answer = client.get("/")
    assert answer.status_code == 500
    assert "geo-rv new" in answer.text


def test_crash_shows_no_inside(project_folder, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Project, "list_rules", fail)
    with caplog.at_level(logging.ERROR):
        answer = create_app({"PROJECT": project_folder}).test_client().get("/rules")
    assert answer.status_code == 500
    assert "程序出错了" in answer.text
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/check/findings.json?verdict=broken", "verdict"),
        ("/check/findings.json?rule=BUR-99", "rule"),
        ("/check/findings.json?village=nowhere", "village"),
        ("/check/findings.json?layer=road", "layer"),
        ("/check/findings.json?sort=__class__", "sort"),
        ("/check/findings.json?page=0", "page"),
        ("/check/findings.json?page=x", "page"),
        ("/check/findings.json?page=nan", "page"),
        ("/check/findings.json?as_of=yesterday", "yesterday"),
        ("/check/point.json?lon=a&lat=31", "lon"),
        ("/check/point.json?lon=113.8", "lat"),
        ("/check/point.json?lon=999&lat=31", "999"),
        ("/layers/burial.geojson?bbox=1,2,3", "bbox"),
        ("/layers/burial.geojson?bbox=1,2,0,4", "bbox"),
        ("/layers/burial.geojson?bbox=1,2,inf,4", "bbox"),
        ("/layers/burial.geojson?zoom=99", "zoom"),
        ("/check/findings.json?lang=xx", "lang"),
    ],
)
def test_bad_parameter_is_named(client, address, named):
    answer = client.get(address)
    assert answer.status_code == 400
    assert named in answer.json["error"]


def test_refused_value_is_cut_and_escaped(client):
    answer = client.get("/check", query_string={"rule": "<script>" * 1000})
    assert answer.status_code == 400
    assert "<script><script>" not in answer.text
    assert len(answer.text) < 20_000


@pytest.mark.parametrize(
    "address",
    [
        "/layers/nothing.geojson",
        "/layers/railway.geojson",
        "/check/finding.json",
        "/industry/theme.json?theme=nothing",
    ],
)
def test_what_is_not_there(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.json["error"]
