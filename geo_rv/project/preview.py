"""A judgement as a page shows it: its rows on the map, its problems page by page, one in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_rv.catalogue import Catalogue, Field
from geo_rv.errors import FeatureMissing
from geo_rv.geodesy.crs import Bounds
from geo_rv.intake import Candidate, Problem
from geo_rv.intake.limits import DEFAULT_LIMITS
from geo_rv.maps.preview import (
    ACCEPTED,
    REFUSED,
    REPAIR,
    Sketch,
    draw_row,
    draw_sketches,
    join_boxes,
)
from geo_rv.messages import Language, Text, text
from geo_rv.project.imports import Judgement
from geo_rv.reports.imports import SEVERITIES, sort_problems, tell_problem

LARGEST_FILE = DEFAULT_LIMITS.file_bytes
"""Bytes of all that is brought together."""

_MOST_VALUES = 60
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class ProblemChoice:
    """Which problems are meant; what is empty or None means all."""

    severities: tuple[str, ...] = ()
    candidate: int | None = None
    """The place of the candidate in its judgement."""
    key: str = ""
    field: str | None = None

    def means(self, candidate: int, problem: Problem) -> bool:
        """Return whether `problem` of that candidate is meant."""
        return (
            (not self.severities or problem.severity in self.severities)
            and self.candidate in (None, candidate)
            and self.key in ("", problem.key)
            and self.field in (None, problem.field)
        )


@dataclass(frozen=True)
class Zone:
    """A CGCS2000 3-degree Gauss-Krueger zone, as one of its two coordinate systems."""

    code: int
    """The number in the EPSG registry."""
    meridian: int
    """The central meridian, in degrees east."""
    number: int
    has_number: bool
    """Whether eastings begin with the zone's number."""


def list_zones(bounds: Bounds | None) -> tuple[Zone, ...]:
    """Return the systems of the zones round `bounds` (degrees), or of the whole country.

    EPSG 4534 to 4554 are the zones of the meridians 75E to 135E, 4513 to 4533 the same with the
    zone's number (25 to 45) in the easting.
    """
    middle = 25 + round(((bounds[0] + bounds[2]) / 2 - 75) / 3) if bounds else None
    return tuple(
        Zone((4513 if has_number else 4534) + number - 25, 3 * number, number, has_number)
        for number in range(25, 46)
        if middle is None or abs(number - middle) <= 1
        for has_number in (False, True)
    )


class Preview:
    """What files would bring, ready to be looked at from every side; nothing is changed."""

    def __init__(self, judgement: Judgement, catalogue: Catalogue) -> None:
        self.candidates = judgement.candidates
        self.catalogue = catalogue
        self.sketches = tuple(map(_sketch, self.candidates))
        # problems of the whole judgement in the order in which they are read
        self._problems = [
            (at, problem)
            for severity in SEVERITIES
            for at, candidate in enumerate(self.candidates)
            for problem in sort_problems(candidate.problems)
            if problem.severity == severity
        ]

    def find_bounds(self, near: Bounds | None) -> Bounds | None:
        """Return what the rows fill that touch `near`, or else all rows, in degrees.

        None where no row can be drawn.
        """
        return join_boxes(self.sketches, near=near)

    @property
    def unseen(self) -> int:
        """How many rows have no place that a map can show."""
        return sum(int(np.count_nonzero(~sketch.is_drawable)) for sketch in self.sketches)

    def render_rows(self, *, bounds: Bounds | None = None, zoom: float | None = None) -> str:
        """Return the rows as GeoJSON, at most as many as a browser draws fluently.

        As `geo_rv.maps.preview.draw_sketches` has them.
        """
        return draw_sketches(self.sketches, bounds=bounds, zoom=zoom)

    def tell_row(self, at: int, row: int, *, language: Language) -> dict[str, Any]:
        """Return row `row` of candidate `at`: ``state``, shapes ``after`` and ``before``.

        ``values`` are [title, text] pairs, ``problems`` all that is said of it, with what moves it
        together with the whole file. Raises FeatureMissing where there is no such row.
        """
        if at >= len(self.candidates):
            raise FeatureMissing(layer=at, feature=row)
        candidate, sketch = self.candidates[at], self.sketches[at]
        found = np.flatnonzero(sketch.rows == row).tolist()
        if not found:
            title = self.catalogue[candidate.kind].title
            raise FeatureMissing(layer=title, feature=row)
        return {
            **draw_row(sketch, found[0]),
            "values": self._list_values(candidate, found[0], row, language),
            "problems": [
                self._tell_problem(at, problem, language)
                for problem in candidate.problems
                if problem.row == row or (problem.row is None and problem.severity == "repair")
            ],
        }

    def tell_problems(
        self, choice: ProblemChoice, first: int, most: int, *, language: Language
    ) -> tuple[list[dict[str, Any]], int]:
        """Return `most` of the problems that `choice` means from `first` on, and their number."""
        meant = [numbered for numbered in self._problems if choice.means(*numbered)]
        page = [self._tell_problem(*numbered, language) for numbered in meant[first : first + most]]
        return page, len(meant)

    def _tell_problem(self, at: int, problem: Problem, language: Language) -> dict[str, Any]:
        spec = self.catalogue[self.candidates[at].kind]
        return {"candidate": at} | tell_problem(problem, spec, language)

    def _list_values(
        self, candidate: Candidate, place: int, row: int, language: Language
    ) -> list[tuple[str, str]]:
        if place < len(candidate.frame):
            spec = self.catalogue[candidate.kind]
            values = candidate.frame.iloc[place]
            pairs = [
                (field.title.in_language(language), _name_value(values[field.name], field))
                for field in spec.fields
                if not field.personal
            ]
        else:
            pairs = [(str(name), value) for name, value in candidate.refused_rows.loc[row].items()]
        told = [(title, _tell_value(value, language)) for title, value in pairs[:_MOST_VALUES]]
        return [(title, value) for title, value in told if value]


def _sketch(candidate: Candidate) -> Sketch:
    """Return the rows of `candidate`: those that come in, as in the frame, then the refused."""
    taken = np.where(candidate.is_repaired, REPAIR, ACCEPTED)
    refused = candidate.refused_shapes
    nothing = np.full(len(refused), None, dtype=object)
    return Sketch.of(
        geometry=np.concatenate([candidate.frame.geometry.to_numpy(), refused]),
        before=np.concatenate([candidate.before, nothing]),
        states=np.concatenate([taken, np.full(len(refused), REFUSED)]).astype(np.int8),
        rows=_join_rows(candidate),
    )


def _join_rows(candidate: Candidate) -> NDArray[np.int64]:
    refused = candidate.refused_rows.index.to_numpy(dtype=np.int64)
    return np.concatenate([candidate.rows, refused])


def _name_value(value: Any, field: Field) -> Any:
    """Return what a choice of `field` is called, another value as it is."""
    return field.choices.get(value, value) if isinstance(value, str) else value


def _tell_value(value: Any, language: Language) -> str:
    if isinstance(value, Text):
        return value.in_language(language)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return text(f"map.{'yes' if value else 'no'}", language)
    if isinstance(value, float):
        return f"{value:.12g}"
    told = value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
    return told if len(told) <= _LONGEST_VALUE else f"{told[:_LONGEST_VALUE]}…"
