"""What an archive holds: its entries put together to units, unpacked, and found out.

A unit is one file, or the several that make a shapefile or a geodatabase. Each is unpacked into
a folder of its own, under names of ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from geo_rv.errors import FormatRefused, FormatUnknown, ShapefileIncomplete, SourceError
from geo_rv.intake.archives.archive import Archive, Entry
from geo_rv.intake.candidate import Problem
from geo_rv.intake.limits import Limits
from geo_rv.intake.readers.filegdb import choose_parts, group_geodatabases, make_folder
from geo_rv.intake.readers.shapefile import SIDE_FILES, group_parts, name_part
from geo_rv.intake.sniff import Format, is_zip, sniff_format
from geo_rv.messages import Text

_COPY = "source"
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Unit:
    """One file of an archive, or the several that make one."""

    name: str
    """As the archive calls it: that of the file, of the .shp, or of the geodatabase's folder."""
    path: Path
    """Where it was unpacked to, in a folder of its own."""
    format: Format
    limits: Limits

    @property
    def stem(self) -> str:
        """Its name without folder and suffix."""
        return PurePosixPath(self.name).stem


@dataclass(frozen=True)
class Failure:
    """A unit that was not read, and why."""

    name: str
    error: SourceError

    def tell(self) -> Problem:
        """Return the warning that tells it."""
        reason = Text(zh=self.error.in_language("zh"), en=self.error.in_language("en"))
        return Problem("entry_refused", "warning", facts={"reason": reason})


@dataclass(frozen=True)
class Content:
    """What an archive holds, unpacked."""

    units: tuple[Unit, ...]
    refused: tuple[Failure, ...]
    """Files of formats that are known and not taken."""
    left_out: tuple[str, ...]
    """The names of what is no data at all."""


def unpack_units(archive: Archive, folder: Path) -> Content:
    """Unpack what `archive` holds into folders in `folder`, and find out what it is.

    Raises ArchiveRefused, ShapefileIncomplete, or SourceRefused for a compressed geodatabase.
    """
    entries = {entry.name: entry for entry in archive.entries if not _is_litter(entry.name)}
    folders = _make_folders(folder)
    whole, single = _group_entries(entries, archive.file)
    units, targets = [], {}
    for name, found, parts in whole:
        room = next(folders)
        path = make_folder(room) if found == "filegdb" else name_part(room, ".shp")
        for part, source in parts.items():
            target = path / part if found == "filegdb" else name_part(room, part)
            targets[target] = entries[source]
        units.append(Unit(name, path, found, archive.limits_left))
    alone = {next(folders) / _COPY: entries[name] for name in single}
    archive.unpack_all(targets | alone)
    content = _sniff_alone(alone, archive)
    return dataclasses.replace(content, units=(*units, *content.units))


def _group_entries(
    names: Iterable[str], file: str
) -> tuple[list[tuple[str, Format, dict[str, str]]], list[str]]:
    """Return each geodatabase and shapefile with its parts, and the other names."""
    names = list(names)
    whole: list[tuple[str, Format, dict[str, str]]] = []
    taken: set[str] = set()
    for name, files in group_geodatabases(names).items():
        whole.append((name, "filegdb", choose_parts(files, file=f"{file}/{name}")))
        taken.update(files.values())
    for parts in group_parts([name for name in names if name not in taken], file=file):
        whole.append((parts[".shp"], "shp", parts))
        taken.update(parts.values())
    stems = {_drop_suffix(parts[".shp"]) for _, found, parts in whole if found == "shp"}
    return whole, [name for name in names if name not in taken and not _is_beside(name, stems)]


def _sniff_alone(files: Mapping[Path, Entry], archive: Archive) -> Content:
    """Return which of the unpacked `files` are data; archives among them share the limits left."""
    units, refused, left_out = [], [], []
    limits = archive.limits_left
    for path, entry in files.items():
        file = f"{archive.file}/{entry.name}"
        inside = limits
        if is_zip(path):
            if not limits.archive_depth:
                raise archive.refuse_nested(entry)
            inside = dataclasses.replace(limits, archive_depth=limits.archive_depth - 1)
            left = Archive(path, file=file, limits=inside).limits_left
            limits = dataclasses.replace(left, archive_depth=limits.archive_depth)
        try:
            found = sniff_format(path, file=file, limits=inside)
        except FormatUnknown:
            left_out.append(entry.name)
        except FormatRefused as error:
            refused.append(Failure(entry.name, error))
        else:
            if found == "shp":
                raise ShapefileIncomplete(file=archive.file, part=entry.name, missing=".shx, .dbf")
            units.append(Unit(entry.name, path, found, inside))
    return Content(tuple(units), tuple(refused), tuple(left_out))


def _make_folders(parent: Path) -> Iterator[Path]:
    for number in count():
        folder = parent / f"entry{number}"
        folder.mkdir()
        yield folder


def _is_litter(name: str) -> bool:
    """Return whether `name` is what a Mac puts into each archive, or Windows into each folder."""
    last = PurePosixPath(name).name.casefold()
    return name.startswith("__MACOSX/") or last.startswith(".") or last in _LITTER


def _is_beside(name: str, stems: set[str]) -> bool:
    """Return whether `name` is an index or metadata beside the shapefile of one of `stems`."""
    while name.casefold().endswith((*SIDE_FILES, ".shp")):
        name = _drop_suffix(name)
        if name in stems:
            return True
    return False


def _drop_suffix(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
