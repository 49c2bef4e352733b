"""A drawing entity by entity: only tables, blocks and layouts of it are in memory as a whole.

It belongs to `dxf_child`, runs in its process only, and imports nothing of geo_rv. ezdxf makes of
an entity twenty times what it takes in the file, and most of a drawing are entities that are
looked at once. So the file is read twice: first without them, then for nothing but them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

from ezdxf.document import Drawing as Document
from ezdxf.entities import factory
from ezdxf.entities.subentity import entity_linker
from ezdxf.lldxf.extendedtags import ExtendedTags
from ezdxf.lldxf.tagger import ascii_tags_loader, binary_tags_loader, tag_compiler
from ezdxf.lldxf.tags import group_tags
from ezdxf.lldxf.types import DXFTag

_STRUCTURE, _NAME = 0, 2
"""The group codes of what begins a part of a drawing, and of a section's name."""
_BOUNDS = ("SECTION", "ENDSEC", "EOF")
_ENTITIES = "ENTITIES"
_BROKEN = "surrogateescape"
_END = DXFTag(_STRUCTURE, "EOF")
"""Of the entities: ezdxf loses a point that nothing stands behind."""

OpenTags = Callable[[], Generator[Any, None, None]]


class Entities:
    """The entities of a drawing's model space, one after the other.

    `on_paper` is how many others were met on the way: those of the paper space.
    """

    def __init__(self, path: Path, encoding: str | None) -> None:
        """Read what stands around the entities; `encoding` is None for a binary drawing."""
        self._open = open_binary(path) if encoding is None else open_text(path, encoding)
        with closing(self._open()) as tags:
            self.document = Document.from_tags(tag_compiler(_pick(tags, inside=False)))
        papers = [layout for layout in self.document.layouts if not layout.is_modelspace]
        self.on_paper = sum(map(_is_drawn, chain.from_iterable(papers)))
        self._model, self._paper = (
            self.document.block_records.get(name).dxf.handle
            for name in ("*Model_Space", "*Paper_Space")
        )

    def __iter__(self) -> Iterator[Any]:
        yield from self.document.modelspace()
        with closing(self._open()) as tags:
            for entity in _link(self._load(_pick(tags, inside=True))):
                if not self._is_on_paper(entity):
                    yield entity
                elif _is_drawn(entity):
                    self.on_paper += 1

    def _load(self, tags: Iterable[Any]) -> Iterator[Any]:
        for group in group_tags(tag_compiler(chain(tags, [_END]))):
            if group[0] != _END:
                yield factory.load(ExtendedTags(group), self.document)

    def _is_on_paper(self, entity: Any) -> bool:
        owner = entity.dxf.owner
        if owner in (self._model, self._paper):
            return bool(owner == self._paper)
        return bool(entity.dxf.get("paperspace", 0))


def open_text(path: Path, encoding: str) -> OpenTags:
    """Return what yields the tags of a drawing in text, each time from the start."""

    def read_tags() -> Generator[Any, None, None]:
        with path.open(encoding=encoding, errors=_BROKEN) as source:
            yield from ascii_tags_loader(source)

    return read_tags


def open_binary(path: Path) -> OpenTags:
    """Return what yields the tags of a binary drawing, each time from the start."""

    def read_tags() -> Generator[Any, None, None]:
        yield from binary_tags_loader(path.read_bytes(), errors=_BROKEN)

    return read_tags


def _pick(tags: Iterable[Any], *, inside: bool) -> Iterator[Any]:
    """Yield the tags that stand inside of the section of the entities, or all others."""
    is_start = is_inside = False
    for tag in tags:
        if tag.code == _STRUCTURE:
            is_start = tag.value == "SECTION"
            is_inside &= tag.value not in _BOUNDS
        if is_inside == inside:
            yield tag
        if is_start and tag.code == _NAME:
            is_start, is_inside = False, tag.value == _ENTITIES


def _link(entities: Iterable[Any]) -> Iterator[Any]:
    """Yield `entities`, each once what belongs to it (vertices, attributes) is in its place."""
    is_linked = entity_linker()
    waiting = None
    for entity in entities:
        if is_linked(entity):
            continue
        if waiting is not None:
            yield waiting
        waiting = entity
    if waiting is not None:
        yield waiting


def _is_drawn(entity: Any) -> bool:
    """Return whether an entity of a paper is more than a view of the model."""
    return bool(entity.dxftype() != "VIEWPORT")
