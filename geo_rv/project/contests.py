"""What people contest: findings with a reason against them, withdrawn or open, all on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from geo_rv.errors import UnknownRule
from geo_rv.intake.match import find_kind
from geo_rv.project.data import ProjectData
from geo_rv.rulebook import load_rulebook
from geo_rv.store.contests import Contest, find_version, list_contests, write_contest


class ProjectContests(ProjectData):
    """A project whose findings can be contested; a finding is named by layer, site and rule."""

    @property
    def contest_version(self) -> int:
        """A number that grows whenever somebody contests a finding or withdraws that."""
        return find_version(self.store)

    def contest_finding(self, layer: str, site: str, rule: str, *, reason: str) -> Contest:
        """Contest a finding: it stays what it is, and shows the reason.

        `layer` is its kind or its title. Raises UnknownLayer, LayerMissing, FeatureMissing,
        UnknownRule or ReasonRefused; then nothing has changed.
        """
        kind = find_kind(layer, self.catalogue)
        self._require_rule(kind, rule)
        return write_contest(self.store, (kind, site, rule), action="contest", reason=reason)

    def withdraw_contest(self, layer: str, site: str, rule: str, *, reason: str = "") -> Contest:
        """Withdraw what was said against a finding; raises NotContested or ReasonRefused."""
        kind = find_kind(layer, self.catalogue)
        return write_contest(self.store, (kind, site, rule), action="withdraw", reason=reason)

    def list_contests(self) -> tuple[Contest, ...]:
        """Return everything that was ever contested or withdrawn, the oldest first."""
        return list_contests(self.store)

    def open_contests(self) -> Mapping[tuple[str, str, str], Contest]:
        """Return what is contested now, the last word on each finding (layer, site, rule)."""
        last = {entry.finding: entry for entry in self.list_contests()}
        return {finding: entry for finding, entry in last.items() if entry.action == "contest"}

    def tell_contest(self, layer: str, site: str, rule: str) -> dict[str, Any] | None:
        """Return what stands against a finding, JSON-ready; None where nothing does."""
        kind = find_kind(layer, self.catalogue)
        entry = self.open_contests().get((kind, site, rule))
        return None if entry is None else asdict(entry)

    def _require_rule(self, kind: str, rule: str) -> None:
        book = load_rulebook(self.settings.book, self.catalogue, own=self.folder / "rules")
        # a rule that exempts sites from the others finds nothing itself
        asked = [each for each in book.rules if each.relation != "exempt"]
        known = [each.id for each in asked if kind in each.subjects]
        if rule not in known:
            title = self.catalogue[kind].title
            raise UnknownRule(rule=rule, layer=title, known=", ".join(known) or "–")
