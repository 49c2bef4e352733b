"""What a project holds: its folder, its settings, its layers."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pyproj
from geopandas import GeoDataFrame

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import (
    LayerMissing,
    NothingImported,
    PlaneUnsuited,
    ProjectExists,
    TownUnreadable,
)
from geo_rv.frames import Layers
from geo_rv.geodesy.crs import Bounds, choose_plane, is_plane, parse_crs
from geo_rv.messages import NOTHING, Text
from geo_rv.settings import AUTOMATIC, ProjectSettings, read_settings, write_settings
from geo_rv.store.geopackage import GeoPackageStore, LayerState

DATA_FILE = "data.gpkg"
TOWN_DIGITS = 9


class ProjectData:
    """One project's folder, opened."""

    def __init__(self, folder: Path, settings: ProjectSettings, store: GeoPackageStore) -> None:
        """Use `open` or `create`."""
        self.folder = folder
        self.settings = settings
        self.store = store
        self.catalogue = store.catalogue
        self._frames: dict[str, tuple[str, GeoDataFrame]] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the project in `folder`; raises NotAProject, StoreDamaged or a DataFileError."""
        settings = read_settings(folder)
        catalogue = load_catalogue(folder / "layers")
        return cls(folder, settings, GeoPackageStore(folder / DATA_FILE, catalogue))

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        name: str,
        town: str = "",
        crs: str = AUTOMATIC,
        notice: Text = NOTHING,
    ) -> Self:
        """Make a project in `folder`, which is empty or not there yet.

        `crs` is the plane for analysis ("EPSG:4547"), by default chosen from the layers.
        Raises ProjectExists, CrsUnknown, PlaneUnsuited or TownUnreadable.
        """
        if town and not (town.isascii() and town.isdigit() and len(town) == TOWN_DIGITS):
            raise TownUnreadable(town=town)
        if crs != AUTOMATIC:
            _parse_plane(crs)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ProjectExists(folder=folder)
        folder.mkdir(parents=True, exist_ok=True)
        GeoPackageStore.create(folder / DATA_FILE, load_catalogue())
        # last, so that a folder with settings is a whole project
        write_settings(ProjectSettings(name=name, town=town, crs=crs, notice=notice), folder)
        return cls.open(folder)

    @property
    def stamp(self) -> str:
        """Differs after every change of any layer."""
        return self.store.stamp

    def list_layers(self) -> tuple[LayerState, ...]:
        """Return the state of each layer that the project holds, in drawing order."""
        return self.store.list_layers()

    def read_layer(self, kind: str) -> GeoDataFrame:
        """Return the layer frame of `kind`, kept in memory until it changes.

        Raises UnknownLayer, or LayerMissing where nothing was imported yet.
        """
        spec = self.catalogue[kind]
        for state in self.list_layers():
            if state.spec.kind == kind:
                return self._read_version(state)
        raise LayerMissing(layer=spec.title)

    def read_layers(self) -> Layers:
        """Return every layer frame that the project holds, by its kind."""
        return {state.spec.kind: self._read_version(state) for state in self.list_layers()}

    def _read_version(self, state: LayerState) -> GeoDataFrame:
        kind = state.spec.kind
        with self._lock:
            kept = self._frames.get(kind)
            if kept is None or kept[0] != state.stamp:
                kept = self._frames[kind] = (state.stamp, self.store.read_layer(kind))
            return kept[1]

    @property
    def bounds(self) -> Bounds | None:
        """What the villages fill, or without them all layers; None where nothing has a place."""
        states = self.list_layers()
        villages = [state for state in states if state.spec.kind == "village"]
        return _join_bounds(villages) or _join_bounds(states)

    @property
    def extent(self) -> Bounds | None:
        """What all layers fill; None where nothing has a place."""
        return _join_bounds(self.list_layers())

    @property
    def plane(self) -> pyproj.CRS:
        """The plane that the project is analysed in; raises NothingImported without features."""
        if self.settings.crs != AUTOMATIC:
            return _parse_plane(self.settings.crs)
        bounds = self.bounds
        if bounds is None:
            raise NothingImported
        return choose_plane(bounds)


def _join_bounds(states: Iterable[LayerState]) -> Bounds | None:
    # an extent may be left of features that another program has deleted
    boxes = [state.bounds for state in states if state.count and state.bounds is not None]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _parse_plane(crs: str) -> pyproj.CRS:
    plane = parse_crs(crs)
    if not is_plane(plane):
        raise PlaneUnsuited(crs=crs)
    return plane
