"""The town map and the industry map in a browser: layers, search, themes, language."""

import pytest

pytestmark = pytest.mark.browser


def test_town_map_fills_the_window(visit):
    page = visit().go("/map")
    box = page.locator(".geo-rv-map").bounding_box()
    assert box["height"] > 600
    assert box["width"] > 800
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_search_finds_a_village(visit):
    page = visit().go("/map")
    page.locator(".geo-rv input[type=search]").fill("浆溪店")
    page.get_by_role("option").first.wait_for()
    page.get_by_role("option").first.click()
    page.locator(".leaflet-popup").wait_for()
    assert "浆溪店" in page.locator(".leaflet-popup").inner_text()


def test_theme_is_switched(visit):
    page = visit().go("/industry")
    page.locator("#totals td").first.wait_for()
    before = page.locator("#sentence").inner_text()
    colours = "geoRv.view.theme.theme.colours.join()"
    first = page.evaluate(colours)
    page.locator("label.pill.theme").nth(1).click()
    page.wait_for_function(
        "(before) => document.getElementById('sentence').textContent !== before", arg=before
    )
    assert "theme=camellia" in page.url
    assert page.evaluate(colours) != first
    assert page.locator("#rows tr").count() == 15
    assert "15,000" in page.locator("#totals").inner_text()


def test_village_is_highlighted_both_ways(visit):
    page = visit().go("/industry?theme=pv")
    page.locator("#rows .choose").nth(2).click()
    chosen = page.locator("#rows tr.chosen").get_attribute("data-id")
    assert page.evaluate("geoRv.view.theme.chosen") == chosen
    page.evaluate("geoRv.view.tellClick('village', {id: '421381107211'})")
    assert page.locator("#rows tr.chosen").get_attribute("data-id") == "421381107211"


def test_language_is_switched_and_kept(visit):
    visited = visit()
    page = visited.go("/")
    page.locator(".bar .language").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "en"
    assert visited.go("/check").locator("html").get_attribute("lang") == "en"
    assert "Burial check" in page.locator("h1").inner_text()
