"""Layers with what should not be in them: every site gets a clear answer, and nothing is hidden."""

import struct

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.setback import check_point, check_sites
from geo_rv.analysis.shapes import decode_shapes, take_apart
from geo_rv.frames import conform_frame

GRS80 = pyproj.Geod(ellps="GRS80")
LON, LAT = 113.86, 31.85
D = 1e-3  # about 100 m
SQUARE = [(LON, LAT), (LON + D, LAT), (LON + D, LAT + D), (LON, LAT + D), (LON, LAT)]
NAN, INF = np.nan, np.inf


def parse(text):
    with np.errstate(invalid="ignore"):  # GEOS meets vertices that are no numbers
        return shapely.from_wkt(text)


def change_vertex(x, y):
    """Return the square with its second corner elsewhere."""
    ring = [SQUARE[0], (x, y), *SQUARE[2:]]
    return parse("POLYGON ((" + ", ".join(f"{lon} {lat}" for lon, lat in ring) + "))")


def shift(ring, east):
    return [(lon + east, lat) for lon, lat in ring]


EMPTY = {
    "none": None,
    "empty polygon": shapely.Polygon(),
    "empty multipolygon": shapely.MultiPolygon(),
    "empty point": shapely.Point(),
    "empty line": shapely.LineString(),
    "empty lines": parse("MULTILINESTRING (EMPTY, EMPTY)"),
    "empty line with height": parse("LINESTRING Z EMPTY"),
    "empty collection": parse("GEOMETRYCOLLECTION (POINT EMPTY, LINESTRING EMPTY)"),
}
NOWHERE = {
    "no number": parse(f"POINT (nan {LAT})"),
    "infinite": parse(f"POINT ({LON} inf)"),
    "axes swapped": shapely.Point(LAT, LON),
    "metres": shapely.Point(38_500_000, 3_524_000),
    "metres without zone": shapely.box(500_000, 3_524_000, 500_100, 3_524_100),
    "beyond the pole": shapely.Point(LON, 90.5),
    "at the pole": shapely.Point(LON, 90),
    "beside the pole": shapely.Point(LON, 89.99),
    "beside the other": shapely.box(LON, -89.99, LON + D, -89.9),
    "lines without a number": parse("LINESTRING (nan nan, nan nan)"),
    "a hole here, its shell beyond the world": shapely.Polygon(
        [(-200, -95), (200, -95), (200, 95), (-200, 95)],
        [shapely.box(LON + 11.5 * D, LAT - D / 2, LON + 13.2 * D, LAT + D / 2).exterior],
    ),
}
REPAIRED = {
    "a vertex without numbers": change_vertex(NAN, NAN),
    "a vertex without longitude": change_vertex(NAN, LAT),
    "a vertex at infinity": change_vertex(INF, LAT),
    "a vertex in metres": change_vertex(38_500_000, LAT),
    "a vertex beyond the pole": change_vertex(LON + D, 95),
    "a bow-tie": shapely.Polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]),
    "a ring that overlaps itself": shapely.Polygon([*SQUARE[:4], *SQUARE[:3], (LON, LAT + 2 * D)]),
    "a hole outside": shapely.Polygon(SQUARE, [shift(SQUARE, 3 * D)]),
    "a hole across the shell": shapely.Polygon(SQUARE, [shift(SQUARE, D / 2)]),
    "the same part twice": shapely.MultiPolygon([shapely.Polygon(SQUARE)] * 2),
    "parts one in the other": shapely.MultiPolygon(
        [shapely.Polygon(SQUARE), shapely.box(LON + D / 4, LAT + D / 4, LON + D / 2, LAT + D / 2)]
    ),
    "a spike": shapely.Polygon([*SQUARE[:3], (LON + D, LAT + 3 * D), *SQUARE[2:]]),
    "collapsed to a line": shapely.Polygon([SQUARE[0], SQUARE[2], SQUARE[0]]),
    "collapsed to a point": shapely.Polygon([SQUARE[0]] * 4),
}
WHOLE = {
    "height": shapely.force_3d(shapely.Polygon(SQUARE), 5),
    "measure": parse(shapely.Polygon(SQUARE).wkt.replace("POLYGON", "POLYGON M").replace(",", " 7,")
                     .replace("))", " 7))")),
    "a line without length": shapely.LineString([SQUARE[0], SQUARE[0]]),
    "a vertex many times over": shapely.Polygon([*SQUARE[:2], *SQUARE[1:2] * 20, *SQUARE[2:]]),
    "a collection": shapely.GeometryCollection([shapely.Polygon(SQUARE), shapely.Point(LON, LAT)]),
    "the Gulf of Guinea": shapely.box(0, 0, D, D),
    "a hair": shapely.Polygon([SQUARE[0], SQUARE[2], (LON + 1e-9, LAT)]),
}  # fmt: skip
EVERY = {**EMPTY, **NOWHERE, **REPAIRED, **WHOLE}


def make_frame(kit, kind, geometries):
    frame = gpd.GeoDataFrame(
        {"id": [f"{kind}{number}" for number in range(len(geometries))]},
        geometry=np.array(geometries, dtype=object),
        crs="EPSG:4490",
    )
    return conform_frame(frame, kit.catalogue[kind])


def list_rules(kit):
    return [
        kit.rule("within", kit.case(layer="zone", limit=200), rule_id="within"),
        kit.rule("intersects", kit.case(layer="zone"), rule_id="intersects"),
        kit.rule("not_within", kit.case(layer="zone"), rule_id="not_within"),
        kit.rule("overlaps", kit.case(layer="zone"), rule_id="overlaps", unit="m2"),
    ]


SITES = [
    shapely.Point(LON + 10 * D, LAT),
    shapely.Point(LON + 12 * D, LAT),
    shapely.box(LON + 13 * D, LAT, LON + 14 * D, LAT + D),
    shapely.Point(LON + 900 * D, LAT),
]
ZONE = shapely.box(LON + 11 * D, LAT - D, LON + 13.5 * D, LAT + D)
"""Far from all that is bad, near or round the first three sites."""


def lay_ground(kit, *, sites=(), zones=(), villages=()):
    """Return a ground of four good sites and a good zone, with more of each."""
    layers = {
        "burial": make_frame(kit, "burial", [*SITES, *sites]),
        "zone": make_frame(kit, "zone", [ZONE, *zones]),
    }
    if len(villages):
        around = shapely.box(LON - 2, LAT - 2, LON + 2, LAT + 2)
        layers["village"] = make_frame(kit, "village", [around, *villages])
    return Ground.of_frames(layers, kit.catalogue, kit.plane)


def check(kit, ground):
    return check_sites(ground, kit.book(*list_rules(kit)), as_of=kit.day).set_index(
        ["rule", "site"]
    )


def require_same(found, expected):
    for column in ("verdict", "constraint", "reason"):
        assert found[column].equals(expected[column])
    for column in ("distance_m", "overlap_m2"):
        assert found[column].to_numpy() == pytest.approx(
            expected[column].to_numpy(), abs=1e-4, nan_ok=True
        )


@pytest.fixture(scope="module")
def usual(kit):
    """Return what is said of the good sites where everything is good."""
    return check(kit, lay_ground(kit))


@pytest.mark.parametrize("name", EVERY)
def test_a_bad_site_changes_nothing_for_the_others(kit, usual, name):
    found = check(kit, lay_ground(kit, sites=[EVERY[name]]))
    assert len(found) == len(usual) + 4
    require_same(found.loc[usual.index], usual)


@pytest.mark.parametrize("name", [*EMPTY, *NOWHERE])
def test_a_site_that_is_nowhere_is_not_checked_and_says_so(kit, name):
    found = check(kit, lay_ground(kit, sites=[{**EMPTY, **NOWHERE}[name]]))
    odd = found.xs("burial4", level="site")
    assert odd["verdict"].tolist() == ["not_checked"] * 4
    assert odd["reason"].tolist() == ["no_geometry"] * 4
    assert odd["distance_m"].isna().all()


@pytest.mark.parametrize("name", [*REPAIRED, *WHOLE])
def test_a_bad_site_that_has_a_place_is_measured_from_what_is_left_of_it(kit, name):
    site = {**REPAIRED, **WHOLE}[name]
    ground = lay_ground(kit, sites=[site], zones=[shapely.Point(LON + D / 3, LAT).buffer(5 * D)])
    odd = check(kit, ground).xs("burial4", level="site")
    far = name == "the Gulf of Guinea"
    assert odd["verdict"].tolist()[:3] == (
        ["pass", "pass", "violation"] if far else ["violation", "violation", "pass"]
    )
    assert (odd["distance_m"] > 1e6).all() if far else (odd["distance_m"] == 0).all()
    if name.startswith(("collapsed", "a line")):
        assert odd["overlap_m2"].tolist()[3] == 0


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("role", ["zones", "villages"])
def test_a_bad_feature_changes_nothing_far_from_it(kit, usual, name, role):
    found = check(kit, lay_ground(kit, **{role: [EVERY[name]]}))
    require_same(found, usual)


@pytest.mark.parametrize("name", EVERY)
def test_what_stands_repaired_or_nowhere_is_named(kit, name):
    ground = lay_ground(kit, sites=[EVERY[name]], zones=[EVERY[name]])
    check(kit, ground)
    told = name in EMPTY or name in NOWHERE or name in REPAIRED
    expected = {"burial": ("burial4",), "zone": ("zone1",)} if told else {}
    assert ground.repaired == expected


@pytest.mark.parametrize("name", EVERY)
def test_a_point_can_be_asked_beside_bad_features(kit, name):
    ground = lay_ground(kit, zones=[EVERY[name]], villages=[EVERY[name]])
    book = kit.book(*list_rules(kit))
    asked = check_point(ground, book, lon=LON + 12 * D, lat=LAT, as_of=kit.day)
    assert asked["verdict"].tolist()[:3] == ["violation", "violation", "pass"]
    with np.errstate(all="raise"):
        assert asked["distance_m"].tolist()[:3] == [0, 0, 0]


@pytest.mark.parametrize("name", [name for name in REPAIRED if not name.startswith("a vertex")])
def test_distances_to_invalid_faces_are_those_to_what_shapely_makes_of_them(name):
    face = REPAIRED[name]
    valid = shapely.make_valid(face, method="structure", keep_collapsed=True)
    rng = np.random.default_rng(1)
    places = rng.uniform((LON - D, LAT - D), (LON + 5 * D, LAT + 4 * D), (200, 2))
    plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lon_0={LON} +lat_0={LAT} +ellps=GRS80")
    laid = pyproj.Transformer.from_crs("EPSG:4490", plane, always_xy=True)

    def lay(geometry):
        return shapely.transform(geometry, lambda each: np.column_stack(laid.transform(*each.T)))

    found = find_nearest(take_apart(shapely.points(places)), take_apart([face]))
    expected = shapely.distance(lay(shapely.points(places)), lay(valid))
    assert found.distance_m == pytest.approx(expected, abs=1e-3)


def test_a_feature_on_the_other_side_of_the_world_is_far_away_and_never_near():
    lon, lat = np.meshgrid(np.arange(-175, 180, 10.0), np.arange(-80, 81, 10.0))
    features = shapely.points(lon.ravel(), lat.ravel())
    for place in ((LON, LAT), (118.5, 18), (114, 53)):
        found = [
            find_nearest(take_apart([shapely.Point(place)]), take_apart([feature])).distance_m[0]
            for feature in features
        ]
        count = len(features)
        true = GRS80.inv(*np.tile(np.transpose([place]), count), lon.ravel(), lat.ravel())[2]
        near = true < 300_000
        assert np.array(found)[near] == pytest.approx(true[near], rel=1e-6)
        assert (np.array(found)[~near] > 250_000).all()


def write_polygon(*rings):
    """Return a polygon in well-known binary, whatever its rings are like."""
    parts = [struct.pack("<I", len(ring)) + np.array(ring, float).tobytes() for ring in rings]
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(parts)


WHOLE_BINARY = shapely.to_wkb(shapely.Polygon(SQUARE))
BROKEN_BINARY = {
    "an open ring": write_polygon(SQUARE[:4]),
    "a ring of one corner": write_polygon(SQUARE[:1]),
    "a ring of two corners": write_polygon(SQUARE[:2]),
    "an open hole": write_polygon(SQUARE, SQUARE[:3]),
    "no number at the end": write_polygon([(NAN, NAN), *SQUARE[1:4], (NAN, NAN)]),
    "a shell without numbers": write_polygon([(NAN, NAN)] * 5, SQUARE),
    "cut short": WHOLE_BINARY[:-1],
    "cut to its head": WHOLE_BINARY[:9],
    "one byte": b"\x01",
    "a curve": struct.pack("<BII", 1, 8, 3) + np.array(SQUARE[:3], float).tobytes(),
    "no known type": struct.pack("<BII", 1, 99, 1) + bytes(16),
    "more than there is": struct.pack("<BII", 1, 2, 2**32 - 1) + bytes(32),
}


@pytest.mark.parametrize("name", BROKEN_BINARY)
def test_binary_that_is_no_geometry_is_told_and_harms_nothing(name):
    good = shapely.to_wkb(SITES[1])
    shapes = decode_shapes(np.array([good, BROKEN_BINARY[name], None], dtype=object))
    assert shapes.damaged.tolist() == [1]
    assert shapes.has_shape[[0, 2]].tolist() == [True, False]
    found = find_nearest(take_apart([SITES[1]]), shapes)
    assert found.feature.tolist() == [0]
    assert found.distance_m.tolist() == [0]


@pytest.mark.parametrize("geometry", [shapely.Polygon(SQUARE), SITES[1], WHOLE["height"]])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_binary_with_its_great_end_first_is_read_all_the_same(geometry, flavor):
    # as programs in Java write it
    blob = shapely.to_wkb(geometry, byte_order=0, flavor=flavor)
    shapes = decode_shapes(np.array([blob], dtype=object))
    assert shapes.has_shape.tolist() == [True]
    assert shapes.damaged.tolist() == []
    inside = shapely.Point(shapely.get_coordinates(geometry)[0])
    assert find_nearest(take_apart([inside]), shapes).distance_m.tolist() == [0]
