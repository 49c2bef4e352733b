"""The start page's figures: measures beside the annual report's numbers, and the check in sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo_rv.messages import Language
from geo_rv.project import Check, Project
from web.findings import count_verdicts


@dataclass(frozen=True)
class CardSpec:
    """One card: measures of one layer, the first one large, and the page that shows more."""

    layer: str
    measures: tuple[str, ...]
    endpoint: str
    arguments: Mapping[str, str]


CARDS = (
    CardSpec("resettlement_site", ("count", "households", "people"), "town_map.show", {}),
    CardSpec("pv_station", ("capacity_kw", "count"), "industry.show", {"theme": "pv"}),
    CardSpec("cemetery", ("count", "village_level", "joint"), "check.show", {"layer": "cemetery"}),
    CardSpec("burial", ("count", "protected_historic"), "check.show", {"layer": "burial"}),
    CardSpec(
        "land_transfer", ("ginger_mu", "ginger_base_mu"), "industry.show", {"theme": "ginger"}
    ),
    CardSpec(
        "land_transfer",
        ("camellia_mu", "camellia_households", "camellia_income_wan"),
        "industry.show",
        {"theme": "camellia"},
    ),
    CardSpec(
        "tourism_route",
        ("visitors", "invested_wan", "length_km"),
        "industry.show",
        {"theme": "tourism"},
    ),
    CardSpec("project", ("funded_wan", "funded_count"), "reconcile.show", {}),
)
CHECKED = ("cemetery", "burial")
"""Cards that also tell how many of their sites break a rule."""


@dataclass(frozen=True)
class Card:
    """A card with its values: measures as the project tells them, beside the report's rows."""

    spec: CardSpec
    rows: tuple[tuple[Mapping[str, Any], Mapping[str, Any] | None], ...]
    broken: int | None
    """How many sites of the layer break a rule; None where none are checked."""


@dataclass(frozen=True)
class CheckSum:
    """A check in sum."""

    check: Check
    verdicts: Mapping[str, int]
    broken: Mapping[str, int]
    """By layer, how many sites break at least one rule."""
    rules: tuple[Mapping[str, Any], ...]
    """The rules broken most: as `Project.list_rules` tells them, with the `count` of sites."""


def list_key_figures(
    summary: Mapping[str, Any], told: Mapping[str, Any], check: CheckSum | None
) -> tuple[Card, ...]:
    """Return the cards of the layers that the project holds."""
    measures = {
        (layer["layer"], measure["name"]): measure
        for layer in summary["layers"]
        for measure in layer["measures"]
    }
    figures = {(row["layer"], row["measure"]): row for row in told["figures"]}
    return tuple(
        Card(
            spec,
            tuple(
                (measures[spec.layer, name], figures.get((spec.layer, name)))
                for name in spec.measures
                if (spec.layer, name) in measures
            ),
            check.broken.get(spec.layer, 0) if check and spec.layer in CHECKED else None,
        )
        for spec in CARDS
        if (spec.layer, spec.measures[0]) in measures
    )


def sum_up_check(project: Project, *, language: Language, top: int) -> CheckSum | None:
    """Return today's check in sum with the `top` rules broken most; None without any site."""
    if not {state.spec.kind for state in project.list_layers() if state.count} & set(CHECKED):
        return None
    check = project.check()
    violations = check.findings[check.findings["verdict"] == "violation"]
    rules = {rule["rule"]: rule for rule in project.list_rules(check.as_of, language=language)}
    return CheckSum(
        check,
        count_verdicts(check.findings),
        _count_sites(violations),
        tuple(
            {**rules[rule], "count": int(count)}
            for rule, count in violations["rule"].value_counts().head(top).items()
        ),
    )


def _count_sites(findings: pd.DataFrame) -> dict[str, int]:
    """Return how many different sites of each layer the findings are about."""
    return {
        str(kind): int(count) for kind, count in findings.groupby("layer")["site"].nunique().items()
    }
