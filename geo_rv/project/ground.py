"""A project's layers taken apart for checks, kept in memory and beside the project."""

from __future__ import annotations

from functools import partial

import numpy as np

from geo_rv.analysis.ground import Features, Ground, place_features, sort_identities
from geo_rv.analysis.shapes import decode_shapes, reorder_owners
from geo_rv.analysis.stored_shapes import list_arrays, restore_shapes
from geo_rv.geodesy.measure import Geometries
from geo_rv.project.imports import ProjectImports
from geo_rv.store.arrays import keep_arrays, recall_arrays
from geo_rv.store.geopackage import LayerState

CACHE_FOLDER = "cache"
"""Beside the project's data; whoever deletes it loses nothing but the time of the next start."""


class ProjectGround(ProjectImports):
    """A project whose layers can be stood on."""

    _ground: tuple[str, Ground] | None = None
    """The layers taken apart, and the stamp of them that it is."""

    def ground(self) -> Ground:
        """Return what checks stand on; the same one until a layer changes.

        Raises NothingImported without features.
        """
        stamp = self.store.stamp
        if self._ground is None or self._ground[0] != stamp:
            states = {state.spec.kind: state for state in self.list_layers()}
            self._ground = (
                stamp,
                Ground(
                    states,
                    lambda spec: self._read_features(states[spec.kind]),
                    catalogue=self.catalogue,
                    plane=self.plane,
                    bounds=self.extent or (np.nan,) * 4,
                ),
            )
        return self._ground[1]

    def _read_features(self, state: LayerState) -> Features:
        spec = state.spec
        file = self.folder / CACHE_FOLDER / f"{spec.kind}.shapes"
        kept = recall_arrays(file, state.stamp)
        shapes = restore_shapes(kept, state.count) if kept else None
        fields = self.store.read_fields(spec.kind) if shapes else None
        # another program may have written in between
        if shapes is None or fields is None or len(fields) != shapes.count:
            fields, blobs = self.store.read_rows(spec.kind)
            shapes = reorder_owners(decode_shapes(blobs), sort_identities(fields))
            keep_arrays(file, state.stamp, list_arrays(shapes))
        return place_features(
            spec,
            fields,
            shapes,
            sort_identities(fields),
            draw=partial(self._draw_layer, spec.kind),
        )

    def _draw_layer(self, kind: str) -> Geometries:
        return np.asarray(self.read_layer(kind).geometry.array, dtype=object)
