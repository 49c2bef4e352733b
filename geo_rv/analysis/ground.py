"""What checks stand on: the features of each layer, taken apart once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
import shapely
from geopandas import GeoDataFrame

from geo_rv.analysis.filters import Mask, match_rows
from geo_rv.analysis.shapes import Shapes, list_invalid, take_apart
from geo_rv.catalogue import Catalogue, Filter, LayerSpec
from geo_rv.frames import Layers
from geo_rv.geodesy.measure import Floats, Indices

LINE = 1
"""The dimension of a line."""


@dataclass(frozen=True)
class Features:
    """Features of one layer, in the order of their identities, and their shapes."""

    spec: LayerSpec
    frame: GeoDataFrame
    shapes: Shapes

    def select(self, wanted: Mask) -> Features:
        """Return the features that are `wanted`."""
        if wanted.all():
            return self
        return Features(self.spec, self.frame[wanted], self.shapes.select(wanted))

    @cached_property
    def has_shape(self) -> Mask:
        """Whether each feature has a geometry to measure from."""
        return np.bincount(self.shapes.part_owners, minlength=len(self.frame)) > 0

    @cached_property
    def half_widths_m(self) -> Floats:
        """From each feature's line to the edge that the law measures from; 0 for faces."""
        edge = self.spec.edge
        if edge is None:
            return np.zeros(len(self.frame))
        widths = np.full(len(self.frame), edge.half_width_m)
        for choice, width in edge.half_widths_m.items():
            widths[match_rows(self.frame, {edge.by: (choice,)})] = width
        dimensions = shapely.get_dimensions(self.frame.geometry.to_numpy())
        return np.where(dimensions <= LINE, widths, 0.0)

    @cached_property
    def by_half_width(self) -> tuple[tuple[float, Indices, Shapes], ...]:
        """Each half-width that there is, with the indices and the shapes of its features."""
        return tuple(
            (
                float(width),
                np.flatnonzero(self.half_widths_m == width),
                self.shapes.select(self.half_widths_m == width),
            )
            for width in np.unique(self.half_widths_m)
        )


class Ground:
    """The layers of a project in its plane, each taken apart when first asked for, and kept."""

    def __init__(self, layers: Layers, catalogue: Catalogue, plane: pyproj.CRS) -> None:
        """Stand on `layers`, layer frames in EPSG:4490; `plane` is metric and theirs."""
        self.layers = layers
        self.catalogue = catalogue
        self.plane = plane
        self._taken: dict[tuple[object, ...], Features] = {}

    def __contains__(self, kind: object) -> bool:
        return kind in self.layers

    @cached_property
    def repaired(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of each layer's invalid polygons, which a repaired copy stands in for."""
        return list_invalid(self.layers)

    def find(self, kind: str, where: Filter | None = None) -> Features:
        """Return the features of the layer `kind` that match `where`, by default all of them."""
        key = (kind, *sorted((where or {}).items()))
        if key not in self._taken:
            if where:
                everything = self.find(kind)
                found = everything.select(match_rows(everything.frame, where))
            else:
                found = place(self.catalogue[kind], self.layers[kind], self.plane)
            self._taken[key] = found
        return self._taken[key]


def place(spec: LayerSpec, frame: GeoDataFrame, plane: pyproj.CRS) -> Features:
    """Return a layer frame as features, in the order of their identities."""
    ordered = frame.sort_values("id", kind="stable", ignore_index=True)
    return Features(spec, ordered, take_apart(ordered.geometry.to_numpy(), plane))
