"""Pairs of numbers into places: which of the two is the easting, and in which zone it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo_rv.errors import AxesAmbiguous, CrsMissing
from geo_rv.formats.angles import LATITUDE, LONGITUDE
from geo_rv.geodesy.crs import CHINA, Bounds, choose_plane, find_area_of_use
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.wish import Surroundings, Task

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MARGIN = 1.0
"""How far outside a system's area of use, in degrees, points may lie that are meant in it."""
_NEARBY = 0.5
"""How far from the project, in degrees, points may lie that are read in the project's plane."""
_ZONE_WIDTH = 1_000_000.0
# zones of 3 degrees are 25 to 45 in China, those of 6 degrees 13 to 23: no number is both
_EPSG_OF_ZONES = {zone: 4488 + zone for zone in range(25, 46)} | {
    zone: 4478 + zone for zone in range(13, 24)
}
_EASTINGS = (100_000.0, 900_000.0)
_NORTHINGS = (300_000.0, 6_200_000.0)


@dataclass(frozen=True)
class Pair:
    """Two numbers a row, as the file has them."""

    numbers: Floats
    """(rows, 2): what stands first, and what stands second."""
    axes: NDArray[np.int8]
    """(rows, 2): which of LONGITUDE and LATITUDE the cell itself says that it is."""
    is_read: Mask
    rows: NDArray[np.int64]
    """The number of each row, as the user sees it."""
    headings: tuple[str, ...]
    """Two columns, or the one that holds both."""
    is_open: bool
    """Whether the headings leave open which of the two is which."""


@dataclass(frozen=True)
class Placed:
    """The places that pairs mean."""

    points: Floats
    """(rows, 2): east or longitude first."""
    is_placed: Mask
    """Elsewhere `problems` tell, or the pair was not read."""
    crs: pyproj.CRS
    problems: tuple[Problem, ...]


def place_degrees(pair: Pair, crs: pyproj.CRS) -> Placed:
    """Return pairs of degrees, longitude first.

    A pair that would lie off the Earth, or outside China while its other order lies inside, is
    turned round: as the file's way where the headings leave it open, else as a repair.
    """
    first, second = pair.numbers.T
    says_headed = (pair.axes[:, 0] == LONGITUDE) | (pair.axes[:, 1] == LATITUDE)
    says_turned = (pair.axes[:, 0] == LATITUDE) | (pair.axes[:, 1] == LONGITUDE)
    is_torn = says_headed & says_turned & pair.is_read
    is_possible = (np.abs(second) <= 90) | (np.abs(first) > 90)
    headed_in_china, turned_in_china = lie_in(first, second, CHINA), lie_in(second, first, CHINA)
    fits_headed = says_headed | (~says_turned & headed_in_china)
    fits_turned = says_turned | (~says_headed & (turned_in_china | ~is_possible))
    is_turned, problems = _turn(pair, fits_headed, fits_turned, says_headed | says_turned)
    shown = pd.Series([f"{a:.6f}, {b:.6f}" for a, b in pair.numbers[is_torn]], dtype=object)
    problems += list_problems(is_torn, pair.rows, "axes_same", value=shown)
    return Placed(_swap(pair.numbers, is_turned), pair.is_read & ~is_torn, crs, tuple(problems))


def place_metres(pair: Pair, given: pyproj.CRS | None, task: Task, *, file: str) -> Placed:
    """Return pairs of metres, easting first, and the plane that they are in.

    `given` is the plane that the user named. Where it is None, it is that of the zone that the
    eastings carry (EPSG 4488 + zone for 3 degrees, 4478 + zone for 6 degrees), or the project's,
    where the points lie in the project; each is told. Raises CrsMissing, or AxesAmbiguous where
    the headings leave the order open and neither or both fit.
    """
    if given is not None:
        headed = _lie_in_area(pair.numbers, given)
        turned = _lie_in_area(pair.numbers[:, ::-1], given)
        return _place_in(pair, given, headed, turned, file)
    zones = _read_zones(pair.numbers), _read_zones(pair.numbers[:, ::-1])
    zone = _choose_zone(np.concatenate([found[pair.is_read] for found in zones]))
    if zone is None:
        return _place_in_project(pair, task.surroundings, file)
    crs = pyproj.CRS.from_epsg(_EPSG_OF_ZONES[zone])
    placed = _place_in(pair, crs, zones[0] == zone, zones[1] == zone, file)
    other = np.maximum(*zones)
    is_other = pair.is_read & (other != zone)
    shown = pd.Series(other[is_other]).map(lambda found: str(found) if found else "-")
    told = [
        Problem("zone_read", "warning", facts={"zone": zone, "crs": _name(crs)}),
        *list_problems(is_other, pair.rows, "zone_differs", found=shown, zone=zone),
    ]
    return Placed(placed.points, placed.is_placed & ~is_other, crs, (*placed.problems, *told))


def _place_in_project(pair: Pair, surroundings: Surroundings, file: str) -> Placed:
    """Return pairs without zone in the plane of the project, where they lie near its layers."""
    bounds = bound_project(surroundings)
    if bounds is None:
        raise CrsMissing(file=file)
    plane = choose_plane(bounds)
    headed = _lie_near(pair.numbers, plane, bounds)
    turned = _lie_near(pair.numbers[:, ::-1], plane, bounds)
    if 2 * ((headed | turned) & pair.is_read).sum() <= pair.is_read.sum():
        raise CrsMissing(file=file)
    placed = _place_in(pair, plane, headed, turned, file)
    note = Problem("plane_of_project", "warning", facts={"crs": _name(plane)})
    return Placed(placed.points, placed.is_placed, plane, (*placed.problems, note))


def _place_in(pair: Pair, crs: pyproj.CRS, headed: Mask, turned: Mask, file: str) -> Placed:
    both = headed & turned
    headed, turned = headed & ~both & pair.is_read, turned & ~both & pair.is_read
    if pair.is_open and headed.sum() == turned.sum():
        x, y = pair.headings * 2 if len(pair.headings) == 1 else pair.headings
        raise AxesAmbiguous(file=file, x=x, y=y, crs=crs.name)
    is_turned, problems = _turn(pair, headed, turned, np.zeros(len(headed), dtype=bool))
    return Placed(_swap(pair.numbers, is_turned), pair.is_read, crs, tuple(problems))


def _turn(
    pair: Pair, fits_headed: Mask, fits_turned: Mask, is_sure: Mask
) -> tuple[Mask, list[Problem]]:
    """Return which pairs are taken the other way round, and what to tell of it.

    What the file's headings leave open goes by most of its rows, told once; the rows that differ
    from that, and are not sure by themselves, are told as repairs.
    """
    is_decided = (fits_headed != fits_turned) & pair.is_read
    wants_turned = is_decided & fits_turned
    most_turned = bool(2 * wants_turned.sum() > is_decided.sum())
    is_turned = pair.is_open & most_turned & ~is_decided | wants_turned
    problems = []
    if pair.is_open and most_turned:
        facts = {"x": pair.headings[0], "y": pair.headings[-1]}
        key = "axes_turned" if len(pair.headings) == 2 else "pair_turned"
        problems.append(Problem(key, "warning", facts=facts))
    is_odd = is_decided & (wants_turned != (pair.is_open and most_turned))
    if pair.is_open:
        is_odd &= ~is_sure
    facts = {"x": pair.numbers[is_odd, 0], "y": pair.numbers[is_odd, 1]}
    problems += list_problems(is_odd, pair.rows, "axes_exchanged", severity="repair", **facts)
    return is_turned, problems


def _swap(values: Floats, is_turned: Mask) -> Floats:
    return np.where(is_turned[:, None], values[:, ::-1], values)


def _read_zones(values: Floats) -> NDArray[np.int64]:
    """Return the zone that each pair carries in its first number, 0 where it carries none."""
    east, north = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).T
    zone = (east // _ZONE_WIDTH).astype(np.int64)
    rest = east % _ZONE_WIDTH
    is_zoned = np.isin(zone, list(_EPSG_OF_ZONES))
    is_zoned &= (_EASTINGS[0] <= rest) & (rest <= _EASTINGS[1])
    is_zoned &= (_NORTHINGS[0] <= north) & (north <= _NORTHINGS[1])
    return np.where(is_zoned, zone, 0)


def _choose_zone(zones: NDArray[np.int64]) -> int | None:
    found = np.bincount(zones[zones > 0])
    return int(found.argmax()) if found.size else None


def bound_project(surroundings: Surroundings) -> Bounds | None:
    """Return the box (degrees) of all that the project holds, None where it holds nothing."""
    boxes = [frame.total_bounds for frame in surroundings.layers.values() if len(frame)]
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if not boxes:
        return None
    west, south, _, _ = np.min(boxes, axis=0).tolist()
    _, _, east, north = np.max(boxes, axis=0).tolist()
    return west, south, east, north


def _lie_near(values: Floats, plane: pyproj.CRS, bounds: Bounds) -> Mask:
    return lie_in(*_to_degrees(values, plane), bounds, margin=_NEARBY)


def _lie_in_area(values: Floats, crs: pyproj.CRS) -> Mask:
    """Return which points lie in the area that `crs` is made for; nowhere where it has none."""
    area = find_area_of_use(crs)
    if area is None:
        return np.zeros(len(values), dtype=bool)
    return lie_in(*_to_degrees(values, crs), area, margin=_MARGIN)


def _to_degrees(values: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    transformer = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = transformer.transform(*values.T)
    return lon, lat


def lie_in(x: Floats, y: Floats, bounds: Bounds, *, margin: float = 0.0) -> Mask:
    """Return which points lie in the box `bounds`, made wider by `margin` on each side."""
    west, south, east, north = bounds
    is_inside: Mask = (west - margin <= x) & (x <= east + margin)
    return is_inside & (south - margin <= y) & (y <= north + margin)


def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return f"{crs.name} (EPSG:{authority[1]})" if authority else crs.name
