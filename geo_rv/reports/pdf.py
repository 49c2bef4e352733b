"""A report as PDF, set by typst with our font in it."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from geo_rv.reports.blocks import Document
from geo_rv.reports.fonts import find_fonts

TEMPLATE = "report.typ"


def write_pdf(document: Document, file: Path) -> None:
    """Write `document` to `file`.

    All texts go to typst as data, in a JSON file beside the template: none is read as markup.
    """
    with tempfile.TemporaryDirectory(prefix="geo-rv-report-") as name:
        folder = Path(name)
        template = files("geo_rv.reports").joinpath("assets", TEMPLATE)
        (folder / TEMPLATE).write_text(template.read_text("utf-8"), "utf-8")
        told = json.dumps(_tell(document, folder), ensure_ascii=False)
        (folder / "report.json").write_text(told, "utf-8")
        typst.compile(
            folder / TEMPLATE,
            output=folder / "report.pdf",
            root=folder,
            font_paths=[find_fonts()],
            ignore_system_fonts=True,
        )
        shutil.copyfile(folder / "report.pdf", file)


def _tell(value: Any, folder: Path) -> Any:
    """Return a block, or a part of one, as JSON; pictures go into files of `folder`."""
    if isinstance(value, bytes):
        picture = f"{len(list(folder.glob('*.png')))}.png"
        (folder / picture).write_bytes(value)
        return picture
    if isinstance(value, tuple):
        return [_tell(part, folder) for part in value]
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        told = {field.name: _tell(getattr(value, field.name), folder) for field in fields}
        return told | {"kind": type(value).__name__.lower()}
    return value
