"""What of a project's history cannot be done."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class HistoryError(GeoRvError):
    """Something of a project's history that cannot be done."""


class BatchUnknown(HistoryError):
    """A number that no change of the project has."""


class BatchUndone(HistoryError):
    """A change that is to be undone, and that was."""


class BatchOverlaid(HistoryError):
    """A change that is to be undone, and whose features were changed again since."""


class FeaturesEdited(HistoryError):
    """A change that is to be undone, and whose features another program has changed since."""


class NothingToUndo(HistoryError):
    """A project in whose history nothing is left that can be undone."""


class ProjectChanged(HistoryError):
    """A project that has changed between the judging of files and their being taken in."""
