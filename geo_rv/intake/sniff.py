"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from geo_rv.errors import FormatRefused, FormatUnknown
from geo_rv.intake.archive import Archive
from geo_rv.intake.limits import Limits
from geo_rv.messages import tell

Format = Literal["gpkg", "geojson", "shp", "shapefile_zip", "xlsx", "osm", "csv"]

DELIMITERS = (",", "\t", ";", "|")

_HEAD_BYTES = 4096
_BLOCK = 1 << 20
_SQLITE = b"SQLite format 3\0"
_SHP = (9994).to_bytes(4, "big")
_SHP_VERSION = (1000).to_bytes(4, "little")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OSM_BLOCK = b"\x0a\x09OSMHeader"
_KNOWN_AND_REFUSED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PAR1", "parquet"),
)
_ROOT_ELEMENT = re.compile(r"<(?:\w+:)?(\w+)[\s>/]")
# bytes that no text has: control characters other than tab, line feed, form feed, return, Ctrl-Z
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")


def sniff_format(path: Path, *, file: str, limits: Limits) -> Format:
    """Return what the file `path`, which the user calls `file`, holds.

    Whether an SQLite database is a GeoPackage, and a JSON object GeoJSON, is found behind the
    wall (`gdal_door`). Raises FormatRefused for a known format that is not taken, and
    FormatUnknown for anything else.
    """
    with path.open("rb") as source:
        head = source.read(_HEAD_BYTES)
    if head.startswith(_SQLITE):
        return "gpkg"
    if head[:4] == _SHP and head[28:32] == _SHP_VERSION:
        return "shp"
    if head.startswith(_ZIP):
        return _sniff_archive(Archive(path, file=file, limits=limits))
    if head[4:].startswith(_OSM_BLOCK):
        return "osm"
    for magic, name in _KNOWN_AND_REFUSED:
        if head.startswith(magic):
            raise _refuse(file, name)
    return _sniff_text(path, file)


def detect_encoding(path: Path) -> str | None:
    """Return the encoding of a text as Python names it, or None where the bytes are no text.

    UTF-8 and UTF-16 with their marks, UTF-16 by its zeros, UTF-8, and else GB18030.
    """
    with path.open("rb") as source:
        head = source.read(_HEAD_BYTES)
    if head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif head.count(0) > len(head) / 4:
        candidates = ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
    else:
        candidates = ["utf-8", "gb18030"]
    return next((name for name in candidates if _is_text(path, name)), None)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _read_blocks(path):
            if _BINARY.search(decoder.decode(block).encode("utf-8", "surrogatepass")):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _sniff_archive(archive: Archive) -> Format:
    names = {entry.name for entry in archive.entries}
    if "[Content_Types].xml" in names:
        if "xl/workbook.xml" in names:
            return "xlsx"
        raise _refuse(archive.file, "office")
    if any(name.casefold().endswith(".shp") for name in names):
        return "shapefile_zip"
    raise _refuse(archive.file, "zip")


def _sniff_text(path: Path, file: str) -> Format:
    encoding = detect_encoding(path)
    if encoding is None:
        raise FormatUnknown(file=file)
    with path.open(encoding=encoding, errors="replace") as source:
        start = source.read(_HEAD_BYTES).lstrip()
    if start.startswith("{"):
        return "geojson"
    if start.startswith("<"):
        root = _ROOT_ELEMENT.search(start)
        raise _refuse(file, "xml", root=root[1] if root else "?")
    first_line = start.split("\n", 1)[0]
    if any(delimiter in first_line for delimiter in DELIMITERS):
        return "csv"
    raise FormatUnknown(file=file)


def _refuse(file: str, name: str, *, root: str = "") -> FormatRefused:
    return FormatRefused(file=file, format=tell(f"intake.format.{name}"), root=root)
