"""The answer to a what-if question as rows that a person or a program reads, and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geo_rv.analysis.summary import NO_VILLAGE
from geo_rv.analysis.what_if import Comparison
from geo_rv.catalogue import Catalogue
from geo_rv.messages import Language, text
from geo_rv.reports.remedies import name_village
from geo_rv.reports.rows import Frames, Row, list_rows, name_values, read_names
from geo_rv.reports.sheets import Sheet, write_sheets
from geo_rv.rulebook import RuleBook

COUNTS = ("before", "gone", "come", "after")
CHANGE_COLUMNS = (
    "layer_title", "site", "site_name", "village", "village_name", "rule", "rule_title",
    "verdict_before_title", "verdict_after_title", "distance_m", "limit_before", "limit_after",
    "lon", "lat",
)  # fmt: skip
PLAN_COLUMNS = (
    "site_name", "rule", "rule_title", "verdict_title", "distance_m", "limit_m",
    "constraint_layer_title", "constraint", "constraint_name", "reason",
)  # fmt: skip


def tell_comparison(
    comparison: Comparison,
    *,
    book: RuleBook,
    catalogue: Catalogue,
    frames: Frames,
    villages: Mapping[str, str],
    language: Language,
    most: int | None = None,
) -> Row:
    """Return JSON-ready what changes: gone, come, changed, by_rule, by_village, rows, rows_total.

    `changed` is the number of findings whose verdict differs, those that go and come too. Of
    the rows the first `most` are told, by default all. `frames` are the fields of the layers
    checked, `villages` names by code.
    """
    titles = {rule.id: rule.title.in_language(language) for rule in book.rules}
    rows = comparison.rows if most is None else comparison.rows.head(most)
    return {
        "gone": comparison.gone,
        "come": comparison.come,
        "changed": len(comparison.rows),
        "by_rule": [
            {"rule": row["rule"], "rule_title": titles[row["rule"]], **_tell_counts(row)}
            for row in list_rows(comparison.by_rule.rename_axis("rule").reset_index())
        ],
        "by_village": [
            {
                "village": row["village"],
                "village_name": name_village(row["village"], villages, language),
                **_tell_counts(row),
            }
            for row in list_rows(comparison.by_village.rename_axis("village").reset_index())
        ],
        "rows": _tell_rows(rows, titles, catalogue, frames, villages, language),
        "rows_total": len(comparison.rows),
    }


def write_comparison(told: Row, file: Path, *, language: Language) -> None:
    """Write a told what-if answer to `file`: .xlsx with the counts and all rows, .csv the rows.

    Raises OutputFormatUnknown or OutputError.
    """
    changes = _list_table("changes", told["rows"], CHANGE_COLUMNS, language)
    sheets = [
        _list_table("by_rule", told["by_rule"], ("rule", "rule_title", *COUNTS), language),
        _list_table(
            "by_village", told["by_village"], ("village", "village_name", *COUNTS), language
        ),
        changes,
    ]
    if told["cemetery"]:
        sheets.append(_list_table("plan", told["cemetery"]["findings"], PLAN_COLUMNS, language))
    write_sheets(sheets, file, single=changes)


def _tell_counts(row: Row) -> dict[str, int]:
    return {name: row[name] for name in ("before", "after", "gone", "come")}


def _tell_rows(
    rows: pd.DataFrame,
    titles: Mapping[str, str],
    catalogue: Catalogue,
    frames: Frames,
    villages: Mapping[str, str],
    language: Language,
) -> list[Row]:
    kinds = rows["layer"].unique()
    names = pd.Series(index=rows.index, dtype="object")
    for kind in kinds:
        chosen = rows["layer"] == kind
        names[chosen] = name_values(rows.loc[chosen, "site"], read_names(frames[kind]))
    codes = rows["village"].fillna(NO_VILLAGE)
    villages_told = {code: name_village(code, villages, language) for code in codes.unique()}
    layer_titles = {kind: catalogue[kind].title.in_language(language) for kind in kinds}
    told = pd.DataFrame(
        {
            "layer": rows["layer"],
            "layer_title": name_values(rows["layer"], layer_titles),
            "site": rows["site"],
            "site_name": names,
            "rule": rows["rule"],
            "rule_title": name_values(rows["rule"], titles),
            "village": rows["village"],
            "village_name": name_values(codes, villages_told),
            "verdict_before": rows["verdict_before"],
            "verdict_after": rows["verdict_after"],
            "verdict_before_title": _tell_verdicts(rows["verdict_before"], language),
            "verdict_after_title": _tell_verdicts(rows["verdict_after"], language),
            "distance_m": rows["distance_m_after"].fillna(rows["distance_m_before"]),
            "limit_before": rows["limit_m_before"],
            "limit_after": rows["limit_m_after"],
            "lon": rows["lon"],
            "lat": rows["lat"],
        }
    )
    return list_rows(told)


def _tell_verdicts(verdicts: pd.Series, language: Language) -> pd.Series:
    known = verdicts.dropna().unique()
    return name_values(verdicts, {each: text(f"verdict.{each}", language) for each in known})


def _list_table(name: str, rows: list[Row], columns: tuple[str, ...], language: Language) -> Sheet:
    return Sheet(
        title=text(f"what_if.sheet.{name}", language),
        headings=[text(f"what_if.column.{column}", language) for column in columns],
        rows=([row[column] for column in columns] for row in rows),
    )
