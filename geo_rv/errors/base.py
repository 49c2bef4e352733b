"""The base of all errors: facts, and the text that they fill."""

from __future__ import annotations

from geo_rv.messages import Language, text


class GeoRvError(Exception):
    """The base of everything geo-rv refuses; `facts` fill the placeholders of its text."""

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def in_language(self, language: Language) -> str:
        """Return what is wrong, where, and what to do, in `language`."""
        return text(f"error.{type(self).__name__}", language, **self.facts)

    def __str__(self) -> str:
        return self.in_language("en")
