"""The words of a report, in its language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from geo_rv.messages import Language, Text, text
from geo_rv.rulebook import Verdict


@dataclass(frozen=True)
class Words:
    """The texts at ``report.<key>`` and a few others, in one language."""

    language: Language

    def __call__(self, key: str, **facts: object) -> str:
        """Return the report's text `key`, its placeholders filled."""
        return text(f"report.{key}", self.language, **facts)

    def tell(self, told: Text | None) -> str:
        """Return `told` in the report's language, empty where there is none."""
        return told.in_language(self.language) if told else ""

    def verdict(self, verdict: Verdict) -> str:
        """Return what a verdict is called."""
        return text(f"verdict.{verdict}", self.language)

    def day(self, day: date) -> str:
        """Return a date as it is written in the language."""
        return self("day", day=day)

    def village(self, code: str, names: Mapping[str, str]) -> str:
        """Return a village by its name, else its code; an empty code is of no village."""
        return names.get(code, code) or self("no_village")

    def join(self, parts: Iterable[str]) -> str:
        """Return the parts as a list in one line."""
        return self("listed").join(parts)

    def follow(self, sentences: Iterable[str]) -> str:
        """Return sentences one after the other."""
        return ("" if self.language == "zh" else " ").join(sentences)
