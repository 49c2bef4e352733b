"""Layers as GeoJSON, their tags, and search."""

import pytest
from shapely.geometry import shape

from web import create_app


def test_layer_is_geojson_with_its_number(client):
    answer = client.get("/layers/burial.geojson")
    assert answer.mimetype == "application/geo+json"
    assert answer.json["numberMatched"] == len(answer.json["features"]) == 5
    assert shape(answer.json["features"][0]["geometry"]).geom_type == "Point"


def test_box_chooses(client):
    answer = client.get(
        "/layers/burial.geojson", query_string={"bbox": "113.86,31.84,113.862,31.86"}
    )
    assert answer.json["numberMatched"] == 1


def test_unchanged_layer_is_not_sent_again(client):
    tag = client.get("/layers/burial.geojson").headers["ETag"]
    again = client.get("/layers/burial.geojson", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == tag


def test_changed_layer_is_sent_again(own_client):
    client, project = own_client
    tag = client.get("/layers/burial.geojson").headers["ETag"]
    frame = project.read_layer("burial").iloc[:2].reset_index(drop=True)
    project.store.write_layers({"burial": frame}, source={"burial": "test"}, mode="replace")
    answer = client.get("/layers/burial.geojson", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert len(answer.json["features"]) == 2


def test_another_start_asks_anew(client, project_folder):
    tag = client.get("/layers/road.geojson").headers["ETag"]
    other = create_app({"PROJECT": project_folder}).test_client()
    answer = other.get("/layers/road.geojson", headers={"If-None-Match": tag})
    assert answer.status_code == 200


@pytest.mark.parametrize("wanted", ["张家", "burial-3"])
def test_search_finds_names_and_identities(client, wanted):
    (found, *_) = client.get("/search.json", query_string={"q": wanted}).json
    assert found["id"] == "burial-3"
    assert found["layer_title"]
    assert abs(found["lon"] - 113.86) < 0.1


@pytest.mark.parametrize("wanted", ["", "%", "_", "' OR 1=1 --", "没有这个名字", "x" * 10_000])
def test_search_takes_any_text(client, wanted):
    answer = client.get("/search.json", query_string={"q": wanted})
    assert answer.status_code == 200
    assert answer.json == []
