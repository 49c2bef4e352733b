"""What is wrong with the plots of a survey coordinate text, each told at the plot's line."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo_rv.formats.survey import Survey
from geo_rv.formats.survey_layout import (
    AREA,
    FACE,
    PLACE_KEYS,
    POINT_COUNT,
    SHAPE,
    SHAPES,
    find_shape,
)
from geo_rv.geodesy.measure import M2_PER_MU, POLYGONS, measure_area_m2, measure_distance_m
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.values import to_numbers, to_texts
from geo_rv.messages import tell

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Geometries = NDArray[np.object_]

_SHOWN_CHARACTERS: Final = 40
_UNITS: Final = (("hectare", 10_000.0), ("m2", 1.0), ("mu", M2_PER_MU))
"""What areas are stated in, the first of which is what the layout asks for, in square metres."""
_ALIKE: Final = 2.0
"""A unit is believed that brings the stated area within this factor of the computed one."""
_TOLERANCE: Final = 0.01


def judge_points(
    survey: Survey, needed: Ints, zones: tuple[Ints, Ints], zone: int | None
) -> tuple[list[Problem], Mask]:
    """Return why plots cannot be taken, and which.

    `needed` are the points that a ring of each plot takes, `zones` the lowest and highest zone
    in its eastings, `zone` the one that the file is read in, None where any will do.
    """
    rows, count = survey.plots.lines, len(survey.plots.lines)
    is_unreadable = np.zeros(count, dtype=bool)
    bad = survey.unreadable
    plots, first, counts = np.unique(bad.plots, return_index=True, return_counts=True)
    is_unreadable[plots] = True
    texts = pd.Series(bad.texts[first], dtype=object).str.strip().str.slice(0, _SHOWN_CHARACTERS)
    is_short, lines, found = _find_short(survey, needed)
    is_short &= ~is_unreadable
    lowest, highest = zones
    is_strayed = np.zeros(count, dtype=bool)
    if zone is not None:
        is_strayed = ((lowest != zone) | (highest != zone)) & ~is_unreadable & ~is_short
    strange = np.where(lowest != zone, lowest, highest)[is_strayed]
    problems = [
        *list_problems(
            is_unreadable,
            rows,
            "survey_line_unreadable",
            line=bad.lines[first],
            text=texts,
            count=counts,
        ),
        *list_problems(
            is_short,
            rows,
            "survey_points_missing",
            line=lines[is_short],
            count=found[is_short],
            needed=needed[is_short],
        ),
        *list_problems(is_strayed, rows, "survey_zone_differs", found=strange, zone=zone),
    ]
    return problems, is_unreadable | is_short | is_strayed


def judge_counts(survey: Survey) -> list[Problem]:
    """Return the plots whose stated number of points is not that of the points read.

    It may include the points that close the rings, or not.
    """
    plots, rings = survey.plots, survey.rings
    stated, is_missing, is_wrong = to_numbers(plots.table[POINT_COUNT])
    written, open_counts = (
        np.bincount(rings.plots, weights=counts, minlength=len(plots.lines)).astype(np.int64)
        for counts in (rings.counts, rings.open_counts)
    )
    is_other = ~is_missing & (is_wrong | ((stated != written) & (stated != open_counts)))
    is_other[survey.unreadable.plots] = False
    shown = to_texts(plots.table[POINT_COUNT][is_other]).str.slice(0, _SHOWN_CHARACTERS)
    return list_problems(
        is_other,
        plots.lines,
        "survey_count_differs",
        severity="warning",
        stated=shown,
        count=written[is_other],
    )


def judge_lines(survey: Survey, needed: Ints, crs: pyproj.CRS) -> list[Problem]:
    """Return what is odd about plots' lines and their rings, and was read all the same."""
    plots = survey.plots
    is_unsigned = plots.has_line & ~plots.is_signed
    kinds = plots.table[SHAPE]
    is_strange = (kinds.fillna("") != "").to_numpy() & kinds.map(
        find_shape, na_action="ignore"
    ).isna().to_numpy()
    shown = kinds[is_strange].str.slice(0, _SHOWN_CHARACTERS)
    problems = _note_lines("survey_sign_missing", plots.lines[is_unsigned])
    return [
        *problems,
        *list_problems(
            ~plots.has_line, plots.lines, "survey_plot_line_missing", severity="warning"
        ),
        *list_problems(
            is_strange, plots.lines, "survey_shape_unknown", severity="warning", value=shown
        ),
        *_judge_closings(survey, needed, crs),
    ]


def judge_text(survey: Survey) -> list[Problem]:
    """Return what stands outside the plots and could not be used."""
    keys = [key for key in survey.repeated if key not in PLACE_KEYS]
    problems = _note_lines("survey_lines_unused", survey.unused)
    if keys:
        facts = {"keys": ", ".join(keys)[:_SHOWN_CHARACTERS]}
        problems.append(Problem("survey_values_repeated", "warning", facts=facts))
    return problems


def compare_areas(
    survey: Survey, shapes: Geometries, crs: pyproj.CRS
) -> tuple[Floats, list[Problem]]:
    """Return the stated area of each plot in m2, and where it is not the computed one.

    The layout asks for hectares; an area that agrees with the geometry (in `crs`) only as square
    metres or mu is read as these, and told. A difference is told from 1 % on, once it is more than
    the rounding of what is stated.
    """
    texts = survey.plots.table[AREA]
    stated, is_missing, is_wrong = to_numbers(texts)
    measured = _measure(shapes, crs)
    is_known = ~is_missing & ~is_wrong
    is_compared = is_known & (measured > 0)
    units = np.zeros(len(stated), dtype=np.int64)
    units[is_compared] = _choose_units(stated[is_compared], measured[is_compared])
    factors = np.array([factor for _, factor in _UNITS])[units]
    stated_m2 = np.where(is_known, stated * factors, np.nan)
    rounding = factors * 0.5 * 10.0 ** -_count_decimals(texts)
    allowed = np.maximum(_TOLERANCE * measured, rounding)
    is_other = is_compared & (np.abs(stated_m2 - measured) > allowed)
    names = pd.Series([tell(f"intake.area_unit.{name}") for name, _ in _UNITS], dtype=object)
    rows = survey.plots.lines
    problems = list_problems(
        is_other,
        rows,
        "survey_area_differs",
        severity="warning",
        stated=to_texts(texts[is_other]).str.slice(0, _SHOWN_CHARACTERS),
        unit=names[units[is_other]],
        stated_m2=stated_m2[is_other],
        computed_m2=measured[is_other],
    )
    shown = to_texts(texts[is_wrong]).str.slice(0, _SHOWN_CHARACTERS)
    problems += list_problems(
        is_wrong, rows, "survey_area_unreadable", severity="warning", value=shown
    )
    for unit in range(1, len(_UNITS)):
        count = int((units == unit).sum())
        if count:
            facts = {"count": count, "unit": names[unit]}
            problems.append(Problem("survey_area_unit", "warning", facts=facts))
    return stated_m2, problems


def _find_short(survey: Survey, needed: Ints) -> tuple[Mask, Ints, Ints]:
    """Return which plots have too few points; the line of their first ring that has, and how many.

    A plot without any has them missing at its own line.
    """
    rings, plots = survey.rings, survey.plots
    is_face = needed[rings.plots] == SHAPES[FACE]
    counts = np.where(is_face, rings.open_counts, rings.counts)
    short = np.flatnonzero(counts < needed[rings.plots])
    is_short = np.ones(len(plots.lines), dtype=bool)
    is_short[rings.plots] = False
    lines, found = plots.lines.copy(), np.zeros(len(plots.lines), dtype=np.int64)
    # the first of a plot's short rings is written last
    backwards = short[::-1]
    is_short[rings.plots[backwards]] = True
    lines[rings.plots[backwards]] = survey.points.lines[rings.starts[backwards]]
    found[rings.plots[backwards]] = counts[backwards]
    return is_short, lines, found


def _judge_closings(survey: Survey, needed: Ints, crs: pyproj.CRS) -> list[Problem]:
    """Return the plots with a ring whose last point has the first one's number and another place.

    It stays a vertex as it is written.
    """
    rings, points = survey.rings, survey.points
    is_asked = (needed[rings.plots] == SHAPES[FACE]) & (rings.closings == 0) & (rings.counts > 3)
    first = rings.starts[is_asked]
    last = first + rings.counts[is_asked] - 1
    numbers = points.numbers
    is_again = (numbers[first] >= 0) & (numbers[last] == numbers[first])
    is_again &= numbers[first + 1] != numbers[first]
    first, last = first[is_again], last[is_again]
    plots, at = np.unique(points.plots[first], return_index=True)
    first, last = first[at], last[at]
    is_open = np.zeros(len(survey.plots.lines), dtype=bool)
    is_open[plots] = True
    ends = (points.east[first], points.north[first], points.east[last], points.north[last])
    if crs.is_geographic:
        distances = measure_distance_m(*ends)
    else:
        distances = np.hypot(ends[2] - ends[0], ends[3] - ends[1])
    return list_problems(
        is_open,
        survey.plots.lines,
        "survey_closing_differs",
        severity="warning",
        line=points.lines[last],
        distance=distances,
    )


def _measure(shapes: Geometries, crs: pyproj.CRS) -> Floats:
    """Return the areas of the polygons among `shapes`, in m2, and 0 for all others."""
    is_face = np.isin(shapely.get_type_id(shapes), POLYGONS)
    areas = measure_area_m2(shapes) if crs.is_geographic else shapely.area(shapes)
    return np.where(is_face, areas, 0.0)


def _choose_units(stated: Floats, measured: Floats) -> Ints:
    """Return which of the units brings each stated area nearest to the measured one.

    Where none brings it near, it is the one that the layout asks for.
    """
    factors = np.array([factor for _, factor in _UNITS])
    with np.errstate(divide="ignore"):
        apart = np.abs(np.log(np.maximum(stated, 0)[:, None] * factors / measured[:, None]))
    nearest = apart.argmin(axis=1)
    is_near = apart.min(axis=1) <= np.log(_ALIKE)
    return np.where(is_near, nearest, 0).astype(np.int64)


def _count_decimals(texts: pd.Series) -> Ints:
    """Return how many digits each number has behind its point."""
    digits = to_texts(texts).astype("str").str.extract(r"[.．](\d*)$")[0].str.len()
    return np.asarray(digits.fillna(0), dtype=np.int64)


def _note_lines(key: str, lines: Ints) -> list[Problem]:
    """Return one problem `key` of the whole file about all of `lines`, if there are any."""
    if not len(lines):
        return []
    return [Problem(key, "warning", facts={"count": len(lines), "line": int(lines[0])})]
