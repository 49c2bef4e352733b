"""Zip archives: looked at before anything is unpacked, and never trusted with a path.

A name in an archive only says which part of which shapefile an entry is; what is unpacked
is written under names of our own.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from geo_rv.errors import ArchiveRefused
from geo_rv.intake.limits import Limits
from geo_rv.messages import tell

_END_RECORD = b"PK\x05\x06"
_END_RECORD_SIZE = 22
_LONGEST_COMMENT = 0xFFFF
_DIRECTORY_BYTES_AN_ENTRY = 4096
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_ARCHIVES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".kmz"})
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
        with self._open() as archive, archive.open(entry.info) as source, target.open("xb") as into:
            written = 0
            while block := source.read(_BLOCK):
                written += len(block)
                if written > entry.info.file_size:
                    raise self._refuse("bomb", entry.name)
                into.write(block)

    def holds(self, entry: Entry, text: bytes) -> bool:
        """Return whether the unpacked `entry` holds `text`."""
        with self._open() as archive, archive.open(entry.info) as source:
            tail = b""
            while block := source.read(_BLOCK):
                if text in tail + block:
                    return True
                tail = block[-len(text) :]
        return False

    def refuse_nested(self) -> None:
        """Raise ArchiveRefused where there is an archive in the archive."""
        for entry in self.entries:
            if PurePosixPath(entry.name).suffix.casefold() in _ARCHIVES:
                raise self._refuse("nested", entry.name)

    @contextmanager
    def _open(self) -> Iterator[zipfile.ZipFile]:
        try:
            self._refuse_large_directory()
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error) as error:
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
        entries, directory_bytes = struct.unpack_from("<HI", end, at + 10)
        most = self.limits.archive_entries
        if entries > most or directory_bytes > most * _DIRECTORY_BYTES_AN_ENTRY:
            raise self._refuse("entries")

    def _refuse_sizes(self) -> None:
        packed = self.path.stat().st_size
        unpacked = sum(entry.info.file_size for entry in self.entries)
        too_dense = (
            unpacked > self.limits.archive_ratio_from
            and unpacked > packed * self.limits.archive_ratio
        )
        if unpacked > self.limits.archive_bytes or too_dense:
            raise self._refuse("bomb")
        if len(self.entries) > self.limits.archive_entries:
            raise self._refuse("entries")

    def _refuse_names(self) -> None:
        seen: set[str] = set()
        for entry in self.entries:
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
