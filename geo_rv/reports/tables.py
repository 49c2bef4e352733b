"""Findings into a file: a spreadsheet, a CSV table, GeoJSON or a GeoPackage."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from geo_rv.errors import OutputFormatUnknown
from geo_rv.files import replace_when_done
from geo_rv.geodesy.crs import STORED
from geo_rv.messages import Language, text

Row = Mapping[str, Any]

COLUMNS = (
    "layer_title", "site", "site_name", "village", "rule", "rule_title", "verdict_title",
    "distance_m", "limit_m", "margin_m", "constraint_layer_title", "constraint",
    "constraint_name", "reason", "authority", "document", "article", "certainty", "contested",
)  # fmt: skip
"""What a reader of a file gets of a finding, in this order; titles at ``finding_column.<key>``."""

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_findings(rows: Iterable[Row], file: Path, *, language: Language) -> None:
    """Write told findings to `file` in the format of its ending; it appears when it is complete.

    Raises OutputFormatUnknown or OutputError; an older file of that name is then untouched.
    """
    try:
        write = _WRITERS[file.suffix.lower()]
    except KeyError:
        raise OutputFormatUnknown(file=file.name, known=", ".join(_WRITERS)) from None
    with replace_when_done(file) as unfinished:
        write(rows, unfinished, language)


def _write_workbook(rows: Iterable[Row], file: Path, language: Language) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(text("finding_column.sheet", language))
    sheet.freeze_panes = "A2"
    header = [WriteOnlyCell(sheet, title) for title in _list_titles(language)]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in rows:
        sheet.append([_disarm(row[key]) for key in COLUMNS])
    workbook.save(file)


def _write_csv(rows: Iterable[Row], file: Path, language: Language) -> None:
    # with a byte order mark, without which Excel reads Chinese as GBK
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(_list_titles(language))
        writer.writerows([_disarm(row[key]) for key in COLUMNS] for row in rows)


def _write_segments(
    rows: Iterable[Row], file: Path, _language: Language, *, driver: str, **options: str
) -> None:
    # the columns keep their short names, which every program takes
    told = list(rows)
    lines = [shapely.LineString(row["segment"]) if row["segment"] else None for row in told]
    keys = ("layer", "verdict", "constraint_layer", *COLUMNS)
    columns = {key: [row[key] for row in told] for key in keys}
    frame = gpd.GeoDataFrame(columns, geometry=lines, crs=STORED)
    frame[["distance_m", "limit_m", "margin_m"]] = frame[
        ["distance_m", "limit_m", "margin_m"]
    ].astype("float64")
    pyogrio.write_dataframe(
        frame, file, driver=driver, layer="findings", geometry_type="LineString", **options
    )


def _list_titles(language: Language) -> list[str]:
    return [text(f"finding_column.{key}", language) for key in COLUMNS]


def _disarm(value: Any) -> Any:
    """Return the value so that no spreadsheet takes it for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


_WRITERS: Mapping[str, Callable[[Iterable[Row], Path, Language], None]] = {
    ".xlsx": _write_workbook,
    ".csv": _write_csv,
    ".geojson": partial(_write_segments, driver="GeoJSON"),
    # programs a few years old warn at GeoPackage 1.4
    ".gpkg": partial(_write_segments, driver="GPKG", VERSION="1.3"),
}
