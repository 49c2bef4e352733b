"""Values against what the catalogue says of their fields, and against the shape beside them."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd

from geo_rv.geodesy.measure import M2_PER_MU, Floats, measure_area_m2
from geo_rv.intake.candidate import Problem, Severity, list_problems
from geo_rv.intake.fields import tell_leave
from geo_rv.intake.quality.batch import Batch
from geo_rv.layerspec import NUMERIC, AreaUnit, Field, StatedArea
from geo_rv.messages import NOTHING, tell

_SQUARE_METRES: dict[AreaUnit, float] = {"m2": 1.0, "mu": M2_PER_MU, "ha": 10_000.0}
_MISTAKEN = 0.02
"""A stated area this near to the right one in another unit was meant in that."""


def judge_ranges(batch: Batch) -> list[Problem]:
    """Return the numbers below a field's minimum or above its maximum."""
    problems = []
    for field in batch.spec.fields:
        if field.type in NUMERIC and (field.minimum is not None or field.maximum is not None):
            values = _to_numbers(batch.frame[field.name])
            for key, limit, is_wrong in (
                ("value_small", field.minimum, values < _or_nan(field.minimum)),
                ("value_large", field.maximum, values > _or_nan(field.maximum)),
            ):
                problems += list_problems(
                    is_wrong,
                    batch.rows,
                    key,
                    field=field.name,
                    title=field.title,
                    value=values[is_wrong],
                    limit=limit,
                    unit=field.unit or NOTHING,
                    leave=tell_leave(field),
                )
    return problems


def judge_dates(batch: Batch, *, today: date | None = None) -> list[Problem]:
    """Return the dates that cannot be right, and those that stand for an empty cell.

    `today` is the last day that a date of the past may be, by default this one.
    """
    day = pd.Timestamp(today or datetime.now().astimezone().date())
    problems = []
    for field in batch.spec.fields:
        if field.type != "date":
            continue
        days = batch.frame[field.name]
        if field.past:
            problems += _list_dates(
                batch, field, days > day, "date_future", today=f"{day:%Y-%m-%d}"
            )
        if field.not_before:
            first = batch.spec.field_by_name[field.not_before]
            problems += _list_dates(
                batch,
                field,
                days < batch.frame[first.name],
                "dates_turned",
                first=first.title,
                before=batch.frame[first.name],
            )
        empty = days.isin([pd.Timestamp(value) for value in batch.thresholds.empty_dates])
        problems += _list_dates(batch, field, empty, "date_empty", severity="warning")
    return problems


def judge_areas(batch: Batch) -> list[Problem]:
    """Return the stated areas that differ from the ellipsoidal area of the row's face."""
    stating = [field for field in batch.spec.fields if field.states_area is not None]
    if not stating or not batch.is_face.any():
        return []
    areas = np.full(len(batch.rows), np.nan)
    areas[batch.is_face] = measure_area_m2(batch.geometry[batch.is_face])
    return [
        problem
        for field in stating
        if field.states_area is not None
        for problem in _judge_area(batch, field, field.states_area, areas)
    ]


def _judge_area(
    batch: Batch, field: Field, stated_area: StatedArea, areas_m2: Floats
) -> list[Problem]:
    stated = _to_numbers(batch.frame[field.name])
    measured = areas_m2 / _SQUARE_METRES[stated_area.unit]
    is_off = np.abs(stated - measured) > stated_area.tolerance * measured
    return list_problems(
        is_off,
        batch.rows,
        "area_differs",
        severity="warning",
        field=field.name,
        title=field.title,
        stated=stated[is_off],
        measured=measured[is_off],
        unit=field.unit or NOTHING,
        percent=100 * (stated / measured - 1)[is_off],
        tolerance=100 * stated_area.tolerance,
        cause=_guess_units(stated[is_off], areas_m2[is_off], stated_area.unit),
    )


def _guess_units(stated: Floats, areas_m2: Floats, unit: AreaUnit) -> pd.Series:
    """Return in which unit each area seems to have been stated, where it is another."""
    causes = pd.Series([NOTHING] * len(stated), dtype=object)
    for other, square_metres in _SQUARE_METRES.items():
        is_meant = np.abs(stated * square_metres / areas_m2 - 1) < _MISTAKEN
        if other != unit and is_meant.any():
            told = tell("intake.cause.unit", unit=tell(f"intake.unit.{other}"))
            causes[is_meant] = pd.Series([told] * int(is_meant.sum()), dtype=object).to_numpy()
    return causes


def _list_dates(
    batch: Batch,
    field: Field,
    wrong: pd.Series,
    key: str,
    *,
    severity: Severity = "refused",
    **facts: object,
) -> list[Problem]:
    is_wrong = wrong.fillna(value=False).to_numpy(dtype=bool)
    if not is_wrong.any():
        return []
    told = {
        name: fact[is_wrong].dt.strftime("%Y-%m-%d") if isinstance(fact, pd.Series) else fact
        for name, fact in facts.items()
    }
    return list_problems(
        is_wrong,
        batch.rows,
        key,
        severity=severity,
        field=field.name,
        title=field.title,
        value=batch.frame[field.name][is_wrong].dt.strftime("%Y-%m-%d"),
        **told,
    )


def _to_numbers(column: pd.Series) -> Floats:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _or_nan(limit: float | None) -> float:
    """Return `limit`, or what nothing is below or above."""
    return np.nan if limit is None else limit
