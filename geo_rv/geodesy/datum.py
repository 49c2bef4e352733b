"""The datums that coordinates in degrees come in."""

from __future__ import annotations

from typing import Literal, get_args

Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]

DATUMS: tuple[Datum, ...] = get_args(Datum)
