"""A real country from its OpenStreetMap file to findings, beside an independent computation."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geo_rv.project import Project

LIMIT_M = 500
LAMBERT = "+proj=laea +lat_0=47.15 +lon_0=9.55 +ellps=GRS80 +units=m"
"""Another projection than the product's, true to scale within 1e-5 over the country."""


@pytest.fixture(scope="module")
def project(liechtenstein, tmp_path_factory):
    folder = tmp_path_factory.mktemp("liechtenstein") / "country"
    project = Project.create(folder, name="Liechtenstein")
    project.import_files([liechtenstein], accept={"repairs"})
    return project


@pytest.fixture(scope="module")
def lines(liechtenstein):
    """The file's lines, read by GDAL alone."""
    return pyogrio.read_dataframe(liechtenstein, layer="lines").to_crs(LAMBERT)


@pytest.fixture(scope="module")
def cemeteries(liechtenstein):
    """The file's cemeteries, read by GDAL alone, by their OpenStreetMap identity."""
    areas = pyogrio.read_dataframe(liechtenstein, layer="multipolygons")
    areas = areas[(areas["landuse"] == "cemetery") | (areas["amenity"] == "grave_yard")]
    areas["id"] = ("way/" + areas["osm_way_id"]).fillna("relation/" + areas["osm_id"])
    points = pyogrio.read_dataframe(liechtenstein, layer="points")
    points = points[points["other_tags"].str.contains('"landuse"=>"cemetery"|grave_yard', na=False)]
    points["id"] = "node/" + points["osm_id"]
    return pd.concat([areas, points])[["id", "geometry"]].to_crs(LAMBERT)


def select_railways(lines):
    return lines[lines["railway"].isin(["rail", "light_rail", "narrow_gauge"])]


def select_main_roads(lines):
    main = ["motorway", "trunk", "primary"]
    return lines[lines["highway"].isin(main + [f"{name}_link" for name in main])]


@pytest.mark.parametrize(
    ("rule", "select"), [("BUR-01", select_railways), ("BUR-02", select_main_roads)]
)
def test_findings_are_those_of_geopandas(project, lines, cemeteries, rule, select):
    expected = gpd.sjoin_nearest(cemeteries, select(lines)[["geometry"]], distance_col="metres")
    expected = expected.groupby("id")["metres"].min()
    findings = project.check().findings
    found = findings[findings["rule"] == rule].set_index("site")
    assert set(found.index) == set(expected.index)
    assert len(found) >= 11
    difference = (found["distance_m"] - expected).abs()
    assert (difference <= 0.01 + 1e-5 * expected).all()
    clear = (expected - LIMIT_M).abs() > found["tolerance_m"] + 0.1
    broken = expected[clear] < LIMIT_M
    assert broken.any()
    assert (
        found.loc[broken.index, "verdict"] == broken.map({True: "violation", False: "pass"})
    ).all()


def test_invalid_polygons_come_in_repaired(project):
    assert all(frame.is_valid.all() for frame in project.read_layers().values())
    assert project.check().repaired == {}


def test_whole_way_stays_small(liechtenstein, tmp_path, measure_peak):
    """Each command in a process of its own, as a user runs it, in under 2 GB."""
    folder = tmp_path / "country"
    command = Path(sys.executable).with_name("geo-rv")
    for step in (
        ["new", folder, "--name", "Liechtenstein"],
        ["import", folder, liechtenstein, "--accept", "repairs"],
        ["check", folder, "--out", tmp_path / "findings.xlsx"],
        ["map", folder, "--out", tmp_path / "map.html"],
    ):
        assert measure_peak(command, *step) < 2_000_000


@pytest.mark.browser
def test_map_opens_in_a_browser_without_asking_anybody(project, tmp_path, browser):
    project.write_map(tmp_path / "map.html", language="zh")
    asked, problems = [], []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "map.html").as_uri())
    page.locator(".leaflet-pane path").first.wait_for(state="attached")
    assert page.get_by_label("公墓").first.is_checked()
    assert page.locator(".leaflet-pane path").count() > 1000
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert problems == []
