"""A report as a Word document, with our font in it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Mm
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph

from geo_rv.reports.blocks import (
    TEXT_WIDTH_MM,
    Block,
    Document,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Signatures,
    Table,
    Tone,
)
from geo_rv.reports.word_fonts import embed_fonts
from geo_rv.reports.word_styles import PICTURE, set_styles
from geo_rv.reports.word_tables import (
    TWENTIETHS_PER_MM,
    make_facts,
    make_grid,
    make_signatures,
    make_table,
)

STYLES: dict[Tone, str] = {
    "body": "Normal",
    "subtitle": "Subtitle",
    "result": "Report Result",
    "note": "Report Note",
    "notice": "Report Notice",
}
FIELDS = {"{page}": "PAGE", "{pages}": "NUMPAGES"}
BESIDE = 2
"""Pictures that stand beside each other."""


def write_word(document: Document, file: Path) -> None:
    """Write `document`, whose texts hold no control characters, to `file`."""
    word = docx.Document()
    set_styles(word)
    word.core_properties.title = document.title
    word.core_properties.author = ""
    word.core_properties.comments = ""
    _add_footer(word, document)
    for block in document.blocks:
        _add_block(word, block)
    _describe_pictures(word, document)
    embed_fonts(word, "".join(document.list_texts()))
    word.save(str(file))


def _add_block(word: WordDocument, block: Block) -> None:
    match block:
        case Heading(text, level, new_page):
            word.add_heading(text, level).paragraph_format.page_break_before = new_page
        case Paragraph(text, tone):
            word.add_paragraph(text, STYLES[tone])
        case Facts():
            _add_table(word, make_facts(block))
        case Table():
            _add_table(word, make_table(block))
        case Signatures():
            _add_table(word, make_signatures(block))
        case Picture():
            paragraph = word.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            _place_picture(paragraph, block)
            word.add_paragraph(block.caption, "Caption")
        case Pictures():
            _add_pictures(word, block)


def _add_table(word: WordDocument, table: Any) -> None:
    word.element.body.insert_element_before(table, "w:sectPr")
    # so that two tables do not grow together
    word.add_paragraph("", "Report Table")


def _place_picture(paragraph: WordParagraph, picture: Picture) -> None:
    paragraph.style = PICTURE
    width, height = Mm(picture.width_mm), Mm(picture.height_mm)
    paragraph.add_run().add_picture(BytesIO(picture.image), width, height)


def _add_pictures(word: WordDocument, pictures: Pictures) -> None:
    grid = make_grid(-(-len(pictures.pictures) // BESIDE), BESIDE)
    _add_table(word, grid)
    table = WordTable(grid, word)
    for number, picture in enumerate(pictures.pictures):
        cell = table.cell(*divmod(number, BESIDE))
        _place_picture(cell.paragraphs[0], picture)
        cell.add_paragraph(picture.caption, "Caption")


def _describe_pictures(word: WordDocument, document: Document) -> None:
    """Give every picture its caption for those who cannot see it."""
    pictures: list[Picture] = []
    for block in document.blocks:
        if isinstance(block, Picture):
            pictures.append(block)
        elif isinstance(block, Pictures):
            pictures.extend(block.pictures)
    shapes = word.element.body.iter(qn("wp:docPr"))
    for shape, picture in zip(shapes, pictures, strict=True):
        shape.set("descr", picture.caption)


def _add_footer(word: WordDocument, document: Document) -> None:
    """Write the footer of every page: what it is, its number, and the notice."""
    footer = word.sections[0].footer
    footer.is_linked_to_previous = False
    number = "".join(
        f'<w:fldSimple w:instr="{FIELDS[part]}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        if part in FIELDS
        else _make_run(part)
        for part in re.split(r"(\{pages?\})", document.page_number)
    )
    right = round(TEXT_WIDTH_MM * TWENTIETHS_PER_MM)
    element = footer.part.element
    for old in list(element):
        element.remove(old)
    lines = [f"{_make_run(document.footer)}<w:r><w:tab/></w:r>{number}"]
    if document.notice:
        lines.append(_make_run(document.notice))
    for line in lines:
        element.append(
            parse_xml(
                f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="Footer"/><w:tabs>'
                f'<w:tab w:val="right" w:pos="{right}"/></w:tabs></w:pPr>{line}</w:p>'
            )
        )


def _make_run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
