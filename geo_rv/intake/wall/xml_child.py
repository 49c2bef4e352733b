"""Read a stranger's KML or GPX, behind the wall: a process of its own (see `gdal_child`).

It is run by its path, and imports of geo_rv only `formats`, which knows nothing but its formats;
what it gives up before it opens anything is what its neighbour `gdal_child` gives up.
"""

from __future__ import annotations

import gc
import runpy
import sys
from pathlib import Path
from typing import Any

_WALL = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))


def read_files(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Write the features of the request's files as Arrow files, and return what they are."""
    sys.path.append(str(Path(__file__).parents[3]))
    # the limits must be in force before numpy starts
    from geo_rv.formats.elements import FileRefused  # noqa: PLC0415 - as said
    from geo_rv.formats.features import Bounds  # noqa: PLC0415 - as said

    # nothing that is read refers to itself; to look for what does takes a third of the time
    gc.disable()
    limits = request["limits"]
    bounds = Bounds(*(limits[name] for name in ("rows", "columns", "vertices", "levels")))
    read = read_gpx if request["action"] == "gpx" else read_kml
    layers: list[dict[str, Any]] = []
    try:
        for number, source in enumerate(request["sources"]):
            target = folder / str(number)
            layers += read(folder / source["file"], source["encoding"], bounds, target)
    except FileRefused as refused:
        raise _WALL["Refused"](refused.reason, **refused.facts) from refused
    return {"layers": layers}


def read_kml(path: Path, encoding: str, bounds: Any, target: Path) -> list[dict[str, Any]]:
    """Return what is written to `target` of the one layer of a KML file."""
    from geo_rv.formats.kml import KmlReader  # noqa: PLC0415 - as said

    reader = KmlReader(bounds)
    reader.read(path, encoding)
    written = reader.finish().write(target.with_suffix(".arrow"))
    about = {"is_ovital": reader.is_ovital, "heights": reader.heights}
    return [{**written, **about, "left_out": reader.left_out}]


def read_gpx(path: Path, encoding: str, bounds: Any, target: Path) -> list[dict[str, Any]]:
    """Return what is written to `target` of waypoints, routes and tracks."""
    from geo_rv.formats.gpx import GpxReader  # noqa: PLC0415 - as said

    reader = GpxReader(bounds)
    reader.read(path, encoding)
    return [
        {
            **table.write(target.with_suffix(f".{name}.arrow")),
            "name": name,
            "heights": reader.heights[name],
        }
        for name, table in reader.tables.items()
    ]


if __name__ == "__main__":
    _WALL["answer_request"](read_files)
