"""An annual report as data: its figures, each tied to the layer measure that must equal it.

A report is one TOML file, shipped in ``layers/reports/`` or the project's own in its folder
``reports/``; it is checked against the catalogue when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from geo_rv.catalogue import Catalogue, find_tables
from geo_rv.errors import UnknownReport
from geo_rv.layerspec import Misfit, find_repeated, refuse_misfits
from geo_rv.messages import Text, tell
from geo_rv.tables import find_near, read_toml


@dataclass(frozen=True)
class Figure:
    """One number of the report."""

    name: str
    theme: str
    title: Text
    unit: Text
    layer: str
    measure: str
    """The measure of `layer` that must equal it."""
    value: float | None = None
    """None where the report names the matter and gives no number."""
    comparison: Literal["equal", "at_least"] = "equal"
    """at_least where the report says "more than"."""
    note: Text | None = None


@dataclass(frozen=True)
class Contradiction:
    """A place where the report's figures should fit each other and do not."""

    name: str
    title: Text
    parts: tuple[str, ...]
    """The figures that are added up."""
    total: str
    """The figure that their sum should equal (sum_equals) or not exceed (at_most)."""
    relation: Literal["sum_equals", "at_most"]
    explanation: Text


@dataclass(frozen=True)
class AnnualReport:
    """The figures of one year, in the order in which they are told."""

    name: str
    title: Text
    note: Text
    town: str
    """The nine-digit code of the town: names of towns are ambiguous."""
    year: int
    themes: Mapping[str, Text]
    figures: tuple[Figure, ...]
    contradictions: tuple[Contradiction, ...] = ()

    @cached_property
    def figure_by_name(self) -> dict[str, Figure]:
        """The figures by their names."""
        return {figure.name: figure for figure in self.figures}

    def add_parts(self, contradiction: Contradiction) -> float:
        """Return the sum of the parts of `contradiction`, in the unit of its total."""
        return sum(self.figure_by_name[part].value or 0.0 for part in contradiction.parts)

    def is_contradicted(self, contradiction: Contradiction) -> bool:
        """Return whether the report's figures really disagree as `contradiction` says."""
        total = self.figure_by_name[contradiction.total].value or 0.0
        parts = self.add_parts(contradiction)
        return parts > total if contradiction.relation == "at_most" else parts != total


def load_report(name: str, catalogue: Catalogue, *, own: Path | None = None) -> AnnualReport:
    """Return the report `name`, from the folder `own` where it is there, else as shipped.

    Raises UnknownReport, or a DataFileError that names the file and the key.
    """
    reports = find_tables(files("layers").joinpath("reports"), own)
    if name not in reports:
        raise UnknownReport(report=name, known=", ".join(sorted(reports)))
    report = read_toml(AnnualReport, reports[name], name=name)
    refuse_misfits(_find_misfits(report, catalogue), reports[name].name)
    return report


def _find_misfits(report: AnnualReport, catalogue: Catalogue) -> Iterator[Misfit]:
    """Yield what does not fit together in `report`, or does not fit the catalogue."""
    yield from find_repeated("figures.name", (figure.name for figure in report.figures))
    yield from find_repeated("contradictions.name", (row.name for row in report.contradictions))
    for figure in report.figures:
        known: dict[str, Mapping[str, object]] = {
            "theme": report.themes,
            "layer": catalogue.by_kind,
        }
        if figure.layer in catalogue:
            known["measure"] = catalogue[figure.layer].measure_by_name
        for key, values in known.items():
            value = getattr(figure, key)
            if value not in values:
                problem = tell("problem.unknown", value=value, known=find_near(value, values))
                yield f"figures.{figure.name}.{key}", problem
    for row in report.contradictions:
        yield from _find_contradiction_misfits(row, report)


def _find_contradiction_misfits(row: Contradiction, report: AnnualReport) -> Iterator[Misfit]:
    named = {"total": (row.total,), "parts": row.parts}
    for key, names in named.items():
        for name in names:
            figure = report.figure_by_name.get(name)
            if figure is None:
                known = find_near(name, report.figure_by_name)
                problem = tell("problem.unknown", value=name, known=known)
                yield f"contradictions.{row.name}.{key}", problem
            elif figure.value is None:
                yield f"contradictions.{row.name}.{key}", tell("problem.no_value", figure=name)
