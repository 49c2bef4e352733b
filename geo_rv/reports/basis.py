"""The sections of a report on the rules: where they stand, and what they were not asked of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from geo_rv.catalogue import Filter, LayerSpec, Value
from geo_rv.reports.blocks import Block, Column, Heading, Paragraph, Table
from geo_rv.reports.content import ReportContent
from geo_rv.reports.words import Words
from geo_rv.rulebook import SPATIAL, Case, Rule

SHOWN_IDS = 20
"""Of more repaired features of a layer than these only the number is told."""


def describe_rules(content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield the rules in force: when a site breaks them, and the law that they stand on."""
    yield Heading(words("rules.heading"))
    columns = (
        Column(words("column.rule"), 15),
        Column(words("column.rule_title"), 21),
        Column(words("column.condition"), 42),
        Column(words("column.law"), 31),
        Column(words("column.since"), 20),
        Column(words("column.certainty"), 17),
        Column(words("column.note"), 36),
    )
    rows = tuple(_tell_rule(rule, content, words) for rule in content.cover.rules)
    yield Table(columns, rows) if rows else Paragraph(words("none"))


def _tell_rule(rule: Rule, content: ReportContent, words: Words) -> tuple[str, ...]:
    law = words("rules.law", authority=rule.authority, document=rule.document, article=rule.article)
    sure = words(f"certainty.{rule.certainty}")
    return (
        rule.id,
        words.tell(rule.title),
        _tell_condition(rule, content, words),
        law,
        rule.valid_from.isoformat(),
        words("rules.unsure", certainty=sure) if rule.needs_confirmation else sure,
        words.tell(rule.note),
    )


def _tell_condition(rule: Rule, content: ReportContent, words: Words) -> str:
    """Return, case by case, what breaks the rule, and which sites it is for."""
    catalogue = content.base.catalogue
    subject = catalogue[rule.subjects[0]]
    cases = words("joined").join(
        _tell_case(rule, case, subject, content, words) for case in rule.cases
    )
    layers = words.join(words.tell(catalogue[kind].title) for kind in rule.subjects)
    extra = [words("rules.subjects", layers=layers)]
    if rule.from_edge:
        extra.append(words("rules.from_edge"))
    if rule.since_field:
        extra.append(
            words("rules.since_field", field=subject.field_by_name[rule.since_field].title)
        )
    if rule.severity == "review":
        extra.append(words("rules.review"))
    told = words("joined").join(extra)
    return words("rules.condition", cases=cases, extra=told)


def _tell_case(
    rule: Rule, case: Case, subject: LayerSpec, content: ReportContent, words: Words
) -> str:
    limit = f"{case.limit:g}"
    if rule.relation in SPATIAL:
        spec = content.base.catalogue[case.layer]
        layer = words.tell(spec.title)
        if case.where:
            layer = words("rules.chosen", layer=layer, values=_tell_filter(spec, case.where, words))
        condition = words(f"rules.{rule.relation}", layer=layer, limit=limit)
    elif case.field:
        field = subject.field_by_name[case.field]
        unit = words.tell(field.unit)
        condition = words(f"rules.{rule.relation}", field=field.title, limit=limit, unit=unit)
    else:
        condition = words("rules.exempt")
    if not case.subject_where:
        return condition
    values = _tell_filter(subject, case.subject_where, words)
    return words("rules.subject", values=values, condition=condition)


def _tell_filter(spec: LayerSpec, where: Filter, words: Words) -> str:
    return words("joined").join(
        words.join(_tell_value(spec, name, value, words) for value in values)
        for name, values in where.items()
    )


def _tell_value(spec: LayerSpec, name: str, value: Value, words: Words) -> str:
    field = spec.field_by_name[name]
    if value in field.choices:
        return words.tell(field.choices[str(value)])
    told = words("rules.yes" if value else "rules.no") if isinstance(value, bool) else f"{value}"
    return words("rules.field_value", field=field.title, value=told)


def describe_unchecked(content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield what the check says nothing of, and which features it measured from repaired copies."""
    yield Heading(words("unchecked.heading"))
    count = len(content.not_checked)
    yield Heading(words("unchecked.findings", count=count), level=2)
    keys = ("rule", "rule_title", "reason")
    reasons = Counter(tuple(row[key] for key in keys) for row in content.not_checked)
    yield _list(
        words, {"rule": 16, "rule_title": 44, "why": 84, "findings": 16},
        [(*key, f"{number}") for key, number in sorted(reasons.items())],
    )  # fmt: skip
    yield Heading(words("unchecked.rules"), level=2)
    yield _list(
        words, {"rule": 16, "rule_title": 50, "why": 54, "certainty": 40},
        [
            (rule.id, words.tell(rule.title), _tell_why(rule, content, words),
             words(f"certainty.{rule.certainty}"))
            for rule in content.cover.book.rules if rule not in content.cover.rules
        ],
    )  # fmt: skip
    yield Heading(words("unchecked.layers"), level=2)
    yield _list(words, {"layer": 40, "why": 50, "rule": 70}, list(_list_absent(content, words)))
    yield Heading(words("unchecked.repaired"), level=2)
    repaired = [
        (words.tell(content.base.catalogue[kind].title), f"{len(ids)}", _tell_ids(ids, words))
        for kind, ids in content.repaired.items()
        if ids
    ]
    yield _list(words, {"layer": 40, "count": 16, "features": 104}, repaired)
    if repaired:
        yield Paragraph(words("unchecked.repaired_note"), tone="note")


def _list(words: Words, shares: dict[str, float], rows: Sequence[tuple[str, ...]]) -> Block:
    if not rows:
        return Paragraph(words("none"))
    numbers = ("findings", "count")
    columns = tuple(
        Column(words(f"column.{name}"), share, "right" if name in numbers else "left")
        for name, share in shares.items()
    )
    return Table(columns, tuple(rows))


def _tell_why(rule: Rule, content: ReportContent, words: Words) -> str:
    """Return why a rule is not in force."""
    if not rule.enabled:
        return words(f"unchecked.disabled{'_unsure' if rule.needs_confirmation else ''}")
    if rule.valid_from > content.cover.as_of or rule.valid_to is None:
        return words("unchecked.future", day=words.day(rule.valid_from))
    return words("unchecked.expired", day=words.day(rule.valid_to))


def _list_absent(content: ReportContent, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield the layers that rules in force need and the project does not hold, or holds empty."""
    base = content.base
    needed: dict[str, list[str]] = {}
    for rule in content.cover.rules:
        for kind in dict.fromkeys((*rule.subjects, *(case.layer for case in rule.cases))):
            if kind:
                needed.setdefault(kind, []).append(rule.id)
    for kind, rules in needed.items():
        if kind not in base.layers or base.layers[kind].empty:
            why = "layer_missing" if kind not in base.layers else "layer_empty"
            told = words.tell(base.catalogue[kind].title)
            yield told, words(f"unchecked.{why}"), words.join(rules)


def _tell_ids(ids: tuple[str, ...], words: Words) -> str:
    told = words.join(ids[:SHOWN_IDS])
    return told if len(ids) <= SHOWN_IDS else words("unchecked.features", ids=told)
