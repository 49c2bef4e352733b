"""The county's figures as one table and a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from rich.table import Table

from benchmarks.county.agree import Agreement
from benchmarks.county.measure import Cold, Core
from benchmarks.county.tools import OURS, TOOLS, UNCACHED, find_tool

COLUMNS = (
    "sites",
    "tool",
    "load, index s",
    "search, first s",
    "search s",
    "x ours",
    "GB",
    "cold s",
    "x ours",
    "x no caches",
    "GB",
)


@dataclass(frozen=True)
class Result:
    """All that was measured at one number of sites."""

    sites: int
    core: Mapping[str, Core]
    cold: Mapping[str, Cold]
    click: Mapping[str, float]


def make_table(results: list[Result]) -> Table:
    """Return one row for each number of sites and tool, with the ratios to ours."""
    table = Table(title="8 rules, 200 000 features, 12.5 million vertices")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "tool" else "right")
    for result in results:
        for name in (name for name in TOOLS if name in {*result.core, *result.cold}):
            about = f"{result.sites:,}", find_tool(name).title
            table.add_row(*about, *_tell_core(result, name), *_tell_cold(result, name))
        table.add_section()
    return table


def _tell_core(result: Result, name: str) -> tuple[str, ...]:
    core = result.core.get(name)
    if core is None:
        return ("",) * 5
    ratio = core.seconds / result.core[OURS].seconds
    times = (f"{seconds:.2f}" for seconds in (core.load, core.first, core.seconds))
    return *times, f"{ratio:.1f}", f"{core.peak_gb:.2f}"


def _tell_cold(result: Result, name: str) -> tuple[str, ...]:
    cold = result.cold.get(name)
    if cold is None:
        return ("",) * 4
    ratios = (f"{cold.seconds / result.cold[ours].seconds:.1f}" for ours in (OURS, UNCACHED))
    return f"{cold.seconds:.2f}", *ratios, f"{cold.peak_gb:.2f}"


def tell_agreement(name: str, agreement: Agreement) -> str:
    """Return what was compared, and the largest difference."""
    line = f"{name} agrees: {agreement.verdicts:,} verdicts"
    if agreement.turned:
        line += f" ({agreement.turned} differ, all at the very limit)"
    if agreement.distances:
        line += f", {agreement.distances:,} distances, largest difference "
        line += f"{agreement.near_m * 1000:.2f} mm up to the limit"
    if agreement.far_m == agreement.far_m:  # not NaN
        line += f", {agreement.far_m * 1000:.1f} mm beyond"
    return line


def tell_growth(results: list[Result]) -> list[str]:
    """Return how the time of our search grows from one number of sites to the next."""
    return [
        f"{OURS}: {more.sites:,} sites take {_ratio(more, fewer):.1f} x the search of "
        f"{fewer.sites:,}"
        for fewer, more in pairwise(results)
    ]


def _ratio(more: Result, fewer: Result) -> float:
    return more.core[OURS].seconds / fewer.core[OURS].seconds


def tell_click(result: Result) -> str:
    """Return what one point costs on the open project."""
    first, median, p95 = (result.click[name] * 1000 for name in ("first", "median", "p95"))
    return (
        f"one point on the open project of {result.sites:,} sites: {median:.1f} ms, 95 % within "
        f"{p95:.1f} ms ({result.click['points']:.0f} points); the first one {first:,.0f} ms"
    )
