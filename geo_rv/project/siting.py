"""Where in a project's area a new cemetery can go: eligible land, patch by patch, ranked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.analysis.eligible import EligibleLand, find_eligible
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.limits import Unasked
from geo_rv.analysis.patches import VILLAGE, list_patches
from geo_rv.analysis.ranking import Ranking, RankingWeights, make_weights, rank_patches
from geo_rv.analysis.shapes import Shapes, take_apart
from geo_rv.analysis.terrain import Relief, describe_relief
from geo_rv.catalogue import Catalogue
from geo_rv.errors import (
    AreaUnknown,
    AreaUnreadable,
    AreaUnusable,
    LayerMissing,
    MinimumUnusable,
    SubjectUnknown,
)
from geo_rv.geodesy.measure import measure_area_m2, to_mu
from geo_rv.intake.match import find_kind
from geo_rv.intake.readers.terrain import read_terrain
from geo_rv.messages import Language, Text, tell
from geo_rv.progress import Progress, keep_quiet
from geo_rv.project.questions import ProjectQuestions, find_today
from geo_rv.reports.patches import (
    list_notes,
    tell_criteria,
    tell_patches,
    tell_unasked,
    write_patches,
)
from geo_rv.rulebook import RuleBook

LEAST_MU: Final = 0.1
"""Smaller patches, as the slivers between parcels, are no use for a cemetery."""
SHOWN_NAMES: Final = 5


@dataclass(frozen=True)
class SitingArea:
    """Where land is looked for."""

    title: Text
    shapes: Shapes
    mu: float


@dataclass(frozen=True)
class SitingQuestion:
    """What land is asked for."""

    book: RuleBook
    as_of: date
    subject: str
    """The layer that a new feature would belong to."""
    within: str | None
    certain: bool
    """Whether the marginal belt is left out too."""


@dataclass(frozen=True)
class Siting:
    """The eligible land of an area, as patches in the order of their areas, and their ranking."""

    asked: SitingQuestion
    area: SitingArea
    min_mu: float
    patches: GeoDataFrame
    """The columns of `analysis.patches.list_patches`, slope_deg and aspect_deg."""
    dropped_mu: tuple[float, ...]
    """The areas of the patches that were left out for being smaller than `min_mu`."""
    unasked: tuple[Unasked, ...]
    warnings: tuple[Text, ...]
    weights: RankingWeights
    """Put others in their place (`dataclasses.replace`), and the ranking is another."""

    @cached_property
    def ranking(self) -> Ranking:
        """What each patch gets, in the order of the patches."""
        return rank_patches(self.patches, self.weights)

    @property
    def ranked(self) -> GeoDataFrame:
        """The patches with their rank."""
        return self.patches.assign(rank=self.ranking.rank)


class ProjectSiting(ProjectQuestions):
    """A project that says where a cemetery can go."""

    _land: tuple[tuple[object, ...], EligibleLand] | None = None
    """The last land that was found, and what it stood on."""

    def find_eligible(
        self,
        *,
        within: str | None = None,
        min_mu: float = LEAST_MU,
        subject: str = "cemetery",
        as_of: date | None = None,
        certain: bool = False,
        terrain: Path | None = None,
        weights: Mapping[str, float] | None = None,
        progress: Progress = keep_quiet,
    ) -> Siting:
        """Return the land where a new feature of `subject` would break no rule on `as_of` (today).

        `within` is a polygon, as "village=421381107201" (its layer by kind or title, the feature
        by id or name); by default all villages, without a village layer the box of all layers.
        With `certain` the marginal belt is left out too. `terrain` is a file of heights for slope
        and aspect, `weights` are by criterion.

        Raises SubjectUnknown, MinimumUnusable, CriterionUnknown, WeightUnusable, AreaUnreadable,
        AreaUnknown, AreaUnusable, UnknownLayer, LayerMissing, NothingImported, a SourceError for
        the terrain, and what `load_book` raises.
        """
        if not (math.isfinite(min_mu) and min_mu >= 0):
            raise MinimumUnusable(value=min_mu)
        chosen_weights = make_weights(weights or {})
        book, ground = self.load_book(), self.ground()
        kind = find_subject(subject, book, self.catalogue)
        area = find_area(ground, within)
        asked = SitingQuestion(book, as_of or find_today(), kind, within, certain)
        heights = None
        if terrain is not None:
            progress("progress.terrain")
            heights = read_terrain(terrain, area.shapes.bounds)
        land = self._find_land(ground, area, asked, progress)
        progress("progress.describing")
        patches, dropped = list_patches(land, ground, subject=kind, min_mu=min_mu)
        relief = describe_relief(patches.geometry.to_numpy(), heights)
        patches["slope_deg"], patches["aspect_deg"] = relief.slope_deg, relief.aspect_deg
        warnings = [*_tell_ground(ground, land), *_tell_coverage(patches, land)]
        if heights is not None:
            warnings += _tell_relief(relief)
        return Siting(
            asked, area, min_mu, patches, tuple(dropped.tolist()), land.unasked,
            tuple(warnings), chosen_weights,
        )  # fmt: skip

    def _find_land(
        self, ground: Ground, area: SitingArea, asked: SitingQuestion, progress: Progress
    ) -> EligibleLand:
        """Return the land of an area, the last one while nothing has changed."""
        stands_on = (ground, asked)
        if self._land is None or self._land[0] != stands_on:
            land = find_eligible(
                ground, asked.book, area.shapes, as_of=asked.as_of, subject=asked.subject,
                certain=asked.certain, progress=progress,
            )  # fmt: skip
            self._land = stands_on, land
        return self._land[1]

    def tell_siting(self, answer: Siting, *, language: Language) -> dict[str, Any]:
        """Return the answer JSON-ready, its patches by their rank, and notes for a reader."""
        asked = answer.asked
        told = {
            "as_of": asked.as_of.isoformat(),
            "book": asked.book.name,
            "book_title": asked.book.title.in_language(language),
            "subject": asked.subject,
            "certain": asked.certain,
            "area": {
                "title": answer.area.title.in_language(language),
                "mu": round(answer.area.mu, 4),
            },
            "eligible_mu": round(float(answer.patches["mu"].sum()), 4),
            "min_mu": answer.min_mu,
            "dropped": {
                "count": len(answer.dropped_mu),
                "mu": round(math.fsum(answer.dropped_mu), 4),
            },
            "not_checked": tell_unasked(answer.unasked, self.catalogue, language),
            "warnings": [warning.in_language(language) for warning in answer.warnings],
            "weights": dataclasses.asdict(answer.weights),
            "criteria": tell_criteria(language),
            "patches": tell_patches(
                answer.patches, answer.ranking, villages=self.village_names(), language=language
            ),
        }
        return {**told, "notes": list_notes(told, language)}

    def write_siting(self, answer: Siting, file: Path, *, language: Language) -> None:
        """Write the patches to `file`: .geojson, .gpkg, .xlsx or .csv; raises OutputError."""
        told = self.tell_siting(answer, language=language)
        write_patches(told["patches"], told["notes"], file, language=language)


def find_subject(subject: str, book: RuleBook, catalogue: Catalogue) -> str:
    """Return the layer kind that `subject` means; raises UnknownLayer or SubjectUnknown."""
    kind = find_kind(subject, catalogue)
    if kind not in book.subjects:
        raise SubjectUnknown(subject=catalogue[kind].title, known=", ".join(book.subjects))
    return kind


def find_area(ground: Ground, within: str | None) -> SitingArea:
    """Return the area that `within` names, by default all villages or the box of all layers.

    Raises AreaUnreadable, AreaUnknown, AreaUnusable, UnknownLayer or LayerMissing.
    """
    if within is not None:
        return _find_feature(ground, within)
    if VILLAGE in ground:
        villages = ground.find(VILLAGE)
        mu = _measure_mu(villages.geometries)
        if mu:
            return SitingArea(tell("siting.area.villages"), villages.shapes, mu)
    box = shapely.box(*ground.bounds)
    return SitingArea(tell("siting.area.extent"), take_apart([box]), _measure_mu([box]))


def _find_feature(ground: Ground, within: str) -> SitingArea:
    layer, separator, name = (part.strip() for part in within.partition("="))
    if not (layer and separator and name):
        raise AreaUnreadable(value=within)
    spec = ground.catalogue[find_kind(layer, ground.catalogue)]
    if spec.kind not in ground:
        raise LayerMissing(layer=spec.title)
    features = ground.find(spec.kind)
    found = (features.frame["id"] == name).to_numpy(dtype=bool)
    if not found.any():
        found = (features.frame["name"] == name).fillna(value=False).to_numpy(dtype=bool)
    if np.count_nonzero(found) != 1:
        known = ", ".join(map(str, features.names[:SHOWN_NAMES]))
        count = np.count_nonzero(found)
        raise AreaUnknown(layer=spec.title, feature=name, count=count, known=known)
    chosen = features.select(found)
    known_as = chosen.frame["name"].fillna(chosen.frame["id"]).iloc[0]
    title = tell("siting.area.feature", layer=spec.title, name=known_as)
    mu = _measure_mu(chosen.geometries)
    if not mu:
        raise AreaUnusable(area=title)
    return SitingArea(title, chosen.shapes, mu)


def _measure_mu(geometries: Any) -> float:
    """Return the area of geometries together, what several cover counted once."""
    present = [each for each in geometries if each is not None]
    return float(to_mu(measure_area_m2([shapely.union_all(present)]))[0])


def _tell_ground(ground: Ground, land: EligibleLand) -> Iterator[Text]:
    """Yield what is wrong with the layers that land was kept clear of."""
    for kind in land.kinds:
        features = ground.find(kind)
        damaged, unplaced = features.shapes.damaged, np.flatnonzero(~features.has_shape)
        for key, members in (("repaired", damaged), ("unplaced", unplaced)):
            if len(members):
                examples = ", ".join(map(str, features.names[members[:SHOWN_NAMES]]))
                yield tell(
                    f"siting.warning.{key}",
                    layer=features.spec.title,
                    count=len(members),
                    examples=examples,
                )


def _tell_coverage(patches: GeoDataFrame, land: EligibleLand) -> Iterator[Text]:
    count = int((patches["coverage"] != "inside").sum())
    if count:
        yield tell("siting.warning.coverage", count=count, reach_m=land.reach_m)


def _tell_relief(relief: Relief) -> Iterator[Text]:
    is_known = ~np.isnan(relief.slope_deg)
    for key, meant in (("no_slope", ~is_known), ("part_slope", is_known & (relief.known < 1))):
        if meant.any():
            yield tell(f"siting.warning.{key}", count=int(meant.sum()))
