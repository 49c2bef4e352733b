"""Databases, shapefiles, drawings, extracts and archives whose bytes lie."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo_rv.errors import ArchiveRefused, GeoRvError, SourceError, SourceMissing
from geo_rv.intake import Limits

PLACE = (113.85569, 31.85)
CONTENTS = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
    "VALUES ('{name}', 'features', '{name}', 4490)"
)
GEOMETRIES = "INSERT INTO gpkg_geometry_columns VALUES ('{name}', 'geom', 'POINT', 4490, 0, 0)"
VIEWS = {
    "extension": "SELECT 1 AS fid, load_extension('{canary}') AS name, geom FROM burial",
    "file": "SELECT 1 AS fid, readfile('{canary}') AS name, geom FROM burial",
    "network": "SELECT 1 AS fid, ogr_geocode('{address}') AS name, geom FROM burial",
    "endless": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i AS fid, i AS name, NULL AS geom FROM n",
}


def change_database(path, *statements):
    """Change a GeoPackage as its maker might, without the triggers that need spatial functions."""
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return path


@pytest.fixture
def database(graves, tmp_path):
    graves.to_file(tmp_path / "burial.gpkg", layer="burial", SPATIAL_INDEX="NO")
    return tmp_path / "burial.gpkg"


# ---- databases


def test_triggers_are_never_fired(database, survive):
    """A trigger that would destroy all: the copy is read only, and so is the file."""
    change_database(
        database,
        "CREATE TRIGGER a AFTER UPDATE ON burial BEGIN DELETE FROM burial; END",
        "CREATE TRIGGER b AFTER INSERT ON gpkg_contents BEGIN DELETE FROM burial; END",
    )
    before = database.read_bytes()
    (candidate,) = survive(database)
    assert len(candidate.frame) == 3
    assert database.read_bytes() == before


@pytest.mark.parametrize("query", VIEWS.values(), ids=VIEWS)
def test_views_are_never_read(query, database, canary, web_server, survive):
    query = query.replace("{canary}", str(canary)).replace("{address}", web_server[0])
    change_database(
        database,
        f"CREATE VIEW graves AS {query}",
        CONTENTS.format(name="graves"),
        GEOMETRIES.format(name="graves"),
    )
    outcome = survive(database)
    # GDAL opens no file that calls the geocoder
    assert isinstance(outcome, SourceError) or outcome[0].layer_in_source == "burial"
    change_database(database, "DELETE FROM gpkg_contents WHERE table_name = 'burial'")
    assert isinstance(survive(database, kind="burial"), SourceError)


def test_columns_that_are_computed_are_bounded(tmp_path, survive):
    """A few bytes that say that they are gigabytes."""
    path = tmp_path / "burial.gpkg"
    gpd.GeoDataFrame(
        {"id": [str(n) for n in range(200)]}, geometry=[shapely.Point(PLACE)] * 200, crs=4490
    ).to_file(path, SPATIAL_INDEX="NO")
    change_database(
        path, "ALTER TABLE burial ADD COLUMN name TEXT AS (printf('%*c', 10000000, 'x')) VIRTUAL"
    )
    outcome = survive(path, seconds=60, limits=Limits(memory_bytes=1 << 30, output_bytes=1 << 28))
    assert isinstance(outcome, SourceError)


def test_huge_blobs_are_bounded(database, survive):
    change_database(
        database,
        "ALTER TABLE burial ADD COLUMN picture BLOB",
        "UPDATE burial SET picture = zeroblob(200000000)",
    )
    outcome = survive(database, seconds=60, limits=Limits(memory_bytes=400 << 20))
    assert isinstance(outcome, SourceError)


def test_names_of_layers_lead_nowhere(database, web_server, canary, survive):
    address, _ = web_server
    for name in (f"/vsicurl/{address}/x.gpkg", str(canary), "GPKG:x", "a::b", "x' OR 1=1 --"):
        quoted = name.replace("'", "''")
        change_database(
            database,
            "DROP TABLE IF EXISTS other",
            "CREATE TABLE other AS SELECT * FROM burial",
            f"""ALTER TABLE other RENAME TO "{name}" """,
            CONTENTS.format(name=quoted),
            GEOMETRIES.format(name=quoted),
        )
        survive(database, layer=name, kind="burial")


def test_page_sizes_that_lie(database, survive):
    data = bytearray(database.read_bytes())
    for at, value in (
        (16, b"\x02\x00"),
        (16, b"\xff\xff"),
        (28, b"\xff\xff\xff\xff"),
        (18, b"\x09"),
    ):
        changed = data.copy()
        changed[at : at + len(value)] = value
        database.write_bytes(changed)
        outcome = survive(database, kind="burial")
        assert isinstance(outcome, SourceError) or len(outcome[0].frame) == 3


# ---- names


@pytest.mark.parametrize(
    "name",
    ["GPKG:burial.csv", "a::burial.csv", "burial.csv;x", "-burial.csv", "%2e%2e.csv", "坟 .csv"],
)
def test_names_of_files_are_only_names(name, tmp_path, survive):
    path = tmp_path / name
    path.write_text("编号,经度,纬度\n甲,113.8,31.8\n", "utf-8")
    assert len(survive(path, kind="burial")[0].frame) == 1


@pytest.mark.parametrize(
    "prefix", ["/vsicurl/", "/vsicurl_streaming/", "/vsizip//vsicurl/", "CSV:"]
)
def test_addresses_are_no_files(prefix, web_server, survive):
    assert isinstance(survive(Path(f"{prefix}{web_server[0]}/burial.csv")), SourceMissing)


# ---- shapefiles


@pytest.fixture
def shapefile(roads, tmp_path):
    roads.to_file(tmp_path / "road.shp")
    return tmp_path / "road.shp"


@pytest.mark.parametrize(
    ("suffix", "at", "value"),
    [
        (".dbf", 4, struct.pack("<I", 2**31)),  # rows
        (".dbf", 8, struct.pack("<H", 65535)),  # bytes of the header
        (".dbf", 10, struct.pack("<H", 65535)),  # bytes of a row
        (".dbf", 48, b"\xff"),  # the width of a field
        (".shp", 24, struct.pack(">I", 2**31 - 1)),  # length of the file
        (".shp", 104, struct.pack(">I", 2**31 - 1)),  # length of a record
        (".shp", 144, struct.pack("<I", 2**31 - 1)),  # parts
        (".shp", 148, struct.pack("<I", 2**31 - 1)),  # points
        (".shp", 152, struct.pack("<I", 2**31 - 1)),  # where the first part begins
        (".shx", 100, struct.pack(">I", 2**31 - 1)),  # where the first record is
        (".shx", 104, struct.pack(">I", 2**31 - 1)),  # how long it is
    ],
)
def test_sizes_that_lie(suffix, at, value, shapefile, survive):
    part = shapefile.with_suffix(suffix)
    data = bytearray(part.read_bytes())
    data[at : at + len(value)] = value
    part.write_bytes(data)
    outcome = survive(shapefile)
    if not isinstance(outcome, SourceError):
        (candidate,) = outcome
        # what GDAL does not need may be wrong; no row is lost in silence
        assert len(candidate.frame) + len(candidate.refused_rows) == 2
        vertices = shapely.get_num_coordinates(candidate.frame.geometry.to_numpy())
        right = {1: 2, 2: 3}
        assert vertices.tolist() == [right[row] for row in candidate.rows.tolist()]


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_shapefile_without_a_part(suffix, shapefile, survive):
    shapefile.with_suffix(suffix).unlink()
    refused = survive(shapefile)
    assert isinstance(refused, SourceError)
    assert suffix in str(refused)


@pytest.mark.parametrize("suffix", [".prj", ".cpg"])
def test_side_files_without_end(suffix, shapefile, survive):
    shapefile.with_suffix(suffix).write_text("GEOGCS[" * 2_000_000)
    outcome = survive(shapefile)
    assert isinstance(outcome, GeoRvError) or len(outcome[0].frame) == 2


def test_coordinate_system_that_leads_elsewhere(shapefile, web_server, canary, survive):
    for text in (
        f"{web_server[0]}/x",
        f"+init={canary}:1",
        f"+nadgrids={web_server[0]}/x +proj=longlat",
    ):
        shapefile.with_suffix(".prj").write_text(text)
        survive(shapefile)


# ---- drawings


def make_drawing(*blocks, entities=""):
    told = "".join(f"0\nBLOCK\n2\n{name}\n10\n0\n20\n0\n{body}0\nENDBLK\n" for name, body in blocks)
    sections = f"0\nSECTION\n2\nBLOCKS\n{told}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{entities}"
    return f"{sections}0\nENDSEC\n0\nEOF\n"


def insert(name, **codes):
    more = "".join(f"{code[1:]}\n{value}\n" for code, value in codes.items())
    return f"0\nINSERT\n8\n0\n2\n{name}\n10\n113.8\n20\n31.8\n{more}"


LINE = "0\nLINE\n8\n0\n10\n113.8\n20\n31.8\n11\n113.9\n21\n31.9\n"


@pytest.mark.parametrize(
    "text",
    [
        make_drawing(("A", LINE + insert("A")), entities=insert("A")),
        make_drawing(("A", insert("B")), ("B", insert("A")), entities=insert("A")),
        make_drawing(
            ("A0", LINE * 10),
            *((f"A{n}", insert(f"A{n - 1}") * 10) for n in range(1, 12)),
            entities=insert("A11"),
        ),
        make_drawing(("A", LINE), entities=insert("A", _70=30_000, _71=30_000)),
        make_drawing(entities="0\nLWPOLYLINE\n8\n0\n90\n2000000000\n70\n1\n10\n1\n20\n1\n"),
        "0\nSECTION\n2\nENTITIES\n" + "0\nLINE\n" * 10,
    ],
    ids=["itself", "each-other", "bomb", "rows-and-columns", "lying-count", "cut"],
)
def test_drawings_that_never_end(text, tmp_path, survive):
    path = tmp_path / "road.dxf"
    path.write_text(text)
    outcome = survive(path, seconds=60, kind="road", crs="EPSG:4490", limits=Limits(seconds=30))
    assert isinstance(outcome, SourceError) or len(outcome[0].rows) < 100


# ---- extracts


def make_blob(kind, blob, *, size=None):
    header = (
        b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + encode(len(blob) if size is None else size)
    )
    return struct.pack(">I", len(header)) + header + blob


def encode(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


@pytest.mark.parametrize(
    "rest",
    [
        struct.pack(">I", 2**31),
        make_blob(b"OSMData", b"", size=2**31),
        make_blob(b"OSMData", b"\x10" + encode(2**31) + b"\x1a" + encode(4) + b"abcd"),
        make_blob(
            b"OSMData",
            b"\x10"
            + encode(100)
            + b"\x1a"
            + encode(len(zlib.compress(bytes(50 << 20))))
            + zlib.compress(bytes(50 << 20)),
        ),
        make_blob(b"OSMData", b"\x0a" + encode(2**31)),
    ],
    ids=["header", "size", "raw-size", "bomb", "length"],
)
def test_extracts_whose_blobs_lie(rest, tmp_path, survive):
    head = b"\x22\x0eOsmSchema-V0.6"
    start = make_blob(b"OSMHeader", b"\x0a" + encode(len(head)) + head)
    path = tmp_path / "road.osm.pbf"
    path.write_bytes(start + rest)
    assert isinstance(survive(path), SourceError)


# ---- archives


def make_zip(entries):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def test_names_of_a_chinese_windows(tmp_path, survive):
    """Names in GBK, without the flag that says otherwise."""
    rows = "编号,经度,纬度\n甲,113.8,31.8\n".encode("gb18030")
    data = make_zip([("XXXXXXXX.csv", rows)])
    path = tmp_path / "burial.zip"
    path.write_bytes(data.replace(b"XXXXXXXX", "公墓登记".encode("gb18030")))
    (candidate,) = survive(path, kind="burial")
    assert "公墓登记" in candidate.source


def test_entries_that_share_their_bytes(tmp_path, survive):
    """A bomb without nesting: every entry says that it is the same large one."""
    data = bytearray(
        make_zip([("0.csv", bytes(10 << 20)), *((f"{n}.csv", b"") for n in range(1, 500))])
    )
    at = data.index(b"PK\x01\x02")
    first = bytes(data[at + 16 : at + 28]), bytes(data[at + 42 : at + 46])
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 10 : at + 12] = struct.pack("<H", 8)
        data[at + 16 : at + 28], data[at + 42 : at + 46] = first
        at += 46
    path = tmp_path / "burial.zip"
    path.write_bytes(data)
    assert isinstance(survive(path, kind="burial"), ArchiveRefused)


def test_directory_that_is_elsewhere(tmp_path, survive):
    """The sizes of a zip64 stand in a record of its own, and hide how many entries there are."""
    data = make_zip([("burial.csv", "编号,经度,纬度\n甲,113.8,31.8\n")])
    end = data.rindex(b"PK\x05\x06")
    entries, size, start = struct.unpack_from("<HII", data, end + 10)
    large = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    path = tmp_path / "burial.zip"
    path.write_bytes(data[:end] + large + locator + data[end:])
    assert isinstance(survive(path, kind="burial"), ArchiveRefused)


def test_workbook_that_is_a_bomb(tmp_path, survive):
    parts = [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", " " * (60 << 20))]
    path = tmp_path / "burial.xlsx"
    path.write_bytes(make_zip(parts))
    assert isinstance(survive(path, seconds=3), ArchiveRefused)


def test_what_is_in_an_archive_is_looked_at_as_hard(tmp_path, web_server, canary, survive):
    linked = {"type": "link", "properties": {"href": web_server[0], "type": "proj4"}}
    features = {"type": "FeatureCollection", "features": [], "crs": linked}
    virtual = f"<OGRVRTDataSource><SrcDataSource>{canary}</SrcDataSource></OGRVRTDataSource>"
    path = tmp_path / "burial.zip"
    for name, content in (("burial.geojson", json.dumps(features)), ("burial.kml", virtual)):
        path.write_bytes(make_zip([(name, content)]))
        assert isinstance(survive(path, kind="burial"), SourceError)


def test_damaged_parquet_and_flatgeobuf(graves, tmp_path, survive):
    frame = graves[["编号", "geometry"]]
    frame.to_parquet(tmp_path / "burial.parquet")
    frame.to_file(tmp_path / "burial.fgb", driver="FlatGeobuf")
    for path in (tmp_path / "burial.parquet", tmp_path / "burial.fgb"):
        whole = path.read_bytes()
        assert len(survive(path)[0].frame) == 3
        for start in range(8, len(whole), len(whole) // 12):
            data = bytearray(whole)
            data[start : start + 8] = b"\xff" * 8
            path.write_bytes(data)
            outcome = survive(path)
            if not isinstance(outcome, GeoRvError):
                assert len(outcome[0].frame) + len(outcome[0].refused_rows) == 3
        path.write_bytes(whole[: len(whole) // 2])
        assert isinstance(survive(path), SourceError)
