"""What is kept beside a project is used while it holds, and harms nobody when it does not."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_rv.frames import conform_frame
from geo_rv.project import Project, Wish
from geo_rv.store.geopackage import GeoPackageStore

LON, LAT = 113.86, 31.85
DAY = date(2026, 1, 1)
MOVED = "class, ST_Translate(geom, 0.001, 0, 0) AS geom FROM road"
KINDS = ("burial", "road", "basic_farmland")
ASK = """
import sys
from datetime import date
from pathlib import Path
from geo_rv.project import Project, Wish
check = Project.open(Path(sys.argv[1])).check(as_of=date(2026, 1, 1))
rows = check.findings[["rule", "site", "verdict", "constraint"]].fillna("")
sys.stdout.write(rows.to_json(orient="values"))
"""


def draw_layers(catalogue, seed=1):
    rng = np.random.default_rng(seed)

    def frame(kind, geometries, **columns):
        ids = [f"{kind[:1]}{number:03}" for number in rng.permutation(len(geometries))]
        drawn = gpd.GeoDataFrame({"id": ids, **columns}, geometry=geometries, crs="EPSG:4490")
        return conform_frame(drawn, catalogue[kind])

    places = rng.uniform((LON, LAT), (LON + 0.05, LAT + 0.05), (120, 2))
    lines = [
        shapely.LineString(place + np.cumsum(rng.normal(0, 3e-4, (30, 2)), axis=0))
        for place in places[:8]
    ]
    bow_tie = shapely.Polygon(
        places[0] + 1e-3 * np.array([(0, 0), (1, 1), (1, 0), (0, 1)]) + np.array([0.1, 0])
    )
    return {
        "burial": frame("burial", shapely.points(places)),
        "road": frame("road", lines, **{"class": "county"}),
        "basic_farmland": frame(
            "basic_farmland", [*shapely.buffer(shapely.points(places[:30]), 1e-3), bow_tie]
        ),
    }


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a small project with three layers."""
    project = Project.create(tmp_path / "town", name="town")
    layers = draw_layers(project.catalogue)
    project.store.write_layers(layers, source=dict.fromkeys(layers, "made"))
    return tmp_path / "town"


def check(folder):
    """Return what a project says that is opened anew."""
    return Project.open(folder).check(as_of=DAY)


def check_without_cache(folder):
    """Return what the same project says where nothing was kept."""
    fresh = folder.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh, ignore=shutil.ignore_patterns("cache"))
    return check(fresh)


def require_right(folder, answer=None):
    answer = answer or check(folder)
    expected = check_without_cache(folder)
    assert answer.findings.equals(expected.findings)
    assert answer.repaired == expected.repaired


def list_kept(folder):
    return {file.name: file.read_bytes() for file in (folder / "cache").iterdir()}


@pytest.fixture
def count_reading(monkeypatch):
    """Return a list of the layers whose geometries are read from now on."""
    read, original = [], GeoPackageStore.read_rows

    def note(store, kind):
        read.append(kind)
        return original(store, kind)

    monkeypatch.setattr(GeoPackageStore, "read_rows", note)
    return read


def test_the_second_start_reads_no_geometries(folder, count_reading):
    first = check(folder)
    assert sorted(count_reading) == sorted(KINDS)
    assert sorted(list_kept(folder)) == sorted(f"{kind}.shapes" for kind in KINDS)
    count_reading.clear()
    second = check(folder)
    assert count_reading == []
    assert second.findings.equals(first.findings)
    assert second.repaired == first.repaired == {"basic_farmland": first.repaired["basic_farmland"]}
    assert {"violation", "pass"} <= set(first.findings["verdict"])


def test_an_import_drops_the_layer_and_no_other(folder, count_reading, tmp_path):
    before = check(folder)
    project = Project.open(folder)
    project.check(as_of=DAY)
    count_reading.clear()
    across = shapely.LineString([(LON, LAT), (LON + 0.05, LAT + 0.05)])
    file = tmp_path / "road.geojson"
    added = gpd.GeoDataFrame({"id": ["x"], "class": ["county"]}, geometry=[across], crs=4326)
    added.to_file(file)
    project.import_files([file], wish=Wish(kind="road"))
    # the project that is open, and one opened anew
    after = project.check(as_of=DAY)
    assert count_reading.count("road") == 1
    require_right(folder, after)
    require_right(folder)
    near = [each.findings["constraint"].eq("x").sum() for each in (before, after)]
    assert near[0] == 0 < near[1]


def test_a_layer_that_is_replaced_is_read_anew(folder):
    project = Project.open(folder)
    before = project.check(as_of=DAY)
    # as many features with the same ids, elsewhere
    other = draw_layers(project.catalogue, seed=2)
    project.store.write_layers({"road": other["road"]}, source={"road": "x"}, mode="replace")
    after = project.check(as_of=DAY)
    assert not after.findings["distance_m"].equals(before.findings["distance_m"])
    require_right(folder, after)
    require_right(folder)


def edit_with_sqlite(folder, statement, *parameters):
    """Change the layer of roads as another program does, which notes when."""
    with closing(sqlite3.connect(folder / "data.gpkg")) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'road'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(statement, parameters)
        connection.execute(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "
            "WHERE table_name = 'road'"
        )
        connection.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM road WHERE id IN ('r000', 'r003')",
        "UPDATE road SET id = 'z' || id WHERE id < 'r004'",
        "UPDATE road SET class = 'lane'",
        "UPDATE road SET geom = (SELECT geom FROM road WHERE id = 'r005')",
        "UPDATE road SET geom = NULL WHERE id = 'r001'",
    ],
)
def test_what_another_program_changed_is_noticed(folder, statement):
    project = Project.open(folder)
    before = project.check(as_of=DAY)
    edit_with_sqlite(folder, statement)
    after = project.check(as_of=DAY)
    assert not after.findings.equals(before.findings)
    require_right(folder, after)
    require_right(folder)


@pytest.mark.skipif(not shutil.which("ogr2ogr"), reason="ogr2ogr is not installed")
@pytest.mark.parametrize(
    "statement", [f"SELECT id || 'x' AS id, {MOVED}", f"SELECT fid, id, {MOVED} LIMIT 1"]
)
def test_what_gdal_added_or_changed_is_noticed(folder, tmp_path, statement):
    project = Project.open(folder)
    before = project.check(as_of=DAY)
    data, other = str(folder / "data.gpkg"), str(tmp_path / "other.gpkg")
    for command in (
        ["ogr2ogr", other, data, "-dialect", "sqlite", "-sql", statement, "-nln", "road"],
        ["ogr2ogr", "-append", "-upsert", data, other, "-nln", "road"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    after = project.check(as_of=DAY)
    assert not after.findings.equals(before.findings)
    require_right(folder, after)
    require_right(folder)


DAMAGES = {
    "empty": lambda *_: b"",
    "cut": lambda content, half: content[:half],
    "cut by a byte": lambda content, _: content[:-1],
    "zeros": lambda content, _: bytes(len(content)),
    "zeros at the end": lambda content, half: content[:half] + bytes(len(content) - half),
    "noise": lambda content, _: np.random.default_rng(1).bytes(len(content)),
    "text": lambda *_: b"not what it was\n" * 99,
    "a bit": lambda content, k: content[:k] + bytes([content[k] ^ 64]) + content[k + 1 :],
}


@pytest.mark.parametrize("way", DAMAGES)
def test_a_damaged_file_is_made_anew(folder, way, count_reading):
    check(folder)
    kept = list_kept(folder)
    for name, content in kept.items():
        (folder / "cache" / name).write_bytes(DAMAGES[way](content, len(content) // 2))
    count_reading.clear()
    answer = check(folder)
    assert sorted(count_reading) == sorted(KINDS)
    assert list_kept(folder) == kept
    require_right(folder, answer)


def test_another_layers_file_and_another_projects_are_not_believed(folder, tmp_path):
    expected = check(folder)
    cache = folder / "cache"
    contents = list_kept(folder)
    for name, other in zip(
        sorted(contents), sorted(contents)[1:] + sorted(contents)[:1], strict=True
    ):
        (cache / name).write_bytes(contents[other])
    assert check(folder).findings.equals(expected.findings)
    # a project made the same way, of as many features elsewhere
    neighbour = Project.create(tmp_path / "neighbour", name="neighbour")
    layers = draw_layers(neighbour.catalogue, seed=3)
    neighbour.store.write_layers(layers, source=dict.fromkeys(layers, "made"))
    neighbour.check(as_of=DAY)
    shutil.rmtree(cache)
    shutil.copytree(tmp_path / "neighbour" / "cache", cache)
    assert check(folder).findings.equals(expected.findings)


def test_what_is_kept_may_be_deleted_at_any_time(folder):
    project = Project.open(folder)
    expected = project.check(as_of=DAY)
    shutil.rmtree(folder / "cache")
    assert project.check_point(LON + 0.02, LAT + 0.02, as_of=DAY).counts
    assert project.check(as_of=DAY).findings.equals(expected.findings)
    assert check(folder).findings.equals(expected.findings)
    (folder / "cache" / "road.shapes").unlink()
    assert check(folder).findings.equals(expected.findings)


def test_a_folder_that_cannot_be_written_to_is_checked_all_the_same(folder, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    expected = check_without_cache(folder)
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", refuse)
        assert check(folder).findings.equals(expected.findings)
    shutil.rmtree(folder / "cache")
    (folder / "cache").write_text("a file in the folder's place")
    assert check(folder).findings.equals(expected.findings)


def test_two_processes_at_once_find_the_same_and_leave_whole_files(folder):
    processes = [
        subprocess.Popen([sys.executable, "-c", ASK, str(folder)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    expected = check_without_cache(folder).findings
    rows = expected[["rule", "site", "verdict", "constraint"]].fillna("").to_numpy().tolist()
    assert [json.loads(answer) for answer in answers] == [rows, rows]
    assert sorted(list_kept(folder)) == sorted(f"{kind}.shapes" for kind in KINDS)
    require_right(folder)


def test_a_change_while_a_layer_is_read_is_not_kept_as_the_old_state(folder, monkeypatch):
    check(folder)
    shutil.rmtree(folder / "cache")
    project, original = Project.open(folder), GeoPackageStore.read_rows

    def change_first(store, kind):
        if kind == "road":
            monkeypatch.setattr(GeoPackageStore, "read_rows", original)
            edit_with_sqlite(folder, "DELETE FROM road WHERE id < 'r004'")
        return original(store, kind)

    monkeypatch.setattr(GeoPackageStore, "read_rows", change_first)
    project.check(as_of=DAY)
    require_right(folder, project.check(as_of=DAY))
    require_right(folder)
