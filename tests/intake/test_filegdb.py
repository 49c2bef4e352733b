"""File geodatabases, as folders and in zips, and FlatGeobuf: against what GDAL itself reads."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import (
    DatumRefused,
    LayersAmbiguous,
    SourceError,
    SourceRefused,
    UnknownSourceLayer,
)
from geo_rv.intake import Wish, read_candidates

DATA = Path(__file__).parents[3] / "shared" / "data" / "gdal-autotest" / "autotest" / "ogr" / "data"
FLAT = Path(__file__).parents[3] / "shared" / "data" / "mapshaper-testdata" / "test" / "data"


def pack(folder, path, *, inside=""):
    """Zip the files of `folder`, under the folder `inside` of the archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, inside + file.name)
    return path


@pytest.fixture
def town(graves, roads, tmp_path):
    """Return a geodatabase of two feature classes and one of a name that is no kind."""
    path = tmp_path / "town.gdb"
    shapes = graves.rename(columns={"编号": "BSM"})
    shapes.to_file(path, layer="坟墓", driver="OpenFileGDB")
    roads.to_file(path, layer="road", driver="OpenFileGDB", mode="a")
    roads.to_file(path, layer="草稿", driver="OpenFileGDB", mode="a")
    return path


@pytest.mark.parametrize("inside", ["", "town.gdb/", "数据/一.gdb/"])
def test_folder_and_zip_bring_the_same(inside, town, graves, tmp_path, catalogue):
    zipped = pack(town, tmp_path / "any.zip", inside=inside)
    for path in (town, zipped):
        candidates = read_candidates(path, catalogue=catalogue)
        by_kind = {candidate.kind: candidate for candidate in candidates}
        assert set(by_kind) == {"burial", "road"}
        frame = by_kind["burial"].frame
        assert frame["id"].tolist() == graves["编号"].tolist()
        assert frame["name"].tolist() == graves["名称"].tolist()
        # a geodatabase keeps coordinates on a grid of about 1e-9 degrees
        assert shapely.equals_exact(frame.geometry.values, graves.geometry.values, 1e-8).all()
        assert by_kind["road"].format == "filegdb"
        keys = [problem.key for problem in candidates[0].problems]
        assert "left_out" in keys


def test_layer_is_chosen(town, tmp_path, read, catalogue):
    zipped = pack(town, tmp_path / "any.zip", inside="town.gdb/")
    for path in (town, zipped):
        assert read(path, layer="草稿", kind="road").rows_read == 2
        assert read(path, kind="burial").layer_in_source == "坟墓"
        with pytest.raises(UnknownSourceLayer, match="草稿"):
            read(path, layer="没有")
        with pytest.raises(LayersAmbiguous):
            read_candidates(path, catalogue=catalogue, wish=Wish(kind="river"))


def test_locks_and_indexes_beside_do_no_harm(town, read):
    (town / "_gdb.PC-7.1.2.sr.lock").write_bytes(b"")
    (town / "a00000009.spx").write_bytes(b"rubbish")
    assert read(town, kind="burial").rows_read == 3


def test_compressed_geodatabase_is_told(tmp_path, read):
    folder = tmp_path / "burial.gdb"
    folder.mkdir()
    (folder / "a00000001.cdf").write_bytes(b"x")
    with pytest.raises(SourceRefused, match="ArcGIS"):
        read(folder)
    with pytest.raises(SourceRefused, match="ArcGIS"):
        read(pack(folder, tmp_path / "burial.zip", inside="burial.gdb/"))


def test_old_datum_is_refused(roads, tmp_path, read):
    path = tmp_path / "road.gdb"
    frame = roads.set_crs(4610, allow_override=True)
    frame.to_file(path, layer="road", driver="OpenFileGDB")
    with pytest.raises(DatumRefused):
        read(path)


GEODATABASES = [
    "filegdb/testopenfilegdb.gdb.zip",
    "filegdb/testopenfilegdb92.gdb.zip",
    "filegdb/test_spatial_index.gdb.zip",
    "filegdb/weird_winding_order_fgdb.zip",
    "filegdb/field_alias.gdb",
    "filegdb/Domains.gdb",
    "filegdb/test3005.gdb.zip",
]


@pytest.mark.parametrize("name", GEODATABASES)
def test_real_geodatabases_as_ogr_reads_them(name, read, tmp_path):
    """Every layer has as many rows as ogrinfo tells."""
    path = DATA / name
    if not path.exists() or not Path("/usr/bin/ogr2ogr").is_file():
        pytest.skip("GDAL's test files or ogr2ogr are not here")
    source = path
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "all")
        (table,) = (tmp_path / "all").rglob("a00000001.gdbtable")
        source = table.parent.rename(tmp_path / "oracle.gdb")
    command = ["/usr/bin/ogrinfo", "-so", "-al", "-ro", source]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    counts = list_counts(told.stdout)
    assert counts
    for layer, count in list(counts.items())[:6]:
        try:
            candidate = read(path, layer=layer, kind="project", crs=None)
        except SourceError as error:
            # without a system, or without rows
            assert "--crs" in str(error) or count == 0 or "rows" in str(error)  # noqa: PT017
            continue
        assert candidate.rows_read == count


def list_counts(told):
    """Return how many features each layer with geometries has, of what ogrinfo prints."""
    counts, name, has_shape = {}, "", False
    for line in told.splitlines():
        key, _, value = line.partition(": ")
        if key == "Layer name":
            name = value
        elif key == "Geometry":
            has_shape = value != "None"
        elif key == "Feature Count" and has_shape:
            counts[name] = int(value)
    return counts


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the bytes of each file of a small geodatabase."""
    path = tmp_path_factory.mktemp("gdb") / "road.gdb"
    line = shapely.LineString([(113.8, 31.8), (113.9, 31.85)])
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[line, line.reverse()], crs=4490)
    frame.to_file(path, layer="railway", driver="OpenFileGDB")
    return {file.name: file.read_bytes() for file in path.iterdir()}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_tables_are_refused_or_read(data, whole, read, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / "railway.gdb"
    path.mkdir()
    name = data.draw(st.sampled_from(sorted(whole)))
    at = data.draw(st.integers(0, max(0, len(whole[name]) - 1)))
    rubbish = data.draw(st.binary(min_size=1, max_size=8))
    for file, content in whole.items():
        changed = bytearray(content)
        if file == name:
            changed[at : at + len(rubbish)] = rubbish
        (path / file).write_bytes(changed)
    try:
        read(path, kind="railway")
    except SourceError as error:
        assert "railway.gdb" in str(error)  # noqa: PT017 - either is fine, a crash is not


# ---- FlatGeobuf


def test_flatgeobuf_brings_the_same(graves, tmp_path, read):
    graves.to_file(tmp_path / "burial.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    candidate = read(tmp_path / "burial.fgb")
    assert candidate.format == "flatgeobuf"
    assert candidate.frame["id"].tolist() == graves["编号"].tolist()
    assert candidate.frame["name"].tolist() == graves["名称"].tolist()
    shapes = candidate.frame.geometry.values
    assert shapely.equals_identical(shapes, graves.geometry.values).all()


def test_flatgeobuf_with_an_index_brings_all_rows(roads, tmp_path, read):
    roads.to_crs(4547).to_file(tmp_path / "road.fgb", driver="FlatGeobuf")
    frame = read(tmp_path / "road.fgb").frame.sort_values("id")
    assert shapely.equals_exact(frame.geometry.values, roads.geometry.values, 1e-9).all()


def test_real_flatgeobuf_files(read):
    files = sorted((FLAT / "features" / "buffer").glob("*.fgb"))
    if not files:
        pytest.skip("mapshaper's test files are not here")
    for path in files:
        oracle = gpd.read_file(path)
        candidate = read(path, kind="project", crs=None if oracle.crs else "EPSG:3857")
        assert candidate.rows_read == len(oracle), path.name


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.floats(0, 1), rubbish=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_damaged_flatgeobuf_is_refused_or_read(where, rubbish, cut, read, tmp_path, graves):
    path = tmp_path / "burial.fgb"
    if not (tmp_path / "whole.fgb").is_file():
        graves.to_file(tmp_path / "whole.fgb", driver="FlatGeobuf")
    data = bytearray((tmp_path / "whole.fgb").read_bytes())
    at = 4 + int(where * (len(data) - 5))
    data[at : at + len(rubbish)] = rubbish
    path.write_bytes(data[:at] if cut else data)
    try:
        read(path)
    except SourceError as error:
        assert "burial.fgb" in str(error)  # noqa: PT017 - either is fine, a crash is not


def test_arcs_enclose_what_ogr2ogr_finds_when_it_draws_them(tmp_path, read):
    source = DATA / "filegdb" / "curves.gdb"
    if not source.exists() or not Path("/usr/bin/ogr2ogr").is_file():
        pytest.skip("GDAL's test files or ogr2ogr are not here")
    drawn = tmp_path / "drawn.gpkg"
    command = ["ogr2ogr", "-nlt", "CONVERT_TO_LINEAR", "-a_srs", "EPSG:4490", drawn, source]
    subprocess.run([*map(str, command), "polygon"], check=True, timeout=60)
    wanted = shapely.area(gpd.read_file(drawn).geometry.to_numpy())
    candidate = read(source, kind="cemetery", layer="polygon")
    assert [one.facts["count"] for one in candidate.problems if one.key == "curves_drawn"] == [5]
    # ogr2ogr takes 4 degrees a step; coordinates there are not in degrees, so rows may be refused
    found = [*candidate.frame.geometry, *candidate.refused_before]
    assert sorted(shapely.area(found)) == pytest.approx(sorted(wanted), rel=5e-3)
