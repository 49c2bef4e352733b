"""The demo town, served to a real Chromium; every page is watched for requests and errors."""

import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from waitress.server import create_server

from web import create_app

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}


@pytest.fixture(scope="session")
def serve():
    """Return a context in which a project's folder is served, at the address that it gives."""

    @contextmanager
    def start(folder):
        app = create_app({"PROJECT": folder})
        server = create_server(app, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        thread.join(5)

    return start


@pytest.fixture(scope="session")
def address(serve, demo_folder):
    """Where the demo town is served."""
    with serve(demo_folder) as address:
        yield address


class Visit:
    """One page in a browser of its own, and all that went wrong on it."""

    def __init__(self, browser, address, size):
        width, height = SIZES[size]
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.problems = []
        self.page.on("request", self._watch)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.problems.append(f"console: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )

    def _watch(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"outside: {request.url}")

    def go(self, path):
        """Open a page and wait until it and its map have loaded what they show."""
        self.page.goto(self.address + path, wait_until="networkidle")
        return self.page

    def list_axe_violations(self):
        if not AXE.exists():
            pytest.skip("axe-core is not there; run: npm ci --prefix web")
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "(tags) => axe.run(document, {runOnly: tags})",
            ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
        )
        return [
            f"{violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
            for violation in found["violations"]
        ]


@pytest.fixture
def visit(browser, address):
    """Open a Visit of a size; what went wrong on it fails the test at its end."""
    opened = []

    def start(size="desktop"):
        opened.append(Visit(browser, address, size))
        return opened[-1]

    yield start
    for one in opened:
        one.context.close()
    assert [problem for one in opened for problem in one.problems] == []
