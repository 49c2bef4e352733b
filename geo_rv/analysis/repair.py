"""Invalid polygons: which they are, and the copies that stand in for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geo_rv.geodesy.measure import POLYGONS, Geometries, Indices
from geo_rv.parallel import split_work

_FACES: Final = (3, 6, 7)
"""Numbers in well-known binary of polygons, and of what may hold them."""


def repair_polygons(geometries: Iterable[Any]) -> Geometries:
    """Return `geometries` with a valid copy in the place of each invalid polygon.

    The structure method is used: it keeps what every ring encloses, where a buffer of 0 drops
    parts of it.
    """
    repaired = np.array(geometries, dtype=object)
    broken = np.isin(shapely.get_type_id(repaired), POLYGONS)
    with np.errstate(invalid="ignore"):  # GEOS meets vertices that are no numbers
        broken[broken] = ~shapely.is_valid(repaired[broken])
        repaired[broken] = shapely.make_valid(
            repaired[broken], method="structure", keep_collapsed=True
        )
    return repaired


def find_invalid(blobs: pa.LargeBinaryArray) -> Indices:
    """Return the indices of the invalid polygons among geometries in well-known binary."""
    starts = np.frombuffer(blobs.buffers()[1], dtype=np.int64)[
        blobs.offset : blobs.offset + len(blobs) + 1
    ]
    filled = np.flatnonzero(np.diff(starts) > 0)
    data = np.frombuffer(blobs.buffers()[2] or b"", dtype=np.uint8)
    # the number's two lower bytes: a third and fourth dimension add thousands to it
    codes = data[starts[filled] + 1] + 256 * data[starts[filled] + 2].astype(np.int64)
    faces = filled[np.isin(codes % 1000, _FACES)]
    valid = np.ones(len(faces), dtype=bool)

    def judge(first: int, last: int) -> None:
        some: npt.NDArray[np.object_] = shapely.from_wkb(blobs.take(pa.array(faces[first:last])))
        with np.errstate(invalid="ignore"):
            valid[first:last] = shapely.is_valid(some)

    split_work(len(faces), judge, least=1_000)
    return faces[~valid]
