"""The report on a burial check as a file: a Word document or a PDF, of the same content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from geo_rv.errors import OutputFormatUnknown
from geo_rv.files import replace_when_done
from geo_rv.messages import Language
from geo_rv.reports.blocks import Document, make_printable, map_texts, straighten_quotes
from geo_rv.reports.content import ReportContent
from geo_rv.reports.fonts import require_glyphs
from geo_rv.reports.pdf import write_pdf
from geo_rv.reports.sections import build_document
from geo_rv.reports.word import write_word

WRITERS: Mapping[str, Callable[[Document, Path], None]] = {".docx": write_word, ".pdf": write_pdf}
"""By the ending of the file."""


def write_report(content: ReportContent, file: Path, *, language: Language) -> None:
    """Write the report to `file` in the format of its ending; it appears when it is complete.

    `language` is that in which the content's findings are told. Raises OutputFormatUnknown,
    OutputError, FontMissing, or GlyphMissing for a name that the font cannot write; an older
    file of that name is then untouched.
    """
    try:
        write = WRITERS[file.suffix.lower()]
    except KeyError:
        raise OutputFormatUnknown(file=file.name, known=", ".join(WRITERS)) from None
    document: Document = map_texts(build_document(content, language=language), make_printable)
    if language == "en":
        document = map_texts(document, straighten_quotes)
    require_glyphs(document.list_texts())
    with replace_when_done(file) as unfinished:
        write(document, unfinished)
