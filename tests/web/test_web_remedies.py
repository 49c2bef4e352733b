"""The relocation page: counts that add up, graves by page and filter, the way on the map."""

import io
import re
from datetime import date

import geopandas as gpd
import pytest
from openpyxl import load_workbook
from pyproj import Geod
from shapely import box

from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.messages import load_messages
from geo_rv.project import Project
from web import create_app

EAST, SOUTH = 113.86, 31.85
EASTWARD_M, NORTHWARD_M = 94_700.0, 110_870.0
HOSTILE = "<img src=x onerror=alert(2)>{{7*7}}"
ALL_SHEETS = ("villages", "graves", "cemeteries")


def make_cemeteries():
    """Two beyond the road's limit: a near one with one free plot, a far one with many."""
    places = [
        box(EAST + x / EASTWARD_M, SOUTH, EAST + (x + 60) / EASTWARD_M, SOUTH + 60 / NORTHWARD_M)
        for x in (1_000, 3_000, 5_000)
    ]
    columns = {
        "id": ["near", "far", "unknown"],
        "name": ["近处公墓", HOSTILE, None],
        "village": ["village-2"] * 3,
        "capacity_plots": [10, 100, None],
        "used_plots": [9, 20, None],
        "town_reviewed_on": [date(2020, 1, 1)] * 3,
        "county_approved_on": [date(2020, 6, 1)] * 3,
    }
    frame = gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4490")
    return conform_frame(frame, load_catalogue()["cemetery"])


@pytest.fixture
def town(own_client):
    client, project = own_client
    project.store.write_layers({"cemetery": make_cemeteries()}, source={"cemetery": "test"})
    return client, Project.open(project.folder)


def ask(client, path, **query):
    answer = client.get(f"/remedies/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def read_numbers(row):
    cells = re.findall(r'<td class="number[^"]*">([^<]*)</td>', row)
    return [int(cell.replace(",", "")) for cell in cells]


def test_villages_add_up_on_the_page(town):
    client, _ = town
    page = client.get("/remedies").text
    table = page.split('data-sheet="villages"')[1].split("</table>")[0]
    body, foot = table.split("<tfoot>")
    rows = [read_numbers(row) for row in body.split("<tr>")[2:]]
    assert [sum(column) for column in zip(*rows, strict=True)] == read_numbers(foot)
    for graves, violating, placed, unplaced, survey, unchecked, clear in [
        *rows,
        read_numbers(foot),
    ]:
        assert graves == violating + survey + unchecked + clear
        assert violating == placed + unplaced


def test_graves_are_those_that_break_a_rule(town):
    client, _ = town
    told = ask(client, "graves.json")
    query = {"layer": "burial", "verdict": "violation"}
    broken = client.get("/check/findings.json", query_string=query).json["rows"]
    assert {row["site"] for row in told["rows"]} == {row["site"] for row in broken}
    assert told["total"] == len(told["rows"])


def test_no_cemetery_takes_more_than_its_free_plots(town):
    client, _ = town
    placed = [row["cemetery"] for row in ask(client, "graves.json")["rows"]]
    assert placed.count("near") == 1
    assert placed.count("far") == len(placed) - 1
    assert "unknown" not in placed
    page = client.get("/remedies").text
    assert load_messages()["remedy.state.unknown"].zh in page


def test_filters_and_order(town):
    client, _ = town
    everything = ask(client, "graves.json")["rows"]
    for village in ("village-1", "village-2"):
        told = ask(client, "graves.json", village=village)["rows"]
        assert told == [row for row in everything if row["village"] == village]
    (near,) = ask(client, "graves.json", cemetery="near")["rows"]
    assert near["cemetery_name"] == "近处公墓"
    assert ask(client, "graves.json", place="unplaced")["total"] == 0
    assert ask(client, "graves.json", place="placed")["total"] == len(everything)
    metres = [row["cemetery_m"] for row in ask(client, "graves.json", sort="-distance")["rows"]]
    assert metres == sorted(metres, reverse=True)


def test_those_without_a_place_are_told(town):
    client, project = town
    cemeteries = make_cemeteries().assign(used_plots=[10, 100, None])
    project.store.write_layers(
        {"cemetery": cemeteries}, source={"cemetery": "test"}, mode="replace"
    )
    told = ask(client, "graves.json", place="unplaced")
    assert told["total"] == ask(client, "graves.json")["total"] > 0
    site = told["rows"][0]["site"]
    move = ask(client, "move.json", site=site)
    assert move["shape"]["site"]["id"] == site
    assert move["shape"]["constraint"] is move["shape"]["segment"] is None


def test_pages_hold_every_grave_once(town, monkeypatch):
    client, _ = town
    monkeypatch.setattr("web.findings.PAGE_ROWS", 2)
    monkeypatch.setattr("web.relocation.PAGE_ROWS", 2)
    monkeypatch.setattr("web.pages.remedies.PAGE_ROWS", 2)
    first = ask(client, "graves.json")
    pages = [ask(client, "graves.json", page=page)["rows"] for page in range(1, first["pages"] + 1)]
    sites = [row["site"] for rows in pages for row in rows]
    assert len(sites) == len(set(sites)) == first["total"] > 2
    # a link to a grave opens the page that it stands on
    for number, rows in enumerate(pages, 1):
        for row in rows:
            assert ask(client, "graves.json", site=row["site"])["page"] == number


def test_the_way_is_as_long_as_it_is_told(town):
    client, _ = town
    for row in ask(client, "graves.json")["rows"]:
        told = ask(client, "move.json", site=row["site"])
        assert told["grave"] == row
        assert told["shape"]["site"]["id"] == row["site"]
        assert told["shape"]["constraint"]["id"] == row["cemetery"]
        (lon, lat), (to_lon, to_lat) = told["shape"]["segment"]
        _, _, metres = Geod(ellps="GRS80").inv(lon, lat, to_lon, to_lat)
        assert metres == pytest.approx(row["cemetery_m"], abs=0.01)


def test_a_contest_is_seen(town):
    client, project = town
    before = ask(client, "graves.json")["rows"]
    assert not any(row["contested"] for row in before)
    Project.open(project.folder).contest_finding("burial", "burial-1", "BUR-02", reason="已迁走")
    contested = [row["site"] for row in ask(client, "graves.json")["rows"] if row["contested"]]
    assert contested == ["burial-1"]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("graves.json?village=nowhere", 400, "village"),
        ("graves.json?cemetery=nowhere", 400, "cemetery"),
        ("graves.json?place=heaven", 400, "place"),
        ("graves.json?sort=__class__", 400, "sort"),
        ("graves.json?as_of=x", 400, "x"),
        ("move.json", 404, "burial"),
        ("move.json?site=nobody", 404, "nobody"),
        ("move.json?site=burial-5%00", 404, "burial"),
    ],
)
def test_what_is_refused_is_told(town, path, status, named):
    client, _ = town
    answer = client.get(f"/remedies/{path}")
    assert answer.status_code == status
    assert named in answer.json["error"]


@pytest.mark.parametrize("sheet", ALL_SHEETS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_in_language(town, sheet, language):
    client, _ = town
    page = client.get("/remedies", query_string={"show": sheet, "lang": language}).text
    assert "<img src=x" not in page
    if language == "zh":
        return
    ours = [
        words.zh
        for key, words in load_messages().items()
        if key.startswith(("web.", "remedy.")) and words.zh != words.en and "{" not in words.zh
    ]
    assert [words for words in ours if len(words) > 3 and words in page] == []


def test_links_on_the_page_answer(town):
    client, _ = town
    for link in set(re.findall(r'href="(/[^"]*)"', client.get("/remedies").text)):
        with client.get(link.replace("&amp;", "&")) as answer:
            assert answer.status_code == 200, link


def test_table_to_keep(town):
    client, _ = town
    answer = client.get("/remedies/remedies.xlsx")
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.data), read_only=True)
    rows = list(book[load_messages()["remedy.sheet.graves"].zh].values)
    assert len(rows) - 1 == ask(client, "graves.json")["total"]


def test_without_cemeteries_the_page_says_what_is_lacking(client, tmp_path):
    page = client.get("/remedies")
    assert page.status_code == 200
    assert load_catalogue()["cemetery"].title.zh in page.text
    assert client.get("/remedies/graves.json").status_code == 404
    project = Project.create(tmp_path / "empty", name="空项目")
    empty = create_app({"PROJECT": project.folder, "TESTING": True}).test_client()
    assert empty.get("/remedies").status_code == 200
