"""What can be wrong, one class for each: its text stands in ``layers/messages/errors.toml``.

An error carries facts, not a sentence: the same error is told in Chinese or English
by whoever shows it. Each text says what is wrong, where, and what to do.
"""

from __future__ import annotations

from geo_rv.messages import Language, text


class GeoRvError(Exception):
    """The base of everything geo-rv refuses; `facts` fill the placeholders of its text."""

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def in_language(self, language: Language) -> str:
        """Return what is wrong, where, and what to do, in `language`."""
        return text(f"error.{type(self).__name__}", language, **self.facts)

    def __str__(self) -> str:
        return self.in_language("en")


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


class ProjectError(GeoRvError):
    """Something is wrong with a project's folder."""


class NotAProject(ProjectError):
    """A folder without project.toml."""


class ProjectExists(ProjectError):
    """A new project where there is something already."""


class StoreBusy(ProjectError):
    """Another process keeps writing to the project."""


class StoreDamaged(ProjectError):
    """The project's data file cannot be read as one."""


class IdentityTaken(ProjectError):
    """Features that are to be added have the id of features that are there."""


class OutsideProject(ProjectError):
    """Features far from everything else in the project."""


class PlaneUnsuited(ProjectError):
    """A coordinate system in degrees where metres are needed."""


class LayerMissing(ProjectError):
    """A question needs a layer that the project does not hold yet."""


class NothingImported(LayerMissing):
    """A question needs some layer, and the project holds none yet."""


class FeatureMissing(ProjectError):
    """A feature, or a finding about it, that the project does not hold."""


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


class LayerNotChosen(SourceError):
    """A file that does not tell which layer it is for."""


class UnknownSourceLayer(SourceError):
    """A file has no layer, sheet or entry of that name."""


class LayersAmbiguous(SourceError):
    """A file with several layers, and not one of them named as wished."""


class NothingMapped(SourceError):
    """An extract without anything that becomes a layer."""


class CoordinatesMissing(SourceError):
    """A table without coordinate columns."""


class AxesAmbiguous(SourceError):
    """Coordinate columns of which either may be the easting."""


class CrsMissing(SourceError):
    """A file that names no coordinate system."""


class CrsContradicted(SourceError):
    """A file that names another coordinate system than the user."""


class FileCrsUnknown(SourceError):
    """A file that names a coordinate system that is not known."""


class DatumRefused(SourceError):
    """Coordinates on an old datum, which need parameters to be brought over."""


class RowsRefused(SourceError):
    """Rows that cannot be taken, so that the whole file stays out."""


class CrsError(GeoRvError):
    """A coordinate system is unknown, missing or not usable here."""


class CrsUnknown(CrsError):
    """A text that names no coordinate system."""


class OutputError(GeoRvError):
    """A result cannot be written where it was asked for."""


class OutputFormatUnknown(OutputError):
    """A result is asked for in a format that is not written."""


class UnknownAsset(GeoRvError):
    """A map page names a file that the manifest of map files does not list."""


class AssetMissing(GeoRvError):
    """A file of the manifest that the build should have brought is not there."""


class PointOutsideWorld(GeoRvError):
    """A longitude or latitude that is not on the Earth."""


class TownUnreadable(GeoRvError):
    """A town code that is not nine digits."""


class PointFarAway(GeoRvError):
    """A point so far from the project that asking about it must be a mistake."""


class DateUnreadable(GeoRvError):
    """A text that is not a date of the form YYYY-MM-DD."""


class FontMissing(GeoRvError):
    """A font of the reports that the build should have brought is not there."""


class GlyphMissing(GeoRvError):
    """A text with characters that the reports' font does not have."""


class UnknownRule(GeoRvError):
    """A rule that the book does not have, or does not ask of that layer."""


class ReasonRefused(GeoRvError):
    """A reason that is empty, too long, or holds characters that cannot be shown."""


class NotContested(GeoRvError):
    """A finding of which a contest is to be withdrawn, and that nobody contests."""


class WhatIfError(GeoRvError):
    """Something that cannot be supposed of a project."""


class NothingSupposed(WhatIfError):
    """A what-if question without a planned cemetery and without a moved limit."""


class LimitUnreadable(WhatIfError):
    """A text that is not a rule and its limit in the form RULE=METRES."""


class LimitRuleUnknown(WhatIfError):
    """A limit of a rule that the book does not have."""


class LimitUnmovable(WhatIfError):
    """A limit of a rule that is not about a distance."""


class LimitNotInForce(WhatIfError):
    """A limit of a rule that is off, or not in force on the day."""


class LimitUnusable(WhatIfError):
    """A limit that is no distance, or an absurd one."""


class PlanTooLarge(WhatIfError):
    """A drawing of a planned cemetery that is longer than is taken."""


class PlanUnreadable(WhatIfError):
    """A text that is not the GeoJSON of a polygon."""


class PlanRefused(WhatIfError):
    """A planned cemetery that is read, and cannot be one."""


class SitingError(GeoRvError):
    """A question about eligible land that cannot be answered as it is put."""


class AreaUnreadable(SitingError):
    """A text that is not a layer and one of its features in the form KIND=ID."""


class AreaUnknown(SitingError):
    """A feature that is to be the area, and that its layer does not hold, or holds twice."""


class AreaUnusable(SitingError):
    """A feature that is to be the area, and is no polygon."""


class SubjectUnknown(SitingError):
    """A layer that the rule book asks nothing of."""


class MinimumUnusable(SitingError):
    """A least area that is no area."""


class WeightsUnreadable(SitingError):
    """A text that is not criteria and their weights in the form area=3,slope=2."""


class CriterionUnknown(SitingError):
    """A criterion that patches are not ranked by."""


class WeightUnusable(SitingError):
    """A weight that is negative, too large or no number, or that all of them are 0."""


class TerrainRefused(SourceError):
    """A terrain file that is not taken, for a reason of its own."""


class Cancelled(GeoRvError):
    """Long work that whoever waited for it has called off."""


class EncodingUnknown(GeoRvError):
    """A text that names no encoding of text."""


class StoreReadOnly(ProjectError):
    """A project's data file that cannot be written to, and has to be."""


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


class NothingToTake(SourceError):
    """Files of which, after all that is refused, not one row is left."""


class IdentityRepeated(SourceError):
    """Files that are brought together, and have features of the same id."""


class OptionUnreadable(GeoRvError):
    """An option of the command line that is not of its form."""


class ColumnsUnknown(SourceError):
    """Columns that the user named, and that the file or the layer does not have."""


class EncodingWrong(SourceError):
    """Text that is not in the encoding that the user says it is in."""


class DatumContradicted(SourceError):
    """A file that says another datum than the user."""


class ParametersUnusable(CrsError):
    """Parameters of a transformation that are not seven numbers."""


class RingsTooMany(GeoRvError):
    """Rings of one plot that are too many, or too long, to tell which lies in which."""
