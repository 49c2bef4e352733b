"""Each page at a desk and on a phone, in both languages: nothing outside, no error, no barrier."""

import pytest

pytestmark = pytest.mark.browser

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


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages(visit, size, language):
    visited = visit(size)
    barriers = {}
    for path in PAGES:
        page = visited.go(f"{path}?lang={language}")
        assert page.title()
        # a page must not be wider than the screen
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
        if found := visited.list_axe_violations():
            barriers[path] = found
    visited.problems = [text for text in visited.problems if "404" not in text]
    assert barriers == {}
