"""Contesting a finding in a browser: the form, the mark in table and panel, the way back."""

import pytest

from geo_rv.project import Project

pytestmark = pytest.mark.browser

REASON = "该坟已于2020年迁走，<b>见</b>村委会证明"
BROKEN = "/check?rule=BUR-02&verdict=violation"


@pytest.fixture
def address(serve, own_demo_folder):
    """Where a copy of the demo town is served that the test may change."""
    with serve(own_demo_folder) as address:
        yield address


def open_first(page):
    page.locator("#rows .choose").first.click()
    page.locator("#panel .contest").wait_for()


def contest(page, reason=REASON):
    page.locator("#panel .contest summary").click()
    page.get_by_label("异议理由").fill(reason)
    page.locator("#panel .contest button[type=submit]").click()
    page.locator("#panel .contest .badge.contested").wait_for()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_finding_is_contested_and_withdrawn(visit, own_demo_folder, size):
    visited = visit(size)
    page = visited.go(BROKEN)
    before = page.locator("#count").inner_text()
    open_first(page)
    page.locator("#panel .contest summary").click()
    assert visited.list_axe_violations() == []
    page.locator("#panel .contest summary").click()
    contest(page)
    assert REASON in page.locator("#panel .contest").inner_text()
    page.locator("#rows tr.chosen .badge.contested").wait_for()
    assert page.locator("#rows .badge.contested").count() == 1
    # the finding stays, and so does its verdict
    assert page.locator("#count").inner_text() == before
    assert page.locator("#rows tr.chosen .badge.violation").is_visible()
    assert page.evaluate("document.activeElement.id") == "panel-heading"
    assert visited.list_axe_violations() == []
    (entry,) = Project.open(own_demo_folder).list_contests()
    assert entry.reason == REASON
    page.locator("#panel .contest button").click()
    page.locator("#panel .contest summary").wait_for()
    page.wait_for_function("() => !document.querySelector('#rows .badge.contested')")


def test_the_mark_is_there_on_the_next_visit(visit):
    page = visit().go(BROKEN)
    open_first(page)
    contest(page)
    address = page.url
    other = visit()
    page = other.go(address.removeprefix(other.address) + "&lang=en")
    page.locator("#panel .contest .badge.contested").wait_for()
    assert "Contested by" in page.locator("#panel .contest").inner_text()
    assert page.locator("#panel .reason").inner_text().count(REASON) == 1


def test_an_empty_reason_is_not_sent(visit, own_demo_folder):
    page = visit().go(BROKEN)
    open_first(page)
    page.locator("#panel .contest summary").click()
    page.locator("#panel .contest button[type=submit]").click()
    assert page.evaluate("document.activeElement.name") == "reason"
    assert Project.open(own_demo_folder).list_contests() == ()


def test_a_page_that_has_expired_says_so(visit, own_demo_folder):
    visited = visit()
    page = visited.go(BROKEN)
    open_first(page)
    visited.context.clear_cookies()
    page.locator("#panel .contest summary").click()
    page.get_by_label("异议理由").fill(REASON)
    page.locator("#panel .contest button[type=submit]").click()
    page.locator("#problem").wait_for()
    assert "刷新" in page.locator("#problem").inner_text()
    assert page.get_by_label("异议理由").input_value() == REASON
    visited.problems = [text for text in visited.problems if "403" not in text]
    assert Project.open(own_demo_folder).list_contests() == ()
