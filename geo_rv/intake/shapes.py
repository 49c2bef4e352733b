"""The geometries of a file on their way in: as they came, and as they would be after repair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_rv.geodesy.datum import Datum
from geo_rv.geodesy.measure import measure_area_m2
from geo_rv.intake.candidate import Problem, list_problems

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shapes:
    """One geometry a row, in EPSG:4490 and flat; None where the row has none."""

    geometry: Geometries
    """With every repair that is proposed."""
    before: Geometries
    """As the file has them."""
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    problems: tuple[Problem, ...] = ()
    datum: Datum | None = None
    """What coordinates in degrees were taken to be in; None where the file's system says it."""

    def with_problems(self, problems: Iterable[Problem]) -> Shapes:
        """Return the shapes with `problems` added to their own."""
        return replace(self, problems=(*self.problems, *problems))

    def mend(self, is_mended: Mask, geometry: Geometries, key: str, **facts: Any) -> Shapes:
        """Return the shapes with `geometry`, one for each row where `is_mended`, proposed.

        Each such row is told as a repair `key`, with its areas before and after as facts
        `before_m2` and `after_m2`; other facts as in `list_problems`.
        """
        if not is_mended.any():
            return self
        mended = self.geometry.copy()
        mended[is_mended] = geometry
        told = list_problems(
            is_mended,
            self.rows,
            key,
            severity="repair",
            before_m2=measure_area_m2(self.geometry[is_mended]),
            after_m2=measure_area_m2(geometry),
            **facts,
        )
        return replace(self, geometry=mended, problems=(*self.problems, *told))
