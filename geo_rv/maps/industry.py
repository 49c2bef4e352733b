"""One industry by village: areas in classes, circles, a table, and a sentence that sums it up."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.analysis.summary import LayerSummary
from geo_rv.catalogue import Catalogue, LayerSpec, Measure
from geo_rv.maps.classes import choose_colours, classify
from geo_rv.maps.features import to_geojson
from geo_rv.messages import Language, text
from geo_rv.themes import MeasureName, Theme


@dataclass(frozen=True)
class _Column:
    """One measure of the villages."""

    spec: LayerSpec
    measure: Measure
    amounts: pd.Series
    """By village code; 0 for a village without any."""

    def title(self, language: Language) -> str:
        return self.measure.title.in_language(language)

    def unit(self, language: Language) -> str:
        return self.measure.unit.in_language(language) if self.measure.unit else ""


def describe_theme(
    theme: Theme,
    summaries: Iterable[LayerSummary],
    villages: GeoDataFrame,
    catalogue: Catalogue,
    *,
    language: Language,
) -> dict[str, Any]:
    """Return an industry by village, JSON-ready: ``map``, ``table`` and ``sentence``.

    ``map`` is what the browser's showTheme takes; the rows of ``table`` stand in descending
    order of the measure that colours the villages, with each village's share of the total.
    """
    known = {summary.spec.kind: summary for summary in summaries}
    area, symbol = (
        _take_column(name, known, villages, catalogue) for name in (theme.area, theme.symbol)
    )
    return {
        "map": {
            "areas": _describe_areas(area, villages, catalogue["village"]),
            "symbols": _describe_symbols(symbol, villages),
            **_describe_legend(theme, area, symbol, language),
        },
        "table": _describe_table(area, symbol, villages, language),
        "sentence": _tell_sentence(theme, area, villages, language),
    }


def _take_column(
    name: MeasureName,
    summaries: Mapping[str, LayerSummary],
    villages: GeoDataFrame,
    catalogue: Catalogue,
) -> _Column:
    spec = catalogue[name.layer]
    measure = spec.measure_by_name[name.measure]
    by_village: Mapping[str, float] = {}
    if name.layer in summaries:
        measured = {value.measure.name: value for value in summaries[name.layer].measures}
        by_village = measured[name.measure].by_village
    values = villages["id"].map(by_village).astype("float64").fillna(0.0)
    return _Column(spec, measure, values.set_axis(villages["id"]))


def _describe_areas(area: _Column, villages: GeoDataFrame, spec: LayerSpec) -> dict[str, Any]:
    """Return the villages as a FeatureCollection with the properties id, name and value."""
    named = tuple(spec.field_by_name[name] for name in ("id", "name"))
    areas: dict[str, Any] = json.loads(
        to_geojson(villages, dataclasses.replace(spec, fields=named))
    )
    for feature, value in zip(areas["features"], area.amounts, strict=True):
        feature["properties"]["value"] = value
    return areas


def _describe_symbols(symbol: _Column, villages: GeoDataFrame) -> list[dict[str, Any]]:
    """Return a circle for each village that has any, at a point inside it."""
    places = villages.geometry.representative_point()
    return [
        {"id": code, "lon": place.x, "lat": place.y, "value": value, "name": name}
        for code, place, value, name in zip(
            villages["id"], places, symbol.amounts, villages["name"], strict=True
        )
        if value > 0
    ]


def _describe_legend(
    theme: Theme, area: _Column, symbol: _Column, language: Language
) -> dict[str, Any]:
    breaks = classify(area.amounts)
    return {
        "breaks": breaks,
        "colours": choose_colours(breaks, ramp=theme.ramp),
        "title": area.title(language),
        "unit": area.unit(language),
        "symbolTitle": symbol.title(language),
        "symbolUnit": symbol.unit(language),
    }


def _describe_table(
    area: _Column, symbol: _Column, villages: GeoDataFrame, language: Language
) -> dict[str, Any]:
    table = pd.DataFrame({"area": area.amounts, "symbol": symbol.amounts})
    table["name"] = villages["name"].to_numpy()
    total = table["area"].sum()
    table["share"] = table["area"] / total if total else 0.0
    ordered = table.sort_values(["area", "symbol"], ascending=False, kind="stable")
    return {
        "columns": [
            {
                "title": text(
                    "industry.column",
                    language,
                    measure=column.title(language),
                    unit=column.unit(language),
                )
            }
            for column in (area, symbol)
        ],
        "rows": [
            {
                "id": row.Index,
                "name": row.name,
                "values": [row.area, row.symbol],
                "share": row.share,
            }
            for row in ordered.itertuples()
        ],
        "totals": [table["area"].sum(), table["symbol"].sum()],
    }


def _tell_sentence(theme: Theme, area: _Column, villages: GeoDataFrame, language: Language) -> str:
    total = area.amounts.sum()
    facts = {"theme": theme.title, "measure": area.measure.title, "unit": area.measure.unit}
    if not total:
        return text("industry.nothing", language, **facts)
    first = int(area.amounts.argmax())
    return text(
        "industry.sentence",
        language,
        **facts,
        total=f"{total:,.10g}",
        villages=int((area.amounts > 0).sum()),
        all=len(villages),
        first=villages["name"].iloc[first],
        share=f"{area.amounts.iloc[first] / total:.0%}",
    )
