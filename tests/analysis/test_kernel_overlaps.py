"""Areas that sites and features share, against Karney's area of what shapely cuts in a plane."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.geodesy.measure import to_mu

GRS80 = pyproj.Geod(ellps="GRS80")
LEAST_M2 = 0.01
SQUARE = shapely.box(0, 0, 100, 100)


def measure_m2(kit, geometry):
    """Return the area of a geometry drawn in metres, on the ellipsoid; 0 for lines and points."""
    return sum(
        abs(GRS80.geometry_area_perimeter(shapely.orient_polygons(kit.place(part)))[0])
        for part in shapely.get_parts(geometry)
        if part.geom_type == "Polygon"
    )


def check(kit, sites, zones, limit=0):
    rule = kit.rule("overlaps", kit.case(layer="zone", limit=limit), unit="m2")
    ids = {"id": [f"{number:03}" for number in range(len(sites))]}
    layers = {"burial": kit.frame("burial", sites, **ids)}
    ids = {"id": [f"z{number:03}" for number in range(len(zones))]}
    return kit.check(layers | {"zone": kit.frame("zone", zones, **ids)}, rule)


def share(kit, site, *zones):
    """Return the area in m2 that is told for one site."""
    return check(kit, [site], list(zones))["overlap_m2"][0]


HOLED = SQUARE - shapely.box(20, 20, 80, 80)
PARTS = shapely.MultiPolygon([shapely.box(0, 0, 30, 30), shapely.box(60, 60, 100, 100)])
CASES = {
    "half": (SQUARE, shapely.box(50, -50, 200, 200), 5000),
    "all of it": (SQUARE, shapely.box(-50, -50, 200, 200), 10_000),
    "all of the zone": (SQUARE, shapely.box(40, 40, 50, 60), 200),
    "itself": (SQUARE, SQUARE, 10_000),
    "a hole in the site": (HOLED, shapely.box(0, 0, 100, 50), 3200),
    "a hole in the zone": (shapely.box(10, 10, 90, 90), HOLED, 2800),
    "in the hole": (shapely.box(30, 30, 70, 70), HOLED, 0),
    "filling the hole": (shapely.box(20, 20, 80, 80), HOLED, 0),
    "parts of the site": (PARTS, shapely.box(0, 0, 100, 80), 900 + 800),
    "parts of the zone": (shapely.box(20, 20, 70, 70), PARTS, 100 + 100),
    "a shared border": (SQUARE, shapely.box(100, 0, 200, 100), 0),
    "a shared corner": (SQUARE, shapely.box(100, 100, 200, 200), 0),
    "a border shared in part": (SQUARE, shapely.box(100, 30, 130, 55.5), 0),
    "apart": (SQUARE, shapely.box(300, 0, 400, 100), 0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_area_in_common(kit, name):
    site, zone, expected = CASES[name]
    assert share(kit, site, zone) == pytest.approx(
        measure_m2(kit, site & zone), rel=1e-5, abs=LEAST_M2
    )
    # the drawing is laid on the ellipsoid true to a millionth: metres are metres
    assert share(kit, site, zone) == pytest.approx(expected, rel=1e-5, abs=LEAST_M2)
    assert share(kit, zone, site) == pytest.approx(expected, rel=1e-5, abs=LEAST_M2)


def test_what_several_zones_cover_counts_once_and_the_largest_share_is_named(kit):
    zones = [
        shapely.box(-10, -10, 40, 110),
        shapely.box(20, -10, 90, 110),
        shapely.box(30, 30, 35, 35),
    ]
    found = check(kit, [SQUARE, shapely.box(-9, 0, 19, 50)], zones)
    assert found["overlap_m2"].to_numpy() == pytest.approx([9000, 28 * 50], rel=1e-5)
    assert found["constraint"].tolist() == ["z001", "z000"]
    assert to_mu(found["overlap_m2"].to_numpy()) == pytest.approx([13.5, 2.1], rel=1e-5)
    assert found["distance_m"].tolist() == [0, 0]


def test_the_limit_is_in_square_metres(kit):
    verdicts = [
        check(kit, [SQUARE], [shapely.box(90, 0, 200, 100)], limit=limit)["verdict"][0]
        for limit in (0, 999, 1001)
    ]
    # at 1001 the site touches the zone: how large the overlap is cannot be told so finely
    assert verdicts == ["violation", "violation", "marginal"]


def test_neighbours_that_share_every_border_do_not_overlap(kit):
    rng = np.random.default_rng(1)
    seeds = shapely.MultiPoint(rng.uniform(-1000, 1000, (120, 2)))
    cells = list(shapely.get_parts(shapely.voronoi_polygons(seeds)))
    cells = [cell for cell in cells if cell.area < 1e5]
    for number in (0, len(cells) // 2):
        site, others = cells[number], [*cells[:number], *cells[number + 1 :]]
        found = check(kit, [site], others)
        assert found["overlap_m2"][0] < LEAST_M2
        assert found["verdict"][0] == "marginal"


def test_points_and_lines_and_what_has_collapsed_have_no_area(kit):
    flat = shapely.Polygon([(0, 0), (50, 50), (0, 0)])
    sites = [shapely.Point(50, 50), shapely.Point(500, 50), flat]
    found = check(kit, sites, [SQUARE])
    assert found["overlap_m2"].tolist() == [0, 0, 0]
    assert found["distance_m"].to_numpy() == pytest.approx([0, 400, 0], abs=0.01)
    assert share(kit, SQUARE, flat) == 0


def test_invalid_faces_share_what_their_structure_encloses(kit):
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    assert share(kit, bow_tie, shapely.box(-10, -10, 110, 110)) == pytest.approx(5000, rel=1e-4)
    assert share(kit, SQUARE, bow_tie) == pytest.approx(5000, rel=1e-4)
    twice = shapely.MultiPolygon([SQUARE, shapely.box(50, 0, 150, 100)])
    assert share(kit, twice, shapely.box(-10, -10, 210, 110)) == pytest.approx(15_000, rel=1e-4)


def draw_star(seed, east, north):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 25)))
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * rng.uniform(
        30, 200, (len(angles), 1)
    )
    drawn = shapely.Polygon(ring + np.array([east, north]))
    drawn = shapely.make_valid(drawn, method="structure")
    if seed % 3:
        drawn -= shapely.Point(east, north).buffer(rng.uniform(5, 60), quad_segs=2)
    if seed % 2:
        drawn |= shapely.box(east + 150, north, east + 220, north + 40)
    # a long edge is not straight both in metres and in degrees
    return shapely.segmentize(drawn, 20)


stars = st.builds(draw_star, st.integers(0, 9999), st.floats(-250, 250), st.floats(-250, 250))


@settings(deadline=None, max_examples=60)
@given(st.lists(stars, min_size=1, max_size=4), st.lists(stars, min_size=1, max_size=5))
def test_any_faces(kit, sites, zones):
    expected = [measure_m2(kit, site & shapely.union_all(zones)) for site in sites]
    found = check(kit, sites, zones)["overlap_m2"].to_numpy()
    assert found == pytest.approx(expected, rel=1e-5, abs=LEAST_M2)
    together = check(kit, [shapely.union_all(sites)], zones)["overlap_m2"][0]
    assert together <= found.sum() + LEAST_M2
