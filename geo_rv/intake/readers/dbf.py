"""The attribute table of a shapefile, as far as it must be looked at before GDAL reads it.

A table in GBK often has no .cpg file beside it, or carries the language byte of another
encoding; GDAL then reads rubbish without a word. So the bytes themselves are asked.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo_rv.errors import EncodingUnknown, SourceUnreadable
from geo_rv.messages import tell

_HEADER = np.dtype(
    [("version", "u1"), ("day", "u1", 3), ("rows", "<u4"), ("bytes", "<u2"), ("row_bytes", "<u2")]
)
_LANGUAGE_AT = 29
_FIELDS_AT = 32
_FIELD = np.dtype(
    [("name", "S11"), ("type", "S1"), ("address", "<u4"), ("length", "u1"), ("rest", "V15")]
)
_FIELDS_END = b"\r"
_SAMPLE_ROWS = 5_000
_LANGUAGES = {0x03: "cp1252", 0x4D: "gbk", 0x4F: "big5", 0x57: "cp1252", 0x78: "big5", 0x7A: "gbk"}
# Python also has codecs that are no encodings of text
_TEXT_ENCODING = re.compile(r"utf-?8|gb[-\w]+|big-?5|cp\d+|(?:iso[-_ ]?)?8859[-_]\d+|windows-\d+")
_GDAL_NAMES = {"gbk": "CP936", "big5": "CP950", "iso8859-1": "ISO-8859-1"}
_MOST_BROKEN = 0.05
"""The share of characters that may be broken: values are cut at a number of bytes."""
_MOST_RARE = 0.5
"""The share of Chinese characters that may be outside GB 2312."""
_BROKEN = "\ufffd"
_SAMPLE_VALUES = 3
_SAMPLE_CHARACTERS = 12


@dataclass(frozen=True)
class AttributeTable:
    """What a .dbf file holds."""

    rows: int
    encoding: str
    """The encoding of its text, as Python names it."""
    is_contradicted: bool
    """Whether the .cpg file and the language byte say another encoding, or nothing."""
    sample: str
    """A few of its words in that encoding, so that a person sees whether they are right."""

    @property
    def gdal_encoding(self) -> str:
        """The encoding of its text, as GDAL names it."""
        return _GDAL_NAMES.get(self.encoding, self.encoding.upper())


def inspect_table(path: Path, *, file: str, encoding: str | None = None) -> AttributeTable:
    """Return what the .dbf `path` holds.

    `encoding` is what the user says that its text is in, whatever its bytes look like. Raises
    SourceUnreadable where its sizes lie, and EncodingUnknown.
    """
    given = None if encoding is None else find_encoding(encoding)
    with path.open("rb") as source:
        start = source.read(_FIELDS_AT)
        if len(start) < _FIELDS_AT:
            raise _refuse(file)
        header = np.frombuffer(start, _HEADER, 1)[0]
        rows, header_bytes, row_bytes = (int(header[key]) for key in ("rows", "bytes", "row_bytes"))
        if header_bytes <= _FIELDS_AT or header_bytes + rows * row_bytes > path.stat().st_size:
            raise _refuse(file)
        fields = source.read(header_bytes - _FIELDS_AT)
        sample = source.read(min(rows, _SAMPLE_ROWS) * row_bytes)
    text = _gather_text(fields, np.frombuffer(sample, np.uint8).reshape(-1, max(row_bytes, 1)))
    declared = _read_declared(path.with_suffix(".cpg"), start[_LANGUAGE_AT])
    chosen = given or choose_encoding(text, declared)
    return AttributeTable(
        rows=rows,
        encoding=chosen,
        is_contradicted=given is None and not text.isascii() and chosen != declared,
        sample=sample_text(text, chosen),
    )


def find_encoding(name: str) -> str:
    """Return the encoding of text that a person calls `name`, as Python names it.

    Raises EncodingUnknown.
    """
    found = _look_up(name)
    if found is None:
        raise EncodingUnknown(encoding=name)
    return found


def choose_encoding(text: bytes, declared: str) -> str:
    """Return the encoding that `text` is in, as Python names it.

    `declared` is what it is said to be, or "". Bytes above 127 make valid UTF-8, or the pairs of
    GB 2312 that most Chinese characters are, only where they are meant so; single-byte encodings
    take any bytes, and so are believed only when those two are out.
    """
    if text.isascii():
        return declared or "utf-8"
    if _count_broken(text, "utf-8") <= _MOST_BROKEN:
        return "utf-8"
    takes_chinese = declared and len("汉".encode(declared, "ignore")) > 1
    if takes_chinese and _count_broken(text, declared) <= _MOST_BROKEN:
        return declared
    broken = {encoding: _count_broken(text, encoding) for encoding in ("gbk", "gb18030")}
    best = min(broken, key=lambda encoding: broken[encoding])
    if broken[best] <= _MOST_BROKEN and _count_broken(text, "gb2312") <= _MOST_RARE:
        return best
    return declared or "cp1252"


def sample_text(text: bytes, encoding: str) -> str:
    """Return the longest lines of `text` that are not ASCII, read in `encoding`, cut short."""
    foreign = dict.fromkeys(line.strip(b" \0") for line in text.split(b"\n") if not line.isascii())
    longest = sorted(foreign, key=len, reverse=True)[:_SAMPLE_VALUES]
    words = [line.decode(encoding, "replace").strip() for line in longest]
    return ", ".join(word[:_SAMPLE_CHARACTERS] for word in words)


def _gather_text(fields: bytes, sample: NDArray[np.uint8]) -> bytes:
    """Return the text values of the rows and the fields' names, one a line."""
    table = np.frombuffer(fields[: len(fields) // _FIELD.itemsize * _FIELD.itemsize], _FIELD)
    is_end = np.char.startswith(table["name"], _FIELDS_END)
    table = table[: np.argmax(is_end)] if is_end.any() else table
    ends = np.cumsum(table["length"], dtype=int) + 1  # each row begins with its deletion mark
    columns = [
        sample[:, end - length : end]
        for end, length, kind in zip(ends, table["length"].astype(int), table["type"], strict=True)
        if kind == b"C"
    ]
    lines = [np.insert(column, column.shape[1], ord("\n"), axis=1).tobytes() for column in columns]
    return b"\n".join([*lines, *table["name"].tolist()])


def _read_declared(code_page: Path, language: int) -> str:
    """Return the encoding that the .cpg file or the language byte names, or an empty text."""
    if code_page.is_file():
        named = _look_up(code_page.read_bytes()[:40].decode("ascii", "replace"))
        if named is not None:
            return named
    return _LANGUAGES.get(language, "")


def _look_up(name: str) -> str | None:
    """Return what Python calls the encoding `name` ("GBK", "ANSI 936", "936"), if it is one."""
    named = name.strip().casefold().removeprefix("ansi").strip()
    for candidate in (named, f"cp{named}"):
        if _TEXT_ENCODING.fullmatch(candidate):
            try:
                return codecs.lookup(candidate).name
            except LookupError:
                continue
    return None


def _count_broken(text: bytes, encoding: str) -> float:
    """Return the share of what is not ASCII that `encoding` cannot read."""
    decoded = text.decode(encoding, "replace")
    foreign = len(decoded) - len(decoded.encode("ascii", "ignore"))
    return decoded.count(_BROKEN) / foreign if foreign else 0.0


def _refuse(file: str) -> SourceUnreadable:
    problem = tell("intake.damage.table_sizes")
    return SourceUnreadable(file=file, problem=problem)
