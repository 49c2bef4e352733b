"""How files come into a project: judged, agreed to, and written in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo_rv.errors import OutsideProject
from geo_rv.frames import Mode
from geo_rv.intake import Candidate, Surroundings, Wish, read_candidates, require_clean
from geo_rv.progress import Progress, keep_quiet
from geo_rv.project.data import ProjectData

NEARBY_DEGREES = 0.5
"""How far from the rest of the project (about 50 km) a feature is believed to be a mistake."""

Accept = Literal["repairs", "partial"]
"""What a person agrees to: that rows come in as they were repaired; that refused rows, and
those to repair where repairs are not agreed to, stay out and the others come in."""


@dataclass(frozen=True)
class Judgement:
    """What files would bring into the project, before anybody has agreed."""

    candidates: tuple[Candidate, ...]
    mode: Mode


@dataclass(frozen=True)
class Imported:
    """What an import brought into one layer."""

    candidate: Candidate
    added: int


class ProjectImports(ProjectData):
    """What files bring to a project."""

    def judge_files(
        self,
        files: Iterable[Path],
        *,
        wish: Wish | None = None,
        mode: Mode = "add",
        progress: Progress = keep_quiet,
    ) -> Judgement:
        """Return what the files would bring, each row judged; nothing is changed.

        `wish` is what the user said about all of the files. Raises UnknownLayer, a SourceError,
        a CrsError or OutsideProject where a file as a whole cannot be taken.
        """
        surroundings = Surroundings(self.read_layers(), mode)
        candidates = tuple(
            candidate
            for file in files
            for candidate in read_candidates(
                file,
                catalogue=self.catalogue,
                wish=wish,
                surroundings=surroundings,
                progress=progress,
            )
        )
        self._require_near(candidates)
        return Judgement(candidates, mode)

    def take_in(
        self,
        judgement: Judgement,
        *,
        accept: Collection[Accept] = (),
        progress: Progress = keep_quiet,
    ) -> tuple[Imported, ...]:
        """Write what was judged, in one transaction, or nothing.

        Raises RowsRefused where rows are refused or to be repaired and nobody agreed to that, and
        IdentityTaken where the project has changed in between.
        """
        require_clean(judgement.candidates, self.catalogue, accept=accept)
        progress("progress.storing")
        taken = [
            (candidate, candidate.take_rows(repaired="repairs" in accept))
            for candidate in judgement.candidates
        ]
        self.store.write_layers(
            _join_frames(taken),
            source={candidate.kind: candidate.source for candidate, _ in taken},
            mode=judgement.mode,
        )
        return tuple(Imported(candidate, len(frame)) for candidate, frame in taken)

    def import_files(
        self,
        files: Iterable[Path],
        *,
        wish: Wish | None = None,
        mode: Mode = "add",
        accept: Collection[Accept] = (),
        progress: Progress = keep_quiet,
    ) -> tuple[Imported, ...]:
        """Judge the files and put all of their layers in, or nothing.

        Raises what `judge_files` and `take_in` raise.
        """
        judgement = self.judge_files(files, wish=wish, mode=mode, progress=progress)
        return self.take_in(judgement, accept=accept, progress=progress)

    def _require_near(self, candidates: Iterable[Candidate]) -> None:
        bounds = self.bounds
        if bounds is None:
            return
        nearby = shapely.box(*bounds).buffer(NEARBY_DEGREES, join_style="mitre")
        for candidate in candidates:
            far = candidate.frame[candidate.frame.geometry.disjoint(nearby)]
            if len(far):
                place = far.geometry.iloc[0].representative_point()
                raise OutsideProject(
                    file=candidate.source,
                    layer=self.catalogue[candidate.kind].title,
                    count=len(far),
                    feature=far["id"].iloc[0],
                    lon=place.x,
                    lat=place.y,
                )


def _join_frames(taken: Iterable[tuple[Candidate, GeoDataFrame]]) -> dict[str, GeoDataFrame]:
    """Return one frame for each kind, in the order in which the kinds first come."""
    frames: dict[str, list[GeoDataFrame]] = {}
    for candidate, frame in taken:
        frames.setdefault(candidate.kind, []).append(frame)
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in frames.items()}
