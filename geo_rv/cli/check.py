"""The burial check, of all sites or of one point."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pandas as pd

from geo_rv.cli.group import (
    AS_JSON,
    AS_OF,
    FILE,
    FOLDER,
    SHOWN_WARNINGS,
    main,
    parse_day,
    print_json,
    tell_written,
)
from geo_rv.messages import Language, text
from geo_rv.project import Check, Project
from geo_rv.terminal import print_table, show_progress


@main.command("check")
@click.argument("folder", type=FOLDER)
@click.option("--book", help="规则集 / rule book")
@AS_OF
@click.option(
    "--out",
    "outputs",
    type=FILE,
    multiple=True,
    help=".xlsx .csv .geojson .gpkg .docx .pdf",
)
@AS_JSON
@click.option("--all", "every", is_flag=True, help="也列出通过的 / list passed ones too")
@click.option("--fail-on", type=click.Choice(["violation"]), help="有违反时退出码为 1 / exit 1")
@click.pass_obj
def check(
    lang: Language,
    folder: Path,
    book: str | None,
    day: str | None,
    outputs: tuple[Path, ...],
    *,
    as_json: bool,
    every: bool,
    fail_on: str | None,
) -> None:
    """核查墓地与散坟。 / Check burials and cemeteries against the rules in force."""
    project = Project.open(folder)
    with show_progress(lang) as progress:
        answer = project.check(book=book, as_of=parse_day(day), progress=progress)
        for file in outputs:
            progress("progress.writing")
            project.write_findings(answer, file, every=every, language=lang)
    if as_json:
        print_json(project.tell_check(answer, every=every))
    else:
        print_check(lang, answer)
        tell_written(lang, outputs)
    if fail_on and answer.counts["violation"]:
        sys.exit(1)


@main.command("site", context_settings={"ignore_unknown_options": True})
@click.argument("folder", type=FOLDER)
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@AS_OF
@AS_JSON
@click.pass_obj
def check_point(
    lang: Language, folder: Path, lon: float, lat: float, day: str | None, *, as_json: bool
) -> None:
    """某一点能否安葬：逐条规则回答。 / Ask every rule about one point."""
    project = Project.open(folder)
    answer = project.check_point(lon, lat, as_of=parse_day(day))
    if as_json:
        print_json(project.tell_check(answer, every=True))
        return
    rows = [
        (row["rule"], row["rule_title"], row["verdict_title"], row["distance_m"], row["limit_m"],
         row["constraint_name"] or row["constraint"], f"{row['document']} {row['article']}")
        for row in project.tell_findings(answer, answer.findings, language=lang)
    ]  # fmt: skip
    print_table(lang, ("rule", "title", "verdict", "distance_m", "limit_m", "nearest", "law"), rows)


def print_check(lang: Language, answer: Check) -> None:
    """Print how many findings of each verdict there are, and which rules were broken."""
    click.echo(
        text("cli.checked", lang, sites=answer.sites, day=answer.as_of, book=answer.book.title)
    )
    for kind, features in answer.repaired.items():
        shown = ", ".join(features[:SHOWN_WARNINGS])
        click.echo(text("cli.repaired", lang, layer=kind, count=len(features), examples=shown))
    found = pd.crosstab(answer.findings["verdict"], answer.findings["rule"]).to_dict()
    verdicts = list(answer.counts)
    rows = [
        (
            rule.id,
            rule.title.in_language(lang),
            *(counts.get(verdict, 0) for verdict in verdicts),
        )
        for rule in answer.book.rules
        if (counts := found.get(rule.id))
    ]
    rows.append(("", text("cli.total", lang), *answer.counts.values()))
    print_table(lang, ("rule", "title"), rows, more=[text(f"verdict.{v}", lang) for v in verdicts])
