"""geo-rv itself: geodesic distances, segments and verdicts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from benchmarks.county.question import LAYERS, LIMIT_M, SITES, Answer, Tool
from geo_rv.analysis.nearest import Nearest, find_nearest
from geo_rv.project import Project

CACHE = "cache"
"""The folder of a project in which ours keeps what it has read and indexed."""


class GeoRv(Tool):
    """Our own kernel, asked for each rule's layer."""

    title = "geo-rv"
    planar = False

    def load(self, project: Path) -> None:
        shutil.rmtree(project / CACHE, ignore_errors=True)  # the peers keep nothing either
        ground = Project.open(project).ground()
        sites = ground.find(SITES)
        self._sites = sites.shapes
        self._layers = [ground.find(kind).shapes for kind in LAYERS]
        first = np.zeros(self._sites.count, dtype=bool)
        first[0] = True
        one = sites.select(first).shapes
        for features in self._layers:
            find_nearest(one, features)  # makes the index where there is none yet

    def ask(self) -> list[Nearest]:
        return [find_nearest(self._sites, features) for features in self._layers]

    def read(self, found: list[Nearest]) -> Answer:
        distances = np.stack([nearest.distance_m for nearest in found])
        return Answer(distances <= LIMIT_M, distances)

    def check(self, project: Path) -> Answer:
        check = Project.open(project).check()
        # the findings stand by rule and site
        distances = check.findings["distance_m"].to_numpy().reshape(len(LAYERS), check.sites)
        return Answer(distances <= LIMIT_M, distances)


class GeoRvUncached(GeoRv):
    """The same, when nothing is kept beside the project."""

    title = "geo-rv, no caches"

    def check(self, project: Path) -> Answer:
        shutil.rmtree(project / CACHE, ignore_errors=True)
        return super().check(project)
