"""What is laid down about the demo town: names, codes, positions (``layers/demo/town.toml``)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import numpy as np

from geo_rv.demo.grid import Floats, Grid
from geo_rv.tables import read_toml

Course = tuple[tuple[float, ...], ...]
"""Kilometres east and north of the sheet's south-west corner, point by point."""


@dataclass(frozen=True)
class Sheet:
    """The ground that is made: the town and a margin round it, in the plane."""

    west: int
    south: int
    cell: int
    rows: int
    columns: int


@dataclass(frozen=True)
class RoadName:
    """A road of a class that has one road only."""

    name: str
    code: str


@dataclass(frozen=True)
class PowerLine:
    """An overhead line from tower to tower."""

    name: str
    voltage: str
    course: Course


@dataclass(frozen=True)
class Dam:
    """A reservoir, by its dam on the nearest stream."""

    name: str
    at: tuple[float, ...]
    depth: float
    """Of the water at the dam, in metres."""
    drinking: bool = False


@dataclass(frozen=True)
class Spot:
    """A rounded area: scenery, or a monument."""

    name: str
    kind: str
    at: tuple[float, ...]
    radius: int
    """In metres."""
    turn: float = 0.0
    """The direction of its longer axis, in radians from the east."""


@dataclass(frozen=True)
class TourismSite:
    """A sight or a service for visitors."""

    name: str
    type: str
    village: str
    on_route: bool = True
    along: float = 0.5
    """Where it stands on the route's way through the village, from 0 to 1."""


@dataclass(frozen=True)
class Tourism:
    """The red-tourism route and the sights."""

    name: str
    villages: tuple[str, ...]
    """Codes, in the order in which the route runs through them."""
    sites: tuple[TourismSite, ...]


@dataclass(frozen=True)
class Unit:
    """A village or community."""

    code: str
    name: str
    seat: tuple[float, ...]
    head_start: float = 0.0
    """Metres of way that neighbours have to make up: a large one makes the village small."""
    cemetery: Literal["village", "joint", "none"] = "village"
    cemetery_is_near: bool = False
    """Whether its cemetery lies nearer to a main road, railway or river than it should."""


@dataclass(frozen=True)
class Plan:
    """The demo town as it is laid down."""

    seed: int
    name: str
    code: str
    notice: str
    report: str
    plane: str
    sheet: Sheet
    roads: Mapping[str, RoadName]
    courses: Mapping[str, Course]
    power_lines: tuple[PowerLine, ...]
    dams: tuple[Dam, ...]
    streams: tuple[str, ...]
    surnames: str
    """Characters that names of hamlets begin with."""
    endings: tuple[str, ...]
    """What names of hamlets end with."""
    project_names: Mapping[str, tuple[str, ...]]
    """What projects are about, by category."""
    prefixes: Mapping[str, str]
    """What the identities of a layer's rows begin with, by layer kind."""
    scenic_areas: tuple[Spot, ...]
    heritage: tuple[Spot, ...]
    tourism: Tourism
    villages: tuple[Unit, ...]
    neighbours: Course
    """Seats of the villages beyond the town's boundary."""
    industries: Mapping[str, str]
    """The code of the village where an industry of one village is."""

    @property
    def grid(self) -> Grid:
        """The raster that covers the sheet."""
        sheet = self.sheet
        return Grid(sheet.west, sheet.south, sheet.cell, sheet.rows, sheet.columns)

    def locate(self, course: Course) -> Floats:
        """Return the points of `course` in the plane, (n, 2)."""
        return np.array(course) * 1000 + [self.sheet.west, self.sheet.south]

    def start_generator(self, topic: str) -> np.random.Generator:
        """Return the random numbers of one `topic`: a change in another one leaves them alone."""
        return np.random.default_rng([self.seed, zlib.crc32(topic.encode())])


def load_plan() -> Plan:
    """Return the shipped plan; raises a DataFileError that names the file and the key."""
    return read_toml(Plan, files("layers").joinpath("demo", "town.toml"))
