"""What intake understood of a file: features not yet believed, and what is wrong with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import Catalogue
from geo_rv.errors import RowsRefused
from geo_rv.messages import LANGUAGES, Language, Text, text

Severity = Literal["refused", "warning"]

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file, or that was done to it."""

    key: str
    """The text that tells it, as `intake.problem.<key>` of the message catalogue."""
    severity: Severity = "refused"
    """Whether the row stays out (refused), or comes in as it is told (warning)."""
    row: int | None = None
    """The row of the table or the number of the feature, from 1; None for the whole file."""
    feature: str = ""
    """The identity of the feature, where it has one."""
    field: str = ""
    """The layer's field that it is about."""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """Return where it is and what is wrong, in `language`."""
        told = text(f"intake.problem.{self.key}", language, **self.facts)
        if self.row is None:
            return told
        place = "intake.place.feature" if self.feature else "intake.place.row"
        return text(place, language, row=self.row, feature=self.feature) + told


@dataclass(frozen=True)
class Candidate:
    """Features that a file brings for one layer, before anyone has agreed to them."""

    kind: str
    frame: GeoDataFrame
    """A layer frame (EPSG:4490) of the rows that nothing is refused of."""
    source: str
    """The name of the file."""
    layer_in_source: str
    rows_read: int
    made_identity: bool
    """Whether the file brought no identities and they were made from its content."""
    unmatched_columns: tuple[str, ...]
    """Columns of the file that are no field of the layer, and so are left out."""
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The problems that keep rows out."""
        return tuple(problem for problem in self.problems if problem.severity == "refused")


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


def require_clean(candidates: Iterable[Candidate], catalogue: Catalogue) -> None:
    """Raise RowsRefused, with the first rows and their number, where any row is refused."""
    refused = [(candidate, problem) for candidate in candidates for problem in candidate.refused]
    if refused:
        raise RowsRefused(
            files=", ".join(dict.fromkeys(candidate.source for candidate, _ in refused)),
            count=len(refused),
            problems=_tell_first(refused, catalogue),
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
