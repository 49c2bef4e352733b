"""Shapes as plain arrays that a file can keep, and back."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo_rv.analysis.decode import HOLE
from geo_rv.analysis.paths import Paths, count_chunks, list_chunks
from geo_rv.analysis.shapes import Shapes

_FORMS: Final = ("f1", "f1", "i1", "i1", "i1", "f2", "i1", "i1")


def list_arrays(shapes: Shapes) -> list[npt.NDArray[Any]]:
    """Return what `restore_shapes` needs, of the shapes of all features of a layer."""
    paths = shapes.paths
    return [
        paths.lon, paths.lat, paths.starts, paths.owners, paths.kinds, paths.boxes,
        shapes.damaged, shapes.order,
    ]  # fmt: skip


def restore_shapes(arrays: list[npt.NDArray[Any]], count: int) -> Shapes | None:
    """Return the shapes of `count` features whose `list_arrays` these are, or None.

    None is for arrays that do not hold together: compiled code believes every index.
    """
    if [array.dtype.kind + str(array.ndim) for array in arrays] != list(_FORMS):
        return None
    lon, lat, starts, owners, kinds, boxes, damaged, order = arrays
    sizes = np.diff(starts)
    is_whole = (
        len(lon) == len(lat)
        and len(starts) == len(owners) + 1 == len(kinds) + 1
        and (starts[0], starts[-1]) == (0, len(lon))
        and sizes.min(initial=1) > 0
        and _are_below(owners, count)
        and _are_below(kinds, HOLE + 1)
        and _are_below(damaged, count)
        and boxes.shape == (len(order), 4)
        and len(order) == count_chunks(sizes).sum()
        and _are_below(order, len(order))
    )
    if not is_whole:
        return None
    paths = Paths(lon, lat, starts, owners, kinds, *list_chunks(starts), boxes)
    return Shapes(paths, np.arange(count), damaged, order, count)


def _are_below(indices: npt.NDArray[Any], end: int) -> bool:
    return bool(indices.min(initial=0) >= 0 and indices.max(initial=0) < max(end, 1))
