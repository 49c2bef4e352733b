"""The villages of a project as a plane of metres, and which of them features lie in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from geopandas import GeoDataFrame
from shapely import STRtree

from geo_rv.catalogue import IDENTITY
from geo_rv.geodesy.local import measure_degrees
from geo_rv.geodesy.measure import Floats, Indices
from geo_rv.geodesy.validity import make_valid
from geo_rv.intake.quality.overlay import intersect
from geo_rv.intake.quality.vertices import Geometries

NOWHERE = -1


@dataclass(frozen=True)
class Town:
    """Villages, in metres east and north at their middle latitude (right to 0.5 % near by)."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    """What each village is called; its code where it has no name."""
    faces: Geometries
    metres: Floats
    """How long a degree of longitude and one of latitude are."""

    def to_metres(self, geometry: Geometries) -> Geometries:
        """Return geometries in degrees in the town's plane."""
        return np.asarray(shapely.transform(geometry, lambda places: places * self.metres))


@dataclass(frozen=True)
class Lie:
    """Where features lie."""

    village: Indices
    """The place in the town's list of the village that holds most of each, or NOWHERE."""
    share: Floats
    """How much of each lies in that village, from 0 to 1."""
    inside: Floats
    """How much of each lies in any village, from 0 to 1."""


def make_town(villages: GeoDataFrame) -> Town:
    """Return the plane of `villages`, a layer frame in degrees."""
    names = villages["name"].astype(object)
    codes = villages[IDENTITY].astype(object)
    _, south, _, north = villages.total_bounds
    town = Town(
        codes=tuple(codes),
        names=tuple(names.where(names.notna(), codes)),
        faces=np.empty(0, dtype=object),
        metres=measure_degrees(np.array([(south + north) / 2]))[0],
    )
    faces = make_valid(town.to_metres(np.asarray(villages.geometry.array)))
    shapely.prepare(faces)
    return Town(town.codes, town.names, faces, town.metres)


def locate(geometry: Geometries, town: Town) -> Lie:
    """Return where each of `geometry`, in the town's plane, lies; None lies nowhere."""
    tree = STRtree(geometry)
    count = len(geometry)
    village = np.full(count, NOWHERE)
    share, inside = np.zeros(count), np.zeros(count)
    holding, held = tree.query(town.faces, predicate="covers")
    # on a common border, or where villages overlap, nobody can say in which it is
    village[held], share[held], inside[held] = holding, 1 / np.bincount(held)[held], 1.0
    touching, touched = tree.query(town.faces, predicate="intersects")
    is_open = village[touched] == NOWHERE
    touching, touched = touching[is_open], touched[is_open]
    crossing = geometry[touched]
    dimension = shapely.get_dimensions(crossing)
    pieces = intersect(crossing, town.faces[touching])
    shares = _measure(pieces, dimension) / _measure(crossing, dimension)
    # the largest piece of each stands last
    order = np.lexsort((shares, touched))
    village[touched[order]], share[touched[order]] = touching[order], shares[order]
    inside += np.bincount(touched, weights=shares, minlength=count)
    return Lie(village, share, np.minimum(inside, 1.0))


def _measure(geometry: Geometries, dimension: Indices) -> Floats:
    """Return the area of faces, the length of lines, and the number of points.

    `dimension` says which: where two faces touch, they share a line and no area.
    """
    lengths = np.where(
        dimension == 1, shapely.length(geometry), shapely.get_num_coordinates(geometry)
    )
    return np.asarray(np.where(dimension == 2, shapely.area(geometry), lengths))
