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
from geo_rv.intake.raw import RawLayer, Wish, name_columns, number_rows
from geo_rv.intake.reference import choose_crs
from geo_rv.intake.shapefile import Shapefile, list_left_out, unpack_shapefiles
from geo_rv.intake.sniff import Format
from geo_rv.intake.tables import Sheet, read_csv, read_xlsx

_GEOJSON_CRS = "OGC:CRS84"
_TABLE_CRS = "EPSG:4490"
_SHOWN_NAMES = 8

Layers = tuple[RawLayer, ...]
Reader = Callable[[Path, Room, Wish], Layers]


def read_geopackage(path: Path, room: Room, wish: Wish) -> Layers:
    """Return the chosen feature layers of a GeoPackage; its views are never read."""
    layers = gdal_door.list_geopackage(room, path.name)
    tables = [layer for layer in layers if layer.is_table]
    chosen = choose_layers([table.name for table in tables], wish, file=room.file)
    sources = [
        Source(path.name, layer=tables[at].name, key=_take_key(tables[at], kind, wish))
        for at, kind in chosen
    ]
    contents = gdal_door.read_sources(room, "GPKG", sources)
    read = tuple(
        _make_layer(content, tables[at].name, kind, room, wish)
        for (at, kind), content in zip(chosen, contents, strict=True)
    )
    taken = {layer.name for layer in read}
    return _note_left_out(read, [layer.name for layer in layers if layer.name not in taken], wish)


def read_geojson(path: Path, room: Room, wish: Wish) -> Layers:
    """Return the one layer of a GeoJSON file."""
    members = gdal_door.inspect_geojson(room, path.name)
    ((_, kind),) = choose_layers([wish.stem], wish, file=room.file)
    (content,) = gdal_door.read_sources(room, "GeoJSON", [Source(path.name)])
    if len(content.table) != len(members.ids):
        problem = f"{len(content.table)} / {len(members.ids)}"
        raise SourceUnreadable(file=room.file, problem=problem)
    # GDAL takes longitude and latitude where it does not know the system that the file names
    content = dataclasses.replace(content, crs=members.crs)
    default = _GEOJSON_CRS if members.crs == "" else None
    layer = _make_layer(content, wish.stem, kind, room, wish, default=default)
    return (dataclasses.replace(layer, feature_ids=pd.Series(members.ids, dtype=object)),)


def read_zipped_shapefiles(path: Path, room: Room, wish: Wish) -> Layers:
    """Return the chosen shapefiles of a zip archive."""
    archive = Archive(path, file=room.file, limits=room.limits)
    layers = read_shapefiles(unpack_shapefiles(archive, room.folder), room, wish)
    return _note_left_out(layers, list_left_out(archive), wish)


def read_shapefiles(shapefiles: Sequence[Shapefile], room: Room, wish: Wish) -> Layers:
    """Return the chosen ones of `shapefiles`, which lie in `room`."""
    chosen = choose_layers([shapefile.name for shapefile in shapefiles], wish, file=room.file)
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
        layer = _make_layer(content, shapefiles[at].name, kind, room, wish)
        table = shapefiles[at].table
        if table.is_contradicted:
            note = Problem("encoding_told", "warning", facts={"encoding": table.encoding})
            layer = layer.with_problems([note])
        read.append(layer)
    taken = {at for at, _ in chosen}
    left_out = [shapefile.name for at, shapefile in enumerate(shapefiles) if at not in taken]
    return _note_left_out(tuple(read), left_out, wish)


def read_delimited(path: Path, room: Room, wish: Wish) -> Layers:
    """Return the points of a delimited text."""
    sheet = read_csv(path, name=wish.stem, file=room.file, limits=room.limits)
    return _read_sheets([sheet], room, wish)


def read_workbook(path: Path, room: Room, wish: Wish) -> Layers:
    """Return the points of the chosen sheets of a workbook."""
    return _read_sheets(read_xlsx(path, file=room.file, limits=room.limits), room, wish)


READERS: Mapping[Format, tuple[str, Reader]] = {
    "gpkg": ("source.gpkg", read_geopackage),
    "geojson": ("source.geojson", read_geojson),
    "shapefile_zip": ("source.zip", read_zipped_shapefiles),
    "xlsx": ("source.xlsx", read_workbook),
    "csv": ("source.csv", read_delimited),
    "osm": ("source.osm.pbf", read_osm),
}
"""For each format that is one file: what its private copy is called, and who reads it."""


def _take_key(table: GeoPackageLayer, kind: str, wish: Wish) -> str:
    """Return the key column of `table` where its name is that of an identity, as "id"."""
    names = list_field_names(wish.catalogue[kind].field_by_name[IDENTITY])
    return table.key if fold(table.key) in map(fold, names) else ""


def _make_layer(
    content: Content, name: str, kind: str, room: Room, wish: Wish, *, default: str | None = None
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
        crs=choose_crs(content.crs, wish.crs, file=room.file, default=default),
        rows=rows,
        problems=(*notes, *list_problems(content.is_unreadable, rows, "geometry_unreadable")),
    )


def _read_sheets(sheets: Sequence[Sheet], room: Room, wish: Wish) -> Layers:
    chosen = choose_layers([sheet.name for sheet in sheets], wish, file=room.file)
    given = None if wish.crs is None else parse_crs(wish.crs)
    read = []
    for at, kind in chosen:
        sheet = sheets[at]
        points = make_points(sheet, given, file=room.file)
        layer = RawLayer(
            name=sheet.name,
            kind=kind,
            table=sheet.table.drop(columns=list(points.headings)),
            geometry=points.geometry,
            is_told=points.is_told,
            crs=choose_crs(None, wish.crs, file=room.file, default=_TABLE_CRS),
            rows=sheet.rows,
            problems=(*sheet.problems, *points.problems),
        )
        read.append(layer)
    taken = {at for at, _ in chosen}
    left_out = [sheet.name for at, sheet in enumerate(sheets) if at not in taken]
    return _note_left_out(tuple(read), left_out, wish)


def _note_left_out(layers: Layers, names: Iterable[str], wish: Wish) -> Layers:
    """Say in the first layer what else is in the file, unless one layer was asked for."""
    left_out = list(names)
    if not left_out or wish.kind is not None:
        return layers
    shown = ", ".join(left_out[:_SHOWN_NAMES]) + (" …" if len(left_out) > _SHOWN_NAMES else "")
    note = Problem("left_out", "warning", facts={"names": shown, "count": len(left_out)})
    return (layers[0].with_problems([note]), *layers[1:])
