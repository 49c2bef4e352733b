"""Projects and their layers: made, filled, listed, summed up, reconciled, mapped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from geo_rv.cli.group import AS_JSON, FILE, FOLDER, main, print_json, tell_written
from geo_rv.messages import Language, text
from geo_rv.project import Project
from geo_rv.settings import AUTOMATIC
from geo_rv.terminal import print_table, show_progress


@main.command("new")
@click.argument("folder", type=FOLDER)
@click.option("--name", required=True, help="项目名称 / name")
@click.option("--town", default="", help="乡镇代码（9 位） / town code")
@click.option(
    "--crs", default=AUTOMATIC, help="分析用平面坐标系，如 EPSG:4547 / plane for analysis"
)
@click.pass_obj
def create_project(lang: Language, folder: Path, name: str, town: str, crs: str) -> None:
    """新建项目。 / Make a project."""
    Project.create(folder, name=name, town=town, crs=crs)
    click.echo(text("cli.created", lang, folder=folder, name=name))


@main.command("layers")
@click.argument("folder", type=FOLDER)
@click.pass_obj
def list_layers(lang: Language, folder: Path) -> None:
    """列出项目里的图层。 / List the project's layers."""
    states = Project.open(folder).list_layers()
    rows = [(s.spec.kind, s.spec.title.in_language(lang), s.count, s.changed_at) for s in states]
    print_table(lang, ("layer", "title", "count", "changed"), rows)


@main.command("summary")
@click.argument("folder", type=FOLDER)
@click.option("--by-village", is_flag=True, help="逐村列出 / village by village")
@AS_JSON
@click.pass_obj
def summarise(lang: Language, folder: Path, *, by_village: bool, as_json: bool) -> None:
    """各图层的数量与指标，按村。 / Each layer's count and measures, by village."""
    told = Project.open(folder).tell_summary(language=lang)
    if as_json:
        print_json(told)
        return
    for layer in told["layers"]:
        click.echo(text("cli.layer_count", lang, layer=layer["title"], count=layer["count"]))
        if by_village:
            rows = list(list_village_values(layer, told["villages"], lang))
            print_table(lang, ("measure", "village", "value", "unit"), rows)
        else:
            rows = [(row["title"], row["total"], row["unit"]) for row in layer["measures"]]
            print_table(lang, ("measure", "value", "unit"), rows)
        click.echo()
    if not by_village:
        click.echo(text("cli.by_village", lang))


def list_village_values(
    layer: dict[str, Any], villages: dict[str, str], lang: Language
) -> Iterator[tuple[Any, ...]]:
    """Yield measure, village, value and unit for each village that has any, after the total."""
    for row in layer["measures"]:
        yield row["title"], text("cli.total", lang), row["total"], row["unit"]
        for code, value in row["by_village"].items():
            if value:
                name = villages.get(code) or code or text("cli.no_village", lang)
                yield "", name, value, row["unit"]


@main.command("reconcile")
@click.argument("folder", type=FOLDER)
@AS_JSON
@click.pass_obj
def reconcile(lang: Language, folder: Path, *, as_json: bool) -> None:
    """年报数字与地图对账。 / Reconcile the annual report with the map."""
    told = Project.open(folder).tell_reconciliation(language=lang)
    if as_json:
        print_json(told)
        return
    rows = [
        (
            row["title"],
            row["report"],
            row["map"],
            row["difference"],
            row["unit"],
            row["status_title"],
        )
        for row in told["figures"]
    ]
    print_table(lang, ("figure", "report", "map", "difference", "unit", "status"), rows)
    if told["warning"]:
        click.echo(told["warning"])
    for contradiction in told["contradictions"]:
        click.echo(contradiction["text"])


@main.command("map")
@click.argument("folder", type=FOLDER)
@click.option("--out", "file", type=FILE, required=True, help="map.html")
@click.pass_obj
def export_map(lang: Language, folder: Path, file: Path) -> None:
    """导出可放 U 盘的单文件地图。 / Write the town map as one self-contained file."""
    project = Project.open(folder)
    with show_progress(lang) as progress:
        progress("progress.mapping")
        project.write_map(file, language=lang)
    tell_written(lang, [file])
