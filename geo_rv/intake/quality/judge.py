"""Every check that rows go through before anybody is asked to agree, in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from geo_rv.intake.candidate import Problem
from geo_rv.intake.quality.batch import Batch
from geo_rv.intake.quality.gaps import judge_gaps
from geo_rv.intake.quality.outlines import judge_corners, judge_slivers
from geo_rv.intake.quality.overlaps import judge_overlaps
from geo_rv.intake.quality.place import judge_vicinity
from geo_rv.intake.quality.repeats import judge_known, judge_shapes
from geo_rv.intake.quality.values import judge_areas, judge_dates, judge_ranges
from geo_rv.intake.quality.villages import settle_villages

Check = Callable[[Batch], list[Problem]]

_OF_VALUES: Final[tuple[Check, ...]] = (judge_vicinity, judge_ranges, judge_dates)
"""What may refuse a row by itself."""
_OF_SHAPES: Final[tuple[Check, ...]] = (
    judge_areas,
    judge_corners,
    judge_slivers,
    judge_shapes,
    judge_overlaps,
)
"""What is told of rows that come in, beside each other."""


def judge_batch(batch: Batch, *, gaps: bool) -> tuple[Batch, list[Problem]]:
    """Return `batch` with the values that its checks settle, and all that is wrong with it.

    `gaps` asks for the land that the layer leaves open. What is refused by one check is no longer
    compared with other rows by those after it.
    """
    problems: list[Problem] = []

    def run(*checks: Check) -> None:
        nonlocal batch
        for check in checks:
            batch.progress("progress.judging")
            problems.extend(check(batch))
        batch = batch.refuse(problems)

    run(*_OF_VALUES)
    batch, told = settle_villages(batch)
    problems += told
    # with the villages in place, as they are in the project
    run(judge_known)
    run(*_OF_SHAPES)
    if gaps:
        run(judge_gaps)
    return batch, problems
