"""A small made-up check to report on, and the demo town's."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED, choose_plane
from geo_rv.messages import Text
from geo_rv.reports.content import TOLD, Cover, describe_report
from geo_rv.rulebook import load_rulebook

AS_OF = date(2026, 6, 1)
NOTICE = Text("示范数据，不代表真实位置", "Demo data, not real places")
WEST, SOUTH, EAST, NORTH = 113.80, 31.80, 113.86, 31.85
BORDER = shapely.box(WEST, SOUTH, EAST, NORTH)
ROAD = shapely.LineString([(WEST, 31.82), (EAST, 31.82)])

CATALOGUE = load_catalogue()
BOOK = load_rulebook("burial", CATALOGUE)


def make_layer(kind, rows, geometries):
    frame = gpd.GeoDataFrame(rows, geometry=list(geometries), crs=STORED)
    return conform_frame(frame, CATALOGUE[kind])


def _make_finding(site, lon=113.82, lat=31.81, **facts):
    """Return a told finding of a grave, and where the grave is."""
    return {
        "layer": "burial", "site": site, "site_name": None, "village": "V1", "rule": "BUR-02",
        "rule_title": "距公路主干线500米以内", "verdict": "violation", "distance_m": 123.45,
        "limit_m": 500.0, "reason": f"{site}的情况", "segment": [[lon, lat], [lon, 31.82]],
        "contested": None, "place": (lon, lat),
    } | facts  # fmt: skip


def _describe(findings, *, layers=None, **facts):
    """Return the content of a report on `findings`, which `_make_finding` made."""
    graves = {row["site"]: row for row in findings if row["layer"] == "burial"}
    made = {
        "village": make_layer("village", {"id": ["V1"], "name": ["东村"]}, [BORDER]),
        "road": make_layer("road", {"id": ["R1"], "class": ["national"]}, [ROAD]),
    }
    if graves:
        points = [row["place"] and shapely.Point(row["place"]) for row in graves.values()]
        names = [row["site_name"] for row in graves.values()]
        made["burial"] = make_layer("burial", {"id": list(graves), "name": names}, points)
    columns = ["layer", "site", "village", "rule", "verdict"]
    cover = {
        "project": "东镇规划", "town": "421381107", "as_of": AS_OF, "book": BOOK,
        "sites": len(graves), "notice": NOTICE,
    } | facts  # fmt: skip
    return describe_report(
        pd.DataFrame(findings, columns=columns, dtype="str"),
        [row for row in findings if row["verdict"] in TOLD],
        cover=Cover(**cover),
        layers=made if layers is None else layers,
        catalogue=CATALOGUE,
        plane=choose_plane(BORDER.bounds),
        village_names={"V1": "东村"},
        repaired={"road": ("R1",)},
    )


@pytest.fixture(scope="session")
def make_finding():
    """Return the function that makes a told finding."""
    return _make_finding


@pytest.fixture(scope="session")
def describe():
    """Return the function that describes a report on such findings."""
    return _describe


@pytest.fixture(scope="session")
def demo_check(demo):
    """Return the demo town's check, as of a fixed day."""
    return demo.check(as_of=AS_OF)


@pytest.fixture(scope="session")
def describe_demo(demo, demo_check):
    """Return a function that describes the report on the demo town in a language."""

    def describe_in(language):
        findings = demo_check.findings[demo_check.findings["verdict"].isin(TOLD)]
        return describe_report(
            demo_check.findings,
            demo.tell_findings(demo_check, findings, language=language),
            cover=Cover(
                project=demo.settings.name,
                town=demo.settings.town,
                as_of=demo_check.as_of,
                book=demo_check.book,
                sites=demo_check.sites,
                notice=demo.settings.notice,
            ),
            layers=demo.read_layers(),
            catalogue=demo.catalogue,
            plane=demo.plane,
            village_names=demo.village_names(),
            repaired=demo_check.repaired,
        )

    return describe_in
