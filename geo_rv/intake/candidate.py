"""What intake understood of a file: features not yet believed, and what is wrong with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import Catalogue
from geo_rv.errors import RowsRefused
from geo_rv.geodesy.datum import Datum
from geo_rv.messages import LANGUAGES, Language, Text, text

Severity = Literal["refused", "repair", "warning"]

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class Match:
    """The column of a file that is taken for a field."""

    heading: str
    likeness: float = 1.0
    """From 0 to 1: 1 for the field's own name, or where the user named the column; below it
    somebody has to see whether it is right."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file, or that was done to it."""

    key: str
    """The texts that tell it: ``intake.problem.<key>`` says what is wrong, ``intake.remedy.<key>``
    what to do."""
    severity: Severity = "refused"
    """Whether the row stays out (refused), comes in repaired once somebody has agreed (repair),
    or comes in as it is told (warning)."""
    row: int | None = None
    """The row of the table or the number of the feature, from 1; None for the whole file."""
    feature: str = ""
    """The identity of the feature, where it has one."""
    field: str = ""
    """The layer's field that it is about."""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """Return where it is and what is wrong, in `language`."""
        told = self.tell_wrong(language)
        if self.row is None:
            return told
        place = "intake.place.feature" if self.feature else "intake.place.row"
        return text(place, language, row=self.row, feature=self.feature) + told

    def tell_wrong(self, language: Language) -> str:
        """Return what is wrong, in `language`."""
        return text(f"intake.problem.{self.key}", language, **self.facts)

    def tell_remedy(self, language: Language) -> str:
        """Return what to do about it, in `language`."""
        return text(f"intake.remedy.{self.key}", language, **self.facts)


@dataclass(frozen=True)
class Candidate:
    """Features that a file brings for one layer, before anyone has agreed to them."""

    kind: str
    frame: GeoDataFrame
    """A layer frame (EPSG:4490) of the rows that nothing is refused of, repairs made."""
    rows: NDArray[np.int64]
    """The number of each of the frame's rows, as the user sees it."""
    is_repaired: NDArray[np.bool_]
    """Which rows of the frame somebody has to agree to."""
    before: NDArray[np.object_]
    """The geometry of each of the frame's rows as the file has it, in EPSG:4490."""
    source: str
    """The name of the file."""
    layer_in_source: str
    format: str
    """A key below ``intake.format`` of the messages."""
    crs: str
    """The name of the coordinate system that the file's coordinates were taken to be in."""
    datum: Datum | None
    """What degrees were taken to be in; None where the coordinate system says it."""
    rows_read: int
    made_identity: bool
    """Whether the file brought no identities and they were made from its content."""
    columns: Mapping[str, Match]
    """The column that was taken for each field of the layer that has one."""
    unmatched_columns: tuple[str, ...]
    """Columns of the file that are no field of the layer, and so are left out."""
    refused_rows: pd.DataFrame
    """The refused rows as the file has them; the index is their numbers."""
    refused_shapes: NDArray[np.object_]
    """The geometries of the refused rows in EPSG:4490, as far as they have any."""
    refused_before: NDArray[np.object_]
    """The same as the file has them, in EPSG:4490."""
    repaired_rows: pd.DataFrame
    """The rows of `frame` that are repaired, as the file has them; the index is their numbers."""
    coordinate_columns: tuple[str, ...]
    """The columns of a file's rows that geometries were made of; none where they stand beside."""
    datums: pd.Series | None
    """The datum that the file states for each of its rows, by their numbers, missing where it
    states none; None where the coordinate system says all."""
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The problems that keep rows out."""
        return tuple(problem for problem in self.problems if problem.severity == "refused")

    @property
    def repairs(self) -> tuple[Problem, ...]:
        """The problems that a proposed repair mends."""
        return tuple(problem for problem in self.problems if problem.severity == "repair")

    def take_rows(self, *, repaired: bool) -> GeoDataFrame:
        """Return the rows that come in: with those that are `repaired`, or without them."""
        return self.frame if repaired else self.frame[~self.is_repaired].reset_index(drop=True)


def list_problems(
    wrong: NDArray[np.bool_],
    rows: NDArray[np.int64],
    key: str,
    *,
    severity: Severity = "refused",
    field: str = "",
    **facts: Any,
) -> list[Problem]:
    """Return one problem for each row where `wrong` holds; `rows` are the rows' numbers.

    Facts that are arrays or series hold one value for each of these rows.
    """
    columns = {
        name: fact for name, fact in facts.items() if isinstance(fact, np.ndarray | pd.Series)
    }
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        Problem(
            key,
            severity,
            row=row,
            field=field,
            facts=facts | dict(zip(columns, next(values, ()), strict=True)),
        )
        for row in rows[wrong].tolist()
    ]


def require_clean(
    candidates: Iterable[Candidate], catalogue: Catalogue, *, accept: Collection[str] = ()
) -> None:
    """Raise RowsRefused, with the first rows and their number, where somebody has to agree first.

    Refused rows may stay out where `accept` holds "partial", rows may come in repaired where it
    holds "repairs", and may stay out too where it holds "partial" alone.
    """
    held = [
        (candidate, problem)
        for candidate in candidates
        for problem in (
            *(() if "partial" in accept else candidate.refused),
            *(() if accept else candidate.repairs),
        )
    ]
    if held:
        raise RowsRefused(
            files=", ".join(dict.fromkeys(candidate.source for candidate, _ in held)),
            count=len(held),
            problems=_tell_first(held, catalogue),
        )


def _tell_first(refused: list[tuple[Candidate, Problem]], catalogue: Catalogue) -> Text:
    lines = {
        language: "\n".join(
            text(
                "intake.place.layer",
                language,
                file=candidate.source,
                layer=catalogue[candidate.kind].title,
                problem=problem.in_language(language),
            )
            for candidate, problem in refused[:SHOWN_PROBLEMS]
        )
        for language in LANGUAGES
    }
    return Text(**lines)
