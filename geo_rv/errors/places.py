"""What can be wrong with coordinates: their system, their datum, where they lie."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError
from geo_rv.errors.sources import SourceError


class CrsError(GeoRvError):
    """A coordinate system is unknown, missing or not usable here."""


class CrsUnknown(CrsError):
    """A text that names no coordinate system."""


class ParametersUnusable(CrsError):
    """Parameters of a transformation that are not seven numbers."""


class CrsMissing(SourceError):
    """A file that names no coordinate system."""


class CrsContradicted(SourceError):
    """A file that names another coordinate system than the user."""


class FileCrsUnknown(SourceError):
    """A file that names a coordinate system that is not known."""


class DatumRefused(SourceError):
    """Coordinates on an old datum, which need parameters to be brought over."""


class DatumContradicted(SourceError):
    """A file that says another datum than the user."""


class PointOutsideWorld(GeoRvError):
    """A longitude or latitude that is not on the Earth."""


class PointFarAway(GeoRvError):
    """A point so far from the project that asking about it must be a mistake."""
