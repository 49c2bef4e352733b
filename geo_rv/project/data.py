"""What a project holds: its folder, its settings, its layers; and how files come in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd
import pyproj
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import (
    LayerMissing,
    NothingImported,
    OutsideProject,
    PlaneUnsuited,
    ProjectExists,
    TownUnreadable,
)
from geo_rv.frames import Layers
from geo_rv.geodesy.crs import Bounds, choose_plane, is_plane, parse_crs
from geo_rv.intake import Candidate, read_candidates, require_clean
from geo_rv.messages import NOTHING, Text
from geo_rv.settings import AUTOMATIC, ProjectSettings, read_settings, write_settings
from geo_rv.store.geopackage import GeoPackageStore, LayerState, Mode

DATA_FILE = "data.gpkg"
TOWN_DIGITS = 9
NEARBY_DEGREES = 0.5
"""How far from the rest of the project (about 50 km) a feature is believed to be a mistake."""

Progress = Callable[[str], None]
"""Told which step of long work begins, as a key of the message catalogue."""


def keep_quiet(_step: str) -> None:
    """Tell nobody about the progress."""


@dataclass(frozen=True)
class Imported:
    """What an import brought into one layer."""

    candidate: Candidate
    added: int


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
        """What the villages fill, or without them all layers; None while there are no features."""
        states = [state for state in self.list_layers() if state.count]
        villages = [state for state in states if state.spec.kind == "village"]
        return _join_bounds(villages or states)

    @property
    def extent(self) -> Bounds | None:
        """What all layers fill; None while there are no features."""
        return _join_bounds(state for state in self.list_layers() if state.count)

    @property
    def plane(self) -> pyproj.CRS:
        """The plane that the project is analysed in; raises NothingImported without features."""
        if self.settings.crs != AUTOMATIC:
            return _parse_plane(self.settings.crs)
        bounds = self.bounds
        if bounds is None:
            raise NothingImported
        return choose_plane(bounds)

    def import_files(
        self,
        files: Iterable[Path],
        *,
        kind: str | None = None,
        crs: str | None = None,
        mode: Mode = "add",
        progress: Progress = keep_quiet,
    ) -> tuple[Imported, ...]:
        """Read the files and put all of their layers in, in one transaction, or nothing.

        `kind` is the layer that they are for, by its kind or its title; by default the files
        tell. Raises UnknownLayer, a SourceError, a CrsError, IdentityTaken or OutsideProject.
        """
        progress("progress.reading")
        candidates = [
            candidate
            for file in files
            for candidate in read_candidates(file, catalogue=self.catalogue, kind=kind, crs=crs)
        ]
        require_clean(candidates, self.catalogue)
        self._require_near(candidates)
        progress("progress.storing")
        self.store.write_layers(
            _join_frames(candidates),
            source={candidate.kind: candidate.source for candidate in candidates},
            mode=mode,
        )
        return tuple(Imported(candidate, len(candidate.frame)) for candidate in candidates)

    def _require_near(self, candidates: Iterable[Candidate]) -> None:
        bounds = self.bounds
        if bounds is None:
            return
        nearby = shapely.box(*bounds).buffer(NEARBY_DEGREES, join_style="mitre")
        for candidate in candidates:
            far = candidate.frame[candidate.frame.geometry.disjoint(nearby)]
            if len(far):
                place = far.geometry.iloc[0].representative_point()
                raise OutsideProject(
                    file=candidate.source,
                    layer=self.catalogue[candidate.kind].title,
                    count=len(far),
                    feature=far["id"].iloc[0],
                    lon=place.x,
                    lat=place.y,
                )


def _join_frames(candidates: Iterable[Candidate]) -> dict[str, GeoDataFrame]:
    """Return one frame for each kind, in the order in which the kinds first come."""
    frames: dict[str, list[GeoDataFrame]] = {}
    for candidate in candidates:
        frames.setdefault(candidate.kind, []).append(candidate.frame)
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in frames.items()}


def _join_bounds(states: Iterable[LayerState]) -> Bounds | None:
    boxes = [state.bounds for state in states]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _parse_plane(crs: str) -> pyproj.CRS:
    plane = parse_crs(crs)
    if not is_plane(plane):
        raise PlaneUnsuited(crs=crs)
    return plane
