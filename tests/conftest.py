"""What many tests share: the demo town, made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geo_rv.project import Project, make_demo

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """Return the folder of the demo town; tests that change it take `own_demo_folder`."""
    folder = tmp_path_factory.mktemp("demo") / "town"
    make_demo(folder)
    return folder


@pytest.fixture(scope="session")
def demo(demo_folder):
    """Return the demo town, opened."""
    return Project.open(demo_folder)


@pytest.fixture
def own_demo_folder(demo_folder, tmp_path):
    """Return a copy of the demo town that a test may change."""
    return Path(shutil.copytree(demo_folder, tmp_path / "town"))


LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.fixture(scope="session")
def measure_peak():
    """Return a function that runs a command and returns its largest process's memory in KiB."""
    if not sys.platform.startswith("linux"):
        pytest.skip("memory is measured as Linux tells it")

    def measure(*command):
        # a process begins with the memory of the one that started it, so a small one starts it
        launched = [sys.executable, "-c", LAUNCHER, *map(str, command)]
        return int(subprocess.run(launched, check=True, capture_output=True, text=True).stdout)

    return measure


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium, or skip; one for all tests, as playwright bears no second beside it."""
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def liechtenstein():
    """Return the OpenStreetMap extract of a whole country, or skip."""
    file = SHARED_DATA / "osm-liechtenstein-2021" / "liechtenstein-2021-05-05.osm.pbf"
    if not file.is_file():
        pytest.skip(f"the real file {file.name} is not beside the checkout")
    return file
