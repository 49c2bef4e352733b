"""OpenStreetMap extracts: tags into layers, by the table ``layers/mappings/osm.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo_rv.catalogue import Catalogue, GeometryType
from geo_rv.errors import NothingMapped
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.raw import RawLayer, number_rows
from geo_rv.intake.wall import gdal_door
from geo_rv.intake.wall.gdal_door import Content, Room, Source
from geo_rv.intake.wish import Task
from geo_rv.layerspec import Misfit, find_filter_misfits, refuse_misfits
from geo_rv.messages import tell
from geo_rv.tables import find_near, read_toml

ANY = "*"

Mask = NDArray[np.bool_]

_CRS = pyproj.CRS("EPSG:4326")
_MAPPING_FILE = "osm.toml"
_GDAL_LAYERS: Mapping[GeometryType, str] = {
    "point": "points",
    "line": "lines",
    "polygon": "multipolygons",
}


@dataclass(frozen=True)
class OsmRow:
    """Which objects become features of a layer, and with which values."""

    layer: str
    geometry: GeometryType
    tags: Mapping[str, tuple[str, ...]]
    """An object is meant that has one of the values for each key; "*" is any value."""
    unless: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """An object is not meant that has one of the values for any of these keys."""
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The values of the layer's fields."""
    copied: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """The fields whose value is that of the first of these keys that the object has."""


@dataclass(frozen=True)
class OsmMapping:
    """What of OpenStreetMap becomes which layer."""

    closed_ways_are_polygons: tuple[str, ...]
    """The keys (or key=value) that make a closed way an area."""
    names: tuple[str, ...]
    """The keys of the name, the first that an object has is taken."""
    rows: tuple[OsmRow, ...]
    """Of the rows for one layer and geometry, the first that means an object is taken."""


def load_mapping(catalogue: Catalogue) -> OsmMapping:
    """Return the shipped mapping; raises a DataFileError where it does not fit `catalogue`."""
    mapping = read_toml(OsmMapping, files("layers").joinpath("mappings", _MAPPING_FILE))
    for number, row in enumerate(mapping.rows, 1):
        refuse_misfits(_find_misfits(row, f"rows[{number}]", catalogue), _MAPPING_FILE)
    return mapping


def read_osm(path: Path, room: Room, task: Task) -> tuple[RawLayer, ...]:
    """Return a layer for each kind that the extract `path` holds objects of.

    Raises NothingMapped where there are none (of the kind that the user wishes), UnknownLayer,
    or another SourceError.
    """
    mapping = load_mapping(task.catalogue)
    rows = [row for row in mapping.rows if task.kind in (None, row.layer)]
    kinds = sorted({row.layer for row in rows})
    wanted = [kind for kind in _GDAL_LAYERS if any(row.geometry == kind for row in rows)]
    configuration = room.folder / "osmconf.ini"
    configuration.write_text(write_configuration(mapping), "utf-8")
    contents = gdal_door.read_sources(
        room,
        "OSM",
        [
            Source(path.name, layer=_GDAL_LAYERS[kind], where=write_filter(rows, kind))
            for kind in wanted
        ],
        settings={"OSM_CONFIG_FILE": str(configuration)},
    )
    by_geometry = dict(zip(wanted, contents, strict=True))
    layers = [_gather_layer(kind, mapping, by_geometry) for kind in kinds]
    found = tuple(layer for layer in layers if len(layer.table))
    if not found:
        raise NothingMapped(file=room.file, layers=task.kind or ", ".join(kinds))
    return found


def write_configuration(mapping: OsmMapping) -> str:
    """Return GDAL's osmconf.ini that makes a column of each key that `mapping` asks for."""
    sections = [
        "[general]",
        f"closed_ways_are_polygons={','.join(mapping.closed_ways_are_polygons)}",
    ]
    sections += ["attribute_name_laundering=no"]
    for geometry, layer in _GDAL_LAYERS.items():
        keys = sorted(_list_keys(mapping, geometry))
        sections += [f"[{layer}]", "osm_id=yes", f"attributes={','.join(keys)}", "other_tags=no"]
    for layer in ("multilinestrings", "other_relations"):
        sections += [f"[{layer}]", "osm_id=no", "other_tags=no"]
    return "\n".join([*sections, ""])


def write_filter(rows: list[OsmRow], geometry: GeometryType) -> str:
    """Return, in OGR's SQL, which objects `rows` may mean: most of a town's are buildings."""
    conditions = [
        " AND ".join(_write_condition(key, values) for key, values in row.tags.items())
        for row in rows
        if row.geometry == geometry
    ]
    return " OR ".join(f"({condition})" for condition in dict.fromkeys(conditions))


def _write_condition(key: str, values: tuple[str, ...]) -> str:
    if ANY in values:
        return f'"{key}" IS NOT NULL'
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f'"{key}" IN ({quoted})'


def _list_keys(mapping: OsmMapping, geometry: GeometryType) -> set[str]:
    keys = set(mapping.names)
    for row in mapping.rows:
        if row.geometry == geometry:
            keys |= {*row.tags, *row.unless, *(key for some in row.copied.values() for key in some)}
    return keys


def _gather_layer(
    kind: str, mapping: OsmMapping, by_geometry: Mapping[GeometryType, Content]
) -> RawLayer:
    """Return the objects of all geometries that become features of `kind`."""
    tables, geometries, unreadable = [], [], []
    notes: list[str] = []
    for geometry, content in by_geometry.items():
        meant = [row for row in mapping.rows if (row.layer, row.geometry) == (kind, geometry)]
        table, is_meant = _apply_rows(meant, content.table, geometry, mapping.names)
        tables.append(table[is_meant])
        geometries.append(content.geometry[is_meant])
        unreadable.append(content.is_unreadable[is_meant])
        notes += content.warnings if is_meant.any() else ()
    table = pd.concat(tables, ignore_index=True)
    is_unreadable, rows = np.concatenate(unreadable), number_rows(len(table))
    return RawLayer(
        name=kind,
        kind=kind,
        table=table,
        geometry=np.concatenate(geometries),
        is_told=is_unreadable,
        crs=_CRS,
        rows=rows,
        problems=(
            *(Problem("reader_says", "warning", facts={"message": note}) for note in notes),
            *list_problems(is_unreadable, rows, "geometry_unreadable"),
        ),
    )


def _apply_rows(
    rows: list[OsmRow], objects: pd.DataFrame, geometry: GeometryType, names: tuple[str, ...]
) -> tuple[pd.DataFrame, Mask]:
    """Return the fields of `objects`, and which of them `rows` mean."""
    fields = sorted({field for row in rows for field in (*row.fields, *row.copied)})
    table = pd.DataFrame(None, index=objects.index, columns=fields, dtype=object)
    table.insert(0, "id", _name_objects(objects, geometry))
    table.insert(1, "name", _take_first(objects, names))
    is_meant = np.zeros(len(objects), dtype=bool)
    for row in rows:
        is_new = _meet(objects, row) & ~is_meant
        for field, value in row.fields.items():
            table.loc[is_new, field] = value
        for field, keys in row.copied.items():
            table.loc[is_new, field] = _take_first(objects[is_new], keys)
        is_meant |= is_new
    return table, is_meant


def _meet(objects: pd.DataFrame, row: OsmRow) -> Mask:
    """Return which of `objects` the row means."""
    is_meant = np.ones(len(objects), dtype=bool)
    for key, values in row.tags.items():
        is_meant &= _has_value(objects[key], values)
    for key, values in row.unless.items():
        is_meant &= ~_has_value(objects[key], values)
    return is_meant


def _has_value(column: pd.Series, values: tuple[str, ...]) -> Mask:
    return (column.notna() if ANY in values else column.isin(values)).to_numpy()


def _take_first(objects: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series:
    """Return for each object the value of the first of `keys` that it has."""
    taken = objects[keys[0]]
    for key in keys[1:]:
        taken = taken.fillna(objects[key])
    return taken


def _name_objects(objects: pd.DataFrame, geometry: GeometryType) -> pd.Series:
    """Return identities as OpenStreetMap writes them: node/1, way/2, relation/3."""
    if geometry == "point":
        return "node/" + objects["osm_id"]
    if geometry == "line":
        return "way/" + objects["osm_id"]
    return ("relation/" + objects["osm_id"]).fillna("way/" + objects["osm_way_id"])


def _find_misfits(row: OsmRow, key: str, catalogue: Catalogue) -> Iterator[Misfit]:
    """Yield what the row, standing at `key`, names and the catalogue lacks."""
    if row.layer not in catalogue:
        known = find_near(row.layer, catalogue.by_kind)
        yield f"{key}.layer", tell("problem.unknown", value=row.layer, known=known)
        return
    spec = catalogue[row.layer]
    if row.geometry not in spec.geometry:
        known = ", ".join(spec.geometry)
        yield f"{key}.geometry", tell("problem.unknown", value=row.geometry, known=known)
    fixed = {field: (value,) for field, value in row.fields.items()}
    yield from find_filter_misfits(spec, f"{key}.fields", fixed)
    yield from find_filter_misfits(spec, f"{key}.copied", dict.fromkeys(row.copied, ()))
