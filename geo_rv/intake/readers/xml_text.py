"""XML files on their way to the process that reads them: which encoding, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from geo_rv.errors import EncodingUnknown, SourceUnreadable
from geo_rv.intake.readers.dbf import find_encoding
from geo_rv.intake.sniff import detect_encoding
from geo_rv.intake.wall.gdal_door import BEHIND, Content, Room, ask_child, load_contents
from geo_rv.messages import tell

_HEAD_BYTES = 256
_DECLARED = re.compile(rb"<\?xml[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")

Reply = Mapping[str, Any]


def read_xml(
    format: Literal["kml", "gpx"],  # noqa: A002 - as everywhere in intake
    paths: Sequence[Path],
    room: Room,
    *,
    encoding: str | None,
) -> tuple[tuple[Content, Reply], ...]:
    """Return the layers of XML files in `room`, each with what else is said of it.

    `encoding` is what the user says that they are in. Raises a SourceError.
    """
    sources = [
        {"file": path.name, "encoding": _choose_encoding(path, room, encoding)} for path in paths
    ]
    request = {"action": format, "sources": sources}
    reply = ask_child(room, request, environment={}, child=BEHIND / "xml_child.py")
    return tuple(zip(load_contents(room, reply), reply["layers"], strict=True))


def _choose_encoding(path: Path, room: Room, given: str | None) -> str:
    """Return what the user says, else what the bytes show, else what the file says."""
    if given is not None:
        return find_encoding(given)
    found = detect_encoding(path)
    if found is not None and found.startswith("utf"):
        return found
    with path.open("rb") as source:
        declared = _DECLARED.search(source.read(_HEAD_BYTES))
    if declared and not declared[1].lower().startswith((b"utf", b"gb")):
        # many bytes that are no UTF-8 make GB 18030 of a sort
        try:
            return find_encoding(declared[1].decode("ascii"))
        except EncodingUnknown:
            pass
    if found is None:
        problem = tell("intake.damage.not_text")
        raise SourceUnreadable(file=room.file, problem=problem)
    return found
