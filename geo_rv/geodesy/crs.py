"""Coordinate systems: the one layers are stored in, and the plane they are analysed in."""

from __future__ import annotations

import pyproj
from geopandas import GeoDataFrame
from pyproj.exceptions import CRSError as ProjCrsError

from geo_rv.errors import CrsUnknown

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

STORED = pyproj.CRS("EPSG:4490")
"""CGCS2000 in longitude and latitude: what every layer is stored in."""

CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)


def parse_crs(text: str) -> pyproj.CRS:
    """Return the coordinate system that `text` names, as "EPSG:4547"; raises CrsUnknown."""
    try:
        return pyproj.CRS.from_user_input(text)
    except ProjCrsError as error:
        raise CrsUnknown(crs=text) from error


def is_plane(crs: pyproj.CRS) -> bool:
    """Return whether `crs` has metres on both of its axes."""
    return bool(crs.is_projected) and {axis.unit_name for axis in crs.axis_info[:2]} == {"metre"}


def find_area_of_use(crs: pyproj.CRS) -> Bounds | None:
    """Return where `crs` is meant to be used (degrees), as far as it says so.

    A system that is bound to another by a transformation is used where it is without.
    """
    source = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    return None if source.area_of_use is None else source.area_of_use.bounds


def choose_plane(bounds: Bounds) -> pyproj.CRS:
    """Return the plane for layers that fill `bounds` (degrees).

    In China the CGCS2000 3-degree Gauss-Krueger zone of their middle, without zone number in
    the easting (EPSG 4534 to 4554 for the central meridians 75E to 135E); elsewhere a
    transverse Mercator on the CGCS2000 ellipsoid through their middle.
    """
    longitude = (bounds[0] + bounds[2]) / 2
    latitude = (bounds[1] + bounds[3]) / 2
    if CHINA[0] <= longitude <= CHINA[2] and CHINA[1] <= latitude <= CHINA[3]:
        meridian = min(max(round(longitude / 3) * 3, 75), 135)
        return pyproj.CRS.from_epsg(4534 + (meridian - 75) // 3)
    return pyproj.CRS.from_dict(
        {
            "proj": "tmerc",
            "lat_0": round(latitude, 1),
            "lon_0": round(longitude, 1),
            "k_0": 1,
            "x_0": 500_000,
            "y_0": 0,
            "ellps": "GRS80",
            "units": "m",
        }
    )


def to_stored(frame: GeoDataFrame) -> GeoDataFrame:
    """Return `frame`, whose CRS is set, in the stored CRS (longitude first)."""
    return frame.to_crs(STORED)


def to_plane(frame: GeoDataFrame, plane: pyproj.CRS) -> GeoDataFrame:
    """Return `frame` in the metres of `plane` (easting first)."""
    return frame.to_crs(plane)
