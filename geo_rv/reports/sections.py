"""A report put into words: its sections as blocks, in the order in which they are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from geo_rv.messages import Language
from geo_rv.reports.basis import describe_rules, describe_unchecked
from geo_rv.reports.blocks import (
    Block,
    Column,
    Document,
    Facts,
    Heading,
    Paragraph,
    Signatures,
    Table,
)
from geo_rv.reports.content import ReportContent
from geo_rv.reports.listing import describe_findings
from geo_rv.reports.maps import describe_cluster_maps, describe_town_map
from geo_rv.reports.tallies import NO_VILLAGE, VERDICTS, Tally
from geo_rv.reports.words import Words
from geo_rv.rulebook import CONFIRMED, Verdict

NUMERALS = "零一二三四五六七八九十"


def build_document(content: ReportContent, *, language: Language) -> Document:
    """Return the whole report in `language`, its maps drawn; raises GlyphMissing."""
    words = Words(language)
    cover = content.cover
    sections = (
        _describe_result(content, words),
        _describe_counts(content, words),
        describe_town_map(content, words),
        describe_cluster_maps(content, words),
        describe_findings(content, words),
        describe_rules(content, words),
        describe_unchecked(content, words),
        _describe_signatures(words),
    )
    return Document(
        title=words("title"),
        footer=words("footer", project=cover.project, day=words.day(cover.as_of)),
        notice=words.tell(cover.notice),
        page_number=words("page_number", page="{page}", pages="{pages}"),
        language=language,
        blocks=(*_describe_cover(content, words), *_number(sections, words)),
    )


def _number(sections: Iterable[Iterable[Block]], words: Words) -> Iterator[Block]:
    """Yield all blocks, the sections' headings numbered."""
    for number, section in enumerate(sections, 1):
        for block in section:
            if isinstance(block, Heading) and block.level == 1:
                numeral = NUMERALS[number] if words.language == "zh" else f"{number}"
                heading = words("numbered", numeral=numeral, heading=block.text)
                yield dataclasses.replace(block, text=heading)
            else:
                yield block


def _describe_cover(content: ReportContent, words: Words) -> Iterator[Block]:
    cover = content.cover
    yield Heading(words("title"), level=0)
    yield Paragraph(cover.project, tone="subtitle")
    if words.tell(cover.notice):
        yield Paragraph(words("cover.notice", notice=cover.notice), tone="notice")
    count = len(cover.rules)
    book = words("cover.book_told", title=cover.book.title, name=cover.book.name, count=count)
    rows = [
        (words("cover.project"), cover.project),
        (words("cover.town"), cover.town),
        (words("cover.day"), words("cover.day_told", day=words.day(cover.as_of))),
        (words("cover.book"), book),
        (words("cover.sites"), _tell_sites(content, words)),
        *((words.verdict(verdict), _tell_count(content, verdict, words)) for verdict in VERDICTS),
        (words("cover.sure"), _tell_certainty(content, words)),
    ]
    yield Facts(tuple((label, value) for label, value in rows if value))
    yield Paragraph(_tell_result(content, words), tone="result")


def _tell_sites(content: ReportContent, words: Words) -> str:
    by_layer = content.sites["layer"].value_counts(sort=False)
    layers = words.join(
        words("cover.layer_told", layer=content.base.catalogue[str(kind)].title, count=count)
        for kind, count in by_layer.items()
    )
    return words("cover.sites_told", count=content.cover.sites, layers=layers)


def _tell_count(content: ReportContent, verdict: Verdict, words: Words) -> str:
    sites = content.site_counts[verdict]
    return words("cover.counted", sites=sites, findings=content.counts[verdict])


def _tell_result(content: ReportContent, words: Words) -> str:
    if not content.cover.sites:
        return words("result.nothing")
    counts = content.site_counts
    told = [
        words(
            "result.sentence",
            sites=content.cover.sites,
            violation=counts["violation"],
            violations=content.counts["violation"],
            marginal=counts["marginal"],
            not_checked=counts["not_checked"],
            passed=counts["pass"],
            exempt=counts["exempt"],
        )
    ]
    ruleless = content.cover.sites - len(content.sites)
    if ruleless:
        told.append(words("result.ruleless", count=ruleless))
    return words.follow(told)


def _tell_certainty(content: ReportContent, words: Words) -> str:
    """Return how sure the rules in force are, and which must be confirmed."""
    rules = content.cover.rules
    levels = [
        words("result.level", certainty=words(f"certainty.{level}"), count=count)
        for level in "ABCD"
        if (count := sum(rule.certainty == level for rule in rules))
    ]
    if not levels:
        return words("result.no_rules")
    unsure = [rule.id for rule in rules if rule.certainty not in CONFIRMED]
    findings = sum(row["rule"] in unsure for row in content.violations)
    confirm = (
        words("result.unconfirmed", findings=findings, rules=words.join(unsure))
        if unsure
        else words("result.confirmed")
    )
    return words("result.certainties", levels=words.join(levels), confirm=confirm)


def _describe_result(content: ReportContent, words: Words) -> Iterator[Block]:
    yield Heading(words("result.heading"), new_page=True)
    yield Paragraph(_tell_result(content, words))
    columns = (
        Column(words("column.verdict"), 3),
        Column(words("column.meaning"), 8),
        Column(words("column.sites"), 2, "right"),
        Column(words("column.findings"), 2, "right"),
    )
    rows = [
        (
            words.verdict(verdict),
            words(f"meaning.{verdict}"),
            f"{content.site_counts[verdict]}",
            f"{content.counts[verdict]}",
        )
        for verdict in VERDICTS
    ]
    totals = (f"{len(content.sites)}", f"{sum(content.counts.values())}")
    yield Table(columns, (*rows, (words("total"), "", *totals)), total=True)
    yield Paragraph(words("result.by_worst"), tone="note")
    told = (*content.violations, *content.marginal, *content.not_checked)
    contested = sum(bool(row.get("contested")) for row in told)
    if contested:
        yield Paragraph(words("result.contested", count=contested))
    yield Paragraph(_tell_certainty(content, words))
    yield Paragraph(words("result.book_note", note=content.cover.book.note), tone="note")


def _describe_counts(content: ReportContent, words: Words) -> Iterator[Block]:
    yield Heading(words("counts.heading"))
    yield Heading(words("counts.by_rule"), level=2)
    titles = {rule.id: words.tell(rule.title) for rule in content.cover.book.rules}
    columns = (Column(words("column.rule"), 2.2), Column(words("column.rule_title"), 5))
    yield _tabulate(
        content.by_rule, columns, words, {key: (key, title) for key, title in titles.items()}
    )
    yield Heading(words("counts.by_village"), level=2)
    names = {
        row.key: (words.village(row.key, content.village_names),) for row in content.by_village
    }
    yield _tabulate(content.by_village, (Column(words("column.village"), 5),), words, names)
    yield Paragraph(words("counts.note"), tone="note")


def _tabulate(
    rows: tuple[Tally, ...],
    columns: tuple[Column, ...],
    words: Words,
    labels: Mapping[str, tuple[str, ...]],
) -> Table:
    """Return a table of counts by verdict, with a row that adds them up."""
    sums = Tally(
        NO_VILLAGE,
        {verdict: sum(row.counts[verdict] for row in rows) for verdict in VERDICTS},
        0,
    )
    numbers = (
        *(Column(words(f"column.{verdict}"), 1.6, "right") for verdict in VERDICTS),
        Column(words("total"), 1.6, "right"),
        Column(words("column.violating_sites"), 1.9, "right"),
    )
    body = [(*labels[row.key], *_count(row), f"{row.violating_sites}") for row in rows]
    total = (words("total"), *[""] * (len(columns) - 1), *_count(sums), "")
    return Table((*columns, *numbers), (*body, total), total=True)


def _count(row: Tally) -> tuple[str, ...]:
    return (*(f"{row.counts[verdict]}" for verdict in VERDICTS), f"{row.total}")


def _describe_signatures(words: Words) -> Iterator[Block]:
    yield Heading(words("signature.heading"))
    yield Paragraph(words("signature.told"))
    yield Signatures(tuple(words(f"signature.{name}") for name in ("checker", "reviewer", "date")))
