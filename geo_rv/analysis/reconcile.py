"""The annual report beside the map: each figure, the difference, and what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from geo_rv.analysis.summary import LayerSummary
from geo_rv.catalogue import Catalogue, Measure
from geo_rv.figures import AnnualReport, Contradiction, Figure

Status = Literal["equal", "at_least_met", "differs", "contradicted", "no_figure", "layer_missing"]

DECIMALS = 2
"""Numbers agree when they do to 0.01 of the report's own unit: money, areas, counts."""


@dataclass(frozen=True)
class FigureRow:
    """One figure of the report beside the map's."""

    figure: Figure
    measure: Measure
    report_value: float | None
    """None where the report names the matter and gives no number."""
    map_value: float | None
    """None where the project does not hold the layer."""
    difference: float | None
    """The map's minus the report's, to 0.01."""
    status: Status
    """equal: they agree; at_least_met: the report says "more than", and it is; differs: they
    do not agree; contradicted: they do not agree, and the report contradicts itself here;
    no_figure: the report gives no number; layer_missing: the project does not hold the layer."""


@dataclass(frozen=True)
class ContradictionRow:
    """A place where the report's own figures should fit each other."""

    contradiction: Contradiction
    parts_value: float
    """The sum of the parts, as the report gives them."""
    total_value: float
    difference: float
    """The parts' sum minus the total."""
    holds: bool
    """Whether the report's figures really disagree there."""


@dataclass(frozen=True)
class Reconciliation:
    """A whole report beside the map."""

    report: AnnualReport
    rows: tuple[FigureRow, ...]
    contradictions: tuple[ContradictionRow, ...]


def reconcile_report(
    summaries: Iterable[LayerSummary], report: AnnualReport, catalogue: Catalogue
) -> Reconciliation:
    """Return each figure of `report` beside the measure of the map that must equal it.

    `summaries` are those of `summary.summarise_layers`; a layer without one is told as missing.
    """
    values = {
        (summary.spec.kind, value.measure.name): value.total
        for summary in summaries
        for value in summary.measures
    }
    contradictions = tuple(_add_up(row, report) for row in report.contradictions)
    disputed = {
        name
        for row in contradictions
        if row.holds
        for name in (*row.contradiction.parts, row.contradiction.total)
    }
    return Reconciliation(
        report=report,
        rows=tuple(
            _compare(
                figure,
                catalogue[figure.layer].measure_by_name[figure.measure],
                values.get((figure.layer, figure.measure)),
                is_disputed=figure.name in disputed,
            )
            for figure in report.figures
        ),
        contradictions=contradictions,
    )


def _compare(
    figure: Figure, measure: Measure, map_value: float | None, *, is_disputed: bool
) -> FigureRow:
    difference = None
    if map_value is not None and figure.value is not None:
        difference = round(map_value - figure.value, DECIMALS)
    return FigureRow(
        figure=figure,
        measure=measure,
        report_value=figure.value,
        map_value=map_value,
        difference=difference,
        status=_find_status(figure, map_value, difference, is_disputed=is_disputed),
    )


def _find_status(
    figure: Figure, map_value: float | None, difference: float | None, *, is_disputed: bool
) -> Status:
    if map_value is None:
        return "layer_missing"
    if difference is None:
        return "no_figure"
    if figure.comparison == "at_least" and difference >= 0:
        return "at_least_met"
    if difference == 0:
        return "equal"
    return "contradicted" if is_disputed else "differs"


def _add_up(contradiction: Contradiction, report: AnnualReport) -> ContradictionRow:
    parts = report.add_parts(contradiction)
    total = report.figure_by_name[contradiction.total].value or 0.0
    return ContradictionRow(
        contradiction=contradiction,
        parts_value=parts,
        total_value=total,
        difference=round(parts - total, DECIMALS),
        holds=report.is_contradicted(contradiction),
    )
