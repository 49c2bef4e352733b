"""Features on their way out of a file: texts in columns, and geometries as well-known binary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import numpy.typing as npt

from geo_rv.formats.elements import FileRefused

GEOMETRY = "geometry"
POINT, LINE, POLYGON, COLLECTION = 1, 2, 3, 7
_TO_MANY = 3
"""From the type of a single geometry to that of several."""

Places = npt.NDArray[np.float64]
Part = tuple[int, bytes]
"""The type of a geometry, and its well-known binary (little-endian, two dimensions)."""


@dataclass(frozen=True)
class Bounds:
    """How much is taken from one file; what is more refuses it."""

    rows: int
    columns: int
    vertices: int
    levels: int
    """Elements within elements."""


class FeatureTable:
    """Rows of texts and geometries; a column begins where a row first has it."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.geometries: list[bytes | None] = []
        self.columns: dict[str, list[str | None]] = {}

    def __len__(self) -> int:
        return len(self.geometries)

    def add_row(self, values: Mapping[str, str], parts: list[Part]) -> None:
        """Add a row whose geometry has `parts`; raises FileRefused where there are too many."""
        if len(self) == self.bounds.rows:
            raise FileRefused("rows", most=self.bounds.rows)
        for name, value in values.items():
            column = self.columns.setdefault(name, [])
            column.extend([None] * (len(self) - len(column)))
            column.append(value)
        if len(self.columns) > self.bounds.columns:
            raise FileRefused("columns", most=self.bounds.columns)
        self.geometries.append(join_parts(parts))

    def write(self, path: Path) -> dict[str, Any]:
        """Write an Arrow file as `gdal_door` reads it, and return what it says of it."""
        # a limit on memory must be in force before Arrow starts
        import pyarrow as pa  # noqa: PLC0415 - as said

        arrays = {
            str(number): pa.array(column + [None] * (len(self) - len(column)), pa.large_string())
            for number, column in enumerate(self.columns.values())
        }
        table = pa.table({**arrays, GEOMETRY: pa.array(self.geometries, pa.large_binary())})
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        return {
            "file": path.name,
            "columns": list(self.columns),
            "crs": None,
            "rows": len(self),
            "warnings": [],
        }


def make_point(place: Places) -> Part:
    """Return the point at `place`, shape (1, 2)."""
    return POINT, _start(POINT) + _encode(place)


def make_line(places: Places) -> Part:
    """Return the line through `places`, shape (n, 2)."""
    return LINE, _start(LINE) + pack("<I", len(places)) + _encode(places)


def make_polygon(rings: list[Places]) -> Part:
    """Return the polygon whose first ring is its shell and whose others are its holes."""
    ended = b"".join(pack("<I", len(ring)) + _encode(ring) for ring in rings)
    return POLYGON, _start(POLYGON) + pack("<I", len(rings)) + ended


def join_parts(parts: list[Part]) -> bytes | None:
    """Return one geometry of `parts`: of several of one type, a multi-geometry of it."""
    if not parts:
        return None
    types = {kind for kind, _ in parts}
    if len(parts) == 1:
        return parts[0][1]
    kind = types.pop() + _TO_MANY if len(types) == 1 else COLLECTION
    return _start(kind) + pack("<I", len(parts)) + b"".join(part for _, part in parts)


def _start(kind: int) -> bytes:
    return pack("<BI", 1, kind)


def _encode(places: Places) -> bytes:
    return places.astype("<f8", copy=False).tobytes()
