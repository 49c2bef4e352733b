"""File geodatabases: a folder of tables, as it is or in a zip, read by GDAL's OpenFileGDB."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from geo_rv.errors import SourceRefused
from geo_rv.intake.contents import Layers, make_layer, note_left_out
from geo_rv.intake.match import choose_layers
from geo_rv.intake.wall.gdal_door import Room, Source, list_layers, read_sources
from geo_rv.intake.wish import Task
from geo_rv.messages import tell

_DRIVER = "OpenFileGDB"
_CATALOGUE = "a00000001.gdbtable"
_COMPRESSED = "a00000001.cdf"
# the tables themselves: indexes and locks are not needed to read them
_TABLES = re.compile(r"a[0-9a-f]{8}\.(?:gdbtable|gdbtablx|gdbindexes|freelist)|gdb|timestamps")


def is_geodatabase(folder: Path) -> bool:
    """Return whether `folder` is a file geodatabase, whatever it is called."""
    return any((folder / name).is_file() for name in (_CATALOGUE, _COMPRESSED))


def group_geodatabases(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return, for the folder of each geodatabase among the files `names`, its files by name."""
    folders: dict[str, dict[str, str]] = {}
    for name in names:
        path = PurePosixPath(name)
        folders.setdefault(str(path.parent), {})[path.name.casefold()] = name
    return {
        folder: files
        for folder, files in folders.items()
        if _CATALOGUE in files or _COMPRESSED in files
    }


def choose_parts(files: Mapping[str, str], *, file: str) -> dict[str, str]:
    """Return those of a geodatabase's `files` that are needed to read it.

    Raises SourceRefused where it is compressed, which only its maker's program reads.
    """
    if _CATALOGUE not in files:
        raise SourceRefused(file=file, reason=tell("intake.refusal.gdb_compressed"))
    return {name: source for name, source in files.items() if _TABLES.fullmatch(name)}


def copy_geodatabase(folder: Path, room: Room) -> Path:
    """Copy the geodatabase `folder` into `room`; raises SourceRefused."""
    target = make_folder(room.folder)
    files = {path.name.casefold(): path.name for path in folder.iterdir() if path.is_file()}
    for name, source in choose_parts(files, file=room.file).items():
        shutil.copyfile(folder / source, target / name)
    return target


def make_folder(parent: Path) -> Path:
    """Return a new folder in `parent`, called so that GDAL takes it for a geodatabase."""
    folder = parent / "source.gdb"
    folder.mkdir()
    return folder


def read_geodatabase(folder: Path, room: Room, task: Task) -> Layers:
    """Return the chosen feature classes of the geodatabase `folder`, which lies in `room`."""
    file = folder.relative_to(room.folder).as_posix()
    names = list_layers(room, _DRIVER, file)
    chosen = choose_layers(names, task, file=room.file)
    sources = [Source(file, layer=names[at]) for at, _ in chosen]
    contents = read_sources(room, _DRIVER, sources)
    read = tuple(
        make_layer(content, names[at], kind, room, task)
        for (at, kind), content in zip(chosen, contents, strict=True)
    )
    taken = {at for at, _ in chosen}
    return note_left_out(read, [name for at, name in enumerate(names) if at not in taken], task)
