"""From where on something is told: data, in ``layers/common/quality.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from geo_rv.tables import read_toml


@dataclass(frozen=True)
class Thresholds:
    """The keys of the table, which says of each what it means; lengths in metres."""

    repeated_m: float
    spike_degrees: float
    spike_length_m: float
    spike_width_m: float
    sliver_width_m: float
    sliver_roundness: float
    overlap_m2: float
    overlap_width_m: float
    gap_m2: float
    gap_width_m: float
    far_km: float
    outside_share: float
    village_endings: tuple[str, ...]
    empty_dates: tuple[date, ...]


@cache
def load_thresholds() -> Thresholds:
    """Return the shipped thresholds; raises a DataFileError that names the key."""
    return read_toml(Thresholds, files("layers").joinpath("common", "quality.toml"))
