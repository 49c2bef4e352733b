"""The county's workload is as described, and every tool gives the same answer on a small one."""

import dataclasses
import importlib.util
import json

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from rich.console import Console

from benchmarks.county import postgres, worker
from benchmarks.county.agree import Disagreement, find_scales, require_agreement
from benchmarks.county.build import BOOK, build_project
from benchmarks.county.flat import read_places
from benchmarks.county.measure import Cold, Core, measure_core
from benchmarks.county.question import DATA_FILE, LAYERS, LIMIT_M, PLANE, SITES, Answer, ToolMissing
from benchmarks.county.report import Result, make_table, tell_click, tell_growth
from benchmarks.county.run import compare_answers
from benchmarks.county.tools import OURS, PEERS
from benchmarks.county.workload import COUNTY, Lines, draw_layers, draw_sites
from geo_rv.catalogue import load_catalogue
from geo_rv.rulebook import load_rulebook

GRS80 = pyproj.Geod(ellps="GRS80")
CATALOGUE = load_catalogue()
SMALL = {kind: dataclasses.replace(plan, features=60) for kind, plan in COUNTY.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    return build_project(folder, 500, county=SMALL, tell=lambda _line: None)


def test_the_whole_county_is_as_large_as_described():
    assert sum(plan.features for plan in COUNTY.values()) == 200_000
    # a ring's last vertex is its first one again
    vertices = sum(
        plan.features * (sum(plan.vertices) / 2 + (not isinstance(plan, Lines)))
        for plan in COUNTY.values()
    )
    assert vertices == pytest.approx(12.5e6, rel=0.01)


def test_each_rule_asks_one_layer_in_the_order_of_the_question():
    assert tuple(COUNTY) == LAYERS
    book = load_rulebook(BOOK.stem, CATALOGUE, own=BOOK.parent)
    (cases, relations) = zip(*((rule.cases, rule.relation) for rule in book.rules), strict=True)
    assert [(case.layer, case.limit) for (case,) in cases] == [(kind, LIMIT_M) for kind in LAYERS]
    assert set(relations) == {"within"}
    assert book.subjects == (SITES,)


def test_features_are_valid_and_their_edges_short():
    for kind, frame in draw_layers(CATALOGUE, SMALL):
        geometries = frame.geometry.to_numpy()
        assert shapely.is_valid(geometries).all(), kind
        least, most = COUNTY[kind].vertices
        ring = 0 if isinstance(COUNTY[kind], Lines) else 1
        counts = shapely.get_num_coordinates(geometries) - ring
        assert counts.min() >= least
        assert counts.max() <= most
        lengths = np.concatenate(
            [GRS80.line_lengths(*g.boundary.xy if ring else g.xy) for g in geometries]
        )
        assert np.mean((lengths > 3) & (lengths < 90)) > 0.9, kind


def test_lines_go_on_from_feature_to_feature():
    frames = dict(draw_layers(CATALOGUE, SMALL))
    road = frames["road"].geometry.to_numpy()[:40]
    ends, starts = shapely.get_point(road[:-1], -1), shapely.get_point(road[1:], 0)
    assert shapely.equals(ends, starts).all()


def test_the_county_is_sixty_kilometres_wide_and_the_same_each_time():
    sites = draw_sites(CATALOGUE, 5_000)
    west, south, east, north = sites.total_bounds
    middle = (south + north) / 2
    assert 55_000 < GRS80.inv(west, middle, east, middle)[2] < 61_000
    assert 55_000 < GRS80.inv(west, south, west, north)[2] < 61_000
    again = draw_sites(CATALOGUE, 5_000)
    assert shapely.equals_exact(sites.geometry.to_numpy(), again.geometry.to_numpy(), 0).all()


def test_the_project_on_disk_is_made_once(project):
    lines = []
    assert build_project(project.parent, 500, county=SMALL, tell=lines.append) == project
    assert lines == []
    assert pyogrio.read_info(project / DATA_FILE, layer=SITES)["features"] == 500


def test_every_tool_gives_the_same_answer(project, tmp_path):
    lines = []
    core = measure_core(project, (OURS, *PEERS), tmp_path, runs=1, tell=lines.append)
    left_out = [line for line in lines if line.startswith("left out")]
    assert len(core) + len(left_out) == 1 + len(PEERS)
    assert {OURS, "nearest", "buffer"} <= set(core)
    if importlib.util.find_spec("duckdb_extension_spatial"):
        assert "duckdb" in core
    scales = find_scales(read_places(project))
    told = list(compare_answers(tmp_path, scales))
    assert len(told) == len(core)


def test_scales_are_those_of_the_plane():
    """A short way measured in the plane and on the ellipsoid (Karney)."""
    places = np.array([[113.6, 31.6], [114.0, 31.8], [114.2, 32.0]])
    to_plane = pyproj.Transformer.from_crs("EPSG:4490", PLANE, always_xy=True)
    lon, lat, _ = GRS80.fwd(places[:, 0], places[:, 1], np.full(3, 30.0), np.full(3, 10.0))
    start, end = np.array(to_plane.transform(*places.T)), np.array(to_plane.transform(lon, lat))
    assert find_scales(places) == pytest.approx(np.hypot(*(end - start)) / 10.0, abs=1e-8)


@pytest.fixture
def answer():
    distances = np.array([[0.0, 120.0, 499.999, 500.001, 1_800.0]])
    return Answer(distances <= LIMIT_M, distances)


def test_what_differs_by_a_hair_agrees(answer):
    theirs = Answer(np.array([[True, True, False, True, False]]), answer.distance_m + 0.001)
    agreement = require_agreement(answer, theirs, scales=np.ones(5))
    assert agreement.turned == 2
    assert agreement.near_m == pytest.approx(0.001)
    assert agreement.distances == 5


@pytest.mark.parametrize(("site", "distance"), [(1, 120.02), (0, 0.02), (4, 1_801.0), (1, np.nan)])
def test_another_distance_is_a_disagreement(answer, site, distance):
    theirs = answer.distance_m.copy()
    theirs[0, site] = distance
    with pytest.raises(Disagreement, match=f"site {site}, rule 0"):
        require_agreement(answer, Answer(theirs <= LIMIT_M, theirs), scales=np.ones(5))


def test_another_verdict_is_a_disagreement_beyond_the_slack(answer):
    """Circles drawn with straight edges lie up to half a metre inside the true ones."""
    drawn = Answer(np.array([[True, True, False, False, False]]), None)
    require_agreement(answer, drawn, scales=np.ones(5), slack_m=0.5)
    wrong = Answer(np.array([[True, False, True, False, False]]), None)
    with pytest.raises(Disagreement, match="about the limit"):
        require_agreement(answer, wrong, scales=np.ones(5), slack_m=0.5)


def test_a_peer_that_is_not_there_says_so(monkeypatch, tmp_path, capsys):
    class Absent:
        def load(self, _project):
            raise ToolMissing("it is not installed")

        def close(self):
            pass

    monkeypatch.setattr(worker, "find_tool", lambda _name: Absent)
    worker.answer_warm("absent", tmp_path, tmp_path / "answer.npz")
    assert json.loads(capsys.readouterr().out) == {"missing": "it is not installed"}


def test_without_postgresql_there_is_no_cluster(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "DEBIAN_BINARIES", str(tmp_path / "*" / "initdb"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="not installed"):
        postgres.find_initdb()


def test_the_table_tells_ratios_to_ours():
    core = {OURS: Core(2.0, 0.6, 0.5, 1.0), "duckdb": Core(3.0, 9.0, 10.0, 0.5)}
    cold = {"uncached": Cold(4.0, 1.0), OURS: Cold(2.0, 1.0), "duckdb": Cold(12.0, 0.5)}
    click = {"first": 1.0, "median": 0.004, "p95": 0.009, "points": 99}
    fewer = Result(100, core, cold, click)
    more = Result(1_000, {OURS: Core(2.0, 4.0, 4.0, 1.0)}, {}, click)
    console = Console(width=150)
    with console.capture() as captured:
        console.print(make_table([fewer, more]))
    (duckdb,) = (line for line in captured.get().splitlines() if "DuckDB" in line)
    cells = [cell.strip() for cell in duckdb.split("│")[1:-1]]
    measured = ["3.00", "9.00", "10.00", "20.0", "0.50", "12.00", "6.0", "3.0", "0.50"]
    assert cells == ["100", "DuckDB", *measured]
    assert tell_growth([fewer, more]) == ["ours: 1,000 sites take 8.0 x the search of 100"]
    assert "4.0 ms, 95 % within 9.0 ms" in tell_click(fewer)
