"""Which findings somebody contests."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

FINDING = ("layer", "site", "rule")


def mark_contested(
    findings: pd.DataFrame, reasons: Mapping[tuple[str, str, str], str]
) -> pd.Series:
    """Return for each finding the reason that stands against it, missing where there is none.

    `reasons` are by layer, site and rule; one about a finding that there is not goes unused.
    """
    marked = pd.Series(None, index=findings.index, dtype="str", name="contested")
    if not reasons:
        return marked
    contests = pd.DataFrame(list(reasons), columns=list(FINDING)).assign(reason=[*reasons.values()])
    meant = findings["rule"].isin(contests["rule"].unique())
    meant &= findings["site"].isin(contests["site"].unique())
    named = findings.loc[meant, list(FINDING)].merge(contests, how="left", on=list(FINDING))
    marked[meant] = named["reason"].to_numpy()
    return marked
