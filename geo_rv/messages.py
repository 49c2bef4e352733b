"""The one message catalogue: every text that a person reads, in Chinese and in English.

The texts are data, in ``layers/messages/*.toml``; a file holds tables of
``key = { zh = "…", en = "…" }``, and a text is asked for by its dotted key.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# what ends a line, steers a terminal or turns the direction of writing: files may bring it in names
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Text:
    """One text in both languages of the product."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in `language`."""
        return self.zh if language == "zh" else self.en


NOTHING = Text("", "")


class Names(tuple[str, ...]):
    """Names in a fact: told in one text, and told apart even where they have commas in them."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


@cache
def load_messages() -> dict[str, Text]:
    """Return every message of the catalogue by its dotted key."""
    messages: dict[str, Text] = {}
    for file in files("layers").joinpath("messages").iterdir():
        if file.name.endswith(".toml"):
            _collect(tomllib.loads(file.read_text("utf-8")), "", messages)
    return messages


def _collect(table: dict[str, Any], prefix: str, into: dict[str, Text]) -> None:
    for key, value in table.items():
        # a table of tables may itself have the keys zh and en
        if all(isinstance(sentence, str) for sentence in value.values()):
            into[prefix + key] = Text(**value)
        else:
            _collect(value, f"{prefix}{key}.", into)


def text(key: str, /, language: Language = "zh", **facts: object) -> str:
    """Return the message `key` in `language`, its placeholders filled from `facts`.

    Facts that are `Text` are put in the same language, `Names` are listed; in names and in others,
    which may come from a file, a character that steers whoever shows it (an end of line, an escape)
    becomes a blank. A key that is not in the catalogue raises KeyError: it is a mistake in the
    program, not in its input.
    """
    told = {name: _show(fact, language) for name, fact in facts.items()}
    return load_messages()[key].in_language(language).format(**told)


def _show(fact: object, language: Language) -> object:
    if isinstance(fact, Text):
        return fact.in_language(language)
    if isinstance(fact, Names):
        return ("、" if language == "zh" else ", ").join(map(show_plainly, fact))
    return show_plainly(str(fact)) if isinstance(fact, str | PurePath) else fact


def show_plainly(words: str) -> str:
    """Return `words`, which a file may bring, without what steers whoever shows them."""
    return _UNSHOWN.sub(" ", words)


def tell(key: str, /, **facts: object) -> Text:
    """Return the message `key` in both languages, for whoever shows it to choose from."""
    return Text(zh=text(key, "zh", **facts), en=text(key, "en", **facts))
