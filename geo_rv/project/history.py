"""What was done to a project, and how it is undone."""

from __future__ import annotations

from typing import Any

from geo_rv.messages import Language
from geo_rv.project.data import ProjectData
from geo_rv.reports.history import tell_batch
from geo_rv.store.history import Batch, list_batches, undo_batch


class ProjectHistory(ProjectData):
    """A project whose imports can be listed and undone."""

    def list_history(self) -> tuple[Batch, ...]:
        """Return everything that was done to the layers, batch by batch, the latest first."""
        return list_batches(self.store)

    def tell_history(self, *, language: Language) -> list[dict[str, Any]]:
        """Return `list_history` JSON-ready (`reports.history.tell_batch`)."""
        return [tell_batch(batch, self.catalogue, language) for batch in self.list_history()]

    def undo(self, batch: int | None = None) -> Batch:
        """Put all that a batch changed back as it was before, as a new batch, and return that.

        Without a number it is the latest import that still stands; undoing can be undone by its
        own number. Raises BatchUnknown, BatchUndone, BatchOverlaid where the same features were
        changed again since, FeaturesEdited where another program has done that, or NothingToUndo;
        then nothing has changed.
        """
        return undo_batch(self.store, batch)

    def tell_batch(self, batch: Batch, *, language: Language) -> dict[str, Any]:
        """Return one batch JSON-ready."""
        return tell_batch(batch, self.catalogue, language)
