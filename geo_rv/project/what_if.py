"""What would change in a project if: a cemetery planned, a limit moved; nothing is stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from geo_rv.analysis.findings import count_verdicts
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.what_if import (
    CEMETERIES,
    Comparison,
    check_again,
    check_plan,
    compare_checks,
    find_touched,
    move_limits,
)
from geo_rv.errors import NothingSupposed
from geo_rv.frames import conform_frame
from geo_rv.geodesy.measure import measure_area_m2, to_mu
from geo_rv.messages import Language, tell
from geo_rv.project.planned import (
    Plan,
    name_plans,
    read_drawn_plan,
    read_plan_file,
    require_covered,
)
from geo_rv.project.questions import Check, ProjectQuestions
from geo_rv.reports.what_if import tell_comparison, write_comparison

NEARBY_DEGREES = 0.5
"""How far from the rest of the project (about 50 km) a plan is believed to be a mistake."""
TOLD_ROWS = 1000
"""How many rows a page gets."""


@dataclass(frozen=True)
class WhatIf:
    """The answer to a what-if question; nothing of it is stored."""

    check: Check
    """The check as things are."""
    limits: Mapping[str, float]
    """The moved limits in metres, by rule id."""
    comparison: Comparison
    """Of the sites that there are: planned cemeteries are not among them."""
    plan: Plan | None
    planned: Check | None
    """What is found of the planned cemeteries themselves, under the moved limits."""


class ProjectWhatIf(ProjectQuestions):
    """A project that says what would change if."""

    def read_plan(self, source: str | Path, *, crs: str | None = None) -> Plan:
        """Return a planned cemetery: GeoJSON text as a page draws it, or a file; stored nowhere.

        Raises PlanTooLarge, PlanUnreadable, PlanRefused, OutsideProject, NothingImported, and
        for a file whatever its import would raise.
        """
        plan = (
            read_plan_file(source, self.catalogue, crs=crs)
            if isinstance(source, Path)
            else read_drawn_plan(source)
        )
        ground = self.ground()
        taken = set(ground.find(CEMETERIES).frame["id"]) if CEMETERIES in ground else set()
        frame = name_plans(plan, taken)
        if self.bounds is not None:
            nearby = shapely.box(*self.bounds).buffer(NEARBY_DEGREES, join_style="mitre")
            require_covered(frame, nearby, plan.source, self.catalogue[CEMETERIES].title)
        return dataclasses.replace(plan, frame=frame)

    def ask_what_if(
        self,
        *,
        plan: Plan | None = None,
        limits: Mapping[str, float] | None = None,
        book: str | None = None,
        as_of: date | None = None,
    ) -> WhatIf:
        """Return what would change with the cemeteries of `plan` and the limits (metres by rule).

        Nothing is stored. Raises NothingSupposed, LimitRuleUnknown, LimitUnmovable,
        LimitNotInForce, LimitUnusable, and what `check` raises.
        """
        moved = dict(limits or {})
        if plan is None and not moved:
            raise NothingSupposed
        check = self.check(book=book, as_of=as_of)
        day = check.as_of
        supposed = move_limits(check.book, moved, as_of=day)
        touched = find_touched(supposed, tuple(moved), planned=plan is not None)
        ground = self.ground()
        after = check_again(self._add_plan(ground, plan), supposed, touched, as_of=day)
        planned = None
        if plan is not None:
            is_planned = (after["layer"] == CEMETERIES) & after["site"].isin(plan.frame["id"])
            after = after[~is_planned]
            findings = check_plan(ground, supposed, plan.frame, as_of=day)
            planned = dataclasses.replace(
                check,
                book=supposed,
                sites=len(plan.frame),
                counts=count_verdicts(findings),
                findings=findings,
            )
        comparison = compare_checks(check.findings, after, rules=touched)
        return WhatIf(check, moved, comparison, plan, planned)

    def tell_what_if(
        self, answer: WhatIf, *, language: Language, most: int | None = TOLD_ROWS
    ) -> dict[str, Any]:
        """Return the answer JSON-ready, of the rows the first `most`; see `reports.what_if`."""
        ground, kinds = self.ground(), answer.check.book.subjects
        before = dict(answer.check.counts)
        delta = answer.comparison.delta
        return {
            "as_of": answer.check.as_of.isoformat(),
            "book": answer.check.book.name,
            "limits": dict(answer.limits),
            "cemetery": self._tell_plan(answer, language),
            "before": before,
            "after": {verdict: count + delta.get(verdict, 0) for verdict, count in before.items()},
            **tell_comparison(
                answer.comparison,
                book=answer.check.book,
                catalogue=self.catalogue,
                frames={kind: ground.find(kind).frame for kind in kinds if kind in ground},
                villages=self.village_names(),
                language=language,
                most=most,
            ),
        }

    def write_what_if(self, answer: WhatIf, file: Path, *, language: Language) -> None:
        """Write the answer with all its rows to `file`, .xlsx or .csv; raises OutputError."""
        told = self.tell_what_if(answer, language=language, most=None)
        write_comparison(told, file, language=language)

    def _add_plan(self, ground: Ground, plan: Plan | None) -> Ground:
        if plan is None:
            return ground
        spec = self.catalogue[CEMETERIES]
        added = conform_frame(plan.frame, spec)
        if CEMETERIES in ground:
            added = pd.concat([self.read_layer(CEMETERIES), added], ignore_index=True)
        return ground.with_frame(CEMETERIES, added)

    def _tell_plan(self, answer: WhatIf, language: Language) -> dict[str, Any] | None:
        if answer.plan is None or answer.planned is None:
            return None
        frame = answer.plan.frame
        names = frame["name"].to_dict() if "name" in frame else {}
        named = {
            identity: name if isinstance(name := names.get(row), str) else identity
            for row, identity in frame["id"].items()
        }
        findings = self.tell_findings(answer.planned, answer.planned.findings, language=language)
        for row in findings:
            row["site_name"] = named[row["site"]]
        notes = list(answer.plan.notes)
        if CEMETERIES not in self.ground():
            notes.append(tell("what_if.no_cemeteries"))
        return {
            "sites": len(frame),
            "area_mu": round(float(to_mu(measure_area_m2(frame.geometry)).sum()), 2),
            "counts": dict(answer.planned.counts),
            "findings": findings,
            "notes": [note.in_language(language) for note in notes],
        }
