import numpy as np
import pytest
import shapely

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.decode import FACE, HOLE, LINE, POINT
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.shapes import decode_shapes, take_apart
from geo_rv.analysis.stored_shapes import list_arrays, restore_shapes
from geo_rv.geodesy.measure import GEOD, measure_area_m2
from geo_rv.geodesy.plane import LONGEST_EDGE_M

BOW_TIE = shapely.Polygon([(113.85, 31.85), (113.86, 31.86), (113.86, 31.85), (113.85, 31.86)])


def test_shapes_know_whose_paths_they_are():
    holed = shapely.box(113.8, 31.8, 113.801, 31.801) - shapely.box(
        113.8002, 31.8002, 113.8004, 31.8004
    )
    geometries = [
        shapely.MultiPoint([(113.8, 31.8), (113.81, 31.8)]),
        None,
        shapely.MultiPolygon([holed, shapely.box(113.9, 31.8, 113.901, 31.801)]),
        shapely.LineString([(113.8, 31.8), (113.801, 31.8), (113.802, 31.8)]),
        shapely.GeometryCollection([shapely.Point(113.8, 31.8), shapely.MultiPoint()]),
    ]
    shapes = take_apart(geometries)
    paths = shapes.paths
    assert paths.owners.tolist() == [0, 0, 2, 2, 2, 3, 4]
    assert paths.kinds.tolist() == [POINT, POINT, FACE, HOLE, FACE, LINE, POINT]
    assert np.diff(paths.starts).tolist() == [1, 1, 5, 5, 5, 3, 1]
    assert np.column_stack([paths.lon, paths.lat]) == pytest.approx(
        np.concatenate([shapely.get_coordinates(each) for each in geometries])
    )
    assert shapes.bounds == pytest.approx((113.8, 31.8, 113.901, 31.801))
    assert shapes.has_shape.tolist() == [True, False, True, True, True]
    assert shapes.is_line.tolist() == [True, True, False, True, True]
    assert shapes.faces.ends.tolist() == [4, 5]
    chosen = shapes.select(np.array([False, True, True, False, True]))
    assert chosen.count == 3
    assert chosen.path_members.tolist() == [NONE, NONE, 1, 1, 1, NONE, 2]
    assert chosen.bounds == pytest.approx((113.8, 31.8, 113.901, 31.801))


@pytest.mark.parametrize("coordinates", ["Z", "M", "ZM"])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_height_and_measure_are_left_out(coordinates, flavor):
    numbers = {"Z": "3", "M": "4", "ZM": "3 4"}[coordinates]
    line = shapely.from_wkt(
        f"LINESTRING {coordinates} (113.8 31.8 {numbers}, 113.9 31.9 {numbers})"
    )
    blobs = shapely.to_wkb([line, None], flavor=flavor, output_dimension=len(coordinates) + 2)
    paths = decode_shapes(blobs).paths
    assert paths.lon[[0, -1]].tolist() == [113.8, 113.9]
    assert paths.lat[[0, -1]].tolist() == [31.8, 31.9]


def test_a_vertex_that_is_no_number_is_left_out_and_told():
    with np.errstate(invalid="ignore"):
        broken = shapely.from_wkt("LINESTRING (113.8 31.8, nan 31.8, 113.801 31.8)")
        nowhere = shapely.from_wkt("LINESTRING (nan nan, nan nan)")
    shapes = take_apart([broken, shapely.Point(), nowhere, shapely.Point(113.8, 31.8)])
    assert shapes.damaged.tolist() == [0, 2]
    assert shapes.has_shape.tolist() == [True, False, False, True]
    assert shapes.paths.lon.tolist() == [113.8, 113.801, 113.8]


def test_bytes_that_lie_about_their_length_are_no_geometry():
    whole = shapely.to_wkb(shapely.LineString([(113.8, 31.8), (113.9, 31.9)]))
    blobs = np.array([whole[:-8], whole[:9], b"\x01", b"", whole], dtype=object)
    assert decode_shapes(blobs).has_shape.tolist() == [False, False, False, False, True]


def test_what_was_kept_comes_back_and_what_does_not_hold_together_does_not():
    shapes = take_apart([BOW_TIE, shapely.box(113.8, 31.8, 113.9, 31.9), None])
    arrays = list_arrays(shapes)
    restored = restore_shapes(arrays, 3)
    assert find_nearest(restored, shapes).distance_m.tolist() == pytest.approx(
        [0, 0, np.nan], nan_ok=True
    )
    for place, hostile in (
        (2, arrays[2] + 1),
        (3, arrays[3] + 3),
        (4, np.full_like(arrays[4], 9)),
        (5, arrays[5][:-1]),
        (7, np.full_like(arrays[7], 10**9)),
        (0, arrays[0].astype(np.float32)[:-1]),
        (0, arrays[0].astype(str)),
    ):
        changed = [hostile if number == place else array for number, array in enumerate(arrays)]
        assert restore_shapes(changed, 3) is None
    assert restore_shapes(arrays, 1) is None


def test_long_edges_follow_the_geodesic():
    paths = take_apart([shapely.box(113.0, 31.0, 113.5, 31.5)]).paths
    start, stop = slice(None, -1), slice(1, None)
    steps = GEOD.inv(paths.lon[start], paths.lat[start], paths.lon[stop], paths.lat[stop])[2]
    assert len(steps) > 600
    assert max(steps) <= LONGEST_EDGE_M
    # the northern side bulges as far as the middle of Karney's own line
    ((_, northernmost),) = GEOD.npts(113.0, 31.5, 113.5, 31.5, 1)
    assert northernmost > 31.5002
    assert paths.lat.max() == pytest.approx(northernmost, abs=1e-7)


def test_invalid_polygons_are_told_and_repaired_in_a_copy(kit):
    zones = kit.frame("zone", [shapely.box(0, 0, 1, 1)] * 2)
    zones.geometry = [BOW_TIE, zones.geometry[1]]
    rivers = kit.frame("river", [shapely.LineString([(0, 0), (0, 0)]), None])
    ground = Ground.of_frames({"zone": zones, "river": rivers}, kit.catalogue, kit.plane)
    assert ground.repaired == {}
    repaired = ground.find("zone").geometries
    assert ground.find("river").has_shape.tolist() == [True, False]
    # what has no geometry is named too: nothing was measured to it
    assert ground.repaired == {"zone": ("a",), "river": ("b",)}
    assert shapely.is_valid(repaired).all()
    assert repaired[1].equals(zones.geometry[1])
    # both wings are kept
    assert measure_area_m2(repaired)[0] == pytest.approx(527_000, rel=0.02)
    assert not zones.geometry[0].is_valid


def test_a_polygon_that_has_collapsed_is_not_lost():
    line = shapely.Polygon([(113.85, 31.85), (113.86, 31.86), (113.85, 31.85)])
    point = shapely.Polygon([(113.85, 31.85)] * 4)
    assert take_apart([line, point]).has_shape.tolist() == [True, True]
