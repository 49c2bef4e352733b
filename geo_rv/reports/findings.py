"""Findings as rows that a person or a program reads: with titles, law and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo_rv.analysis.families import list_others
from geo_rv.analysis.findings import list_segments, tell_reason
from geo_rv.analysis.ground import Ground
from geo_rv.catalogue import Catalogue
from geo_rv.geodesy.measure import M2_PER_MU
from geo_rv.messages import Language, text
from geo_rv.reports.rows import DEGREE_DECIMALS, MILLIMETRES, Row
from geo_rv.reports.sentences import tell_sentences
from geo_rv.rulebook import Rule, RuleBook

M2_DECIMALS = 2
MU_DECIMALS = 4

PLAIN_KEYS = (
    "layer", "site", "rule", "verdict", "distance_m", "limit_m", "margin_m",
    "constraint_layer", "constraint", "coverage", "strictest", "contested", "segment",
)  # fmt: skip


def tell_plain(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the findings as JSON-ready rows of `PLAIN_KEYS`; segments as two [lon, lat] pairs."""
    columns: dict[str, list[Any]] = {
        name: _plain(findings[name], MILLIMETRES if name.endswith("_m") else None)
        for name in PLAIN_KEYS[:-1]
    }
    columns["segment"] = _list_segments(findings)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def tell_findings(
    findings: pd.DataFrame,
    *,
    of: pd.DataFrame,
    book: RuleBook,
    ground: Ground,
    village_names: Mapping[str, str],
    language: Language,
) -> list[dict[str, Any]]:
    """Return the findings as JSON-ready rows with names, titles, the law, and the reason.

    `findings` are some of the check's, which is `of`. To the keys of `tell_plain` come village,
    site_name, constraint_name, layer_title, constraint_layer_title, verdict_title, reason (why
    the verdict is what it is), also (the other broken rules that the finding stands for),
    overlap_m2 and overlap_mu (the area in common), sentence (all of it, with its law), and what
    `tell_rule` gives of the rule.
    """
    constraint_names = _find_names(findings["constraint_layer"], findings["constraint"], ground)
    known_names = pd.Series(constraint_names, index=findings.index, dtype="str")
    named = findings.assign(constraint=known_names.fillna(findings["constraint"]))
    columns = {
        "village": _plain(findings["village"]),
        "site_name": _find_names(findings["layer"], findings["site"], ground),
        "constraint_name": constraint_names,
        "reason": tell_reason(named, catalogue=ground.catalogue, language=language),
        "also": map(list, list_others(findings, of)),
        "overlap_m2": _plain(findings["overlap_m2"], M2_DECIMALS),
    }
    rules = {rule.id: tell_rule(rule, language) for rule in book.rules}
    rows = tell_plain(findings)
    for row, *values in zip(rows, *columns.values(), strict=True):
        row.update(rules[row["rule"]])
        row.update(zip(columns, values, strict=True))
        row.update(_tell_titles(row, ground.catalogue, language))
    sentences = tell_sentences(
        findings,
        rows,
        book=book,
        catalogue=ground.catalogue,
        village_names=village_names,
        language=language,
    )
    for row, sentence in zip(rows, sentences, strict=True):
        row["sentence"] = sentence
    return rows


def _tell_titles(row: Mapping[str, Any], catalogue: Catalogue, language: Language) -> Row:
    """Return what a reader needs beside the codes and the square metres of a row."""
    overlap = row["overlap_m2"]
    return {
        "layer_title": _title(catalogue, row["layer"], language),
        "constraint_layer_title": _title(catalogue, row["constraint_layer"], language),
        "verdict_title": text(f"verdict.{row['verdict']}", language),
        "overlap_mu": None if overlap is None else round(overlap / M2_PER_MU, MU_DECIMALS),
    }


def tell_rule(rule: Rule, language: Language) -> dict[str, Any]:
    """Return what a reader must know of a rule, JSON-ready."""
    return {
        "rule": rule.id,
        "rule_title": rule.title.in_language(language),
        "authority": rule.authority.in_language(language),
        "document": rule.document.in_language(language),
        "article": rule.article.in_language(language),
        "certainty": rule.certainty,
        "needs_confirmation": rule.needs_confirmation,
        "severity": rule.severity,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
        "note": rule.note.in_language(language) if rule.note else "",
    }


def _title(catalogue: Catalogue, kind: str | None, language: Language) -> str | None:
    return catalogue[kind].title.in_language(language) if kind else None


def _find_names(kinds: pd.Series, identities: pd.Series, ground: Ground) -> list[str | None]:
    """Return the name of each feature, None where it has none or is not in a layer."""
    names = pd.Series(pd.NA, index=kinds.index, dtype="object")
    for kind in kinds.dropna().unique():
        if kind in ground:
            rows = kinds == kind
            fields = ground.find(kind).frame
            wanted = fields[fields["id"].isin(identities[rows].unique())]
            names[rows] = identities[rows].map(wanted.set_index("id")["name"])
    return _plain(names)


def _plain(column: pd.Series, decimals: int | None = None) -> list[Any]:
    """Return a column as Python values, None where it is empty."""
    rounded = column if decimals is None else column.astype("float64").round(decimals)
    values = rounded.astype("object")
    return values.where(values.notna() & (values != ""), None).to_list()


def _list_segments(findings: pd.DataFrame) -> list[list[list[float]] | None]:
    segments = np.round(list_segments(findings), DEGREE_DECIMALS)
    present = np.isfinite(segments[:, 0, 0])
    return [ends if here else None for here, ends in zip(present, segments.tolist(), strict=True)]
