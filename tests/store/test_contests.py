"""The log of contests: what was said stays, whatever happens to the layer or the file."""

import shutil
import sqlite3
import subprocess

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import FeatureMissing, LayerMissing, NotContested, ReasonRefused, StoreBusy
from geo_rv.frames import conform_frame
from geo_rv.store import geopackage
from geo_rv.store.contests import clean_reason, find_version, list_contests, write_contest
from geo_rv.store.geopackage import GeoPackageStore

CATALOGUE = load_catalogue()
FINDING = ("burial", "g1", "BUR-02")


def put_graves(store, *identities, mode="add"):
    points = shapely.points([[113.8 + n / 1000, 31.8] for n in range(len(identities))])
    frame = gpd.GeoDataFrame({"id": identities}, geometry=points, crs=4490)
    graves = conform_frame(frame, CATALOGUE["burial"])
    store.write_layers({"burial": graves}, source={"burial": "test"}, mode=mode)


@pytest.fixture
def store(tmp_path):
    made = GeoPackageStore.create(tmp_path / "data.gpkg", CATALOGUE)
    put_graves(made, "g1", "g2")
    return made


def contest(store, finding=FINDING, reason="迁走了"):
    return write_contest(store, finding, action="contest", reason=reason)


def withdraw(store, finding=FINDING, reason=""):
    return write_contest(store, finding, action="withdraw", reason=reason)


def open_directly(store):
    return sqlite3.connect(store.path, isolation_level=None)


def test_a_project_older_than_contests_has_none(store):
    assert list_contests(store) == ()
    assert find_version(store) == 0
    with pytest.raises(NotContested):
        withdraw(store)
    assert list_contests(store) == ()


def test_what_is_written_is_read_again(store):
    first = contest(store)
    second = withdraw(store, reason="已核实")
    assert list_contests(store) == (first, second)
    assert (first.finding, first.action, first.reason) == (FINDING, "contest", "迁走了")
    assert first.at.endswith("+00:00")
    assert first.who
    assert GeoPackageStore(store.path, CATALOGUE).path == store.path
    assert list_contests(GeoPackageStore(store.path, CATALOGUE)) == (first, second)


def test_the_version_grows_with_each_entry_and_the_layers_stay(store):
    layers, versions = store.list_layers(), [find_version(store)]
    for act in (contest, contest, withdraw):
        act(store)
        versions.append(find_version(store))
    assert versions == sorted(set(versions))
    assert store.list_layers() == layers


def test_a_contest_outlives_the_layer_that_is_replaced(store):
    contest(store)
    put_graves(store, "g9", mode="replace")
    assert [entry.site for entry in list_contests(store)] == ["g1"]
    # its grave is gone: it can be withdrawn, and not contested again
    withdraw(store)
    with pytest.raises(FeatureMissing):
        contest(store)


def test_only_what_is_contested_can_be_withdrawn_and_once(store):
    contest(store)
    with pytest.raises(NotContested):
        withdraw(store, ("burial", "g2", "BUR-02"))
    withdraw(store)
    with pytest.raises(NotContested) as refused:
        withdraw(store)
    assert "坟墓" in refused.value.in_language("zh")
    assert len(list_contests(store)) == 2


@pytest.mark.parametrize(
    ("finding", "error"),
    [
        (("burial", "nobody", "BUR-02"), FeatureMissing),
        (("burial", "", "BUR-02"), FeatureMissing),
        (("burial", "' OR 1=1 --", "BUR-02"), FeatureMissing),
        (("burial", "\ud800", "BUR-02"), FeatureMissing),
        (("cemetery", "g1", "BUR-02"), LayerMissing),
    ],
)
def test_a_site_that_is_not_there_is_refused(store, finding, error):
    with pytest.raises(error) as refused:
        contest(store, finding)
    for language in ("zh", "en"):
        assert refused.value.in_language(language).encode()
    assert list_contests(store) == ()


@pytest.mark.parametrize(
    "reason", ["", "   ", "\n", "字" * 501, "a\x00b", "a\x1bb", "\u202eabc", "\u200b", "\ud800"]
)
def test_a_reason_that_says_nothing_or_hides_something_is_refused(store, reason):
    with pytest.raises(ReasonRefused) as refused:
        contest(store, reason=reason)
    assert "500" in str(refused.value)
    assert list_contests(store) == ()


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("  两行\r\n理由　\t完 ", "两行 理由 完"),
        ("字" * 500, "字" * 500),
        ("'; DROP TABLE geo_rv_contest; --", "'; DROP TABLE geo_rv_contest; --"),
        ("<b>{x}</b> 🪦", "<b>{x}</b> 🪦"),
    ],
)
def test_a_reason_is_kept_on_one_line_as_it_was(store, reason, kept):
    contest(store, reason=reason)
    assert list_contests(store)[0].reason == kept


@given(st.text(max_size=600))
def test_a_reason_is_cleaned_or_refused(reason):
    try:
        cleaned = clean_reason(reason, needed=True)
    except ReasonRefused:
        return
    assert 1 <= len(cleaned) <= 500
    assert cleaned == clean_reason(cleaned, needed=True) == cleaned.strip()
    assert cleaned.encode()
    assert not set(map(ord, cleaned)) & {*range(32), *range(127, 160)}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE geo_rv_contest SET reason = 'other'", "DELETE FROM geo_rv_contest"],
)
def test_the_log_cannot_be_altered(store, statement):
    entry = contest(store)
    other = open_directly(store)
    with pytest.raises(sqlite3.IntegrityError, match="on record"):
        other.execute(statement)
    other.close()
    assert list_contests(store) == (entry,)


def test_a_contest_waits_for_the_other_writer(store, monkeypatch):
    monkeypatch.setattr(geopackage, "BUSY_SECONDS", 0.1)
    other = open_directly(store)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        contest(store)
    other.rollback()
    other.close()
    contest(store)


@pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="ogrinfo is missing: apt-get install gdal-bin"
)
def test_other_programs_read_the_file_and_the_log(store):
    contest(store)
    told = subprocess.run(
        ["ogrinfo", "-al", store.path], capture_output=True, text=True, check=True
    )
    assert "迁走了" in told.stdout
    assert "Layer name: burial" in told.stdout
    assert told.stderr == ""
