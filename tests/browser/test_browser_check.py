"""The burial check in a browser: findings, the map, a point, the address."""

import re

import pytest

pytestmark = pytest.mark.browser

PHONE_HEIGHT = 844
DRAWN = "geoRv.view.finding.drawing.getLayers().length"


def choose_first(page):
    page.locator("#rows .choose").first.click()
    page.locator("#panel").wait_for()


def test_chosen_finding_is_on_the_map(visit):
    visited = visit()
    page = visited.go("/check?rule=BUR-02&verdict=violation")
    choose_first(page)
    page.wait_for_function(f"() => {DRAWN} > 3")
    assert page.locator("#panel .law").inner_text()
    assert page.locator("#panel .badge.violation").is_visible()
    assert re.search(r"\d", page.locator("#panel .facts").inner_text())
    # both features, the line between them and the limit round the road
    kinds = page.evaluate(
        "geoRv.view.finding.drawing.getLayers().map(({ options }) => options.pane)"
    )
    assert "geo-rv-finding-area" in kinds
    assert sum(kind == "geo-rv-finding" for kind in kinds) >= 4
    assert visited.list_axe_violations() == []


def test_phone_shows_the_sentence_below_the_map(visit):
    page = visit("phone").go("/check?verdict=violation")
    page.locator("#rows .choose").nth(8).click()
    page.locator("#panel").wait_for()
    room = page.locator(".map-room").bounding_box()
    heading = page.locator("#panel-heading").bounding_box()
    assert room["y"] + room["height"] <= heading["y"] < PHONE_HEIGHT


def test_clicked_point_stays_in_sight(visit):
    page = visit().go("/check")
    box = page.locator(".geo-rv-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    page.locator("#panel details.rule").first.wait_for()
    panel = page.locator("#panel").bounding_box()
    pin = page.locator(".geo-rv-map path[stroke='#ffffff'][fill='#a81e17']").bounding_box()
    assert pin["y"] + pin["height"] < panel["y"]


def test_chosen_finding_by_keyboard(visit):
    page = visit().go("/check?verdict=violation")
    page.locator("#rows .choose").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#panel").wait_for()
    assert page.locator("#rows tr").nth(1).get_attribute("class") == "chosen"
    page.keyboard.press("Escape")
    page.locator("#panel").wait_for(state="hidden")
    assert page.evaluate(DRAWN) == 0


def test_chosen_finding_is_in_the_address(visit):
    visited = visit()
    page = visited.go("/check?rule=BUR-02&verdict=violation")
    choose_first(page)
    heading = page.locator("#panel-heading").inner_text()
    again = visited.go(page.url.removeprefix(visited.address))
    again.locator("#panel").wait_for()
    assert again.locator("#panel-heading").inner_text() == heading


def test_click_on_the_map_asks_every_rule(visit):
    page = visit().go("/check")
    box = page.locator(".geo-rv-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.4)
    page.locator("#panel details.rule").first.wait_for()
    assert page.locator("#panel details.rule").count() > 5
    assert page.locator("#panel details.rule summary .badge.pass").count() > 0
    assert "lon=" in page.url


def test_point_by_its_coordinates(visit):
    visited = visit("phone")
    page = visited.go("/check")
    page.locator("#point input[name=lon]").fill("113.86")
    page.locator("#point input[name=lat]").fill("31.85")
    page.locator("#point button").click()
    page.locator("#panel details.rule").first.wait_for()
    assert "113.86" in page.locator("#panel-heading").inner_text()
    assert visited.list_axe_violations() == []


def test_filters_sort_and_pages(visit):
    page = visit().go("/check")
    before = page.locator("#count").inner_text()
    page.locator("label.pill.pass").click()
    page.wait_for_function(
        "(before) => document.getElementById('count').textContent !== before", arg=before
    )
    page.locator("#next").click()
    page.locator("#previous:enabled").wait_for()
    assert "page=2" in page.url
    page.locator('[data-sort="distance"] button').click()
    page.locator('[data-sort="distance"][aria-sort="ascending"]').wait_for()
    assert "page=" not in page.url


def test_refused_answer_is_told(visit):
    visited = visit()
    page = visited.go("/check")
    page.locator("#point input[name=lon]").fill("999")
    page.locator("#point input[name=lat]").fill("31")
    page.locator("#point button").click()
    page.locator("#problem").wait_for()
    assert "999" in page.locator("#problem").inner_text()
    visited.problems = [text for text in visited.problems if "400" not in text]


def test_table_can_be_kept(visit):
    page = visit().go("/check?rule=BUR-02&verdict=violation")
    page.locator("#rows .choose").first.wait_for()
    with page.expect_download() as started:
        page.locator("#download").click()
    assert started.value.suggested_filename.endswith(".xlsx")
