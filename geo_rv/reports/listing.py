"""The section of a report that lists what was found, finding by finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from geo_rv.reports.blocks import Block, Column, Heading, Paragraph, Table
from geo_rv.reports.content import LISTED, ReportContent, Row
from geo_rv.reports.words import Words

NOTHING = "—"


def describe_findings(content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield the tables of violations and marginal findings, and what they leave out."""
    yield Heading(words("findings.heading"))
    passed, exempt = content.counts["pass"], content.counts["exempt"]
    yield Paragraph(words("findings.told", passed=passed, exempt=exempt))
    clusters = {
        (layer, site): f"{number}"
        for layer, site, number in content.sites.loc[
            content.sites["cluster"] > 0, ["layer", "site", "cluster"]
        ].itertuples(index=False)
    }
    for key, rows in (("violation", content.violations), ("marginal", content.marginal)):
        yield Heading(words(f"findings.{key}", count=len(rows)), level=2)
        if len(rows) > LISTED:
            yield from _tell_cut(rows, content, words)
        if rows:
            yield _list_rows(rows[:LISTED], clusters, content, words)
        else:
            yield Paragraph(words("none"))


def _tell_cut(rows: tuple[Row, ...], content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield how many of the rows are printed and how many are not, in all and by village."""
    listed = Counter(row["village"] or "" for row in rows[:LISTED])
    left = Counter(row["village"] or "" for row in rows[LISTED:])
    yield Paragraph(words("findings.cut", count=len(rows), listed=LISTED, left=len(rows) - LISTED))
    villages = dict.fromkeys(row["village"] or "" for row in rows)
    body = [
        (words.village(code, content.village_names), f"{listed[code]}", f"{left[code]}")
        for code in villages
    ]
    columns = (
        Column(words("column.village"), 3),
        Column(words("column.listed_rows"), 1, "right"),
        Column(words("column.left_rows"), 1, "right"),
    )
    total = (words("total"), f"{listed.total()}", f"{left.total()}")
    yield Table(columns, (*body, total), total=True)


def _list_rows(
    rows: tuple[Row, ...],
    clusters: dict[tuple[str, str], str],
    content: ReportContent,
    words: Words,
) -> Table:
    columns = (
        Column(words("column.number"), 9, "right"),
        Column(words("column.village"), 20),
        Column(words("column.site"), 24),
        Column(words("column.rule"), 16),
        Column(words("column.distance"), 26, "right"),
        Column(words("column.reason"), 54),
        Column(words("column.cluster"), 11, "right"),
    )
    body = [
        (
            f"{number}",
            words.village(row["village"] or "", content.village_names),
            _tell_site(row, words),
            row["rule"],
            _tell_distance(row),
            _tell_reason(row, words),
            clusters.get((row["layer"], row["site"]), NOTHING),
        )
        for number, row in enumerate(rows, 1)
    ]
    return Table(columns, tuple(body))


def _tell_site(row: Row, words: Words) -> str:
    name = row["site_name"]
    return words("findings.named", site=row["site"], name=name) if name else str(row["site"])


def _tell_distance(row: Row) -> str:
    distance, limit = row["distance_m"], row["limit_m"]
    if distance is None:
        return NOTHING
    return f"{distance:.2f} ({limit:g})" if limit else f"{distance:.2f}"


def _tell_reason(row: Row, words: Words) -> str:
    contested = row.get("contested")
    reason: str = row["reason"]
    return words("findings.contested", reason=reason, contested=contested) if contested else reason
