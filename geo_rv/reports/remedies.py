"""Remedies as rows that a person or a program reads, and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_rv.analysis.remedy import CEMETERIES, GRAVES, Remedies
from geo_rv.analysis.summary import NO_VILLAGE
from geo_rv.messages import Language, text
from geo_rv.reports.rows import Frames, Row, list_rows, name_values, read_names
from geo_rv.reports.sheets import Sheet, write_sheets

COUNTS = ("graves", "violating", "placed", "unplaced", "survey", "unchecked", "clear")
"""What is counted of each village; titles at ``remedy.column.<name>``."""
GRAVE_COLUMNS = (
    "site", "site_name", "village", "village_name", "rules", "nearest", "nearest_name",
    "nearest_m", "cemetery", "cemetery_name", "cemetery_m", "patch", "patch_rank", "patch_m",
    "own_rules_only", "contested", "lon", "lat",
)  # fmt: skip
CEMETERY_COLUMNS = (
    "id", "name", "village_name", "capacity", "used", "free", "state_title", "doubtful",
    "assigned", "left",
)  # fmt: skip
SHOWN_NAMES = 10


def tell_remedies(
    remedies: Remedies,
    *,
    frames: Frames,
    villages: Mapping[str, str],
    language: Language,
    most: int | None = None,
) -> Row:
    """Return remedies JSON-ready: counts, villages, cemeteries, graves, graves_total, notes.

    Of the graves the first `most` are told, by default all. `frames` are the fields of graves and
    cemeteries, `villages` names by code.
    """
    cemeteries = _tell_cemeteries(remedies, frames, villages, language)
    names = {row["id"]: row["name"] or row["id"] for row in cemeteries}
    graves = remedies.graves if most is None else remedies.graves.head(most)
    return {
        "counts": _tell_total(remedies, names),
        "villages": _tell_villages(remedies, names, villages, language),
        "cemeteries": cemeteries,
        "graves": _tell_graves(graves, names, frames, villages, language),
        "graves_total": len(remedies.graves),
        "notes": list(_tell_notes(remedies, cemeteries, language)),
    }


def write_remedies(told: Row, file: Path, *, language: Language) -> None:
    """Write told remedies to `file`: .xlsx by village, grave and cemetery, .csv by grave.

    Raises OutputFormatUnknown or OutputError.
    """
    graves = _list_graves(told["graves"], language)
    sheets = [_list_villages(told, language), graves, _list_cemeteries(told, language)]
    write_sheets(sheets, file, single=graves)


def name_village(code: str, villages: Mapping[str, str], language: Language) -> str:
    """Return a village's name, its code where it has none, and a word for no code at all."""
    name = villages.get(code)
    return (name if isinstance(name, str) else "") or code or text("remedy.no_village", language)


def _tell_total(remedies: Remedies, names: Mapping[str, str]) -> Row:
    sums = remedies.villages.sum()
    moves = _tell_move_counts(remedies.moves.sum().to_dict(), names)
    return {name: int(sums[name]) for name in COUNTS} | {"moves": moves}


def _tell_villages(
    remedies: Remedies, names: Mapping[str, str], villages: Mapping[str, str], language: Language
) -> list[Row]:
    moves = remedies.moves.to_dict("index")
    return [
        {
            "village": str(code),
            "village_name": name_village(str(code), villages, language),
            **{name: int(counts[name]) for name in COUNTS},
            "moves": _tell_move_counts(moves.get(code, {}), names),
        }
        for code, counts in remedies.villages.to_dict("index").items()
    ]


def _tell_move_counts(counts: Mapping[Any, int], names: Mapping[str, str]) -> list[Row]:
    return [
        {"cemetery": cemetery, "cemetery_name": names[cemetery], "graves": int(number)}
        for cemetery, number in counts.items()
        if number
    ]


def _tell_cemeteries(
    remedies: Remedies, frames: Frames, villages: Mapping[str, str], language: Language
) -> list[Row]:
    known = frames[CEMETERIES].set_index("id")
    table = remedies.cemeteries
    codes = (
        known["village"].reindex(table["id"]).fillna(NO_VILLAGE)
        if "village" in known
        else pd.Series(NO_VILLAGE, index=table["id"])
    )
    offered = table["state"] == "offered"
    told = table.assign(
        name=name_values(table["id"], read_names(frames[CEMETERIES])),
        village=codes.to_numpy(),
        village_name=[name_village(code, villages, language) for code in codes],
        state_title=[text(f"remedy.state.{state}", language) for state in table["state"]],
        left=(table["free"] - table["assigned"]).where(offered),
    )
    return list_rows(told)


def _tell_graves(
    graves: pd.DataFrame,
    names: Mapping[str, str],
    frames: Frames,
    villages: Mapping[str, str],
    language: Language,
) -> list[Row]:
    codes = graves["village"].unique()
    titles = {code: name_village(code, villages, language) for code in codes}
    named = graves.assign(
        site_name=name_values(graves["site"], read_names(frames[GRAVES])),
        village_name=name_values(graves["village"], titles),
        nearest_name=name_values(graves["nearest"], names),
        cemetery_name=name_values(graves["cemetery"], names),
    )
    return list_rows(named[[name for name in GRAVE_COLUMNS if name in named]])


def _tell_notes(remedies: Remedies, cemeteries: list[Row], language: Language) -> Iterator[str]:
    """Yield what a reader must know beside the counts: who was left out, and why."""
    for state in ("violating", "unknown", "unplaced", "full"):
        left_out = [row for row in cemeteries if row["state"] == state]
        if left_out:
            yield _tell_named(f"remedy.note.{state}", left_out, language)
    doubtful = [row for row in cemeteries if row["state"] == "offered" and row["doubtful"]]
    if doubtful:
        yield _tell_named("remedy.note.doubtful", doubtful, language)
    unplaced = int(remedies.villages["unplaced"].sum())
    own = int(np.count_nonzero(remedies.graves["own_rules_only"]))
    contested = int(np.count_nonzero(remedies.graves["contested"]))
    for name, number in (("unplaced_graves", unplaced), ("own", own), ("contested", contested)):
        if number:
            yield text(f"remedy.note.{name}", language, count=number)


def _tell_named(key: str, cemeteries: list[Row], language: Language) -> str:
    names = [row["name"] or row["id"] for row in cemeteries]
    shown = ("、" if language == "zh" else ", ").join(names[:SHOWN_NAMES])
    more = text("remedy.more", language) if len(names) > SHOWN_NAMES else ""
    return text(key, language, count=len(names), names=shown + more)


def _list_villages(told: Row, language: Language) -> Sheet:
    """Return a sheet with a column for each cemetery that graves are placed in."""
    goals = told["counts"]["moves"]
    headings = [text("cli.column.village", language), text("remedy.column.code", language)]
    headings += [text(f"remedy.column.{name}", language) for name in COUNTS]
    headings += [
        text("remedy.column.to", language, cemetery=goal["cemetery_name"]) for goal in goals
    ]
    total = told["counts"] | {"village": "", "village_name": text("cli.total", language)}
    rows = []
    for row in (*told["villages"], total):
        moves = {move["cemetery"]: move["graves"] for move in row["moves"]}
        counts = [row[name] for name in COUNTS]
        placed = [moves.get(goal["cemetery"], 0) for goal in goals]
        rows.append([row["village_name"], row["village"], *counts, *placed])
    return Sheet(text("remedy.sheet.villages", language), headings, rows)


def _list_graves(rows: list[Row], language: Language) -> Sheet:
    columns = [name for name in GRAVE_COLUMNS if not rows or name in rows[0]]
    return _list_table("graves", rows, columns, language)


def _list_cemeteries(told: Row, language: Language) -> Sheet:
    return _list_table("cemeteries", told["cemeteries"], CEMETERY_COLUMNS, language)


def _list_table(
    name: str, rows: Iterable[Row], columns: Iterable[str], language: Language
) -> Sheet:
    columns = list(columns)
    return Sheet(
        title=text(f"remedy.sheet.{name}", language),
        headings=[text(f"remedy.column.{column}", language) for column in columns],
        rows=([_tell_cell(row[column], language) for column in columns] for row in rows),
    )


def _tell_cell(value: object, language: Language) -> object:
    if isinstance(value, bool):
        return text(f"remedy.{'yes' if value else 'no'}", language)
    return value
