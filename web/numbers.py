"""How numbers are written in the pages."""

from __future__ import annotations

from flask import Flask

MISSING = "–"


def prepare_app(app: Flask) -> None:
    """Give the templates the filter `number`."""
    app.add_template_filter(write_number, "number")


def write_number(value: float | None, digits: int = 2) -> str:
    """Return `value` with at most `digits` decimals and groups of three: 13,200 or 0.5."""
    if value is None or value != value:  # noqa: PLR0124  # NaN alone differs from itself
        return MISSING
    whole, _, decimals = f"{value:,.{digits}f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole
