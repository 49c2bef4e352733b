"""The project's layers in one GeoPackage: one writer, free readers, and every change on record.

Writing goes through one sqlite3 connection that begins IMMEDIATE, and one transaction holds
all layers of an import: a kill at any moment leaves the state before it or the state after.
Reading goes through pyogrio (Arrow, R-tree).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyogrio
from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue, LayerSpec
from geo_rv.errors import IdentityTaken, StoreBusy, StoreDamaged
from geo_rv.frames import Mode, conform_attributes, conform_frame
from geo_rv.geodesy.crs import Bounds
from geo_rv.store import schema
from geo_rv.store.encoding import encode_rows
from geo_rv.store.schema import COLUMN_TYPES, GEOMETRY, quote, rtree
from geo_rv.store.signature import sign

BUSY_SECONDS = 20
CACHE_KIB = 200_000  # so that a large transaction keeps readers out only while it commits
SHOWN_IDENTITIES = 5


@dataclass(frozen=True)
class LayerState:
    """What the store knows of one layer without reading it."""

    spec: LayerSpec
    count: int
    stamp: str
    """Differs after every change of the layer, ours or another program's."""
    bounds: Bounds
    changed_at: str
    """UTC, ISO 8601."""


class GeoPackageStore:
    """The layers of one project, in the GeoPackage `path`."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Open the store and finish or undo what a killed writer left; raises StoreDamaged."""
        self.path = path
        self.catalogue = catalogue
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM geo_rv_change").fetchone()

    @classmethod
    def create(cls, path: Path, catalogue: Catalogue) -> GeoPackageStore:
        """Make an empty store at `path`, where there is none yet."""
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(schema.BASE)
            connection.executemany(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
                schema.list_reference_systems(),
            )
            connection.commit()
        return cls(path, catalogue)

    @property
    def stamp(self) -> str:
        """Differs after every change of any layer, ours or another program's."""
        with self.reading() as connection:
            changes = connection.execute("SELECT ifnull(max(id), 0) FROM geo_rv_change").fetchone()
            latest = connection.execute("SELECT max(last_change) FROM gpkg_contents").fetchone()
        return f"{changes[0]} {latest[0]}"

    def list_layers(self) -> tuple[LayerState, ...]:
        """Return the state of each layer that the store holds, in the catalogue's order."""
        with self.reading() as connection:
            rows = {
                kind: (stamp, at, (min_x, min_y, max_x, max_y), _count_rows(connection, kind))
                for kind, stamp, at, min_x, min_y, max_x, max_y in connection.execute(
                    "SELECT layer, max(id) || ' ' || last_change, max(at), "
                    "min_x, min_y, max_x, max_y FROM geo_rv_change "
                    "JOIN gpkg_contents ON table_name = layer GROUP BY layer"
                )
            }
        return tuple(
            LayerState(
                spec, rows[spec.kind][3], rows[spec.kind][0], rows[spec.kind][2], rows[spec.kind][1]
            )
            for spec in self.catalogue.layers
            if spec.kind in rows
        )

    def read_layer(self, kind: str, *, bounds: Bounds | None = None) -> GeoDataFrame:
        """Return the layer frame of `kind` (EPSG:4490), or of its features that touch `bounds`."""
        frame = pyogrio.read_dataframe(self.path, layer=kind, bbox=bounds, use_arrow=True)
        return conform_frame(frame, self.catalogue[kind])

    def read_rows(self, kind: str) -> tuple[pd.DataFrame, pa.ChunkedArray]:
        """Return the fields of a layer's features, and their geometries in well-known binary.

        Degrees, in the same order as `read_layer`; nothing of it is a geometry object.
        """
        with self.reading() as connection:
            count = _count_rows(connection, kind)
        # in one piece, which nobody need join
        meta, table = pyogrio.read_arrow(self.path, layer=kind, batch_size=max(count, 1))
        blobs = table.column(meta["geometry_name"])
        fields = table.drop_columns([meta["geometry_name"]]).to_pandas(date_as_object=False)
        return conform_attributes(fields, self.catalogue[kind]), blobs

    def read_fields(self, kind: str) -> pd.DataFrame:
        """Return the fields of a layer's features, in the same order as `read_rows`."""
        fields = pyogrio.read_dataframe(self.path, layer=kind, read_geometry=False, use_arrow=True)
        return conform_attributes(fields, self.catalogue[kind])

    def search_names(
        self, wanted: str, *, limit: int
    ) -> list[tuple[str, str, str | None, float, float]]:
        """Return kind, id, name, longitude and latitude of features by a part of name or id."""
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%"
        found: list[tuple[str, str, str | None, float, float]] = []
        for state in reversed(self.list_layers()):
            kind = state.spec.kind
            with self.reading() as connection:
                rows = connection.execute(
                    "SELECT feature.id, name, (minx + maxx) / 2, (miny + maxy) / 2 "
                    f"FROM {quote(kind)} feature JOIN {rtree(kind)} box ON box.id = fid "
                    "WHERE name LIKE ? ESCAPE '\\' OR feature.id LIKE ? ESCAPE '\\' LIMIT ?",
                    (pattern, pattern, limit - len(found)),
                )
                found += [(kind, *row) for row in rows]
        return found

    def write_layers(
        self, layers: Mapping[str, GeoDataFrame], *, source: Mapping[str, str], mode: Mode = "add"
    ) -> None:
        """Add layer frames, or put them in their layers' place, all in one transaction.

        `source` names the file that each kind came from. Raises IdentityTaken where `add` meets
        an id that the layer has already; then nothing has changed.
        """
        with self.transaction() as connection:
            for kind, frame in layers.items():
                spec = self.catalogue[kind]
                _prepare_table(connection, spec)
                change = _record_change(connection, mode, kind, source[kind], len(frame))
                if mode == "replace":
                    _remove_rows(connection, spec, change)
                _refuse_taken(connection, spec, frame)
                _insert_rows(connection, spec, frame, change)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that is only read from; raises StoreBusy or StoreDamaged."""
        with _explain_failures(self.path), closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the one writer's connection: what is done with it is kept together or not at all.

        Raises StoreBusy or StoreDamaged.
        """
        with _explain_failures(self.path), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that is not there is an error, and a hot journal can be rolled back
        connection = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return connection


@contextmanager
def _explain_failures(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        )
        problem = StoreBusy if busy else StoreDamaged
        raise problem(file=path.name, problem=error) from error


def _count_rows(connection: sqlite3.Connection, kind: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {quote(kind)}").fetchone()[0])


def _prepare_table(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    """Make the layer's table, or add the columns that its catalogue entry has gained."""
    present = {row[1] for row in connection.execute(f"PRAGMA table_info({quote(spec.kind)})")}
    if not present:
        for statement, parameters in schema.list_layer_statements(spec):
            connection.execute(statement, parameters)
    else:
        for field in spec.fields:
            if field.name not in present:
                column = f"{quote(field.name)} {COLUMN_TYPES[field.type]}"
                connection.execute(f"ALTER TABLE {quote(spec.kind)} ADD COLUMN {column}")


def _record_change(
    connection: sqlite3.Connection, action: str, kind: str, source: str, features: int
) -> int:
    row = (*sign(), action, kind, source, features)
    cursor = connection.execute(
        "INSERT INTO geo_rv_change (at, who, action, layer, source, features) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        row,
    )
    assert cursor.lastrowid is not None  # noqa: S101 - an INSERT always sets it
    return cursor.lastrowid


def _remove_rows(connection: sqlite3.Connection, spec: LayerSpec, change: int) -> None:
    """Empty the layer, keeping each feature in the history."""
    names = [field.name for field in spec.fields]
    columns = ", ".join(map(quote, [GEOMETRY, *names]))
    rows = connection.execute(f"SELECT {columns} FROM {quote(spec.kind)}").fetchall()
    identity = 1 + names.index("id")
    _drop_triggers(connection, spec.kind)
    connection.executemany(
        "INSERT INTO geo_rv_change_feature VALUES (?, ?, ?)",
        ((change, row[identity], _tell_row(names, row)) for row in rows),
    )
    connection.execute(f"DELETE FROM {quote(spec.kind)}")
    connection.execute(f"DELETE FROM {rtree(spec.kind)}")


def _tell_row(names: list[str], row: tuple[object, ...]) -> str:
    geometry = row[0].hex() if isinstance(row[0], bytes) else None
    values = dict(zip(names, row[1:], strict=True))
    return json.dumps({GEOMETRY: geometry, **values}, ensure_ascii=False)


def _refuse_taken(connection: sqlite3.Connection, spec: LayerSpec, frame: GeoDataFrame) -> None:
    present = {row[0] for row in connection.execute(f"SELECT id FROM {quote(spec.kind)}")}
    taken = frame["id"][frame["id"].isin(present) | frame["id"].duplicated()].to_list()
    if taken:
        raise IdentityTaken(
            layer=spec.title, count=len(taken), examples=", ".join(taken[:SHOWN_IDENTITIES])
        )


def _insert_rows(
    connection: sqlite3.Connection, spec: LayerSpec, frame: GeoDataFrame, change: int
) -> None:
    """Insert the rows, fill the R-tree in one go, and put its triggers back."""
    _drop_triggers(connection, spec.kind)
    first = connection.execute(
        f"SELECT ifnull(max(fid), 0) + 1 FROM {quote(spec.kind)}"
    ).fetchone()[0]
    numbers = range(first, first + len(frame))
    columns = ", ".join(map(quote, ["fid", GEOMETRY, *(field.name for field in spec.fields)]))
    marks = ", ".join("?" * (2 + len(spec.fields)))
    connection.executemany(
        f"INSERT INTO {quote(spec.kind)} ({columns}) VALUES ({marks})",
        ((number, *row) for number, row in zip(numbers, encode_rows(frame, spec), strict=True)),
    )
    bounds = frame.geometry.bounds.to_numpy()
    connection.executemany(
        f"INSERT INTO {rtree(spec.kind)} VALUES (?, ?, ?, ?, ?)",
        (
            (number, box[0], box[2], box[1], box[3])
            for number, box in zip(numbers, bounds.tolist(), strict=True)
        ),
    )
    connection.executemany(
        "INSERT INTO geo_rv_change_feature VALUES (?, ?, NULL)",
        ((change, identity) for identity in frame["id"]),
    )
    for _, statement in schema.list_rtree_triggers(spec.kind):
        connection.execute(statement)
    _note_extent(connection, spec.kind)


def _drop_triggers(connection: sqlite3.Connection, kind: str) -> None:
    for name, _ in schema.list_rtree_triggers(kind):
        connection.execute(f"DROP TRIGGER IF EXISTS {quote(name)}")


def _note_extent(connection: sqlite3.Connection, kind: str) -> None:
    extent = connection.execute(
        f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {rtree(kind)}"
    ).fetchone()
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, "
        "last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
        (*extent, kind),
    )
