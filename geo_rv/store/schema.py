"""The tables of a project's GeoPackage (OGC 12-128r18), and geo-rv's own beside them.

The project's own tables:

- ``geo_rv_change``: one row for each change (when, who, what, from which file, how many
  features). The highest number of a layer's changes is the layer's version.
- ``geo_rv_change_feature``: one row for each feature of a change, with the feature as it
  was before (NULL for one that was added). What it was afterwards is the next change's
  "before", or the layer itself: nothing is kept twice, and any day can be put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyproj

from geo_rv.catalogue import IDENTITY, FieldType, LayerSpec
from geo_rv.geodesy.crs import STORED

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300  # GeoPackage 1.3: programs a few years old warn at 1.4
GEOMETRY = "geom"
STORED_SRS = STORED.to_epsg()

COLUMN_TYPES: Mapping[FieldType, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
}

BASE = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {USER_VERSION};
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE geo_rv_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
  action TEXT NOT NULL, layer TEXT NOT NULL, source TEXT NOT NULL, features INTEGER NOT NULL
);
CREATE TABLE geo_rv_change_feature (
  change INTEGER NOT NULL REFERENCES geo_rv_change(id), feature TEXT NOT NULL, before TEXT
);
CREATE INDEX geo_rv_change_feature_change ON geo_rv_change_feature(change);
CREATE INDEX geo_rv_change_layer ON geo_rv_change(layer);
"""


def list_reference_systems() -> list[tuple[object, ...]]:
    """Return the rows of gpkg_spatial_ref_sys: those that every GeoPackage has, and ours."""
    return [
        ("Undefined Cartesian", -1, "NONE", -1, "undefined", None),
        ("Undefined geographic", 0, "NONE", 0, "undefined", None),
        *(
            (crs.name, crs.to_epsg(), "EPSG", crs.to_epsg(), crs.to_wkt("WKT1_GDAL"), None)
            for crs in (pyproj.CRS.from_epsg(4326), STORED)
        ),
    ]


def list_layer_statements(spec: LayerSpec) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield the statements that make an empty table for the layer, with their parameters.

    Table and column names come from the catalogue, which a person wrote, so they are quoted.
    """
    table, geometry = quote(spec.kind), quote(GEOMETRY)
    columns = ", ".join(
        f"{quote(field.name)} {COLUMN_TYPES[field.type]}"
        + (" NOT NULL" if field.name == IDENTITY else "")
        for field in spec.fields
    )
    yield f"CREATE TABLE {table} (fid INTEGER PRIMARY KEY, {geometry} GEOMETRY, {columns})", ()
    yield f"CREATE UNIQUE INDEX {quote(spec.kind + '_id')} ON {table}(id)", ()
    yield (
        (
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
            "VALUES (?, 'features', ?, ?, ?)"
        ),
        (spec.kind, spec.title.zh, spec.description.zh, STORED_SRS),
    )
    yield (
        "INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 0, 0)",
        (spec.kind, GEOMETRY, STORED_SRS),
    )
    yield (
        (
            "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', "
            "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')"
        ),
        (spec.kind, GEOMETRY),
    )
    yield f"CREATE VIRTUAL TABLE {rtree(spec.kind)} USING rtree(id, minx, maxx, miny, maxy)", ()


def list_rtree_triggers(kind: str) -> Iterator[tuple[str, str]]:
    """Yield name and statement of the triggers that keep the R-tree (GeoPackage 1.4, F.3).

    They serve whoever edits the file elsewhere (QGIS); our own writer takes them away for the
    length of its transaction and fills the R-tree in one go.
    """
    filled = f"NEW.{quote(GEOMETRY)} NOT NULL AND NOT ST_IsEmpty(NEW.{quote(GEOMETRY)})"
    empty = f"(NEW.{quote(GEOMETRY)} IS NULL OR ST_IsEmpty(NEW.{quote(GEOMETRY)}))"
    old_filled = f"OLD.{quote(GEOMETRY)} NOT NULL AND NOT ST_IsEmpty(OLD.{quote(GEOMETRY)})"
    old_empty = f"(OLD.{quote(GEOMETRY)} IS NULL OR ST_IsEmpty(OLD.{quote(GEOMETRY)}))"
    box = ", ".join(
        f"ST_{side}(NEW.{quote(GEOMETRY)})" for side in ("MinX", "MaxX", "MinY", "MaxY")
    )
    insert = f"INSERT OR REPLACE INTO {rtree(kind)} VALUES (NEW.fid, {box})"
    update = (
        f"UPDATE {rtree(kind)} SET "
        + ", ".join(
            f"{side.lower()} = ST_{side}(NEW.{quote(GEOMETRY)})"
            for side in ("MinX", "MaxX", "MinY", "MaxY")
        )
        + " WHERE id = NEW.fid"
    )
    delete = f"DELETE FROM {rtree(kind)} WHERE id = OLD.fid"
    delete_both = f"DELETE FROM {rtree(kind)} WHERE id IN (OLD.fid, NEW.fid)"
    same, moved = "OLD.fid = NEW.fid", "OLD.fid != NEW.fid"
    of_geometry = f"UPDATE OF {quote(GEOMETRY)}"
    for name, event, when, action in (
        ("insert", "INSERT", filled, insert),
        ("update2", of_geometry, f"{same} AND {empty}", delete),
        ("update4", "UPDATE", f"{moved} AND {empty}", delete_both),
        ("update5", "UPDATE", f"{moved} AND {filled}", f"{delete}; {insert}"),
        ("update6", of_geometry, f"{same} AND {filled} AND {old_filled}", update),
        ("update7", of_geometry, f"{same} AND {filled} AND {old_empty}", insert),
        ("delete", "DELETE", f"OLD.{quote(GEOMETRY)} NOT NULL", delete),
    ):
        trigger = f"rtree_{kind}_{GEOMETRY}_{name}"
        yield (
            trigger,
            (
                f"CREATE TRIGGER {quote(trigger)} AFTER {event} ON {quote(kind)} "
                f"WHEN {when} BEGIN {action}; END"
            ),
        )


def rtree(kind: str) -> str:
    """Return the quoted name of the layer's R-tree."""
    return quote(f"rtree_{kind}_{GEOMETRY}")


def quote(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
