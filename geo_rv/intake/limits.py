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
    archive_depth: int = 1
    """How deep archives (also .kmz and .xlsx) may lie in an archive."""
    rows: int = 2_000_000
    """Rows of one table or layer."""
    columns: int = 500
    """Columns of one table or layer."""
    text_bytes: int = 512 * _MIB
    """A survey coordinate text."""
    plots: int = 200_000
    """Lines of a survey coordinate text that are no point's: those of its plots above all."""
    points: int = 10_000_000
    """Points of a survey coordinate text."""
    cell_characters: int = 4 * _MIB
    """Characters of one cell of a delimited text, which may be a polygon."""
    vertices: int = 50_000_000
    """Vertices of one layer, a point counting as two."""
    levels: int = 256
    """Elements within elements of an XML file, arrays and objects within each other of JSON."""
    drawing_depth: int = 8
    """How deep blocks of a drawing may lie in each other."""
    seconds: float = 600.0
    """What a reading process may take for one file."""
    memory_bytes: int = 3072 * _MIB
    """What a reading process may use (POSIX)."""
    output_bytes: int = 4096 * _MIB
    """The largest file that a reading process may write (POSIX)."""


DEFAULT_LIMITS = Limits()
