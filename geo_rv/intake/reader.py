"""A file into candidates: the way from its bytes to layer frames that a person may agree to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo_rv.catalogue import Catalogue
from geo_rv.errors import (
    SourceInUse,
    SourceMissing,
    SourceRefused,
    SourceTooLarge,
    SourceUnreadable,
)
from geo_rv.intake.build import build_candidate
from geo_rv.intake.candidate import Candidate, Problem
from geo_rv.intake.formats import READERS, read_shapefiles
from geo_rv.intake.gdal_door import Room
from geo_rv.intake.limits import DEFAULT_LIMITS, Limits
from geo_rv.intake.match import find_kind
from geo_rv.intake.raw import RawLayer, Wish
from geo_rv.intake.shapefile import PARTS, copy_shapefiles
from geo_rv.intake.sniff import sniff_format
from geo_rv.messages import tell

_COPY = "source"
_JOURNALS = ("-journal", "-wal")


def read_candidates(
    path: Path,
    *,
    catalogue: Catalogue,
    kind: str | None = None,
    crs: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Candidate, ...]:
    """Return what the file or folder `path` brings, one candidate for each of its layers.

    `kind` is the layer that it is for, by its kind or title, by default told by the names of
    the file and of its layers; `crs` the coordinate system ("EPSG:4547") of a file that names
    none. What is wrong
    with single rows stands in the candidates. Raises a SourceError, UnknownLayer or CrsUnknown
    where the file as a whole cannot be taken.
    """
    # an unknown kind is told before anything is read
    wanted = None if kind is None else find_kind(kind, catalogue)
    wish = Wish(catalogue, wanted, crs, path.stem if path.is_file() else path.name)
    with _explain_failures(path.name), tempfile.TemporaryDirectory(prefix="geo-rv-") as folder:
        room = Room(Path(folder).resolve(), path.name, limits)
        layers = _read_folder(path, room, wish) if path.is_dir() else _read_file(path, room, wish)
        filled = [layer for layer in layers if len(layer.rows)]
        if not filled:
            raise SourceRefused(file=path.name, reason=tell("intake.refusal.no_rows"))
        empty = [layer.name for layer in layers if not len(layer.rows)]
        if empty:
            note = Problem("layers_empty", "warning", facts={"names": ", ".join(empty)})
            filled[0] = filled[0].with_problems([note])
        return tuple(
            build_candidate(layer, catalogue[layer.kind], source=path.name) for layer in filled
        )


@contextmanager
def _explain_failures(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(file=file, problem=error.strerror or str(error)) from error


def _read_file(path: Path, room: Room, wish: Wish) -> tuple[RawLayer, ...]:
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
        return _read_parts(parts, room, wish)
    if found == "gpkg":
        _refuse_open_database(path)
    name, read = READERS[found]
    return read(copy.rename(room.folder / name), room, wish)


def _read_folder(path: Path, room: Room, wish: Wish) -> tuple[RawLayer, ...]:
    return _read_parts([part for part in path.iterdir() if part.is_file()], room, wish)


def _read_parts(parts: list[Path], room: Room, wish: Wish) -> tuple[RawLayer, ...]:
    """Read the shapefiles among `parts`."""
    parts = [part for part in parts if part.suffix.casefold() in PARTS]
    _refuse_large(parts, room)
    shapefiles = copy_shapefiles(parts, room.folder, file=room.file)
    if not shapefiles:
        reason = tell("intake.refusal.no_shapefile")
        raise SourceRefused(file=room.file, reason=reason)
    return read_shapefiles(shapefiles, room, wish)


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
