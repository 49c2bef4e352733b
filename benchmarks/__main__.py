"""Runs the comparisons and prints their tables: `make bench`, or one of them by its name."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from benchmarks.county.run import SITES, run_county
from benchmarks.county.tools import PEERS
from benchmarks.eligible import compare_eligible
from benchmarks.intake import compare_intake, make_rate_table, measure_rates
from benchmarks.small import compare_small
from benchmarks.timing import make_table, tell_load

WIDTH = 150


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run ours and its peers on the same work, in turn; by default every comparison."""
    if context.invoked_subcommand is None:
        context.invoke(small)
        context.invoke(intake)
        context.invoke(eligible)
        context.invoke(county)


@main.command()
def small() -> None:
    """Compare on the demo town: a check, areas; and the import of a country."""
    console = Console(width=WIDTH)
    console.print(make_table(compare_small()))
    console.print(tell_load())


@main.command()
def intake() -> None:
    """Compare the reading of 100 000 parcels, walled off, with plain geopandas."""
    console = Console(width=WIDTH)
    console.print(make_table(compare_intake()))
    console.print(make_rate_table(measure_rates()))
    console.print(tell_load())


@main.command()
def eligible() -> None:
    """Compare the land that is left for burials, of a town and of two counties."""
    console = Console(width=WIDTH)
    console.print(make_table(compare_eligible()))
    console.print(tell_load())


@main.command()
@click.option("--sites", type=click.IntRange(1), multiple=True, default=SITES, show_default=True)
@click.option("--peers", type=click.Choice(PEERS), multiple=True, default=PEERS, show_default=True)
@click.option("--alone", is_flag=True, help="No peers.")
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="The workload stays."
)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True)
def county(
    *, sites: tuple[int, ...], peers: tuple[str, ...], alone: bool, keep: Path | None, runs: int
) -> None:
    """Compare at the size of a county: 200 000 features, up to a million graves."""
    run_county(sites, () if alone else peers, keep=keep, runs=runs)


main()
