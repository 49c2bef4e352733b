"""The tables of a project's GeoPackage (OGC 12-128r18), and geo-rv's own beside them.

The project's own tables:

- ``geo_rv_change``: one row for each layer of each change (when, who, what, from which file,
  how many features). What was done at once, such as an import of several files, has one
  `batch` number, and what undoes a batch names it in `undoes`. The highest id of a layer's
  changes is the layer's version.
- ``geo_rv_change_feature``: one row for each feature of a change, with the feature as it
  was before (NULL for one that was added). What it was afterwards is the next change's
  "before", or the layer itself: nothing is kept twice, and any day can be put together.
  `after` is a digest of it ("" for one that was removed, NULL where an older version wrote),
  by which it shows whether another program has changed it since.
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
CONTENTS_TABLES = (
    "gpkg_extensions", "gpkg_geometry_columns", "gpkg_ogr_contents", "gpkg_contents",
)  # fmt: skip
"""The tables with a row about each layer's table, those that refer to others first."""

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
  action TEXT NOT NULL, layer TEXT NOT NULL, source TEXT NOT NULL,
  added INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0, batch INTEGER, undoes INTEGER
);
CREATE TABLE geo_rv_change_feature (
  change INTEGER NOT NULL REFERENCES geo_rv_change(id), feature TEXT NOT NULL, before TEXT,
  after TEXT
);
CREATE INDEX geo_rv_change_feature_change ON geo_rv_change_feature(change);
CREATE INDEX geo_rv_change_layer ON geo_rv_change(layer);
"""

UPGRADE = (
    "ALTER TABLE geo_rv_change ADD COLUMN added INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE geo_rv_change ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE geo_rv_change ADD COLUMN removed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE geo_rv_change ADD COLUMN batch INTEGER",
    "ALTER TABLE geo_rv_change ADD COLUMN undoes INTEGER",
    "ALTER TABLE geo_rv_change DROP COLUMN features",
    "ALTER TABLE geo_rv_change_feature ADD COLUMN after TEXT",
    # a feature that was replaced has two rows: one as it was before, and one as added
    """
    UPDATE geo_rv_change SET batch = id, added = told.added, changed = told.changed,
      removed = told.removed
    FROM (
      SELECT change, sum(is_new AND NOT is_old) AS added, sum(is_new AND is_old) AS changed,
        sum(is_old AND NOT is_new) AS removed
      FROM (
        SELECT change, max(before IS NULL) AS is_new, max(before IS NOT NULL) AS is_old
        FROM geo_rv_change_feature GROUP BY change, feature
      ) GROUP BY change
    ) AS told WHERE told.change = id
    """,
    "UPDATE geo_rv_change SET batch = id WHERE batch IS NULL",
)
"""What makes of a history without batches one in which each older change is its own batch."""


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
