"""Files that appear when they are complete, and not before."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo_rv.errors import OutputError


@contextmanager
def replace_when_done(file: Path) -> Iterator[Path]:
    """Give a place beside `file` to write to, and put it in the file's place at the end.

    Raises OutputError where nothing can be written; an older file is then untouched.
    """
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".geo-rv-") as folder:
            unfinished = Path(folder) / file.name
            yield unfinished
            unfinished.replace(file)
    except OSError as error:
        raise OutputError(file=file, problem=error.strerror or error) from error
