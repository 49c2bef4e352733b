"""Where a cemetery can go instead."""

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
from geo_rv.errors import WeightsUnreadable
from geo_rv.messages import Language, text
from geo_rv.project import Project
from geo_rv.project.siting import LEAST_MU
from geo_rv.terminal import print_table, show_progress

SHOWN_PATCHES = 20
COLUMNS = (
    "rank", "id", "score", "mu", "village_name", "longest_side_m", "road_m", "slope_deg",
    "aspect_title", "coverage_title",
)  # fmt: skip


@main.command("eligible")
@click.argument("folder", type=FOLDER)
@click.option("--within", help="范围，如 village=421381107201 / a polygon, KIND=ID")
@click.option(
    "--min-mu", type=float, default=LEAST_MU, show_default=True, help="最小面积（亩） / mu"
)
@click.option("--subject", default="cemetery", show_default=True, help="为哪一类选址 / layer")
@AS_OF
@click.option("--certain", is_flag=True, help="也避开临界地带 / keep clear of marginal land too")
@click.option("--terrain", type=FILE, help="高程文件 .tif .hgt / heights")
@click.option("--weights", "weighed", help="排序权重 area=3,slope=2 / weights")
@click.option("--out", "outputs", type=FILE, multiple=True, help=".geojson .gpkg .xlsx .csv")
@AS_JSON
@click.pass_obj
def find_eligible(
    lang: Language,
    /,
    folder: Path,
    *,
    day: str | None,
    weighed: str | None,
    outputs: tuple[Path, ...],
    as_json: bool,
    **asked: Any,
) -> None:
    """公墓可选地：不在任何规则限值以内的土地，逐块排序。 / Where a cemetery can go."""
    weights = parse_weights(weighed)
    project = Project.open(folder)
    with show_progress(lang) as progress:
        answer = project.find_eligible(
            as_of=parse_day(day), weights=weights, progress=progress, **asked
        )
        for file in outputs:
            progress("progress.writing")
            project.write_siting(answer, file, language=lang)
        told = project.tell_siting(answer, language=lang)
    if as_json:
        print_json(told)
        return
    summary, *notes = told["notes"]
    click.echo(summary)
    if told["patches"]:
        print_patches(lang, told["patches"])
    for note in notes:
        click.echo(note)
    tell_written(lang, outputs)


def parse_weights(value: str | None) -> dict[str, float]:
    """Return weights by criterion, written as area=3,slope=2; raises WeightsUnreadable."""
    pairs = () if value is None else value.split(",")
    return parse_numbers(pairs, refuse=lambda _: WeightsUnreadable(value=value))


def print_patches(lang: Language, patches: list[dict[str, Any]]) -> None:
    """Print the first patches, and how many there are beside them."""
    rows = [tuple(row[name] for name in COLUMNS) for row in patches[:SHOWN_PATCHES]]
    titles = [text(f"siting.column.{name}", lang) for name in COLUMNS]
    print_table(lang, (), rows, more=titles)
    if len(patches) > SHOWN_PATCHES:
        click.echo(text("siting.more", lang, count=len(patches) - SHOWN_PATCHES))
