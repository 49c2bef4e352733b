"""The same features come out of every format, whatever the file is called."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_rv.errors import (
    CrsMissing,
    FormatUnknown,
    LayerNotChosen,
    LayersAmbiguous,
    ShapefileIncomplete,
    SourceMissing,
    SourceRefused,
    SourceTooLarge,
    SourceUnreadable,
    UnknownLayer,
    UnknownSourceLayer,
)
from geo_rv.intake import Limits, Wish, read_candidates

SHAPEFILE_PARTS = ("shp", "shx", "dbf", "prj", "cpg")


def write_gpkg(graves, folder):
    graves.to_file(folder / "graves.gpkg", layer="坟墓")
    return folder / "graves.gpkg"


def write_geojson_file(graves, folder):
    graves.set_crs(4326, allow_override=True).to_file(folder / "burial.json", driver="GeoJSON")
    return folder / "burial.json"


def write_shapefile(graves, folder, *, encoding="UTF-8"):
    short = graves.rename(columns={"安葬方式": "AZFS", "安葬日期": "AZRQ", "area_m2": "MXMJ"})
    short.to_file(folder / "burial.shp", encoding=encoding)
    return folder / "burial.shp"


def write_shapefile_folder(graves, folder):
    (folder / "坟墓").mkdir()
    write_shapefile(graves, folder / "坟墓")
    return folder / "坟墓"


def write_zip(graves, folder):
    write_shapefile(graves, folder)
    with zipfile.ZipFile(folder / "any.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in SHAPEFILE_PARTS:
            archive.write(folder / f"burial.{part}", f"数据/坟墓.{part}")
    return folder / "any.zip"


def list_rows(graves):
    coordinates = graves.geometry.get_coordinates()
    return pd.DataFrame(graves.drop(columns="geometry")).assign(
        经度=coordinates["x"].to_list(), 纬度=coordinates["y"].to_list()
    )


def write_csv(graves, folder):
    list_rows(graves).to_csv(folder / "Graves.csv", index=False)
    return folder / "Graves.csv"


def write_xlsx(graves, folder):
    list_rows(graves).to_excel(folder / "any.xlsx", sheet_name="坟墓", index=False)
    return folder / "any.xlsx"


def write_geodatabase(graves, folder):
    graves.to_file(folder / "any.gdb", layer="坟墓", driver="OpenFileGDB")
    return folder / "any.gdb"


def write_flatgeobuf(graves, folder):
    graves.to_file(folder / "burial.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    return folder / "burial.fgb"


def write_parquet(graves, folder):
    graves.to_parquet(folder / "burial.bin")
    return folder / "burial.bin"


WRITERS = [
    write_gpkg,
    write_geodatabase,
    write_flatgeobuf,
    write_parquet,
    write_geojson_file,
    write_shapefile,
    write_shapefile_folder,
    write_zip,
    write_csv,
    write_xlsx,
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_every_format_brings_the_same(write, graves, tmp_path, read, catalogue):
    path = write(graves, tmp_path)
    candidate = read(path)
    assert candidate.kind == "burial"
    assert candidate.source.split("/")[0] == path.name
    assert candidate.rows_read == 3
    assert not candidate.made_identity
    assert candidate.refused == ()
    assert candidate.unmatched_columns == ("碑文",)
    frame = candidate.frame
    assert list(frame.columns) == [
        *(field.name for field in catalogue["burial"].fields),
        "geometry",
    ]
    assert frame.crs.to_epsg() == 4490
    assert frame.index.equals(pd.RangeIndex(3))
    assert frame["id"].tolist() == graves["编号"].tolist()
    assert frame["name"].tolist() == graves["名称"].tolist()
    assert frame["burial_type"].tolist()[:2] == ["ashes_single", "body_single"]
    assert frame["area_m2"].tolist()[:2] == [0.5, 4.0]
    assert frame["buried_on"].tolist()[:2] == [
        pd.Timestamp("2024-03-20"),
        pd.Timestamp("2001-01-31"),
    ]
    assert frame.loc[2, ["area_m2", "buried_on"]].isna().all()
    # a geodatabase keeps coordinates on a grid of 1e-9 degrees
    assert shapely.equals_exact(frame.geometry.values, graves.geometry.values, 2e-9).all()


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.kml", "a"])
def test_extension_does_not_matter(name, graves, tmp_path, read):
    disguised = shutil.copy(write_csv(graves, tmp_path), tmp_path / name)
    assert len(read(tmp_path / name, kind="burial").frame) == 3, disguised


def test_projected_file_comes_out_in_degrees(roads, tmp_path, read):
    roads.to_crs(4547).to_file(tmp_path / "road.gpkg")
    back = read(tmp_path / "road.gpkg").frame.geometry
    assert shapely.equals_exact(back.values, roads.geometry.values, 1e-9).all()


def test_chosen_layers_of_a_geopackage(roads, graves, tmp_path, catalogue, list_keys):
    path = tmp_path / "town.gpkg"
    roads.to_file(path, layer="道路")
    graves.to_file(path, layer="burial")
    graves.to_file(path, layer="草稿")
    both = read_candidates(path, catalogue=catalogue)
    assert {candidate.kind: candidate.layer_in_source for candidate in both} == {
        "road": "道路",
        "burial": "burial",
    }
    assert list_keys(both[0], "warning") == ["left_out"]
    assert "草稿" in both[0].problems[0].in_language("zh")
    (one,) = read_candidates(path, catalogue=catalogue, wish=Wish(kind="road"))
    assert len(one.frame) == 2
    assert one.problems == ()
    with pytest.raises(LayersAmbiguous) as refused:
        read_candidates(path, catalogue=catalogue, wish=Wish(kind="river"))
    assert "草稿" in str(refused.value)


def test_layer_of_a_geopackage_may_be_named(roads, graves, tmp_path, read):
    path = tmp_path / "town.gpkg"
    roads.to_file(path, layer="road")
    graves.to_file(path, layer="草稿")
    assert read(path, layer="草稿", kind="burial").layer_in_source == "草稿"
    assert read(path, layer="road").kind == "road"
    with pytest.raises(UnknownSourceLayer, match="草稿"):
        read(path, layer="没有", kind="burial")


def test_plain_tables_and_views_of_a_geopackage_are_no_layers(graves, tmp_path, read, list_keys):
    path = tmp_path / "town.gpkg"
    graves.to_file(path, layer="burial")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE notes (text TEXT)")
        database.execute("CREATE VIEW road AS SELECT * FROM burial")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('notes', 'attributes', 'notes', 0), ('road', 'features', 'road', 4490)"
        )
        database.execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('road', 'geom', 'POINT', 4490, 0, 0)"
        )
    database.close()
    candidate = read(path)
    assert candidate.kind == "burial"
    assert list_keys(candidate, "warning") == ["left_out"]


def test_key_column_called_id_is_the_identity(roads, tmp_path, read):
    roads.drop(columns="id").to_file(tmp_path / "road.gpkg", layer="road", fid="id")
    candidate = read(tmp_path / "road.gpkg")
    assert candidate.frame["id"].tolist() == ["1", "2"]
    assert not candidate.made_identity


def test_member_id_of_geojson_is_the_identity(write_geojson, make_feature, read):
    candidate = read(write_geojson([make_feature(id=7), make_feature(id="b")]))
    assert candidate.frame["id"].tolist() == ["7", "b"]
    assert not candidate.made_identity


def test_properties_go_before_member_id(write_geojson, make_feature, read):
    features = [make_feature(id=n, properties={"编号": f"n{n}"}) for n in (1, 2)]
    assert read(write_geojson(features)).frame["id"].tolist() == ["n1", "n2"]


def test_strange_properties_of_geojson_are_only_values(write_geojson, make_feature, read):
    properties = {"geometry": "x", "wkb_geometry": "y", "__proto__": "z", "名称": {"a": [1]}}
    candidate = read(write_geojson([make_feature(properties=properties)]))
    assert set(candidate.unmatched_columns) == {"geometry", "wkb_geometry", "__proto__"}
    assert candidate.frame["name"].tolist() == ['{"a": [1]}']
    assert candidate.frame.geometry.x.tolist() == [113.85569]


def test_named_crs_of_geojson_is_taken(write_geojson, make_feature, read):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    path = write_geojson([make_feature((486341.535, 3525228.686))], crs=crs)
    point = read(path).frame.geometry.iloc[0]
    assert point.x == pytest.approx(113.85569, abs=1e-8)
    assert point.y == pytest.approx(31.85, abs=1e-8)


def test_null_crs_of_geojson_is_none(write_geojson, make_feature, read):
    with pytest.raises(CrsMissing):
        read(write_geojson([make_feature()], crs=None))


def test_several_shapefiles_in_one_zip(roads, graves, tmp_path, catalogue):
    write_shapefile(graves, tmp_path)
    roads.to_file(tmp_path / "road.shp")
    (tmp_path / "说明.txt").write_text("x")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in tmp_path.iterdir():
            if path.suffix != ".zip":
                archive.write(path, path.name)
    candidates = read_candidates(tmp_path / "all.zip", catalogue=catalogue)
    assert {candidate.kind for candidate in candidates} == {"road", "burial"}
    assert "说明.txt" in candidates[0].problems[-1].in_language("zh")


def test_shapefile_names_in_gbk(graves, tmp_path, read):
    write_shapefile(graves, tmp_path)
    path = tmp_path / "any.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in SHAPEFILE_PARTS:
            # zipfile writes ASCII names without the UTF-8 mark: put the GBK bytes in their place
            archive.write(tmp_path / f"burial.{part}", f"XXXX.{part}")
    path.write_bytes(path.read_bytes().replace(b"XXXX", "坟墓".encode("gbk")))
    assert read(path).layer_in_source == "坟墓"


def test_shapefile_parts_are_found_in_any_case(graves, tmp_path, read):
    write_shapefile(graves, tmp_path)
    for part in SHAPEFILE_PARTS:
        (tmp_path / f"burial.{part}").rename(tmp_path / f"Burial.{part.upper()}")
    assert len(read(tmp_path / "Burial.SHP").frame) == 3


def test_shapefile_of_another_writer_in_gbk(tmp_path, read):
    """As county programs write it: exact widths, the text in GBK, and a language byte for it."""
    fiona = pytest.importorskip("fiona", reason="fiona has no wheel for this Python")
    folder = tmp_path / "county"
    folder.mkdir()
    schema = {"geometry": "Point", "properties": {"BSM": "str:18", "MC": "str:20"}}
    feature = {
        "geometry": {"type": "Point", "coordinates": (113.85, 31.85)},
        "properties": {"BSM": "421381107200000001", "MC": "双乡村老坟"},
    }
    with fiona.open(
        folder / "MD.shp",
        "w",
        driver="ESRI Shapefile",
        crs="EPSG:4490",
        schema=schema,
        encoding="GBK",
    ) as file:
        file.write(feature)
    candidate = read(folder, kind="burial")
    assert list(candidate.frame["id"]) == ["421381107200000001"]
    assert list(candidate.frame["name"]) == ["双乡村老坟"]


@pytest.mark.parametrize("part", ["shx", "dbf"])
def test_shapefile_without_a_part(part, graves, tmp_path, read):
    path = write_shapefile(graves, tmp_path)
    (tmp_path / f"burial.{part}").unlink()
    with pytest.raises(ShapefileIncomplete, match=part):
        read(path)


def test_shapefile_without_prj_needs_a_crs(graves, tmp_path, read):
    path = write_shapefile(graves, tmp_path)
    (tmp_path / "burial.prj").unlink()
    with pytest.raises(CrsMissing, match="--crs"):
        read(path)
    assert len(read(path, crs="EPSG:4490").frame) == 3


def test_shapefile_with_fewer_rows_than_shapes(graves, tmp_path, read):
    path = write_shapefile(graves, tmp_path)
    (tmp_path / "less").mkdir()
    write_shapefile(graves.head(1), tmp_path / "less")
    shutil.copy(tmp_path / "less" / "burial.dbf", tmp_path / "burial.dbf")
    with pytest.raises(SourceUnreadable):
        read(path)


def test_layer_must_be_told(graves, tmp_path, read):
    graves.to_file(tmp_path / "data.gpkg", layer="data")
    with pytest.raises(LayerNotChosen, match="--layer"):
        read(tmp_path / "data.gpkg")
    for name in ("burial", "坟墓", "Graves"):
        assert read(tmp_path / "data.gpkg", kind=name).kind == "burial"
    with pytest.raises(UnknownLayer):
        read(tmp_path / "data.gpkg", kind="tombs")


def test_missing_file_and_folder_without_shapefile(tmp_path, read):
    with pytest.raises(SourceMissing):
        read(tmp_path / "none.gpkg", kind="burial")
    with pytest.raises(SourceRefused):
        read(tmp_path, kind="burial")


def test_text_that_is_no_table(tmp_path, read):
    path = tmp_path / "burial.csv"
    path.write_text("亲爱的同事\n附件请查收\n")
    with pytest.raises(FormatUnknown, match=r"burial\.csv"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(FormatUnknown):
        read(path)


def test_empty_layer_is_refused(graves, tmp_path, read):
    graves.head(0).to_file(tmp_path / "burial.gpkg", layer="burial")
    with pytest.raises(SourceRefused):
        read(tmp_path / "burial.gpkg")


def test_file_above_the_limit(graves, tmp_path, read):
    with pytest.raises(SourceTooLarge):
        read(write_gpkg(graves, tmp_path), limits=Limits(file_bytes=1000))


def test_user_file_is_only_read(graves, tmp_path, read):
    path = write_gpkg(graves, tmp_path)
    before = path.read_bytes(), sorted(tmp_path.iterdir())
    read(path)
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


def test_many_rows_keep_their_order(tmp_path, read):
    longitudes, latitudes = np.random.default_rng(0).random((2, 70_000))
    frame = gpd.GeoDataFrame(
        {"id": [f"g{n}" for n in range(70_000)]},
        geometry=gpd.points_from_xy(113 + longitudes, 31 + latitudes),
        crs=4490,
    )
    frame.to_file(tmp_path / "burial.gpkg")
    back = read(tmp_path / "burial.gpkg").frame
    assert back["id"].tolist() == frame["id"].tolist()
    assert shapely.equals_identical(back.geometry.values, frame.geometry.values).all()


def test_empty_layer_beside_a_filled_one_is_told(graves, roads, tmp_path, read, list_keys):
    graves.to_file(tmp_path / "town.gpkg", layer="burial")
    roads.head(0).to_file(tmp_path / "town.gpkg", layer="road")
    candidate = read(tmp_path / "town.gpkg")
    assert candidate.kind == "burial"
    assert list_keys(candidate, "warning") == ["layers_empty"]
    assert "road" in candidate.problems[0].in_language("en")


def test_geopackage_that_was_written_with_a_log(graves, tmp_path, read):
    path = write_gpkg(graves, tmp_path)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    database.close()
    assert len(read(path).frame) == 3


@pytest.mark.parametrize("name", ["坟墓 一.gpkg", "CSV:burial", "a::b", "burial;x", "%s{0}"])
def test_strange_file_names_are_only_names(name, graves, tmp_path, read):
    path = write_gpkg(graves, tmp_path).rename(tmp_path / name)
    assert read(path, kind="burial").source == name


@pytest.mark.parametrize(
    "name", ["/vsicurl/http://127.0.0.1:9/a.geojson", "PG:dbname=x", "http://x/a"]
)
def test_names_that_gdal_would_follow_are_no_files(name, read):
    with pytest.raises(SourceMissing):
        read(Path(name), kind="burial")


def test_errors_with_braces_in_a_file_name(tmp_path, read):
    path = tmp_path / "{x}.csv"
    path.write_text("text")
    with pytest.raises(FormatUnknown) as refused:
        read(path)
    assert "{x}.csv" in refused.value.in_language("zh")
