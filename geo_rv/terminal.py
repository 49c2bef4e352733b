"""What a terminal shows: tables, and a spinner while work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo_rv.messages import Language, show_plainly, text

PIPE_WIDTH = 200
"""Characters of a line that goes into a file or another program."""


@contextmanager
def show_progress(lang: Language) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the step that is being done, on a terminal only."""
    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda step: status.update(text(step, lang))


def print_table(
    lang: Language,
    columns: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    *,
    more: list[str] | None = None,
) -> None:
    """Print rows under the titles at ``cli.column.<name>``, numbers to the right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    titles = [text(f"cli.column.{name}", lang) for name in columns] + (more or [])
    for number, title in enumerate(titles):
        numeric = bool(rows) and any(isinstance(row[number], int | float) for row in rows)
        table.add_column(title, justify="right" if numeric else "left")
    for row in rows:
        # as Text, so that brackets in a name are no commands to the terminal
        table.add_row(*(Text(_tell_value(value)) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)


def _tell_value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else show_plainly(str(value))
