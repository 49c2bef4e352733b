"""Where instead, in a browser: what if on the check's page, relocation, siting."""

import json

import numpy as np
import pytest
import rasterio
from rasterio import Affine

pytestmark = pytest.mark.browser

LANGUAGES = ("zh", "en")
SIZES = ("desktop", "phone")
ANSWERED = "#what-if-result .counted, #what-if-result .planned"
MARKS = """() => {
  let marks = 0;
  geoRv.view.map.eachLayer((layer) => {
    if (layer.options.pane === "marks" && layer.setRadius) marks += 1;
  });
  return marks;
}"""
DRAWN = "geoRv.view.finding.drawing.getLayers().length"
WEIGHTS = ("area", "road", "slope", "aspect", "shape")
CORNERS = [[113.8, 31.8], [113.9, 31.9], [113.9, 31.8], [113.8, 31.9], [113.8, 31.8]]
CROSSED = json.dumps({"type": "Polygon", "coordinates": [CORNERS]})


def wait_for_patches(page):
    page.locator("#rows .patch").first.wait_for()


def ask(visited, path):
    return json.loads(visited.context.request.get(visited.address + path).text())


def open_what_if(page):
    page.locator("#what-if-open").click()
    page.locator("[data-rule]").first.wait_for()


def draw(page, corners):
    """Click the corners, as shares of the map's box; the last one twice."""
    page.locator("#sketch-start").click()
    box = page.locator(".geo-rv-map").bounding_box()
    for number, (x, y) in enumerate(corners, 1):
        place = box["x"] + x * box["width"], box["y"] + y * box["height"]
        if number == len(corners):
            page.mouse.dblclick(*place)
        else:
            page.mouse.click(*place)
        page.wait_for_timeout(350)  # two clicks in one place would be a double one


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_moved_limit_shows_what_changes(visit, size, language):
    visited = visit(size)
    page = visited.go(f"/check?lang={language}")
    open_what_if(page)
    assert visited.list_axe_violations() == []
    page.locator("[data-rule='BUR-02']").fill("300")
    page.locator("#what-if-run").click()
    page.locator(ANSWERED).first.wait_for()
    body = {"limits": {"BUR-02": 300}, "cemetery": None, "as_of": None}
    token = page.evaluate("JSON.parse(document.getElementById('page-data').textContent).csrf_token")
    told = visited.context.request.post(
        f"{visited.address}/check/what-if.json", data=body, headers={"X-CSRFToken": token}
    ).json()
    assert told["gone"] > 0
    assert page.locator("#what-if-sentence").inner_text() == told["sentence"]
    assert page.locator(".changed tbody tr").count() == told["rows_total"]
    assert 0 < page.evaluate(MARKS) <= told["rows_total"]
    page.locator(".changed .choose").nth(3).click()
    assert page.evaluate("geoRv.view.map.getZoom()") >= 16
    assert visited.list_axe_violations() == []
    # an answer does not outlast its question
    page.locator("[data-rule='BUR-02']").fill("301")
    assert page.locator("#what-if-sentence").inner_text() == ""
    assert page.evaluate(MARKS) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_drawn_cemetery_is_supposed_and_kept_in_the_address(visit):
    visited = visit()
    page = visited.go("/check")
    open_what_if(page)
    draw(page, [(0.3, 0.3), (0.5, 0.3), (0.5, 0.5), (0.3, 0.5)])
    plan = json.loads(page.locator("#plan-text").input_value())
    assert len(plan["coordinates"][0]) == 5
    # while corners are set no rule is asked about the points
    assert page.locator("#panel").is_hidden()
    page.locator("#what-if-run").click()
    page.locator(".planned").wait_for()
    assert page.locator(".planned .sentences li").count() > 0
    before = page.locator("#what-if-sentence").inner_text()
    again = visited.go(page.url.removeprefix(visited.address))
    again.locator(".planned").wait_for()
    assert again.locator("#what-if-sentence").inner_text() == before
    again.locator("#what-if-close").click()
    assert again.evaluate(MARKS) == 0
    assert again.locator("#rows .choose").first.is_visible()
    assert "plan=" not in again.url


def test_cemetery_by_keyboard(visit):
    page = visit().go("/check?what_if=")
    page.locator("[data-rule]").first.wait_for()
    page.locator("#sketch-start").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('geo-rv-map')")
    for key in (" ", "ArrowRight", " ", "ArrowDown", " ", "ArrowDown", " ", "Backspace", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(450)  # the map glides
    plan = json.loads(page.locator("#plan-text").input_value())
    assert len(plan["coordinates"][0]) == 4
    assert not page.evaluate("geoRv.view.frame.classList.contains('sketching')")


def test_corners_are_taken_back_and_a_drawing_is_given_up(visit):
    page = visit().go("/check?what_if=")
    page.locator("[data-rule]").first.wait_for()
    draw(page, [(0.3, 0.3), (0.5, 0.3)])
    assert page.locator("#sketch-finish").is_disabled()
    page.locator("#sketch-undo").click()
    page.locator("#sketch-undo").click()
    assert page.locator("#sketch-undo").is_disabled()
    page.locator("#sketch-clear").click()
    assert page.locator("#plan-text").input_value() == ""
    assert page.locator("#sketch-start").is_enabled()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"type":"Point","coordinates":[113.86,31.85]}', "须是面"),
        ("<script>alert(1)</script>", "GeoJSON"),
        (CROSSED, "自相交"),
    ],
)
def test_bad_polygon_is_told(visit, text, named):
    visited = visit()
    page = visited.go("/check?what_if=")
    page.locator(".what-if details summary").click()
    page.locator("#plan-text").fill(text)
    page.locator("#what-if-run").click()
    page.locator("#problem").wait_for()
    assert named in page.locator("#problem").inner_text()
    assert page.locator("#plan-text").input_value() == text
    visited.problems = [problem for problem in visited.problems if "400" not in problem]


def test_polygon_of_a_file_is_taken(visit, tmp_path):
    page = visit().go("/check?what_if=")
    square = [[113.86, 31.85], [113.87, 31.85], [113.87, 31.86], [113.86, 31.86], [113.86, 31.85]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon"}}
    feature["geometry"]["coordinates"] = [square]
    file = tmp_path / "plan.geojson"
    file.write_text(json.dumps(feature), "utf-8")
    page.locator(".what-if details summary").click()
    page.locator("#plan-file").set_input_files(file)
    page.wait_for_function("document.getElementById('plan-text').value.includes('Feature')")
    page.locator("#what-if-run").click()
    page.locator(".planned").wait_for()
    with page.expect_download() as started:
        page.locator("#what-if-keep").click()
    assert started.value.suggested_filename.endswith(".xlsx")


def test_nothing_supposed_is_told(visit):
    visited = visit()
    page = visited.go("/check?what_if=")
    page.locator("#what-if-run").click()
    page.locator("#problem").wait_for()
    visited.problems = [problem for problem in visited.problems if "400" not in problem]


def test_violating_grave_leads_to_its_place(visit):
    visited = visit()
    page = visited.go("/check?verdict=violation&layer=burial&rule=BUR-02")
    page.locator("#rows .choose").nth(5).click()
    page.locator("#panel a[href*=remedies]").click()
    page.locator("#rows tr.chosen").wait_for()
    site = page.locator("#rows tr.chosen .choose").inner_text()
    page.locator("#panel-heading", has_text=site).wait_for()
    page.wait_for_function(f"() => {DRAWN} > 4")
    told = ask(visited, f"/remedies/move.json?site={site}")
    assert told["grave"]["cemetery_name"] in page.locator("#panel .reason").inner_text()
    assert visited.list_axe_violations() == []
    page.locator("#panel .sentences a").first.click()
    page.locator("#panel .law").wait_for()
    assert site in page.locator("#panel-heading").inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sheet", ["villages", "graves", "cemeteries"])
def test_relocation_page(visit, size, language, sheet):
    visited = visit(size)
    page = visited.go(f"/remedies?show={sheet}&lang={language}")
    assert page.locator(f"[data-sheet={sheet}]").is_visible()
    assert page.locator("[data-sheet]:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visited.list_axe_violations() == []


def test_villages_lead_to_their_graves(visit):
    visited = visit()
    page = visited.go("/remedies")
    row = page.locator("[data-sheet=villages] tbody tr").nth(2)
    violating = row.locator("td").nth(1).inner_text()
    row.locator(".choose").click()
    page.wait_for_function(
        "(count) => document.getElementById('count').textContent.includes(count)", arg=violating
    )
    assert "village=" in page.url
    page.locator("#filters [name=place]").select_option("unplaced")
    page.locator("#rows .empty").wait_for()


def test_cemetery_is_shown_on_the_map(visit):
    page = visit().go("/remedies?show=cemeteries")
    page.locator("[data-cemetery] .choose").nth(2).click()
    page.wait_for_function(f"() => {DRAWN} > 0")
    assert page.evaluate("geoRv.view.map.getZoom()") > 13
    with page.expect_download() as started:
        page.locator("[data-sheet=cemeteries] [data-download]").click()
    assert started.value.suggested_filename.endswith(".xlsx")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_siting_page(visit, size, language):
    visited = visit(size)
    page = visited.go(f"/siting?lang={language}")
    wait_for_patches(page)
    told = ask(visited, "/siting/patches.json")
    assert page.locator("#told").inner_text() == told["notes"][0]
    notes = page.locator("#notes").inner_text()
    assert str(told["dropped"]["count"]) in notes
    assert all(row["rule"] in notes for row in told["not_checked"])
    assert visited.list_axe_violations() == []
    page.locator("#rows .choose").first.click()
    page.locator("#panel .adding").wait_for()
    page.locator("#weighing summary").click()
    assert visited.list_axe_violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


READ_ROWS = """() => [...document.querySelectorAll("#rows .patch")].map((row) => [
  row.dataset.id, Number(row.querySelector(".choose").textContent),
  row.nextElementSibling.textContent,
])"""


def read_ranking(page):
    """Return id, rank and sentence of every patch, page by page."""
    rows = page.evaluate(READ_ROWS)
    while page.locator("#next").is_enabled():
        page.locator("#next").click()
        rows += page.evaluate(READ_ROWS)
    return rows


def require_same_ranking(visited, page, weights, query):
    for name, weight in weights.items():
        slider = page.locator(f"[data-weight={name}]")
        if slider.is_enabled():
            slider.fill(str(weight))
    told = {name: page.locator(f"[data-weight={name}]").input_value() for name in WEIGHTS}
    asked = ",".join(f"{name}={weight}" for name, weight in told.items())
    answer = ask(visited, f"/siting/patches.json?{query}&weights={asked}")
    wanted = [[patch["id"], patch["rank"], patch["sentence"]] for patch in answer["patches"]]
    assert read_ranking(page) == wanted
    assert len(wanted) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_browser_ranks_as_the_server(visit, language):
    visited = visit()
    page = visited.go(f"/siting?min_mu=0&lang={language}")
    wait_for_patches(page)
    page.locator("#weighing summary").click()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    for weights in (
        {},
        {"area": 0, "road": 10, "shape": 0.5},
        {"area": 0.5, "road": 0, "shape": 10},
        {"area": 0, "road": 0, "shape": 0},
        {"area": 7, "road": 7, "shape": 7},
    ):
        require_same_ranking(visited, page, weights, f"min_mu=0&lang={language}")
    # the sliders ask nobody
    assert [url for url in requests if "patches.json" in url] == []


@pytest.fixture
def hilly_address(serve, own_demo_folder):
    """Where a demo town with heights is served: a hill, a plain, and a part without heights."""
    rows, columns = np.mgrid[0:160, 0:170].astype("float32")
    heights = 60 * np.sin(rows / 9) * np.cos(columns / 11) + rows
    heights[100:130, 60:110] = 50
    heights[:30, :60] = -9999
    place = Affine(0.001, 0, 113.79, 0, -0.001, 31.93)
    with rasterio.open(
        own_demo_folder / "terrain.tif", "w", driver="GTiff", width=170, height=160, count=1,
        dtype="float32", crs="EPSG:4326", nodata=-9999, transform=place,
    ) as raster:  # fmt: skip
        raster.write(heights.astype("float32"), 1)
    with serve(own_demo_folder) as address:
        yield address


def test_browser_ranks_as_the_server_with_heights(hilly_address, visit):
    visited = visit()
    visited.address = hilly_address
    page = visited.go("/siting?min_mu=0")
    wait_for_patches(page)
    page.locator("#weighing summary").click()
    for weights in ({}, {"slope": 10, "aspect": 4}, {"area": 0, "aspect": 9, "road": 0}):
        require_same_ranking(visited, page, weights, "min_mu=0")


def test_weights_and_patch_are_kept_in_the_address(visit):
    visited = visit()
    page = visited.go("/siting?min_mu=3")
    wait_for_patches(page)
    page.locator("#weighing summary").click()
    page.locator("[data-weight=shape]").fill("8.5")
    page.locator("#rows .choose").nth(1).click()
    heading = page.locator("#panel-heading").inner_text()
    first = page.evaluate(READ_ROWS)
    again = visited.go(page.url.removeprefix(visited.address))
    again.locator("#panel .adding").wait_for()
    assert again.locator("#panel-heading").inner_text() == heading
    assert again.evaluate(READ_ROWS) == first
    again.locator("#weighing summary").click()
    again.locator("#reset").click()
    assert "weights=" not in again.url


def test_all_weights_zero_is_told(visit):
    page = visit().go("/siting?weights=slope=0,aspect=0,area=0,road=0")
    wait_for_patches(page)
    page.locator("#weighing summary").click()
    page.locator("[data-weight=shape]").fill("0")
    assert "0" in page.locator("#problem").inner_text()
    page.locator("[data-weight=shape]").fill("1")
    page.locator("#problem").wait_for(state="hidden")


def test_patch_is_chosen_by_keyboard_and_on_the_map(visit):
    visited = visit()
    page = visited.go("/siting")
    wait_for_patches(page)
    page.locator("#rows .choose").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#panel .adding").wait_for()
    second = page.evaluate(READ_ROWS)[1][0]
    assert page.locator("#rows .patch.chosen").get_attribute("data-id") == second
    page.keyboard.press("Escape")
    page.locator("#panel").wait_for(state="hidden")
    assert page.locator("#rows .chosen").count() == 0
    page.wait_for_timeout(300)  # the map takes the panel's room
    page.evaluate("geoRv.view.fit(geoRv.view.options.bounds)")
    first = ask(visited, "/siting/patches.json")["patches"][0]
    place = page.evaluate(
        "({lat, lon}) => geoRv.view.map.latLngToContainerPoint([lat, lon])", first
    )
    room = page.locator(".geo-rv-map").bounding_box()
    page.mouse.click(room["x"] + place["x"], room["y"] + place["y"])
    page.locator("#panel .adding").wait_for()
    assert page.locator("#rows .patch.chosen").get_attribute("data-id") == first["id"]


def test_patch_is_taken_over_as_a_planned_cemetery(visit):
    visited = visit()
    page = visited.go("/siting?within=village=421381107201&min_mu=5")
    wait_for_patches(page)
    page.locator("#rows .choose").first.click()
    page.locator("#panel a.button").click()
    page.locator(".planned").wait_for()
    assert page.locator(".planned .sentences > li .badge.violation").count() == 0
    again = visited.go(page.url.removeprefix(visited.address))
    again.locator(".planned").wait_for()


def test_patches_can_be_kept(visit):
    page = visit().go("/siting?min_mu=50")
    wait_for_patches(page)
    for name, ending in (("table", ".xlsx"), ("drawn", ".geojson")):
        with page.expect_download() as started:
            page.locator(f"#{name}").click()
        assert started.value.suggested_filename.endswith(ending)
