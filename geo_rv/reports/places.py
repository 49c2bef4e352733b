"""Where features are, for maps: points upon them, and shapes that can be drawn."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from geopandas import GeoDataFrame

from geo_rv.geodesy.measure import Floats, Geometries
from geo_rv.geodesy.plane import project

_POINT = 0


def find_places(frame: GeoDataFrame, plane: pyproj.CRS) -> Floats:
    """Return a point on each feature, shape (n, 2), metres east and north; NaN without one."""
    geometries = keep_drawable(frame.geometry.to_numpy())
    spread = shapely.get_type_id(geometries) > _POINT
    geometries[spread] = shapely.point_on_surface(shapely.make_valid(geometries[spread]))
    known = ~shapely.is_missing(geometries)
    places = np.full((len(geometries), 2), np.nan)
    places[known] = project(shapely.get_coordinates(geometries[known]), plane)
    return places


def keep_drawable(geometries: Geometries) -> Geometries:
    """Return `geometries` in two dimensions, None for those empty or with a wild coordinate."""
    flat: Geometries = shapely.force_2d(geometries)
    coordinates, owners = shapely.get_coordinates(flat, return_index=True)
    flat[owners[~np.isfinite(coordinates).all(axis=1)]] = None
    flat[shapely.is_empty(flat)] = None
    return flat
