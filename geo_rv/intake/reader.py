"""A file into candidates: the way from its bytes to layer frames that a person may agree to."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo_rv.catalogue import Catalogue, LayerSpec
from geo_rv.errors import (
    LayerNotChosen,
    SourceInUse,
    SourceMissing,
    SourceRefused,
    SourceTooLarge,
    SourceUnreadable,
)
from geo_rv.intake.build import build_candidate
from geo_rv.intake.candidate import Candidate, Problem
from geo_rv.intake.formats import read_found
from geo_rv.intake.limits import DEFAULT_LIMITS, Limits
from geo_rv.intake.match import find_kind, propose_kind
from geo_rv.intake.place.geometry import name_types
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.readers.filegdb import copy_geodatabase, is_geodatabase
from geo_rv.intake.readers.shapefile import PARTS, copy_shapefiles, read_shapefiles
from geo_rv.intake.sniff import sniff_format
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.intake.wish import Surroundings, Task, Wish
from geo_rv.messages import NOTHING, Names, tell
from geo_rv.progress import Progress, keep_quiet

_COPY = "source"
_JOURNALS = ("-journal", "-wal")
_ALONE = Surroundings()


def read_candidates(
    path: Path,
    *,
    catalogue: Catalogue,
    name: str | None = None,
    wish: Wish | None = None,
    surroundings: Surroundings = _ALONE,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = keep_quiet,
) -> tuple[Candidate, ...]:
    """Return what the file or folder `path` brings, one candidate for each of its layers.

    `name` is what the user calls it, where that is not its own name; `wish` is what the user said
    about it; `surroundings` what it is judged against. What is wrong
    with single rows stands in the candidates. Raises a SourceError, UnknownLayer or a CrsError
    where the file as a whole cannot be taken, and what `progress` raises.
    """
    name = name or path.name
    wish = wish or Wish()
    # an unknown kind is told before anything is read
    kind = None if wish.kind is None else find_kind(wish.kind, catalogue)
    stem = Path(name).stem if path.is_file() else name
    task = Task(catalogue, dataclasses.replace(wish, kind=kind), stem, surroundings)
    layers = read_layers(path, task, name=name, limits=limits, progress=progress)
    specs = [_find_spec(layer, layers, task, name) for layer in layers]
    progress("progress.judging")
    candidates: tuple[Candidate, ...] = ()
    for layer, spec in zip(layers, specs, strict=True):
        around = dataclasses.replace(surroundings, brought=surroundings.brought + candidates)
        beside = dataclasses.replace(task, surroundings=around)
        candidates += (build_candidate(layer, spec, beside, progress=progress),)
    return candidates


def read_layers(
    path: Path, task: Task, *, name: str, limits: Limits, progress: Progress = keep_quiet
) -> list[RawLayer]:
    """Return the layers of the file or folder `path` that hold anything, before they are judged.

    Raises a SourceError or a CrsError, and what `progress` raises.
    """
    with _explain_failures(name), tempfile.TemporaryDirectory(prefix="geo-rv-") as folder:
        room = Room(Path(folder).resolve(), name, limits, progress)
        progress("progress.reading")
        layers = _read_folder(path, room, task) if path.is_dir() else _read_file(path, room, task)
    filled = [layer for layer in layers if len(layer.rows)]
    if not filled:
        raise SourceRefused(file=name, reason=tell("intake.refusal.no_rows"))
    empty = [layer.name for layer in layers if not len(layer.rows)]
    if empty:
        note = Problem("layers_empty", "warning", facts={"names": ", ".join(empty)})
        filled[0] = filled[0].with_problems([note])
    return filled


def _find_spec(layer: RawLayer, layers: list[RawLayer], task: Task, file: str) -> LayerSpec:
    """Return what `layer` is taken for; raises LayerNotChosen, with a proposal, where untold.

    `layers` are all that the file holds.
    """
    if layer.kind is not None:
        return task.catalogue[layer.kind]
    names = (layer.name, task.stem)
    types = name_types(layer.geometry)
    proposed = propose_kind(names, layer.attributes.columns, types, task.catalogue)
    hint = NOTHING
    if proposed is not None:
        title = task.catalogue[proposed].title
        hint = tell("intake.proposal", kind=proposed, layer=title)
    raise LayerNotChosen(
        file=file,
        layers=Names(each.name for each in layers),
        layer=layer.name,
        proposed=proposed,
        hint=hint,
        known=task.catalogue.known,
    )


@contextmanager
def _explain_failures(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(file=file, problem=error.strerror or str(error)) from error


def _read_file(path: Path, room: Room, task: Task) -> tuple[RawLayer, ...]:
    if not path.is_file():
        raise SourceMissing(file=path)
    _refuse_large([path], room)
    copy = room.folder / _COPY
    shutil.copyfile(path, copy)
    found = sniff_format(copy, file=room.file, limits=room.limits)
    if found == "shp":
        parts = [
            part for part in path.parent.iterdir() if part.stem.casefold() == path.stem.casefold()
        ]
        return _read_parts(parts, room, task)
    if found == "gpkg":
        _refuse_open_database(path)
    return read_found(copy, found, room, task)


def _read_folder(path: Path, room: Room, task: Task) -> tuple[RawLayer, ...]:
    if is_geodatabase(path):
        _refuse_large(list(path.iterdir()), room)
        return read_found(copy_geodatabase(path, room), "filegdb", room, task)
    return _read_parts([part for part in path.iterdir() if part.is_file()], room, task)


def _read_parts(parts: list[Path], room: Room, task: Task) -> tuple[RawLayer, ...]:
    """Read the shapefiles among `parts`."""
    parts = [part for part in parts if part.suffix.casefold() in PARTS]
    _refuse_large(parts, room)
    shapefiles = copy_shapefiles(parts, room, encoding=task.wish.encoding)
    if not shapefiles:
        reason = tell("intake.refusal.no_shapefile")
        raise SourceRefused(file=room.file, reason=reason)
    layers = read_shapefiles(shapefiles, room, task)
    return tuple(layer.with_origin("shp", room.file) for layer in layers)


def _refuse_large(files: list[Path], room: Room) -> None:
    size = sum(file.stat().st_size for file in files)
    if size > room.limits.file_bytes:
        most = room.limits.file_bytes >> 20
        raise SourceTooLarge(file=room.file, size_mb=size >> 20, most_mb=most)


def _refuse_open_database(path: Path) -> None:
    """Raise SourceInUse where another program has not finished writing the GeoPackage."""
    for suffix in _JOURNALS:
        journal = path.with_name(path.name + suffix)
        if journal.is_file() and journal.stat().st_size:
            raise SourceInUse(file=path.name, journal=journal.name)
