"""A small project made in code, with names that would run if a page let them."""

from datetime import date

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.messages import Text
from geo_rv.project import Project
from web import create_app

HOSTILE = "<img src=x onerror=alert(1)>\"'${7*7}{{7*7}}</script>"
EAST, SOUTH = 113.86, 31.85
DEGREE_M = 94_700.0
"""About the metres of a degree of longitude at this latitude."""
GRAVES_M = (100, 300, 490, 700, 2_000)
"""How far east of the road the graves lie."""


def make_frame(kind, geometries, **columns):
    """Return a layer frame; identities are kind-1, kind-2, ..."""
    ids = [f"{kind}-{number}" for number, _ in enumerate(geometries, 1)]
    frame = gpd.GeoDataFrame({"id": ids, **columns}, geometry=geometries, crs="EPSG:4490")
    return conform_frame(frame, load_catalogue()[kind])


def make_layers():
    graves = [Point(EAST + metres / DEGREE_M, SOUTH) for metres in GRAVES_M]
    return {
        "village": make_frame(
            "village",
            [box(113.8, 31.8, EAST + 0.004, 31.9), box(EAST + 0.004, 31.8, 113.92, 31.9)],
            name=["东湾村", HOSTILE],
        ),
        "road": make_frame(
            "road",
            [LineString([(EAST, 31.82), (EAST, 31.88)])],
            name=["国道107"],
            **{"class": ["national"]},
        ),
        "burial": make_frame(
            "burial",
            graves,
            name=[HOSTILE, None, "张家坟", "李家坟", "王家坟"],
            village=["village-1"] * 3 + ["village-2"] * 2,
            burial_type=["body_single"] * 5,
            area_m2=[3.0, 9.5, 3.0, 3.0, 3.0],
            buried_on=[date(2025, 1, 1)] * 5,
            protected_historic=[False] * 5,
        ),
    }


def fill_project(project, layers):
    project.store.write_layers(layers, source=dict.fromkeys(layers, "test"))


@pytest.fixture(scope="session")
def project_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "town"
    notice = Text("合成数据", "synthetic data")
    project = Project.create(folder, name=f"测试镇{HOSTILE}", crs="EPSG:4547", notice=notice)
    fill_project(project, make_layers())
    return folder


@pytest.fixture(scope="session")
def app(project_folder):
    return create_app({"PROJECT": project_folder, "TESTING": True})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def own_client(tmp_path):
    """A client of a project of the test's own, and that project."""
    project = Project.create(tmp_path / "town", name="自有项目", crs="EPSG:4547")
    fill_project(project, make_layers())
    return create_app({"PROJECT": project.folder, "TESTING": True}).test_client(), project
