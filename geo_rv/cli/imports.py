"""Files brought in: judged row by row, agreed to, or told what is wrong with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, get_args

import click

from geo_rv.cli.group import FILE, FOLDER, main
from geo_rv.errors import OptionUnreadable
from geo_rv.messages import Language, text
from geo_rv.project import ANGLES, DATUMS, Accept, Judgement, Mode, Project, Wish
from geo_rv.terminal import print_table, show_progress

ROWS = ("read", "accepted", "to_repair", "refused")
MENDED_BY_COLUMNS = frozenset({"column_likened", "axis_likened", "headings_missing"})
"""Problems that naming a column mends, where no page lets choose one."""


@main.command("import")
@click.argument("folder", type=FOLDER)
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--layer", "kind", help="图层，如 burial 或 坟墓 / layer")
@click.option("--from", "source_layer", help="文件里的图层或工作表 / layer or sheet of the file")
@click.option("--crs", help="文件的坐标系，如 EPSG:4547 / the files' coordinate system")
@click.option("--datum", type=click.Choice(DATUMS), help="经纬度的基准 / datum of degrees")
@click.option("--column", "columns", multiple=True, help="字段=表头，可重复 / FIELD=HEADING")
@click.option("--angles", type=click.Choice(ANGLES), help="31.5030 的意思 / what it means")
@click.option("--encoding", help="文字编码，如 gb18030 / encoding of the text")
@click.option("--parameters", help="转换七参数，逗号隔开 / seven parameters, with commas")
@click.option("--gaps", is_flag=True, help="列出村内没有地块覆盖的空隙 / tell of gaps")
@click.option("--mode", type=click.Choice(get_args(Mode)), default="add", show_default=True,
              help="新增、替换整个图层、按编号更新 / what becomes of the layer")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="只检查，不导入 / judge only")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.option("--accept", multiple=True, type=click.Choice(get_args(Accept)),
              help="同意修复；先导入没问题的行 / repairs; what is fine")  # fmt: skip
@click.option("--refused", type=FILE, help="没导入的行写到 .xlsx / where refused rows go")
@click.pass_obj
def import_files(
    lang: Language,
    /,
    folder: Path,
    files: tuple[Path, ...],
    *,
    mode: Mode,
    accept: tuple[Accept, ...],
    dry_run: bool,
    as_json: bool,
    refused: Path | None,
    **wished: Any,
) -> None:
    """逐行检查文件并导入；有问题时不作改动，列出问题，状态码 2。 / Judge files, bring them in."""
    wish = read_wish(**wished)
    project = Project.open(folder)
    with show_progress(lang) as progress:
        judgement = project.judge_files(files, wish=wish, mode=mode, progress=progress)
        agreed = judgement.is_agreed(accept)
        goes_in = agreed and not dry_run
        if goes_in and "partial" in accept:
            refused = refused or name_refused(files[0], lang)
        # first, so that no row is lost between the two
        left_out = refused and project.write_refused(
            judgement, refused, language=lang, accept=accept
        )
        taken = project.take_in(judgement, accept=accept, progress=progress) if goes_in else None
        told = project.tell_judgement(judgement, language=lang, limit=None if as_json else 0)
    told["agreed"] = agreed
    told["taken"] = taken and project.tell_taken(taken, language=lang)
    told["refused_file"] = str(refused) if left_out else None
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in tell_import(told, judgement, lang, accept=accept):
            click.echo(line)
    if not agreed:
        sys.exit(2)


def read_wish(
    *,
    kind: str | None,
    source_layer: str | None,
    columns: tuple[str, ...],
    parameters: str | None,
    angles: Any,
    **wished: Any,
) -> Wish:
    """Return what was said of the files; raises OptionUnreadable."""
    pairs = [column.partition("=") for column in columns]
    wrong = [column for column, pair in zip(columns, pairs, strict=True) if not all(pair[:2])]
    if wrong:
        form = "--column 编号=序号"
        raise OptionUnreadable(option="--column", value=wrong[0], form=form)
    try:
        numbers = tuple(float(part) for part in parameters.split(",")) if parameters else ()
    except ValueError:
        form = "--parameters dX,dY,dZ,rx,ry,rz,m"
        raise OptionUnreadable(option="--parameters", value=parameters, form=form) from None
    return Wish(
        kind=kind,
        layer=source_layer,
        columns={field.strip(): heading.strip() for field, _, heading in pairs},
        parameters=numbers,
        angles=angles or ANGLES[0],
        **wished,
    )


def name_refused(file: Path, lang: Language) -> Path:
    """Return a workbook in the current folder, named after `file`, that is not there yet."""
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        name = text("imports.cli.refused_name", lang, file=file.stem, suffix=suffix)
        if not Path(name).exists():
            return Path(name)
        number += 1


def tell_import(
    told: dict[str, Any], judgement: Judgement, lang: Language, *, accept: Collection[str]
) -> Iterator[str]:
    """Print the table of what was read, and yield the lines below it."""
    columns = ("file", "layer", "format", "crs", *ROWS)
    rows = [
        (each["file"], each["layer_title"], each["format_title"], tell_crs(each),
         *(each["rows"][key] for key in ROWS))
        for each in told["candidates"]
    ]  # fmt: skip
    print_table(lang, (), rows, more=[text(f"imports.column.{name}", lang) for name in columns])
    for candidate in told["candidates"]:
        yield from tell_candidate(candidate, lang, named=len(rows) > 1)
    key = "outcome_done" if told["taken"] else "outcome_held" if judgement.needs else "outcome"
    for layer in told["outcome"] if told["taken"] is None else told["taken"]["layers"]:
        yield text(f"imports.cli.{key}", lang, **layer)
    if told["refused_file"]:
        yield text("imports.cli.refused_file", lang, file=told["refused_file"])
    if told["taken"] is not None:
        batch = told["taken"]["batch"]
        yield text(f"imports.cli.{'taken' if batch else 'nothing_new'}", lang, batch=batch)
    else:
        for need in () if told["agreed"] else sorted(judgement.needs - set(accept)):
            yield text(f"imports.cli.needs_{need}", lang)
        yield text(f"imports.cli.{'dry_run' if told['agreed'] else 'held'}", lang)


def tell_crs(candidate: dict[str, Any]) -> str:
    """Return what a file's coordinates were taken to be in."""
    told: str = candidate["datum_title"] or candidate["crs_title"]
    return told


def tell_candidate(candidate: dict[str, Any], lang: Language, *, named: bool) -> Iterator[str]:
    """Yield how the columns of one layer of a file were understood, and what is wrong with it."""
    if named:
        yield text("imports.cli.candidate", lang, **candidate)
    joint = text("imports.cli.listed", lang)
    pairs = [
        text("imports.cli.column" if each["likeness"] == 1 else "imports.cli.column_like", lang,
             **each)
        for each in candidate["columns"]
    ]  # fmt: skip
    if pairs:
        yield text("imports.cli.columns", lang, columns=joint.join(pairs))
    if candidate["left_out"]:
        yield text("imports.cli.left_out", lang, columns=joint.join(candidate["left_out"]))
    if candidate["made_identity"]:
        yield text("imports.cli.identity_made", lang)
    for group in candidate["totals"]:
        yield tell_place(group, lang) + group["problem"]
        if group["remedy"]:
            yield text("imports.cli.remedy", lang, remedy=group["remedy"])
    if any(group["key"] in MENDED_BY_COLUMNS for group in candidate["totals"]):
        yield text("imports.cli.naming_columns", lang)


def tell_place(group: dict[str, Any], lang: Language) -> str:
    """Return how grave a group of problems is, how many rows it has, and the first of them."""
    facts = {"severity": group["severity_title"], "count": group["count"]}
    if not group["rows"]:
        return text("imports.cli.whole_file", lang, **facts)
    rows = text("imports.cli.listed", lang).join(map(str, group["rows"]))
    more = text("imports.cli.and_more", lang) if group["count"] > len(group["rows"]) else ""
    return text("imports.cli.group", lang, **facts, rows=rows + more)
