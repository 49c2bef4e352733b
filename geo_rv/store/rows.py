"""The rows of a layer's table: how they differ from what they are to be, and the change itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.store import schema
from geo_rv.store.encoding import GONE, Row, digest_row, tell_row
from geo_rv.store.schema import COLUMN_TYPES, GEOMETRY, quote, rtree

_HEADER_BYTES = 8
_ENVELOPE_BYTES = (0, 32, 48, 48, 64, 0, 0, 0)
"""By the three bits of the header's flags that tell the kind of envelope (clause 2.1.3)."""


@dataclass(frozen=True)
class StoredRow:
    """One feature as the table has it."""

    number: int
    """Its primary key, `fid`."""
    row: Row


@dataclass(frozen=True)
class Difference:
    """What is to be done to a table, by the features' identities."""

    columns: tuple[str, ...]
    """Of the rows: the geometry, the fields of the layer, and what others have added."""
    added: Mapping[str, Row]
    changed: Mapping[str, Row]
    """Rows may end before the last columns, which then are left as they are."""
    removed: tuple[str, ...]
    unchanged: int
    before: Mapping[str, StoredRow]
    """The features that are changed or removed."""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.added or self.changed or self.removed)


def prepare_table(connection: sqlite3.Connection, spec: LayerSpec) -> bool:
    """Make the layer's table, or add the columns that its catalogue entry has gained.

    Returns whether the table is new.
    """
    present = list_columns(connection, spec.kind)
    if not present:
        for statement, parameters in schema.list_layer_statements(spec):
            connection.execute(statement, parameters)
        return True
    for field in spec.fields:
        if field.name not in present:
            column = f"{quote(field.name)} {COLUMN_TYPES[field.type]}"
            connection.execute(f"ALTER TABLE {quote(spec.kind)} ADD COLUMN {column}")
    return False


def drop_table(connection: sqlite3.Connection, kind: str) -> None:
    """Take the layer's table away, with all that the GeoPackage says of it."""
    connection.execute(f"DROP TABLE {rtree(kind)}")
    connection.execute(f"DROP TABLE {quote(kind)}")
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    for table in schema.CONTENTS_TABLES:
        if connection.execute(query, (table,)).fetchone():
            connection.execute(f"DELETE FROM {quote(table)} WHERE table_name = ?", (kind,))


def list_columns(connection: sqlite3.Connection, kind: str) -> tuple[str, ...]:
    """Return the columns of the layer's table without its key; none where there is no table."""
    found = connection.execute(f"PRAGMA table_info({quote(kind)})")
    return tuple(column[1] for column in found if not column[5])


def order_columns(connection: sqlite3.Connection, spec: LayerSpec) -> tuple[str, ...]:
    """Return the geometry, the layer's fields, and what the table has beside them."""
    ours = (GEOMETRY, *(field.name for field in spec.fields))
    return (*ours, *(name for name in list_columns(connection, spec.kind) if name not in ours))


def read_stored(
    connection: sqlite3.Connection, spec: LayerSpec, identities: Collection[str] | None
) -> dict[str, StoredRow]:
    """Return the features of these identities (all, where None) as the table has them.

    Their rows have the columns of `order_columns`; nothing where there is no table yet.
    """
    present = list_columns(connection, spec.kind)
    if not present:
        return {}
    columns = order_columns(connection, spec)
    # the catalogue may have gained fields since the table was last written
    picked = ", ".join(quote(name) if name in present else "NULL" for name in columns)
    query = f"SELECT fid, {picked} FROM {quote(spec.kind)}"
    if identities is None:
        rows = connection.execute(query)
    else:
        known = (json.dumps(list(identities)),)
        rows = connection.execute(f"{query} WHERE id IN (SELECT value FROM json_each(?))", known)
    at = 1 + columns.index(IDENTITY)
    return {row[at]: StoredRow(row[0], row[1:]) for row in rows}


def find_difference(
    columns: tuple[str, ...], stored: Mapping[str, StoredRow], wanted: Mapping[str, Row | None]
) -> Difference:
    """Return what makes the `stored` features those that are `wanted`, None for one to be gone.

    Features that nothing is wanted of stay as they are.
    """
    added, changed, removed = {}, {}, []
    for identity, row in wanted.items():
        there = stored.get(identity)
        if row is None and there is not None:
            removed.append(identity)
        elif row is not None and there is None:
            added[identity] = row
        elif row is not None and there is not None and there.row[: len(row)] != row:
            changed[identity] = row
    touched = [*changed, *removed]
    return Difference(
        columns=columns,
        added=added,
        changed=changed,
        removed=tuple(removed),
        unchanged=len(stored) - len(touched),
        before={identity: stored[identity] for identity in touched},
    )


def write_difference(
    connection: sqlite3.Connection, spec: LayerSpec, difference: Difference, change: int
) -> None:
    """Change the table, its R-tree, extent and history; other programs' triggers stay out."""
    for name, _ in schema.list_rtree_triggers(spec.kind):
        connection.execute(f"DROP TRIGGER IF EXISTS {quote(name)}")
    _note_features(connection, difference, change)
    _remove(connection, spec.kind, [difference.before[each].number for each in difference.removed])
    _update(connection, spec.kind, difference)
    _insert(connection, spec.kind, difference)
    for _, statement in schema.list_rtree_triggers(spec.kind):
        connection.execute(statement)
    _note_extent(connection, spec.kind)


def _note_features(connection: sqlite3.Connection, difference: Difference, change: int) -> None:
    columns, before = difference.columns, difference.before
    statement = "INSERT INTO geo_rv_change_feature VALUES (?, ?, ?, ?)"
    connection.executemany(
        statement,
        (
            (change, identity, tell_row(columns, before[identity].row), GONE)
            for identity in difference.removed
        ),
    )
    connection.executemany(
        statement,
        (
            (
                change,
                identity,
                tell_row(columns, before[identity].row),
                digest_row(columns, (*row, *before[identity].row[len(row) :])),
            )
            for identity, row in difference.changed.items()
        ),
    )
    connection.executemany(
        statement,
        (
            (change, identity, None, digest_row(columns, row))
            for identity, row in difference.added.items()
        ),
    )


def _remove(connection: sqlite3.Connection, kind: str, numbers: list[int]) -> None:
    keys = [(number,) for number in numbers]
    connection.executemany(f"DELETE FROM {quote(kind)} WHERE fid = ?", keys)
    connection.executemany(f"DELETE FROM {rtree(kind)} WHERE id = ?", keys)


def _update(connection: sqlite3.Connection, kind: str, difference: Difference) -> None:
    if not difference.changed:
        return
    width = len(next(iter(difference.changed.values())))
    sets = ", ".join(f"{quote(name)} = ?" for name in difference.columns[:width])
    numbers = [difference.before[identity].number for identity in difference.changed]
    rows = list(difference.changed.values())
    connection.executemany(
        f"UPDATE {quote(kind)} SET {sets} WHERE fid = ?",
        ((*row, number) for row, number in zip(rows, numbers, strict=True)),
    )
    connection.executemany(f"DELETE FROM {rtree(kind)} WHERE id = ?", [(n,) for n in numbers])
    _index(connection, kind, numbers, rows)


def _insert(connection: sqlite3.Connection, kind: str, difference: Difference) -> None:
    if not difference.added:
        return
    rows = list(difference.added.values())
    columns = ["fid", *difference.columns[: len(rows[0])]]
    first = connection.execute(f"SELECT ifnull(max(fid), 0) + 1 FROM {quote(kind)}").fetchone()[0]
    numbers = range(first, first + len(rows))
    connection.executemany(
        f"INSERT INTO {quote(kind)} ({', '.join(map(quote, columns))}) "
        f"VALUES ({', '.join('?' * len(columns))})",
        ((number, *row) for number, row in zip(numbers, rows, strict=True)),
    )
    _index(connection, kind, numbers, rows)


def _index(
    connection: sqlite3.Connection, kind: str, numbers: Sequence[int], rows: Sequence[Row]
) -> None:
    """Put rows that have a geometry into the R-tree."""
    boxes = _measure_boxes([row[0] for row in rows])
    west, south, east, north = boxes.T.tolist()
    indexed = zip(numbers, west, east, south, north, strict=True)
    # of a feature without geometry the box is not a number
    connection.executemany(
        f"INSERT INTO {rtree(kind)} VALUES (?, ?, ?, ?, ?)",
        (box for box in indexed if box[1] == box[1]),
    )


def _measure_boxes(blobs: Sequence[bytes | None]) -> NDArray[np.float64]:
    """Return west, south, east and north of geometries in GeoPackage binary, NaN where none."""
    bodies = [
        None if blob is None else blob[_HEADER_BYTES + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :]
        for blob in blobs
    ]
    boxes: NDArray[np.float64] = shapely.bounds(shapely.from_wkb(bodies, on_invalid="ignore"))
    return boxes


def _note_extent(connection: sqlite3.Connection, kind: str) -> None:
    extent = connection.execute(
        f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {rtree(kind)}"
    ).fetchone()
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, "
        "last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
        (*extent, kind),
    )
