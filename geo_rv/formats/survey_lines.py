"""The lines of a survey coordinate text, told apart: points as numbers, all others as text."""

from __future__ import annotations

import dataclasses
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_rv.formats.survey_layout import (
    ATTRIBUTES,
    PLOT_END,
    PLOTS,
    POINT_LINE,
    SIGNED_PLOT_LINE,
    UNSIGNED_PLOT_LINE,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BLOCK_CHARACTERS: Final = 1 << 20
_HEADER: Final = r"^[\[【].*[\]】]$"
_PLOTS_NAME: Final = PLOTS[-2:]
_MARK: Final = "\ufeff"
_END_OF_FILE: Final = "\x1a"


@dataclass(frozen=True)
class Lines:
    """The lines of a text that are not blank; they are numbered from 1."""

    point_at: Ints
    """Which lines are laid out like a point."""
    numbers: Ints
    """The digits of each point's number, -1 where it has none."""
    rings: Ints
    """Each point's ring as it is written, -1 where it says none."""
    north: Floats
    east: Floats
    """What stands in the place of X and of Y."""
    other_at: Ints
    """Which lines are anything else."""
    others: Any
    """The text of each of these lines, as it is (Arrow strings)."""
    is_header: Mask
    """Which of the other lines begin a section."""
    is_plot: Mask
    """Which of the other lines are a plot's where they stand among plots."""
    is_signed: Mask
    """Which of the other lines are a plot's in any section."""


def split_lines(text: str) -> Lines:
    """Return the lines of `text`, whatever ends them."""
    return join_lines(read_blocks(io.StringIO(text, newline=None)))


def read_blocks(source: TextIO) -> Iterator[Lines]:
    """Yield the lines of a text file opened with universal newlines, some thousands at a time."""
    before = 0
    for block in _cut_blocks(source):
        lines, count = _read_block(block, before)
        yield lines
        before += count


def join_lines(blocks: Iterable[Lines]) -> Lines:
    """Return the lines of `blocks`, of which there is at least one, as one."""
    columns: dict[str, list[Any]] = {field.name: [] for field in dataclasses.fields(Lines)}
    for block in blocks:
        for name, column in columns.items():
            column.append(getattr(block, name))
    # each is let go of once it is joined, so that nothing is there twice but one of them
    return Lines(*(_join(columns.pop(name)) for name in list(columns)))


def to_half_width(text: str) -> str:
    """Return `text` in half-width characters and trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def name_section(header: str) -> str:
    """Return the name of the section that the line `header` begins."""
    return to_half_width(header)[1:-1].strip()


def holds_plots(section: str) -> bool:
    """Return whether the section of that name is the one with the plots."""
    return section.endswith(_PLOTS_NAME)


def is_survey(start: str) -> bool:
    """Return whether a text that begins with `start` is a survey coordinate text.

    It is where a section of it is known, or its first line is that of a plot.
    """
    lines = split_lines(start)
    headers = lines.others.filter(pa.array(lines.is_header)).to_pylist()
    names = [name_section(header) for header in headers]
    if any(name == ATTRIBUTES or holds_plots(name) for name in names):
        return True
    is_plot_first = len(lines.other_at) > 0 and (
        len(lines.point_at) == 0 or lines.other_at[0] < lines.point_at[0]
    )
    return is_plot_first and bool(lines.is_signed[0])


def _cut_blocks(source: TextIO) -> Iterator[str]:
    """Yield a text in pieces of whole lines, so that what is in work at once is little."""
    block = source.read(_BLOCK_CHARACTERS).lstrip(_MARK) + source.readline()
    while following := source.read(_BLOCK_CHARACTERS):
        yield block.removesuffix("\n")
        block = following + source.readline()
    yield block.rstrip(_END_OF_FILE)


def _read_block(block: str, before: int) -> tuple[Lines, int]:
    """Return the lines of `block`, which `before` lines precede, and how many there are."""
    raw = pc.split_pattern(pa.array([block], pa.large_string()), "\n").flatten()
    clean = pc.utf8_trim_whitespace(pc.utf8_normalize(raw, "NFKC"))
    found = pc.extract_regex(clean, POINT_LINE)
    is_point = found.is_valid().to_numpy(zero_copy_only=False)
    is_other = ~is_point & (pc.utf8_length(clean).to_numpy() > 0)
    at = np.arange(before + 1, before + 1 + len(raw))
    points = found.drop_null()
    others = clean.filter(pa.array(is_other))
    lines = Lines(
        point_at=at[is_point],
        numbers=_to_whole(pc.struct_field(points, "number")),
        rings=_to_whole(pc.struct_field(points, "ring")),
        north=pc.struct_field(points, "north").cast(pa.float64()).to_numpy(),
        east=pc.struct_field(points, "east").cast(pa.float64()).to_numpy(),
        other_at=at[is_other],
        others=raw.filter(pa.array(is_other)),
        is_header=_match(others, _HEADER),
        is_plot=_match(others, rf"{PLOT_END}$|{UNSIGNED_PLOT_LINE}"),
        is_signed=_match(others, SIGNED_PLOT_LINE),
    )
    return lines, len(raw)


def _join(parts: list[Any]) -> Any:
    return np.concatenate(parts) if isinstance(parts[0], np.ndarray) else pa.concat_arrays(parts)


def _to_whole(digits: Any) -> Ints:
    """Return texts of digits as whole numbers, -1 for those that are empty."""
    is_empty = pc.equal(digits, "")
    whole: Ints = pc.if_else(is_empty, "-1", digits).cast(pa.int64()).to_numpy()
    return whole


def _match(texts: Any, pattern: str) -> Mask:
    found: Mask = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found
