"""A folium map into the parts of a page of ours, or into one file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from branca.element import CssLink, Figure, JavascriptLink

from geo_rv.errors import UnknownAsset
from geo_rv.maps.assets import load_manifest, read_asset
from geo_rv.maps.encoding import escape_html
from geo_rv.messages import Language

if TYPE_CHECKING:
    import folium

LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}
_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(frozen=True)
class MapParts:
    """A map as pieces of HTML, each to be put where its name says."""

    head: str
    body: str
    script: str
    """The map's own script, to stand after `body`."""


def render_parts(map: folium.Map, *, asset_url: str, nonce: str) -> MapParts:  # noqa: A002  # what it is
    """Return the parts of `map` for a page whose policy is `script-src 'self' 'nonce-…'`.

    The assets are linked as `asset_url` + path ("/assets/" gives "/assets/map.js"); the answer
    to each is `read_asset(path)`. Raises UnknownAsset where the map links any other file.
    """
    figure, scripts, styles = _render_figure(map)
    links = [f'<link rel="stylesheet" href="{escape_html(asset_url + path)}">' for path in styles]
    links += [f'<script src="{escape_html(asset_url + path)}"></script>' for path in scripts]
    return MapParts(
        head="\n".join(links),
        body=figure.html.render(),
        script=f'<script nonce="{escape_html(nonce)}">{_wrap_script(figure)}</script>',
    )


def render_page(map: folium.Map, *, title: str, language: Language) -> str:  # noqa: A002  # what it is
    """Return `map` as one HTML file: every script, style, picture and feature stands in it.

    Its own policy forbids any request, so it works from a USB stick and tells nobody anything;
    a background from outside does not show in it.
    Raises UnknownAsset where the map links a file that is not in the manifest.
    """
    figure, scripts, styles = _render_figure(map)
    codes = [*(_read_text(path) for path in scripts), _wrap_script(figure)]
    hashes = " ".join(f"'sha256-{_hash_script(code)}'" for code in codes)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{LANGUAGE_TAGS[language]}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape_html(title)}</title>",
            *(f"<style>{_inline_pictures(path)}</style>" for path in styles),
            "</head>",
            '<body class="geo-rv-page">',
            f"<header><h1>{escape_html(title)}</h1></header>",
            f"<main>{figure.html.render()}</main>",
            *(f"<script>{code}</script>" for code in codes),
            "</body>",
            "</html>",
            "",
        ]
    )


def _render_figure(town_map: folium.Map) -> tuple[Figure, list[str], list[str]]:
    """Return the rendered figure with the manifest's paths of its scripts and its styles."""
    figure = cast(Figure, town_map.get_root())
    for element in figure._children.values():  # noqa: SLF001  # branca offers no other way to its parts
        element.render()
    known = {asset.path for asset in load_manifest().assets}
    paths: dict[type, list[str]] = {JavascriptLink: [], CssLink: []}
    for element in figure.header._children.values():  # noqa: SLF001  # as above
        if isinstance(element, JavascriptLink | CssLink):
            if element.url not in known:
                raise UnknownAsset(path=element.url)
            paths[type(element)].append(element.url)
    return figure, paths[JavascriptLink], paths[CssLink]


def _wrap_script(figure: Figure) -> str:
    """Return the map's script in a scope of its own."""
    return f"{{{figure.script.render()}}}"


def _read_text(path: str) -> str:
    return read_asset(path)[0].decode("utf-8")


def _hash_script(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")


def _inline_pictures(path: str) -> str:
    """Return the style sheet `path` with each picture that it names put into it."""

    def inline(match: re.Match[str]) -> str:
        target = match.group(1)
        if target.startswith(("#", "data:")):
            return match.group()
        content, media_type = read_asset(posixpath.join(posixpath.dirname(path), target))
        return f"url(data:{media_type};base64,{base64.b64encode(content).decode('ascii')})"

    return _CSS_URL.sub(inline, _read_text(path))
