"""Where graves can go, and what would change if."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geo_rv.cli.group import (
    AS_JSON,
    AS_OF,
    FILE,
    FOLDER,
    main,
    parse_day,
    parse_numbers,
    print_json,
    tell_written,
)
from geo_rv.errors import LimitUnreadable
from geo_rv.messages import Language, text
from geo_rv.project import Project
from geo_rv.terminal import print_table, show_progress

VILLAGE_COUNTS = ("graves", "violating", "placed", "unplaced", "survey", "unchecked", "clear")
CEMETERY_COLUMNS = ("name", "state_title", "free", "assigned", "left")
CHANGE_COUNTS = ("before", "gone", "come", "after")
PLAN_COLUMNS = ("rule", "rule_title", "verdict_title", "distance_m", "limit_m", "reason")


@main.command("remedy")
@click.argument("folder", type=FOLDER)
@AS_OF
@click.option("--out", "outputs", type=FILE, multiple=True, help=".xlsx .csv")
@click.option("--no-patches", is_flag=True, help="不找最近的可选地块 / leave out eligible land")
@AS_JSON
@click.pass_obj
def find_remedies(
    lang: Language,
    folder: Path,
    day: str | None,
    outputs: tuple[Path, ...],
    *,
    no_patches: bool,
    as_json: bool,
) -> None:
    """迁移安置建议：违反规则的坟墓就近迁入有余量的公墓。 / Where violating graves can go."""
    project = Project.open(folder)
    with show_progress(lang) as progress:
        answer = project.find_remedies(
            as_of=parse_day(day), with_patches=not no_patches, progress=progress
        )
        for file in outputs:
            progress("progress.writing")
            project.write_remedies(answer, file, language=lang)
        told = project.tell_remedies(answer, language=lang)
    if as_json:
        print_json(told)
        return
    title = answer.check.book.title
    counts = told["counts"]
    click.echo(text("remedy.told", lang, book=title, day=told["as_of"], **counts))
    print_remedies(lang, told)
    for note in told["notes"]:
        click.echo(note)
    tell_written(lang, outputs)


@main.command("what-if")
@click.argument("folder", type=FOLDER)
@click.option("--cemetery", "file", type=FILE, help="规划公墓的面文件 / planned cemetery")
@click.option("--crs", help="该文件的坐标系，如 EPSG:4547 / the file's coordinate system")
@click.option("--limit", "limits", multiple=True, help="BUR-01=300，可重复 / repeatable")
@AS_OF
@click.option("--out", "outputs", type=FILE, multiple=True, help=".xlsx .csv")
@AS_JSON
@click.pass_obj
def ask_what_if(
    lang: Language,
    folder: Path,
    *,
    file: Path | None,
    crs: str | None,
    limits: tuple[str, ...],
    day: str | None,
    outputs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """假设推演：规划一处公墓、改动限值，看核查结果怎样变；不保存。 / What would change if."""
    project = Project.open(folder)
    moved = parse_limits(limits)
    with show_progress(lang) as progress:
        progress("progress.checking")
        plan = project.read_plan(file, crs=crs) if file else None
        answer = project.ask_what_if(plan=plan, limits=moved, as_of=parse_day(day))
        for output in outputs:
            progress("progress.writing")
            project.write_what_if(answer, output, language=lang)
        told = project.tell_what_if(answer, language=lang)
    if as_json:
        print_json(told)
        return
    print_what_if(lang, told)
    tell_written(lang, outputs)


def parse_limits(values: tuple[str, ...]) -> dict[str, float]:
    """Return limits in metres by rule, written as RULE=METRES; raises LimitUnreadable."""
    return parse_numbers(values, refuse=lambda pair: LimitUnreadable(value=pair))


def print_remedies(lang: Language, told: dict[str, Any]) -> None:
    """Print the counts of each village and of all, and the cemeteries."""
    total = told["counts"] | {"village_name": text("cli.total", lang)}
    rows = [
        (
            row["village_name"],
            *(row[name] for name in VILLAGE_COUNTS),
            "; ".join(f"{move['cemetery_name']} {move['graves']}" for move in row["moves"]),
        )
        for row in (*told["villages"], total)
    ]
    titles = [text(f"remedy.column.{name}", lang) for name in (*VILLAGE_COUNTS, "moves")]
    print_table(lang, ("village",), rows, more=titles)
    click.echo()
    rows = [
        (row["name"] or row["id"], *(row[name] for name in CEMETERY_COLUMNS[1:]))
        for row in told["cemeteries"]
    ]
    titles = [text(f"remedy.column.{name}", lang) for name in CEMETERY_COLUMNS]
    print_table(lang, (), rows, more=titles)


def print_what_if(lang: Language, told: dict[str, Any]) -> None:
    """Print what changes by rule and by village, and what is found of the planned cemetery."""
    for rule, limit in told["limits"].items():
        click.echo(text("what_if.moved", lang, rule=rule, limit=limit))
    counts = {name: told[name]["violation"] for name in ("before", "after")}
    facts = {name: told[name] for name in ("gone", "come", "changed")}
    click.echo(text("what_if.told", lang, day=told["as_of"], **counts, **facts))
    for name, columns in (("by_rule", ("rule", "rule_title")), ("by_village", ("village_name",))):
        changed = [row for row in told[name] if row["gone"] or row["come"]]
        if changed:
            _print_columns(lang, changed, (*columns, *CHANGE_COUNTS))
    plan = told["cemetery"]
    if plan:
        click.echo(text("what_if.planned", lang, sites=plan["sites"], area=plan["area_mu"]))
        for note in plan["notes"]:
            click.echo(note)
        _print_columns(lang, plan["findings"], PLAN_COLUMNS)


def _print_columns(lang: Language, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    titles = [text(f"what_if.column.{name}", lang) for name in columns]
    print_table(lang, (), [tuple(row[name] for name in columns) for row in rows], more=titles)
