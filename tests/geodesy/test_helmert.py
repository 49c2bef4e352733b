"""Seven parameters against the formula worked out by hand in geocentric coordinates."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest

from geo_rv.errors import ParametersUnusable
from geo_rv.geodesy.crs import STORED, find_area_of_use
from geo_rv.geodesy.helmert import bind_to_stored, require_parameters

# semi-major axis, inverse flattening
IAG_1975 = (6378140.0, 298.257)
KRASSOWSKY = (6378245.0, 298.3)
CGCS2000 = (6378137.0, 298.257222101)
PARAMETERS = (-100.5, 50.25, 20.125, 1.5, -2.25, 3.125, 4.5)
PLACES = np.array([[113.85569, 31.85], [75.1, 39.5], [134.2, 48.4], [109.5, 18.3]])


def to_geocentric(degrees, ellipsoid):
    axis, inverse = ellipsoid
    squared = 2 / inverse - 1 / inverse**2
    lon, lat = np.radians(degrees).T
    radius = axis / np.sqrt(1 - squared * np.sin(lat) ** 2)
    return np.stack(
        [
            radius * np.cos(lat) * np.cos(lon),
            radius * np.cos(lat) * np.sin(lon),
            radius * (1 - squared) * np.sin(lat),
        ]
    )


def to_degrees(places, ellipsoid):
    axis, inverse = ellipsoid
    squared = 2 / inverse - 1 / inverse**2
    x, y, z = places
    across = np.hypot(x, y)
    lat = np.arctan2(z, across * (1 - squared))
    for _ in range(20):
        radius = axis / np.sqrt(1 - squared * np.sin(lat) ** 2)
        lat = np.arctan2(z + squared * radius * np.sin(lat), across)
    return np.degrees(np.stack([np.arctan2(y, x), lat], axis=1))


def convert_by_hand(degrees, ellipsoid, parameters):
    """The Bursa model of Chinese textbooks: X2 = dX + (1 + m)(X1 + rz Y1 - ry Z1) …"""
    dx, dy, dz, *rotations, ppm = parameters
    rx, ry, rz = (math.radians(seconds / 3600) for seconds in rotations)
    turn = np.array([[1, rz, -ry], [-rz, 1, rx], [ry, -rx, 1]])
    shift = np.array([[dx], [dy], [dz]])
    moved = shift + (1 + ppm * 1e-6) * (turn @ to_geocentric(degrees, ellipsoid))
    return to_degrees(moved, CGCS2000)


def convert(crs, coordinates):
    transformer = pyproj.Transformer.from_crs(crs, STORED, always_xy=True)
    return np.column_stack(transformer.transform(*np.asarray(coordinates).T))


@pytest.mark.parametrize(("code", "ellipsoid"), [(4610, IAG_1975), (4214, KRASSOWSKY)])
def test_degrees_go_by_the_formula(code, ellipsoid):
    bound = bind_to_stored(pyproj.CRS.from_epsg(code), PARAMETERS)

    wanted = convert_by_hand(PLACES, ellipsoid, PARAMETERS)

    assert np.abs(convert(bound, PLACES) - wanted).max() < 1e-11
    # it is no rounding that is looked at: these parameters move a place by a hundred metres
    assert np.abs(wanted - PLACES).max() > 1e-3


@pytest.mark.parametrize(
    ("code", "geographic", "ellipsoid"), [(2362, 4610, IAG_1975), (2435, 4214, KRASSOWSKY)]
)
def test_planes_go_by_the_formula_to_a_tenth_of_a_millimetre(code, geographic, ellipsoid):
    plane = pyproj.CRS.from_epsg(code)
    place = PLACES[:1]
    to_plane = pyproj.Transformer.from_crs(pyproj.CRS(geographic), plane, always_xy=True)
    metres = np.column_stack(to_plane.transform(*place.T))

    found = convert(bind_to_stored(plane, PARAMETERS), metres)

    assert np.abs(found - convert_by_hand(place, ellipsoid, PARAMETERS)).max() < 1e-9


def test_each_parameter_has_its_own_effect():
    xian = pyproj.CRS.from_epsg(4610)
    for at in range(7):
        parameters = [0.0] * 7
        parameters[at] = 10.0
        found = convert(bind_to_stored(xian, parameters), PLACES)
        assert np.abs(found - convert_by_hand(PLACES, IAG_1975, parameters)).max() < 1e-11


def test_position_vectors_have_the_rotations_the_other_way_round():
    dx, dy, dz, rx, ry, rz, ppm = PARAMETERS
    by_proj = pyproj.CRS.from_proj4(
        f"+proj=longlat +a=6378140 +rf=298.257 +towgs84={dx},{dy},{dz},{-rx},{-ry},{-rz},{ppm}"
    )
    to_wgs84 = pyproj.Transformer.from_crs(by_proj, "OGC:CRS84", always_xy=True)
    wanted = np.column_stack(to_wgs84.transform(*PLACES.T))

    found = convert(bind_to_stored(pyproj.CRS.from_epsg(4610), PARAMETERS), PLACES)

    # the ellipsoids of WGS 84 and CGCS2000 differ by 0.1 mm
    assert np.abs(found - wanted).max() < 2e-9


def test_a_bound_system_is_bound_anew_and_used_where_it_was():
    xian = pyproj.CRS.from_epsg(2362)
    once = bind_to_stored(xian, [1.0] * 7)

    again = bind_to_stored(once, PARAMETERS)

    assert again.source_crs == xian
    assert find_area_of_use(again) == xian.area_of_use.bounds
    assert np.array_equal(
        convert(again, [[38486341.535, 3525228.686]]),
        convert(bind_to_stored(xian, PARAMETERS), [[38486341.535, 3525228.686]]),
    )


@pytest.mark.parametrize(
    "parameters", [(), (1.0,), PARAMETERS[:6], (*PARAMETERS, 1.0), (*PARAMETERS[:6], math.inf)]
)
def test_anything_but_seven_numbers_is_one_error(parameters):
    with pytest.raises(ParametersUnusable) as refused:
        require_parameters(parameters)
    assert str(len(parameters)) in refused.value.in_language("zh")
    with pytest.raises(ParametersUnusable):
        bind_to_stored(pyproj.CRS.from_epsg(4610), parameters)
