"""Runs the county from the workload to the table."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.county.agree import Floats, find_scales, require_agreement
from benchmarks.county.build import build_project
from benchmarks.county.flat import read_places
from benchmarks.county.measure import (
    measure_click,
    measure_cold,
    measure_compilation,
    measure_core,
)
from benchmarks.county.question import Answer
from benchmarks.county.report import Result, make_table, tell_agreement, tell_click, tell_growth
from benchmarks.county.tools import COLD, OURS, UNCACHED, find_tool
from benchmarks.county.workload import COUNTY
from benchmarks.timing import tell_load

SITES = (10_000, 100_000, 1_000_000)
MOST_FOR_PEERS = 100_000
"""At a million sites the peers would take minutes a run."""
FEW = 100
SAMPLE = {kind: dataclasses.replace(plan, features=FEW) for kind, plan in COUNTY.items()}
"""A county so small that nothing but starting costs time."""
CONSOLE = Console(width=140, highlight=False)


def run_county(
    sites: Sequence[int], peers: Sequence[str], *, keep: Path | None, runs: int
) -> list[Result]:
    """Make the workload, measure ours and the peers, compare their answers, print all."""
    with _work_in(keep) as folder:
        sample = build_project(folder / "sample", FEW, county=SAMPLE, tell=tell)
        compilation = measure_compilation(sample)
        results = [_run_size(folder, count, peers, runs) for count in sites]
    CONSOLE.print(make_table(results))
    tell(f"compiling the kernel, at its first use on a machine: {compilation:.1f} s")
    for line in (*tell_growth(results), *map(tell_click, results), tell_load()):
        tell(line)
    return results


def tell(line: str) -> None:
    """Print a line, however long, as it is."""
    CONSOLE.print(line, soft_wrap=True)


@contextmanager
def _work_in(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def _run_size(folder: Path, sites: int, peers: Sequence[str], runs: int) -> Result:
    project = build_project(folder, sites, tell=tell)
    if sites > MOST_FOR_PEERS and peers:
        tell(f"left out at {sites:,} sites: {', '.join(peers)}, too slow")
        peers = ()
    with tempfile.TemporaryDirectory() as temporary:
        answers = Path(temporary)
        core = measure_core(project, (OURS, *peers), answers, runs=runs, tell=tell)
        in_cold = UNCACHED, *(name for name in COLD if name in core)
        cold = measure_cold(project, in_cold, answers, runs=runs, tell=tell)
        scales = find_scales(read_places(project))
        for line in compare_answers(answers, scales):
            tell(line)
        click = measure_click(project, answers)
    return Result(sites, core, cold, click)


def compare_answers(answers: Path, scales: Floats) -> Iterator[str]:
    """Yield what each answer in the folder has in common with ours; raises Disagreement."""
    ours = Answer.load(answers / f"warm-{OURS}.npz")
    counts = ", ".join(f"{count:,}" for count in ours.within.sum(axis=1))
    yield f"of {len(scales):,} sites within the limit, by rule: {counts}"
    for file in sorted(answers.glob("*-*.npz")):
        how, name = file.stem.split("-")
        if (how, name) != ("warm", OURS):
            tool = find_tool(name)
            agreement = require_agreement(
                ours,
                Answer.load(file),
                scales=scales if tool.planar else np.ones(len(scales)),
                slack_m=tool.slack_m,
            )
            yield tell_agreement(f"{tool.title}, {how},", agreement)
