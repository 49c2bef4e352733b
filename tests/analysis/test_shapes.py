import numpy as np
import pytest
import shapely

from geo_rv.analysis.shapes import list_invalid, repair_polygons, take_apart
from geo_rv.geodesy.measure import measure_area_m2

BOW_TIE = shapely.Polygon([(113.85, 31.85), (113.86, 31.86), (113.86, 31.85), (113.85, 31.86)])


def test_shapes_know_whose_edges_they_are(kit):
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
    shapes = take_apart(geometries, kit.plane)
    assert np.bincount(shapes.edge_owners).tolist() == [2, 0, 12, 2, 1]
    assert np.bincount(shapes.part_owners).tolist() == [2, 0, 2, 1, 1]
    assert shapes.bounds == pytest.approx((113.8, 31.8, 113.901, 31.801))
    areas = shapely.area(shapes.parts[shapes.part_owners == 2])
    assert areas.sum() == pytest.approx(measure_area_m2(geometries)[2], rel=1e-4)
    chosen = shapes.select(np.array([False, True, True, False, True]))
    assert chosen.count == 3
    assert np.bincount(chosen.edge_owners).tolist() == [0, 12, 1]
    assert len(chosen.parts) == 3


def test_long_edges_are_the_geodesic_in_the_parts_too(kit):
    box = shapely.box(113.0, 31.0, 113.5, 31.5)
    shapes = take_apart([box], kit.plane)
    assert len(shapes.edges) > 300
    assert shapely.get_num_coordinates(shapes.parts[0]) == len(shapes.edges) + 1


def test_invalid_polygons_are_listed_by_layer_and_repaired_in_a_copy(kit):
    zones = kit.frame("zone", [shapely.box(0, 0, 1, 1)] * 2)
    zones.geometry = [BOW_TIE, zones.geometry[1]]
    rivers = kit.frame("river", [shapely.LineString([(0, 0), (0, 0)]), None])
    assert list_invalid({"zone": zones, "river": rivers}) == {"zone": ("a",)}
    assert list_invalid({}) == {}
    repaired = repair_polygons(zones.geometry)
    assert shapely.is_valid(repaired).all()
    assert repaired[1].equals(zones.geometry[1])
    # both wings are kept
    assert measure_area_m2(repaired)[0] == pytest.approx(527_000, rel=0.02)
    assert not zones.geometry[0].is_valid


def test_a_polygon_that_has_collapsed_is_not_lost(kit):
    line = shapely.Polygon([(113.85, 31.85), (113.86, 31.86), (113.85, 31.85)])
    point = shapely.Polygon([(113.85, 31.85)] * 4)
    shapes = take_apart([line, point], kit.plane)
    assert set(shapes.edge_owners) == {0, 1}
