"""How much of a file is taken in before it is refused: sizes, counts, time and memory."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds that no honest file of a town comes near."""

    file_bytes: int = 2048 * _MIB
    """One file as it is brought."""
    archive_entries: int = 1000
    archive_bytes: int = 2048 * _MIB
    """All that an archive unpacks to."""
    archive_ratio: float = 200.0
    """How many times larger an archive may unpack, once it unpacks to `archive_ratio_from`."""
    archive_ratio_from: int = 16 * _MIB
    rows: int = 2_000_000
    """Rows of a table."""
    columns: int = 500
    """Columns of a table."""
    seconds: float = 600.0
    """What GDAL may take for one file."""
    memory_bytes: int = 3072 * _MIB
    """What the GDAL process may use (POSIX)."""
    output_bytes: int = 8192 * _MIB
    """The largest file that the GDAL process may write (POSIX)."""


DEFAULT_LIMITS = Limits()
