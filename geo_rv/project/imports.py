"""How files come into a project: judged, agreed to, and written in one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue
from geo_rv.errors import NothingToTake
from geo_rv.frames import Mode
from geo_rv.intake import Candidate, Surroundings, Wish, read_candidates, require_clean
from geo_rv.intake.headings import fold
from geo_rv.intake.match import find_kind
from geo_rv.intake.wish import AXES
from geo_rv.messages import LANGUAGES, Language, text
from geo_rv.progress import Progress, keep_quiet
from geo_rv.project.history import ProjectHistory
from geo_rv.reports.history import tell_change
from geo_rv.reports.imports import SHOWN_PROBLEMS, Outcome, tell_candidates
from geo_rv.reports.refused import write_refused_rows
from geo_rv.store.journal import Change

_UNSAID: Mapping[Path, Any] = MappingProxyType({})

Accept = Literal["repairs", "partial"]
"""What a person agrees to: that rows come in as they were repaired; that refused rows, and
those to repair where repairs are not agreed to, stay out and the others come in."""


@dataclass(frozen=True)
class Judgement:
    """What files would bring into the project, before anybody has agreed."""

    candidates: tuple[Candidate, ...]
    mode: Mode
    stamp: str
    """The project's stamp when it was judged."""
    origins: tuple[Path, ...]
    """The file that each candidate came out of."""
    outcomes: tuple[Outcome, ...]
    """What would become of each layer with the rows that are accepted and to be repaired."""

    @property
    def needs(self) -> frozenset[Accept]:
        """What somebody has to agree to so that every row that can comes in; mostly nothing."""
        needed: set[Accept] = set()
        for candidate in self.candidates:
            if candidate.is_repaired.any():
                needed.add("repairs")
            if candidate.refused:
                needed.add("partial")
        return frozenset(needed)

    def is_agreed(self, accept: Collection[Accept]) -> bool:
        """Return whether `take_in` would go on with what `accept` says."""
        return "partial" in accept or self.needs <= set(accept)


@dataclass(frozen=True)
class Imported:
    """What an import brought into one layer from one file."""

    candidate: Candidate
    added: int
    """Rows of the file that came in."""


@dataclass(frozen=True)
class TakenIn:
    """What an import did to the project."""

    imported: tuple[Imported, ...]
    batch: int | None
    """Its number in the history; None where everything was there already as it is in the files."""
    changes: tuple[Change, ...]
    """What it did to each layer that it changed."""


class ProjectImports(ProjectHistory):
    """What files bring to a project."""

    def judge_files(
        self,
        files: Iterable[Path],
        *,
        wish: Wish | None = None,
        names: Mapping[Path, str] = _UNSAID,
        wishes: Mapping[Path, Wish] = _UNSAID,
        mode: Mode = "add",
        progress: Progress = keep_quiet,
    ) -> Judgement:
        """Return what the files would bring, each row judged; nothing is changed.

        `wish` is what the user said about all of the files, `wishes` about single ones instead;
        `names` is what the user calls files that have other names here. Raises UnknownLayer, a
        SourceError or a CrsError where a file as a whole cannot be taken, and IdentityTaken.
        """
        stamp = self.stamp
        surroundings = Surroundings(self.read_layers(), mode)
        candidates: tuple[Candidate, ...] = ()
        origins: list[Path] = []
        for file in files:
            read = read_candidates(
                file,
                catalogue=self.catalogue,
                name=names.get(file),
                wish=_name_columns(wishes.get(file) or wish or Wish(), self.catalogue),
                surroundings=dataclasses.replace(surroundings, brought=candidates),
                progress=progress,
            )
            candidates += read
            origins += [file] * len(read)
        return Judgement(candidates, mode, stamp, tuple(origins), self._foresee(candidates, mode))

    def take_in(
        self,
        judgement: Judgement,
        *,
        accept: Collection[Accept] = (),
        progress: Progress = keep_quiet,
    ) -> TakenIn:
        """Write what was judged, in one transaction, or nothing.

        Raises RowsRefused where rows are refused or to be repaired and nobody agreed to that,
        NothingToTake where no row is left, and ProjectChanged where the project has changed since
        the files were judged.
        """
        require_clean(judgement.candidates, self.catalogue, accept=accept)
        progress("progress.storing")
        taken = [
            (candidate, candidate.take_rows(repaired="repairs" in accept))
            for candidate in judgement.candidates
        ]
        imported = tuple(Imported(candidate, len(frame)) for candidate, frame in taken)
        filled = [(candidate, frame) for candidate, frame in taken if len(frame)]
        if not filled:
            names = dict.fromkeys(candidate.source for candidate, _ in taken)
            raise NothingToTake(files=", ".join(names))
        changes = self.store.write_layers(
            _join_frames(filled),
            source=_name_sources(filled),
            mode=judgement.mode,
            stamp=judgement.stamp,
        )
        return TakenIn(imported, changes[0].batch if changes else None, changes)

    def import_files(
        self,
        files: Iterable[Path],
        *,
        wish: Wish | None = None,
        mode: Mode = "add",
        accept: Collection[Accept] = (),
        progress: Progress = keep_quiet,
    ) -> TakenIn:
        """Judge the files and put all of their layers in, or nothing.

        Raises what `judge_files` and `take_in` raise.
        """
        judgement = self.judge_files(files, wish=wish, mode=mode, progress=progress)
        return self.take_in(judgement, accept=accept, progress=progress)

    def tell_judgement(
        self, judgement: Judgement, *, language: Language, limit: int | None = SHOWN_PROBLEMS
    ) -> dict[str, Any]:
        """Return a judgement JSON-ready, as `reports.imports.tell_candidates` describes.

        `limit` is how many problems of each candidate are listed (None for all); all are counted.
        """
        told = tell_candidates(
            judgement.candidates,
            judgement.outcomes,
            self.catalogue,
            mode=judgement.mode,
            language=language,
            limit=limit,
        )
        return told | {"needs": sorted(judgement.needs)}

    def tell_taken(self, taken: TakenIn, *, language: Language) -> dict[str, Any]:
        """Return what an import did JSON-ready: batch, files with their rows, layers' changes."""
        return {
            "batch": taken.batch,
            "files": [
                {
                    "file": each.candidate.source,
                    "layer": each.candidate.kind,
                    "layer_title": self.catalogue[each.candidate.kind].title.in_language(language),
                    "rows": each.added,
                }
                for each in taken.imported
            ],
            "layers": [tell_change(change, self.catalogue, language) for change in taken.changes],
        }

    def write_refused(
        self,
        judgement: Judgement,
        file: Path,
        *,
        language: Language,
        accept: Collection[Accept] = (),
    ) -> int:
        """Write the rows that stay out to a workbook (.xlsx), to be mended and brought back.

        These are the refused rows, and those to repair unless `accept` holds "repairs". Returns
        how many they are. Raises OutputError or OutputFormatUnknown.
        """
        return write_refused_rows(
            judgement.candidates,
            file,
            self.catalogue,
            repaired="repairs" not in accept,
            language=language,
        )

    def _foresee(self, candidates: Sequence[Candidate], mode: Mode) -> tuple[Outcome, ...]:
        frames = _join_frames((candidate, candidate.frame) for candidate in candidates)
        outcomes = []
        for kind, frame in frames.items():
            found = self.store.compare_layer(kind, frame, mode)
            counts = (len(found.added), len(found.changed), found.unchanged, len(found.removed))
            outcomes.append(Outcome(kind, *counts))
        return tuple(outcomes)


def _name_columns(wish: Wish, catalogue: Catalogue) -> Wish:
    """Return `wish` with the names of fields and axes where it has their titles."""
    if not wish.columns:
        return wish
    specs = catalogue.layers if wish.kind is None else [catalogue[find_kind(wish.kind, catalogue)]]
    names: dict[str, str] = {
        fold(text(f"intake.axis.{axis}", each)): axis for axis in AXES for each in LANGUAGES
    }
    for field in (field for spec in specs for field in spec.fields):
        names |= dict.fromkeys((fold(field.title.zh), fold(field.title.en)), field.name)
    # what is a name already stays one
    names |= {name: name for name in (*AXES, *(f.name for spec in specs for f in spec.fields))}
    columns = {names.get(fold(key), key): heading for key, heading in wish.columns.items()}
    return dataclasses.replace(wish, columns=columns)


def _join_frames(taken: Iterable[tuple[Candidate, GeoDataFrame]]) -> dict[str, GeoDataFrame]:
    """Return one frame for each kind, in the order in which the kinds first come."""
    frames: dict[str, list[GeoDataFrame]] = {}
    for candidate, frame in taken:
        frames.setdefault(candidate.kind, []).append(frame)
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in frames.items()}


def _name_sources(taken: Iterable[tuple[Candidate, GeoDataFrame]]) -> Mapping[str, str]:
    """Return the files that each kind comes from."""
    sources: dict[str, dict[str, None]] = {}
    for candidate, _ in taken:
        sources.setdefault(candidate.kind, {})[candidate.source] = None
    return {kind: ", ".join(names) for kind, names in sources.items()}
