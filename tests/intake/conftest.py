"""A few graves and roads, made in code, and short ways to write and read them."""

from __future__ import annotations

import json

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.intake import Surroundings, Wish, read_candidates
from geo_rv.intake.limits import DEFAULT_LIMITS

ALONE = Surroundings()

PLACES = [(113.85569, 31.85), (113.86, 31.8512345), (113.8701, 31.84)]


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="session")
def read(catalogue):
    """Return a reader of files that bring one layer."""

    def read_one(path, *, limits=DEFAULT_LIMITS, surroundings=ALONE, **wish):
        (candidate,) = read_candidates(
            path,
            catalogue=catalogue,
            wish=Wish(**wish),
            surroundings=surroundings,
            limits=limits,
        )
        return candidate

    return read_one


@pytest.fixture
def graves():
    columns = {
        "编号": ["甲1", "乙2", "丙3"],
        "名称": ["东门楼社区一号", "双乡村二号", "泉口村三号"],
        "安葬方式": ["骨灰单人", "body_single", None],
        "area_m2": [0.5, 4.0, None],
        "安葬日期": ["2024-03-20", "2001年1月31日", None],
        "备注": ["一", "二", "三"],
        "碑文": ["甲", "乙", "丙"],
    }
    return gpd.GeoDataFrame(
        columns, geometry=gpd.points_from_xy(*zip(*PLACES, strict=True)), crs=4490
    )


@pytest.fixture
def roads():
    columns = {"id": ["r1", "r2"], "class": ["county", "乡道"], "name": ["吴应路", "双泉路"]}
    lines = [
        shapely.LineString([(113.8, 31.8), (113.9, 31.85)]),
        shapely.LineString([(113.8, 31.9), (113.85, 31.95), (113.9, 31.9)]),
    ]
    return gpd.GeoDataFrame(columns, geometry=lines, crs=4490)


@pytest.fixture(scope="session")
def make_feature():
    def make(coordinates=PLACES[0], *, kind="Point", properties=None, **members):
        geometry = None if coordinates is None else {"type": kind, "coordinates": coordinates}
        return {"type": "Feature", "properties": properties or {}, "geometry": geometry, **members}

    return make


@pytest.fixture
def write_geojson(tmp_path):
    def write(features, *, name="burial.geojson", **members):
        path = tmp_path / name
        document = {"type": "FeatureCollection", **members, "features": features}
        path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        return path

    return write


@pytest.fixture
def write_table(tmp_path):
    def write(*rows, name="burial.csv", encoding="utf-8", delimiter=","):
        path = tmp_path / name
        text = "\r\n".join(delimiter.join(map(str, row)) for row in rows)
        path.write_text(text + "\r\n", encoding)
        return path

    return write


@pytest.fixture
def write_workbook(tmp_path):
    def write(name="burial.xlsx", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture(scope="session")
def list_keys():
    """Return what lists the keys of a candidate's problems of one severity."""

    def select(candidate, severity="refused"):
        return [problem.key for problem in candidate.problems if problem.severity == severity]

    return select
