"""Where the graves of a project that break a rule can go."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_rv.analysis.findings import SEGMENT
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.remedy import (
    CEMETERIES,
    GRAVES,
    Remedies,
    find_nearest_patches,
    find_remedies,
)
from geo_rv.errors import FeatureMissing, LayerMissing
from geo_rv.maps.finding import describe_finding
from geo_rv.messages import Language
from geo_rv.progress import Progress, keep_quiet
from geo_rv.project.questions import Check
from geo_rv.project.siting import ProjectSiting
from geo_rv.project.what_if import ProjectWhatIf
from geo_rv.reports.remedies import tell_remedies, write_remedies

PATCH_MU = 1.0
"""Land where a few dozen graves find room, with its paths."""


@dataclass(frozen=True)
class Relocation:
    """Where the graves that break a rule can go, and the check that says which they are."""

    check: Check
    remedies: Remedies
    with_patches: bool
    """Whether the nearest patch of eligible land was looked for."""


class ProjectRemedies(ProjectWhatIf, ProjectSiting):
    """A project that says where graves can go; what it said is kept while its check stands."""

    _relocation: Relocation | None = None

    def find_remedies(
        self,
        *,
        as_of: date | None = None,
        with_patches: bool = False,
        progress: Progress = keep_quiet,
    ) -> Relocation:
        """Return where each grave that breaks a rule on `as_of` (today) can go.

        With `with_patches` also the nearest patch of eligible land of at least `PATCH_MU`.
        Raises LayerMissing without graves or cemeteries, and what `check` and `find_eligible`
        raise.
        """
        ground = self.ground()
        for kind in (GRAVES, CEMETERIES):
            if kind not in ground:
                raise LayerMissing(layer=self.catalogue[kind].title)
        check = self.check(as_of=as_of, progress=progress)
        if self._relocation is None or self._relocation.check is not check:
            self._relocation = Relocation(
                check, find_remedies(ground, check.findings, check.book), with_patches=False
            )
        remedies = self._relocation.remedies
        if with_patches and not self._relocation.with_patches:
            answer = self.find_eligible(min_mu=PATCH_MU, as_of=as_of, progress=progress)
            graves = ground.find(GRAVES)
            violating = graves.frame["id"].isin(remedies.graves["site"]).to_numpy(dtype=bool)
            nearest = find_nearest_patches(graves.select(violating), answer.ranked)
            table = pd.concat([remedies.graves, nearest], axis="columns")
            self._relocation = Relocation(
                check, dataclasses.replace(remedies, graves=table), with_patches=True
            )
        return self._relocation

    def tell_remedies(
        self, answer: Relocation, *, language: Language, most: int | None = None
    ) -> dict[str, Any]:
        """Return the answer JSON-ready, of the graves the first `most`; see `reports.remedies`."""
        ground = self.ground()
        told = tell_remedies(
            answer.remedies,
            frames={kind: ground.find(kind).frame for kind in (GRAVES, CEMETERIES)},
            villages=self.village_names(),
            language=language,
            most=most,
        )
        return {"as_of": answer.check.as_of.isoformat(), "book": answer.check.book.name, **told}

    def describe_move(self, answer: Relocation, site: str) -> dict[str, Any]:
        """Return a grave, the place kept for it and the line between, as `describe_finding` does.

        A grave without a place stands alone; raises FeatureMissing for one that breaks no rule.
        """
        table = answer.remedies.graves
        kept = table.loc[table["site"] == site, "cemetery"]
        if kept.empty:
            raise FeatureMissing(layer=GRAVES, feature=site)
        cemetery = kept.iloc[0]
        return self._describe_way(site, cemetery if isinstance(cemetery, str) else None)

    def _describe_way(self, site: str, cemetery: str | None) -> dict[str, Any]:
        ground = self.ground()
        ends = [
            layer.shapes.select((layer.frame["id"] == identity).to_numpy(dtype=bool))
            for layer, identity in (
                (ground.find(GRAVES), site),
                (ground.find(CEMETERIES), cemetery),
            )
        ]
        way = {
            "layer": GRAVES,
            "site": site,
            "constraint_layer": CEMETERIES,
            "constraint": cemetery,
        }
        line = dict(zip(SEGMENT, find_nearest(*ends).segment.ravel(), strict=True))
        return describe_finding(
            pd.Series({**way, **line, "limit_m": np.nan}),
            self.read_layers(),
            self.catalogue,
            plane=self.plane,
        )

    def write_remedies(self, answer: Relocation, file: Path, *, language: Language) -> None:
        """Write the answer to `file`, .xlsx or .csv; raises OutputError."""
        write_remedies(self.tell_remedies(answer, language=language), file, language=language)
