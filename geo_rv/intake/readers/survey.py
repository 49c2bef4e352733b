"""Survey coordinate texts (勘测定界、界址点 TXT): one row for each plot, in the system it names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Never

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj

from geo_rv.errors import (
    CrsMissing,
    EncodingWrong,
    FileCrsUnknown,
    RingsTooMany,
    SourceRefused,
    SourceTooLarge,
    TableTooLarge,
)
from geo_rv.formats.survey import Survey, assemble_survey
from geo_rv.formats.survey_layout import (
    AREA,
    ATTRIBUTE_KEYS,
    ATTRIBUTES,
    FACE,
    NAME,
    PARAMETERS,
    PLACE_KEYS,
    POINT_COUNT,
    PRECISION,
    SHAPE,
    SHAPES,
    VERSION,
    find_shape,
)
from geo_rv.formats.survey_lines import Ints, Lines, Mask, join_lines, read_blocks, to_half_width
from geo_rv.formats.survey_reference import (
    Reference,
    are_degrees,
    find_reference,
    find_turned,
    find_zones,
)
from geo_rv.formats.survey_shapes import Geometries, build_shapes
from geo_rv.geodesy.crs import parse_crs
from geo_rv.intake.candidate import Problem
from geo_rv.intake.match import choose_layers
from geo_rv.intake.place.reference import (
    choose_crs,
    has_old_datum,
    show_parameters,
    tell_parameters,
)
from geo_rv.intake.raw import RawLayer, name_columns
from geo_rv.intake.readers.dbf import find_encoding
from geo_rv.intake.readers.survey_checks import (
    compare_areas,
    judge_counts,
    judge_lines,
    judge_points,
    judge_text,
)
from geo_rv.intake.sniff import detect_encoding
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.intake.wish import Task
from geo_rv.messages import tell

AREA_M2 = "地块面积（平方米）"
"""The column of the stated area, whatever unit it was stated in, in square metres."""

_NAME_HEADING = "名称"
"""The plots' names have no heading in the text; this one is every layer's."""
_OF_POINTS = (POINT_COUNT, AREA, SHAPE)
"""Columns that are compared with the points, or say what they are, and are no fields."""
_OF_THE_TEXT = (*PLACE_KEYS, VERSION, PRECISION)
"""Values that say nothing of the plots."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def read_survey(path: Path, room: Room, task: Task) -> tuple[RawLayer, ...]:
    """Return the plots of a survey coordinate text as one layer.

    A row's number is that of the line that the plot begins with. The system is the one that the
    text names, by its zone in the eastings or by its 带号. Raises CrsMissing, FileCrsUnknown,
    DatumRefused, ParametersUnusable, or another SourceError or CrsError.
    """
    ((_, kind),) = choose_layers([task.stem], task, file=room.file)
    survey = _parse(path, room, task)
    rows = survey.plots.lines
    zones = _find_plot_zones(survey)
    reference = _find_reference(survey, zones)
    crs, notes = _choose_crs(survey, reference, task, room.file)
    needed = _count_needed(survey)
    # in a system that the user named the eastings may carry any zone, or none
    zone = _find_main(zones) if reference.epsg is not None else None
    refused, is_refused = judge_points(survey, needed, zones, zone)
    shapes = _build(survey, needed, ~is_refused, room.file)
    stated_m2, area_problems = compare_areas(survey, shapes, crs)
    table = _make_table(survey, room)
    table[AREA_M2] = stated_m2
    return (
        RawLayer(
            name=task.stem,
            kind=kind,
            table=table,
            geometry=shapes,
            is_told=is_refused,
            crs=crs,
            rows=rows,
            coordinate_columns=_OF_POINTS,
            problems=(
                *notes,
                *judge_text(survey),
                *refused,
                *judge_counts(survey),
                *judge_lines(survey, needed, crs),
                *area_problems,
            ),
        ),
    )


def _parse(path: Path, room: Room, task: Task) -> Survey:
    """Return what the text holds, within the limits on its size."""
    size, limits = path.stat().st_size, room.limits
    if size > limits.text_bytes:
        raise SourceTooLarge(file=room.file, size_mb=size >> 20, most_mb=limits.text_bytes >> 20)
    given = task.wish.encoding
    encoding = find_encoding(given) if given else detect_encoding(path)
    try:
        with path.open(encoding=encoding) as source:
            lines = join_lines(_bound(read_blocks(source), room))
        # what the blocks took lies idle in Arrow's own store, as much as the points take
        pa.default_memory_pool().release_unused()
    except UnicodeError as error:
        raise EncodingWrong(file=room.file, encoding=encoding) from error
    survey = assemble_survey(lines)
    if not len(survey.plots.lines):
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.no_rows"))
    return survey


def _bound(blocks: Iterable[Lines], room: Room) -> Iterator[Lines]:
    """Yield `blocks` as long as they hold no more than the limits say."""
    limits = room.limits
    most_plots = min(limits.rows, limits.plots)
    most_points = min(limits.vertices, limits.points)
    points = others = 0
    for block in blocks:
        room.progress("progress.reading")
        points += len(block.point_at)
        others += len(block.other_at)
        # each plot begins with a line that is no point's, or with its section's
        if others > most_plots:
            raise TableTooLarge(file=room.file, rows=most_plots, columns=limits.columns)
        if points > most_points:
            reason = tell("intake.refusal.vertices", most=most_points)
            raise SourceRefused(file=room.file, reason=reason)
        yield block


def _find_plot_zones(survey: Survey) -> tuple[Ints, Ints]:
    """Return the lowest and highest zone in the eastings of each plot's points, 0 for none."""
    points, count = survey.points, len(survey.plots.lines)
    turned = find_turned(points.north, points.east, points.plots, count)[points.plots]
    zones = find_zones(np.where(turned, points.north, points.east))
    lowest = np.full(count, np.iinfo(np.int64).max)
    highest = np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(lowest, points.plots, zones)
    np.maximum.at(highest, points.plots, zones)
    is_empty = lowest > highest
    return np.where(is_empty, 0, lowest), np.where(is_empty, 0, highest)


def _find_main(zones: tuple[Ints, Ints]) -> int:
    """Return the zone that most plots are in."""
    found, counts = np.unique(zones[0], return_counts=True)
    return int(found[counts.argmax()])


def _find_reference(survey: Survey, zones: tuple[Ints, Ints]) -> Reference:
    """Return the system that the text names, if it does so once and for all."""
    repeated = [key for key in survey.repeated if key in PLACE_KEYS]
    if repeated:
        return Reference(None, "repeated", ", ".join(repeated))
    is_degrees = are_degrees(survey.points.north, survey.points.east)
    return find_reference(_gather_values(survey), _find_main(zones), is_degrees=is_degrees)


def _gather_values(survey: Survey) -> dict[str, str]:
    """Return the values that say what the coordinates are, from whatever section."""
    gathered: dict[str, str] = {}
    for values in (survey.sections.get(ATTRIBUTES, {}), *survey.sections.values()):
        for key in ATTRIBUTE_KEYS:
            if key in values:
                gathered.setdefault(key, values[key])
    return gathered


def _choose_crs(
    survey: Survey, reference: Reference, task: Task, file: str
) -> tuple[pyproj.CRS, list[Problem]]:
    """Return the system of the points, and what to tell of the text's own parameters."""
    given = task.wish.crs
    if reference.obstacle is not None and given is None:
        _refuse(reference, file)
    own = None if reference.epsg is None else f"EPSG:{reference.epsg}"
    stated = _read_parameters(_gather_values(survey).get(PARAMETERS, ""))
    parameters = task.wish.parameters
    if stated and not parameters and _is_old(given or own or ""):
        parameters = stated
    crs = choose_crs(own, given, file=file, parameters=parameters)
    notes = tell_parameters(crs, task.wish.parameters)
    if stated:
        is_used = crs.is_bound and not task.wish.parameters
        key = "survey_parameters_used" if is_used else "survey_parameters_unused"
        facts = {"values": show_parameters(stated), "crs": crs.name}
        notes.append(Problem(key, "warning", facts=facts))
    return crs, notes


def _is_old(crs: str) -> bool:
    return has_old_datum(parse_crs(crs))


def _refuse(reference: Reference, file: str) -> Never:
    if reference.obstacle == "unstated":
        raise CrsMissing(file=file)
    if reference.obstacle == "system":
        raise FileCrsUnknown(file=file, crs=reference.said)
    reason = tell(f"intake.refusal.survey_{reference.obstacle}", said=reference.said)
    raise SourceRefused(file=file, reason=reason)


def _read_parameters(said: str) -> tuple[float, ...]:
    """Return what stands behind 转换参数; nothing where that is empty or all zeros.

    What is no number comes back as such, so that it is refused where it would be used.
    """
    texts = [text.strip() for text in to_half_width(said).split(",")]
    if not any(texts):
        return ()
    numbers = tuple(float(text) if _NUMBER.fullmatch(text) else math.nan for text in texts)
    return numbers if any(numbers) else ()


def _count_needed(survey: Survey) -> Ints:
    """Return how many points each plot needs, which tells whether it is 面, 线 or 点."""
    kinds = survey.plots.table[SHAPE].map(find_shape, na_action="ignore")
    return np.asarray(kinds.map(SHAPES).fillna(SHAPES[FACE]), dtype=np.int64)


def _build(survey: Survey, needed: Ints, is_fit: Mask, file: str) -> Geometries:
    coordinates = np.column_stack([survey.points.east, survey.points.north])
    try:
        return build_shapes(survey.rings, coordinates, needed, is_fit)
    except RingsTooMany as error:
        raise SourceRefused(file=file, reason=tell("intake.refusal.survey_rings")) from error


def _make_table(survey: Survey, room: Room) -> pd.DataFrame:
    """Return the values of the plots, and beside them what the text says of all of them."""
    table = survey.plots.table.rename(columns={NAME: _NAME_HEADING})
    for section, values in survey.sections.items():
        for key, value in values.items():
            if value and key not in _OF_THE_TEXT:
                table[f"{section}.{key}" if key in table.columns else key] = value
            if table.shape[1] > room.limits.columns:
                limits = room.limits
                raise TableTooLarge(file=room.file, rows=limits.rows, columns=limits.columns)
    return table.set_axis(name_columns(table.columns), axis=1)
