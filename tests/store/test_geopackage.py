"""The store: what was said to be saved is there, and nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import IdentityTaken, StoreBusy, StoreDamaged
from geo_rv.frames import conform_frame
from geo_rv.store import geopackage
from geo_rv.store.geopackage import GeoPackageStore

CATALOGUE = load_catalogue()
ROAD = CATALOGUE["road"]


def make_roads(identities, *, shift=0.0):
    lines = [
        shapely.LineString([(113.8 + shift + n / 1e4, 31.8), (113.9 + shift, 31.9 + n / 1e4)])
        for n in range(len(identities))
    ]
    columns = {"id": identities, "class": ["county"] * len(identities), "name": "路"}
    return conform_frame(gpd.GeoDataFrame(columns, geometry=lines, crs=4490), ROAD)


@pytest.fixture
def store(tmp_path):
    return GeoPackageStore.create(tmp_path / "data.gpkg", CATALOGUE)


def write(store, frame, **options):
    store.write_layers({"road": frame}, source={"road": "roads.csv"}, **options)


def test_layer_comes_back_as_it_went_in(store):
    roads = make_roads(["a", "b", "c"])
    write(store, roads)
    back = store.read_layer("road")
    assert back.drop(columns="geometry").equals(roads.drop(columns="geometry"))
    assert shapely.equals_identical(back.geometry.values, roads.geometry.values).all()
    assert back.crs.to_epsg() == 4490


def test_nulls_dates_numbers_and_booleans_survive(store):
    spec = CATALOGUE["burial"]
    columns = {
        "id": ["1", "2"],
        "area_m2": [0.5, None],
        "buried_on": ["2024-03-20", None],
        "protected_historic": [True, None],
    }
    points = shapely.points([[113.8, 31.8], [113.9, 31.9]])
    graves = conform_frame(gpd.GeoDataFrame(columns, geometry=points, crs=4490), spec)
    store.write_layers({"burial": graves}, source={"burial": "x"})
    back = store.read_layer("burial")
    assert back.dtypes.equals(graves.dtypes)
    assert back.drop(columns="geometry").equals(graves.drop(columns="geometry"))


def test_box_finds_what_geopandas_finds(store):
    rng = np.random.default_rng(7)
    points = shapely.points(rng.uniform((113.7, 31.7), (114.0, 32.0), (500, 2)))
    frame = gpd.GeoDataFrame({"id": [f"g{n}" for n in range(500)]}, geometry=points, crs=4490)
    store.write_layers(
        {"burial": conform_frame(frame, CATALOGUE["burial"])}, source={"burial": "x"}
    )
    box = (113.8, 31.8, 113.9, 31.85)
    expected = set(frame[frame.intersects(shapely.box(*box))]["id"])
    assert set(store.read_layer("burial", bounds=box)["id"]) == expected


@pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="ogrinfo is missing: apt-get install gdal-bin"
)
def test_other_programs_read_it(store):
    write(store, make_roads(["a", "b"]))
    listed = subprocess.run(
        ["ogrinfo", "-al", "-so", store.path], capture_output=True, text=True, check=True
    )
    assert "Feature Count: 2" in listed.stdout
    assert "China Geodetic Coordinate System 2000" in listed.stdout
    assert "warning" not in (listed.stdout + listed.stderr).lower()


def test_triggers_keep_the_index_when_another_program_edits(store):
    write(store, make_roads(["a", "b"]))
    moved = shapely.LineString([(100, 30), (101, 31)])
    pyogrio.write_dataframe(
        gpd.GeoDataFrame({"id": ["c"], "class": ["county"]}, geometry=[moved], crs=4490),
        store.path,
        layer="road",
        append=True,
    )
    assert list(store.read_layer("road", bounds=(99, 29, 102, 32))["id"]) == ["c"]


def test_taken_identity_is_refused_and_nothing_changes(store):
    write(store, make_roads(["a", "b"]))
    before = store.list_layers()
    with pytest.raises(IdentityTaken) as refusal:
        write(store, make_roads(["b", "c"]))
    assert "--mode update" in refusal.value.in_language("zh")
    assert store.list_layers() == before


def test_replacing_keeps_the_old_features_in_the_history(store):
    write(store, make_roads(["a", "b"]))
    write(store, make_roads(["b", "z"]), mode="replace")
    assert sorted(store.read_layer("road")["id"]) == ["b", "z"]
    with sqlite3.connect(store.path) as connection:
        kept = connection.execute(
            "SELECT feature FROM geo_rv_change_feature WHERE before IS NOT NULL ORDER BY feature"
        ).fetchall()
    connection.close()
    assert kept == [("a",), ("b",)]
    assert len(store.read_layer("road", bounds=(113, 31, 115, 33))) == 2


def test_state_tells_count_bounds_and_a_growing_version(store):
    assert store.list_layers() == ()
    write(store, make_roads(["a"]))
    (first,) = store.list_layers()
    assert (first.spec.kind, first.count) == ("road", 1)
    assert first.bounds == pytest.approx((113.8, 31.8, 113.9, 31.9), abs=1e-4)
    write(store, make_roads(["b"], shift=1))
    (second,) = store.list_layers()
    assert second.stamp != first.stamp
    assert second.bounds == pytest.approx((113.8, 31.8, 114.9, 31.9), abs=1e-4)


def test_two_layers_go_in_together_or_not_at_all(store):
    write(store, make_roads(["a"]))
    railway = conform_frame(make_roads(["r"]), CATALOGUE["railway"])
    with pytest.raises(IdentityTaken):
        store.write_layers(
            {"railway": railway, "road": make_roads(["a"])},
            source={"railway": "x", "road": "x"},
        )
    assert [state.spec.kind for state in store.list_layers()] == ["road"]


def test_catalogue_that_gained_a_field_opens_an_older_file(store):
    write(store, make_roads(["a"]))
    connection = sqlite3.connect(store.path)
    connection.execute('ALTER TABLE road DROP COLUMN "remark"')
    connection.commit()
    connection.close()
    assert store.read_layer("road")["remark"].isna().all()
    write(store, make_roads(["b"]))
    assert sorted(store.read_layer("road")["id"]) == ["a", "b"]


def test_a_second_writer_is_told_to_wait(store, monkeypatch):
    monkeypatch.setattr(geopackage, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        write(store, make_roads(["a"]))
    other.rollback()
    other.close()
    write(store, make_roads(["a"]))


def test_a_damaged_file_is_named(tmp_path):
    file = tmp_path / "data.gpkg"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreDamaged, match=r"data\.gpkg"):
        GeoPackageStore(file, CATALOGUE)


SLOW_WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from geo_rv.store import geopackage, rows
import test_geopackage as made

def wait(*_):
    print("almost", flush=True)
    time.sleep(60)

rows._note_extent = wait
geopackage.CACHE_KIB = 8  # so that pages reach the file before the end
store = geopackage.GeoPackageStore(Path({path!r}), made.CATALOGUE)
made.write(store, made.make_roads([f"new{{n}}" for n in range({rows})]))
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
def test_kill_in_the_middle_of_an_import_leaves_the_project_as_it_was(store):
    write(store, make_roads(["a", "b"]))
    before = store.list_layers()
    script = SLOW_WRITER.format(tests=str(Path(__file__).parent), rows=5000, path=str(store.path))
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline().strip() == "almost"
    assert store.path.with_name("data.gpkg-journal").exists(), "nothing was on its way to the file"
    time.sleep(0.1)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    reopened = GeoPackageStore(store.path, CATALOGUE)
    assert reopened.list_layers() == before
    assert sorted(reopened.read_layer("road")["id"]) == ["a", "b"]
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    write(reopened, make_roads(["c"]))
    assert len(reopened.read_layer("road")) == 3
