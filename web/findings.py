"""Which findings a reader wants to see, in which order: from the address of the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from geo_rv.project import Check
from web.parameters import read_choice, read_choices, read_number

PAGE_ROWS = 100
LAST_PAGE = 100_000
COLUMNS = {
    "verdict": "verdict",
    "site": "site",
    "rule": "rule",
    "village": "village",
    "distance": "distance_m",
    "limit": "limit_m",
    "margin": "margin_m",
}
"""What can be sorted by, and the column of the findings that it means."""
SORTS = tuple(f"{sign}{name}" for name in COLUMNS for sign in ("", "-"))
BY_RULE = "rule"
"""In the order of the book, of each rule the worst first: margins of two rules do not compare."""
VERDICTS = ("violation", "marginal", "not_checked", "pass", "exempt")
"""In the order in which a reader wants them."""
ASKED_FIRST = VERDICTS[:2]


@dataclass(frozen=True)
class Choice:
    """Which findings are meant: of some verdicts, and where named of one rule, village, layer."""

    verdicts: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)
    """The value wanted of a column."""
    sort: str = BY_RULE

    def select(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Return the findings that are meant, in order, those without a number last."""
        meant = self.select_all_verdicts(findings)
        if self.verdicts:
            meant = meant[meant["verdict"].isin(self.verdicts)]
        wanted = COLUMNS[self.sort.removeprefix("-")]
        by = dict.fromkeys([wanted, "margin_m", "layer", "site", "rule"], True)
        by[wanted] = not self.sort.startswith("-")
        return meant.sort_values(list(by), ascending=list(by.values()))

    def select_all_verdicts(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Return the findings that are meant, were every verdict."""
        for column, value in self.where.items():
            findings = findings[findings[column] == value]
        return findings


def read_filters(check: Check, villages: Mapping[str, str]) -> Choice:
    """Return what the address asks for; raises BadChoice for what the check does not hold."""
    allowed = {
        "rule": [rule.id for rule in check.book.rules],
        "village": list(villages),
        "layer": list_subjects(check),
    }
    wanted = {name: read_choice(name, values) for name, values in allowed.items()}
    return Choice(
        verdicts=read_choices("verdict", VERDICTS),
        where={name: value for name, value in wanted.items() if value},
        sort=read_choice("sort", SORTS, BY_RULE),
    )


def count_verdicts(findings: pd.DataFrame) -> dict[str, int]:
    """Return how many findings there are of each verdict, in the order of VERDICTS."""
    counted = findings["verdict"].value_counts()
    return {verdict: int(counted.get(verdict, 0)) for verdict in VERDICTS}


def list_subjects(check: Check) -> list[str]:
    """Return the layers that the rules of the check look at."""
    return sorted({subject for rule in check.book.rules for subject in rule.subjects})


def read_page(rows: int) -> tuple[int, int]:
    """Return the page that the address asks for, at most the last one, and how many there are."""
    pages = max(1, -(-rows // PAGE_ROWS))
    return min(pages, int(read_number("page", minimum=1, maximum=LAST_PAGE, default=1))), pages
