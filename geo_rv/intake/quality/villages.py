"""The village that a row states against the one that it lies in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.headings import fold
from geo_rv.intake.quality.batch import VILLAGE, Batch, mark
from geo_rv.intake.quality.town import NOWHERE, Lie, Town, locate, make_town
from geo_rv.intake.quality.vertices import Geometries, Mask, take_apart
from geo_rv.messages import tell

_LONG_CODE = re.compile(r"([0-9]{12})0{7}")
"""A village's code as land surveys write it, with seven noughts behind it."""


def settle_villages(batch: Batch) -> tuple[Batch, list[Problem]]:
    """Return `batch` with its villages as codes, and what is to be told of them.

    A name in the place of a code becomes the code of the one village that it means, and a row that
    states nothing gets the village that it surely lies in; either is told once. A village that the
    project does not hold, or that the row does not lie in, and what lies outside of the town, is
    warned of.
    """
    villages = batch.villages
    if villages is None or VILLAGE not in batch.spec.field_by_name:
        return batch, []
    town = make_town(villages)
    is_looked_at = batch.is_placed & batch.is_coming
    geometry = np.full(len(batch.rows), None, dtype=object)
    geometry[is_looked_at] = town.to_metres(batch.geometry[is_looked_at])
    lie = locate(geometry, town)
    stated, recoded, problems = _read_stated(batch, town)
    column, filled = _fill_missing(batch, recoded, lie, town)
    frame = batch.frame.copy()
    frame[VILLAGE] = column
    problems += [
        *filled,
        *_judge_unknown(batch, recoded, stated, lie, town),
        *_judge_stated(batch, geometry, stated, lie, town),
        *_judge_outside(batch, geometry, is_looked_at, lie, town),
    ]
    return dataclasses.replace(batch, frame=frame), problems


def _read_stated(batch: Batch, town: Town) -> tuple[Indices, pd.Series, list[Problem]]:
    """Return each row's stated village, the column with codes for names, and what is to be told."""
    column = batch.frame[VILLAGE]
    known = {code: at for at, code in enumerate(town.codes)}
    spellings = _list_spellings(town, batch.thresholds.village_endings)
    meant: dict[str, int] = {}
    for value in column.dropna().unique():
        at = _find_meant(value, known, spellings, batch.thresholds.village_endings)
        if at is not None:
            meant[value] = at
    stated = column.map(meant).fillna(NOWHERE).to_numpy(dtype=np.int64)
    codes = pd.Series(np.array([*town.codes, ""], dtype=object)[stated], dtype=object)
    is_recoded = (stated != NOWHERE) & (codes != column).to_numpy(dtype=bool)
    recoded = column.astype(object).mask(is_recoded, codes).astype(column.dtype)
    if not is_recoded.any():
        return stated, recoded, []
    facts = {
        "title": batch.spec.field_by_name[VILLAGE].title,
        "count": int(is_recoded.sum()),
        "value": column[is_recoded].iloc[0],
        "code": codes[is_recoded].iloc[0],
    }
    told = Problem("village_recoded", "warning", field=VILLAGE, facts=facts)
    return stated, recoded, [told]


def _list_spellings(town: Town, endings: Iterable[str]) -> dict[str, int | None]:
    """Return which village each name means, with and without its ending; None where several."""
    spellings: dict[str, int | None] = {}
    for at, name in enumerate(town.names):
        for spelling in {fold(name), _cut_ending(fold(name), endings)}:
            spellings[spelling] = None if spellings.get(spelling, at) != at else at
    return spellings


def _find_meant(
    value: str, known: dict[str, int], spellings: dict[str, int | None], endings: Iterable[str]
) -> int | None:
    if value in known:
        return known[value]
    long = _LONG_CODE.fullmatch(value)
    if long is not None and long[1] in known:
        return known[long[1]]
    name = fold(value)
    return spellings.get(name, spellings.get(_cut_ending(name, endings)))


def _cut_ending(name: str, endings: Iterable[str]) -> str:
    for ending in endings:
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending).strip()
    return name


def _fill_missing(
    batch: Batch, column: pd.Series, lie: Lie, town: Town
) -> tuple[pd.Series, list[Problem]]:
    is_sure = lie.share >= 1 - batch.thresholds.outside_share
    is_filled = column.isna().to_numpy() & is_sure
    if not is_filled.any():
        return column, []
    codes = np.array(town.codes, dtype=object)[lie.village]
    title = batch.spec.field_by_name[VILLAGE].title
    facts = {"title": title, "count": int(is_filled.sum())}
    filled = column.astype(object).mask(is_filled, codes).astype(column.dtype)
    return filled, [Problem("village_filled", "warning", field=VILLAGE, facts=facts)]


def _judge_unknown(
    batch: Batch, column: pd.Series, stated: Indices, lie: Lie, town: Town
) -> list[Problem]:
    """Return the rows that state a village which the project does not hold."""
    is_unknown = column.notna().to_numpy() & (stated == NOWHERE)
    return list_problems(
        is_unknown,
        batch.rows,
        "village_unknown",
        severity="warning",
        field=VILLAGE,
        value=column[is_unknown],
        found=_describe(lie.village[is_unknown], town),
    )


def _judge_stated(
    batch: Batch, geometry: Geometries, stated: Indices, lie: Lie, town: Town
) -> list[Problem]:
    """Return the rows that lie in another village than they state, by more than the accuracy."""
    at = np.flatnonzero((stated != NOWHERE) & (stated != lie.village) & (lie.village != NOWHERE))
    near_m = batch.spec.accuracy_m + batch.village_accuracy_m
    is_near = shapely.dwithin(town.faces[stated[at]], geometry[at], near_m)
    # a parcel that crosses the border may state either side
    is_sure = lie.share[at] > 1 - batch.thresholds.outside_share
    is_face = shapely.get_dimensions(geometry[at]) == 2
    at = at[~is_near | (is_sure & is_face)]
    return list_problems(
        mark(at, len(batch.rows)),
        batch.rows,
        "village_differs",
        severity="warning",
        field=VILLAGE,
        stated=_describe(stated[at], town),
        found=_describe(lie.village[at], town),
    )


def _judge_outside(
    batch: Batch, geometry: Geometries, is_looked_at: Mask, lie: Lie, town: Town
) -> list[Problem]:
    """Return the rows that lie outside of every village, or to a good part."""
    least = batch.thresholds.outside_share
    near_m = batch.spec.accuracy_m + batch.village_accuracy_m
    whole = np.flatnonzero(is_looked_at & (lie.inside <= 0))
    distances = _measure_to_town(geometry[whole], town)
    whole, distances = whole[distances > near_m], distances[distances > near_m]
    is_part = is_looked_at & (lie.inside > 0) & (lie.inside < 1 - least)
    return [
        *list_problems(
            mark(whole, len(batch.rows)),
            batch.rows,
            "outside_town",
            severity="warning",
            metres=distances,
        ),
        *list_problems(
            is_part,
            batch.rows,
            "partly_outside",
            severity="warning",
            percent=100 * (1 - lie.inside[is_part]),
        ),
    ]


def _measure_to_town(geometry: Geometries, town: Town) -> Floats:
    """Return how many metres each of `geometry` lies from the nearest village."""
    if not len(geometry):
        return np.empty(0)
    # edge by edge: a whole outline would be gone through again for each of them
    rings = take_apart(town.faces, rings=True)
    edges = shapely.linestrings(np.stack([rings.vertices, rings.vertices[rings.after]], axis=1))
    return np.asarray(shapely.distance(geometry, edges[STRtree(edges).nearest(geometry)]))


def _describe(villages: Indices, town: Town) -> pd.Series:
    """Return the name and the code of each of `villages`, as Text."""
    texts = [
        tell("intake.village", name=name, code=code)
        for name, code in zip(town.names, town.codes, strict=True)
    ]
    told = np.array([*texts, tell("intake.no_village")], dtype=object)
    return pd.Series(told[villages], dtype=object)
