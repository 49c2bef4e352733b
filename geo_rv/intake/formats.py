"""Each format's reader: from the private copy of a file to its raw layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from geo_rv.catalogue import IDENTITY
from geo_rv.errors import SourceUnreadable
from geo_rv.geodesy.crs import parse_crs
from geo_rv.intake import gdal_door
from geo_rv.intake.archive import Archive
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.coordinates import make_points
from geo_rv.intake.gdal_door import Content, GeoPackageLayer, Room, Source
from geo_rv.intake.match import choose_layers, fold, list_field_names
from geo_rv.intake.osm import read_osm
from geo_rv.intake.raw import RawLayer, name_columns, number_rows
from geo_rv.intake.reference import choose_crs
from geo_rv.intake.shapefile import Shapefile, list_left_out, unpack_shapefiles
from geo_rv.intake.sniff import Format
from geo_rv.intake.tables import Sheet, read_csv, read_xlsx
from geo_rv.intake.wish import Task

_GEOJSON_CRS = "OGC:CRS84"
_TABLE_CRS = "EPSG:4490"
_SHOWN_NAMES = 8

Layers = tuple[RawLayer, ...]
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
        _make_layer(content, tables[at].name, kind, room, task)
        for (at, kind), content in zip(chosen, contents, strict=True)
    )
    taken = {layer.name for layer in read}
    return _note_left_out(read, [layer.name for layer in layers if layer.name not in taken], task)


def read_geojson(path: Path, room: Room, task: Task) -> Layers:
    """Return the one layer of a GeoJSON file."""
    members = gdal_door.inspect_geojson(room, path.name)
    ((_, kind),) = choose_layers([task.stem], task, file=room.file)
    (content,) = gdal_door.read_sources(room, "GeoJSON", [Source(path.name)])
    if len(content.table) != len(members.ids):
        problem = f"{len(content.table)} / {len(members.ids)}"
        raise SourceUnreadable(file=room.file, problem=problem)
    # GDAL takes longitude and latitude where it does not know the system that the file names
    content = dataclasses.replace(content, crs=members.crs)
    default = _GEOJSON_CRS if members.crs == "" else None
    layer = _make_layer(content, task.stem, kind, room, task, default=default)
    return (dataclasses.replace(layer, feature_ids=pd.Series(members.ids, dtype=object)),)


def read_zipped_shapefiles(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen shapefiles of a zip archive."""
    archive = Archive(path, file=room.file, limits=room.limits)
    layers = read_shapefiles(unpack_shapefiles(archive, room.folder), room, task)
    return _note_left_out(layers, list_left_out(archive), task)


def read_shapefiles(shapefiles: Sequence[Shapefile], room: Room, task: Task) -> Layers:
    """Return the chosen ones of `shapefiles`, which lie in `room`."""
    chosen = choose_layers([shapefile.name for shapefile in shapefiles], task, file=room.file)
    sources = [
        Source(
            shapefiles[at].path.relative_to(room.folder).as_posix(),
            options={"ENCODING": shapefiles[at].table.encoding},
        )
        for at, _ in chosen
    ]
    contents = gdal_door.read_sources(room, "ESRI Shapefile", sources)
    read = []
    for (at, kind), content in zip(chosen, contents, strict=True):
        layer = _make_layer(content, shapefiles[at].name, kind, room, task)
        table = shapefiles[at].table
        if table.is_contradicted:
            note = Problem("encoding_told", "warning", facts={"encoding": table.encoding})
            layer = layer.with_problems([note])
        read.append(layer)
    taken = {at for at, _ in chosen}
    left_out = [shapefile.name for at, shapefile in enumerate(shapefiles) if at not in taken]
    return _note_left_out(tuple(read), left_out, task)


def read_delimited(path: Path, room: Room, task: Task) -> Layers:
    """Return the points of a delimited text."""
    sheet = read_csv(path, name=task.stem, file=room.file, limits=room.limits)
    return _read_sheets([sheet], room, task)


def read_workbook(path: Path, room: Room, task: Task) -> Layers:
    """Return the points of the chosen sheets of a workbook."""
    return _read_sheets(read_xlsx(path, file=room.file, limits=room.limits), room, task)


READERS: Mapping[Format, tuple[str, Reader]] = {
    "gpkg": ("source.gpkg", read_geopackage),
    "geojson": ("source.geojson", read_geojson),
    "shapefile_zip": ("source.zip", read_zipped_shapefiles),
    "xlsx": ("source.xlsx", read_workbook),
    "csv": ("source.csv", read_delimited),
    "osm": ("source.osm.pbf", read_osm),
}
"""For each format that is one file: what its private copy is called, and who reads it."""


def _take_key(table: GeoPackageLayer, kind: str | None, task: Task) -> str:
    """Return the key column of `table` where its name is that of an identity, as "id"."""
    if kind is None:
        return ""
    names = list_field_names(task.catalogue[kind].field_by_name[IDENTITY])
    return table.key if fold(table.key) in map(fold, names) else ""


def _make_layer(
    content: Content,
    name: str,
    kind: str | None,
    room: Room,
    task: Task,
    *,
    default: str | None = None,
) -> RawLayer:
    rows = number_rows(len(content.table))
    notes = [
        Problem("reader_says", "warning", facts={"message": message})
        for message in content.warnings
    ]
    return RawLayer(
        name=name,
        kind=kind,
        table=content.table.set_axis(name_columns(content.table.columns), axis=1),
        geometry=content.geometry,
        is_told=content.is_unreadable,
        crs=choose_crs(content.crs, task.wish.crs, file=room.file, default=default),
        rows=rows,
        problems=(*notes, *list_problems(content.is_unreadable, rows, "geometry_unreadable")),
    )


def _read_sheets(sheets: Sequence[Sheet], room: Room, task: Task) -> Layers:
    chosen = choose_layers([sheet.name for sheet in sheets], task, file=room.file)
    given = None if task.wish.crs is None else parse_crs(task.wish.crs)
    read = []
    for at, kind in chosen:
        sheet = sheets[at]
        points = make_points(sheet, given, file=room.file)
        layer = RawLayer(
            name=sheet.name,
            kind=kind,
            table=sheet.table,
            coordinate_columns=points.headings,
            geometry=points.geometry,
            is_told=points.is_told,
            crs=choose_crs(None, task.wish.crs, file=room.file, default=_TABLE_CRS),
            rows=sheet.rows,
            problems=(*sheet.problems, *points.problems),
        )
        read.append(layer)
    taken = {at for at, _ in chosen}
    left_out = [sheet.name for at, sheet in enumerate(sheets) if at not in taken]
    return _note_left_out(tuple(read), left_out, task)


def _note_left_out(layers: Layers, names: Iterable[str], task: Task) -> Layers:
    """Say in the first layer what else is in the file, unless one layer was asked for."""
    left_out = list(names)
    if not left_out or task.kind is not None:
        return layers
    shown = ", ".join(left_out[:_SHOWN_NAMES]) + (" …" if len(left_out) > _SHOWN_NAMES else "")
    note = Problem("left_out", "warning", facts={"names": shown, "count": len(left_out)})
    return (layers[0].with_problems([note]), *layers[1:])
