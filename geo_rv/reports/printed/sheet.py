"""What one printed map shows, and how large it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from geo_rv.geodesy.measure import Floats
from geo_rv.messages import Language
from geo_rv.reports.clusters import Extent
from geo_rv.reports.printed.symbols import DrawnClass
from geo_rv.rulebook import Verdict

MARGIN_LEFT_MM, MARGIN_BOTTOM_MM, MARGIN_MM = 4.5, 4.5, 1.0
"""Around the map's face, for the coordinates."""
LEGEND_COLUMNS = 4
LEGEND_ROW_MM = 4.2
LEGEND_GAP_MM = 2.0


@dataclass(frozen=True)
class Mark:
    """How sites of one verdict are marked."""

    shape: str
    colour: str
    size: float
    """In points."""
    hollow: bool = False


MARKS: Mapping[Verdict, Mark] = {
    "exempt": Mark("D", "#2b6cb0", 2.4, hollow=True),
    "pass": Mark("o", "#2b8a3e", 2.4),
    "not_checked": Mark("s", "#555555", 3.0, hollow=True),
    "marginal": Mark("^", "#e8850c", 4.2),
    "violation": Mark("o", "#c8102e", 3.0),
}
"""In drawing order; shapes differ too, so that a copy in black and white can be read."""


@dataclass(frozen=True)
class Inset:
    """The place of another map, shown as a numbered box."""

    label: str
    extent: Extent


@dataclass(frozen=True)
class Name:
    """A name written on the map, and its place in the metres of the plane."""

    text: str
    east: float
    north: float


@dataclass(frozen=True, eq=False)
class LegendRow:
    """A sample and what it means: a layer's class, a verdict's mark, or the sites' segments.

    A heading has no sample; it stands above the classes of its layer.
    """

    title: str
    sample: DrawnClass | Mark | Literal["segment", "heading"]
    is_class: bool = False
    """Whether it stands below a heading."""


def arrange_legend(rows: Sequence[LegendRow]) -> tuple[tuple[int, int], ...]:
    """Return the column and line of each row, no heading alone at the foot of a column."""
    lines = math.ceil(len(rows) / LEGEND_COLUMNS)
    while True:
        places = _fill_columns(rows, lines)
        if not places or places[-1][0] < LEGEND_COLUMNS:
            return places
        lines += 1


def _fill_columns(rows: Sequence[LegendRow], lines: int) -> tuple[tuple[int, int], ...]:
    places, column, line = [], 0, 0
    for row in rows:
        if line >= lines or (line == lines - 1 and row.sample == "heading"):
            column, line = column + 1, 0
        places.append((column, line))
        line += 1
    return tuple(places)


def measure_legend(rows: Sequence[LegendRow]) -> float:
    """Return the height of a legend in millimetres."""
    lines = 1 + max((line for _, line in arrange_legend(rows)), default=-1)
    return lines * LEGEND_ROW_MM + LEGEND_GAP_MM if lines else 0.0


@dataclass(frozen=True, eq=False)
class Sheet:
    """One map."""

    extent: Extent
    """What fills the face, in metres of a plane; its sides have the ratio of the face's."""
    width_mm: float
    """Of the face, without the coordinates around it and the legend below."""
    classes: tuple[DrawnClass, ...]
    sites: pd.DataFrame
    """With the columns verdict, east and north."""
    language: Language
    segments: Floats = field(default_factory=lambda: np.empty((0, 2, 2)))
    names: tuple[Name, ...] = ()
    insets: tuple[Inset, ...] = ()
    legend: tuple[LegendRow, ...] = ()
    mark_scale: float = 1.0

    @property
    def metres_per_mm(self) -> float:
        """The scale in print."""
        return (self.extent[2] - self.extent[0]) / self.width_mm

    @property
    def height_mm(self) -> float:
        """The height of the face."""
        return (self.extent[3] - self.extent[1]) / self.metres_per_mm

    @cached_property
    def legend_mm(self) -> float:
        """The height of the legend."""
        return measure_legend(self.legend)

    @property
    def size_mm(self) -> tuple[float, float]:
        """The width and height of the whole picture."""
        return (
            self.width_mm + MARGIN_LEFT_MM + MARGIN_MM,
            self.height_mm + MARGIN_BOTTOM_MM + MARGIN_MM + self.legend_mm,
        )
