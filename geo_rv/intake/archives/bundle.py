"""Archives of several files: each entry found out by its content and read by its own reader.

What belongs together (a shapefile's parts, a geodatabase's tables) is one unit. A unit's name
tells its kind as a file's does; what is no data is told as left out.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo_rv.errors import (
    ArchiveRefused,
    LayersAmbiguous,
    ReadingFailed,
    ReadingTooLong,
    SourceError,
    SourceRefused,
    UnknownSourceLayer,
)
from geo_rv.intake.archives.archive import Archive
from geo_rv.intake.archives.units import Failure, Unit, unpack_units
from geo_rv.intake.contents import Layers, join_names, name_kind, note_left_out
from geo_rv.intake.headings import fold
from geo_rv.intake.sniff import Format
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.intake.wish import Task
from geo_rv.messages import Names, tell

# a table may be a list without coordinates, or a letter: that is no reason to refuse the rest
_MAY_BE_NO_DATA: tuple[Format, ...] = ("csv", "xlsx", "xls")
_OF_PARTS: tuple[Format, ...] = ("shp", "filegdb")
_ALWAYS_TOLD = (ArchiveRefused, ReadingFailed, ReadingTooLong)

ReadFound = Callable[[Path, Format, Room, Task], Layers]
"""Reads a copy whose format has been found, in its room."""


@dataclass(frozen=True)
class Bundle:
    """What an archive holds, unpacked."""

    room: Room
    read_found: ReadFound
    units: tuple[Unit, ...]
    refused: tuple[Failure, ...]
    left_out: tuple[str, ...]
    """The names of what is no data at all."""

    def read(self, unit: Unit, task: Task, *, layer: str | None = None) -> Layers:
        """Return the layers of `unit`, of which `layer` may be the one that is meant.

        It may be read again: readers rename what they get, and write beside it.
        """
        path = unit.path
        if unit.format not in _OF_PARTS:
            path = Path(tempfile.mkdtemp(dir=unit.path.parent)) / unit.path.name
            shutil.copyfile(unit.path, path)
        room = dataclasses.replace(
            self.room,
            folder=path.parent,
            file=f"{self.room.file}/{unit.name}",
            limits=unit.limits,
        )
        is_alone = len(self.units) == 1 and name_kind(unit.stem, task.catalogue) is None
        task = dataclasses.replace(
            task,
            wish=dataclasses.replace(task.wish, layer=layer),
            stem=task.stem if is_alone else unit.stem,
        )
        return self.read_found(path, unit.format, room, task)

    def keep(self, units: Iterable[Unit], failures: Iterable[Failure]) -> Bundle:
        """Return the bundle with only `units` of its own, and `failures` more."""
        return dataclasses.replace(self, units=tuple(units), refused=(*self.refused, *failures))


def read_bundle(path: Path, room: Room, task: Task, *, read_found: ReadFound) -> Layers:
    """Return the layers of the zip `path`, which lies in `room`, each told by its entry.

    Raises ArchiveRefused, SourceRefused (no data in it), LayersAmbiguous, UnknownSourceLayer,
    or what the reader of an entry raises.
    """
    archive = Archive(path, file=room.file, limits=room.limits)
    held = unpack_units(archive, room.folder)
    bundle = Bundle(room, read_found, held.units, held.refused, held.left_out)
    if not bundle.units:
        if bundle.refused:
            raise bundle.refused[0].error
        names = join_names(bundle.left_out)
        raise SourceRefused(
            file=room.file, reason=tell("intake.refusal.nothing_inside", names=names)
        )
    if task.wish.layer is not None:
        return _read_layer(bundle, task, task.wish.layer)
    if task.kind is not None:
        return _read_kind(bundle, task, task.kind)
    return _read_all(bundle, task)


# ---- which of it is meant


def _read_layer(bundle: Bundle, task: Task, wanted: str) -> Layers:
    """Return what the user calls `wanted`: an entry, a layer of an entry, or entry/layer."""
    named = [unit for unit in bundle.units if _is_called(unit, wanted)]
    if named:
        return _join(bundle.read(unit, task) for unit in named)
    if len(bundle.units) == 1:
        return bundle.read(bundle.units[0], task, layer=wanted)
    entry, _, layer = wanted.rpartition("/")
    named = [unit for unit in bundle.units if _is_called(unit, entry)]
    if named:
        return _join(bundle.read(unit, task, layer=layer) for unit in named)
    found: list[Layers] = []
    for unit in bundle.units:
        try:
            found.append(bundle.read(unit, task, layer=wanted))
        except UnknownSourceLayer:
            continue
    if not found:
        names = Names(unit.name for unit in bundle.units)
        raise UnknownSourceLayer(file=bundle.room.file, layer=wanted, layers=names)
    return _join(found)


def _read_kind(bundle: Bundle, task: Task, kind: str) -> Layers:
    """Return what is of the layer kind that the user wishes: by its name, or the only one."""
    named = [unit for unit in bundle.units if name_kind(unit.stem, task.catalogue) == kind]
    if named or len(bundle.units) == 1:
        return _join(bundle.read(unit, task) for unit in named or bundle.units)
    unsaid = dataclasses.replace(task, wish=dataclasses.replace(task.wish, kind=None))
    layers, left = _try_all(bundle, unsaid)
    if len(left.units) == 1:
        return _read_kind(left, task, kind)
    found = tuple(layer for layer in layers if layer.kind == kind)
    if not found:
        raise LayersAmbiguous(
            file=bundle.room.file,
            layers=Names(unit.name for unit in left.units),
            layer=task.catalogue[kind].title,
            kind=kind,
        )
    return found


def _read_all(bundle: Bundle, task: Task) -> Layers:
    """Return the layers whose kind is told, or all where none is."""
    layers, left = _try_all(bundle, task)
    if len(left.units) == 1 < len(bundle.units):
        # alone among what is no data, it may be told by the archive's name
        layers, left = _try_all(left, task)
    told = tuple(layer for layer in layers if layer.kind is not None) or layers
    sources = {layer.source for layer in told}
    unused = [unit.name for unit in left.units if f"{bundle.room.file}/{unit.name}" not in sources]
    noted = note_left_out(told, [*unused, *left.left_out], task)
    problems = [failure.tell() for failure in left.refused]
    return (noted[0].with_problems(problems), *noted[1:])


def _try_all(bundle: Bundle, task: Task) -> tuple[Layers, Bundle]:
    """Return all layers, and the bundle without those tables that turned out to be no data."""
    read: list[Layers] = []
    kept: list[Unit] = []
    failures: list[Failure] = []
    for unit in bundle.units:
        try:
            read.append(bundle.read(unit, task))
        except _ALWAYS_TOLD:
            raise
        except SourceError as error:
            is_named = name_kind(unit.stem, task.catalogue) is not None
            if is_named or unit.format not in _MAY_BE_NO_DATA:
                raise
            failures.append(Failure(unit.name, error))
        else:
            kept.append(unit)
    if not kept:
        raise failures[0].error
    return _join(read), bundle.keep(kept, failures)


def _join(layers: Iterable[Layers]) -> Layers:
    return tuple(layer for some in layers for layer in some)


def _is_called(unit: Unit, name: str) -> bool:
    names = (unit.name, PurePosixPath(unit.name).name, unit.stem)
    return fold(name) in map(fold, names)
