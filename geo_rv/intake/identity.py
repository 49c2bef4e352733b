"""The identity of features: the file's own, or one that the same file always gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY
from geo_rv.intake.candidate import Candidate, Problem, list_problems
from geo_rv.intake.values import to_texts

_HEX_DIGITS = 12
_SEPARATOR = "\x1f"
MOST_CHARACTERS = 255
"""Characters of an identity; the county's own (BSM) has 18."""
_SHOWN_CHARACTERS = 40


def make_identities(geometry: NDArray[np.object_], table: pd.DataFrame) -> pd.Series:
    """Return an identity for each row from its geometry and its values.

    Twelve hexadecimal digits of SHA-256 over the geometry as little-endian WKB and the values
    as text; rows that are equal in all of these get -2, -3 … behind it, in their order.
    """
    shapes = shapely.to_wkb(geometry, byte_order=1)
    columns = [to_texts(table[name]) for name in table.columns]
    told = [column.mask(column.isna(), "") for column in columns]
    texts = map(_SEPARATOR.join, zip(*told, strict=True)) if told else [""] * len(shapes)
    digests = pd.Series(
        [
            hashlib.sha256((shape or b"") + text.encode()).hexdigest()[:_HEX_DIGITS]
            for shape, text in zip(shapes, texts, strict=True)
        ],
        dtype=object,
    )
    again = digests.groupby(digests).cumcount()
    return digests.where(again == 0, digests + "-" + (again + 1).astype(str))


def find_identity_problems(identities: pd.Series, rows: NDArray[np.int64]) -> list[Problem]:
    """Return the rows whose identity is missing, too long, or that of an earlier row."""
    is_missing = identities.isna().to_numpy()
    is_long = (identities.str.len() > MOST_CHARACTERS).to_numpy(dtype=bool) & ~is_missing
    is_again = identities.duplicated().to_numpy() & ~is_missing & ~is_long
    numbers, _ = identities.factorize(use_na_sentinel=False)
    first_rows = pd.Series(rows).groupby(numbers).transform("first")[is_again]
    return [
        *list_problems(is_missing, rows, "identity_missing", field=IDENTITY),
        *list_problems(
            is_long,
            rows,
            "identity_long",
            field=IDENTITY,
            id=identities[is_long].str.slice(0, _SHOWN_CHARACTERS),
            count=identities[is_long].str.len(),
            most=MOST_CHARACTERS,
        ),
        *list_problems(
            is_again,
            rows,
            "identity_repeated",
            field=IDENTITY,
            id=identities[is_again],
            first=first_rows,
        ),
    ]


def find_brought_problems(
    identities: pd.Series,
    rows: NDArray[np.int64],
    earlier: Iterable[Candidate],
    *,
    made: bool,
) -> list[Problem]:
    """Return the rows whose identity a row of an `earlier` candidate for the layer has.

    Where the identities were `made`, such rows are the same in all that they hold.
    """
    problems = []
    for candidate in earlier:
        held = pd.Series(candidate.rows, index=candidate.frame[IDENTITY].astype(object))
        first_rows = identities.map(held[~held.index.duplicated()])
        is_held = first_rows.notna().to_numpy()
        problems += list_problems(
            is_held,
            rows,
            "row_brought" if made else "identity_brought",
            field=IDENTITY,
            id=identities[is_held],
            file=candidate.source,
            first=first_rows[is_held].astype(np.int64),
        )
    return problems
