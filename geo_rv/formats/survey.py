"""The survey coordinate text (勘测定界、界址点 TXT) as flat arrays: sections, plots, rings, points.

Nothing is judged here but what can be read at all; coordinates stay as they are written, X as
`north` and Y as `east`, whatever they turn out to be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_rv.formats.survey_layout import FURTHER_FIELD, MOST_VALUES, PLOT_FIELDS
from geo_rv.formats.survey_lines import (
    Floats,
    Ints,
    Lines,
    Mask,
    holds_plots,
    name_section,
    split_lines,
    to_half_width,
)
from geo_rv.formats.survey_rings import Rings, find_rings

Number = TypeVar("Number", np.int64, np.float64)

_EQUALS: Final = re.compile("[=＝]")
_PLOT_SIGN: Final = r"\s*[,，]?\s*[@＠]\s*$"


@dataclass(frozen=True)
class Plots:
    """The plots (地块), in the order of the text."""

    lines: Ints
    """The line that each begins with, from 1."""
    table: pd.DataFrame
    """The values of each plot's line as text: a column for each of `PLOT_FIELDS` and for what
    goes beyond; missing where the line does not have it, and in all where there is no line."""
    has_line: Mask
    """Whether the plot begins with a line of its own, and not with its first point."""
    is_signed: Mask
    """Whether that line ends as it should."""


@dataclass(frozen=True)
class Points:
    """The points that can be read, in the order of the text."""

    north: Floats
    """X as it is written."""
    east: Floats
    """Y as it is written."""
    lines: Ints
    plots: Ints
    """The index of each point's plot."""
    numbers: Ints
    """The digits of the point's number; -1 where it has none."""


@dataclass(frozen=True)
class Unreadable:
    """Lines among the points of a plot that are no points."""

    lines: Ints
    plots: Ints
    """The index of each line's plot."""
    texts: NDArray[np.object_]


@dataclass(frozen=True)
class Survey:
    """What a survey coordinate text holds."""

    sections: Mapping[str, Mapping[str, str]]
    """The values of each section but that of the plots, by their keys; "" names what stands
    before the first section."""
    repeated: tuple[str, ...]
    """Keys that have several values in a section, of which the first is taken."""
    unused: Ints
    """Lines outside the plots that are no key and value."""
    plots: Plots
    rings: Rings
    points: Points
    unreadable: Unreadable


def parse_survey(text: str) -> Survey:
    """Return what `text` holds; whatever it is, nothing is raised."""
    return assemble_survey(split_lines(text))


def assemble_survey(lines: Lines) -> Survey:
    """Return what the text of these lines holds."""
    header_at = lines.other_at[lines.is_header]
    names = [name_section(text) for text in lines.others.filter(_mask(lines.is_header)).to_pylist()]
    is_point_meant, is_other_meant = _find_meant(lines, header_at, names)
    is_other_meant &= ~lines.is_header
    point_at, other_at = _keep(lines.point_at, is_point_meant), lines.other_at[is_other_meant]
    plot_at = other_at[_find_plots(lines)[is_other_meant]]
    starts = _find_starts(point_at, other_at, plot_at, header_at)
    of_points, of_others = (
        np.searchsorted(starts, at, side="right") - 1 for at in (point_at, other_at)
    )
    points = Points(
        north=_keep(lines.north, is_point_meant),
        east=_keep(lines.east, is_point_meant),
        lines=point_at,
        plots=of_points,
        numbers=_keep(lines.numbers, is_point_meant),
    )
    is_bad = is_other_meant & ~_find_plots(lines)
    sections, repeated, unused = _read_sections(lines, is_other_meant, header_at, names)
    stray = lines.point_at[~is_point_meant]
    return Survey(
        sections=sections,
        repeated=repeated,
        unused=np.sort(np.concatenate([stray, unused])),
        plots=_read_plots(lines, is_other_meant, starts),
        rings=find_rings(
            points.plots, _keep(lines.rings, is_point_meant), points.north, points.east
        ),
        points=points,
        unreadable=Unreadable(
            lines=lines.other_at[is_bad],
            plots=of_others[is_bad[is_other_meant]],
            texts=_to_objects(lines.others.filter(_mask(is_bad))),
        ),
    )


def _find_meant(lines: Lines, header_at: Ints, names: list[str]) -> tuple[Mask, Mask]:
    """Return which points and which other lines stand among plots.

    Plots begin with their section, or with the first line that is plainly a plot's, and end
    with the next section.
    """
    signed_at = lines.other_at[lines.is_signed & ~lines.is_header]
    marks = np.concatenate([header_at, signed_at])
    opens = np.array([*map(holds_plots, names), *[True] * len(signed_at)], dtype=bool)
    order = np.argsort(marks)
    # before the first mark there are no plots
    states = np.concatenate([[False], opens[order]])
    point_states, other_states = (
        states[np.searchsorted(marks[order], at, side="right")]
        for at in (lines.point_at, lines.other_at)
    )
    return point_states, other_states


def _find_plots(lines: Lines) -> Mask:
    """Return which of the other lines, where they stand among plots, begin one."""
    values = pc.count_substring_regex(lines.others, "[,，]").to_numpy(zero_copy_only=False) + 1
    is_plot: Mask = lines.is_plot & (values <= MOST_VALUES)
    return is_plot


def _find_starts(point_at: Ints, other_at: Ints, plot_at: Ints, header_at: Ints) -> Ints:
    """Return the lines that begin a plot, of points and other lines that stand among plots.

    `plot_at` are those of the other lines that begin one; the first line of a section begins a
    plot even where it is none's.
    """
    edges = np.concatenate([[0], header_at])
    firsts = np.unique(np.concatenate([_take_next(at, edges) for at in (point_at, other_at)]))
    is_first = np.diff(np.searchsorted(header_at, firsts), prepend=-1) > 0
    return np.union1d(plot_at, firsts[is_first])


def _take_next(lines: Ints, edges: Ints) -> Ints:
    """Return the first of `lines` (ascending) behind each of `edges` that has one."""
    places = np.searchsorted(lines, edges)
    return lines[places[places < len(lines)]]


def _read_plots(lines: Lines, is_meant: Mask, starts: Ints) -> Plots:
    """Return the plots that begin at the lines `starts`."""
    is_plot = is_meant & _find_plots(lines)
    at = lines.other_at[is_plot]
    places = np.searchsorted(starts, at)
    has_line = np.zeros(len(starts), dtype=bool)
    has_line[places] = True
    texts = lines.others.filter(_mask(is_plot))
    is_signed = np.zeros(len(starts), dtype=bool)
    is_signed[places] = pc.match_substring_regex(texts, "[@＠]\\s*$").to_numpy(zero_copy_only=False)
    table = _split_values(texts).set_axis(places, axis=0).reindex(range(len(starts)))
    return Plots(starts, table, has_line, is_signed)


def _split_values(texts: Any) -> pd.DataFrame:
    """Return the values of plots' lines, one row each."""
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, _PLOT_SIGN, ""))
    commas = pc.count_substring(bare, ",")
    # a full-width comma parts values only where the half-width ones do not part them all
    is_parted = pc.greater_equal(commas, len(PLOT_FIELDS) - 1)
    bare = pc.if_else(is_parted, bare, pc.replace_substring(bare, "，", ","))
    values = pc.split_pattern(bare, ",")
    counts = pc.list_value_length(values).to_numpy(zero_copy_only=False)
    width = max(len(PLOT_FIELDS), counts.max(initial=0))
    offsets = values.offsets.to_numpy()[:-1]
    columns = {}
    for place in range(width):
        has_value = counts > place
        column = np.full(len(counts), None, dtype=object)
        told = values.flatten().take(pa.array(offsets[has_value] + place))
        column[has_value] = _to_objects(pc.utf8_trim_whitespace(told))
        columns[_name_field(place)] = column
    return pd.DataFrame(columns, dtype=object)


def _name_field(place: int) -> str:
    if place < len(PLOT_FIELDS):
        return PLOT_FIELDS[place]
    return FURTHER_FIELD.format(number=place + 1)


def _read_sections(
    lines: Lines, is_among_plots: Mask, header_at: Ints, names: list[str]
) -> tuple[dict[str, dict[str, str]], tuple[str, ...], Ints]:
    """Return the values of the sections, the keys that repeat, and lines that are no value."""
    is_value = ~is_among_plots & ~lines.is_header
    at = lines.other_at[is_value]
    owners = ["", *names]
    sections: dict[str, dict[str, str]] = {}
    repeated: dict[str, None] = {}
    unused = []
    texts = lines.others.filter(_mask(is_value)).to_pylist()
    places = np.searchsorted(header_at, at).tolist()
    for line, place, text in zip(at.tolist(), places, texts, strict=True):
        key, *value = _EQUALS.split(text, maxsplit=1)
        if not value:
            unused.append(line)
            continue
        section = sections.setdefault(owners[place], {})
        told = value[0].strip()
        if section.setdefault(to_half_width(key), told) != told:
            repeated[to_half_width(key)] = None
    return sections, tuple(repeated), np.array(unused, dtype=np.int64)


def _keep(values: NDArray[Number], is_kept: Mask) -> NDArray[Number]:
    """Return the `values` that are kept, without a copy where all are, as in most texts."""
    return values if is_kept.all() else values[is_kept]


def _mask(mask: Mask) -> Any:
    return pa.array(mask)


def _to_objects(texts: Any) -> NDArray[np.object_]:
    objects: NDArray[np.object_] = texts.to_numpy(zero_copy_only=False)
    return objects
