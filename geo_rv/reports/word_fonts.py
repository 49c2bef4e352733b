"""Our font inside a Word file, so that it reads the same where the font is not installed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement

from geo_rv.reports.fonts import FAMILY, WEIGHTS, subset_font

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
HIDDEN_BYTES = 32
FALLBACK = "Microsoft YaHei"
"""What Word takes where it does not load embedded fonts."""
SIMPLIFIED_CHINESE = "86"


def embed_fonts(word: WordDocument, characters: Iterable[str]) -> None:
    """Put both weights of our font, cut down to `characters`, into `word`.

    After ECMA-376 part 1, 17.8.1: each font is a part of its own, its first 32 bytes hidden by
    a key that the font table tells.
    """
    wanted = sorted(set(characters))
    table = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    embedded = ""
    for number, weight in enumerate(WEIGHTS, 1):
        font = subset_font(weight, wanted)
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{weight} {''.join(wanted)}")
        place = PackURI(f"/word/fonts/font{number}.odttf")
        part = Part(place, CONTENT_TYPE, hide_font(font, key), word.part.package)
        relation = table.relate_to(part, RELATIONSHIP_TYPE.FONT)
        told = f"{{{key}}}".upper()
        embedded += f'<w:embed{weight} r:id="{relation}" w:fontKey="{told}"/>'
    table._blob = (  # noqa: SLF001  # python-docx keeps the font table as bytes and gives no other way
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:fonts {nsdecls("w", "r")}><w:font w:name="{FAMILY}"><w:altName w:val="{FALLBACK}"/>'
        f'<w:charset w:val="{SIMPLIFIED_CHINESE}"/><w:family w:val="swiss"/>'
        f'<w:pitch w:val="variable"/>{embedded}</w:font></w:fonts>'
    ).encode()
    settings = word.settings.element
    # the order of settings is the schema's: right after the zoom
    zoom = settings.find(qn("w:zoom"))
    for name in ("w:saveSubsetFonts", "w:embedTrueTypeFonts"):
        zoom.addnext(OxmlElement(name))


def hide_font(font: bytes, key: uuid.UUID) -> bytes:
    """Return `font` with its first 32 bytes exclusive-or'd with the key, last byte first.

    Done once more it gives the font again.
    """
    mask = key.bytes[::-1] * 2
    hidden = bytes(a ^ b for a, b in zip(font[:HIDDEN_BYTES], mask, strict=True))
    return hidden + font[HIDDEN_BYTES:]
