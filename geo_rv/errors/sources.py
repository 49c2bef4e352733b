"""What can be wrong with a file that somebody brings, as a whole; rows have problems instead."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class SourceError(GeoRvError):
    """A file that somebody brought cannot be taken."""


class SourceMissing(SourceError):
    """A file or folder that is not there."""


class SourceTooLarge(SourceError):
    """A file larger than is taken."""


class SourceInUse(SourceError):
    """A database that another program has not finished writing."""


class FormatUnknown(SourceError):
    """Bytes that are no known format."""


class FormatRefused(SourceError):
    """A format that is known and not taken."""


class SourceRefused(SourceError):
    """A file that is refused for a reason of its own."""


class SourceUnreadable(SourceError):
    """A file that is damaged or cannot be read."""


class ReadingTooLong(SourceError):
    """A file whose reading was broken off after its time."""


class ReadingFailed(SourceError):
    """A file at which the reading process broke down."""


class ArchiveRefused(SourceError):
    """An archive that is dangerous or damaged."""


class ShapefileIncomplete(SourceError):
    """A shapefile without one of its parts."""


class TableTooLarge(SourceError):
    """A table with more rows or columns than are taken."""


class TerrainRefused(SourceError):
    """A terrain file that is not taken, for a reason of its own."""


class LayerNotChosen(SourceError):
    """A file that does not tell which layer it is for."""


class UnknownSourceLayer(SourceError):
    """A file has no layer, sheet or entry of that name."""


class LayersAmbiguous(SourceError):
    """A file with several layers, and not one of them named as wished."""


class NothingMapped(SourceError):
    """An extract without anything that becomes a layer."""


class ColumnsUnknown(SourceError):
    """Columns that the user named, and that the file or the layer does not have."""


class CoordinatesMissing(SourceError):
    """A table without coordinate columns."""


class AxesAmbiguous(SourceError):
    """Coordinate columns of which either may be the easting."""


class EncodingUnknown(GeoRvError):
    """A text that names no encoding of text."""


class EncodingWrong(SourceError):
    """Text that is not in the encoding that the user says it is in."""


class RowsRefused(SourceError):
    """Rows that cannot be taken, so that the whole file stays out."""


class NothingToTake(SourceError):
    """Files of which, after all that is refused, not one row is left."""


class RingsTooMany(GeoRvError):
    """Rings of one plot that are too many, or too long, to tell which lies in which."""
