"""Delimited text and spreadsheets as plain cells of text: nothing computed, nothing fetched."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_rv.errors import EncodingWrong, SourceRefused, SourceUnreadable, TableTooLarge
from geo_rv.intake.candidate import Problem
from geo_rv.intake.readers.dbf import find_encoding
from geo_rv.intake.sniff import DELIMITERS, detect_encoding
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.messages import tell

_BLOCK_ROWS = 8192
_CELLS_A_LINE = 4
"""How many cells of the greatest length one line may have room for."""
_HEAD_ROWS = 200
_LOOKED_AT = 20
"""Lines that are looked at to find the delimiter."""


@dataclass(frozen=True)
class Grid:
    """The cells of a table, before anybody knows which row is its heading."""

    name: str
    cells: pd.DataFrame
    """Trimmed texts, missing where empty, in columns 0, 1 …; rows without any value left out."""
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    widths: NDArray[np.int64]
    """How many cells the file has in each row, empty ones included."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged cells as first row (its number), first column, last row, last column."""
    is_hidden: bool = False

    def head(self) -> Grid:
        """Return the first rows, which tell what the table is about."""
        cells, rows = self.cells.head(_HEAD_ROWS), self.rows[:_HEAD_ROWS]
        return replace(self, cells=cells, rows=rows, widths=self.widths[:_HEAD_ROWS])


@dataclass(frozen=True)
class Sheet:
    """One table: its headings, and the rows below them."""

    name: str
    table: pd.DataFrame
    """The values as text, one column a heading; headings are unique and trimmed."""
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    problems: tuple[Problem, ...]


def read_csv(path: Path, *, name: str, room: Room, encoding: str | None = None) -> Grid:
    """Return the cells of a delimited text, as the one table `name`.

    `encoding` is what the user says that it is in, else it is found in the bytes. Raises
    SourceRefused (nothing in it), SourceUnreadable, TableTooLarge, EncodingUnknown, or
    EncodingWrong where the text is not in the encoding that the user says.
    """
    found = find_encoding(encoding) if encoding else detect_encoding(path)
    blocks = []
    # one cell may hold a whole polygon as text
    csv.field_size_limit(room.limits.cell_characters)
    with path.open(encoding=found, newline="") as source:
        reader = None
        try:
            delimiter = _choose_delimiter(source, room)
            reader = csv.reader(_read_lines(source, room), delimiter=delimiter, strict=True)
            for block in _gather_blocks(reader, room):
                room.progress("progress.reading")
                blocks.append(block)
        except csv.Error as error:
            problem = f"{reader.line_num if reader else 1}: {error}"
            raise SourceUnreadable(file=room.file, problem=problem) from error
        except UnicodeError as error:
            raise EncodingWrong(file=room.file, encoding=found) from error
    if not any(len(block) for block in blocks):
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.no_rows"))
    return _join_blocks(name, blocks)


def make_grid(name: str, table: pa.Table, **about: object) -> Grid:
    """Return a grid of `table`, whose first columns are "row" and "width"."""
    numbers = [np.asarray(table.column(at), dtype=np.int64) for at in (0, 1)]
    cells = table.drop_columns(table.column_names[:2]).to_pandas(split_blocks=True)
    return Grid(name, cells.set_axis(range(cells.shape[1]), axis=1), *numbers, **about)  # type: ignore[arg-type]  # the rest of Grid's fields


def _read_lines(source: io.TextIOBase, room: Room) -> Iterator[str]:
    """Yield the lines of `source`; raises csv.Error at one without end."""
    most = room.limits.cell_characters * _CELLS_A_LINE
    while line := source.readline(most):
        if len(line) == most:
            raise csv.Error(f"line longer than {most} characters")
        yield line


def _choose_delimiter(source: io.TextIOBase, room: Room) -> str:
    """Return the delimiter that most of the first lines have equally many of; rewind `source`."""
    filled = list(islice(filter(str.strip, _read_lines(source, room)), _LOOKED_AT))
    source.seek(0)

    def rate(sign: str) -> tuple[int, int]:
        counts = Counter(count for line in filled if (count := line.count(sign)))
        return max(((lines, count) for count, lines in counts.items()), default=(0, 0))

    return max(DELIMITERS, key=rate)


def _gather_blocks(reader: Iterable[list[str]], room: Room) -> Iterator[pa.Table]:
    """Yield the filled rows of `reader` in blocks, with the columns row, width, 0, 1 and so on."""
    numbered = _number_rows(reader, room)
    while block := list(islice(numbered, _BLOCK_ROWS)):
        numbers, rows = zip(*block, strict=True)
        columns = [_trim_cells(column) for column in zip_longest(*rows)]
        widths = pa.array(map(len, rows), pa.int64())
        names = ["row", "width", *map(str, range(len(columns)))]
        table = pa.table([pa.array(numbers, pa.int64()), widths, *columns], names=names)
        is_filled = reduce(pc.or_, (pc.is_valid(column) for column in columns))
        yield table.filter(is_filled)


def _number_rows(reader: Iterable[list[str]], room: Room) -> Iterator[tuple[int, list[str]]]:
    limits = room.limits
    for number, row in enumerate(reader, 1):
        if number > limits.rows + 1 or len(row) > limits.columns:
            raise TableTooLarge(file=room.file, rows=limits.rows, columns=limits.columns)
        if row:
            yield number, row


def _trim_cells(column: Iterable[str | None]) -> pa.Array:
    """Return trimmed texts, null where they are empty."""
    trimmed = pc.utf8_trim_whitespace(pa.array(column, pa.large_string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)


def _join_blocks(name: str, blocks: list[pa.Table]) -> Grid:
    """Return the blocks as one grid, as wide as the widest."""
    return make_grid(name, pa.concat_tables(blocks, promote_options="default"))
