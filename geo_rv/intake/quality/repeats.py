"""What the project, or the file itself, holds already."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import IDENTITY, Field
from geo_rv.geodesy.measure import Indices
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.quality.batch import Batch, mark
from geo_rv.intake.quality.vertices import Geometries, Mask
from geo_rv.messages import Text, tell

_DIGITS = 8
"""Decimal places of a degree, a millimetre: shapes that are equal to these are the same."""
_SHOWN_CHARACTERS = 40


def judge_known(batch: Batch) -> list[Problem]:
    """Return the rows whose identity the project holds, with what is different.

    Fields that the file has no column for are not compared.
    Where rows are added such a row is refused; where features are updated it is told.
    """
    existing = batch.around.layers.get(batch.spec.kind)
    if existing is None or existing.empty or batch.around.mode == "replace":
        return []
    places = pd.Series(np.arange(len(existing)), index=existing[IDENTITY].astype(object))
    known = batch.frame[IDENTITY].astype(object).map(places[~places.index.duplicated()])
    is_known = known.notna().to_numpy() & batch.is_coming
    if not is_known.any():
        return []
    ours = batch.frame[is_known].reset_index(drop=True)
    theirs = existing.iloc[known[is_known].to_numpy(dtype=np.int64)].reset_index(drop=True)
    fields = [field for field in batch.spec.fields if field.name in batch.told]
    changes, is_same = _list_changes(ours, theirs, fields)
    at = np.flatnonzero(is_known)
    same, different = mark(at[is_same], len(batch.rows)), mark(at[~is_same], len(batch.rows))
    if batch.around.mode == "add":
        return [
            *list_problems(same, batch.rows, "already_there", field=IDENTITY),
            *list_problems(
                different,
                batch.rows,
                "already_there_different",
                field=IDENTITY,
                changes=changes[~is_same],
            ),
        ]
    problems = list_problems(
        different, batch.rows, "changed", severity="warning", changes=changes[~is_same]
    )
    if is_same.any():
        problems.append(Problem("unchanged", "warning", facts={"count": int(is_same.sum())}))
    return problems


def judge_shapes(batch: Batch) -> list[Problem]:
    """Return a warning for each row whose shape an earlier row, or another feature, has too."""
    at = np.flatnonzero(batch.is_placed & batch.is_coming)
    groups = [others.geometry for others in batch.others]
    keys = _make_keys(np.concatenate([*groups, batch.geometry[at]]))
    own = np.arange(len(keys) - len(at), len(keys))
    first = pd.Series(np.arange(len(keys))).groupby(keys).transform("first").to_numpy()[own]
    ours = batch.frame[IDENTITY].astype(object).to_numpy()[at]
    problems: list[Problem] = []
    start = 0
    for others in batch.others:
        held = first - start
        start += len(others.geometry)
        is_held = (held >= 0) & (first < start)
        # the same feature under the same identity is told as such
        is_held[is_held] = others.identities[held[is_held]] != ours[is_held]
        problems += list_problems(
            mark(at[is_held], len(batch.rows)),
            batch.rows,
            "shape_brought" if others.file else "shape_known",
            severity="warning",
            other=others.names[held[is_held]],
            file=others.file,
        )
    is_again = (first >= start) & (first != own)
    return problems + list_problems(
        mark(at[is_again], len(batch.rows)),
        batch.rows,
        "shape_repeated",
        severity="warning",
        first=batch.rows[at[first[is_again] - start]],
    )


def _make_keys(geometry: Geometries) -> Indices:
    """Return a number for each geometry, equal for those of the same shape."""
    boxes = np.round(shapely.bounds(geometry), _DIGITS) + 0.0  # no negative nought
    keys = pd.DataFrame(boxes).groupby(list(range(4)), dropna=False).ngroup()
    # a box that nothing else has needs no closer look, and one of a point tells all
    is_point = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    is_open = keys.duplicated(keep=False).to_numpy() & ~is_point & ~shapely.is_missing(geometry)
    rounded = shapely.transform(geometry[is_open], lambda places: np.round(places, _DIGITS) + 0.0)
    texts = pd.Series(shapely.to_wkb(shapely.normalize(rounded)), dtype=object)
    numbers = np.array(keys, dtype=np.int64)
    numbers[is_open] = len(keys) + texts.factorize()[0]
    return numbers


def _list_changes(
    ours: GeoDataFrame, theirs: GeoDataFrame, fields: Iterable[Field]
) -> tuple[pd.Series, Mask]:
    """Return what each of our features changes of theirs, as Text, and which change nothing."""
    zh, en = [""] * len(ours), [""] * len(ours)
    for field in fields:
        new, old = ours[field.name], theirs[field.name]
        differs = ~((new == old).fillna(value=False) | (new.isna() & old.isna())).to_numpy(
            dtype=bool
        )
        at = np.flatnonzero(differs)
        for row, before, after in zip(
            at, _show(old[at], field), _show(new[at], field), strict=True
        ):
            told = tell("intake.change", title=field.title, old=before, new=after)
            zh[row] += told.zh
            en[row] += told.en
    moved = ~shapely.equals_exact(
        np.asarray(ours.geometry.array),
        np.asarray(theirs.geometry.array),
        10**-_DIGITS,
        normalize=True,
    )
    told = tell("intake.change_of_shape")
    for row in np.flatnonzero(moved):
        zh[row] += told.zh
        en[row] += told.en
    is_same = np.array([not text for text in zh], dtype=bool)
    return pd.Series([Text(*texts) for texts in zip(zh, en, strict=True)], dtype=object), is_same


def _show(values: pd.Series, field: Field) -> list[Text]:
    """Return values as a person reads them."""
    empty = tell("intake.empty")
    texts = values.astype(object)
    if field.type == "date":
        texts = values.dt.strftime("%Y-%m-%d").astype(object)
    return [
        empty
        if pd.isna(value)
        else field.choices.get(str(value)) or Text(*[str(value)[:_SHOWN_CHARACTERS]] * 2)
        for value in texts
    ]
