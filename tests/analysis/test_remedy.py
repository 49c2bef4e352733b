"""Where violating graves can go: hand-made towns, and all pairs gone through one by one."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.remedy import (
    GROUPS,
    Places,
    find_nearest_patches,
    find_remedies,
    place_nearest_first,
)
from geo_rv.analysis.setback import check_sites
from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED

GEOD = pyproj.Geod(ellps="GRS80")
CATALOGUE = load_catalogue()
ROAD = shapely.LineString([(0, -20_000), (0, 20_000)])


def make_layer(kit, kind, geometries, **columns):
    """Return a layer frame of the shipped catalogue; geometries in metres around one place."""
    placed = [None if each is None else kit.place(each) for each in geometries]
    columns = {"id": [f"{kind[0].upper()}{n}" for n in range(len(placed))], **columns}
    frame = gpd.GeoDataFrame(columns, geometry=placed, crs=STORED)
    return conform_frame(frame, CATALOGUE[kind])


def make_cemeteries(kit, places, capacity, used, **columns):
    boxes = [shapely.box(x - 20, y - 20, x + 20, y + 20) for x, y in places]
    known = {"capacity_plots": capacity, "used_plots": used, **columns}
    return make_layer(kit, "cemetery", boxes, **known)


def ask(kit, layers, *rules):
    """Return the remedies of a town; every grave within 500 m of the road breaks the rule."""
    ground = Ground.of_frames(layers, CATALOGUE, kit.plane)
    book = kit.book(*(rules or [road_rule(kit)]))
    return find_remedies(ground, check_sites(ground, book, as_of=kit.day), book)


def road_rule(kit, **changes):
    case = kit.case(layer="road", limit=500)
    return kit.rule("within", case, subjects=("burial", "cemetery"), **changes)


def make_town(kit, **cemeteries):
    """Return a road due north, three graves beside it and one far off, and three cemeteries."""
    return {
        "road": make_layer(kit, "road", [ROAD], **{"class": ["national"]}),
        "burial": make_layer(
            kit,
            "burial",
            [shapely.Point(*place) for place in [(100, 0), (100, 1000), (100, 3000), (2000, 0)]],
            village=["001", "001", None, "002"],
        ),
        "cemetery": make_cemeteries(
            kit,
            [(1000, 0), (1000, 3000), (200, 1000)],
            **{"capacity": [10, 10, 10], "used": [9, 0, 0], **cemeteries},
        ),
    }


def test_nearest_pairs_come_first_and_a_full_cemetery_sends_graves_on(kit):
    """C0 has one plot: B0 at 880 m takes it, B1 at 1.3 km, for which it is the nearest, not."""
    found = ask(kit, make_town(kit))
    graves = found.graves.set_index("site")
    assert list(graves.index) == ["B0", "B1", "B2"]
    assert list(graves["nearest"]) == ["C0", "C0", "C1"]
    assert list(graves["cemetery"]) == ["C0", "C1", "C1"]
    # the boxes reach 20 m; all corners are where plane geometry has them, within a few mm
    assert graves["nearest_m"].to_list() == pytest.approx([880, np.hypot(880, 980), 880], abs=0.3)
    assert graves["cemetery_m"].to_list() == pytest.approx([880, np.hypot(880, 1980), 880], abs=0.3)
    assert list(found.moves.loc["001"]) == [1, 1]
    assert list(found.moves.columns) == ["C0", "C1"]


def test_a_cemetery_that_breaks_a_rule_is_not_offered(kit):
    """C2 is the nearest of all to B1, and lies 180 m from the road itself."""
    found = ask(kit, make_town(kit))
    states = found.cemeteries.set_index("id")["state"]
    assert dict(states) == {"C0": "offered", "C1": "offered", "C2": "violating"}
    assert "C2" not in set(found.graves["nearest"])


def test_a_cemetery_whose_figures_are_empty_or_used_up_is_not_offered(kit):
    town = make_town(kit, capacity=[None, 10, 10], used=[0, 12, None])
    found = ask(kit, town)
    assert list(found.cemeteries["state"]) == ["unknown", "full", "violating"]
    assert found.cemeteries["free"].isna().tolist() == [True, False, True]
    assert found.cemeteries["free"][1] == 0
    assert found.graves["nearest"].isna().all()
    assert found.graves["cemetery_m"].isna().all()
    assert list(found.villages["unplaced"]) == [2, 0, 1]
    assert found.moves.empty


def test_a_cemetery_without_geometry_is_not_offered(kit):
    town = make_town(kit)
    town["cemetery"].loc[0, "geometry"] = None
    assert ask(kit, town).cemeteries["state"][0] == "unplaced"


def test_a_cemetery_with_doubts_is_offered_and_says_so(kit):
    """A layer that is missing leaves every cemetery not checked."""
    rail = kit.rule(
        "within", kit.case(layer="railway", limit=500), subjects=("cemetery",), rule_id="RAIL"
    )
    found = ask(kit, make_town(kit), road_rule(kit), rail)
    assert found.cemeteries["doubtful"].all()
    assert found.cemeteries["state"][0] == "offered"


def test_villages_add_up_and_a_missing_code_has_its_row(kit):
    found = ask(kit, make_town(kit))
    villages = found.villages
    assert list(villages.index) == ["001", "002", ""]
    assert list(villages["graves"]) == [2, 1, 1]
    assert list(villages["violating"]) == [2, 0, 1]
    assert list(villages["clear"]) == [0, 1, 0]
    assert (villages["placed"] + villages["unplaced"] == villages["violating"]).all()


def test_graves_to_survey_and_those_unchecked_are_counted_apart(kit):
    """Within 2 + 5 m (accuracies of graves and roads) of the limit nobody can tell."""
    layers = {
        "road": make_layer(kit, "road", [ROAD], **{"class": ["national"]}),
        "burial": make_layer(
            kit,
            "burial",
            [shapely.Point(x, 0) for x in (100, 499, 2000, 2000)],
            burial_type=["body_single", "body_single", "body_single", None],
            area_m2=[3, 3, 3, 3],
        ),
        "cemetery": make_cemeteries(kit, [(1000, 0)], [10], [0]),
    }
    area = kit.rule(
        "at_most",
        kit.case(subject_where={"burial_type": ("body_single",)}, field="area_m2", limit=4),
        rule_id="AREA",
        unit="m2",
    )
    found = ask(kit, layers, road_rule(kit), area)
    assert found.villages.loc[""].to_dict() == {
        "graves": 4, "violating": 1, "survey": 1, "unchecked": 1, "clear": 1,
        "placed": 1, "unplaced": 0,
    }  # fmt: skip


def test_rules_broken_are_named_and_those_about_the_grave_itself_told_apart(kit):
    layers = make_town(kit)
    layers["burial"]["area_m2"] = [9.0, 1.0, 1.0, 9.0]
    area = kit.rule("at_most", kit.case(field="area_m2", limit=4), rule_id="AREA", unit="m2")
    graves = ask(kit, layers, road_rule(kit), area).graves
    assert list(graves["rules"]) == ["R, AREA", "R", "R", "AREA"]
    assert list(graves["own_rules_only"]) == [False, False, False, True]


def test_a_contested_violation_is_marked(kit):
    layers = make_town(kit)
    ground, book = Ground.of_frames(layers, CATALOGUE, kit.plane), kit.book(road_rule(kit))
    findings = check_sites(ground, book, as_of=kit.day)
    findings.loc[findings["site"] == "B1", "contested"] = "moved in 2024"
    assert list(find_remedies(ground, findings, book).graves["contested"]) == [False, True, False]


def test_a_violating_grave_without_geometry_finds_no_place(kit):
    layers = make_town(kit)
    layers["burial"].loc[3, "geometry"] = None
    layers["burial"]["area_m2"] = [1.0, 1.0, 1.0, 9.0]
    area = kit.rule("at_most", kit.case(field="area_m2", limit=4), rule_id="AREA", unit="m2")
    last = ask(kit, layers, area).graves.iloc[-1]
    assert last["site"] == "B3"
    assert pd.isna(last["cemetery"])
    assert np.isnan(last["lon"])


def test_no_graves_and_no_cemeteries_give_empty_tables(kit):
    layers = make_town(kit)
    layers["burial"] = layers["burial"][:0]
    found = ask(kit, layers)
    assert len(found.graves) == len(found.villages) == 0
    layers = make_town(kit)
    layers["cemetery"] = layers["cemetery"][:0]
    found = ask(kit, layers)
    assert found.graves["cemetery"].isna().all()


def test_a_historic_grave_is_no_violation(kit):
    layers = make_town(kit)
    layers["burial"]["protected_historic"] = [True, False, False, False]
    exempt = kit.rule(
        "exempt", kit.case(subject_where={"protected_historic": (True,)}), rule_id="EXEMPT"
    )
    found = ask(kit, layers, road_rule(kit), exempt)
    assert list(found.graves["site"]) == ["B1", "B2"]
    assert found.villages["clear"].sum() == 2


def place_greedily(matrix, free):
    """Return each grave's cemetery by going through all pairs from the nearest on."""
    left, place = list(free), {}
    pairs = [(matrix[g, c], g, c) for g in range(matrix.shape[0]) for c in range(matrix.shape[1])]
    for _, grave, cemetery in sorted(pairs):
        if grave not in place and left[cemetery] > 0:
            place[grave] = cemetery
            left[cemetery] -= 1
    return [place.get(grave, -1) for grave in range(matrix.shape[0])]


def measure_in(matrix):
    def measure(which, is_open):
        asked = np.where(is_open, matrix[which], np.inf)
        best = asked.argmin(axis=1)
        away = asked[np.arange(len(which)), best]
        found = np.isfinite(away)
        return np.where(found, best, -1), np.where(found, away, np.nan)

    return measure


@given(
    seed=st.integers(0, 2**32 - 1),
    graves=st.integers(1, 40),
    free=st.lists(st.integers(0, 12), min_size=1, max_size=8),
)
@settings(deadline=None)
def test_places_are_those_of_all_pairs_gone_through_from_the_nearest_on(seed, graves, free):
    matrix = np.random.default_rng(seed).uniform(0, 1000, (graves, len(free)))
    measure, plots = measure_in(matrix), np.array(free)
    nearest = Places(*measure(np.arange(graves), plots > 0))
    placed = place_nearest_first(nearest, plots, measure)
    assert placed.cemetery.tolist() == place_greedily(matrix, free)
    kept = placed.cemetery >= 0
    assert placed.distance_m[kept].tolist() == [
        matrix[g, c] for g, c in zip(np.flatnonzero(kept), placed.cemetery[kept], strict=True)
    ]
    assert np.isnan(placed.distance_m[~kept]).all()


PLACE = st.tuples(st.integers(0, 40), st.integers(-40, 40))


@given(
    graves=st.lists(PLACE, min_size=1, max_size=25),
    cemeteries=st.lists(st.tuples(PLACE, st.integers(0, 6), st.integers(0, 4)), max_size=5),
    villages=st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_nothing_is_lost_and_nothing_overbooked(kit, graves, cemeteries, villages):
    codes = [villages.choice(["001", "002", None]) for _ in graves]
    layers = {
        "road": make_layer(kit, "road", [ROAD], **{"class": ["national"]}),
        "burial": make_layer(
            kit, "burial", [shapely.Point(50 * x, 50 * y) for x, y in graves], village=codes
        ),
        "cemetery": make_cemeteries(
            kit,
            [(50 * x, 50 * y) for (x, y), _, _ in cemeteries],
            [capacity for _, capacity, _ in cemeteries],
            [used for _, _, used in cemeteries],
        ),
    }
    found = ask(kit, layers)
    # the road runs along the meridian of x = 0: what lies due east is that far away
    violating = [f"B{n}" for n, (x, _) in enumerate(graves) if 50 * x < 495]
    assert sorted(found.graves["site"]) == sorted(violating)
    assert (found.cemeteries["assigned"] <= found.cemeteries["free"]).all()
    offered = found.cemeteries["state"] == "offered"
    assert (found.cemeteries["assigned"][~offered] == 0).all()
    table, moves = found.villages, found.moves
    assert table["graves"].sum() == len(graves)
    assert (table[list(GROUPS)].sum(axis=1) == table["graves"]).all()
    assert (table["placed"] + table["unplaced"] == table["violating"]).all()
    assert moves.to_numpy().sum() == table["placed"].sum() == found.cemeteries["assigned"].sum()
    assert (moves.sum(axis=1).reindex(table.index, fill_value=0) == table["placed"]).all()
    # where a grave finds no place, every cemetery that is offered is full
    if table["unplaced"].sum():
        assert (found.cemeteries["assigned"] == found.cemeteries["free"])[offered].all()


def measure_to_ring(point, polygon):
    """Return the geodesic distance from a point to a polygon's border, walked in small steps."""
    lon, lat = shapely.get_coordinates(shapely.segmentize(polygon.exterior, 2e-6)).T
    return GEOD.inv(np.full(len(lon), point.x), np.full(len(lat), point.y), lon, lat)[2].min()


def test_distances_are_those_of_the_geodesic(kit):
    town = make_town(kit)
    graves = ask(kit, town).graves
    points = dict(zip(town["burial"]["id"], town["burial"].geometry, strict=True))
    faces = dict(zip(town["cemetery"]["id"], town["cemetery"].geometry, strict=True))
    for row in graves.itertuples():
        for cemetery, told in ((row.nearest, row.nearest_m), (row.cemetery, row.cemetery_m)):
            oracle = measure_to_ring(points[row.site], faces[cemetery])
            assert told == pytest.approx(oracle, abs=0.01)
        assert (row.lon, row.lat) == pytest.approx(points[row.site].coords[0], abs=1e-9)


def test_nearest_patch_of_each_grave(kit):
    town = make_town(kit)
    ground = Ground.of_frames(town, CATALOGUE, kit.plane)
    faces = [kit.place(shapely.box(*box)) for box in [(50, -50, 150, 50), (600, 900, 700, 1100)]]
    patches = gpd.GeoDataFrame(
        {"id": ["P7", "P9"], "rank": [2, 1]}, geometry=faces, crs=STORED, index=[10, 20]
    )
    found = find_nearest_patches(ground.find("burial"), patches)
    assert list(found["patch"]) == ["P7", "P9", "P9", "P9"]
    assert list(found["patch_rank"]) == [2, 1, 1, 1]
    assert found["patch_m"][0] == 0
    oracle = measure_to_ring(town["burial"].geometry[1], faces[1])
    assert found["patch_m"][1] == pytest.approx(oracle, abs=0.01)
    none = find_nearest_patches(ground.find("burial"), patches[:0])
    assert none.isna().all(axis=None)
    assert len(none) == 4


def test_the_day_decides_which_rules_send_a_grave_away(kit):
    """A rule of next year moves nobody today."""
    assert ask(kit, make_town(kit), road_rule(kit, valid_from=date(2027, 1, 1))).graves.empty
