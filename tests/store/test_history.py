"""Updates by identity, batches, and undoing them: the layers are what they were, or nothing is."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import (
    BatchOverlaid,
    BatchUndone,
    BatchUnknown,
    FeaturesEdited,
    NothingToUndo,
    ProjectChanged,
    StoreReadOnly,
)
from geo_rv.frames import conform_frame
from geo_rv.store.encoding import encode_geometries
from geo_rv.store.geopackage import GeoPackageStore
from geo_rv.store.history import list_batches, undo_batch

CATALOGUE = load_catalogue()
ROAD = CATALOGUE["road"]
BURIAL = CATALOGUE["burial"]


def make_roads(names, *, shift=0.0):
    """Return one county road for each identity, called as `names` says."""
    lines = [
        shapely.LineString([(113.8 + shift, 31.8 + n / 1e3), (113.9 + shift, 31.8 + n / 1e3)])
        for n in range(len(names))
    ]
    columns = {"id": list(names), "class": "county", "name": list(names.values())}
    return conform_frame(gpd.GeoDataFrame(columns, geometry=lines, crs=4490), ROAD)


def make_graves(*identities, **columns):
    points = shapely.points([[113.8 + n / 1e3, 31.8] for n in range(len(identities))])
    frame = gpd.GeoDataFrame({"id": identities, **columns}, geometry=points, crs=4490)
    return conform_frame(frame, BURIAL)


def write(store, mode="add", **frames):
    return store.write_layers(frames, source={kind: f"{kind}.csv" for kind in frames}, mode=mode)


def read_names(store):
    frame = store.read_layer("road")
    return dict(zip(frame["id"], frame["name"], strict=True))


def read_all(store):
    """Return all layers as comparable values, whatever their order."""
    return {
        state.spec.kind: sorted(
            map(repr, store.read_layer(state.spec.kind).to_wkb(hex=True).to_numpy().tolist())
        )
        for state in store.list_layers()
    }


def list_indexed(store, kind):
    """Return the boxes of the R-tree beside those of the geometries, by fid, in doubles."""
    connection = sqlite3.connect(store.path)
    boxes = {
        row[0]: row[1:]
        for row in connection.execute(
            f"SELECT id, minx, miny, maxx, maxy FROM rtree_{kind}_geom"  # noqa: S608
        )
    }
    triggers = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_%'"
    ).fetchone()[0]
    connection.close()
    frame = pyogrio.read_dataframe(store.path, layer=kind, fid_as_index=True)
    return boxes, frame.geometry.bounds, triggers


def check_index(store, kind):
    boxes, bounds, triggers = list_indexed(store, kind)
    assert sorted(boxes) == sorted(bounds.index)
    for number, (west, south, east, north) in boxes.items():
        inside = bounds.loc[number]
        # the R-tree keeps floats, rounded outwards
        assert west <= inside.minx <= west + 1e-4
        assert east - 1e-4 <= inside.maxx <= east
        assert south <= inside.miny <= south + 1e-4
        assert north - 1e-4 <= inside.maxy <= north
    assert triggers >= 7


def act_elsewhere(store, *statements):
    """Change the file as a program does that keeps its own R-tree; return the last answer."""
    connection = sqlite3.connect(store.path)
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        answer = connection.execute(statement).fetchall()
    connection.commit()
    connection.close()
    return answer


@pytest.fixture
def store(tmp_path):
    return GeoPackageStore.create(tmp_path / "data.gpkg", CATALOGUE)


class TestUpdate:
    def test_changes_what_differs_adds_what_is_new_and_leaves_the_rest(self, store):
        write(store, road=make_roads({"a": "甲", "b": "乙", "c": "丙"}))
        brought = make_roads({"b": "乙", "c": "丙"}, shift=0.0)
        # b moves up to where a was; c moves to where b was and gets a new name; d is new
        brought = conform_frame(
            pd.concat([brought, make_roads({"x": "", "y": "", "d": "丁"}).iloc[[2]]]), ROAD
        )
        (change,) = write(store, "update", road=brought)
        assert (change.added, change.changed, change.removed) == (1, 2, 0)
        assert read_names(store) == {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
        check_index(store, "road")

    def test_what_is_equal_is_not_in_the_history(self, store):
        roads = make_roads({"a": "甲", "b": "乙"})
        write(store, road=roads)
        renamed = roads.assign(name=pd.Series(["甲", "新名"], dtype="str"))
        (change,) = write(store, "update", road=renamed)
        connection = sqlite3.connect(store.path)
        touched = connection.execute(
            "SELECT feature FROM geo_rv_change_feature WHERE change = ?", (change.number,)
        ).fetchall()
        connection.close()
        assert touched == [("b",)]

    def test_nothing_new_is_no_change_at_all(self, store):
        graves = make_graves(
            "1", "2", area_m2=[0.5, -0.0], buried_on=["2024-03-20", None],
            protected_historic=[True, None],
        )  # fmt: skip
        write(store, burial=graves)
        stamp = store.stamp
        for mode in ("update", "replace"):
            assert write(store, mode, burial=graves) == ()
        assert store.stamp == stamp
        assert len(list_batches(store)) == 1

    def test_replacing_touches_only_what_differs(self, store):
        write(store, road=make_roads({"a": "甲", "b": "乙", "c": "丙"}))
        (change,) = write(store, "replace", road=make_roads({"a": "甲", "b": "新"}))
        assert (change.added, change.changed, change.removed) == (0, 1, 1)
        assert read_names(store) == {"a": "甲", "b": "新"}
        check_index(store, "road")

    def test_columns_of_other_programs_are_left_alone(self, store):
        write(store, road=make_roads({"a": "甲"}))
        added = "ALTER TABLE road ADD COLUMN photo BLOB"
        act_elsewhere(store, added, "UPDATE road SET photo = x'0102'")
        (change,) = write(store, "update", road=make_roads({"a": "新"}))
        assert act_elsewhere(store, "SELECT name, photo FROM road") == [("新", b"\1\2")]
        undo_batch(store, change.batch)
        assert act_elsewhere(store, "SELECT name, photo FROM road") == [("甲", b"\1\2")]


class TestUndo:
    def test_puts_back_what_was_changed_added_and_removed(self, store):
        write(store, road=make_roads({"a": "甲", "b": "乙", "c": "丙"}))
        before = read_all(store)
        write(store, "replace", road=make_roads({"b": "新", "z": "末"}, shift=0.5))
        undone = undo_batch(store)
        assert read_all(store) == before
        (change,) = undone.changes
        assert (undone.undoes, change.added, change.changed, change.removed) == (2, 2, 1, 1)
        check_index(store, "road")
        (state,) = store.list_layers()
        assert state.bounds == pytest.approx((113.8, 31.8, 113.9, 31.802), abs=1e-4)

    def test_several_layers_are_one_batch(self, store):
        write(store, road=make_roads({"a": "甲"}))
        before = read_all(store)
        write(store, road=make_roads({"b": "乙"}), burial=make_graves("1", "2"))
        first, *_ = list_batches(store)
        assert [change.layer for change in first.changes] == ["road", "burial"]
        undo_batch(store, first.number)
        assert read_all(store) == before

    def test_a_layer_that_was_not_there_is_gone_and_can_come_back(self, store):
        graves = make_graves("1", "2", area_m2=[0.5, 0.8])
        write(store, burial=graves)
        undone = undo_batch(store)
        assert store.list_layers() == ()
        assert "burial" not in [name for name, _ in pyogrio.list_layers(store.path)]
        undo_batch(store, undone.number)
        back = store.read_layer("burial")
        assert back.drop(columns="geometry").equals(graves.drop(columns="geometry"))
        assert shapely.equals_identical(back.geometry.values, graves.geometry.values).all()
        check_index(store, "burial")
        write(store, burial=make_graves("3"))
        assert len(store.read_layer("burial")) == 3

    def test_goes_back_import_by_import(self, store):
        states = []
        for name in "甲乙丙":
            states.append(read_all(store))
            write(store, "update", road=make_roads({"a": name, name: name}))
        for state in reversed(states):
            undo_batch(store)
            assert read_all(store) == state
        with pytest.raises(NothingToUndo):
            undo_batch(store)

    def test_is_undone_and_done_again(self, store):
        write(store, road=make_roads({"a": "甲"}))
        write(store, "update", road=make_roads({"a": "乙"}))
        for number in (2, 3, 2, 5):
            undo_batch(store, number)
        assert read_names(store) == {"a": "乙"}
        undo_batch(store, 2)
        assert read_names(store) == {"a": "甲"}

    def test_names_the_features_that_were_changed_again(self, store):
        write(store, road=make_roads({"a": "甲", "b": "乙"}))
        write(store, road=make_roads({"x": "", "y": "", "c": "丙"}).iloc[[2]])
        write(store, "update", road=make_roads({"a": "新"}))
        before = read_all(store)
        with pytest.raises(BatchOverlaid) as refusal:
            undo_batch(store, 1)
        assert refusal.value.facts["by"] == 3
        assert "a" in refusal.value.in_language("zh")
        assert read_all(store) == before
        # what others did to other features does not matter, and stays
        undo_batch(store, 3)
        undo_batch(store, 1)
        assert read_names(store) == {"c": "丙"}

    def test_names_the_undoing_that_has_taken_the_features_away(self, store):
        write(store, road=make_roads({"a": "甲"}))
        write(store, "update", road=make_roads({"a": "乙"}))
        undo_batch(store, 2)
        undo_batch(store, 1)
        # what is to be done again was done to a feature that batch 4, and no other program, removed
        with pytest.raises(BatchOverlaid) as refusal:
            undo_batch(store, 3)
        assert refusal.value.facts["by"] == 4
        undo_batch(store, 4)
        undo_batch(store, 3)
        assert read_names(store) == {"a": "乙"}

    def test_unknown_and_undone_batches_are_told(self, store):
        write(store, road=make_roads({"a": "甲"}))
        with pytest.raises(BatchUnknown):
            undo_batch(store, 7)
        undo_batch(store, 1)
        with pytest.raises(BatchUndone) as refusal:
            undo_batch(store, 1)
        assert refusal.value.facts["by"] == 2

    @pytest.mark.parametrize("what", ["UPDATE road SET name = 'QGIS'", "DELETE FROM road"])
    def test_does_not_lose_what_another_program_did(self, store, what):
        write(store, road=make_roads({"a": "甲"}))
        act_elsewhere(store, what)
        with pytest.raises(FeaturesEdited) as refusal:
            undo_batch(store)
        assert "QGIS" in refusal.value.in_language("en")
        assert len(list_batches(store)) == 1

    def test_features_of_another_program_keep_the_layer(self, store):
        write(store, road=make_roads({"a": "甲"}))
        pyogrio.write_dataframe(
            make_roads({"q": "QGIS"})[["id", "class", "name", "geometry"]],
            store.path,
            layer="road",
            append=True,
        )
        undo_batch(store)
        assert read_names(store) == {"q": "QGIS"}

    def test_changes_the_stamps(self, store):
        write(store, road=make_roads({"a": "甲"}), burial=make_graves("1"))
        write(store, "update", road=make_roads({"a": "乙"}))
        seen = {store.stamp}
        before = {state.spec.kind: state.stamp for state in store.list_layers()}
        undo_batch(store)
        after = {state.spec.kind: state.stamp for state in store.list_layers()}
        assert after["road"] != before["road"]
        assert after["burial"] == before["burial"]
        assert store.stamp not in seen
        undo_batch(store, 3)
        assert {state.spec.kind: state.stamp for state in store.list_layers()}["road"] not in (
            before["road"],
            after["road"],
        )


NAMES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("甲乙"), min_size=1)
STEPS = st.lists(st.tuples(st.sampled_from(["update", "replace"]), NAMES), min_size=1, max_size=5)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_any_history_can_be_walked_back_and_forth(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("walk")
    store = GeoPackageStore.create(folder / "data.gpkg", CATALOGUE)
    states = [read_all(store)]
    for mode, names in steps:
        if write(store, mode, road=make_roads(names)):
            states.append(read_all(store))
    undone = []
    for state in states[-2::-1]:
        undone.append(undo_batch(store).number)
        assert read_all(store) == state
    for number, state in zip(reversed(undone), states[1:], strict=True):
        undo_batch(store, number)
        assert read_all(store) == state
    shutil.rmtree(folder)


def test_history_tells_who_did_what_and_when(store):
    write(store, road=make_roads({"a": "甲", "b": "乙"}))
    write(store, "replace", road=make_roads({"b": "新", "c": "丙"}))
    undo_batch(store, 2)
    undone, replaced, added = list_batches(store)
    assert [batch.action for batch in (undone, replaced, added)] == ["undo", "replace", "add"]
    assert (undone.undoes, replaced.undone_by, added.undone_by) == (2, 3, None)
    assert added.changes[0].source == "road.csv"
    counted = [(c.added, c.changed, c.removed) for b in (added, replaced) for c in b.changes]
    assert counted == [(2, 0, 0), (1, 1, 1)]
    assert added.at.endswith("+00:00")
    assert added.who


def test_a_project_that_changed_since_is_not_written_to(store):
    stamp = store.stamp
    write(store, road=make_roads({"a": "甲"}))
    with pytest.raises(ProjectChanged):
        store.write_layers(
            {"road": make_roads({"b": "乙"})}, source={"road": "x"}, mode="update", stamp=stamp
        )
    assert read_names(store) == {"a": "甲"}


OLD_TABLES = """
DROP TABLE geo_rv_change; DROP TABLE geo_rv_change_feature;
CREATE TABLE geo_rv_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
  action TEXT NOT NULL, layer TEXT NOT NULL, source TEXT NOT NULL, features INTEGER NOT NULL
);
CREATE TABLE geo_rv_change_feature (
  change INTEGER NOT NULL REFERENCES geo_rv_change(id), feature TEXT NOT NULL, before TEXT
);
INSERT INTO geo_rv_change VALUES (1, '2025-01-01T00:00:00+00:00', 'li', 'add', 'road', 'a', 2);
INSERT INTO geo_rv_change VALUES (2, '2025-01-02T00:00:00+00:00', 'li', 'replace', 'road', 'b', 2);
INSERT INTO geo_rv_change_feature VALUES (1, 'a', NULL), (1, 'b', NULL);
INSERT INTO geo_rv_change_feature VALUES (2, 'b', NULL), (2, 'c', NULL);
"""


def make_old(store):
    """Make of `store` one as it was before there were batches: a and b, replaced by b and c."""
    write(store, road=make_roads({"b": "新", "c": "丙"}))
    old = make_roads({"a": "甲", "b": "乙"})
    blobs = encode_geometries(old.geometry.to_numpy())
    connection = sqlite3.connect(store.path)
    connection.executescript(OLD_TABLES)
    names = zip(old["id"], old["name"], blobs, strict=True)
    for identity, name, blob in names:
        values = {"geom": blob.hex(), "id": identity, "class": "county", "name": name}
        connection.execute(
            "INSERT INTO geo_rv_change_feature VALUES (2, ?, ?)", (identity, json.dumps(values))
        )
    connection.commit()
    connection.close()
    return old


def test_an_older_project_gains_batches_when_it_is_opened(store):
    old = make_old(store)
    opened = GeoPackageStore(store.path, CATALOGUE)
    replaced, added = list_batches(opened)
    assert (replaced.number, added.number, replaced.who) == (2, 1, "li")
    assert [(c.added, c.changed, c.removed) for c in replaced.changes] == [(1, 1, 1)]
    assert [(c.added, c.changed, c.removed) for c in added.changes] == [(2, 0, 0)]
    undo_batch(opened)
    back = opened.read_layer("road").sort_values("id", ignore_index=True)
    assert back.drop(columns="geometry").equals(old.drop(columns="geometry"))
    assert shapely.equals_identical(back.geometry.values, old.geometry.values).all()
    # once is enough
    assert len(list_batches(GeoPackageStore(store.path, CATALOGUE))) == 3


def test_an_older_project_that_cannot_be_written_is_told(store, monkeypatch):
    make_old(store)
    # as on a write-protected share; files of their own do not hinder root
    protected = f"{store.path.as_uri()}?mode=ro"
    monkeypatch.setattr(
        GeoPackageStore,
        "_connect",
        lambda _: sqlite3.connect(protected, uri=True, isolation_level=None),
    )
    with pytest.raises(StoreReadOnly, match=r"data\.gpkg"):
        GeoPackageStore(store.path, CATALOGUE)


DYING = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from geo_rv.store import geopackage, history, rows
import test_history as made

geopackage.CACHE_KIB = 8  # so that pages reach the file before the end
store = geopackage.GeoPackageStore(Path({path!r}), made.CATALOGUE)
count = {calls}

def die(*_):
    global count
    count -= 1
    if not count:
        os._exit(9)
    return note(*_)

note, rows._note_extent = rows._note_extent, die
names = {{f"n{{n}}": "新" for n in range(3000)}}
{act}
"""
ACTS = {
    "update": 'made.write(store, "update", road=made.make_roads(names | {"a": "新"}))',
    "second layer": 'made.write(store, "replace", road=made.make_roads(names), '
    'burial=made.make_graves("1"))',
    "undo": "history.undo_batch(store)",
}


@pytest.mark.parametrize(("act", "calls"), [("update", 1), ("second layer", 2), ("undo", 1)])
def test_a_death_in_the_middle_leaves_the_state_before(store, act, calls):
    write(store, road=make_roads({f"n{n}": "旧" for n in range(3000)} | {"a": "甲"}))
    write(store, "update", road=make_roads({"a": "乙"}))
    before, stamp, batches = read_all(store), store.stamp, list_batches(store)
    script = DYING.format(
        tests=str(Path(__file__).parent), path=str(store.path), act=ACTS[act], calls=calls
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert ended.returncode == 9, ended.stderr
    assert store.path.with_name("data.gpkg-journal").exists(), "nothing was on its way to the file"
    reopened = GeoPackageStore(store.path, CATALOGUE)
    assert read_all(reopened) == before
    assert (reopened.stamp, list_batches(reopened)) == (stamp, batches)
    check_index(reopened, "road")
    undo_batch(reopened)
    assert read_names(reopened)["a"] == "甲"


def test_a_geometry_that_another_program_emptied_comes_back_as_it_was(store):
    write(store, road=make_roads({"a": "甲"}))
    act_elsewhere(store, "UPDATE road SET geom = NULL", "DELETE FROM rtree_road_geom")
    write(store, "update", road=make_roads({"a": "乙"}))
    undo_batch(store)
    assert act_elsewhere(store, "SELECT geom, name FROM road") == [(None, "甲")]
    assert act_elsewhere(store, "SELECT count(*) FROM rtree_road_geom") == [(0,)]


def test_numbers_come_back_to_the_last_bit(store):
    rng = np.random.default_rng(3)
    areas = [*rng.uniform(0, 1, 50), -0.0, 1e300, 5e-324]
    graves = make_graves(*(f"g{n}" for n in range(len(areas))), area_m2=areas)
    write(store, burial=graves)
    write(store, "update", burial=graves.assign(area_m2=1.0))
    undo_batch(store)
    back = store.read_layer("burial").set_index("id").loc[graves["id"], "area_m2"]
    assert np.array_equal(back.to_numpy(), graves["area_m2"].to_numpy())
