"""A terrain file into heights on a grid: GeoTIFF or SRTM (.hgt), read behind the wall."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Never

import numpy as np
import numpy.typing as npt
import pyproj

from geo_rv.errors import SourceMissing, SourceTooLarge, SourceUnreadable, TerrainRefused
from geo_rv.geodesy.crs import Bounds, is_plane, parse_crs
from geo_rv.intake.limits import DEFAULT_LIMITS, Limits
from geo_rv.intake.place.reference import refuse_old_datum
from geo_rv.intake.wall.gdal_door import BEHIND, Room, ask_child, make_environment
from geo_rv.intake.wall.terrain_child import HEIGHTS
from geo_rv.messages import tell

MOST_CELLS: Final = 64_000_000
"""More are not read; a county at 12.5 m has 23 million."""
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""No land lies lower or higher: what does says that nothing is known."""

_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SRTM_NAME = re.compile(r"[NS]\d{2}[EW]\d{3}")
_SRTM_SIDES: Final = (1201, 3601)
# nothing beside the file is looked at
_ALONE: Final = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_CACHEMAX": "256",
}


@dataclass(frozen=True)
class Terrain:
    """Heights on a grid whose rows run from north to south."""

    heights_m: npt.NDArray[np.float32]
    """Of the middle of each cell, (rows, columns); not a number where nothing is known."""
    crs: pyproj.CRS
    west: float
    north: float
    """The outer corner of the first cell, in degrees or metres as `crs` has them."""
    step_x: float
    step_y: float
    """The sides of a cell, above 0."""


def read_terrain(path: Path, bounds: Bounds, *, limits: Limits = DEFAULT_LIMITS) -> Terrain:
    """Return the heights that the file `path` has within `bounds` (degrees).

    Its content tells the format; for SRTM its name (N31E113.hgt) tells the place. Heights are
    metres. Raises TerrainRefused or another SourceError.
    """
    if not path.is_file():
        raise SourceMissing(file=path)
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise SourceTooLarge(file=path.name, size_mb=size >> 20, most_mb=limits.file_bytes >> 20)
    driver, name = _sniff_terrain(path)
    with tempfile.TemporaryDirectory(prefix="geo-rv-") as folder:
        room = Room(Path(folder).resolve(), path.name, limits)
        try:
            shutil.copyfile(path, room.folder / name)
        except OSError as error:
            raise SourceUnreadable(file=path.name, problem=error.strerror or error) from error
        request = {"file": name, "driver": driver, "bounds": bounds, "most_cells": MOST_CELLS}
        environment = make_environment(driver, room.folder) | _ALONE
        reply = ask_child(room, request, environment=environment, child=BEHIND / "terrain_child.py")
        if "problem" in reply:
            _refuse(path, reply["problem"])
        heights = np.load(room.folder / HEIGHTS, allow_pickle=False)
    heights[~((heights >= LOWEST_M) & (heights <= HIGHEST_M))] = np.nan
    step_x, _, west, _, step_y, north = reply["transform"]
    return Terrain(heights, _take_crs(reply["crs"], path), west, north, step_x, -step_y)


def _sniff_terrain(path: Path) -> tuple[str, str]:
    """Return the GDAL driver of the file, by its content, and the name to read its copy by."""
    with path.open("rb") as source:
        head = source.read(4)
    if head in _TIFF:
        return "GTiff", "terrain.tif"
    if path.stat().st_size not in {2 * side * side for side in _SRTM_SIDES}:
        _refuse(path, "format")
    name = path.name[:7].upper()
    if not _SRTM_NAME.fullmatch(name):
        _refuse(path, "name")
    return "SRTMHGT", f"{name}.hgt"


def _take_crs(wkt: str, path: Path) -> pyproj.CRS:
    crs = parse_crs(wkt)
    refuse_old_datum(crs, file=path.name)
    if not (crs.is_geographic or is_plane(crs)):
        _refuse(path, "crs")
    return crs


def _refuse(path: Path, reason: str) -> Never:
    raise TerrainRefused(file=path.name, reason=tell(f"terrain.refusal.{reason}"))
