import numpy as np
import pyproj
import pytest

from geo_rv.geodesy.crs import choose_plane
from geo_rv.geodesy.plane import LONGEST_EDGE_M, bound_stretch, densify, project, unproject

GRS80 = pyproj.Geod(ellps="GRS80")
PLANE = pyproj.CRS("EPSG:4547")


def test_coordinates_go_to_the_plane_and_back():
    degrees = np.array([[113.85569, 31.85], [115.5, 33.0]])
    metres = project(degrees, PLANE)
    assert metres[0] == pytest.approx([486341.535, 3525228.686], abs=1e-3)
    assert unproject(metres, PLANE) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "bounds",
    [
        (113.8, 31.8, 114.0, 32.0),
        (112.5, 18.0, 115.5, 20.0),
        (115.4, 52.0, 115.6, 53.0),
        (108.0, 30.0, 118.0, 33.0),
    ],
)
def test_no_two_places_stretch_more_than_the_bound(bounds):
    rng = np.random.default_rng(1)
    west, south, east, north = bounds
    starts = rng.uniform((west, south), (east, north), (2000, 2))
    azimuths = rng.uniform(0, 360, len(starts))
    lon, lat, _ = GRS80.fwd(*starts.T, azimuths, np.full(len(starts), 10.0))
    steps = project(np.column_stack([lon, lat]), PLANE) - project(starts, PLANE)
    lengths = np.hypot(*steps.T)
    observed = lengths.max() / lengths.min()
    bound = bound_stretch(bounds, PLANE)
    assert observed <= bound
    # and the bound is of use: it lets through few candidates too many
    assert bound - 1 < 4 * (observed - 1) + 1e-5


def test_long_edges_are_cut_along_their_geodesic_and_short_ones_left():
    coordinates = np.array(
        [[113.0, 31.0], [113.003, 31.0], [113.3, 31.2], [120.0, 40.0], [120.001, 40.0]]
    )
    lines = np.array([0, 0, 0, 4, 4])
    dense, dense_lines = densify(coordinates, lines)
    assert set(map(tuple, coordinates)) <= set(map(tuple, dense))
    first = dense[dense_lines == 0]
    _, _, steps = GRS80.inv(*first[:-1].T, *first[1:].T)
    assert steps.max() <= LONGEST_EDGE_M
    _, _, whole = GRS80.inv(*coordinates[:2].T, *coordinates[1:3].T)
    # points beside the geodesic would make the way longer
    assert steps.sum() == pytest.approx(whole.sum(), abs=1e-6)
    assert np.array_equal(dense[dense_lines == 4], coordinates[3:])


def test_nothing_is_added_where_nothing_is_long():
    coordinates, lines = np.array([[113.0, 31.0], [113.001, 31.0]]), np.array([0, 0])
    assert densify(coordinates, lines)[0] is coordinates
    empty, none = densify(np.empty((0, 2)), np.empty(0, dtype=np.int64))
    assert len(empty) == len(none) == 0


@pytest.mark.parametrize("lon", [112.5, 115.5, 117.0])
def test_a_straight_edge_of_the_plane_is_a_geodesic_to_a_millimetre(lon):
    ends = np.array([[lon, 40.0], [lon + 0.0045, 40.002]])
    azimuth, _, length = GRS80.inv(*ends[0], *ends[1])
    middle = np.array([GRS80.fwd(*ends[0], azimuth, length / 2)[:2]])
    chord = project(ends, PLANE).mean(axis=0)
    assert length == pytest.approx(445, abs=30)
    assert np.hypot(*(project(middle, PLANE)[0] - chord)) < 1e-3


def test_the_chosen_plane_of_a_county_abroad_is_flat_enough():
    bounds = (9.4, 47.0, 9.7, 47.3)
    assert bound_stretch(bounds, choose_plane(bounds)) < 1.00002
