"""The columns of a file as the fields of a layer, and what is wrong with their values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, Field, LayerSpec
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.values import parse_column, to_texts
from geo_rv.messages import NOTHING, Text, tell

_SHOWN_CHARACTERS = 40

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


def read_fields(
    table: pd.DataFrame, rows: Rows, spec: LayerSpec, columns: Mapping[str, str], is_kept: Mask
) -> tuple[dict[str, pd.Series], list[Problem]]:
    """Return the values of each field but the identity, and what is wrong with them.

    `columns` are the headings in `table` of the fields that have one; `rows` its rows' numbers.
    Rows that are kept lose nothing where a field has no column, so that they miss nothing.
    """
    values, problems = {}, []
    for field in spec.fields:
        if field.name == IDENTITY:
            continue
        if field.name in columns:
            column = table[columns[field.name]].reset_index(drop=True)
            parsed, is_wrong = parse_column(column, field)
            shown = to_texts(column[is_wrong]).str.slice(0, _SHOWN_CHARACTERS)
            problems += list_problems(
                is_wrong,
                rows,
                "value_unreadable",
                field=field.name,
                title=field.title,
                value=shown,
                wanted=_tell_wanted(field),
                leave=tell_leave(field),
            )
            values[field.name] = parsed
            is_missing = parsed.isna().to_numpy() & ~is_wrong
        else:
            is_missing = ~is_kept
        problems += _judge_missing(is_missing, field, rows)
    return values, problems


def tell_leave(field: Field) -> Text:
    """Return that the cell may be emptied, or nothing where the layer cannot do without a value."""
    return NOTHING if field.required and field.default is None else tell("intake.leave")


def _tell_wanted(field: Field) -> Text:
    """Return what a value of `field` may be."""
    if not field.choices:
        return tell(f"intake.wanted.{field.type}")
    titles = field.choices.values()
    zh, en = "、".join(title.zh for title in titles), ", ".join(title.en for title in titles)
    return tell("intake.wanted.choice", choices=Text(zh, en))


def _judge_missing(is_missing: Mask, field: Field, rows: Rows) -> list[Problem]:
    """Return what it means that a field has no value where `is_missing` holds.

    The field's default is taken, and told; a required field without one keeps the row out.
    """
    if not is_missing.any():
        return []
    if field.default is not None:
        taken = field.choices.get(str(field.default), field.default)
        facts = {"title": field.title, "count": int(is_missing.sum()), "value": taken}
        return [Problem("default_taken", "warning", field=field.name, facts=facts)]
    if not field.required:
        return []
    if is_missing.all():
        facts = {"title": field.title, "field": field.name}
        return [Problem("field_missing", field=field.name, facts=facts)]
    return list_problems(is_missing, rows, "value_missing", field=field.name, title=field.title)
