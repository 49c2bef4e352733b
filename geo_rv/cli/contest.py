"""Findings contested, that withdrawn, and all that was ever said against any."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from geo_rv.cli.group import AS_JSON, FOLDER, main, print_json
from geo_rv.messages import Language, text
from geo_rv.project import Project
from geo_rv.terminal import print_table


@main.command("contest")
@click.argument("folder", type=FOLDER)
@click.argument("layer")
@click.argument("site")
@click.argument("rule")
@click.option("--reason", default="", help="理由，1 至 500 字 / why, 1 to 500 characters")
@click.option("--withdraw", is_flag=True, help="撤回先前的异议 / withdraw what was contested")
@click.pass_obj
def contest_finding(
    lang: Language, folder: Path, layer: str, site: str, rule: str, reason: str, *, withdraw: bool
) -> None:
    """对一条核查结果提出异议（结果不变，注明理由）。 / Contest a finding, which stays."""
    project = Project.open(folder)
    act = project.withdraw_contest if withdraw else project.contest_finding
    entry = act(layer, site, rule, reason=reason)
    key = "contest.withdrawn" if withdraw else "contest.added"
    title = project.catalogue[entry.layer].title
    click.echo(text(key, lang, layer=title, site=site, rule=rule))


@main.command("contests")
@click.argument("folder", type=FOLDER)
@AS_JSON
@click.pass_obj
def list_contests(lang: Language, folder: Path, *, as_json: bool) -> None:
    """列出全部异议及其撤回。 / List everything that was contested or withdrawn."""
    project = Project.open(folder)
    open_now = {entry.number for entry in project.open_contests().values()}
    entries = project.list_contests()
    if as_json:
        told = [{**asdict(entry), "open": entry.number in open_now} for entry in entries]
        print_json(told)
        return
    if not entries:
        click.echo(text("contest.nothing", lang))
        return
    rows = [
        (
            entry.at,
            entry.who,
            project.catalogue[entry.layer].title.in_language(lang),
            entry.site,
            entry.rule,
            text(f"contest.action.{entry.action}", lang),
            text(f"contest.state.{'open' if entry.number in open_now else 'past'}", lang),
            entry.reason,
        )
        for entry in entries
    ]
    columns = ("at", "who", "layer", "site", "rule", "action", "state", "why")
    print_table(lang, columns, rows)
