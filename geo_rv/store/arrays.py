"""Arrays kept in a file beside a project, so that the next start need not make them again.

What a check stands on is never taken from a file that is not whole: after a power cut a disk may
hold a file of the right length whose last blocks are zeros. So every byte counts in a check sum.
"""

from __future__ import annotations

import contextlib
import json
import math
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from geo_rv.errors import OutputError
from geo_rv.files import replace_when_done

MAGIC = b"geo-rv arrays 1\n"
TYPES = ("<f8", "<i8", "|i1")
"""What arrays may hold."""
_NUMBER = np.dtype("<u8")

Array = npt.NDArray[Any]


def keep_arrays(file: Path, stamp: str, arrays: Iterable[Array]) -> None:
    """Write `arrays`, of TYPES, to `file`, marked with the `stamp` of what they were made from.

    A file that cannot be written (a project on a read-only disk) is no harm: nothing is kept.
    """
    with contextlib.suppress(OSError, OutputError):
        whole = [np.ascontiguousarray(array) for array in arrays]
        rows = [[array.dtype.str, array.shape, _sum_bytes(array)] for array in whole]
        header = json.dumps([stamp, rows]).encode()
        file.parent.mkdir(exist_ok=True)
        with replace_when_done(file) as unfinished, unfinished.open("wb") as target:
            numbers = np.array([len(header), zlib.crc32(header)], dtype=_NUMBER)
            target.write(MAGIC + numbers.tobytes() + header)
            for array in whole:
                array.tofile(target)


def recall_arrays(file: Path, stamp: str) -> list[Array] | None:
    """Return the arrays in `file`; None unless it is whole and of that `stamp`."""
    try:
        with file.open("rb") as source:
            return _read_arrays(source, stamp, file.stat().st_size)
    except (OSError, ValueError):
        return None


def _read_arrays(source: BinaryIO, stamp: str, size: int) -> list[Array] | None:
    if source.read(len(MAGIC)) != MAGIC:
        return None
    length, check = np.frombuffer(source.read(2 * _NUMBER.itemsize), dtype=_NUMBER).tolist()
    header = source.read(min(length, size))
    if zlib.crc32(header) != check:
        return None
    kept_stamp, rows = json.loads(header)
    lengths = [np.dtype(kind).itemsize * math.prod(shape) for kind, shape, _ in rows]
    is_whole = source.tell() + sum(lengths) == size and all(row[0] in TYPES for row in rows)
    if kept_stamp != stamp or not is_whole:
        return None
    arrays = [
        np.fromfile(source, dtype=kind, count=math.prod(shape)).reshape(shape)
        for kind, shape, _ in rows
    ]
    if [_sum_bytes(array) for array in arrays] != [row[2] for row in rows]:
        return None
    return arrays


def _sum_bytes(array: Array) -> int:
    """Return a sum that any changed byte changes, and lost blocks do: of words, without end."""
    words = array.view(np.uint64 if array.dtype.itemsize == _NUMBER.itemsize else np.uint8)
    return int(words.sum(dtype=np.uint64)) if words.size else 0
