"""Text out of the HTML that map programs put into descriptions."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"(<[a-zA-Z/!][^<>]*>)")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
_UNREAD = frozenset({"script", "style", "head"})
_LINES = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "hr", "h1", "h2", "h3", "h4"}
)
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\s*\n\s*")


def strip_markup(text: str) -> str:
    """Return `text` without tags, scripts and styles, one line for each that is shown.

    What looks like no tag ("3 < 5") stays. The time is proportional to the length.
    """
    if text.isalnum():
        return text
    if "<" in text:
        text = "".join(_list_words(_TAG.split(text)))
    text = _SPACES.sub(" ", html.unescape(text))
    return _EMPTY_LINES.sub("\n", text).strip()


def _list_words(pieces: list[str]) -> list[str]:
    words: list[str] = []
    unread = ""
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            words.append("" if unread else piece)
            continue
        named = _NAME.match(piece)
        name = named[1].casefold() if named else ""
        if name in _UNREAD:
            unread = name if piece[1] != "/" else ""
        words.append("\n" if name in _LINES else " ")
    return words
