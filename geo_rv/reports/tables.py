"""Findings into a file: a spreadsheet, a CSV table, GeoJSON or a GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

from geo_rv.errors import OutputFormatUnknown
from geo_rv.files import replace_when_done
from geo_rv.geodesy.crs import STORED
from geo_rv.messages import Language, text
from geo_rv.reports.sheets import ENDINGS, Sheet, write_sheets

Row = Mapping[str, Any]

DOCUMENTS = (".docx", ".pdf")
"""Endings of files that are a report to read and sign; `reports.report` writes them."""
NUMBERS = ("distance_m", "limit_m", "margin_m", "overlap_m2", "overlap_mu")

COLUMNS = (
    "layer_title", "site", "site_name", "village", "rule", "rule_title", "verdict_title",
    "distance_m", "limit_m", "margin_m", "overlap_m2", "overlap_mu",
    "constraint_layer_title", "constraint", "constraint_name", "reason", "authority", "document",
    "article", "certainty", "contested",
)  # fmt: skip
"""What a reader of a file gets of a finding, in this order; titles at ``finding_column.<key>``."""


def write_findings(rows: Iterable[Row], file: Path, *, language: Language) -> None:
    """Write told findings to `file` in the format of its ending; it appears when it is complete.

    Raises OutputFormatUnknown or OutputError; an older file of that name is then untouched.
    """
    ending = file.suffix.lower()
    if ending in ENDINGS:
        sheet = _make_sheet(rows, language)
        write_sheets([sheet], file, single=sheet)
    elif ending in _DRIVERS:
        with replace_when_done(file) as unfinished:
            _write_segments(rows, unfinished, **_DRIVERS[ending])
    else:
        known = ", ".join([*ENDINGS, *_DRIVERS, *DOCUMENTS])
        raise OutputFormatUnknown(file=file.name, known=known)


def _make_sheet(rows: Iterable[Row], language: Language) -> Sheet:
    return Sheet(
        text("finding_column.sheet", language),
        [text(f"finding_column.{key}", language) for key in COLUMNS],
        ([row[key] for key in COLUMNS] for row in rows),
    )


def _write_segments(rows: Iterable[Row], file: Path, *, driver: str, **options: str) -> None:
    # the columns keep their short names, which every program takes
    told = list(rows)
    lines = [shapely.LineString(row["segment"]) if row["segment"] else None for row in told]
    keys = ("layer", "verdict", "constraint_layer", *COLUMNS)
    columns = {key: [row[key] for row in told] for key in keys}
    frame = gpd.GeoDataFrame(columns, geometry=lines, crs=STORED)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype("float64")
    pyogrio.write_dataframe(
        frame, file, driver=driver, layer="findings", geometry_type="LineString", **options
    )


_DRIVERS: Mapping[str, Mapping[str, str]] = {
    ".geojson": {"driver": "GeoJSON"},
    # programs a few years old warn at GeoPackage 1.4
    ".gpkg": {"driver": "GPKG", "VERSION": "1.3"},
}
