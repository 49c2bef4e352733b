"""What an OLE file (old Office formats, locked new ones) holds, by the names of its streams."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_BLOCK = 1 << 20
# a stream's name in the directory: UTF-16, ended by a zero
_NAMES = {
    name: f"{name}\0".encode("utf-16-le")
    for name in ("Workbook", "Book", "WordDocument", "PowerPoint Document", "EncryptedPackage")
}


def sniff_ole(path: Path) -> Literal["xls", "locked", "office"]:
    """Return what the OLE file `path` is: a workbook, a file with a password, or neither.

    A workbook inside another document is not taken for one.
    """
    found = set()
    with path.open("rb") as source:
        tail = b""
        while block := source.read(_BLOCK):
            piece = tail + block
            found |= {name for name, written in _NAMES.items() if written in piece}
            tail = piece[-64:]
    if "EncryptedPackage" in found:
        return "locked"
    if found & {"Workbook", "Book"} and not found & {"WordDocument", "PowerPoint Document"}:
        return "xls"
    return "office"
