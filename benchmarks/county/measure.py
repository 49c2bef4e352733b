"""Measures the tools on one project: the search alone, from the files on, single points."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.county.launch import Ending, LeftOut, Worker
from benchmarks.county.tools import OURS, UNCACHED

Tell = Callable[[str], None]
COMPILED = "NUMBA_CACHE_DIR"
"""Where numba keeps what it has compiled, if not beside the modules."""


@dataclass(frozen=True)
class Core:
    """The search alone, on what was loaded and indexed beforehand."""

    load: float
    first: float
    seconds: float
    """The median of the runs after the first one."""
    peak_gb: float


@dataclass(frozen=True)
class Cold:
    """A new process, from the files to the finding table."""

    seconds: float
    """The median of the runs."""
    peak_gb: float
    """The largest of them."""


def measure_core(
    project: Path, names: Iterable[str], answers: Path, *, runs: int, tell: Tell
) -> dict[str, Core]:
    """Have each tool load, then all search in turn; their answers go into the folder `answers`.

    In turn, so that a slower moment of the machine meets all alike. A peer that is not on this
    machine is left out with a line.
    """
    with ExitStack() as stack:
        workers, loads = {}, {}
        for name in names:
            file = answers / f"warm-{name}.npz"
            worker = stack.enter_context(Worker("warm", name, project, file))
            try:
                loads[name] = float(worker.hear()["seconds"])
            except LeftOut as reason:
                if name == OURS:
                    raise
                tell(f"left out: {name}: {reason}")
                continue
            workers[name] = worker
            tell(f"{project.name}: {name} has loaded")
        rounds = [_search(workers, project, tell) for _run in range(runs + 1)]
        measured = {}
        for name, worker in workers.items():
            first, *others = (seconds[name] for seconds in rounds)
            peak = worker.finish().peak_gb
            measured[name] = Core(loads[name], first, statistics.median(others), peak)
        return measured


def measure_cold(
    project: Path, names: Iterable[str], answers: Path, *, runs: int, tell: Tell
) -> dict[str, Cold]:
    """Run each tool in new processes, in turn."""
    endings: dict[str, list[Ending]] = {}
    for _run in range(runs):
        for name in names:
            with Worker("cold", name, project, answers / f"cold-{name}.npz") as worker:
                endings.setdefault(name, []).append(worker.finish())
        tell(f"{project.name}: each tool has gone from the files to its findings")
    return {
        name: Cold(
            statistics.median(ending.seconds for ending in each),
            max(ending.peak_gb for ending in each),
        )
        for name, each in endings.items()
    }


def measure_click(project: Path, answers: Path) -> dict[str, float]:
    """Return the seconds of one point on the open project: first, median, p95, and how many."""
    with Worker("click", OURS, project, answers / "click") as worker:
        (facts,) = worker.finish().facts
    return facts


def measure_compilation(project: Path) -> float:
    """Return the seconds that compiling our kernel adds to its first use on a machine.

    Afterwards what was compiled is there for the other measurements too.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.npz"
        seconds = []
        for place in ({COMPILED: folder}, {COMPILED: folder}, {}):
            with Worker("cold", UNCACHED, project, file, environment=place) as worker:
                seconds.append(worker.finish().seconds)
    return seconds[0] - seconds[1]


def _search(workers: dict[str, Worker], project: Path, tell: Tell) -> dict[str, float]:
    seconds = {name: worker.ask() for name, worker in workers.items()}
    told = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    tell(f"{project.name}: {told}")
    return seconds
