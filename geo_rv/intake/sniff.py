"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from geo_rv.errors import FormatRefused, FormatUnknown
from geo_rv.formats.survey_lines import is_survey
from geo_rv.intake.archives.archive import Archive
from geo_rv.intake.limits import Limits
from geo_rv.intake.tables import ole
from geo_rv.messages import tell

Format = Literal[
    "gpkg",
    "geojson",
    "shp",
    "archive",
    "filegdb",
    "flatgeobuf",
    "parquet",
    "dxf",
    "xlsx",
    "xls",
    "osm",
    "csv",
    "survey",
    "kml",
    "kmz",
    "gpx",
]

BINARY_DXF = b"AutoCAD Binary DXF\r\n\x1a\0"
DELIMITERS = (",", "\t", ";", "|")

_HEAD_BYTES = 4096
_TEXT_HEAD = 1 << 16
_BLOCK = 1 << 20
_SHP = (9994).to_bytes(4, "big")
_SHP_VERSION = (1000).to_bytes(4, "little")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OSM_BLOCK = b"\x0a\x09OSMHeader"
_BEGINNINGS: tuple[tuple[bytes, Format], ...] = (
    (b"SQLite format 3\0", "gpkg"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PAR1", "parquet"),
    (BINARY_DXF, "dxf"),
)
_KNOWN_AND_REFUSED = (
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"AC10", "dwg"),
    (b"AC1.", "dwg"),
    (b"AC2.", "dwg"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"PROJCS[", "prj"),
    (b"GEOGCS[", "prj"),
    (b"PROJCRS[", "prj"),
    (b"GEOGCRS[", "prj"),
)
# the kinds of dBASE and FoxPro, as their first byte
_DBF_VERSIONS = frozenset((0x02, 0x03, 0x04, 0x30, 0x31, 0x43, 0x83, 0x8B, 0xF5))
_DBF_HEAD = 32
_TAR_AT, _TAR = 257, b"ustar"
_ADVICE = {
    "gzip": "unpack", "rar": "unpack", "7z": "unpack", "bzip2": "unpack", "xz": "unpack",
    "tar": "unpack", "dwg": "dwg", "dbf": "dbf", "prj": "prj",
}  # fmt: skip
# a drawing begins with a section, after comments
_DXF = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:999[ \t]*\r?\n[^\n]*\n\s*)*0[ \t]*\r?\n[ \t]*SECTION[ \t]*\r?\n"
)
_XML: tuple[Literal["kml", "gpx"], ...] = ("kml", "gpx")
KML_SUFFIXES = (".kml", ".ovkml")
"""What KML is called in an archive."""
_BESIDE_KML = frozenset(
    {"", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".webp", ".svg", ".dae", ".xsl", ".txt"}
)
"""What the pictures and models that a KML shows end in."""
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
    if head.startswith(_ZIP):
        return _sniff_archive(Archive(path, file=file, limits=limits))
    if head.startswith(ole.MAGIC):
        return _sniff_ole(path, file)
    found = _match_head(head)
    if found is not None:
        return found
    refused = _match_refused(head)
    if refused is not None:
        raise _refuse(file, refused)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return "geojson"  # whether it is UTF-8 throughout is told by who reads it all
    return _sniff_text(path, file)


def _match_head(head: bytes) -> Format | None:
    """Return the format that a file is of whose first bytes tell it."""
    if head[:4] == _SHP and head[28:32] == _SHP_VERSION:
        return "shp"
    if head[4:].startswith(_OSM_BLOCK):
        return "osm"
    if _DXF.match(head):
        return "dxf"
    return next((name for magic, name in _BEGINNINGS if head.startswith(magic)), None)


def _match_refused(head: bytes) -> str | None:
    """Return what a file is whose first bytes tell that it is not taken."""
    if head.startswith(_TAR, _TAR_AT):
        return "tar"
    if _is_dbf(head):
        return "dbf"
    return next((name for magic, name in _KNOWN_AND_REFUSED if head.startswith(magic)), None)


def _is_dbf(head: bytes) -> bool:
    """Return whether a file is a dBASE table: a version, a date, and as many fields as fit."""
    if len(head) < _DBF_HEAD or head[0] not in _DBF_VERSIONS:
        return False
    end = int.from_bytes(head[8:10], "little")
    is_date = head[2] in range(1, 13) and head[3] in range(1, 32)
    return is_date and end > _DBF_HEAD and head[end - 1 : end] in (b"\r", b"")


def is_zip(path: Path) -> bool:
    """Return whether the file `path` is a zip archive, whatever is in it."""
    with path.open("rb") as source:
        return source.read(4) in _ZIP


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
    if "mimetype" in names:
        raise _refuse(archive.file, "office")
    if _is_kmz(names):
        return "kmz"
    return "archive"


def _sniff_ole(path: Path, file: str) -> Format:
    found = ole.sniff_ole(path)
    if found == "xls":
        return "xls"
    raise _refuse(file, found)


def _sniff_text(path: Path, file: str) -> Format:
    encoding = detect_encoding(path)
    # XML may be in an encoding that only its own first line tells
    with path.open(encoding=encoding or "latin-1", errors="replace") as source:
        start = source.read(_TEXT_HEAD).lstrip()
    for name in _XML:
        if start.startswith("<") and _find_root(start).casefold() == name:
            return name
    if encoding is None:
        raise FormatUnknown(file=file)
    if start.startswith("{"):
        return "geojson"
    if start.startswith("<"):
        raise _refuse(file, "xml", root=_find_root(start))
    if is_survey(start):
        return "survey"
    # a title may stand above the table
    if any(delimiter in start for delimiter in DELIMITERS):
        return "csv"
    raise FormatUnknown(file=file)


def _find_root(text: str) -> str:
    """Return the name of the first element, after instructions and comments."""
    while text.startswith(("<?", "<!--")):
        _, _, text = text.partition("?>" if text.startswith("<?") else "-->")
        text = text.lstrip()
    root = _ROOT_ELEMENT.search(text)
    return root[1] if root else "?"


def _is_kmz(names: set[str]) -> bool:
    """Return whether an archive holds one KML, or a doc.kml and its parts, and their pictures."""
    paths = [PurePosixPath(name.casefold()) for name in names]
    documents = [path for path in paths if path.suffix in KML_SUFFIXES]
    others = {path.suffix for path in paths} - set(KML_SUFFIXES) - _BESIDE_KML
    is_one = len(documents) == 1 or PurePosixPath("doc.kml") in documents
    return bool(documents) and is_one and not others


def _refuse(file: str, name: str, *, root: str = "") -> FormatRefused:
    advice = tell(f"intake.advice.{_ADVICE.get(name, 'convert')}")
    return FormatRefused(file=file, format=tell(f"intake.format.{name}"), root=root, advice=advice)
