"""What a planner's click costs: one point on the open project."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np

from benchmarks.county.workload import SEED, scatter, set_down
from geo_rv.project import Project

POINTS = 300


def time_clicks(folder: Path) -> dict[str, float]:
    """Return seconds of a check of one point: the first, the median and the 95th percentile."""
    project = Project.open(folder)
    seconds = []
    for lon, lat in set_down(scatter(np.random.default_rng(SEED), POINTS)):
        start = time.perf_counter()
        project.check_point(float(lon), float(lat))
        seconds.append(time.perf_counter() - start)
    first, *others = seconds
    return {
        "first": first,
        "median": statistics.median(others),
        "p95": float(np.percentile(others, 95)),
        "points": len(others),
    }
