"""What a check finds: its columns, their counts, and the sentence that each row stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

import numpy as np
import pandas as pd

from geo_rv.catalogue import Catalogue
from geo_rv.geodesy.measure import M2_PER_MU, Floats
from geo_rv.messages import Language, Text, text
from geo_rv.rulebook import Verdict

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
TEXT: Final = "str"
NUMBER: Final = "float64"

COLUMNS: Mapping[str, str] = {
    "layer": TEXT,
    "site": TEXT,
    "village": TEXT,
    "rule": TEXT,
    "verdict": TEXT,
    "distance_m": NUMBER,
    "limit_m": NUMBER,
    "margin_m": NUMBER,
    "tolerance_m": NUMBER,
    "half_width_m": NUMBER,
    "overlap_m2": NUMBER,
    "constraint_layer": TEXT,
    "constraint": TEXT,
    "field": TEXT,
    "value": NUMBER,
    "allowed": NUMBER,
    "cited": TEXT,
    "reason": TEXT,
    "coverage": TEXT,
    "site_lon": NUMBER,
    "site_lat": NUMBER,
    "constraint_lon": NUMBER,
    "constraint_lat": NUMBER,
}
"""The columns that a check's rules fill, and their types.

layer, site, village, rule, verdict: what was asked of whom, and the answer. distance_m,
limit_m, margin_m: the geodesic distance, the rule's limit, and by how much the site keeps it.
tolerance_m: the positional accuracies of both layers, added. half_width_m: what was taken off
the length of the segment because the distance starts at an edge. overlap_m2: the ellipsoidal
area in common. constraint_layer, constraint: the feature that decided. field, value, allowed:
of a rule on the site's own field, the field, its number and the limit, in the field's unit; of
a site that could not be checked, the field that is empty. cited: the rule that exempts the
site, or the day since which the rule holds. reason: the key of the sentence, below `finding.`
in the message catalogue. coverage: of an answer that rests on there being nothing near, "edge"
or "outside" where data may be missing (see `coverage`). site_lon, site_lat, constraint_lon,
constraint_lat: the ends, in degrees, of the segment between the two; of a finding without one,
where the site is. What does not apply to a row is missing in it.
"""

MORE_COLUMNS: Mapping[str, str] = {"strictest": TEXT, "contested": TEXT}
"""Columns that are known when all rules have been asked: strictest, of what is broken, the
strictest rule of the same family that this site breaks (see `families`); contested, why
somebody contests the finding."""

SEGMENT = ("site_lon", "site_lat", "constraint_lon", "constraint_lat")


def count_verdicts(findings: pd.DataFrame) -> dict[Verdict, int]:
    """Return the number of findings of each verdict, 0 for those that do not occur."""
    counts = findings["verdict"].value_counts()
    return {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}


def list_segments(findings: pd.DataFrame) -> Floats:
    """Return the segment of each finding, (n, 2, 2): longitude and latitude of its two ends.

    NaN for findings without one.
    """
    segments = findings[list(SEGMENT)].to_numpy(dtype=float, copy=True).reshape(-1, 2, 2)
    segments[np.isnan(segments).any(axis=(1, 2))] = np.nan
    return segments


def tell_reason(findings: pd.DataFrame, *, catalogue: Catalogue, language: Language) -> list[str]:
    """Return for each finding the sentence that says why its verdict is what it is."""
    rows = findings[list(COLUMNS)].to_dict("records")
    return [_tell_row(row, catalogue, language) for row in rows]


def _tell_row(row: Mapping[Any, Any], catalogue: Catalogue, language: Language) -> str:
    empty = Text(zh="", en="")
    kind, name = row["constraint_layer"], row["field"]
    field = catalogue[row["layer"]].field_by_name[name] if isinstance(name, str) else None
    facts = {
        **row,
        "constraint_layer": catalogue[kind].title if isinstance(kind, str) else empty,
        "field": field.title if field else empty,
        "unit": field.unit if field and field.unit else empty,
        "shortfall_m": -row["margin_m"],
        "overlap_mu": row["overlap_m2"] / M2_PER_MU,
    }
    reason = text(f"finding.{row['reason']}", language, **facts)
    if not isinstance(row["coverage"], str) or row["verdict"] == "not_checked":
        return reason
    gap = " " if language == "en" else ""
    return reason + gap + text(f"finding.coverage.{row['coverage']}", language)
