"""Read a stranger's terrain file, behind the wall: a process of its own (see `gdal_child`).

It is run by its path and imports nothing of geo_rv; what it gives up before it opens anything
is what its neighbour `gdal_child` gives up.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

HEIGHTS = "heights.npy"
MARGIN = 2
"""Cells read beyond the bounds, so that a slope there has its neighbours."""


def read_terrain(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Write the heights within the request's bounds, and return where they lie.

    Returned is "problem", the key of what is wrong with the file, or crs (WKT) and the numbers
    of `transform`: column and row of a corner to x and y in that system. Heights are metres as
    32-bit numbers, not a number where there is none.
    """
    # the limits must be in force before GDAL starts
    import numpy as np  # noqa: PLC0415 - as said
    import rasterio  # noqa: PLC0415 - as said
    from rasterio.warp import transform_bounds  # noqa: PLC0415 - as said
    from rasterio.windows import Window, from_bounds  # noqa: PLC0415 - as said

    with rasterio.open(folder / request["file"], driver=request["driver"]) as source:
        if source.count != 1 or source.dtypes[0].startswith("complex"):
            return {"problem": "bands"}
        if source.crs is None:
            return {"problem": "crs"}
        if source.transform.b or source.transform.d or source.transform.e >= 0:
            return {"problem": "rotated"}
        bounds = transform_bounds("EPSG:4326", source.crs, *request["bounds"])
        found = from_bounds(*bounds, source.transform)
        west, north = int(found.col_off) - MARGIN, int(found.row_off) - MARGIN
        east = int(found.col_off + found.width) + MARGIN + 1
        south = int(found.row_off + found.height) + MARGIN + 1
        west, north = max(west, 0), max(north, 0)
        width, height = min(east, source.width) - west, min(south, source.height) - north
        if width <= 0 or height <= 0:
            return {"problem": "outside"}
        if width * height > request["most_cells"]:
            return {"problem": "cells"}
        window = Window(west, north, width, height)
        read = source.read(1, window=window, masked=True, out_dtype="float64")
        heights = read * source.scales[0] + source.offsets[0]
        np.save(folder / HEIGHTS, np.ma.filled(heights, np.nan).astype(np.float32))
        return {
            "crs": source.crs.to_wkt(),
            "transform": list(source.window_transform(window))[:6],
        }


if __name__ == "__main__":
    wall = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))
    wall["answer_request"](read_terrain)
