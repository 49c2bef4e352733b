"""The rows of a file as they would come in, together with what they are judged against."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.geodesy.measure import POLYGONS, Indices
from geo_rv.intake.candidate import Problem
from geo_rv.intake.quality.thresholds import Thresholds
from geo_rv.intake.quality.vertices import Geometries, Mask
from geo_rv.intake.wish import Surroundings
from geo_rv.progress import Progress, keep_quiet

VILLAGE = "village"
"""The layer kind that says where the town is, and the field that says in which village."""


@dataclass(frozen=True)
class Others:
    """Features of the layer that rows come to lie beside, from one source."""

    geometry: Geometries
    identities: NDArray[np.object_]
    names: NDArray[Any]
    """What each is told by: its identity, or the number of its row in `file`."""
    file: str = ""
    """The file before this one that brings them; empty for what the project holds."""

    @property
    def is_face(self) -> Mask:
        """Which of them have a face."""
        return np.isin(shapely.get_type_id(self.geometry), POLYGONS)


@dataclass(frozen=True)
class Batch:
    """Rows of a file, understood."""

    spec: LayerSpec
    frame: GeoDataFrame
    """All rows, in the form of the layer, with every repair that is proposed."""
    told: frozenset[str]
    """The fields that the file has a column for."""
    rows: Indices
    """Their numbers, as the user sees them."""
    is_placed: Mask
    """Which rows have a geometry that lies on the Earth."""
    is_coming: Mask
    """Which rows are not refused so far."""
    crs: pyproj.CRS
    """What the file's coordinates were read in."""
    around: Surroundings
    village_accuracy_m: float
    """How well the villages' borders are known."""
    thresholds: Thresholds
    progress: Progress = keep_quiet

    @property
    def geometry(self) -> Geometries:
        """One geometry a row, None where it has none."""
        return np.asarray(self.frame.geometry.array)

    @cached_property
    def is_face(self) -> Mask:
        """Which rows come in with a face that can be measured."""
        is_polygon = np.isin(shapely.get_type_id(self.geometry), POLYGONS)
        return np.asarray(is_polygon & self.is_placed & self.is_coming)

    @cached_property
    def others(self) -> tuple[Others, ...]:
        """The features that stay in the layer, and those that files before this one bring."""
        found = []
        staying = self._find_staying()
        if staying is not None:
            identities = staying[IDENTITY].astype(object).to_numpy()
            found.append(Others(np.asarray(staying.geometry.array), identities, identities))
        for earlier in self.around.brought:
            if earlier.kind == self.spec.kind:
                shapes = np.asarray(earlier.frame.geometry.array)
                identities = earlier.frame[IDENTITY].astype(object).to_numpy()
                found.append(Others(shapes, identities, earlier.rows, earlier.source))
        return tuple(found)

    def _find_staying(self) -> GeoDataFrame | None:
        """Return the features of the layer that stay as they are when the rows come in."""
        frame = self.around.layers.get(self.spec.kind)
        if frame is None or self.around.mode == "replace":
            return None
        if self.around.mode == "update":
            return frame[~frame[IDENTITY].isin(self.frame[IDENTITY])]
        return frame

    @property
    def villages(self) -> GeoDataFrame | None:
        """The villages of the project, which the rows of any other layer lie in."""
        frame = self.around.layers.get(VILLAGE)
        return None if frame is None or frame.empty or self.spec.kind == VILLAGE else frame

    def refuse(self, problems: Iterable[Problem]) -> Batch:
        """Return the batch without the rows that `problems` refuse among those that come in."""
        refused = [problem.row for problem in problems if problem.severity == "refused"]
        numbers = np.array([row for row in refused if row is not None], dtype=np.int64)
        is_coming = self.is_coming & ~np.isin(self.rows, numbers)
        return dataclasses.replace(self, is_coming=is_coming)


def mark(at: Indices, count: int) -> Mask:
    """Return a mask of `count` rows that holds for the rows `at`."""
    is_marked = np.zeros(count, dtype=bool)
    is_marked[at] = True
    return is_marked
