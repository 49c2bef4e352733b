"""A project's history as JSON-ready rows."""

from __future__ import annotations

from typing import Any

from geo_rv.catalogue import Catalogue
from geo_rv.messages import Language, text
from geo_rv.store.history import Batch
from geo_rv.store.journal import Change


def tell_batch(batch: Batch, catalogue: Catalogue, language: Language) -> dict[str, Any]:
    """Return what one batch did: batch, at (UTC), who, action, what it undoes, and its layers.

    `undone_by` is the batch that has undone this one, None while it stands.
    """
    return {
        "batch": batch.number,
        "at": batch.at,
        "who": batch.who,
        "action": batch.action,
        "action_title": text(f"history.action.{batch.action}", language),
        "undoes": batch.undoes,
        "undone_by": batch.undone_by,
        "layers": [tell_change(change, catalogue, language) for change in batch.changes],
    }


def tell_change(change: Change, catalogue: Catalogue, language: Language) -> dict[str, Any]:
    """Return what a batch did to one layer: its files, and features added, changed, removed."""
    known = change.layer in catalogue
    title = catalogue[change.layer].title.in_language(language) if known else change.layer
    return {
        "layer": change.layer,
        "layer_title": title,
        "file": change.source,
        "added": change.added,
        "changed": change.changed,
        "removed": change.removed,
    }
