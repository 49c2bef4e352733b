"""Each finding in whole sentences: site, distance, limit, law, certainty, and what else to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import pandas as pd

from geo_rv.catalogue import Catalogue
from geo_rv.geodesy.measure import M2_PER_MU
from geo_rv.messages import NOTHING, Language, Text, text
from geo_rv.rulebook import Rule, RuleBook

FACTS = (
    "reason", "tolerance_m", "half_width_m", "overlap_m2", "field", "value", "allowed", "cited",
)  # fmt: skip
"""What a sentence takes of a finding beside what the told row has."""
BROKEN = ("violation", "marginal")
NO_ARTICLE = "—"


def tell_sentences(
    findings: pd.DataFrame,
    rows: Sequence[Mapping[str, Any]],
    *,
    book: RuleBook,
    catalogue: Catalogue,
    village_names: Mapping[str, str],
    language: Language,
) -> list[str]:
    """Return for each finding what it means, in sentences that stand by themselves.

    `rows` are the same findings as `reports.findings.tell_findings` tells them in `language`,
    with ``strictest`` and ``also`` (the family) and ``contested`` (a reason) where they apply,
    and ``coverage`` where data may be missing. `village_names` are by village code.
    """
    rules = {rule.id: _tell_rule(rule, language) for rule in book.rules}
    families = {rule.id: book.families.get(rule.family, NOTHING) for rule in book.rules}
    columns = (findings[name].to_list() for name in FACTS)
    sentences = []
    for row, *values in zip(rows, *columns, strict=True):
        facts = _find_facts(row, dict(zip(FACTS, values, strict=True)), catalogue, language)
        whole = text(
            "sentence.whole",
            language,
            site=_tell_site(row, village_names.get(row["village"] or ""), language),
            told=text(f"sentence.{facts['reason']}", language, **facts),
            rule=text(f"sentence.rule.{row['verdict']}", language, **facts),
            **rules[row["rule"]],
        )
        more = _tell_more(row, families[row["rule"]], language)
        sentences.append((" " if language == "en" else "").join([whole, *more]))
    return sentences


def _tell_rule(rule: Rule, language: Language) -> dict[str, str]:
    """Return what every finding of a rule says of it: its basis and its certainty."""
    law = _tell_law(rule, language)
    key = "sentence.basis.law" if law else "sentence.basis.none"
    return {
        "basis": text(key, language, law=law, day=rule.valid_from),
        "certainty": text(f"sentence.certainty.{rule.certainty}", language),
    }


def _tell_law(rule: Rule, language: Language) -> str:
    """Return the rule's documents, each with its article; both are lists divided by semicolons."""
    documents, articles = (
        [part.strip() for part in told.in_language(language).replace("；", ";").split(";")]
        for told in (rule.document, rule.article)
    )
    laws = [
        text("sentence.basis.article", language, document=document, article=article)
        if document and article not in ("", NO_ARTICLE)
        else document
        for document, article in zip_longest(documents, articles, fillvalue="")
    ]
    return text("sentence.basis.and", language).join(filter(None, laws))


def _tell_site(row: Mapping[str, Any], village: str | None, language: Language) -> str:
    identity = row["site"] if row["site_name"] and row["site_name"] != row["site"] else None
    more = text("sentence.between", language).join(filter(None, (identity, village)))
    return text(
        "sentence.site_more" if more else "sentence.site",
        language,
        layer=row["layer_title"],
        site=row["site_name"] or row["site"],
        more=more,
    )


def _find_facts(
    row: Mapping[str, Any], facts: Mapping[str, Any], catalogue: Catalogue, language: Language
) -> dict[str, Any]:
    """Return all that a reason's text may tell; a number that does not apply is not asked for."""
    name = facts["field"]
    field = catalogue[row["layer"]].field_by_name[name] if isinstance(name, str) else None
    layer = row["constraint_layer_title"] or ""
    from_edge = (row["limit_m"] or 0) > 0 and facts["half_width_m"] > 0
    constraint = text(
        f"sentence.constraint{'_edge' if from_edge else ''}",
        language,
        layer=layer,
        constraint=row["constraint_name"] or row["constraint"] or "",
    )
    return {
        **row,
        **facts,
        "title": row["rule_title"],
        "shortfall_m": -(row["margin_m"] or 0.0),
        "overlap_mu": facts["overlap_m2"] / M2_PER_MU,
        "excess": facts["value"] - facts["allowed"],
        "lack": facts["allowed"] - facts["value"],
        "constraint_layer": layer,
        "constraint": constraint,
        "field": field.title if field else NOTHING,
        "unit": field.unit if field and field.unit else NOTHING,
    }


def _tell_more(row: Mapping[str, Any], family: Text, language: Language) -> Iterator[str]:
    """Yield what to do, and what else to know of a finding."""
    if row["verdict"] == "marginal":
        yield text("sentence.more.marginal", language)
    if row["verdict"] in BROKEN and row["severity"] == "review":
        yield text("sentence.more.review", language)
    if row.get("coverage") and row["verdict"] != "not_checked":
        yield text(f"sentence.more.{row['coverage']}", language)
    strictest = row.get("strictest")
    if row.get("also"):
        others = text("sentence.listed", language).join(row["also"])
        yield text("sentence.more.leads", language, family=family, others=others)
    elif strictest and strictest != row["rule"]:
        yield text("sentence.more.follows", language, family=family, strictest=strictest)
    if row.get("contested"):
        yield text("sentence.more.contested", language, reason=row["contested"].rstrip("。."))
