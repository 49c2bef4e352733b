"""Slopes and aspects against planes that are known, and against GDAL on real hills."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.analysis.terrain import COMPASS, describe_relief, measure_slopes, name_aspect
from geo_rv.geodesy.plane import unproject
from geo_rv.intake.readers.terrain import Terrain, read_terrain

GEOD = pyproj.Geod(ellps="GRS80")
SRTM = Path(__file__).parents[3] / "shared" / "data" / "dem-srtm" / "N50E011.hgt.zip"
ZONE = pyproj.CRS("EPSG:4547")
WEST, NORTH = 486_000.0, 3_526_000.0


def make_plane_terrain(slope, aspect, *, side=30.0, cells=40):
    """Return a plane that falls by `slope` degrees in the direction `aspect`, in metres."""
    rows, columns = np.mgrid[0:cells, 0:cells]
    east, north = columns * side, -rows * side
    fall = np.tan(np.radians(slope))
    direction = np.radians(aspect)
    heights = 1000 - fall * (east * np.sin(direction) + north * np.cos(direction))
    return Terrain(heights.astype(np.float32), ZONE, WEST, NORTH, side, side)


def place(shape):
    """Return a shape, in metres east and south of the grid's corner, in degrees."""
    metres = shapely.transform(shape, lambda c: np.column_stack([WEST + c[:, 0], NORTH - c[:, 1]]))
    return shapely.transform(metres, lambda c: unproject(c, ZONE))


@given(st.floats(0.5, 60), st.floats(0, 359.9))
def test_a_plane_has_its_slope_and_aspect_everywhere(slope, aspect):
    slopes, aspects = measure_slopes(make_plane_terrain(slope, aspect))
    inner = slopes[1:-1, 1:-1]
    assert inner == pytest.approx(slope, abs=0.02)
    turned = (aspects[1:-1, 1:-1] - aspect + 180) % 360 - 180
    assert np.abs(turned).max() < 0.5
    assert np.isnan(slopes[0]).all()
    assert np.isnan(slopes[:, -1]).all()


def test_a_grid_in_degrees_is_measured_in_metres_on_the_ground():
    """A plane laid over a grid in degrees at 53 north, where a degree east is short."""
    step, lat, lon = 1 / 1200, 53.0, 113.0
    columns = np.arange(50)
    east = GEOD.inv(np.full(50, lon), np.full(50, lat), lon + columns * step, np.full(50, lat))[2]
    heights = np.tile(0.1 * east, (50, 1)).astype(np.float32)
    terrain = Terrain(heights, pyproj.CRS("EPSG:4326"), lon, lat + 25 * step, step, step)
    slopes, aspects = measure_slopes(terrain)
    assert slopes[25, 10:40] == pytest.approx(np.degrees(np.arctan(0.1)), rel=2e-3)
    assert aspects[25, 10:40] == pytest.approx(270, abs=0.01)


def test_level_land_faces_nowhere():
    slopes, aspects = measure_slopes(make_plane_terrain(0, 0))
    assert (slopes[1:-1, 1:-1] == 0).all()
    assert np.isnan(aspects).all()
    relief = describe_relief(np.array([place(shapely.box(200, 200, 500, 500))]),
                             make_plane_terrain(0.4, 90))  # fmt: skip
    assert relief.slope_deg[0] == pytest.approx(0.4, abs=0.02)
    assert np.isnan(relief.aspect_deg[0])


def test_a_patch_has_the_mean_of_its_cells():
    """Half of the patch on a plane of 10 degrees, half on one of 20."""
    gentle, steep = make_plane_terrain(10, 180), make_plane_terrain(20, 180)
    heights = gentle.heights_m.copy()
    heights[:, 20:] = steep.heights_m[:, 20:]
    terrain = Terrain(heights, ZONE, WEST, NORTH, 30.0, 30.0)
    patches = np.array(
        [place(shapely.box(60, 300, 540, 600)), place(shapely.box(690, 300, 1100, 600))]
    )
    relief = describe_relief(patches, terrain)
    assert relief.slope_deg == pytest.approx([10, 20], abs=0.1)
    assert relief.aspect_deg == pytest.approx([180, 180], abs=0.5)
    assert relief.known.tolist() == [1, 1]


def test_aspects_are_averaged_round_the_compass():
    """One slope faces 350 degrees, the next 10: together they face north, not south."""
    west, east = make_plane_terrain(10, 350), make_plane_terrain(10, 10)
    heights = west.heights_m.copy()
    heights[:, 20:] = east.heights_m[:, 20:]
    terrain = Terrain(heights, ZONE, WEST, NORTH, 30.0, 30.0)
    # columns 2 to 17 and 22 to 37: the seam is left out
    ring = shapely.MultiPolygon([shapely.box(60, 300, 540, 600), shapely.box(660, 300, 1140, 600)])
    relief = describe_relief(np.array([place(ring)]), terrain)
    assert (relief.aspect_deg[0] + 180) % 360 == pytest.approx(180, abs=1)


def test_a_patch_smaller_than_a_cell_has_the_cell_it_lies_in():
    terrain = make_plane_terrain(15, 90)
    relief = describe_relief(np.array([place(shapely.box(301, 301, 304, 304))]), terrain)
    assert relief.slope_deg[0] == pytest.approx(15, abs=0.05)


def test_what_is_not_known_is_empty_and_told():
    terrain = make_plane_terrain(15, 90)
    terrain.heights_m[:, 20:] = np.nan
    patches = np.array(
        [
            place(shapely.box(60, 300, 300, 600)),  # all known
            place(shapely.box(360, 300, 690, 600)),  # over the seam, most of it known
            place(shapely.box(720, 300, 1000, 600)),  # in the void
            place(shapely.box(-5000, 300, -4000, 600)),  # beside the grid
        ]
    )
    relief = describe_relief(patches, terrain)
    assert np.isnan(relief.slope_deg).tolist() == [False, False, True, True]
    assert relief.slope_deg[:2] == pytest.approx([15, 15], abs=0.1)
    assert relief.known[0] == 1
    assert 0.5 <= relief.known[1] < 1
    assert relief.known[2:].tolist() == [0, 0]


def test_without_a_terrain_nothing_is_known():
    relief = describe_relief(np.array([place(shapely.box(0, 0, 1, 1))]), None)
    assert np.isnan(relief.slope_deg).all()
    assert describe_relief(np.empty(0, dtype=object), make_plane_terrain(5, 5)).known.size == 0


@given(st.floats(0, 359.999))
def test_an_aspect_has_the_name_of_its_eighth(aspect):
    name = name_aspect(aspect)
    middle = 45 * COMPASS.index(name)
    assert abs((aspect - middle + 180) % 360 - 180) <= 22.5


def test_real_hills_have_the_slopes_that_gdal_gives_them(tmp_path):
    """SRTM, resampled by GDAL to metres: gdaldem's Horn slope and aspect are the oracle."""
    if not SRTM.is_file():
        pytest.skip("the real file N50E011.hgt.zip is not beside the checkout")
    if not shutil.which("gdaldem"):
        pytest.skip("gdaldem is not on this machine")
    with zipfile.ZipFile(SRTM) as archive:
        archive.extract("N50E011.hgt", tmp_path)
    flat = tmp_path / "flat.tif"
    warp = ["gdalwarp", "-q", "-t_srs", "EPSG:32632", "-tr", "90", "90", "-r", "bilinear"]
    extent = ["-te", "660000", "5545000", "672000", "5557000", tmp_path / "N50E011.hgt", flat]
    subprocess.run([*warp, "-ot", "Float32", *extent], check=True)
    bounds = (11.2, 50.03, 11.4, 50.15)
    ours = measure_slopes(read_terrain(flat, bounds))
    whole = read_terrain(flat, bounds)
    for number, mode in enumerate(("slope", "aspect")):
        theirs_file = tmp_path / f"{mode}.tif"
        subprocess.run(["gdaldem", mode, "-q", flat, theirs_file], check=True)
        theirs = read_terrain(theirs_file, bounds)
        assert theirs.heights_m.shape == whole.heights_m.shape
        mine = ours[number]
        known = ~np.isnan(mine) & ~np.isnan(theirs.heights_m) & (ours[0] > 0.5)
        assert known.sum() > 10_000
        difference = np.abs(mine - theirs.heights_m)[known]
        assert np.minimum(difference, 360 - difference).max() < 0.05


def test_a_real_tile_is_read_where_its_name_says(tmp_path):
    if not SRTM.is_file():
        pytest.skip("the real file N50E011.hgt.zip is not beside the checkout")
    with zipfile.ZipFile(SRTM) as archive:
        archive.extract("N50E011.hgt", tmp_path)
    terrain = read_terrain(tmp_path / "N50E011.hgt", (11.3, 50.2, 11.5, 50.4))
    raw = np.fromfile(tmp_path / "N50E011.hgt", ">i2").reshape(1201, 1201)
    # cell (r, c) of the file stands for 51 - r/1200 north, 11 + c/1200 east
    row = round((51 - (terrain.north - terrain.step_y / 2)) * 1200)
    column = round((terrain.west + terrain.step_x / 2 - 11) * 1200)
    shape = terrain.heights_m.shape
    assert terrain.heights_m == pytest.approx(raw[row : row + shape[0], column : column + shape[1]])
    assert terrain.west < 11.3
    assert terrain.west + shape[1] * terrain.step_x > 11.5
