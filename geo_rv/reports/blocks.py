"""A report before it is a file: what stands on its pages, in order, and nothing of any format."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from geo_rv.messages import Language

Tone = Literal["body", "subtitle", "result", "note", "notice"]
"""How a paragraph is set: as it is, below the title, as the answer, small, or as a warning."""
Align = Literal["left", "right"]

TEXT_WIDTH_MM = 160.0
"""Of a page: A4 with margins of 25 mm."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 0 is the title on the cover."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str
    tone: Tone = "body"


@dataclass(frozen=True)
class Facts:
    """Rows of what and its value, as on a cover."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its title and its share of the width."""

    title: str
    share: float
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """A table whose head repeats on every page and whose rows are never split."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False
    """Whether the last row adds up the others."""


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, in the size it is printed in."""

    image: bytes
    width_mm: float
    height_mm: float
    caption: str


@dataclass(frozen=True)
class Pictures:
    """Pictures that stand two beside each other."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on, each after its label."""

    labels: tuple[str, ...]


Block = Heading | Paragraph | Facts | Table | Picture | Pictures | Signatures


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    footer: str
    """Stands on every page, before its number."""
    notice: str
    """Stands on every page, below the footer; may be empty."""
    page_number: str
    """How a page is numbered, with the placeholders {page} and {pages}."""
    language: Language
    blocks: tuple[Block, ...]

    def list_texts(self) -> list[str]:
        """Return every text of the report, those in its pictures apart."""
        texts: list[str] = []

        def keep(text: str) -> str:
            texts.append(text)
            return text

        map_texts(self, keep)
        return texts


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return `value`, a dataclass, tuple or text of this module, with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(map_texts(part, change) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(
            value, **{name: map_texts(getattr(value, name), change) for name in fields}
        )
    return value


_STRAIGHT = str.maketrans("‘’“”", "''\"\"")


def straighten_quotes(text: str) -> str:
    """Return `text` with straight quotes: in a Chinese font the curved ones are as wide as 字."""
    return text.translate(_STRAIGHT)


def make_printable(text: str) -> str:
    """Return `text` with blanks for control characters, and without what is never seen.

    A name may hold a line's end, a null, or marks that turn the writing direction round: no
    page can show them, and some file formats forbid them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_print(character) for character in text)


def _print(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " " if character != "\u3000" else character
    return "" if category in ("Cf", "Cs") else character
