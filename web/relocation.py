"""Which graves of the remedies a reader wants to see, in which order: from the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from geo_rv.project import Relocation
from web.findings import PAGE_ROWS, read_page
from web.parameters import read_choice

COLUMNS = {
    "site": "site",
    "village": "village",
    "cemetery": "cemetery",
    "distance": "cemetery_m",
}
"""What can be sorted by, and the column of the graves that it means."""
SORTS = tuple(f"{sign}{name}" for name in COLUMNS for sign in ("", "-"))
PLACES = ("placed", "unplaced")


@dataclass(frozen=True)
class GraveChoice:
    """Which graves are meant: of one village, one cemetery, with a place or without."""

    where: Mapping[str, str] = field(default_factory=dict)
    """The value wanted of a column."""
    place: str = ""
    sort: str = "site"

    def select(self, graves: pd.DataFrame) -> pd.DataFrame:
        """Return the graves that are meant, in order, those without a value last."""
        for column, value in self.where.items():
            graves = graves[graves[column] == value]
        if self.place:
            graves = graves[graves["cemetery"].notna() == (self.place == "placed")]
        wanted = COLUMNS[self.sort.removeprefix("-")]
        by = dict.fromkeys([wanted, "site"], True)
        by[wanted] = not self.sort.startswith("-")
        return graves.sort_values(list(by), ascending=list(by.values()))


def read_grave_filters(answer: Relocation) -> GraveChoice:
    """Return what the address asks for; raises BadChoice for what the answer does not hold."""
    allowed = {
        "village": list(answer.remedies.villages.index),
        "cemetery": list(answer.remedies.cemeteries["id"]),
    }
    wanted = {name: read_choice(name, values) for name, values in allowed.items()}
    return GraveChoice(
        where={name: value for name, value in wanted.items() if value},
        place=read_choice("place", PLACES),
        sort=read_choice("sort", SORTS, "site"),
    )


def read_grave_page(graves: pd.DataFrame, site: str) -> tuple[int, int]:
    """Return the page that the address asks for, or the one that holds `site`, and how many."""
    page, pages = read_page(len(graves))
    found = (graves["site"] == site).to_numpy().nonzero()[0]
    return (int(found[0]) // PAGE_ROWS + 1 if len(found) else page), pages
