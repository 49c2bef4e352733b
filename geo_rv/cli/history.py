"""What was done to a project's layers, and imports undone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from geo_rv.cli.group import FOLDER, main
from geo_rv.messages import Language, text
from geo_rv.project import Project
from geo_rv.terminal import print_table, show_progress

COLUMNS = ("batch", "at", "who", "action", "layer", "file", "added", "changed", "removed", "state")


@main.command("history")
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def list_history(lang: Language, folder: Path, *, as_json: bool) -> None:
    """变更记录：何时、何人、导入了哪个文件、改了多少。 / What was done to the layers."""
    told = Project.open(folder).tell_history(language=lang)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if not told:
        click.echo(text("history.nothing", lang))
        return
    rows = [
        (
            str(batch["batch"]), batch["at"], batch["who"], batch["action_title"],
            layer["layer_title"], layer["file"],
            layer["added"], layer["changed"], layer["removed"], tell_state(batch, lang),
        )
        for batch in told
        for layer in batch["layers"]
    ]  # fmt: skip
    print_table(lang, (), rows, more=[text(f"history.column.{name}", lang) for name in COLUMNS])


@main.command("undo")
@click.argument("folder", type=FOLDER)
@click.argument("batch", type=click.IntRange(min=1), required=False)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def undo(lang: Language, folder: Path, batch: int | None, *, as_json: bool) -> None:
    """撤销一次导入（默认最近一次），撤销本身也可撤销。 / Undo an import, by default the last."""
    project = Project.open(folder)
    with show_progress(lang) as progress:
        progress("progress.undoing")
        told = project.tell_batch(project.undo(batch), language=lang)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(text("history.undone", lang, undone=told["undoes"], batch=told["batch"]))
    for layer in told["layers"]:
        click.echo(text("imports.cli.outcome_done", lang, **layer))


def tell_state(batch: dict[str, Any], lang: Language) -> str:
    """Return what a batch has undone, or what has undone it."""
    if batch["undone_by"] is not None:
        return text("history.state.undone", lang, by=batch["undone_by"])
    if batch["undoes"] is not None:
        return text("history.state.undoes", lang, undone=batch["undoes"])
    return ""
