"""The files that a map page may load, and nothing else: those of ``assets/manifest.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from geo_rv.errors import AssetMissing, UnknownAsset
from geo_rv.tables import load_toml, read_table

_FOLDER = files("geo_rv.maps").joinpath("assets")
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """One file of the manifest."""

    path: str
    package: str = ""
    """The npm package that it comes from; empty for a file of ours."""
    file: str = ""
    """Where it stands in that package."""


@dataclass(frozen=True)
class Manifest:
    """Every file that a map page may load, scripts and style sheets in their order."""

    assets: tuple[Asset, ...]

    def list_paths(self, suffix: str) -> tuple[str, ...]:
        """Return the paths that end with `suffix`, in the order they must be loaded in."""
        return tuple(asset.path for asset in self.assets if asset.path.endswith(suffix))


@cache
def load_manifest() -> Manifest:
    """Return the manifest; raises a DataFileError that names the key that is wrong."""
    file = _FOLDER.joinpath("manifest.toml")
    return read_table(Manifest, load_toml(file), source=file.name)


@cache
def read_asset(path: str) -> tuple[bytes, str]:
    """Return the bytes and the media type of the asset `path`, as "vendor/leaflet/leaflet.js".

    Raises UnknownAsset for a path that the manifest does not list, and AssetMissing for one
    that the build should have brought.
    """
    if path not in {asset.path for asset in load_manifest().assets}:
        raise UnknownAsset(path=path)
    file = _FOLDER.joinpath(path)
    if not file.is_file():
        raise AssetMissing(path=path)
    content = file.read_bytes()
    media_type = _MEDIA_TYPES[PurePosixPath(path).suffix]
    if media_type.startswith("text/"):
        # a checkout on Windows may have turned the line ends, and hashes of scripts ignore that
        content = content.replace(b"\r\n", b"\n")
    return content, media_type
