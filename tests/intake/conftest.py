"""A few graves and roads, made in code, and short ways to write and read them."""

from __future__ import annotations

import http.server
import json
import threading
import time

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import GeoRvError
from geo_rv.frames import conform_frame
from geo_rv.intake import Surroundings, Wish, read_candidates
from geo_rv.intake.build import build_candidate
from geo_rv.intake.limits import DEFAULT_LIMITS
from geo_rv.intake.raw import RawLayer, number_rows
from geo_rv.intake.wish import Task

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


@pytest.fixture(scope="session")
def judge(catalogue):
    """Return what judges a frame as if a file had brought it, beside `layers` of a project."""

    def judge_frame(frame, kind, *, layers=None, mode="add", **wish):
        count = len(frame)
        raw = RawLayer(
            name=kind,
            kind=kind,
            table=pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True),
            geometry=np.array(frame.geometry.array, dtype=object),
            is_told=np.zeros(count, dtype=bool),
            crs=frame.crs,
            rows=number_rows(count),
        )
        surroundings = Surroundings(layers or {}, mode)
        task = Task(catalogue, Wish(**wish), "测试", surroundings)
        return build_candidate(raw, catalogue[kind], task)

    return judge_frame


@pytest.fixture(scope="session")
def make_layer(catalogue):
    """Return a maker of layer frames as a project holds them."""

    def make(kind, geometry, **columns):
        ids = [f"{kind}-{number}" for number in range(1, len(geometry) + 1)]
        frame = gpd.GeoDataFrame({"id": ids} | columns, geometry=list(geometry), crs=4490)
        return conform_frame(frame, catalogue[kind])

    return make


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


@pytest.fixture
def web_server():
    """Return the address of a server on this machine, and the list of requests that reached it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"EPSG:4326")

        do_HEAD = do_GET  # noqa: N815 - the library names it

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


CANARY = "canary-7431"


@pytest.fixture
def canary(tmp_path):
    """Return a file beside those that are brought, which nobody may read."""
    (tmp_path / "private").mkdir()
    path = tmp_path / "private" / "canary.txt"
    path.write_text(CANARY)
    return path


@pytest.fixture
def survive(catalogue, web_server, canary):
    """Return a reader that gives the candidates of a file, or the error that refuses it.

    Nothing else may come out of it: no other error, no request, none of the canary's words, no
    message as long as a page, and none of it late.
    """
    _, asked = web_server
    assert canary.is_file()

    def read_or_refuse(path, *, seconds=10, limits=DEFAULT_LIMITS, **wish):
        started = time.monotonic()
        try:
            outcome = read_candidates(path, catalogue=catalogue, wish=Wish(**wish), limits=limits)
        except GeoRvError as error:
            outcome = error
            told = error.in_language("zh") + error.in_language("en")
            assert len(told) < 4000
        else:
            told = "".join(map(tell_all, outcome))
        assert time.monotonic() - started < seconds
        assert asked == []
        assert CANARY not in told
        return outcome

    return read_or_refuse


def tell_all(candidate):
    """Return all words of a candidate that anybody is shown."""
    problems = [problem.in_language("zh") for problem in candidate.problems]
    tables = candidate.frame.to_csv() + candidate.refused_rows.to_csv()
    return "\n".join([*problems, *candidate.unmatched_columns, tables])
