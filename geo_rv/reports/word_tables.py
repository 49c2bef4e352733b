"""Tables as Word keeps them: built at once as XML, as a report may have thousands of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml

from geo_rv.reports.blocks import TEXT_WIDTH_MM, Facts, Signatures, Table

TWENTIETHS_PER_MM = 1440 / 25.4
"""Word measures in twentieths of a point."""
HEAD_FILL, LINE = "E9EEF3", "9AA5B1"
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def make_table(table: Table) -> Any:
    """Return a table whose head repeats on every page and whose rows stay together."""
    shares = [column.share for column in table.columns]
    widths = [TEXT_WIDTH_MM * share / sum(shares) for share in shares]
    aligns = [column.align for column in table.columns]
    head = _make_row(
        [column.title for column in table.columns], widths, aligns, bold=True, head=True
    )
    last = len(table.rows) - 1
    rows = (
        _make_row(row, widths, aligns, bold=table.total and number == last)
        for number, row in enumerate(table.rows)
    )
    return _make(widths, [head, *rows], sides=_SIDES)


def make_facts(facts: Facts) -> Any:
    """Return rows of what and its value, with lines between them."""
    widths = [34.0, TEXT_WIDTH_MM - 34.0]
    rows = [
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        f"{_make_cell(label, widths[0], style='ReportFacts', bold=True)}"
        f"{_make_cell(value, widths[1], style='ReportFacts')}</w:tr>"
        for label, value in facts.rows
    ]
    return _make(widths, rows, sides=("top", "bottom", "insideH"), padding_mm=2.0)


def make_signatures(signatures: Signatures) -> Any:
    """Return labels with a line to sign on behind each."""
    label_mm, gap_mm = 16.0, 4.0
    line_mm = TEXT_WIDTH_MM / len(signatures.labels) - label_mm - gap_mm
    widths, cells = [], []
    for label in signatures.labels:
        widths += [label_mm, line_mm, gap_mm]
        cells += [
            _make_cell(label, label_mm, style="ReportFacts"),
            _make_cell("", line_mm, style="ReportFacts", underlined=True),
            _make_cell("", gap_mm, style="ReportFacts"),
        ]
    return _make(widths, [f"<w:tr>{''.join(cells)}</w:tr>"], sides=(), padding_mm=4.0)


def make_grid(rows: int, columns: int) -> Any:
    """Return a table without lines, of empty cells, for pictures beside each other."""
    widths = [TEXT_WIDTH_MM / columns] * columns
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{_measure(width)}" w:type="dxa"/></w:tcPr><w:p/></w:tc>'
        for width in widths
    )
    row = f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"
    return _make(widths, [row] * rows, sides=(), side_padding_mm=0.0)


def _make(
    widths: Sequence[float],
    rows: Iterable[str],
    *,
    sides: Iterable[str],
    padding_mm: float = 0.9,
    side_padding_mm: float = 1.2,
) -> Any:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>' for side in sides
    )
    padding = f'w:w="{_measure(padding_mm)}" w:type="dxa"'
    side_padding = f'w:w="{_measure(side_padding_mm)}" w:type="dxa"'
    grid = "".join(f'<w:gridCol w:w="{_measure(width)}"/>' for width in widths)
    return parse_xml(
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblW w:w="{_measure(sum(widths))}" w:type="dxa"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar><w:top {padding}/><w:left {side_padding}/>"
        f"<w:bottom {padding}/><w:right {side_padding}/></w:tblCellMar>"
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _make_row(
    texts: Sequence[str],
    widths: Sequence[float],
    aligns: Sequence[str],
    *,
    bold: bool = False,
    head: bool = False,
) -> str:
    cells = "".join(
        _make_cell(text, width, style="ReportTable", align=align, bold=bold, filled=bold)
        for text, width, align in zip(texts, widths, aligns, strict=True)
    )
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>"


def _make_cell(
    text: str,
    width: float,
    *,
    style: str,
    align: str = "left",
    bold: bool = False,
    filled: bool = False,
    underlined: bool = False,
) -> str:
    line = (
        '<w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
        "</w:tcBorders>"
        if underlined
        else ""
    )
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{HEAD_FILL}"/>' if filled else ""
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_measure(width)}" w:type="dxa"/>{line}{fill}'
        f'<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r>{weight}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )


def _measure(mm: float) -> int:
    return round(mm * TWENTIETHS_PER_MM)
