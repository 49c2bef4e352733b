"""Arrays kept in a file beside a project, so that the next start need not make them again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo_rv.errors import OutputError
from geo_rv.files import replace_when_done

FORMAT = "geo-rv 1"
Array = npt.NDArray[Any]


def keep_arrays(file: Path, stamp: str, arrays: Iterable[Array]) -> None:
    """Write `arrays` to `file`, marked with the `stamp` of what they were made from.

    A file that cannot be written (a project on a read-only disk) is no harm: nothing is kept.
    """
    with contextlib.suppress(OSError, OutputError):
        file.parent.mkdir(exist_ok=True)
        with replace_when_done(file) as unfinished, unfinished.open("wb") as target:
            for array in (_mark(stamp), *arrays):
                np.save(target, array, allow_pickle=False)


def recall_arrays(file: Path, stamp: str, *, count: int) -> list[Array] | None:
    """Return the `count` arrays in `file`; None unless it is whole and of that `stamp`."""
    try:
        with file.open("rb") as source:
            if np.load(source, allow_pickle=False).tobytes() != _mark(stamp).tobytes():
                return None
            return [np.load(source, allow_pickle=False) for _ in range(count)]
    except (OSError, ValueError, EOFError):
        return None


def _mark(stamp: str) -> Array:
    return np.frombuffer(f"{FORMAT} {stamp}".encode(), dtype=np.uint8)
