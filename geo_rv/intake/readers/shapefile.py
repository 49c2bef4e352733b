"""The several files that make one shapefile: found, complete, agreeing in their number of rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo_rv.errors import ShapefileIncomplete, SourceUnreadable
from geo_rv.intake.candidate import Problem
from geo_rv.intake.contents import Layers, make_layer, note_left_out
from geo_rv.intake.match import choose_layers
from geo_rv.intake.readers.dbf import AttributeTable, inspect_table
from geo_rv.intake.wall.gdal_door import Room, Source, read_sources
from geo_rv.intake.wish import Task
from geo_rv.messages import tell

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = (".shp", ".shx", ".dbf")
# indexes and metadata that desktop programs leave beside a shapefile
SIDE_FILES = (
    ".sbn", ".sbx", ".qix", ".qpj", ".fbn", ".fbx", ".ain", ".aih", ".atx", ".xml", ".qmd",
)  # fmt: skip
_SHX_HEADER_BYTES = 100
_SHX_RECORD_BYTES = 8


@dataclass(frozen=True)
class Shapefile:
    """One shapefile in a folder of our own, its parts named source.shp, source.dbf and so on."""

    name: str
    """What the user calls it, without folder and suffix."""
    folder: Path
    table: AttributeTable
    """Its attribute table."""

    @property
    def path(self) -> Path:
        """The part that GDAL opens."""
        return self.folder / "source.shp"


def copy_shapefiles(
    files: Iterable[Path], room: Room, *, encoding: str | None
) -> tuple[Shapefile, ...]:
    """Copy the shapefiles among `files` into folders in `room`.

    `encoding` is what the user says that their text is in. Raises ShapefileIncomplete,
    SourceUnreadable or EncodingUnknown.
    """
    by_name = {path.name: path for path in files}
    shapefiles = []
    for number, parts in enumerate(group_parts(by_name, file=room.file)):
        folder = room.folder / str(number)
        folder.mkdir()
        for suffix, name in parts.items():
            shutil.copyfile(by_name[name], name_part(folder, suffix))
        name = PurePosixPath(parts[".shp"]).stem
        shapefiles.append(check_shapefile(folder, name, file=room.file, encoding=encoding))
    return tuple(shapefiles)


def group_parts(names: Iterable[str], *, file: str) -> list[dict[str, str]]:
    """Return the names of each shapefile's parts by their suffixes.

    Raises ShapefileIncomplete where one of the parts that must be there is not.
    """
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.casefold() in PARTS:
            stem = str(path.with_suffix("")).casefold()
            groups.setdefault(stem, {})[path.suffix.casefold()] = name
    whole = [parts for parts in groups.values() if ".shp" in parts]
    for parts in whole:
        missing = [suffix for suffix in _NEEDED if suffix not in parts]
        if missing:
            raise ShapefileIncomplete(file=file, part=parts[".shp"], missing=", ".join(missing))
    return whole


def name_part(folder: Path, suffix: str) -> Path:
    """Return where the part with `suffix` of the shapefile in `folder` lies."""
    return folder / f"source{suffix}"


def check_shapefile(folder: Path, name: str, *, file: str, encoding: str | None) -> Shapefile:
    """Return the shapefile in `folder`; raises SourceUnreadable or EncodingUnknown."""
    table = inspect_table(name_part(folder, ".dbf"), file=f"{file} ({name}.dbf)", encoding=encoding)
    index_bytes = name_part(folder, ".shx").stat().st_size
    if (index_bytes - _SHX_HEADER_BYTES) // _SHX_RECORD_BYTES != table.rows:
        problem = tell("intake.damage.rows_differ")
        raise SourceUnreadable(file=f"{file} ({name}.shp)", problem=problem)
    return Shapefile(name, folder, table)


def read_shapefiles(shapefiles: Sequence[Shapefile], room: Room, task: Task) -> Layers:
    """Return the chosen ones of `shapefiles`, which lie in `room`."""
    chosen = choose_layers([shapefile.name for shapefile in shapefiles], task, file=room.file)
    layers = read_chosen([(shapefiles[at], kind) for at, kind in chosen], room, task)
    taken = {at for at, _ in chosen}
    left_out = [shapefile.name for at, shapefile in enumerate(shapefiles) if at not in taken]
    return note_left_out(layers, left_out, task)


def read_chosen(chosen: Sequence[tuple[Shapefile, str | None]], room: Room, task: Task) -> Layers:
    """Return shapefiles that lie in `room`, each as its layer kind."""
    sources = [
        Source(
            shapefile.path.relative_to(room.folder).as_posix(),
            options={"ENCODING": shapefile.table.gdal_encoding},
        )
        for shapefile, _ in chosen
    ]
    contents = read_sources(room, "ESRI Shapefile", sources)
    read = []
    for (shapefile, kind), content in zip(chosen, contents, strict=True):
        layer = make_layer(content, shapefile.name, kind, room, task)
        table = shapefile.table
        if table.is_contradicted:
            facts = {"encoding": table.encoding.upper(), "sample": table.sample}
            layer = layer.with_problems([Problem("encoding_told", "warning", facts=facts)])
        read.append(layer)
    return tuple(read)
