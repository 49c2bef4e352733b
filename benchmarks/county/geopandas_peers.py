"""geopandas, in the two ways in which its users answer: sjoin_nearest, and buffers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from geopandas import GeoDataFrame

from benchmarks.county.flat import read_flat
from benchmarks.county.question import LAYERS, LIMIT_M, SITES, Answer, Tool, collect

QUARTER_SEGMENTS = 16
"""Corners of a quarter of a buffer's circle, the default of geopandas."""


class NearestJoin(Tool):
    """`sjoin_nearest` on indexed frames."""

    title = "sjoin_nearest"

    def load(self, project: Path) -> None:
        self._sites = read_flat(project, SITES)
        self._layers = [read_flat(project, kind) for kind in LAYERS]
        for features in self._layers:
            features.sindex.nearest(self._sites.geometry.iloc[0])  # makes the index

    def ask(self) -> list[GeoDataFrame]:
        return [
            self._sites.sjoin_nearest(features, distance_col="distance_m")
            for features in self._layers
        ]

    def read(self, found: list[GeoDataFrame]) -> Answer:
        # of features at the same distance it names each one
        firsts = [frame[~frame.index.duplicated()] for frame in found]
        return collect(((frame.index, frame["distance_m"]) for frame in firsts), len(self._sites))


class BufferJoin(Tool):
    """Circles of the limit around the sites and `sjoin`: no distances."""

    title = "buffer + sjoin"
    slack_m = LIMIT_M * (1 - np.cos(np.pi / 4 / QUARTER_SEGMENTS))

    def load(self, project: Path) -> None:
        self._sites = read_flat(project, SITES)
        self._layers = [read_flat(project, kind) for kind in LAYERS]
        for features in self._layers:
            features.sindex.nearest(self._sites.geometry.iloc[0])  # makes the index

    def ask(self) -> list[GeoDataFrame]:
        circles = self._sites.buffer(LIMIT_M, quad_segs=QUARTER_SEGMENTS).to_frame("geometry")
        return [circles.sjoin(features) for features in self._layers]

    def read(self, found: list[GeoDataFrame]) -> Answer:
        within = np.zeros((len(LAYERS), len(self._sites)), dtype=bool)
        for row, frame in zip(within, found, strict=True):
            row[frame.index] = True
        return Answer(within, None)
