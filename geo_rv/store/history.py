"""What was done to a project, batch by batch, and how a batch is undone.

A batch is all that was done at once: an import of several files, or the undoing of one. Undoing
is itself a batch, so that it is on record and can be undone too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from geo_rv.catalogue import LayerSpec
from geo_rv.errors import (
    BatchOverlaid,
    BatchUndone,
    BatchUnknown,
    FeaturesEdited,
    NothingToUndo,
)
from geo_rv.messages import LANGUAGES, Text, text
from geo_rv.store import rows, schema
from geo_rv.store.encoding import GONE, Row, digest_row, read_row
from geo_rv.store.geopackage import GeoPackageStore
from geo_rv.store.journal import Action, Change, Entry, begin_entry, record_change
from geo_rv.store.rows import StoredRow

_SHOWN_FEATURES = 5


@dataclass(frozen=True)
class Batch:
    """What was done at once."""

    number: int
    at: str
    """UTC, ISO 8601."""
    who: str
    action: Action
    changes: tuple[Change, ...]
    """One for each layer."""
    undoes: int | None
    """The batch that this one has undone."""
    undone_by: int | None
    """The batch that has undone this one, and is not undone itself."""


def list_batches(store: GeoPackageStore) -> tuple[Batch, ...]:
    """Return everything that was done to the project, the latest first."""
    with store.reading() as connection:
        return _read_batches(connection)


def undo_batch(store: GeoPackageStore, number: int | None = None) -> Batch:
    """Put every feature of a batch back as it was before, as a new batch, and return that one.

    Without `number` it is the latest import that is still in force. A layer that the batch has
    made goes with its last feature. Raises BatchUnknown, BatchUndone, BatchOverlaid where its
    features were changed again since, FeaturesEdited where another program has done that, or
    NothingToUndo; then nothing has changed.
    """
    with store.transaction() as connection:
        batches = _read_batches(connection)
        batch = _choose_batch(batches, number)
        _refuse_overlaid(connection, store, batch, _list_later(batches, batch))
        entry = begin_entry(connection, "undo", undoes=batch.number)
        others = [each for each in _list_standing(batches) if each.number != batch.number]
        kept = {change.layer for each in others for change in each.changes}
        for change in batch.changes:
            spec = store.catalogue[change.layer]
            _put_back(connection, spec, change, entry, keep=change.layer in kept)
        (undone, *_) = _read_batches(connection)
    return undone


def _list_standing(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """Return the batches whose effect stands: neither undone, nor the undoing of another.

    An undoing and what it undid leave everything else as it was, so that neither counts.
    """
    return tuple(batch for batch in batches if batch.undone_by is None and batch.undoes is None)


def _list_later(batches: Iterable[Batch], batch: Batch) -> tuple[Batch, ...]:
    """Return what was done after `batch` and stands.

    An undoing counts where it undid something older: that leaves it without its counterpart.
    """
    return tuple(
        each
        for each in batches
        if each.number > batch.number
        and each.undone_by is None
        and (each.undoes is None or each.undoes < batch.number)
    )


def _read_batches(connection: sqlite3.Connection) -> tuple[Batch, ...]:
    found = connection.execute(
        "SELECT batch, at, who, action, undoes, id, layer, source, added, changed, removed "
        "FROM geo_rv_change ORDER BY batch DESC, id"
    ).fetchall()
    undone_by: dict[int, int] = {}
    batches = []
    for number, group in groupby(found, key=lambda row: row[0]):
        changes = list(group)
        _, at, who, action, undoes, *_ = changes[0]
        # the latest come first, so that it is known whether an undoing was undone itself
        if undoes is not None and number not in undone_by:
            undone_by[undoes] = number
        told = tuple(Change(number, *change[5:]) for change in changes)
        batches.append(Batch(number, at, who, action, told, undoes, undone_by.get(number)))
    return tuple(batches)


def _choose_batch(batches: tuple[Batch, ...], number: int | None) -> Batch:
    if number is None:
        standing = _list_standing(batches)
        if not standing:
            raise NothingToUndo
        return standing[0]
    for batch in batches:
        if batch.number == number:
            if batch.undone_by is not None:
                raise BatchUndone(batch=number, by=batch.undone_by)
            return batch
    latest = batches[0].number if batches else 0
    raise BatchUnknown(batch=number, latest=latest)


def _refuse_overlaid(
    connection: sqlite3.Connection,
    store: GeoPackageStore,
    batch: Batch,
    later: tuple[Batch, ...],
) -> None:
    """Raise BatchOverlaid where one of the `later` batches has changed the same features."""
    for change in batch.changes:
        batch_of = {
            other.number: each.number
            for each in later
            for other in each.changes
            if other.layer == change.layer
        }
        marks = ", ".join("?" * len(batch_of))
        found = connection.execute(
            "SELECT feature, max(change) FROM geo_rv_change_feature "
            f"WHERE change IN ({marks}) AND feature IN "
            "(SELECT feature FROM geo_rv_change_feature WHERE change = ?) "
            "GROUP BY feature ORDER BY feature",
            (*batch_of, change.number),
        ).fetchall()
        if found:
            raise BatchOverlaid(
                batch=batch.number,
                by=max(batch_of[number] for _, number in found),
                layer=store.catalogue[change.layer].title,
                count=len(found),
                features=_join([feature for feature, _ in found]),
            )


def _put_back(
    connection: sqlite3.Connection,
    spec: LayerSpec,
    change: Change,
    entry: Entry,
    *,
    keep: bool,
) -> None:
    """Make the features of `change` what they were before it.

    Unless to `keep` it, the layer goes with its last feature.
    """
    rows.prepare_table(connection, spec)
    columns = rows.order_columns(connection, spec)
    wanted: dict[str, Row | None] = {}
    left: dict[str, str | None] = {}
    # a feature that an older version replaced has two rows, of which the one added holds NULL
    for feature, before, after in connection.execute(
        "SELECT feature, max(before), max(after) FROM geo_rv_change_feature "
        "WHERE change = ? GROUP BY feature",
        (change.number,),
    ):
        wanted[feature] = None if before is None else read_row(before, columns)
        left[feature] = after
    stored = rows.read_stored(connection, spec, wanted.keys())
    _refuse_edited(columns, stored, left, spec, entry)
    difference = rows.find_difference(columns, stored, wanted)
    recorded = record_change(connection, entry, spec.kind, change.source, difference)
    rows.write_difference(connection, spec, difference, recorded.number)
    is_empty = not connection.execute(f"SELECT 1 FROM {schema.quote(spec.kind)} LIMIT 1").fetchone()
    if is_empty and not keep:
        rows.drop_table(connection, spec.kind)


def _refuse_edited(
    columns: tuple[str, ...],
    stored: Mapping[str, StoredRow],
    left: Mapping[str, str | None],
    spec: LayerSpec,
    entry: Entry,
) -> None:
    """Raise FeaturesEdited where features are not as the batch has `left` them."""
    edited = [
        feature
        for feature, after in left.items()
        if after is not None
        and after != (digest_row(columns, stored[feature].row) if feature in stored else GONE)
    ]
    if edited:
        raise FeaturesEdited(
            batch=entry.undoes, layer=spec.title, count=len(edited), features=_join(edited)
        )


def _join(features: list[str]) -> Text:
    """Return the first of `features`, and that there are more."""
    shown = features[:_SHOWN_FEATURES]
    more = len(features) > _SHOWN_FEATURES
    told = {
        language: text("history.joint", language).join(shown)
        + (text("history.and_more", language) if more else "")
        for language in LANGUAGES
    }
    return Text(**told)
