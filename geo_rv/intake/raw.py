"""One layer as a file holds it: read, and not yet understood as a layer of ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo_rv.intake.candidate import Problem


@dataclass(frozen=True)
class RawLayer:
    """The rows of one layer of a file, and the kind it is taken for, if the file tells."""

    name: str
    kind: str | None
    table: pd.DataFrame
    """The attributes, one row each in the order of the file; headings are unique."""
    geometry: NDArray[np.object_]
    """Shapely geometries, None where the row has none."""
    is_told: NDArray[np.bool_]
    """Where `problems` already tell why there is no geometry."""
    crs: pyproj.CRS
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    problems: tuple[Problem, ...] = ()
    feature_ids: pd.Series | None = None
    """Identities that stand beside the attributes (GeoJSON's member "id")."""
    coordinate_columns: tuple[str, ...] = ()
    """The columns of `table` that the geometries were made of: no fields of the layer."""
    datums: pd.Series | None = None
    """The datum (`geodesy.datum.Datum`) that the file states for each row, missing where it
    states none; None where `crs` says all."""
    format: str = ""
    """What kind of file it came from, as a key below ``intake.format`` of the messages."""
    source: str = ""
    """The file that it came from: its own name, or the name of an archive's entry."""

    @property
    def attributes(self) -> pd.DataFrame:
        """The columns of `table` that may be fields of the layer."""
        return self.table.drop(columns=list(self.coordinate_columns))

    def with_problems(self, problems: Iterable[Problem]) -> RawLayer:
        """Return the layer with `problems` added to its own."""
        return dataclasses.replace(self, problems=(*self.problems, *problems))

    def with_origin(self, found: str, source: str) -> RawLayer:
        """Return the layer with what kind of file it came from and its name, where untold."""
        return dataclasses.replace(self, format=self.format or found, source=self.source or source)


def number_rows(count: int) -> NDArray[np.int64]:
    """Return 1, 2 … `count`."""
    return np.arange(1, count + 1, dtype=np.int64)


def name_columns(headings: Iterable[Any]) -> list[str]:
    """Return trimmed, unique headings; one that repeats or is empty gets its column's number."""
    names: list[str] = []
    for number, heading in enumerate(headings, 1):
        name = "" if heading is None else str(heading).strip()
        names.append(name if name and name not in names else f"{name}#{number}")
    return names
