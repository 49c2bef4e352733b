"""The project's layers in one GeoPackage: one writer, free readers, and every change on record.

Writing goes through one sqlite3 connection that begins IMMEDIATE, and one transaction holds
all layers of an import: a kill at any moment leaves the state before it or the state after.
Reading goes through pyogrio (Arrow, R-tree).
"""

from __future__ import annotations

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
from geo_rv.errors import (
    IdentityTaken,
    ProjectChanged,
    ProjectError,
    StoreBusy,
    StoreDamaged,
    StoreReadOnly,
)
from geo_rv.frames import Mode, conform_attributes, conform_frame
from geo_rv.geodesy.crs import Bounds
from geo_rv.store import rows, schema
from geo_rv.store.encoding import Row, encode_rows
from geo_rv.store.journal import Change, begin_entry, record_change, upgrade
from geo_rv.store.rows import Difference
from geo_rv.store.schema import quote, rtree

BUSY_SECONDS = 20
CACHE_KIB = 200_000  # so that a large transaction keeps readers out only while it commits
SHOWN_IDENTITIES = 5
_FAILURES: Mapping[int, type[ProjectError]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
}
"""What a failure of SQLite means, where it is not that the file is damaged."""


@dataclass(frozen=True)
class LayerState:
    """What the store knows of one layer without reading it."""

    spec: LayerSpec
    count: int
    stamp: str
    """Differs after every change of the layer, ours or another program's."""
    bounds: Bounds | None
    """What its features fill, in degrees; None where none has a geometry."""
    changed_at: str
    """UTC, ISO 8601."""


class GeoPackageStore:
    """The layers of one project, in the GeoPackage `path`."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Open the store, and finish or undo what a killed writer left.

        A store of an older version gets what its history lacks. Raises StoreDamaged, or
        StoreReadOnly where it needs that and cannot be written to.
        """
        self.path = path
        self.catalogue = catalogue
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM geo_rv_change").fetchone()
            upgrade(connection)

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
            return _read_stamp(connection)

    def list_layers(self) -> tuple[LayerState, ...]:
        """Return the state of each layer that the store holds, in the catalogue's order."""
        with self.reading() as connection:
            states = {
                kind: LayerState(
                    self.catalogue[kind],
                    count=_count_rows(connection, kind),
                    stamp=stamp,
                    bounds=None if west is None else (west, south, east, north),
                    changed_at=at,
                )
                for kind, stamp, at, west, south, east, north in connection.execute(
                    "SELECT layer, max(id) || ' ' || last_change, max(at), "
                    "min_x, min_y, max_x, max_y FROM geo_rv_change "
                    "JOIN gpkg_contents ON table_name = layer GROUP BY layer"
                )
                if kind in self.catalogue
            }
        return tuple(states[spec.kind] for spec in self.catalogue.layers if spec.kind in states)

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
        self,
        layers: Mapping[str, GeoDataFrame],
        *,
        source: Mapping[str, str],
        mode: Mode = "add",
        stamp: str | None = None,
    ) -> tuple[Change, ...]:
        """Write layer frames as `mode` says, all in one transaction, and return what that changed.

        `source` names the files that each kind came from. Features that are there as they are to
        be are left alone and no part of the history. Raises IdentityTaken where `add` meets an id
        that the layer has already, and ProjectChanged where the store's stamp is not `stamp` any
        more; then nothing has changed.
        """
        recorded = []
        with self.transaction() as connection:
            if stamp is not None and stamp != _read_stamp(connection):
                raise ProjectChanged
            entry = begin_entry(connection, mode)
            for kind, frame in layers.items():
                spec = self.catalogue[kind]
                is_new = rows.prepare_table(connection, spec)
                difference = _compare(connection, spec, frame, mode)
                if is_new or not difference.is_nothing:
                    change = record_change(connection, entry, kind, source[kind], difference)
                    rows.write_difference(connection, spec, difference, change.number)
                    recorded.append(change)
        return tuple(recorded)

    def compare_layer(self, kind: str, frame: GeoDataFrame, mode: Mode) -> Difference:
        """Return what writing `frame` would change in the layer `kind`; raises IdentityTaken."""
        with self.reading() as connection:
            return _compare(connection, self.catalogue[kind], frame, mode)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that is only read from; raises StoreBusy or StoreDamaged."""
        with _explain_failures(self.path), closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the one writer's connection: what is done with it is kept together or not at all.

        Raises StoreBusy, StoreReadOnly or StoreDamaged.
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
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise _FAILURES.get(code, StoreDamaged)(file=path.name, problem=error) from error


def _count_rows(connection: sqlite3.Connection, kind: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {quote(kind)}").fetchone()[0])


def _read_stamp(connection: sqlite3.Connection) -> str:
    changes = connection.execute("SELECT ifnull(max(id), 0) FROM geo_rv_change").fetchone()
    latest = connection.execute("SELECT max(last_change) FROM gpkg_contents").fetchone()
    return f"{changes[0]} {latest[0]}"


def _compare(
    connection: sqlite3.Connection, spec: LayerSpec, frame: GeoDataFrame, mode: Mode
) -> Difference:
    """Return what makes the layer hold `frame` as `mode` says; raises IdentityTaken."""
    stored = rows.read_stored(connection, spec, None if mode == "replace" else frame["id"])
    is_taken = frame["id"].duplicated()
    if mode == "add":
        is_taken |= frame["id"].isin(stored.keys())
    if is_taken.any():
        taken = frame["id"][is_taken].to_list()
        examples = ", ".join(taken[:SHOWN_IDENTITIES])
        raise IdentityTaken(layer=spec.title, count=len(taken), examples=examples)
    wanted: dict[str, Row | None] = {}
    if mode == "replace":
        wanted |= dict.fromkeys(stored)
    wanted |= dict(zip(frame["id"], encode_rows(frame, spec), strict=True))
    return rows.find_difference(rows.order_columns(connection, spec), stored, wanted)
