"""What can be wrong with results on their way out: files, maps and printed reports."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class OutputError(GeoRvError):
    """A result cannot be written where it was asked for."""


class OutputFormatUnknown(OutputError):
    """A result is asked for in a format that is not written."""


class UnknownAsset(GeoRvError):
    """A map page names a file that the manifest of map files does not list."""


class AssetMissing(GeoRvError):
    """A file of the manifest that the build should have brought is not there."""


class FontMissing(GeoRvError):
    """A font of the reports that the build should have brought is not there."""


class GlyphMissing(GeoRvError):
    """A text with characters that the reports' font does not have."""
