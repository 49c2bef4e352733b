"""The siting page: eligible patches, their ranking, what is refused, and the way to what-if."""

import io
import json
import re

import numpy as np
import pytest
import rasterio
from openpyxl import load_workbook
from pyproj import Geod
from rasterio import Affine
from shapely import Point
from shapely.geometry import shape

import geo_rv.project.siting
from geo_rv.messages import load_messages
from geo_rv.project import Project
from web import create_app

DAY = "2025-06-01"
ROAD_LON = 113.86
BORDER_LON = 113.864


@pytest.fixture(scope="module")
def town(demo_folder):
    """A client of the demo town, which has many patches."""
    return create_app({"PROJECT": demo_folder, "TESTING": True}).test_client()


def ask(client, path="patches.json", **query):
    answer = client.get(f"/siting/{path}", query_string={"as_of": DAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.json


def write_slope(file, *, degrees):
    """Write heights that rise to the east by so many degrees, over the fixtures' villages."""
    cell = 0.001
    metres = cell * 94_700 * np.tan(np.radians(degrees))
    heights = np.tile(np.arange(140, dtype="float32") * metres, (120, 1)).astype("float32")
    profile = {"driver": "GTiff", "width": 140, "height": 120, "count": 1, "dtype": "float32"}
    place = Affine(cell, 0, 113.79, 0, -cell, 31.91)
    with rasterio.open(file, "w", crs="EPSG:4326", transform=place, **profile) as raster:
        raster.write(heights, 1)


def test_patches_keep_the_road_s_distance(client):
    told = ask(client, min_mu=0)
    assert told["patches"]
    geod = Geod(ellps="GRS80")
    for patch in told["patches"]:
        assert shape(patch["geometry"]).is_valid
        for lon, lat in shape(patch["geometry"]).exterior.coords:
            # the road runs along a meridian from 31.82 to 31.88
            nearest = min(max(lat, 31.82), 31.88)
            assert geod.inv(lon, lat, ROAD_LON, nearest)[2] >= 499.9


def test_contract(town):
    told = ask(town)
    assert {"as_of", "book", "subject", "area", "eligible_mu", "dropped"} <= told.keys()
    assert {"not_checked", "weights", "criteria", "patches"} <= told.keys()
    assert told["as_of"] == DAY
    for row in told["not_checked"]:
        assert row["rule"]
        assert row["reason"]
    names = [row["name"] for row in told["criteria"]]
    for patch in told["patches"]:
        assert set(patch["scores"]) == set(names)
        assert shape(patch["geometry"]).covers(Point(patch["lon"], patch["lat"]))


def test_area_of_one_village(client):
    told = ask(client, within="village=village-2", min_mu=0)
    assert all(patch["village"] == "village-2" for patch in told["patches"])
    for patch in told["patches"]:
        assert shape(patch["geometry"]).bounds[0] >= BORDER_LON - 1e-9
    whole = ask(client, min_mu=0)
    assert told["eligible_mu"] < whole["eligible_mu"]
    named = ask(client, within="village=东湾村", min_mu=0)
    assert named["area"]["title"].count("东湾村") == 1
    both = told["eligible_mu"] + named["eligible_mu"]
    assert both == pytest.approx(whole["eligible_mu"], rel=1e-6)


def test_what_is_too_small_is_counted(town):
    everything = ask(town, min_mu=0)
    sizes = sorted(patch["mu"] for patch in everything["patches"])
    least = sizes[20] * 1.01
    told = ask(town, min_mu=least)
    assert told["dropped"]["count"] == sum(size < least for size in sizes) >= 20
    assert told["dropped"]["mu"] == pytest.approx(sum(s for s in sizes if s < least), abs=0.01)
    assert len(told["patches"]) == len(sizes) - told["dropped"]["count"]


@pytest.mark.parametrize("weights", ["area=1,road=0,shape=0", "shape=10,area=0,road=0", "road=3.5"])
def test_score_is_the_mean_of_the_known_scores(town, weights):
    told = ask(town, min_mu=0, weights=weights)
    scores = []
    for patch in told["patches"]:
        known = {name: own for name, own in patch["scores"].items() if own is not None}
        total = sum(told["weights"][name] for name in known)
        wanted = sum(own * told["weights"][name] for name, own in known.items()) / total
        assert patch["score"] == pytest.approx(wanted, abs=1e-6)
        scores.append(wanted)
    assert scores == sorted(scores, reverse=True)
    assert [patch["rank"] for patch in told["patches"]] == list(range(1, len(scores) + 1))


def test_weights_of_unknown_criteria_alone_still_answer(town):
    told = ask(town, min_mu=0, weights="area=0,road=0,shape=0")
    areas = [patch["area_m2"] for patch in told["patches"]]
    assert areas == sorted(areas, reverse=True)
    assert {patch["score"] for patch in told["patches"]} == {0}


def test_heights_of_the_project_give_slope_and_aspect(own_client):
    client, project = own_client
    assert all(patch["slope_deg"] is None for patch in ask(client)["patches"])
    write_slope(project.folder / "terrain.tif", degrees=10)
    told = ask(client, min_mu=100)
    assert told["patches"]
    for patch in told["patches"]:
        assert patch["slope_deg"] == pytest.approx(10, abs=0.3)
        # what rises to the east faces west
        assert patch["aspect_deg"] == pytest.approx(270, abs=2)


def test_heights_that_are_none_are_told(own_client):
    client, project = own_client
    (project.folder / "terrain.tif").write_bytes(b"no picture at all")
    answer = client.get("/siting/patches.json")
    assert answer.status_code == 400
    assert "terrain.tif" in answer.json["error"]


def test_land_is_found_once(own_client, monkeypatch):
    client, _ = own_client
    asked = []
    find = geo_rv.project.siting.find_eligible
    monkeypatch.setattr(
        geo_rv.project.siting,
        "find_eligible",
        lambda *parts, **more: asked.append(parts) or find(*parts, **more),
    )
    for query in ({}, {"min_mu": 5}, {"weights": "road=9"}, {}):
        ask(client, **query)
    assert len(asked) == 1
    ask(client, certain=1)
    assert len(asked) == 2


def test_keeping_clear_of_marginal_land_leaves_less(town):
    certain = ask(town, certain=1, min_mu=0)["eligible_mu"]
    assert certain < ask(town, min_mu=0)["eligible_mu"]


def test_a_patch_is_the_same_whatever_the_least_area(town):
    for patch in ask(town, min_mu=0)["patches"][::40]:
        told = ask(town, "patch.json", patch=patch["id"])
        assert told["geometry"] == patch["geometry"]


def test_a_patch_taken_over_breaks_no_rule_of_place(town):
    page = town.get("/check").text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    token = json.loads(data[1])["csrf_token"]
    for patch in ask(town)["patches"][:3]:
        body = {"limits": {}, "cemetery": json.dumps(patch["geometry"]), "as_of": DAY}
        told = town.post("/check/what-if.json", json=body, headers={"X-CSRFToken": token})
        assert told.status_code == 200, told.json
        verdicts = {row["verdict"] for row in told.json["cemetery"]["findings"]}
        assert "violation" not in verdicts


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({"min_mu": "-1"}, 400, "min_mu"),
        ({"min_mu": "nan"}, 400, "min_mu"),
        ({"min_mu": "inf"}, 400, "min_mu"),
        ({"as_of": "x"}, 400, "x"),
        ({"certain": "yes"}, 400, "certain"),
        ({"within": "village"}, 400, "village"),
        ({"within": "village=nowhere"}, 400, "nowhere"),
        ({"within": "road=road-1"}, 400, "国道107"),
        ({"within": "nothing=1"}, 404, "nothing"),
        ({"within": "cemetery=1"}, 404, ""),
        ({"within": "village=" + "x" * 5_000}, 400, "xxx"),
        ({"weights": "area"}, 400, "area"),
        ({"weights": "area=-1"}, 400, "-1"),
        ({"weights": "area=nan"}, 400, "area"),
        ({"weights": "height=1"}, 400, "height"),
        ({"weights": "area=0,road=0,slope=0,aspect=0,shape=0"}, 400, "0"),
    ],
)
def test_what_is_refused_is_told(client, query, status, named):
    answer = client.get("/siting/patches.json", query_string=query)
    assert answer.status_code == status
    assert named in answer.json["error"]
    assert len(answer.json["error"]) < 700


@pytest.mark.parametrize("patch", ["", "E0", "E9999", "<img>"])
def test_unknown_patch(client, patch):
    answer = client.get("/siting/patch.json", query_string={"patch": patch})
    assert answer.status_code == 404
    assert patch in answer.json["error"]


def test_files_hold_what_is_shown(town):
    query = {"as_of": DAY, "min_mu": 5, "weights": "shape=10"}
    told = ask(town, **query)["patches"]
    answer = town.get("/siting/patches.xlsx", query_string=query)
    sheet = load_workbook(io.BytesIO(answer.data), read_only=True).worksheets[0]
    heads, *rows = sheet.values
    place = heads.index(load_messages()["siting.column.id"].zh)
    assert [row[place] for row in rows] == [patch["id"] for patch in told]
    answer = town.get("/siting/patches.geojson", query_string=query)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.mimetype == "application/geo+json"
    features = json.loads(answer.data)["features"]
    assert [feature["properties"]["id"] for feature in features] == [p["id"] for p in told]
    assert all(feature["geometry"]["type"] == "Polygon" for feature in features)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_in_language(client, language):
    page = client.get("/siting", query_string={"lang": language}).text
    assert "<img src=x" not in page
    heading = load_messages()["web.siting.heading"].in_language(language)
    assert heading in page
    client.get("/siting?lang=zh")


def test_page_keeps_what_the_address_asks(client):
    query = {"within": "village=village-2", "min_mu": 12.5, "certain": 1}
    page = client.get("/siting", query_string=query).text
    assert re.search(r'value="village=village-2" selected', page)
    assert 'value="12.5"' in page
    assert re.search(r'name="certain"[^>]* checked', page)


def test_without_any_layer_the_page_says_what_to_do(tmp_path):
    project = Project.create(tmp_path / "empty", name="空项目")
    client = create_app({"PROJECT": project.folder, "TESTING": True}).test_client()
    page = client.get("/siting")
    assert page.status_code == 404
    assert "geo-rv import" in page.text
    assert client.get("/siting/patches.json").status_code == 404
