"""XML as it is read from strangers: one element after the other, never as a tree.

Python's own Expat, with what `defusedxml` forbids forbidden in the same way: a document type, and
with it every entity, internal or external, is refused before it is looked at. (defusedxml's own
readers build trees, or take three times as long, and refuse prefixes that nobody declared, which
phone apps write.) Namespaces do not count: an element is known by its local name. Depth is
bounded here, numbers of rows and vertices in `features`, time and memory by the process that reads.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

Attributes = dict[str, str]

_BLOCK = 1 << 16


class FileRefused(Exception):
    """The file is not taken; `reason` is a key below ``intake.refusal`` of the messages."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class ElementReader:
    """Goes through a document, and calls `open_element` and `close_element` of a subclass."""

    def __init__(self, *, most_levels: int) -> None:
        self.path: list[str] = []
        """The local names of the open elements, the root first."""
        self._most_levels = most_levels
        self._pieces: list[str] = []
        self._take: Callable[[str], None] = _take_nothing
        self._text_level = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.buffer_size = _BLOCK
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.EntityDeclHandler = _refuse_doctype
        self._parser.UnparsedEntityDeclHandler = _refuse_doctype
        self._parser.ExternalEntityRefHandler = _refuse_doctype

    def read(self, path: Path, encoding: str) -> None:
        """Read the file `path`, whose text is in `encoding`, whatever its first line says.

        Raises FileRefused.
        """
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as source:
                while block := source.read(_BLOCK):
                    self._parse(decoder.decode(block), is_last=False)
                self._parse(decoder.decode(b"", final=True), is_last=True)
        except (expat.ExpatError, UnicodeError) as error:
            raise FileRefused("damaged", problem=str(error)) from error

    def open_element(self, name: str, attributes: Attributes) -> None:
        """Take note of an element; `path` ends with its `name`."""
        raise NotImplementedError

    def close_element(self, name: str) -> None:
        """Take note of an element's end; `path` still ends with its `name`."""
        raise NotImplementedError

    def collect_text(self, take: Callable[[str], None]) -> None:
        """Give the text of the element just opened, and of all in it, to `take` at its end."""
        self._take = take
        self._text_level = len(self.path)
        self._pieces = []
        self._parser.CharacterDataHandler = self._pieces.append

    def _parse(self, text: str, *, is_last: bool) -> None:
        self._parser.Parse(text.encode(), is_last)

    def _start(self, name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        self.path.append(local)
        if len(self.path) > self._most_levels:
            raise FileRefused("xml_levels", most=self._most_levels)
        if self._text_level:
            # a tag between two words parts them
            self._pieces.append("\n")
        else:
            self.open_element(local, attributes)

    def _end(self, _: str) -> None:
        if self._text_level:
            if len(self.path) > self._text_level:
                self.path.pop()
                return
            self._text_level = 0
            self._parser.CharacterDataHandler = None
            self._take("".join(self._pieces))
        self.close_element(self.path[-1])
        self.path.pop()


def _take_nothing(_: str) -> None:
    """Stand where no text is collected."""


def _refuse_doctype(*_: Any) -> NoReturn:
    raise FileRefused("xml_doctype")
