"""Files on their way in: in private folders under names of our own, for an hour at most."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from geo_rv.project import LARGEST_FILE
from web.refusals import UploadDisordered, UploadFull, UploadTooLarge, UploadUnusable

PIECE_BYTES = 4 * 2**20
"""A file comes in pieces, so that no request is large and the page knows how far it is."""
MOST_FILES = 1000
"""A geodatabase is a folder of several hundred."""
LONGEST_NAME = 200
_PREFIX = "geo-rv-upload-"
_SHAPES = ".shp"
_GEODATABASE = ".gdb"
_PACKED = ".packed"
_ABANDONED_S = 24 * 3600.0
_SHARE_OF_DISK = 3
"""What is brought is copied when it is read, and unpacked."""


@dataclass(frozen=True)
class Brought:
    """One file that is being brought."""

    name: str
    """What the user calls it: a text to be shown, never part of a path."""
    folder: str
    """The folder that it was brought in, "" for a file that was brought alone; a text too."""
    inside: str
    """Its way within that folder, as the reader of archives takes it."""
    size: int
    path: Path

    @property
    def received(self) -> int:
        """How many bytes are here."""
        return self.path.stat().st_size


@dataclass(frozen=True)
class Source:
    """What is read as one file: a file, or what belongs together packed into one."""

    name: str
    path: Path


class Upload:
    """The files that are brought together, in a folder that nobody else can read."""

    def __init__(self, listed: Sequence[tuple[str, int]]) -> None:
        """Make room for files of these names and sizes; raises a RequestError."""
        if not 0 < len(listed) <= MOST_FILES:
            raise UploadUnusable(most=MOST_FILES)
        self.size = sum(size for _, size in listed)
        if min(size for _, size in listed) < 0 or self.size > LARGEST_FILE:
            raise UploadTooLarge(size_mb=self.size >> 20, most_mb=LARGEST_FILE >> 20)
        if shutil.disk_usage(tempfile.gettempdir()).free < self.size * _SHARE_OF_DISK:
            raise UploadFull(size_mb=self.size >> 20)
        self._lock = Lock()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.files = tuple(
            Brought(*_clean_name(name), size, self.folder / str(number))
            for number, (name, size) in enumerate(listed)
        )
        for file in self.files:
            file.path.touch()

    @property
    def is_whole(self) -> bool:
        """Whether every file is here."""
        return all(file.received == file.size for file in self.files)

    def receive(self, number: int, offset: int, stream: IO[bytes]) -> int:
        """Append a piece of file `number` that begins at `offset`; return what is here of it.

        Raises UploadDisordered for a piece that does not follow the one before, or is too long.
        """
        if not 0 <= number < len(self.files):
            raise UploadDisordered
        file = self.files[number]
        piece = stream.read(PIECE_BYTES + 1)
        with self._lock:
            if offset != file.received or offset + len(piece) > file.size:
                raise UploadDisordered
            if len(piece) > PIECE_BYTES:
                raise UploadDisordered
            with file.path.open("ab") as target:
                target.write(piece)
            return file.received

    def list_sources(self) -> tuple[Source, ...]:
        """Return what is to be read; raises UploadDisordered.

        The parts of a shapefile are packed into one, and so is a folder. In the archive their names
        are texts again, which the reader of archives takes as such.
        """
        if not self.is_whole:
            raise UploadDisordered
        stems = {
            file.name[:-4].casefold(): file.name[:-4]
            for file in self.files
            if not file.folder and file.name.casefold().endswith(_SHAPES)
        }
        together: dict[str, list[Brought]] = {}
        alone = []
        for file in self.files:
            group = file.folder or _find_stem(file.name, stems)
            if group:
                together.setdefault(group, []).append(file)
            else:
                alone.append(Source(file.name, file.path))
        packed = (self._pack(name, parts) for name, parts in together.items())
        return *packed, *alone

    def _pack(self, name: str, parts: Sequence[Brought]) -> Source:
        packed = parts[0].path.with_suffix(_PACKED)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for file in parts:
                archive.write(file.path, file.inside)
        return Source(name, packed)

    def remove(self) -> None:
        """Take the files away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_abandoned() -> None:
    """Take away what programs have left that were killed; nothing so old is being worked on."""
    before = time.time() - _ABANDONED_S
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _find_stem(name: str, stems: Mapping[str, str]) -> str:
    """Return the one of `stems` (by their folded names) that a file belongs to; "" for none."""
    folded = name.casefold()
    found = [stem for stem in stems if folded.startswith(f"{stem}.")]
    return stems[max(found, key=len)] if found else ""


def _clean_name(name: str) -> tuple[str, str, str]:
    """Return a name as it is shown, its first folder, and its way in that folder.

    All without controls, halves of characters, steps upwards and drives.
    """
    whole = name.encode("utf-8", "replace").decode("utf-8").replace("\\", "/")
    steps = ["".join(filter(str.isprintable, step)).strip() for step in whole.split("/")]
    steps = [step[:LONGEST_NAME] for step in steps if step.strip(".") and step[-1] != ":"] or ["?"]
    folder = steps[0] if len(steps) > 1 else ""
    # a geodatabase is known by its folder
    inside = steps if folder.casefold().endswith(_GEODATABASE) else steps[1:] or steps
    return steps[-1], folder, "/".join(inside)
