"""The journal of a project's changes: under what they are written down, and how."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from geo_rv.frames import Mode
from geo_rv.store import rows, schema
from geo_rv.store.rows import Difference
from geo_rv.store.signature import sign

Action = Mode | Literal["undo"]


@dataclass(frozen=True)
class Change:
    """What a batch did to one layer."""

    batch: int
    number: int
    layer: str
    source: str
    """The files that it came from."""
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class Entry:
    """Under what the changes of one batch are recorded."""

    batch: int
    at: str
    who: str
    action: Action
    undoes: int | None = None


def upgrade(connection: sqlite3.Connection) -> None:
    """Give a history from before there were batches what it lacks, in one transaction."""
    if "batch" in rows.list_columns(connection, "geo_rv_change"):
        return
    connection.execute("BEGIN IMMEDIATE")
    # another program may have done it while this one waited
    if "batch" not in rows.list_columns(connection, "geo_rv_change"):
        for statement in schema.UPGRADE:
            connection.execute(statement)
    connection.commit()


def begin_entry(
    connection: sqlite3.Connection, action: Action, *, undoes: int | None = None
) -> Entry:
    """Return the next batch's entry, signed."""
    query = "SELECT ifnull(max(batch), 0) + 1 FROM geo_rv_change"
    return Entry(connection.execute(query).fetchone()[0], *sign(), action, undoes)


def record_change(
    connection: sqlite3.Connection, entry: Entry, kind: str, source: str, difference: Difference
) -> Change:
    """Write down what `entry` does to one layer, without its features."""
    counts = (len(difference.added), len(difference.changed), len(difference.removed))
    cursor = connection.execute(
        "INSERT INTO geo_rv_change "
        "(at, who, action, layer, source, added, changed, removed, batch, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (entry.at, entry.who, entry.action, kind, source, *counts, entry.batch, entry.undoes),
    )
    assert cursor.lastrowid is not None  # noqa: S101 - an INSERT always sets it
    return Change(entry.batch, cursor.lastrowid, kind, source, *counts)
