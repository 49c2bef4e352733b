"""Terrain files as people bring them, and as nobody should."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from geo_rv.errors import DatumRefused, SourceError, SourceMissing, SourceTooLarge, TerrainRefused
from geo_rv.intake.limits import Limits
from geo_rv.intake.readers.terrain import read_terrain

BOUNDS = (113.84, 31.83, 113.88, 31.87)


def lay_out(west, north, step):
    return Affine(step, 0, west, 0, -step, north)


CORNER = lay_out(484_000, 3_530_000, 30)


def write(file, heights=None, *, crs="EPSG:4547", transform=CORNER, count=1, **options):
    if heights is None:
        heights = np.arange(400 * 400, dtype="float32").reshape(400, 400) / 100
    with rasterio.open(
        file, "w", driver="GTiff", width=heights.shape[1], height=heights.shape[0], count=count,
        dtype=heights.dtype, crs=crs, transform=transform, **options,
    ) as target:  # fmt: skip
        for band in range(count):
            target.write(heights, band + 1)
    return file


def refuse(file, error=TerrainRefused, bounds=BOUNDS):
    with pytest.raises(error) as caught:
        read_terrain(file, bounds)
    assert caught.value.facts["file"] == file.name
    return caught.value.in_language("zh")


def test_the_cells_round_the_bounds_are_read(tmp_path):
    terrain = read_terrain(write(tmp_path / "dem.tif"), BOUNDS)
    assert terrain.crs.to_epsg() == 4547
    assert (terrain.step_x, terrain.step_y) == (30, 30)
    column = round((terrain.west - 484_000) / 30)
    row = round((3_530_000 - terrain.north) / 30)
    assert terrain.heights_m[0, 0] == pytest.approx((row * 400 + column) / 100)
    assert terrain.heights_m.size < 400 * 400
    # 113.84 east, 31.83 north and 113.88, 31.87 lie inside, by a cell at least
    assert terrain.west + 30 < 484_853
    assert terrain.west + terrain.heights_m.shape[1] * 30 > 488_650 + 30


@pytest.mark.parametrize(
    "options",
    [
        {"compress": "deflate", "tiled": True, "blockxsize": 64, "blockysize": 64},
        {"bigtiff": "yes"},
        {"compress": "lzw", "predictor": 3},
    ],
)
def test_kinds_of_geotiff(tmp_path, options):
    assert np.isfinite(read_terrain(write(tmp_path / "a.tif", **options), BOUNDS).heights_m).all()


def test_what_is_no_height_is_not_a_number(tmp_path):
    heights = np.full((400, 400), 120, dtype="int16")
    heights[150:170, :] = -32768  # declared
    heights[170:190, :] = -9999  # not declared
    terrain = read_terrain(write(tmp_path / "dem.tif", heights, nodata=-32768), BOUNDS)
    assert set(np.unique(terrain.heights_m[~np.isnan(terrain.heights_m)])) == {120}
    assert np.isnan(terrain.heights_m).any()


def test_an_srtm_tile_lies_where_its_name_says(tmp_path):
    tile = tmp_path / "n31e113.hgt"
    rows = np.arange(1201, dtype=">i2")
    np.repeat(rows, 1201).tofile(tile)
    terrain = read_terrain(tile, BOUNDS)
    assert terrain.crs.is_geographic
    row = (32 - (terrain.north - terrain.step_y / 2)) * 1200
    assert terrain.heights_m[0, 0] == pytest.approx(row, abs=1e-3)


def test_files_that_are_no_terrain_are_refused(tmp_path):
    vrt = tmp_path / "linked.tif"
    secret = write(tmp_path / "secret.tif")
    vrt.write_text(
        f'<VRTDataset rasterXSize="400" rasterYSize="400"><SRS>EPSG:4547</SRS>'
        f"<GeoTransform>484000,30,0,3530000,0,-30</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    assert "GeoTIFF" in refuse(vrt)
    for name, content in {
        "empty.tif": b"",
        "table.tif": b"lon,lat\n1,2\n",
        "N31E113.hgt": b"too short",
        "zipped.hgt": b"PK\x03\x04" + bytes(100),
        "grid.asc": b"ncols 4\nnrows 4\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        refuse(tmp_path / name)
    (tmp_path / "heights.hgt").write_bytes(bytes(2 * 1201 * 1201))
    assert "N31E113.hgt" in refuse(tmp_path / "heights.hgt")
    with pytest.raises(SourceMissing):
        read_terrain(tmp_path / "absent.tif", BOUNDS)
    with pytest.raises(SourceMissing):
        read_terrain(tmp_path, BOUNDS)


def test_what_lies_beside_a_file_is_not_looked_at(tmp_path):
    """A world file, an overview and a sidecar that link elsewhere stay where they are."""
    file = write(tmp_path / "dem.tif")
    alone = read_terrain(file, BOUNDS)
    (tmp_path / "dem.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
    (tmp_path / "dem.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:3857</SRS></PAMDataset>")
    (tmp_path / "dem.tif.ovr").write_text("<VRTDataset/>")
    again = read_terrain(file, BOUNDS)
    assert np.array_equal(alone.heights_m, again.heights_m)
    assert (alone.west, alone.crs) == (again.west, again.crs)


def test_a_damaged_file_says_so(tmp_path):
    whole = write(tmp_path / "whole.tif").read_bytes()
    for name, content in {
        "cut.tif": whole[:4000],
        "head.tif": whole[:8],
        "noise.tif": whole[:200] + bytes(range(256)) * 400,
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError) as caught:
            read_terrain(tmp_path / name, BOUNDS)
        assert str(tmp_path) not in caught.value.in_language("en")
        assert "geo-rv-" not in caught.value.in_language("en")


def test_images_turned_grids_and_grids_elsewhere_are_refused(tmp_path):
    image = np.zeros((400, 400), dtype="uint8")
    assert "波段" in refuse(write(tmp_path / "rgb.tif", image, count=3))
    assert "波段" in refuse(write(tmp_path / "c.tif", np.zeros((400, 400), dtype="complex64")))
    turned = Affine(30, 3, 484_000, 3, -30, 3_530_000)
    assert "旋转" in refuse(write(tmp_path / "turned.tif", transform=turned))
    upside_down = Affine(30, 0, 484_000, 0, 30, 3_518_000)
    assert "旋转" in refuse(write(tmp_path / "down.tif", transform=upside_down))
    assert "坐标系" in refuse(write(tmp_path / "nowhere.tif", crs=None))
    elsewhere = lay_out(584_000, 3_530_000, 30)
    assert "重叠" in refuse(write(tmp_path / "far.tif", transform=elsewhere))


def test_old_datums_and_feet_are_refused(tmp_path):
    refuse(write(tmp_path / "xian.tif", crs="EPSG:2383"), DatumRefused)
    refuse(write(tmp_path / "beijing.tif", crs="EPSG:2435"), DatumRefused)
    feet = lay_out(1_000_000, 230_000, 100)
    long_island = (-73.9, 40.6, -73.5, 40.9)
    assert "坐标系" in refuse(
        write(tmp_path / "feet.tif", crs="EPSG:2263", transform=feet), bounds=long_island
    )


def test_more_cells_than_are_read_are_refused(tmp_path):
    file = tmp_path / "fine.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=100_000, height=100_000, count=1, dtype="float32",
        crs="EPSG:4490", transform=lay_out(113.8, 31.9, 1e-6), tiled=True,
        sparse_ok=True, bigtiff="yes",
    ):  # fmt: skip
        pass
    assert "格子太多" in refuse(file)
    with pytest.raises(SourceTooLarge):
        read_terrain(file, BOUNDS, limits=Limits(file_bytes=1000))
