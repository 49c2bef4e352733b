"""What can be wrong with the product's own data: layers, rule books, reports, settings."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class DataFileError(GeoRvError):
    """A file of the product's own data (layer, rule book, report, settings) is wrong."""


class UnknownKey(DataFileError):
    """A key that the table does not have."""


class MissingKey(DataFileError):
    """A key that the table must have."""


class WrongType(DataFileError):
    """A value of another type than the key asks for."""


class WrongChoice(DataFileError):
    """A value that is not among the key's choices."""


class BrokenToml(DataFileError):
    """Text that is not TOML."""


class InconsistentData(DataFileError):
    """Keys that are right one by one, and wrong together."""


class UnknownLayer(GeoRvError):
    """A layer kind that the catalogue does not have."""


class UnknownBook(GeoRvError):
    """A rule book that is neither in the project nor shipped."""


class UnknownReport(GeoRvError):
    """An annual report that is neither in the project nor shipped."""


class UnknownTheme(GeoRvError):
    """A theme of the industry maps that there is not."""
