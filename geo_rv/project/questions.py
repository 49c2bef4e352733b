"""What a project is asked: the burial check, the layers' figures, the annual report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geo_rv.analysis.contested import mark_contested
from geo_rv.analysis.findings import count_verdicts
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.nearest import prepare_kernel
from geo_rv.analysis.reconcile import Reconciliation, reconcile_report
from geo_rv.analysis.setback import check_point, check_sites
from geo_rv.analysis.summary import LayerSummary, summarise_layers
from geo_rv.errors import PointOutsideWorld
from geo_rv.figures import load_report
from geo_rv.messages import Language, text
from geo_rv.progress import Progress, keep_quiet
from geo_rv.project.contests import ProjectContests
from geo_rv.project.ground import ProjectGround
from geo_rv.reports.figures import tell_reconciliation, tell_summaries
from geo_rv.reports.findings import tell_findings, tell_plain, tell_rule
from geo_rv.reports.tables import DOCUMENTS, write_findings
from geo_rv.rulebook import RuleBook, Verdict, load_rulebook


@dataclass(frozen=True)
class Check:
    """The answer to a burial check."""

    book: RuleBook
    as_of: date
    sites: int
    counts: Mapping[Verdict, int]
    """How many findings of each verdict, passed ones too."""
    findings: pd.DataFrame
    """As `analysis.setback.check_sites` returns them."""
    repaired: Mapping[str, tuple[str, ...]]
    """The ids of each layer's features that a repaired copy stood in for, or that are nowhere."""


class ProjectQuestions(ProjectGround, ProjectContests):
    """A project that can be asked; answers are kept until a layer changes."""

    _kept: tuple[tuple[object, ...], Check] | None = None
    """The last check, and what it stood on: layers, contests, book and day."""
    _books: dict[str, tuple[int, RuleBook]]
    """The rule books that were read, each with its file's time."""

    def load_book(self, name: str | None = None) -> RuleBook:
        """Return the rule book `name`, by default the project's.

        Raises UnknownBook or a DataFileError.
        """
        book = name or self.settings.book
        own = self.folder / "rules"
        file = own / f"{book}.toml"
        written = file.stat().st_mtime_ns if file.is_file() else 0
        kept = self.__dict__.setdefault("_books", {})
        if book not in kept or kept[book][0] != written:
            kept[book] = written, load_rulebook(book, self.catalogue, own=own)
        loaded: RuleBook = kept[book][1]
        return loaded

    def prepare(self) -> None:
        """Make ready what the first question would wait for: the kernel, and the layers."""
        if self.extent:
            west, south, east, north = self.extent
            self.check_point((west + east) / 2, (south + north) / 2)

    def check(
        self,
        *,
        book: str | None = None,
        as_of: date | None = None,
        progress: Progress = keep_quiet,
    ) -> Check:
        """Check every burial and cemetery against every rule in force on `as_of` (today)."""
        progress("progress.kernel")
        prepare_kernel()
        progress("progress.checking")
        rules, day, ground = self.load_book(book), as_of or find_today(), self.ground()
        stands_on = (id(ground), self.contest_version, rules, day)
        if self._kept and self._kept[0] == stands_on:
            return self._kept[1]
        findings = check_sites(ground, rules, as_of=day)
        reasons = {finding: contest.reason for finding, contest in self.open_contests().items()}
        findings["contested"] = mark_contested(findings, reasons)
        sites = sum(len(ground.find(kind).frame) for kind in rules.subjects if kind in ground)
        check = _sum_up(rules, day, sites, findings, ground)
        self._kept = stands_on, check
        return check

    def check_point(self, lon: float, lat: float, *, as_of: date | None = None) -> Check:
        """Ask the same of a grave that would be made at a point (degrees).

        Raises PointOutsideWorld.
        """
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise PointOutsideWorld(lon=lon, lat=lat)
        ground, rules, day = self.ground(), self.load_book(), as_of or find_today()
        findings = check_point(ground, rules, lon=lon, lat=lat, as_of=day)
        return _sum_up(rules, day, 1, findings, ground)

    def summarise(self) -> tuple[LayerSummary, ...]:
        """Return each layer's count and measures, in total and by village."""
        return summarise_layers(self.read_layers(), self.catalogue)

    def reconcile(self) -> Reconciliation:
        """Return each figure of the annual report beside the map's, and its contradictions."""
        report = load_report(self.settings.report, self.catalogue, own=self.folder / "reports")
        return reconcile_report(self.summarise(), report, self.catalogue)

    def village_names(self) -> dict[str, str]:
        """Return the villages' names by their codes; empty without a village layer."""
        ground = self.ground()
        if "village" not in ground:
            return {}
        villages = ground.find("village").frame
        return dict(zip(villages["id"], villages["name"], strict=True))

    def tell_check(self, check: Check, *, every: bool = False) -> dict[str, Any]:
        """Return a check JSON-ready, with its findings other than passed ones, or with all."""
        return {
            "book": check.book.name,
            "as_of": check.as_of.isoformat(),
            "sites": check.sites,
            "counts": dict(check.counts),
            "findings": tell_plain(select_findings(check.findings, every=every)),
        }

    def tell_findings(
        self, check: Check, findings: pd.DataFrame, *, language: Language
    ) -> list[dict[str, Any]]:
        """Return findings of `check` JSON-ready, with names, titles, law and reason."""
        return tell_findings(
            findings,
            of=check.findings,
            book=check.book,
            ground=self.ground(),
            village_names=self.village_names(),
            language=language,
        )

    def write_findings(
        self, check: Check, file: Path, *, every: bool = False, language: Language
    ) -> None:
        """Write the findings to `file`, in the format of its ending; raises OutputError.

        A document (.docx, .pdf) is the report: it tells what was passed in numbers only.
        """
        if file.suffix.lower() in DOCUMENTS:
            self._write_report(check, file, language=language)
            return
        findings = select_findings(check.findings, every=every)
        rows = self.tell_findings(check, findings, language=language)
        write_findings(rows, file, language=language)

    def _write_report(self, check: Check, file: Path, *, language: Language) -> None:
        # matplotlib, docx and typst take most of a second, which other commands need not wait for
        from geo_rv.reports.content import TOLD, Cover, describe_report  # noqa: PLC0415
        from geo_rv.reports.report import write_report  # noqa: PLC0415

        told = check.findings[check.findings["verdict"].isin(TOLD)]
        content = describe_report(
            check.findings,
            self.tell_findings(check, told, language=language),
            cover=Cover(
                project=self.settings.name,
                town=self.settings.town,
                as_of=check.as_of,
                book=check.book,
                sites=check.sites,
                notice=self.settings.notice,
            ),
            layers=self.read_layers(),
            catalogue=self.catalogue,
            plane=self.plane,
            village_names=self.village_names(),
            repaired=check.repaired,
        )
        write_report(content, file, language=language)

    def list_rules(self, as_of: date | None, *, language: Language) -> list[dict[str, Any]]:
        """Return every rule of the project's book JSON-ready, and whether it is in force."""
        day = as_of or find_today()
        return [
            {
                **tell_rule(rule, language),
                "enabled": rule.enabled,
                "in_force": rule.is_in_force(day),
            }
            for rule in self.load_book().rules
        ]

    def tell_summary(self, *, language: Language) -> dict[str, Any]:
        """Return each layer's count and measures JSON-ready, in total and by village."""
        return tell_summaries(self.summarise(), self.village_names(), language=language)

    def tell_reconciliation(self, *, language: Language) -> dict[str, Any]:
        """Return the reconciliation with the annual report JSON-ready.

        Its ``warning`` is not empty where the report is another town's: names of towns are
        ambiguous, so that codes are compared.
        """
        answer = self.reconcile()
        fits = answer.report.town == self.settings.town
        warning = text("reconcile.other_town", language, town=answer.report.town)
        return {
            **tell_reconciliation(answer, language=language),
            "warning": "" if fits else warning,
        }


def select_findings(findings: pd.DataFrame, *, every: bool) -> pd.DataFrame:
    """Return the findings that are not passed, or all of them."""
    return findings if every else findings[findings["verdict"] != "pass"]


def find_today() -> date:
    """Return the day it is where the user is."""
    return datetime.now().astimezone().date()


def _sum_up(book: RuleBook, day: date, sites: int, findings: pd.DataFrame, ground: Ground) -> Check:
    return Check(book, day, sites, count_verdicts(findings), findings, ground.repaired)
