"""How a report looks in Word: the page, and one style for each kind of paragraph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.shared import Mm, Pt, RGBColor

from geo_rv.reports.fonts import FAMILY

PICTURE = "Report Picture"
LINE_HEIGHT = 1.4
"""Of a line, in sizes of its letters; the font's own would be higher."""
ACCENT, GREY, RED, BLACK = "1f3a5f", "4d4d4d", "8c1d18", "000000"
MARGIN_MM = 25.0
_TYPEFACES = ("ascii", "hAnsi", "eastAsia", "cs")


@dataclass(frozen=True)
class Look:
    """How the paragraphs of one style are set; sizes and spaces in points."""

    style: str
    size: float
    before: float = 0.0
    after: float = 4.0
    bold: bool = False
    colour: str = BLACK
    centred: bool = False
    framed: tuple[str, ...] = ()
    """The sides with a line of the style's colour."""
    keep_with_next: bool = False


LOOKS = (
    Look("Normal", 10.0),
    Look("Title", 26.0, before=110, after=12, bold=True, colour=ACCENT, centred=True),
    Look("Subtitle", 15.0, after=28, centred=True),
    Look("Heading 1", 15.0, before=18, after=8, bold=True, colour=ACCENT, keep_with_next=True),
    Look("Heading 2", 12.0, before=12, after=6, bold=True, colour=ACCENT, keep_with_next=True),
    Look("Caption", 8.0, after=6),
    Look("Footer", 7.5, after=0, colour=GREY),
    Look("Report Table", 7.5, after=0),
    Look("Report Facts", 10.0, after=0),
    Look(PICTURE, 10.0, after=0),
    Look("Report Result", 11.0, before=14, colour=ACCENT, framed=("left",)),
    Look("Report Notice", 10.0, after=10, colour=RED, framed=("top", "left", "bottom", "right")),
    Look("Report Note", 8.5, colour=GREY),
)


def set_styles(word: WordDocument) -> None:
    """Give `word` the page of a report, A4, and all its styles."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    defaults = word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _name_fonts(defaults)
    spoken = defaults.find(qn("w:lang"))
    spoken.set(qn("w:eastAsia"), "zh-CN")
    for look in LOOKS:
        _set_style(word, look)


def _set_style(word: WordDocument, look: Look) -> None:
    known = {style.name for style in word.styles}
    if look.style not in known:
        added = word.styles.add_style(look.style, WD_STYLE_TYPE.PARAGRAPH)
        added.base_style = word.styles["Normal"]
    style: Any = word.styles[look.style]
    element = style.element
    outline = element.find(f".//{qn('w:outlineLvl')}")
    # the template's own look goes: lines, colours and fonts of its theme
    for name in ("w:pPr", "w:rPr"):
        for old in element.findall(qn(name)):
            element.remove(old)
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    # a line of fixed height would cut a picture off
    form.line_spacing = 1.0 if look.style == PICTURE else Pt(look.size * LINE_HEIGHT)
    form.keep_with_next = look.keep_with_next
    form.alignment = WD_ALIGN_PARAGRAPH.CENTER if look.centred else WD_ALIGN_PARAGRAPH.LEFT
    if look.framed:
        borders = "".join(
            f'<w:{side} w:val="single" w:sz="8" w:space="6" w:color="{look.colour}"/>'
            for side in look.framed
        )
        frame = parse_xml(f"<w:pBdr {nsdecls('w')}>{borders}</w:pBdr>")
        element.pPr.insert_element_before(frame, "w:spacing", "w:jc")
    if outline is not None:
        element.pPr.append(outline)
    style.font.size, style.font.bold = Pt(look.size), look.bold
    style.font.color.rgb = RGBColor.from_string(look.colour.upper())
    _name_fonts(element.rPr)


def _name_fonts(properties: Any) -> None:
    """Set our font for letters of every script, in the place of the theme's."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for script in _TYPEFACES:
        fonts.set(qn(f"w:{script}"), FAMILY)
    properties.insert(0, fonts)
