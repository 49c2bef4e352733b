"""The layers' figures, and their reconciliation with the annual report, as JSON-ready rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from geo_rv.analysis.reconcile import ContradictionRow, FigureRow, Reconciliation
from geo_rv.analysis.summary import LayerSummary, MeasureValue
from geo_rv.messages import Language, Text, text

DECIMALS = 4
"""Of a told total: past this there is only the noise of adding floating-point numbers."""


def tell_summaries(
    summaries: Iterable[LayerSummary], village_names: Mapping[str, str], *, language: Language
) -> dict[str, Any]:
    """Return each layer's count and measures JSON-ready, in total and by village code."""
    return {
        "villages": dict(village_names),
        "layers": [
            {
                "layer": summary.spec.kind,
                "title": summary.spec.title.in_language(language),
                "count": summary.count,
                "by_village": dict(summary.count_by_village),
                "measures": [_tell_measure(value, language) for value in summary.measures],
            }
            for summary in summaries
        ],
    }


def _tell_measure(value: MeasureValue, language: Language) -> dict[str, Any]:
    return {
        "name": value.measure.name,
        "title": value.measure.title.in_language(language),
        "unit": _tell(value.measure.unit, language),
        "total": round(value.total, DECIMALS),
        "by_village": {code: round(part, DECIMALS) for code, part in value.by_village.items()},
    }


def tell_reconciliation(answer: Reconciliation, *, language: Language) -> dict[str, Any]:
    """Return each figure of the report beside the map's JSON-ready, and the contradictions."""
    report = answer.report
    return {
        "report": report.name,
        "title": report.title.in_language(language),
        "note": report.note.in_language(language),
        "figures": [_tell_figure(row, report.themes, language) for row in answer.rows],
        "contradictions": [
            _tell_contradiction(row, language) for row in answer.contradictions if row.holds
        ],
    }


def _tell_figure(row: FigureRow, themes: Mapping[str, Text], language: Language) -> dict[str, Any]:
    figure = row.figure
    return {
        "name": figure.name,
        "theme": figure.theme,
        "theme_title": themes[figure.theme].in_language(language),
        "title": figure.title.in_language(language),
        "unit": figure.unit.in_language(language),
        "layer": figure.layer,
        "measure": figure.measure,
        "report": row.report_value,
        "comparison": figure.comparison,
        "map": None if row.map_value is None else round(row.map_value, DECIMALS),
        "difference": row.difference,
        "status": row.status,
        "status_title": text(f"reconcile_status.{row.status}", language),
        "note": _tell(figure.note, language),
    }


def _tell_contradiction(row: ContradictionRow, language: Language) -> dict[str, Any]:
    return {
        "name": row.contradiction.name,
        "title": row.contradiction.title.in_language(language),
        "parts": list(row.contradiction.parts),
        "total": row.contradiction.total,
        "parts_value": row.parts_value,
        "total_value": row.total_value,
        "difference": row.difference,
        "text": row.contradiction.explanation.in_language(language),
    }


def _tell(told: Text | None, language: Language) -> str:
    return told.in_language(language) if told else ""
