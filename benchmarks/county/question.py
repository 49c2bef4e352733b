"""What every tool is asked: of each grave and rule the nearest feature, and whether it is too near.

Peers import nothing else of ours, so that no tool waits for another's libraries.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

DATA_FILE = "data.gpkg"
STORED = "EPSG:4490"
PLANE = "EPSG:4547"
"""CGCS2000, 3-degree zone with its meridian at 114 E: in which the peers measure."""
SITES = "burial"
LAYERS = (
    "railway",
    "road",
    "river",
    "reservoir",
    "residential_area",
    "basic_farmland",
    "forest_land",
    "scenic_area",
)
"""The constraint layers in the order of the rules; each rule looks at one of them."""
LIMIT_M = 500.0
"""The limit of every rule."""
CORES = os.cpu_count() or 1
"""How many cores each tool may use: all of them."""


class ToolMissing(Exception):
    """A tool that is not on this machine, or cannot be started on it."""


@dataclass(frozen=True)
class Answer:
    """What a tool says, by rule and site, (rules, sites), in the order of the sites' ids."""

    within: npt.NDArray[np.bool_]
    """Whether a feature of the rule's layer lies within the limit."""
    distance_m: npt.NDArray[np.float64] | None
    """To the nearest feature; NaN where the tool found none. None of a tool that has none."""

    def save(self, file: Path) -> None:
        """Write the answer to `file`, which ends with .npz."""
        if self.distance_m is None:
            np.savez(file, within=self.within)
        else:
            np.savez(file, within=self.within, distance_m=self.distance_m)

    @classmethod
    def load(cls, file: Path) -> Answer:
        """Return the answer that `file` holds."""
        with np.load(file) as arrays:
            return cls(arrays["within"], arrays.get("distance_m"))


class Tool(ABC):
    """One way of answering; each runs in a process of its own."""

    title: ClassVar[str]
    planar: ClassVar[bool] = True
    """Whether its distances are those of the plane."""
    slack_m: ClassVar[float] = 0.0
    """How near to the limit its own method may be wrong about `within`."""

    @abstractmethod
    def load(self, project: Path) -> None:
        """Load and index all that a question needs; raises ToolMissing."""

    @abstractmethod
    def ask(self) -> Any:
        """Find the nearest feature of every site for every rule; this is what is timed."""

    @abstractmethod
    def read(self, found: Any) -> Answer:
        """Return what `ask` found in the common form."""

    def check(self, project: Path) -> Answer:
        """Go from the files to the finding table in one go."""
        self.load(project)
        answer = self.read(self.ask())
        make_table(answer)
        return answer

    def close(self) -> None:  # noqa: B027 - most have nothing to end
        """End what `load` has started."""


def collect(rules: Iterable[tuple[Any, Any]], sites: int) -> Answer:
    """Return the answer made of each rule's site numbers and distances (metres)."""
    rows = []
    for numbers, distances in rules:
        row = np.full(sites, np.nan)
        row[numbers] = distances
        rows.append(row)
    together = np.stack(rows)
    return Answer(together <= LIMIT_M, together)


def make_table(answer: Answer) -> Mapping[str, npt.NDArray[Any]]:
    """Return the columns of the finding table, one row for each rule and site."""
    rules, sites = answer.within.shape
    distances = answer.within if answer.distance_m is None else answer.distance_m
    return {
        "site": np.tile(np.arange(sites), rules),
        "rule": np.repeat(np.arange(rules), sites),
        "distance_m": distances.ravel(),
        "verdict": np.where(answer.within.ravel(), "violation", "pass"),
    }
