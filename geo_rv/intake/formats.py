"""Each format's reader: from the private copy of a file to its raw layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from geo_rv.catalogue import IDENTITY
from geo_rv.intake.archives.bundle import read_bundle
from geo_rv.intake.columns import list_field_names
from geo_rv.intake.contents import Layers, make_layer, note_left_out
from geo_rv.intake.headings import fold
from geo_rv.intake.match import choose_layers
from geo_rv.intake.readers.dxf import read_dxf
from geo_rv.intake.readers.filegdb import read_geodatabase
from geo_rv.intake.readers.gpx import read_gpx
from geo_rv.intake.readers.kml import read_kml, read_kmz
from geo_rv.intake.readers.osm import read_osm
from geo_rv.intake.readers.parquet import read_parquet
from geo_rv.intake.readers.shapefile import check_shapefile, read_shapefiles
from geo_rv.intake.readers.survey import read_survey
from geo_rv.intake.sniff import Format
from geo_rv.intake.tables.spreadsheet import read_delimited, read_xls, read_xlsx
from geo_rv.intake.wall import gdal_door
from geo_rv.intake.wall.gdal_door import GeoPackageLayer, Room, Source
from geo_rv.intake.wish import Task

_GEOJSON_CRS = "OGC:CRS84"

Reader = Callable[[Path, Room, Task], Layers]


def read_geopackage(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen feature layers of a GeoPackage; its views are never read."""
    layers = gdal_door.list_geopackage(room, path.name)
    tables = [layer for layer in layers if layer.is_table]
    chosen = choose_layers([table.name for table in tables], task, file=room.file)
    sources = [
        Source(path.name, layer=tables[at].name, key=_take_key(tables[at], kind, task))
        for at, kind in chosen
    ]
    contents = gdal_door.read_sources(room, "GPKG", sources)
    read = tuple(
        make_layer(content, tables[at].name, kind, room, task)
        for (at, kind), content in zip(chosen, contents, strict=True)
    )
    taken = {layer.name for layer in read}
    return note_left_out(read, [layer.name for layer in layers if layer.name not in taken], task)


def read_geojson(path: Path, room: Room, task: Task) -> Layers:
    """Return the one layer of a GeoJSON file."""
    ((_, kind),) = choose_layers([task.stem], task, file=room.file)
    content = gdal_door.read_geojson(room, path.name)
    default = _GEOJSON_CRS if content.crs == "" else None
    layer = make_layer(content, task.stem, kind, room, task, default=default)
    return (dataclasses.replace(layer, feature_ids=pd.Series(content.ids, dtype=object)),)


def read_flatgeobuf(path: Path, room: Room, task: Task) -> Layers:
    """Return the one layer of a FlatGeobuf file."""
    ((_, kind),) = choose_layers([task.stem], task, file=room.file)
    (content,) = gdal_door.read_sources(room, "FlatGeobuf", [Source(path.name)])
    return (make_layer(content, task.stem, kind, room, task),)


def read_archive(path: Path, room: Room, task: Task) -> Layers:
    """Return the layers of a zip archive of several files."""
    return read_bundle(path, room, task, read_found=read_found)


def read_found(path: Path, found: Format, room: Room, task: Task) -> Layers:
    """Return the layers of the private copy `path`, which is of the format `found`, in `room`.

    A shapefile is named by its .shp, a geodatabase by its folder.
    """
    if found == "shp":
        name = task.stem
        encoding = task.wish.encoding
        shapefile = check_shapefile(path.parent, name, file=room.file, encoding=encoding)
        layers = read_shapefiles([shapefile], room, task)
    elif found == "filegdb":
        layers = read_geodatabase(path, room, task)
    else:
        name, read = READERS[found]
        layers = read(path.rename(path.with_name(name)), room, task)
    return tuple(layer.with_origin(found, room.file) for layer in layers)


READERS: Mapping[Format, tuple[str, Reader]] = {
    "gpkg": ("source.gpkg", read_geopackage),
    "geojson": ("source.geojson", read_geojson),
    "flatgeobuf": ("source.fgb", read_flatgeobuf),
    "dxf": ("source.dxf", read_dxf),
    "parquet": ("source.parquet", read_parquet),
    "archive": ("source.zip", read_archive),
    "xlsx": ("source.xlsx", read_xlsx),
    "xls": ("source.xls", read_xls),
    "csv": ("source.csv", read_delimited),
    "survey": ("source.txt", read_survey),
    "osm": ("source.osm.pbf", read_osm),
    "kml": ("source.kml", read_kml),
    "kmz": ("source.kmz", read_kmz),
    "gpx": ("source.gpx", read_gpx),
}
"""For each format that is one file: what its private copy is called, and who reads it."""


def _take_key(table: GeoPackageLayer, kind: str | None, task: Task) -> str:
    """Return the key column of `table` where its name is that of an identity, as "id"."""
    if kind is None:
        return ""
    names = list_field_names(task.catalogue[kind].field_by_name[IDENTITY])
    return table.key if fold(table.key) in map(fold, names) else ""
