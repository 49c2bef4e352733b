"""What checks stand on: the features of each layer, taken apart once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from geopandas import GeoDataFrame

from geo_rv.analysis.filters import Mask, match_rows
from geo_rv.analysis.repair import keep_placed, repair_polygons
from geo_rv.analysis.shapes import Shapes, reorder_owners, take_apart
from geo_rv.analysis.words import Words
from geo_rv.catalogue import Catalogue, Filter, LayerSpec
from geo_rv.frames import Layers
from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.measure import Floats, Geometries, Indices


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one layer, in the order of their identities, and their shapes."""

    spec: LayerSpec
    frame: pd.DataFrame
    """Their fields; no geometry."""
    shapes: Shapes
    draw: Callable[[], Geometries]
    """Gives their geometries as they are stored, which most questions do without."""

    def select(self, wanted: Mask) -> Features:
        """Return the features that are `wanted`."""
        if wanted.all():
            return self
        return Features(
            self.spec,
            self.frame[wanted],
            self.shapes.select(wanted),
            lambda: self.geometries[wanted],
        )

    @cached_property
    def geometries(self) -> Geometries:
        """Their geometries in EPSG:4490, invalid polygons repaired.

        None where there is none, or where a part of it is no place on Earth.
        """
        return keep_placed(repair_polygons(self.draw()))

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """Their identities."""
        return self.frame["id"].to_numpy(dtype=object)

    @cached_property
    def villages(self) -> Words:
        """The code of the village of each, as far as known."""
        codes, words = pd.factorize(self.frame["village"])
        return Words(codes, np.asarray(words, dtype=object))

    @property
    def has_shape(self) -> Mask:
        """Whether each feature has a geometry to measure from."""
        return self.shapes.has_shape

    @cached_property
    def half_widths_m(self) -> Floats:
        """From each feature's line to the edge that the law measures from; 0 for faces."""
        edge = self.spec.edge
        if edge is None:
            return np.zeros(len(self.frame))
        widths = np.full(len(self.frame), edge.half_width_m)
        for choice, width in edge.half_widths_m.items():
            widths[match_rows(self.frame, {edge.by: (choice,)})] = width
        return np.where(self.shapes.is_line, widths, 0.0)


class Ground:
    """The layers of a project, each read and taken apart when first asked for, and kept."""

    def __init__(
        self,
        kinds: Iterable[str],
        read: Callable[[LayerSpec], Features],
        *,
        catalogue: Catalogue,
        plane: pyproj.CRS,
        bounds: Bounds,
    ) -> None:
        """Stand on the layers of these `kinds`, of which `read` gives the features.

        `plane` is metric and theirs; `bounds` are the degrees that all of them fill, NaN where
        there is nothing.
        """
        self.kinds = tuple(kinds)
        self.catalogue = catalogue
        self.plane = plane
        self.bounds = bounds
        self._read = read
        self._found: dict[tuple[object, ...], Features] = {}
        self._lock = threading.RLock()

    @classmethod
    def of_frames(cls, layers: Layers, catalogue: Catalogue, plane: pyproj.CRS) -> Ground:
        """Return the ground of layer frames, in EPSG:4490."""
        return cls(
            layers,
            lambda spec: place_frame(layers[spec.kind], spec),
            catalogue=catalogue,
            plane=plane,
            bounds=_join_bounds(frame.total_bounds for frame in layers.values()),
        )

    def with_frame(self, kind: str, frame: GeoDataFrame) -> Ground:
        """Return this ground with one layer added, or exchanged for a layer frame."""
        return Ground(
            dict.fromkeys([*self.kinds, kind]),
            lambda spec: place_frame(frame, spec) if spec.kind == kind else self.find(spec.kind),
            catalogue=self.catalogue,
            plane=self.plane,
            bounds=_join_bounds([self.bounds, frame.total_bounds]),
        )

    def __contains__(self, kind: object) -> bool:
        return kind in self.kinds

    @property
    def repaired(self) -> Mapping[str, tuple[str, ...]]:
        """The ids, of each layer asked for so far, of features that stand repaired, or nowhere.

        Distances to these are not measured to what is stored, or not at all, which whoever reads
        them must be told.
        """
        with self._lock:
            whole = [found for key, found in self._found.items() if len(key) == 1]
        doubtful = {
            found.spec.kind: np.union1d(found.shapes.damaged, np.flatnonzero(~found.has_shape))
            for found in whole
        }
        return {
            found.spec.kind: tuple(found.names[doubtful[found.spec.kind]])
            for found in whole
            if len(doubtful[found.spec.kind])
        }

    def find(self, kind: str, where: Filter | None = None) -> Features:
        """Return the features of the layer `kind` that match `where`, by default all of them."""
        key = (kind, *sorted((where or {}).items()))
        with self._lock:
            if key not in self._found:
                if where:
                    everything = self.find(kind)
                    self._found[key] = everything.select(match_rows(everything.frame, where))
                else:
                    self._found[key] = self._read(self.catalogue[kind])
            return self._found[key]


def place_frame(frame: GeoDataFrame, spec: LayerSpec) -> Features:
    """Return a layer frame as features."""
    geometries = frame.geometry.to_numpy()
    order = sort_identities(frame)
    return place_features(
        spec,
        pd.DataFrame(frame.drop(columns=frame.geometry.name)),
        reorder_owners(take_apart(geometries), order),
        order,
        draw=lambda: geometries,
    )


def place_point(spec: LayerSpec, identity: str, lon: float, lat: float) -> Features:
    """Return one point as a feature that has no field but its identity."""
    point = np.array([shapely.Point(lon, lat)], dtype=object)
    return Features(spec, pd.DataFrame({"id": [identity]}), take_apart(point), lambda: point)


def place_features(
    spec: LayerSpec,
    frame: pd.DataFrame,
    shapes: Shapes,
    order: Indices,
    *,
    draw: Callable[[], Geometries],
) -> Features:
    """Return features from the layer's rows and what `draw` gives, put into `order`.

    The `shapes` are in that order already.
    """
    ordered = frame.iloc[order].reset_index(drop=True)
    return Features(spec, ordered, shapes, lambda: draw()[order])


def sort_identities(frame: pd.DataFrame) -> Indices:
    """Return the indices of the rows in the order of their identities."""
    return np.asarray(frame["id"].argsort(kind="stable"), dtype=np.int64)


def _join_bounds(boxes: Iterable[Iterable[float]]) -> Bounds:
    """Return what all boxes fill together; NaN where every one of them is empty."""
    present = [box for box in map(tuple, boxes) if not np.isnan(box).any()]
    if not present:
        return (np.nan,) * 4
    west, south, east, north = zip(*present, strict=True)
    return min(west), min(south), max(east), max(north)
