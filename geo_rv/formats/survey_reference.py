"""Which coordinate system the points of a survey coordinate text are in, as the text says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from geo_rv.formats.survey_layout import DATUM, DEGREES_A_ZONE, PROJECTION, UNIT, ZONE
from geo_rv.formats.survey_lines import Floats, Ints, Mask, to_half_width

Obstacle = Literal[
    "unstated",
    "system",
    "projection",
    "unit",
    "width",
    "width_zone",
    "zone",
    "zone_missing",
    "repeated",
]

_DATUMS: Final = (
    (re.compile(r"2000|cgcs", re.IGNORECASE), "cgcs2000"),
    (re.compile(r"西安|xi.?an|80"), "xian80"),
    (re.compile(r"北京|beijing|54", re.IGNORECASE), "beijing54"),
)
_OWN: Final = re.compile(r"独立|地方|城建|local", re.IGNORECASE)
"""A system of a town's own, whatever it was made from."""
_GEOGRAPHIC: Final = {"cgcs2000": 4490, "xian80": 4610, "beijing54": 4214}
_WITH_ZONE: Final = {
    ("cgcs2000", 3): 4513, ("cgcs2000", 6): 4491,
    ("xian80", 3): 2349, ("xian80", 6): 2327,
    ("beijing54", 3): 2401, ("beijing54", 6): 21413,
}  # fmt: skip
"""The EPSG code of the first zone whose number stands in the easting; the others follow."""
_WITHOUT_ZONE: Final = {
    ("cgcs2000", 3): 4534, ("cgcs2000", 6): 4502,
    ("xian80", 3): 2370, ("xian80", 6): 2338,
    ("beijing54", 3): 2422, ("beijing54", 6): 21453,
}  # fmt: skip
"""The same for eastings without it; the first central meridian is 75E."""
_ZONES: Final = {3: range(25, 46), 6: range(13, 24)}
"""The numbers of China's zones by their width in degrees: no number is of both widths."""
_FIRST_MERIDIAN: Final = 75
_PLANE: Final = re.compile(r"高斯|gauss", re.IGNORECASE)
_METRE: Final = ("米", "m", "metre", "meter")
_DEGREE: Final = ("度", "°", "degree")
_METRES_A_ZONE: Final = 1e6
# Gauss-Krueger metres on land and sea of China, and degrees
_NORTH_M: Final = (3e5, 6.0e6)
_EAST_M: Final = (1e5, 9e5)
_NORTH_DEGREES: Final = (3.0, 54.0)
_EAST_DEGREES: Final = (73.0, 136.0)


@dataclass(frozen=True)
class Reference:
    """What a text says of its coordinate system."""

    epsg: int | None
    """The code of the system, which has no other choice left; None where that is not told."""
    obstacle: Obstacle | None = None
    """Why it is not told: what is missing, not known, or contradicts what else is said."""
    said: str = ""
    """What the text says, or does not fit with it."""


def find_turned(north: Floats, east: Floats, plots: Ints, count: int) -> Mask:
    """Return in which of the `count` plots X and Y have changed places.

    X is north and has seven digits before the point, Y is east and has six, or eight with the
    zone; in degrees north is below 54 and east above 73. Only a plot of which no point fits as
    it is written, and every one fits turned, is meant.
    """
    fits = np.bincount(plots[_fit(north, east)], minlength=count)
    misfits = np.bincount(plots[~_fit(east, north)], minlength=count)
    is_turned: Mask = (fits == 0) & (misfits == 0) & (np.bincount(plots, minlength=count) > 0)
    return is_turned


def find_zones(east: Floats) -> Ints:
    """Return the zone number that stands in each easting, 0 where there is none."""
    return (east // _METRES_A_ZONE).astype(np.int64)


def find_reference(values: Mapping[str, str], zone: int, *, is_degrees: bool) -> Reference:
    """Return the system that `values`, those of the text's attributes, name.

    `zone` is what stands in the eastings, or 0; `is_degrees` whether the coordinates can be
    nothing else but degrees.
    """
    told = {key: to_half_width(value) for key, value in values.items()}
    datum = _find_datum(told.get(DATUM, ""))
    if datum is None:
        said = told.get(DATUM, "")
        return Reference(None, "system" if said else "unstated", said)
    unit = told.get(UNIT, "").casefold()
    if unit in _DEGREE or (is_degrees and not unit):
        return Reference(_GEOGRAPHIC[datum])
    if is_degrees or (unit and unit not in _METRE):
        return Reference(None, "unit", unit)
    projection = told.get(PROJECTION, "")
    if projection and not _PLANE.search(projection):
        return Reference(None, "projection", projection)
    return _find_plane(datum, told.get(DEGREES_A_ZONE, ""), told.get(ZONE, ""), zone)


def are_degrees(north: Floats, east: Floats) -> bool:
    """Return whether all coordinates can only be degrees, whichever way round they are."""
    largest = np.maximum(np.abs(north), np.abs(east))
    return bool(largest.max(initial=0.0) <= 180) and len(north) > 0


def _find_plane(datum: str, width_said: str, zone_said: str, zone: int) -> Reference:
    """Return the Gauss-Krueger system whose zone stands in the eastings (`zone`) or is said."""
    width, number = _read_whole(width_said), _read_whole(zone_said)
    if width_said and width not in _ZONES:
        return Reference(None, "width", width_said)
    if not zone:
        return _find_said(datum, width, number, zone_said)
    in_easting = _find_width(zone)
    if in_easting is None or width not in (None, in_easting):
        return Reference(None, "width_zone", str(zone))
    if number not in (None, zone, _find_meridian(in_easting, zone)):
        return Reference(None, "zone", zone_said)
    return Reference(_WITH_ZONE[datum, in_easting] + zone - _ZONES[in_easting].start)


def _find_said(datum: str, width: int | None, number: int | None, said: str) -> Reference:
    """Return the system of eastings without zone: `number` is that of a zone or its meridian."""
    if number is None:
        return Reference(None, "zone_missing", said)
    by_meridian = {_find_meridian(width, zone): zone for zone in _ZONES[width]} if width else {}
    zone = by_meridian.get(number, number)
    found = _find_width(zone)
    if found is None or width not in (None, found):
        return Reference(None, "width_zone", said)
    return Reference(_WITHOUT_ZONE[datum, found] + zone - _ZONES[found].start)


def _find_width(zone: int) -> int | None:
    """Return how many degrees wide the zones are that have the number `zone`."""
    return next((width for width, zones in _ZONES.items() if zone in zones), None)


def _find_meridian(width: int, zone: int) -> int:
    """Return the central meridian of a zone, in degrees east."""
    return _FIRST_MERIDIAN + (zone - _ZONES[width].start) * width


def _find_datum(said: str) -> str | None:
    found = [datum for pattern, datum in _DATUMS if pattern.search(said)]
    return found[0] if len(found) == 1 and not _OWN.search(said) else None


def _read_whole(said: str) -> int | None:
    """Return the one whole number in what is said ("38", "38带", "3度带"), or None."""
    numbers = re.findall(r"\d+(?:\.\d+)?", said.replace("三", "3").replace("六", "6"))
    return int(numbers[0]) if len(numbers) == 1 and numbers[0].isdigit() else None


def _fit(north: Floats, east: Floats) -> Mask:
    """Return which points lie where points of China do."""
    in_metres = _lie_in(north, _NORTH_M) & _lie_in(east % _METRES_A_ZONE, _EAST_M)
    in_degrees = _lie_in(north, _NORTH_DEGREES) & _lie_in(east, _EAST_DEGREES)
    is_zoned = np.isin(find_zones(east), (0, *_ZONES[3], *_ZONES[6]))
    fits: Mask = (in_metres & is_zoned) | in_degrees
    return fits


def _lie_in(values: Floats, bounds: tuple[float, float]) -> Mask:
    return (bounds[0] <= values) & (values <= bounds[1])
