"""The parts that the demo town is made with: rasters, ways, shares, shapes."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from geo_rv.demo.coverage import draw_regions, merge_small
from geo_rv.demo.drainage import gather_water, route_water
from geo_rv.demo.frames import cut_out, share_out
from geo_rv.demo.grid import Grid
from geo_rv.demo.paths import Network, find_ways
from geo_rv.demo.plan import load_plan
from geo_rv.demo.register import draw_in
from geo_rv.demo.routes import follow_edges

GRID = Grid(west=1000.0, south=2000.0, cell=25.0, rows=12, columns=9)
labels = arrays.arrays(int, GRID.shape, elements=st.integers(0, 3))
heights = arrays.arrays(float, GRID.shape, elements=st.floats(0, 500))


@given(st.integers(0, 20_000), st.lists(st.floats(0.01, 1000), min_size=1, max_size=40))
def test_shares_add_up_and_are_fair(total, weights):
    shares = share_out(total, np.array(weights))
    assert shares.sum() == total
    fair = np.array(weights) / np.sum(weights) * total
    assert (np.abs(shares - fair) < 1 + 1e-6).all()


@given(st.decimals(0, 400, places=2), st.lists(st.floats(0.01, 9), min_size=1, max_size=15))
def test_shares_of_money_are_whole_cents(total, weights):
    shares = share_out(float(total), np.array(weights), step=0.01)
    assert shares.round(2).tolist() == shares.tolist()
    assert shares.sum() == pytest.approx(float(total), abs=1e-9)


@settings(deadline=None)
@given(labels)
def test_regions_cover_the_raster_without_gaps_or_overlaps(raster):
    # as in the town, nothing is one cell wide
    shapes, found = draw_regions(np.kron(raster + 1, np.ones((3, 3), dtype=int)), GRID)
    assert shapely.coverage_is_valid(shapes)
    assert set(found.tolist()) == set((raster + 1).ravel().tolist())
    union = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(union.area)
    # smoothing rounds off the corners of the whole, and nothing else
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0


def test_a_region_lies_where_its_cells_are():
    raster = np.ones(GRID.shape, dtype=int)
    raster[3:8, 2:7] = 2
    shapes, found = draw_regions(raster, GRID)
    inner = shapes[found == 2][0]
    box = shapely.box(1000 + 50, 2000 + 75, 1000 + 175, 2000 + 200)
    assert inner.centroid.distance(box.centroid) < 1e-6
    assert inner.within(box.buffer(1e-6))
    assert inner.area > 0.65 * box.area


def test_small_pieces_go_to_the_neighbour_with_the_longest_border():
    large, small, other = (
        shapely.Polygon([(0, 0), (10, 0), (10, 8), (10, 10), (0, 10)]),
        shapely.Polygon([(10, 0), (11, 0), (11, 8), (10, 8)]),
        shapely.Polygon([(10, 8), (11, 8), (20, 8), (20, 20), (10, 20), (10, 10)]),
    )
    shapes, kept = merge_small(np.array([large, small, other]), np.zeros(3, int), least_m2=20)
    assert kept.tolist() == [0, 2]
    assert shapes[0].area == pytest.approx(108)
    apart, kept = merge_small(np.array([large, small, other]), np.array([0, 1, 0]), least_m2=20)
    assert kept.tolist() == [0, 1, 2]
    assert apart[1].area == pytest.approx(8)


@given(heights)
def test_all_water_reaches_an_outlet(field):
    outlets = np.zeros(GRID.shape, dtype=bool)
    outlets[0, 0] = True
    drainage = route_water(field, outlets)
    cells = np.arange(field.size)
    for _ in range(field.size):
        cells = drainage.receivers[cells]
    assert (cells == 0).all()
    assert gather_water(drainage)[0] == field.size


@settings(deadline=None)
@given(arrays.arrays(float, GRID.shape, elements=st.floats(0.1, 50)))
def test_the_cheapest_ways_are_those_of_bellman_and_ford(costs):
    start = 4
    ways = find_ways(costs, {start: 0.0})
    expected = np.full(costs.size, np.inf)
    expected[start] = 0
    rows, columns = np.divmod(np.arange(costs.size), GRID.columns)
    pairs = [
        (one, other)
        for one in range(costs.size)
        for other in range(costs.size)
        if max(abs(rows[one] - rows[other]), abs(columns[one] - columns[other])) == 1
    ]
    one, other = np.array(pairs).T
    length = np.hypot(rows[one] - rows[other], columns[one] - columns[other])
    price = length * (costs.flat[one] + costs.flat[other]) / 2
    while True:
        better = expected.copy()
        np.minimum.at(better, other, expected[one] + price)
        if (better == expected).all():
            break
        expected = better
    for cell in range(costs.size):
        way = np.array(ways.trace(cell))
        assert (way[0], way[-1]) == (cell, start)
        steps = np.hypot(np.diff(rows[way]), np.diff(columns[way]))
        assert (steps < 1.5).all()
        spent = (steps * (costs.flat[way[:-1]] + costs.flat[way[1:]]) / 2).sum()
        assert spent == pytest.approx(expected[cell])


def test_lines_of_a_network_stay_joined():
    network = Network(GRID)
    ((_, main),) = network.add([4, 13, 22, 31, 40, 49], smoothing=3)
    stretches = list(network.add([27, 28, 29, 30, 31, 40, 41, 42], smoothing=3))
    assert [cells for cells, _ in stretches] == [[27, 28, 29, 30, 31], [40, 41, 42]]
    points = set(map(tuple, main.tolist()))
    assert tuple(stretches[0][1][-1].tolist()) in points
    assert tuple(stretches[1][1][0].tolist()) in points
    # two cells of different roads side by side are joined by a line of their own
    ((cells, _),) = network.add([30, 40], smoothing=3)
    assert cells == [30, 40]
    assert list(network.add([40, 30], smoothing=3)) == []


def test_a_route_takes_the_shortest_way_and_says_where_there_is_none():
    corners = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    edges = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    edges = np.vstack([edges, [[[0.0, 0.0], [10.0, 10.0]]]])
    route = follow_edges(edges, [corners[1], corners[2], corners[0]])
    assert route.tolist() == [[10, 0], [10, 10], [0, 0]]
    island = np.array([[[50.0, 50.0], [60.0, 60.0]]])
    with pytest.raises(LookupError):
        follow_edges(np.vstack([edges, island]), [corners[0], island[0, 0]])


def test_parcels_are_drawn_in_to_the_area_that_is_asked():
    shapes = np.array([shapely.box(0, 0, 300, 200), shapely.box(400, 0, 600, 500)])
    inner = draw_in(shapes, 150_000)
    assert shapely.area(inner).sum() == pytest.approx(150_000, rel=1e-5)
    assert shapely.within(inner, shapes).all()


def test_what_is_cut_out_is_gone_and_the_parts_know_their_owner():
    fields = np.array([shapely.box(0, 0, 100, 100), shapely.box(200, 0, 300, 100)])
    road = np.array([shapely.box(-10, 40, 150, 60)])
    parts, owner = cut_out(fields, road)
    assert sorted(owner.tolist()) == [0, 0, 1]
    assert shapely.area(parts).sum() == pytest.approx(18_000)
    assert not shapely.intersects(shapely.buffer(parts, -1e-6), road[0]).any()


def test_topics_have_random_numbers_of_their_own():
    plan = load_plan()
    first, second = plan.start_generator("graves"), plan.start_generator("graves")
    assert first.random(5).tolist() == second.random(5).tolist()
    assert plan.start_generator("graves").random() != plan.start_generator("houses").random()
