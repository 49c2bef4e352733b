"""A layer as users of geopandas read it fastest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyogrio
import shapely
from geopandas import GeoDataFrame

from benchmarks.county.question import DATA_FILE, PLANE, SITES


def read_flat(project: Path, kind: str) -> GeoDataFrame:
    """Return the geometries of a layer in the plane, in the order of their ids."""
    return _read(project, kind).to_crs(PLANE)


def read_places(project: Path) -> Any:
    """Return longitude and latitude of each site, (n, 2), in the order of their ids."""
    return shapely.get_coordinates(_read(project, SITES).geometry.to_numpy())


def _read(project: Path, kind: str) -> GeoDataFrame:
    return pyogrio.read_dataframe(project / DATA_FILE, layer=kind, columns=[], use_arrow=True)
