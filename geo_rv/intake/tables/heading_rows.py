"""Where the headings of a table are: below its title, perhaps on two lines, above its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.headings import make_key, split_unit
from geo_rv.intake.raw import name_columns
from geo_rv.intake.tables.cells import Grid, Sheet
from geo_rv.intake.tables.merged import fill_merged

LOOKED_AT = 30
"""Filled rows, from the first, among which headings are looked for."""
_MOST_LINES = 3
"""Lines that headings may fill."""
_SHOWN_CHARACTERS = 60

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Headings:
    """The headings of a table, and which filled rows they stand in, the first being 0."""

    names: tuple[str | None, ...]
    first: int
    last: int
    words: tuple[str | None, ...] = ()
    """The names without the heading above them, where there is one."""

    @property
    def count(self) -> int:
        """How many columns have one."""
        return sum(name is not None for name in self.names)


def find_headings(rows: Sequence[Cells], known: AbstractSet[str]) -> Headings | None:
    """Return the headings among the first `rows` of a table, or None where there are none.

    `rows` are equally long; `known` are the keys of names that columns may have. The row, or the
    rows that complete each other, with most of these names are taken; where no name is known,
    the first row that is wide enough and holds words rather than numbers.
    """
    looked_at = rows[:LOOKED_AT]
    widest = max((_count_filled(row) for row in looked_at), default=0)
    blocks = [
        block
        for start in range(len(looked_at))
        for block in _join_lines(looked_at, start)
        if 2 * block.count >= widest and _count_numbers(block.names) * 2 <= block.count
    ]
    scored = [(sum(_is_known(name, known) for name in block.words), block) for block in blocks]
    named = [pair for pair in scored if pair[0]]
    if named:
        # of blocks that end alike the shortest: what stands above is a title
        return max(named, key=lambda pair: (pair[0], -pair[1].last, pair[1].first))[1]
    wordy = (
        block
        for block in blocks
        if block.first == block.last and 4 * _count_numbers(block.names) <= block.count
    )
    return next(wordy, None)


def make_sheet(grid: Grid, known: AbstractSet[str]) -> Sheet:
    """Return the table of `grid`, its headings found; what stands above them is told."""
    sample = grid.cells.head(LOOKED_AT).astype(object)
    rows = sample.where(sample.notna(), None).to_numpy().tolist()
    found = find_headings(rows, known)
    if found is None:
        problems = [Problem("headings_missing", "warning")]
        found = Headings((None,) * grid.cells.shape[1], first=0, last=-1)
        width = grid.cells.shape[1]
    else:
        problems = _tell_above(rows, grid, found)
        width = int(grid.widths[found.first : found.last + 1].max())
    names, start = found.names, found.last + 1
    grid, filled = fill_merged(grid, after=int(grid.rows[found.last]) if start else 0)
    if filled:
        problems.append(Problem("merged_filled", "warning", facts={"count": filled}))
    body, numbers = grid.cells.iloc[start:], grid.rows[start:]
    is_longer = body.iloc[:, width:].notna().any(axis=1).to_numpy(dtype=bool)
    problems += list_problems(is_longer, numbers, "row_too_long")
    headings = name_columns(names[:width])
    is_kept = [
        name is not None or bool(body.iloc[:, at].notna().any())
        for at, name in enumerate(names[:width])
    ]
    table = body.iloc[:, :width].set_axis(headings, axis=1).loc[:, is_kept]
    return Sheet(grid.name, table.reset_index(drop=True), numbers, tuple(problems))


def _tell_above(rows: Sequence[Cells], grid: Grid, found: Headings) -> list[Problem]:
    problems = [
        Problem("line_above", "warning", row=int(grid.rows[at]), facts={"text": show_row(rows[at])})
        for at in range(found.first)
    ]
    if found.last > found.first:
        first, last = (int(grid.rows[at]) for at in (found.first, found.last))
        problems.append(Problem("headings_joined", "warning", facts={"first": first, "last": last}))
    return problems


def show_row(row: Cells) -> str:
    """Return the beginning of what a row says."""
    return " ".join(filter(None, row))[:_SHOWN_CHARACTERS]


def _join_lines(rows: Sequence[Cells], start: int) -> Iterator[Headings]:
    """Yield the row `start` as headings, then with each further line that completes it."""
    names, groups = list(rows[start]), [""] * len(rows[start])
    yield Headings(tuple(names), start, start, tuple(names))
    for at in range(start + 1, min(start + _MOST_LINES, len(rows))):
        heads = _find_groups(names, rows[at])
        if heads is None:
            return
        for column, head in heads.items():
            groups[column] += names[head] or ""
        names = [
            name if below is None else below for name, below in zip(names, rows[at], strict=True)
        ]
        again = Counter(filter(None, names))
        full = [
            f"{group}{name}" if name is not None and again[name] > 1 else name
            for group, name in zip(groups, names, strict=True)
        ]
        yield Headings(tuple(full), start, at, tuple(names))


def _find_groups(above: Cells, below: Cells) -> dict[int, int] | None:
    """Return the columns that `below` divides a heading into, each with that heading's column.

    None where the lines do not complete each other: a line of headings has words only below a
    heading that has nothing beside it, where the one below it does.
    """
    heads: dict[int, int] = {}
    head = None
    for column, name in enumerate(below):
        if name is None:
            head = None
        elif above[column] is not None:
            head = column
        if name is not None:
            if head is None or _is_number(name):
                return None
            heads[column] = head
    sizes = Counter(heads.values())
    return heads if heads and min(sizes.values()) > 1 else None


def _is_known(name: str | None, known: AbstractSet[str]) -> bool:
    return name is not None and (make_key(name) in known or split_unit(name)[0] in known)


def _count_filled(row: Cells) -> int:
    return sum(cell is not None for cell in row)


def _count_numbers(row: Cells) -> int:
    return sum(cell is not None and _is_number(cell) for cell in row)


def _is_number(text: str) -> bool:
    """Return whether a cell holds a number, an angle or a date rather than words."""
    return 2 * sum(map(str.isdigit, text)) >= len(text)
