"""The group that every command registers with, and what commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from geo_rv.errors import DateUnreadable, GeoRvError
from geo_rv.messages import LANGUAGES, Language, text

FOLDER = click.Path(path_type=Path, file_okay=True)
FILE = click.Path(path_type=Path)
SHOWN_WARNINGS = 10

AS_OF = click.option("--as-of", "day", help="核查日期 2026-03-30 / date")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON")


class Commands(click.Group):
    """A group that tells our own errors in one line and exits with status 2."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; what geo-rv refuses goes to standard error."""
        try:
            return super().invoke(context)
        except GeoRvError as error:
            click.echo(" ".join(error.in_language(context.params["lang"]).split("\n")), err=True)
            context.exit(2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="zh",
    envvar="GEO_RV_LANG",
    help="语言 / language",
)
@click.version_option(package_name="geo-rv")
@click.pass_context
def main(context: click.Context, lang: Language) -> None:
    """乡镇与县级规划 GIS：导入图层、核查墓地、出图、对账。 / Planning GIS of a township."""
    # a Chinese Windows pipes in its own code page: what goes into a file or a pipe is UTF-8
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    context.obj = lang


def parse_day(value: str | None) -> date | None:
    """Return a date written as YYYY-MM-DD; raises DateUnreadable."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise DateUnreadable(value=value) from None


def parse_numbers(pairs: Iterable[str], *, refuse: Callable[[str], GeoRvError]) -> dict[str, float]:
    """Return numbers by their names, from pairs written as NAME=NUMBER, each name once.

    Raises what `refuse` makes of a pair that is not.
    """
    numbers: dict[str, float] = {}
    for pair in pairs:
        name, _, number = (part.strip() for part in pair.partition("="))
        if not name or name in numbers:
            raise refuse(pair)
        try:
            numbers[name] = float(number)
        except ValueError:
            raise refuse(pair) from None
    return numbers


def print_json(told: object) -> None:
    """Print what is JSON-ready as one line for another program."""
    click.echo(json.dumps(told, ensure_ascii=False))


def tell_written(lang: Language, files: Iterable[Path]) -> None:
    """Say which files were written."""
    for file in files:
        click.echo(text("cli.written", lang, file=file))
