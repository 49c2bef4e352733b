"""Eligible land against the check itself: no place in it breaks a rule, every other one does."""

import itertools
from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo_rv.analysis.eligible import find_eligible
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_sites
from geo_rv.analysis.shapes import take_apart
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED
from geo_rv.geodesy.measure import measure_area_m2
from geo_rv.rulebook import SPATIAL

GEOD = pyproj.Geod(ellps="GRS80")
DAY = date(2026, 1, 1)
TOLERANCE_M = 0.05
SIDE_M = 1500.0


def keep_quiet(_step):
    pass


def set_down(lon, lat):
    """Return a function that lays metres around a place down on the ellipsoid, in degrees."""

    def lay(points):
        azimuths = np.degrees(np.arctan2(points[:, 0], points[:, 1]))
        here = np.full(len(points), lon), np.full(len(points), lat)
        east, north, _ = GEOD.fwd(*here, azimuths, np.hypot(*points.T))
        return np.column_stack([east, north])

    return lambda geometry: shapely.transform(geometry, lay)


def make_frame(catalogue, kind, geometries, **columns):
    names = [f"{number:06}" for number in range(len(geometries))]
    frame = gpd.GeoDataFrame({"id": names, **columns}, geometry=list(geometries), crs=STORED)
    return conform_frame(frame, catalogue[kind])


def find(ground, book, area, **options):
    return find_eligible(
        ground, book, take_apart([area]), as_of=DAY, progress=keep_quiet, **options
    )


def scatter(rng, area, land, count):
    """Return places in `area`: anywhere, and within centimetres of the border of `land`.

    The outermost two centimetres of the area are left out: its edges bend in between.
    """
    area = area.buffer(-2e-7)
    west, south, east, north = area.bounds
    anywhere = rng.uniform((west, south), (east, north), (count, 2))
    border = shapely.get_coordinates(shapely.segmentize(shapely.boundary(land), 5e-5))
    if len(border):
        near = border[rng.integers(0, len(border), count)] + rng.normal(0, 3e-7, (count, 2))
        anywhere = np.concatenate([anywhere, near])
    places = shapely.points(anywhere)
    shapely.prepare(area)
    return places[shapely.contains_properly(area, places)]


def measure_margins(ground, book, subject, places):
    """Return by how much each place keeps the rules on where it lies, as the check finds."""
    frame = make_frame(ground.catalogue, subject, places)
    findings = check_sites(ground.with_frame(subject, frame), book, as_of=DAY)
    spatial = {rule.id for rule in book.rules if rule.relation in SPATIAL}
    asked = findings[(findings["layer"] == subject) & findings["rule"].isin(spatial)]
    inside = {rule.id for rule in book.rules if rule.relation == "not_within"}
    # nothing of the kind near, or inside of what it has to be in, for which there is no margin
    is_free = asked["constraint"].isna() | (asked["rule"].isin(inside) & (asked["margin_m"] == 0))
    margins = asked["margin_m"].mask(is_free, np.inf)
    return margins.groupby(asked["site"]).min().reindex(frame["id"], fill_value=np.inf).to_numpy()


def prove(ground, book, area, rng, *, subject="burial", count=1500, inside=None):
    """Assert that land is what the check passes, to 5 cm; return it.

    `inside` is what land has to lie in: of a place there the check does not tell how far inside.
    """
    land = find(ground, book, area, subject=subject)
    assert shapely.is_valid(land.polygons).all()
    together = shapely.multipolygons(land.polygons)
    assert together.is_empty or together.is_valid  # no two overlap, or touch along a line
    places = scatter(rng, area, together, count)
    shapely.prepare(together)
    if inside is not None:
        places = places[~shapely.dwithin(inside.boundary, places, 5e-7)]
    is_left = shapely.contains_properly(together, places)
    margins = measure_margins(ground, book, subject, places)
    assert margins[is_left].min(initial=np.inf) > 0
    assert margins[~is_left].max(initial=-np.inf) <= TOLERANCE_M
    return land


# ---------------------------------------------------------------- random scenes

places = st.tuples(st.floats(-SIDE_M, SIDE_M), st.floats(-SIDE_M, SIDE_M)).map(np.array)
seeds = st.integers(0, 100_000)


def draw_line(seed, start, size, step, bend):
    rng = np.random.default_rng(seed)
    headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, bend, size))
    steps = np.column_stack([np.cos(headings), np.sin(headings)]) * step
    return shapely.LineString(start + np.cumsum(steps, axis=0))


def draw_face(seed, middle, corners, radius):
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * rng.uniform(0.5, 1, (corners, 1))
    return shapely.Polygon(middle + radius * ring, [middle + radius * 0.2 * ring[::-1]])


def turn_back(line):
    """Return a line that goes the way it came."""
    return shapely.LineString([*line.coords, *line.coords[-2::-1]])


lines = st.builds(
    draw_line,
    seeds,
    places,
    st.integers(2, 60),
    st.sampled_from([0.5, 8.0, 40.0, 300.0]),
    st.sampled_from([0.02, 0.2, 2.0]),
)
faces = st.builds(draw_face, seeds, places, st.integers(3, 30), st.floats(5, 500))
shapes = st.one_of(
    places.map(shapely.Point),
    lines,
    lines.map(turn_back),
    faces,
    st.lists(faces, min_size=2, max_size=3).map(shapely.MultiPolygon),  # most of them invalid
)
limits = st.sampled_from([0.0, 0.3, 7.0, 60.0, 250.0, 500.0, 800.0])


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(st.tuples(shapes, limits), min_size=1, max_size=6),
    st.floats(18, 53),
    # a zone's meridian, its border on both sides, the date's other side of the globe
    st.sampled_from([114.0, 112.5, 115.4999, -73.0]),
    st.booleans(),
    seeds,
)
@example(
    scene=[(shapely.Point(0, 0), 500.0), (shapely.Point(0, 0), 500.0)],
    lat=31.8,
    lon=114.0,
    is_round=False,
    seed=1,
)
def test_no_place_left_breaks_a_rule_and_every_other_does(kit, scene, lat, lon, is_round, seed):
    lay = set_down(lon, lat)
    rules, layers = [], {}
    for number, kind in enumerate(("road", "zone", "river")):
        chosen = list(itertools.islice(scene, number, None, 3))
        if chosen:
            layers[kind] = make_frame(
                kit.catalogue, kind, [lay(shape) for shape, _ in chosen],
                remark=[f"{limit:g}" for _, limit in chosen],
            )  # fmt: skip
        for limit in {limit for _, limit in chosen}:
            case = kit.case(layer=kind, where={"remark": (f"{limit:g}",)}, limit=limit)
            relation = "within" if limit else "intersects"
            rules.append(kit.rule(relation, case, rule_id=f"{kind}-{limit:g}"))
    square = shapely.box(-SIDE_M, -SIDE_M, SIDE_M, SIDE_M)
    whole = shapely.Point(0, 0).buffer(SIDE_M, quad_segs=16) if is_round else square
    # with short edges, so that it is no matter how they bend
    area = lay(shapely.segmentize(whole, 100))
    layers["village"] = make_frame(kit.catalogue, "village", [area])
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    prove(ground, kit.book(*rules), area, np.random.default_rng(seed), count=300)


# ---------------------------------------------------------------- hand-computed


def test_a_disc_round_a_point_has_the_circles_area(kit):
    """200 m round a point, without the ellipse's flattening: pi r2, and what 3 cm add."""
    point = kit.frame("river", [shapely.Point(0, 0)])
    ground = Ground.of_frames({"river": point}, kit.catalogue, kit.plane)
    book = kit.book(kit.rule("within", kit.case(layer="river", limit=200)))
    area = kit.place(shapely.segmentize(shapely.box(-300, -300, 300, 300), 50))
    land = find(ground, book, area, subject="burial")
    taken = measure_area_m2([area])[0] - measure_area_m2(land.polygons).sum()
    assert len(land.polygons) == 1
    assert np.pi * 200**2 < taken < np.pi * 200.05**2
    ring = shapely.get_coordinates(shapely.get_rings(land.polygons)[1:])
    middle = shapely.get_coordinates(point.geometry.to_numpy())
    distances = GEOD.inv(*np.broadcast_to(middle, ring.shape).T, *ring.T)[2]
    assert distances.min() > 200
    assert distances.max() < 200.05


def test_the_half_width_counts_where_the_rule_measures_from_the_edge(kit):
    road = kit.frame("road", [shapely.LineString([(0, -2000), (0, 2000)])])
    road["class"] = "main"
    ground = Ground.of_frames({"road": road}, kit.catalogue, kit.plane)
    case = kit.case(layer="road", limit=30)
    area = kit.place(shapely.segmentize(shapely.box(-1000, -1000, 1000, 1000), 50))
    widths = {}
    for from_edge in (False, True):
        book = kit.book(kit.rule("within", case, from_edge=from_edge))
        land = find(ground, book, area, subject="burial")
        taken = measure_area_m2([area])[0] - measure_area_m2(land.polygons).sum()
        widths[from_edge] = taken / 2000 / 2
    assert widths[False] == pytest.approx(30, abs=0.05)
    assert widths[True] == pytest.approx(30 + 20, abs=0.05)


def test_an_edge_that_two_features_share_leaves_no_sliver(kit):
    squares = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    ground = Ground.of_frames({"zone": kit.frame("zone", squares)}, kit.catalogue, kit.plane)
    book = kit.book(kit.rule("intersects", kit.case(layer="zone")))
    area = kit.place(shapely.segmentize(shapely.box(-100, -100, 300, 200), 50))
    assert len(find(ground, book, area, subject="burial").polygons) == 1


def test_what_an_area_leaves_is_one_patch_across_tiles(kit):
    """6 km are several tiles: without any limit what is left is the area, whole."""
    ground = Ground.of_frames({"zone": kit.frame("zone", [])}, kit.catalogue, kit.plane)
    area = kit.place(shapely.segmentize(shapely.box(-3000, -3000, 3000, 3000), 100))
    land = find(ground, kit.book(), area, subject="burial")
    assert len(land.polygons) == 1
    assert measure_area_m2(land.polygons)[0] == pytest.approx(measure_area_m2([area])[0], rel=1e-8)
    assert shapely.get_num_interior_rings(land.polygons[0]) == 0


def test_a_patch_as_a_site_keeps_every_rule(kit):
    """A cemetery as large as the whole patch neither touches a zone nor comes too near a road."""
    layers = {
        "zone": kit.frame("zone", [shapely.box(-50, -50, 400, 50), shapely.box(300, 0, 600, 90)]),
        "road": kit.frame("road", [draw_line(3, (-900, -700), 200, 9, 0.1)]),
    }
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    book = kit.book(
        kit.rule("intersects", kit.case(layer="zone"), rule_id="Z"),
        kit.rule("within", kit.case(layer="road", limit=120), rule_id="R"),
    )
    area = kit.place(shapely.segmentize(shapely.box(-1000, -1000, 1000, 1000), 100))
    land = find(ground, book, area, subject="burial")
    sites = make_frame(kit.catalogue, "burial", land.polygons)
    findings = check_sites(ground.with_frame("burial", sites), book, as_of=DAY)
    assert len(findings) == 2 * len(sites)
    assert "violation" not in set(findings["verdict"])
    assert findings["margin_m"].min() > 0


def test_certain_land_is_not_marginal_either(kit):
    layers = {
        "road": kit.frame("road", [shapely.LineString([(-800, 0), (800, 100)])]),
        "zone": kit.frame("zone", [shapely.box(200, 300, 500, 500)]),
    }
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    book = kit.book(
        kit.rule("within", kit.case(layer="road", limit=100), rule_id="R"),
        kit.rule("intersects", kit.case(layer="zone"), rule_id="Z"),
    )
    area = kit.place(shapely.segmentize(shapely.box(-700, -700, 700, 700), 100))
    rng = np.random.default_rng(5)
    verdicts = {}
    for certain in (False, True):
        land = shapely.multipolygons(
            find(ground, book, area, subject="burial", certain=certain).polygons
        )
        places = scatter(rng, area, land, 3000)
        places = places[shapely.contains_properly(land, places)]
        frame = make_frame(kit.catalogue, "burial", places)
        findings = check_sites(ground.with_frame("burial", frame), book, as_of=DAY)
        verdicts[certain] = set(findings["verdict"])
    assert verdicts == {False: {"pass", "marginal"}, True: {"pass"}}


def test_land_must_lie_in_one_of_the_required_features(kit):
    """A rule `not_within` is about land too: what lies in none of the features breaks it."""
    layers = {
        "zone": kit.frame("zone", [shapely.box(-200, -200, 100, 100)]),
        "river": kit.frame("river", [shapely.box(300, 300, 500, 500)]),
    }
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    rule = kit.rule("not_within", kit.case(layer="zone"), kit.case(layer="river"))
    area = kit.place(shapely.segmentize(shapely.box(-1000, -1000, 1000, 400), 100))
    land = find(ground, kit.book(rule), area, subject="burial")
    expected = 300 * 300 + 200 * 100
    assert measure_area_m2(land.polygons).sum() == pytest.approx(expected, rel=1e-3)
    sites = make_frame(kit.catalogue, "burial", land.polygons)
    findings = check_sites(ground.with_frame("burial", sites), kit.book(rule), as_of=DAY)
    assert set(findings["verdict"]) == {"pass"}


@pytest.mark.parametrize("kind", ["line", "polygon", "points"])
def test_features_that_are_empty_broken_or_nowhere_do_no_harm(kit, kind):
    good = {
        "line": shapely.LineString([(0, -900), (0, 900)]),
        "polygon": shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)]),  # a bow-tie
        "points": shapely.MultiPoint([(0, 0), (0, 0), (300, 0)]),
    }[kind]
    with np.errstate(invalid="ignore"):
        nowhere = shapely.LineString([(0, 0), (np.nan, np.nan), (50, 50)])
    bad = [None, shapely.Polygon(), shapely.MultiPoint(), shapely.force_3d(good, 12.0)]
    frame = kit.frame("river", [good, *bad])
    frame.loc[1, "geometry"] = kit.place(nowhere) if kind == "line" else None
    ground = Ground.of_frames({"river": frame}, kit.catalogue, kit.plane)
    book = kit.book(kit.rule("within", kit.case(layer="river", limit=100)))
    area = kit.place(shapely.segmentize(shapely.box(-700, -700, 700, 700), 100))
    land = prove(ground, book, area, np.random.default_rng(2))
    assert 0 < measure_area_m2(land.polygons).sum() < measure_area_m2([area])[0]


# ---------------------------------------------------------------- the town


@pytest.fixture(scope="module")
def town(demo):
    ground = demo.ground()
    villages = shapely.union_all(ground.find("village").geometries)
    return ground, demo.load_book(), villages


def test_the_towns_land_is_what_the_check_passes(town):
    ground, book, villages = town
    land = prove(ground, book, villages, np.random.default_rng(7), subject="cemetery", count=8000)
    share = measure_area_m2(land.polygons).sum() / measure_area_m2([villages])[0]
    assert 0.1 < share < 0.2


def test_a_new_grave_can_go_into_cemeteries_only(town):
    ground, book, villages = town
    cemeteries = shapely.union_all(ground.find("cemetery").geometries)
    rng = np.random.default_rng(7)
    land = prove(ground, book, villages, rng, subject="burial", count=8000, inside=cemeteries)
    assert 0 < len(land.polygons) <= 14
    assert cemeteries.covers(shapely.multipolygons(land.polygons))


def test_the_towns_patches_pass_as_cemeteries(town):
    ground, book, villages = town
    land = find(ground, book, villages)
    sites = make_frame(ground.catalogue, "cemetery", land.polygons)
    findings = check_sites(ground.with_frame("cemetery", sites), book, as_of=DAY)
    asked = findings[(findings["layer"] == "cemetery") & (findings["rule"] != "BUR-21")]
    assert set(asked["verdict"]) <= {"pass", "marginal"}
    assert asked["margin_m"].min() > 0


def test_as_of_a_day_before_a_rule_there_is_more_land(town):
    ground, book, villages = town
    areas = [
        measure_area_m2(
            find_eligible(
                ground, book, take_apart([villages]), as_of=day, progress=keep_quiet
            ).polygons
        ).sum()
        for day in (date(2022, 12, 31), date(2023, 1, 1))
    ]
    assert areas[0] > 1.2 * areas[1]  # the three limits of 500 m hold since 2023
