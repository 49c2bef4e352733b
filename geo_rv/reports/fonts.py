"""The one font of the reports: Noto Sans SC, which the build takes from npm."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from geo_rv.errors import FontMissing, GlyphMissing

FAMILY = "Noto Sans SC"
Weight = Literal["Regular", "Bold"]
WEIGHTS: tuple[Weight, ...] = ("Regular", "Bold")


def find_fonts() -> Path:
    """Return the folder of the font's files; raises FontMissing where the build left one out."""
    folder = Path(str(files("geo_rv.reports"))) / "assets" / "vendor" / "noto-sans-sc"
    for weight in WEIGHTS:
        if not (folder / f"NotoSansSC-{weight}.ttf").is_file():
            raise FontMissing(file=folder / f"NotoSansSC-{weight}.ttf")
    return folder


def find_font(weight: Weight) -> Path:
    """Return the file of one weight; raises FontMissing."""
    return find_fonts() / f"NotoSansSC-{weight}.ttf"


def require_glyphs(texts: Iterable[str]) -> None:
    """Raise GlyphMissing for the first of `texts` that the font cannot write.

    A box in the place of a character would be a wrong name in a signed report.
    """
    known = _list_characters()
    for text in texts:
        missing = set(text) - known
        if missing:
            codes = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing)
            raise GlyphMissing(characters=codes, text=text)


@cache
def _list_characters() -> frozenset[str]:
    # both weights hold the same characters
    with TTFont(find_font("Regular"), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def subset_font(weight: Weight, characters: Iterable[str]) -> bytes:
    """Return a TrueType font that holds only `characters`, for embedding in a file."""
    options = Options()
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.hinting = False
    # without the features that exchange glyphs, which would bring in ones that nobody wrote
    options.layout_features = []
    written = BytesIO()
    with TTFont(find_font(weight), lazy=True) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(characters))
        subsetter.subset(font)
        font.save(written)
    return written.getvalue()
