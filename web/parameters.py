"""Query parameters: each is read against what it may be, or refused with a clear text."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import date
from typing import Any

from flask import request

from geo_rv.errors import DateUnreadable
from web.refusals import BadBody, BadBounds, BadChoice, BadNumber, BadNumbers

Box = tuple[float, float, float, float]
ECHO = 40
"""As much of a refused value as is told again."""


def read_choice(name: str, allowed: Collection[str], default: str = "") -> str:
    """Return the parameter `name`, one of `allowed` or the default; raises BadChoice."""
    value = request.args.get(name) or default
    if value != default and value not in allowed:
        raise BadChoice(name=name, value=value[:ECHO], known=", ".join(allowed))
    return value


def read_choices(name: str, allowed: Collection[str]) -> tuple[str, ...]:
    """Return the values of ``name=a,b``, each one of `allowed`; raises BadChoice."""
    values = tuple(value for value in request.args.get(name, "").split(",") if value)
    for value in values:
        if value not in allowed:
            raise BadChoice(name=name, value=value[:ECHO], known=", ".join(allowed))
    return values


def read_number(
    name: str,
    *,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    default: float | None = None,
) -> float:
    """Return the parameter `name` as a number within its bounds; raises BadNumber."""
    value = request.args.get(name, "")
    if not value and default is not None:
        return default
    number = _to_number(value)
    if not minimum <= number <= maximum:  # NaN is within no bounds
        raise BadNumber(name=name, value=value[:ECHO], minimum=minimum, maximum=maximum)
    return number


def read_date(name: str) -> date | None:
    """Return the parameter `name` as a date, None where it is empty; raises DateUnreadable."""
    return parse_date(request.args.get(name, ""))


def parse_date(value: str) -> date | None:
    """Return `value` as a date, None where it is empty; raises DateUnreadable."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise DateUnreadable(value=value[:ECHO]) from None


def read_box(name: str) -> Box | None:
    """Return the parameter `name`, ``west,south,east,north`` in degrees; raises BadBounds."""
    value = request.args.get(name, "")
    if not value:
        return None
    box = tuple(map(_to_number, value.split(",")))
    if len(box) != 4 or not all(map(math.isfinite, box)) or box[0] > box[2] or box[1] > box[3]:
        raise BadBounds(name=name, value=value[:ECHO])
    return box


def read_texts(*names: str, nullable: bool = False) -> dict[str, str]:
    """Return the texts `names` of the request's JSON object, empty where it lacks one.

    A null is no text, or, with `nullable`, an empty one. Raises BadBody.
    """
    body = _read_body()
    told: dict[str, str] = {}
    for name in names:
        value = body.get(name, "") if isinstance(body, dict) else ()
        if nullable and value is None:
            value = ""
        if not isinstance(value, str):
            raise BadBody(name=name)
        told[name] = value
    return told


def read_numbers(name: str) -> dict[str, float]:
    """Return the numbers by their names in the object `name` of the request's JSON object.

    Empty where it lacks one; raises BadNumbers.
    """
    body = _read_body()
    values = body.get(name, {}) if isinstance(body, dict) else None
    if not isinstance(values, dict):
        raise BadNumbers(name=name)
    # a truth value would pass for a 1
    if any(
        isinstance(value, bool) or not isinstance(value, int | float) for value in values.values()
    ):
        raise BadNumbers(name=name)
    return {key[:ECHO]: _to_number(value) for key, value in values.items()}


def _read_body() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets in brackets
        return None


def _to_number(value: str | float) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):  # an integer may have any number of digits
        return math.nan
