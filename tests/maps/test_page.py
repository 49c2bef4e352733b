"""Pages of a map: only listed files, nothing outside, and no text that becomes code."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import folium
import pyproj
import pytest
from folium.plugins import Fullscreen

from geo_rv.errors import AssetMissing, UnknownAsset
from geo_rv.maps import assets as map_assets
from geo_rv.maps import build_map, read_asset, render_page, render_parts
from geo_rv.maps.assets import load_manifest
from geo_rv.messages import Text

ROOT = Path(__file__).parents[2]


class Elements(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.scripts = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "script":
            self.scripts[-1] += data


def render(view):
    return render_page(build_map(view), title=view.title, language=view.language)


def test_page_asks_for_nothing(view_of, town):
    page = render(view_of(town))
    for _, attributes in Elements(page).found:
        assert not {"src", "href", "srcset", "action"} & set(attributes)
    assert set(re.findall(r"url\((.{0,5})", page)) <= {"data:", "#defa"}
    assert "default-src 'none'" in page


def test_parts_link_listed_files_and_carry_the_nonce(view_of, town):
    parts = render_parts(build_map(view_of(town)), asset_url="/assets/7/", nonce="n0nce")
    links = [
        attributes.get("src") or attributes["href"] for _, attributes in Elements(parts.head).found
    ]
    assert {"/assets/7/vendor/leaflet/leaflet.js", "/assets/7/map.css"} <= set(links)
    for link in links:
        assert read_asset(link.removeprefix("/assets/7/"))[0]
    assert Elements(parts.script).found == [("script", {"nonce": "n0nce"})]
    inside = [one for one in Elements(parts.body).found if one[0] == "script"]
    assert all(attributes["type"] == "application/json" for _, attributes in inside)
    assert "http" not in parts.head + parts.script


def test_same_view_makes_the_same_page(view_of, town):
    assert render(view_of(town)) == render(view_of(town))


def test_file_outside_the_manifest_is_refused(view_of, town):
    town_map = build_map(view_of(town))
    Fullscreen().add_to(town_map)
    with pytest.raises(UnknownAsset, match="fullscreen"):
        render_page(town_map, title="x", language="zh")
    with pytest.raises(UnknownAsset):
        render_parts(folium.Map(tiles=None), asset_url="/", nonce="x")


@pytest.mark.parametrize("path", ["../view.py", "manifest.toml", "/etc/passwd", "vendor", ""])
def test_only_listed_files_are_read(path):
    with pytest.raises(UnknownAsset):
        read_asset(path)


def test_incomplete_installation_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(map_assets, "_FOLDER", tmp_path)
    load_manifest()
    read_asset.cache_clear()
    with pytest.raises(AssetMissing, match="install geo-rv again"):
        read_asset("vendor/leaflet/leaflet.js")


def test_every_listed_file_is_there_and_can_stand_in_a_page():
    for asset in load_manifest().assets:
        content, media_type = read_asset(asset.path)
        assert content
        if media_type.startswith("text/javascript"):
            text = content.decode("utf-8").lower()
            assert "</script" not in text
            assert "<!--" not in text
            assert "new function(" not in text
            assert "eval(" not in text


def test_every_package_brings_its_licence():
    for asset in load_manifest().assets:
        if asset.package and asset.path.endswith((".js", ".css")):
            folder = asset.path.rpartition("/")[0]
            assert read_asset(f"{folder}/LICENSE.txt")[0]


def test_lock_file_names_no_host():
    lock = (ROOT / "web" / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "integrity" in lock


def test_hostile_texts_stay_texts(view_of, town, hostile):
    view = view_of(town, title=hostile, notice=hostile, search_url=f"/{hostile}", height=hostile)
    first, *others = view.layers
    spec = dataclasses.replace(first.spec, title=Text(hostile, hostile))
    view = dataclasses.replace(view, layers=(dataclasses.replace(first, spec=spec), *others))
    harmless = Elements(render(view_of(town, notice="x")))
    page = render(view)
    attacked = Elements(page)
    assert [tag for tag, _ in attacked.found] == [tag for tag, _ in harmless.found]
    names = [set(attributes) for _, attributes in attacked.found]
    assert names == [set(attributes) for _, attributes in harmless.found]
    assert page.count("{{7*7}}") == 0
    (village,) = (
        text for text in attacked.scripts if text.startswith('{"type"') and "village-1" in text
    )
    assert json.loads(village)["features"][1]["properties"]["name"] == hostile
    options = attacked.scripts[-1]
    assert json.loads(options[options.index('{"title"') : options.rindex(");")])["title"] == hostile


def test_outside_background_needs_a_key(view_of, town):
    parts = [
        render_parts(build_map(view_of(town, tianditu_key=key)), asset_url="/", nonce="x").script
        for key in ("", "k3y")
    ]
    assert "tianditu" not in parts[0]
    assert "tianditu.gov.cn" in parts[1]
    assert "k3y" in parts[1]


@pytest.mark.parametrize(
    ("plane", "title"),
    [
        ("EPSG:4547", "CGCS2000 3-degree, central meridian 114°"),
        (
            "+proj=tmerc +lat_0=47.1 +lon_0=9.6 +k_0=1 +x_0=500000 +ellps=GRS80",
            "local plane, central meridian 9.6°",
        ),
    ],
)
def test_plane_is_named_by_its_meridian(view_of, town, plane, title):
    view = view_of(town, language="en", plane=pyproj.CRS(plane))
    assert title in render_parts(build_map(view), asset_url="/", nonce="x").script
