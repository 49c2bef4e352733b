"""A small town of a few features, and its map."""

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
from shapely import LineString, Point, box

from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.maps import MapLayer, MapView, to_geojson

HOSTILE = """<img src=x onerror="alert(1)"></script>${alert(2)}{{7*7}}{%raw%}{#'&quot;\u2028"""
WEST, SOUTH = 113.84, 31.84


@pytest.fixture(scope="session")
def hostile():
    """Return a name that would be code in HTML, in a script or in a template."""
    return HOSTILE


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="session")
def frame_of(catalogue):
    """Return a function that makes a layer frame of geometries and columns."""

    def make(kind, geometries, **columns):
        identities = [f"{kind}-{number}" for number in range(len(geometries))]
        rows = gpd.GeoDataFrame({"id": identities, **columns}, geometry=geometries, crs=4490)
        return conform_frame(rows, catalogue[kind])

    return make


@pytest.fixture(scope="session")
def town(frame_of):
    """Return layer frames: two villages, a road, a river, ten graves, a cemetery."""
    graves = [
        Point(WEST + 0.002 + 0.004 * number, SOUTH + 0.01 + 0.001 * number) for number in range(10)
    ]
    return {
        "village": frame_of(
            "village",
            [
                box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.03),
                box(WEST + 0.02, SOUTH, WEST + 0.04, SOUTH + 0.03),
            ],
            name=["双乡村", HOSTILE],
        ),
        "road": frame_of(
            "road",
            [LineString([(WEST, SOUTH + 0.005), (WEST + 0.04, SOUTH + 0.02)])],
            name=["346国道"],
            **{"class": ["national"]},
        ),
        "river": frame_of(
            "river",
            [LineString([(WEST + 0.01, SOUTH), (WEST + 0.01, SOUTH + 0.03)])],
            name=["浆溪河"],
            **{"class": ["river"]},
        ),
        "burial": frame_of(
            "burial",
            graves,
            name=[f"坟墓{number}" for number in range(10)],
            village=["421381107200"] * 10,
            area_m2=[1.5] * 10,
            buried_on=pd.to_datetime(["2019-04-05"] * 10),
            holder=["张三"] * 10,
        ),
        "cemetery": frame_of(
            "cemetery",
            [box(WEST + 0.03, SOUTH + 0.02, WEST + 0.0305, SOUTH + 0.0204)],
            name=["双乡公墓"],
        ),
    }


@pytest.fixture(scope="session")
def view_of(catalogue):
    """Return a function that makes the view of layer frames, the data inside."""

    def make(frames, *, language="zh", **changes):
        shown = tuple(
            MapLayer(
                spec,
                len(frames[spec.kind]),
                data=to_geojson(frames[spec.kind], spec),
                shown=spec.style.shown,
            )
            for spec in catalogue.layers
            if spec.kind in frames
        )
        facts = {
            "title": "双乡地图",
            "language": language,
            "bounds": (WEST, SOUTH, WEST + 0.04, SOUTH + 0.03),
            "plane": pyproj.CRS("EPSG:4547"),
            "groups": catalogue.groups,
            "layers": shown,
            "village_names": {"421381107200": "双乡村"},
        }
        return MapView(**{**facts, **changes})

    return make
