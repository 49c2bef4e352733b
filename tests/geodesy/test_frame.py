"""The local frame alone, against Karney's geodesics."""

import numpy as np
import pyproj
import pytest

from geo_rv.geodesy.frame import TERMS, fit_frames

GRS80 = pyproj.Geod(ellps="GRS80")
COUNT = 3000


def place_in_frames(frames, middle, lat0, east, north):
    """Return metres east and north of points at `lat0`, by the formula as it is written down."""
    powers = (lat0 - middle)[:, np.newaxis] ** np.arange(len(frames))
    a0, a1, a2, a3, a4, a5, b0, b1, b2, b3, c0, c1, c2, c3 = (powers @ frames).T
    x = east * (a0 + a1 * north + a2 * north**2 + a3 * north**3 + east**2 * (a4 + a5 * north))
    y = north * (b0 + b1 * north + b2 * north**2 + b3 * north**3) + east**2 * (
        c0 + c1 * north + c2 * north**2 + c3 * east**2
    )
    return x, y


def find_error(south, north, reach_m):
    """Return by how much a place up to `reach_m` away stands elsewhere than it should, at most."""
    rng = np.random.default_rng([int(south) + 90, int(north) + 90, int(reach_m)])
    frames = fit_frames(south, north)
    assert frames.shape[1] == TERMS
    lat0 = rng.uniform(south, north, COUNT)
    azimuths = rng.uniform(0, 360, COUNT)
    distances = 10 ** rng.uniform(-1, np.log10(reach_m), COUNT)
    lon, lat, _ = GRS80.fwd(np.zeros(COUNT), lat0, azimuths, distances)
    x, y = place_in_frames(frames, (south + north) / 2, lat0, lon, lat - lat0)
    azimuths = np.radians(azimuths)
    return np.hypot(x - distances * np.sin(azimuths), y - distances * np.cos(azimuths)).max()


@pytest.mark.parametrize("span", [0, 1, 5])
@pytest.mark.parametrize("middle", [-70, -53, -18, 0, 18, 31.85, 45, 53, 67])
def test_places_stand_where_the_geodesic_leads(middle, span):
    south, north = middle - span / 2, middle + span / 2
    assert find_error(south, north, 1_000) < 1e-6
    assert find_error(south, north, 25_000) < 1e-4
    assert find_error(south, north, 100_000) < 1e-2


@pytest.mark.parametrize("middle", [-77.5, 77.5])
def test_near_the_pole_a_town_still_is_right(middle):
    assert find_error(middle - 2.5, middle + 2.5, 1_000) < 1e-6
    assert find_error(middle - 2.5, middle + 2.5, 25_000) < 1e-3


@pytest.mark.parametrize(
    ("south", "north"),
    [(18, 53), (0, 60), (-30, 30), (-60, 0), (10, 70), (-70, -10), (-70, 70)],
)
def test_layers_far_apart_share_one_series(south, north):
    assert find_error(south, north, 1_000) < 1e-6
    assert find_error(south, north, 25_000) < 1e-4
    assert find_error(south, north, 100_000) < 1e-2


def test_the_factors_are_those_of_the_ellipsoid():
    # one degree along the parallel and the meridian: N cos(lat) and M, in metres
    latitudes = np.array([18.0, 31.85, 53.0])
    frames = fit_frames(18.0, 53.0)
    factors = (latitudes - 35.5)[:, np.newaxis] ** np.arange(len(frames)) @ frames
    sines = np.sin(np.radians(latitudes))
    across = GRS80.a / np.sqrt(1 - GRS80.es * sines**2)
    along = across * (1 - GRS80.es) / (1 - GRS80.es * sines**2)
    assert factors[:, 0] == pytest.approx(
        across * np.cos(np.radians(latitudes)) * np.pi / 180, rel=1e-9
    )
    assert factors[:, 6] == pytest.approx(along * np.pi / 180, rel=1e-9)
    # x = (N cos lat - M sin lat p) l: the second order of the issue
    assert factors[:, 1] == pytest.approx(-along * sines * (np.pi / 180) ** 2, rel=1e-4)


@pytest.mark.parametrize("latitude", [80, 85, 87, 88, -88])
def test_frames_are_numbers_near_the_poles(latitude):
    for south, north in ((latitude, latitude), (31, latitude), (latitude, 31)):
        assert np.isfinite(fit_frames(min(south, north), max(south, north))).all()
