"""What a check finds: its columns, their counts, and the sentence that each row stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue
from geo_rv.messages import Language, Text, text
from geo_rv.rulebook import Verdict

COLUMNS: Mapping[str, str] = {
    "layer": "str",
    "site": "str",
    "village": "str",
    "rule": "str",
    "verdict": "str",
    "distance_m": "float64",
    "limit_m": "float64",
    "margin_m": "float64",
    "tolerance_m": "float64",
    "half_width_m": "float64",
    "overlap_m2": "float64",
    "constraint_layer": "str",
    "constraint": "str",
    "field": "str",
    "value": "float64",
    "allowed": "float64",
    "cited": "str",
    "reason": "str",
}
"""The columns of findings, before their geometry, and their types.

layer, site, village, rule, verdict: what was asked of whom, and the answer. distance_m,
limit_m, margin_m: the geodesic distance, the rule's limit, and by how much the site keeps it.
tolerance_m: the positional accuracies of both layers, added. half_width_m: what was taken off
the length of the segment because the distance starts at an edge. overlap_m2: the ellipsoidal
area in common. constraint_layer, constraint: the feature that decided. field, value, allowed:
of a rule on the site's own field, the field, its number and the limit, in the field's unit; of
a site that could not be checked, the field that is empty. cited: the rule that exempts the
site, or the day since which the rule holds. reason: the key of the sentence, below `finding.`
in the message catalogue. What does not apply to a row is missing in it.
"""


def count_verdicts(findings: GeoDataFrame) -> dict[Verdict, int]:
    """Return the number of findings of each verdict, 0 for those that do not occur."""
    counts = findings["verdict"].value_counts()
    return {verdict: int(counts.get(verdict, 0)) for verdict in get_args(Verdict)}


def tell_reason(findings: GeoDataFrame, *, catalogue: Catalogue, language: Language) -> list[str]:
    """Return for each finding the sentence that says why its verdict is what it is."""
    rows = findings[list(COLUMNS)].to_dict("records")
    return [_tell_row(row, catalogue, language) for row in rows]


def _tell_row(row: dict[str, Any], catalogue: Catalogue, language: Language) -> str:
    empty = Text(zh="", en="")
    kind, name = row["constraint_layer"], row["field"]
    field = catalogue[row["layer"]].field_by_name[name] if isinstance(name, str) else None
    facts = {
        **row,
        "constraint_layer": catalogue[kind].title if isinstance(kind, str) else empty,
        "field": field.title if field else empty,
        "unit": field.unit if field and field.unit else empty,
        "shortfall_m": -row["margin_m"],
    }
    return text(f"finding.{row['reason']}", language, **facts)
