"""Zip archives: looked at before anything is unpacked, and never trusted with a path.

A name in an archive only says what belongs together, and names layers; what is unpacked is
written under names of our own.
"""

from __future__ import annotations

import dataclasses
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from geo_rv.errors import ArchiveRefused
from geo_rv.intake.limits import Limits
from geo_rv.messages import tell

_END_RECORD = b"PK\x05\x06"
_END_RECORD_SIZE = 22
_LARGE_LOCATOR = b"PK\x06\x07"
_LARGE_LOCATOR_SIZE = 20
_LONGEST_COMMENT = 0xFFFF
_DIRECTORY_BYTES_AN_ENTRY = 4096
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# NotImplementedError: a version or a method that the library does not know
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error, NotImplementedError,
    RuntimeError,
    IndexError,  # of an entry without a name
)  # fmt: skip
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file in an archive."""

    name: str
    """Its path in the archive, decoded, with slashes."""
    info: zipfile.ZipInfo


class Archive:
    """A zip file whose directory has been found harmless."""

    def __init__(self, path: Path, *, file: str, limits: Limits) -> None:
        """Look at the zip `path`, which the user calls `file`; raises ArchiveRefused."""
        self.path = path
        self.file = file
        self.limits = limits
        with self._open() as archive:
            self.entries = tuple(
                Entry(_decode_name(info), info) for info in archive.infolist() if not info.is_dir()
            )
        self._refuse_sizes()
        self._refuse_names()

    def unpack(self, entry: Entry, target: Path) -> None:
        """Write `entry` to the new file `target`; raises ArchiveRefused where its size lied."""
        self.unpack_all({target: entry})

    def unpack_all(self, entries: Mapping[Path, Entry]) -> None:
        """Write each of `entries` to its new file; raises ArchiveRefused where a size lied."""
        with self._open() as archive:
            for target, entry in entries.items():
                with archive.open(entry.info) as source, target.open("xb") as into:
                    self._copy(entry, source, into)

    def holds(self, entry: Entry, text: bytes) -> bool:
        """Return whether the unpacked `entry` holds `text`."""
        with self._open() as archive, archive.open(entry.info) as source:
            tail = b""
            while block := source.read(_BLOCK):
                if text in tail + block:
                    return True
                tail = block[-len(text) :]
        return False

    @property
    def limits_left(self) -> Limits:
        """What the limits leave for archives in this one, over all of which they are counted."""
        return dataclasses.replace(
            self.limits,
            archive_entries=self.limits.archive_entries - len(self.entries),
            archive_bytes=self._most_bytes - self._unpacked_bytes,
        )

    def refuse_nested(self, entry: Entry) -> ArchiveRefused:
        """Return the error for `entry`, an archive in this one where none is allowed."""
        return self._refuse("nested", entry.name)

    @property
    def _unpacked_bytes(self) -> int:
        return sum(entry.info.file_size for entry in self.entries)

    @property
    def _most_bytes(self) -> int:
        """How much it may unpack to, with all archives in it."""
        by_ratio = int(self.path.stat().st_size * self.limits.archive_ratio)
        return min(self.limits.archive_bytes, max(self.limits.archive_ratio_from, by_ratio))

    def _copy(self, entry: Entry, source: IO[bytes], into: IO[bytes]) -> None:
        written = 0
        while block := source.read(_BLOCK):
            written += len(block)
            if written > entry.info.file_size:
                raise self._refuse("bomb", entry.name)
            into.write(block)

    @contextmanager
    def _open(self) -> Iterator[zipfile.ZipFile]:
        try:
            self._refuse_large_directory()
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except _DAMAGED as error:
            raise self._refuse("damaged") from error

    def _refuse_large_directory(self) -> None:
        """Zip directories are read whole: see first how large this one is."""
        with self.path.open("rb") as source:
            size = source.seek(0, 2)
            source.seek(max(0, size - _END_RECORD_SIZE - _LONGEST_COMMENT))
            end = source.read()
        at = end.rfind(_END_RECORD)
        if at < 0 or len(end) - at < _END_RECORD_SIZE:
            raise self._refuse("damaged")
        # of a zip64 the sizes stand elsewhere, and what is taken here is never so large
        if end[max(0, at - _LARGE_LOCATOR_SIZE) : at].startswith(_LARGE_LOCATOR):
            raise self._refuse("large")
        entries, directory_bytes = struct.unpack_from("<HI", end, at + 10)
        most = self.limits.archive_entries
        if entries > most or directory_bytes > most * _DIRECTORY_BYTES_AN_ENTRY:
            raise self._refuse("entries")

    def _refuse_sizes(self) -> None:
        if self._unpacked_bytes > self._most_bytes:
            raise self._refuse("bomb")
        if len(self.entries) > self.limits.archive_entries:
            raise self._refuse("entries")

    def _refuse_names(self) -> None:
        seen: set[str] = set()
        for entry in self.entries:
            if entry.info.header_offset < 0:
                raise self._refuse("damaged", entry.name)
            path = PurePosixPath(entry.name)
            if path.is_absolute() or ".." in path.parts or PureWindowsPath(entry.name).drive:
                raise self._refuse("path", entry.name)
            mode = entry.info.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise self._refuse("link", entry.name)
            if entry.info.flag_bits & _ENCRYPTED:
                raise self._refuse("password", entry.name)
            if entry.info.compress_type not in _METHODS:
                raise self._refuse("method", entry.name)
            if str(path).casefold() in seen:
                raise self._refuse("duplicate", entry.name)
            seen.add(str(path).casefold())

    def _refuse(self, reason: str, entry: str = "") -> ArchiveRefused:
        told = tell(f"intake.archive.{reason}")
        return ArchiveRefused(file=self.file, entry=entry, reason=told)


def _decode_name(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry: UTF-8 where it is so, else as a Chinese Windows writes it."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", errors="replace")
    return name.replace("\\", "/")
