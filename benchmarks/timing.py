"""Two ways of doing the same work, in turn."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Comparison:
    """Seconds of ours and of a peer on the same work."""

    work: str
    peer: str
    ours_first: float
    """The first run, which loads and builds what later ones find there."""
    ours: float
    """The median of the runs after it."""
    theirs_first: float
    theirs: float

    @property
    def ratio(self) -> float:
        """How many times ours is faster, once both are warm."""
        return self.theirs / self.ours


def compare(
    work: str, peer: str, *, ours: Callable[[], object], theirs: Callable[[], object], runs: int = 5
) -> Comparison:
    """Run both in turn, so that a slower moment of the machine meets both alike."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(runs + 1):
        for name, run in (("ours", ours), ("theirs", theirs)):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    (ours_first, *ours_rest), (theirs_first, *theirs_rest) = times["ours"], times["theirs"]
    return Comparison(
        work,
        peer,
        ours_first,
        statistics.median(ours_rest),
        theirs_first,
        statistics.median(theirs_rest),
    )


def make_table(comparisons: list[Comparison]) -> Table:
    """Return seconds, first and steady, and how many times ours is faster."""
    table = Table("work", "peer", "ours, first s", "ours s", "peer, first s", "peer s", "faster")
    for row in comparisons:
        seconds = (row.ours_first, row.ours, row.theirs_first, row.theirs)
        table.add_row(row.work, row.peer, *(f"{s:.3f}" for s in seconds), f"{row.ratio:.1f} x")
    return table


def tell_load() -> str:
    """Return how busy the machine has been, and how large it is."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"load average {loads} (1, 5, 15 minutes) on {os.cpu_count()} cores"
