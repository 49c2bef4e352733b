"""The whole command line: the engine's commands, and those that open pages."""

from __future__ import annotations

from pathlib import Path

import click

from geo_rv.cli import FOLDER, main
from geo_rv.cli.check import print_check
from geo_rv.messages import Language, text
from geo_rv.project import make_demo
from geo_rv.terminal import show_progress
from web.server import serve

DEMO_FOLDER = Path("demo-town")

__all__ = ["main"]


@main.command("serve")
@click.argument("folder", type=FOLDER)
@click.option("--host", default="127.0.0.1", help="监听地址 / address")
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000 起的空闲端口 / port")
@click.pass_obj
def serve_project(lang: Language, folder: Path, host: str, port: int | None) -> None:
    """在浏览器里打开项目。 / Show the project in a browser."""
    serve(folder, host=host, port=port, language=lang)


@main.command("demo")
@click.argument("folder", type=FOLDER, default=DEMO_FOLDER)
@click.option("--no-serve", is_flag=True, help="只生成，不打开网页 / do not serve")
@click.option("--port", type=click.IntRange(1, 65535), help="端口 / port")
@click.pass_obj
def make_and_serve_demo(lang: Language, folder: Path, port: int | None, *, no_serve: bool) -> None:
    """生成示范乡镇、核查墓地并打开网页。 / Make the demo town, check it, and show it."""
    with show_progress(lang) as progress:
        progress("progress.making")
        project = make_demo(folder)
        answer = project.check(progress=progress)
    click.echo(text("cli.demo_made", lang, folder=folder))
    print_check(lang, answer)
    if not no_serve:
        serve(folder, port=port, language=lang)
