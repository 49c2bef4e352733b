"""What can be wrong with a project's folder, its store, and what it holds."""

from __future__ import annotations

from geo_rv.errors.base import GeoRvError


class ProjectError(GeoRvError):
    """Something is wrong with a project's folder."""


class NotAProject(ProjectError):
    """A folder without project.toml."""


class ProjectExists(ProjectError):
    """A new project where there is something already."""


class TownUnreadable(GeoRvError):
    """A town code that is not nine digits."""


class PlaneUnsuited(ProjectError):
    """A coordinate system in degrees where metres are needed."""


class StoreBusy(ProjectError):
    """Another process keeps writing to the project."""


class StoreDamaged(ProjectError):
    """The project's data file cannot be read as one."""


class StoreReadOnly(ProjectError):
    """A project's data file that cannot be written to, and has to be."""


class IdentityTaken(ProjectError):
    """Features that are to be added have the id of features that are there."""


class OutsideProject(ProjectError):
    """Features far from everything else in the project."""


class LayerMissing(ProjectError):
    """A question needs a layer that the project does not hold yet."""


class NothingImported(LayerMissing):
    """A question needs some layer, and the project holds none yet."""


class FeatureMissing(ProjectError):
    """A feature, or a finding about it, that the project does not hold."""
