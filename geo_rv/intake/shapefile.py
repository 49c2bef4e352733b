"""The several files that make one shapefile: found, complete, agreeing in their number of rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo_rv.errors import ShapefileIncomplete, SourceUnreadable
from geo_rv.intake.archive import Archive, Entry
from geo_rv.intake.dbf import AttributeTable, inspect_table
from geo_rv.messages import tell

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = (".shp", ".shx", ".dbf")
# indexes and metadata that desktop programs leave beside a shapefile
_SIDE_FILES = (
    ".sbn",
    ".sbx",
    ".qix",
    ".qpj",
    ".fbn",
    ".fbx",
    ".ain",
    ".aih",
    ".atx",
    ".xml",
    ".qmd",
)
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


def copy_shapefiles(files: Iterable[Path], room: Path, *, file: str) -> tuple[Shapefile, ...]:
    """Copy the shapefiles among `files`, which the user calls `file`, into folders in `room`.

    Raises ShapefileIncomplete or SourceUnreadable.
    """
    by_name = {path.name: path for path in files}
    return tuple(
        _place(room / str(number), parts, lambda name, to: shutil.copyfile(by_name[name], to), file)
        for number, parts in enumerate(_group_parts(by_name, file))
    )


def unpack_shapefiles(archive: Archive, room: Path) -> tuple[Shapefile, ...]:
    """Unpack the shapefiles of `archive` into folders in `room`.

    Raises ArchiveRefused, ShapefileIncomplete or SourceUnreadable.
    """
    archive.refuse_nested()
    by_name = _list_entries(archive)
    return tuple(
        _place(
            room / str(number),
            parts,
            lambda name, to: archive.unpack(by_name[name], to),
            archive.file,
        )
        for number, parts in enumerate(_group_parts(by_name, archive.file))
    )


def list_left_out(archive: Archive) -> tuple[str, ...]:
    """Return the names of the files in `archive` that belong to no shapefile."""
    names = _list_entries(archive)
    taken = {name for parts in _group_parts(names, archive.file) for name in parts.values()}
    return tuple(
        name for name in names if name not in taken and not name.casefold().endswith(_SIDE_FILES)
    )


def _list_entries(archive: Archive) -> dict[str, Entry]:
    """Return the entries by name, without what a Mac puts into each archive."""
    return {
        entry.name: entry
        for entry in archive.entries
        if not entry.name.startswith("__MACOSX/")
        and not PurePosixPath(entry.name).name.startswith(".")
    }


def _group_parts(names: Iterable[str], file: str) -> list[dict[str, str]]:
    """Return the names of each whole shapefile's parts by their suffixes."""
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


def _place(
    folder: Path, parts: Mapping[str, str], copy: Callable[[str, Path], object], file: str
) -> Shapefile:
    folder.mkdir()
    for suffix, name in parts.items():
        copy(name, folder / f"source{suffix}")
    name = PurePosixPath(parts[".shp"]).stem
    table = inspect_table(folder / "source.dbf", file=f"{file} ({name}.dbf)")
    shapes = ((folder / "source.shx").stat().st_size - _SHX_HEADER_BYTES) // _SHX_RECORD_BYTES
    if shapes != table.rows:
        problem = tell("intake.damage.rows_differ")
        raise SourceUnreadable(file=f"{file} ({name}.shp)", problem=problem)
    return Shapefile(name, folder, table)
