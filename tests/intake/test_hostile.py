"""Files made to do harm: refused in one message, nothing fetched, nothing read beside them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo_rv.errors import (
    ArchiveRefused,
    FormatRefused,
    ReadingFailed,
    ReadingTooLong,
    SourceError,
    SourceInUse,
    SourceRefused,
    SourceUnreadable,
    TableTooLarge,
)
from geo_rv.intake import Limits
from geo_rv.intake.wall import gdal_child, gdal_door
from geo_rv.intake.wall.gdal_door import Room, Source

VRT = """<OGRVRTDataSource><OGRVRTLayer name="burial">
<SrcDataSource>{source}</SrcDataSource><SrcLayer>secret</SrcLayer>
</OGRVRTLayer></OGRVRTDataSource>"""


@pytest.fixture
def secret(graves, tmp_path):
    """Return a file that nobody brought."""
    (tmp_path / "private").mkdir()
    graves.to_file(tmp_path / "private" / "secret.gpkg", layer="secret")
    return tmp_path / "private" / "secret.gpkg"


# ---- formats that lead elsewhere


@pytest.mark.parametrize("name", ["burial.geojson", "burial.kml", "burial.gpkg", "burial.vrt"])
def test_virtual_file_is_refused_whatever_its_name(name, secret, tmp_path, read):
    path = tmp_path / name
    path.write_text(VRT.format(source=secret))
    with pytest.raises(FormatRefused, match=name):
        read(path)


def test_virtual_file_in_a_zip_is_refused(secret, graves, tmp_path, read):
    graves[["编号", "geometry"]].to_file(tmp_path / "burial.shp")
    path = tmp_path / "burial.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("burial.shp", VRT.format(source=secret))
        for part in ("shx", "dbf", "prj"):
            archive.write(tmp_path / f"burial.{part}", f"burial.{part}")
    with pytest.raises(SourceUnreadable, match=r"burial\.zip"):
        read(path)


@pytest.mark.parametrize("driver", ["GeoJSON", "GPKG", "ESRI Shapefile", "OSM"])
def test_only_one_driver_is_there_behind_the_wall(driver, secret, tmp_path):
    (tmp_path / "room").mkdir()
    environment = gdal_door.make_environment(driver, tmp_path / "room")
    script = (
        "import json, sys, pyogrio\n"
        "failed = []\n"
        "for path in sys.argv[1:]:\n"
        "    try: pyogrio.read_info(path)\n"
        "    except Exception as error: failed.append(type(error).__name__)\n"
        "print(json.dumps([list(pyogrio.list_drivers()), failed]))\n"
    )
    virtual = tmp_path / "burial.vrt"
    virtual.write_text(VRT.format(source=secret))
    raster = tmp_path / "raster.vrt"
    raster.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    told = subprocess.run(
        [sys.executable, "-c", script, virtual, raster],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout) == [[driver], ["DataSourceError", "DataSourceError"]]


def test_virtual_file_cannot_be_opened_even_past_the_door(secret, tmp_path):
    room = Room(tmp_path / "room", "burial.geojson", Limits())
    room.folder.mkdir()
    (room.folder / "source.geojson").write_text(VRT.format(source=secret))
    with pytest.raises(SourceUnreadable):
        gdal_door.read_sources(room, "GeoJSON", [Source("source.geojson")])


# ---- the network


LINKED_CRS = [
    {"type": "link", "properties": {"href": "{address}/x", "type": "proj4"}},
    {"type": "url", "properties": {"url": "{address}/x"}},
    {"type": "LINK", "properties": {"href": "{address}/x", "type": "ogcwkt"}},
]


def fill_address(crs, address):
    return json.loads(json.dumps(crs).replace("{address}", address))


@pytest.mark.parametrize("crs", LINKED_CRS)
def test_linked_crs_is_never_followed(crs, web_server, write_geojson, make_feature, read):
    address, asked = web_server
    path = write_geojson([make_feature()], crs=fill_address(crs, address))
    with pytest.raises(SourceRefused, match="crs"):
        read(path)
    assert asked == []


def test_linked_crs_is_found_wherever_gdal_would_find_it(
    web_server, write_geojson, make_feature, read
):
    address, asked = web_server
    linked = fill_address(LINKED_CRS[0], address)
    geometry = {"type": "Point", "coordinates": [113.8, 31.8], "crs": linked}
    for features, members in (
        ([make_feature()], {"CRS": linked}),
        ([make_feature(crs=linked)], {}),
        ([{"type": "Feature", "properties": {}, "geometry": geometry}], {}),
    ):
        with pytest.raises(SourceRefused):
            read(write_geojson(features, **members))
    hidden = write_geojson([make_feature()], crs=linked)
    hidden.write_text(hidden.read_text().replace('"crs"', '"\\u0063rs"'))
    with pytest.raises(SourceRefused):
        read(hidden)
    doubled = write_geojson([make_feature()], crs={"type": "name", "properties": {"name": "x"}})
    text = doubled.read_text()
    doubled.write_text(text[:-1] + f', "crs": {json.dumps(linked)}' + "}")
    with pytest.raises(SourceRefused):
        read(doubled)
    assert asked == []


def test_wall_stops_a_request_that_passed_the_door(
    web_server, write_geojson, make_feature, tmp_path
):
    """GDAL alone does ask for the linked system; behind the wall it asks in vain."""
    address, asked = web_server
    path = write_geojson([make_feature()], crs=fill_address(LINKED_CRS[0], address))
    pyogrio.read_info(path)
    assert len(asked) > 0, "the file is no longer a test of the wall"
    asked.clear()
    room = Room(tmp_path / "room", path.name, Limits())
    room.folder.mkdir()
    path.rename(room.folder / "source.geojson")
    gdal_door.read_sources(room, "GeoJSON", [Source("source.geojson")])
    with pytest.raises(SourceUnreadable):
        gdal_door.read_sources(room, "GeoJSON", [Source(f"/vsicurl/{address}/x.geojson")])
    assert asked == []


def test_child_has_no_network(web_server):
    """Where the system allows it, not even a plain socket gets out."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has network namespaces")
    address, asked = web_server
    script = (
        "import sys, urllib.request\n"
        f"sys.path.insert(0, {str(Path(gdal_child.__file__).parent)!r})\n"
        "import gdal_child\n"
        "left = gdal_child.leave_network()\n"
        "try: urllib.request.urlopen(sys.argv[1], timeout=2)\n"
        "except OSError: pass\n"
        "print(left)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, address], capture_output=True, text=True, check=True
    )
    if told.stdout.strip() == "False":
        pytest.skip("this machine allows no network namespace")
    assert asked == []


# ---- archives


def make_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name",
    ["../burial.shp", "a/../../burial.shp", "/etc/burial.shp", "C:\\burial.shp", "c:burial.shp"],
)
def test_names_that_leave_the_archive(name, tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [(name, b"x")])
    with pytest.raises(ArchiveRefused, match=r"burial\.shp"):
        read(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["burial.zip"]


def test_zip_bomb(tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [("burial.shp", bytes(50 << 20))])
    started = time.monotonic()
    with pytest.raises(ArchiveRefused):
        read(path)
    assert time.monotonic() - started < 1


def test_zip_that_lies_about_its_sizes(tmp_path, read):
    path = make_zip(
        tmp_path / "burial.zip",
        [(f"burial.{part}", bytes(1 << 20)) for part in ("shp", "shx", "dbf")],
    )
    path.write_bytes(
        path.read_bytes().replace((1 << 20).to_bytes(4, "little"), (99).to_bytes(4, "little"))
    )
    with pytest.raises(ArchiveRefused):
        read(path)


def test_zip_with_too_many_entries(tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [(f"{n}.shp", b"") for n in range(1500)])
    with pytest.raises(ArchiveRefused):
        read(path)


def test_zips_in_zips(tmp_path, read):
    rows = "编号,经度,纬度\n甲,113.8,31.8\n"
    for depth in range(4):
        path = make_zip(tmp_path / f"{depth}.zip", [("burial.csv", rows), ("more.txt", "x")])
        for _ in range(depth):
            path = make_zip(path, [("inner.zip", path.read_bytes())])
        if depth < 2:
            assert len(read(path, kind="burial").frame) == 1
        else:
            with pytest.raises(ArchiveRefused, match=r"inner\.zip"):
                read(path, kind="burial")


def test_zip_with_the_same_name_twice(tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [("a/burial.shp", b"x"), ("A/burial.SHP", b"y")])
    with pytest.raises(ArchiveRefused):
        read(path)


def test_zip_with_a_link(tmp_path, read):
    link = zipfile.ZipInfo("burial.shp")
    link.external_attr = 0o120777 << 16
    path = make_zip(tmp_path / "burial.zip", [(link, "/etc/passwd")])
    with pytest.raises(ArchiveRefused, match=r"burial\.shp"):
        read(path)


def test_zip_with_a_password(tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [("burial.shp", b"x")])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveRefused):
        read(path)


def test_zip_cut_short(tmp_path, read):
    path = make_zip(tmp_path / "burial.zip", [("burial.shp", os.urandom(5000))])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ArchiveRefused):
        read(path)


# ---- databases


def test_truncated_geopackage(graves, tmp_path, read):
    path = tmp_path / "burial.gpkg"
    graves.to_file(path, layer="burial")
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(SourceUnreadable, match=r"burial\.gpkg"):
        read(path)


def test_overwritten_geopackage(graves, tmp_path, read):
    path = tmp_path / "burial.gpkg"
    graves.to_file(path, layer="burial")
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(byte ^ 0x5A for byte in data[4096:])
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable):
        read(path)


def test_geopackage_with_an_unfinished_journal(graves, tmp_path, read):
    path = tmp_path / "burial.gpkg"
    graves.to_file(path, layer="burial")
    (tmp_path / "burial.gpkg-wal").write_bytes(b"")
    assert len(read(path).frame) == 3
    (tmp_path / "burial.gpkg-wal").write_bytes(b"pages")
    with pytest.raises(SourceInUse, match=r"burial\.gpkg-wal"):
        read(path)


def test_sqlite_that_is_no_geopackage(tmp_path, read):
    with sqlite3.connect(tmp_path / "burial.gpkg") as database:
        database.execute("CREATE TABLE burial (id TEXT)")
    database.close()
    with pytest.raises(SourceRefused):
        read(tmp_path / "burial.gpkg")


# ---- JSON


def test_json_nested_deeply(tmp_path, read):
    path = tmp_path / "burial.geojson"
    for depth in (2_000, 1_000_000):
        path.write_text(
            '{"type": "FeatureCollection", "features": ' + "[" * depth + "]" * depth + "}"
        )
        with pytest.raises(SourceRefused):
            read(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Topology", "objects": {}}',
        '{"a": 1}',
        '{"type": "FeatureCollection", "features": [1]}',
        '{"type": "FeatureCollection", "features": [{"type": "Point", "coordinates": [1, 2]}]}',
        '{"type": "FeatureCollection"}',
    ],
)
def test_json_that_is_no_geojson(text, tmp_path, read):
    (tmp_path / "burial.geojson").write_text(text)
    with pytest.raises(SourceRefused, match=r"burial\.geojson"):
        read(tmp_path / "burial.geojson")


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "FeatureCollection", "features": [',
        "{'type': 'FeatureCollection', 'features': []}",
        '{"type": "Point", "coordinates": [NaN, 1]}',
    ],
)
def test_json_that_only_a_mild_parser_takes(text, tmp_path, read):
    (tmp_path / "burial.geojson").write_text(text)
    with pytest.raises(SourceUnreadable, match=r"burial\.geojson"):
        read(tmp_path / "burial.geojson")


@pytest.mark.parametrize("number", ["1e400", "9" * 5000])
@pytest.mark.parametrize("name", ["point", "collection"])
def test_numbers_beyond_any_machine(number, name, tmp_path, read):
    path = tmp_path / "burial.geojson"
    text = f'{{"type": "Point", "coordinates": [{number}, 31]}}'
    if name == "collection":
        text = f'{{"type": "Feature", "properties": {{}}, "geometry": {text}}}'
        text = f'{{"type": "FeatureCollection", "features": [{text}]}}'
    path.write_text(text)
    try:
        candidate = read(path)
    except SourceUnreadable as refused:
        assert len(str(refused)) < 500  # noqa: PT017 - GDAL refuses some of them itself
    else:
        assert [problem.key for problem in candidate.refused] == ["not_degrees"]
        assert candidate.frame.empty


def test_geojson_that_is_not_utf8(tmp_path, read):
    path = tmp_path / "burial.geojson"
    path.write_bytes('{"type": "Point", "coordinates": [1, 2], "名称": "坟"}'.encode("gb18030"))
    with pytest.raises(SourceRefused, match="UTF-8"):
        read(path)


# ---- tables


def test_workbook_with_a_doctype(write_workbook, tmp_path, read):
    path = write_workbook(burial=[["经度", "纬度"], [113.8, 31.8]])
    evil = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(evil, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "xl/workbook.xml":
                entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                content = b'<?xml version="1.0"?>' + entity + content.split(b"?>", 1)[-1]
            changed.writestr(name, content)
    with pytest.raises(SourceRefused, match="DOCTYPE"):
        read(evil, kind="burial")


def test_workbook_whose_parts_are_rubbish(write_workbook, tmp_path, read):
    path = write_workbook(burial=[["经度", "纬度"], [113.8, 31.8]])
    with zipfile.ZipFile(path) as whole:
        names = whole.namelist()
        for broken in names:
            with zipfile.ZipFile(tmp_path / "evil.xlsx", "w") as changed:
                for name in names:
                    changed.writestr(name, b"<rubbish" if name == broken else whole.read(name))
            try:
                read(tmp_path / "evil.xlsx", kind="burial")
            except SourceError as error:
                assert "evil.xlsx" in str(error)  # noqa: PT017 - some parts do not matter


def test_workbook_that_spans_the_whole_sheet(write_workbook, read):
    wide = [["经度", "纬度", *range(600)], [113.8, 31.8]]
    with pytest.raises(TableTooLarge):
        read(write_workbook(burial=wide))


def test_formulas_are_not_computed(write_workbook, read, list_keys):
    rows = [["id", "经度", "纬度", "名称"], ["1", "=113+0.8", 31.8, '=HYPERLINK("http://x")']]
    candidate = read(write_workbook(burial=rows))
    assert list_keys(candidate) == ["coordinates_missing"]


def test_table_with_too_many_rows(write_table, read):
    rows = [["经度", "纬度"], *[[113.8, 31.8]] * 20]
    with pytest.raises(TableTooLarge):
        read(write_table(*rows), limits=Limits(rows=10))


# ---- bounds


def test_reading_that_takes_too_long(graves, tmp_path, read):
    graves.to_file(tmp_path / "burial.gpkg", layer="burial")
    with pytest.raises(ReadingTooLong, match=r"burial\.gpkg"):
        read(tmp_path / "burial.gpkg", limits=Limits(seconds=0.001))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
def test_reading_that_takes_too_much_memory(graves, tmp_path, read):
    graves.to_file(tmp_path / "burial.gpkg", layer="burial")
    with pytest.raises(SourceError, match=r"burial\.gpkg") as refused:
        read(tmp_path / "burial.gpkg", limits=Limits(memory_bytes=150 << 20))
    assert isinstance(refused.value, ReadingFailed | SourceRefused | SourceUnreadable)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
def test_reading_that_writes_too_much(graves, tmp_path, read):
    graves.to_file(tmp_path / "burial.gpkg", layer="burial")
    with pytest.raises(SourceError, match=r"burial\.gpkg"):
        read(tmp_path / "burial.gpkg", limits=Limits(output_bytes=100))


def test_damaged_osm_extract(tmp_path, read, liechtenstein):
    data = liechtenstein.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"cut\.osm\.pbf"):
        read(path, kind="road")
    path.write_bytes(data[:500_000] + bytes(1000) + data[501_000:])
    with pytest.raises(SourceError, match=r"cut\.osm\.pbf"):
        read(path, kind="road")


def test_shp_whose_shapes_are_cut_off(roads, tmp_path, read):
    roads.to_file(tmp_path / "road.shp")
    shp = tmp_path / "road.shp"
    shp.write_bytes(shp.read_bytes()[:200])
    try:
        candidate = read(shp)
    except SourceError:
        return
    assert candidate.refused, "half a file was taken for a whole one"


def test_rings_that_lie_in_a_geopackage(tmp_path, read, graves):
    """A blob that says it has more points than bytes costs nothing, and is told."""
    path = tmp_path / "burial.gpkg"
    graves.to_file(path, layer="burial", SPATIAL_INDEX="NO")
    header = b"GP\x00\x01" + (4490).to_bytes(4, "little")
    ring = (
        b"\x01"
        + (3).to_bytes(4, "little")
        + (1).to_bytes(4, "little")
        + (2**31 - 1).to_bytes(4, "little")
    )
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER IF EXISTS trigger_update_feature_count_burial")
        database.execute("UPDATE burial SET geom = ? WHERE fid = 2", [header + ring])
    database.close()
    try:
        candidate = read(path)
    except SourceError:
        return
    assert [problem.row for problem in candidate.refused] == [2]
    assert not shapely.is_missing(candidate.frame.geometry.values).any()


def test_text_that_is_in_no_encoding(tmp_path, read, graves):
    path = tmp_path / "burial.gpkg"
    graves.to_file(path, layer="burial", SPATIAL_INDEX="NO")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE burial SET 名称 = CAST(X'b7d8ff' AS TEXT) WHERE fid = 1")
    database.close()
    try:
        assert len(read(path).frame) == 3
    except SourceUnreadable as refused:
        assert "burial.gpkg" in str(refused)  # noqa: PT017 - either is fine, a crash is not


def set_wkb(path, wkb):
    """Put `wkb` into the second of the two rows of the GeoPackage's layer "road"."""
    with sqlite3.connect(path) as database:
        blob = b"GP\x00\x01" + (4490).to_bytes(4, "little") + wkb
        database.execute("UPDATE road SET geom = ? WHERE id = '2'", [blob])
    database.close()


@pytest.fixture
def two_roads(tmp_path):
    path = tmp_path / "road.gpkg"
    straight = shapely.LineString([(113.8, 31.8), (113.9, 31.9)])
    columns = {"id": ["1", "2"], "class": ["county"] * 2}
    frame = gpd.GeoDataFrame(columns, geometry=[straight, straight], crs=4490)
    frame.to_file(path, SPATIAL_INDEX="NO")
    return path


def test_arcs_become_lines_and_are_told(two_roads, read):
    arc = shapely.LineString([(113.84, 31.85), (113.85, 31.86), (113.86, 31.85)])
    set_wkb(two_roads, b"\x01\x08" + shapely.to_wkb(arc, byte_order=1)[2:])  # CircularString
    candidate = read(two_roads)
    assert not candidate.refused
    half_circle = candidate.frame.geometry.iloc[1]
    # a half circle of a radius of 0.01 degrees about (113.85, 31.85)
    places = shapely.get_coordinates(half_circle) - (113.85, 31.85)
    assert np.hypot(*places.T) == pytest.approx(0.01, rel=1e-9)
    assert half_circle.length == pytest.approx(np.pi * 0.01, rel=1e-5)
    told = [problem for problem in candidate.problems if problem.key == "curves_drawn"]
    assert [(problem.severity, problem.facts["count"]) for problem in told] == [("warning", 1)]


def test_broken_arcs_are_told_row_by_row(two_roads, read):
    arc = shapely.LineString([(113.84, 31.85), (113.85, 31.86), (113.86, 31.85)])
    set_wkb(two_roads, b"\x01\x08" + shapely.to_wkb(arc, byte_order=1)[2:-9])  # cut short
    candidate = read(two_roads)
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (2, "geometry_unreadable")
    ]
    assert candidate.frame["id"].tolist() == ["1"]
