"""The demo town: real codes, the report's totals, sound geometry, and said to be made up."""

import time

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.analysis.reconcile import reconcile_report
from geo_rv.analysis.summary import summarise_layers
from geo_rv.catalogue import load_catalogue
from geo_rv.demo import make_town
from geo_rv.figures import load_report

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
MU = 2000 / 3
TOWN = "421381107"
UNITS = {
    "001": "东门楼社区",
    "200": "双乡村",
    "201": "泉口村",
    "202": "楼子湾村",
    "203": "双岗村",
    "204": "东河村",
    "205": "王子店村",
    "206": "中心村",
    "208": "东湾村",
    "209": "杨家坳村",
    "210": "芝麻湾村",
    "211": "浆溪店村",
    "212": "三土门村",
    "213": "塘畈村",
    "214": "徐家山村",
}
CREMATION_DAY = pd.Timestamp("2024-03-20")


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="module")
def town(record_testsuite_property):
    start = time.perf_counter()
    layers = make_town()
    record_testsuite_property("make_town_seconds", round(time.perf_counter() - start, 2))
    return layers


@pytest.fixture(scope="module")
def outline(town):
    # a hair wider, for lines that were cut exactly at the boundary
    return shapely.buffer(shapely.union_all(town["village"].geometry.array), 1e-9)


def measure_mu(shapes):
    """An independent area: pyproj's, along geodesics (within 1e-5 of the county's here)."""
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) / MU for shape in shapes])


# ---------------------------------------------------------------- form


def test_every_layer_of_the_catalogue_is_there(town, catalogue):
    assert set(town) == {spec.kind for spec in catalogue.layers}


def test_layers_are_layer_frames(town, catalogue):
    for kind, layer in town.items():
        spec = catalogue[kind]
        assert layer.crs == "EPSG:4490"
        assert list(layer.columns) == [*(field.name for field in spec.fields), "geometry"], kind
        assert layer.index.equals(pd.RangeIndex(len(layer)))
        assert layer["id"].notna().all()
        assert layer["id"].is_unique, kind
        for field in spec.fields:
            values = layer[field.name].dropna()
            if field.required:
                assert layer[field.name].notna().all(), (kind, field.name)
            if field.choices:
                assert set(values) <= set(field.choices), (kind, field.name)
            if field.minimum is not None:
                assert (values >= field.minimum).all(), (kind, field.name)


def test_geometry_is_of_the_right_type_valid_and_within_the_town(town, catalogue, outline):
    for kind, layer in town.items():
        types = layer.geom_type.str.lower().str.removeprefix("multi").str.removesuffix("string")
        assert set(types) <= set(catalogue[kind].geometry), kind
        assert layer.is_valid.all(), kind
        assert not layer.is_empty.any(), kind
        assert layer.within(outline).all(), kind


def test_everything_says_that_it_is_synthetic(town):
    for kind, layer in town.items():
        assert layer["remark"].str.startswith("合成示意").all(), kind


def test_the_same_town_comes_out_every_time(town):
    again = make_town()
    for kind, layer in town.items():
        pd.testing.assert_frame_equal(
            layer.drop(columns="geometry"), again[kind].drop(columns="geometry")
        )
        assert (shapely.to_wkb(layer.geometry) == shapely.to_wkb(again[kind].geometry)).all(), kind


# ---------------------------------------------------------------- villages


def test_villages_are_the_real_ones(town):
    names = dict(zip(town["village"]["id"], town["village"]["name"], strict=True))
    assert names == {f"{TOWN}{code}": name for code, name in UNITS.items()}


def test_villages_tile_the_town(town):
    shapes = town["village"].geometry
    assert shapely.coverage_is_valid(shapes.array)
    assert (shapes.geom_type == "Polygon").all()
    union = shapes.union_all()
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0
    assert shapely.area(shapes.array).sum() == pytest.approx(union.area, rel=1e-12)
    square_km = measure_mu(shapes).sum() * MU / 1e6
    assert 150 < square_km < 200


def test_the_town_lies_where_it_should(town):
    middle = shapely.Point(113.86, 31.85)
    assert town["village"].union_all().contains(middle)


def test_each_row_names_the_village_that_it_lies_in(town):
    villages = town["village"].set_index("id").geometry
    for kind, layer in town.items():
        if kind == "village" or "village" not in layer:
            continue
        points = shapely.point_on_surface(layer.geometry.array)
        own = villages.loc[layer["village"]].array
        # the point on the surface in degrees is not quite the one in metres
        assert (shapely.distance(points, own) < 1e-5).all(), kind


# ---------------------------------------------------------------- the report's figures

TOTALS = [
    ("resettlement_site", "households", 555),
    ("resettlement_site", "people", 999),
    ("resettlement_site", "public_jobs", 45),
    ("resettlement_site", "working_away", 468),
    ("pv_station", "capacity_kw", 2750),
    ("tourism_route", "invested_wan", 1600),
    ("village", "poverty_households", 1456),
    ("village", "poverty_people", 4563),
    ("village", "monitored_households", 111),
    ("village", "monitored_people", 342),
    ("village", "risk_open_households", 45),
    ("village", "risk_open_people", 123),
    ("village", "risk_removed_households", 69),
    ("village", "risk_removed_people", 184),
    ("village", "work_trips", 1046),
    ("village", "travel_subsidy_people", 354),
    ("village", "travel_subsidy_wan", 15.58),
    ("village", "travel_subsidy_people_2021_2023", 431),
    ("village", "travel_subsidy_wan_2021_2023", 18.93),
    ("village", "public_jobs", 166),
    ("village", "grant_people", 79),
    ("village", "grant_wan", 11.85),
    ("village", "sanitation_wan", 410),
    ("village", "cleaners", 26),
    ("village", "refuse_trucks", 3),
    ("village", "hook_trucks", 2),
    ("village", "dry_latrines_removed", 105),
    ("village", "household_toilets_built", 36),
]


@pytest.mark.parametrize(("kind", "field", "total"), TOTALS)
def test_sums_are_the_reports(town, kind, field, total):
    assert town[kind][field].sum() == pytest.approx(total, abs=1e-9)


def test_counts_are_the_reports(town):
    assert len(town["resettlement_site"]) == 44
    assert len(town["pv_station"]) == 55
    assert (town["pv_station"]["capacity_kw"] == 50).all()
    assert town["cemetery"]["ownership"].value_counts().to_dict() == {"village": 13, "joint": 1}
    assert (town["facility"]["type"] == "public_toilet").sum() == 8
    points = town["facility"].query("type == 'logistics_point'")
    assert set(points["village"]) == set(town["village"]["id"])


def test_money_of_the_projects_is_the_reports(town):
    by_category = town["project"].groupby("category")
    assert by_category.size().to_dict() == {
        "consolidation": 29,
        "improvement": 26,
        "industry_cluster": 8,
        "market": 1,
        "ecommerce": 1,
    }
    invested = by_category["invested_wan"].sum()
    assert invested["consolidation"] == pytest.approx(1044)
    assert invested["improvement"] == pytest.approx(594)
    assert invested["market"] == 200
    assert invested["ecommerce"] == 40
    assert by_category["total_wan"].sum()["ecommerce"] == 350


def test_transfers_are_the_reports(town):
    parcels = town["land_transfer"]
    mu = parcels.groupby("crop")["contract_mu"].sum()
    assert mu["ginger"] == pytest.approx(1200)
    assert mu["camellia"] == pytest.approx(15_000)
    assert mu["rice"] == pytest.approx(300)
    base = parcels[parcels["base"]]
    assert base["contract_mu"].sum() == pytest.approx(30)
    assert base["invested_wan"].sum() == 30
    assert base["profit_wan"].sum() > 50
    hill = parcels.query("terrain == 'hill' and lessee_type == 'cooperative'")
    assert hill["contract_mu"].sum() == pytest.approx(13_200)
    assert hill["income_wan"].sum() == pytest.approx(186)
    assert hill["village"].nunique() > 8
    camellia = parcels.query("crop == 'camellia'")
    assert camellia["households"].sum() == 525
    assert camellia["income_wan"].sum() > 100
    assert parcels.query("crop == 'rice'")["income_wan"].sum() == pytest.approx(20)
    assert parcels.query("crop == 'greenhouse'")["invested_wan"].sum() == pytest.approx(10)
    villages = parcels.groupby("crop")["village"].agg(set)
    assert all(len(villages[crop]) == 1 for crop in ("ginger", "camellia", "rice"))


def test_every_figure_reconciles_and_the_contradictions_show(town, catalogue):
    report = load_report("2023", catalogue)
    result = reconcile_report(summarise_layers(town, catalogue), report, catalogue)
    statuses = {row.figure.name: row.status for row in result.rows}
    told = {name for name, status in statuses.items() if status != "no_figure"}
    assert {statuses[name] for name in told} <= {"equal", "at_least_met"}
    assert len(told) > 50
    assert all(row.holds for row in result.contradictions)


def test_no_village_has_people_without_households(town):
    villages = town["village"]
    for name in ("poverty", "monitored", "risk_open", "risk_removed"):
        people, households = villages[f"{name}_people"], villages[f"{name}_households"]
        assert ((people > 0) <= (households > 0)).all(), name
    assert (villages["risk_open_people"] >= villages["risk_open_households"]).all()


# ---------------------------------------------------------------- themes


def test_parcels_do_not_overlap(town):
    shapes = town["land_transfer"].geometry.array
    one, other = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert not len(one), (one, other)


def test_contracts_fit_their_parcels_but_for_those_that_say_so(town):
    parcels = town["land_transfer"]
    off = np.abs(parcels["contract_mu"] / measure_mu(parcels.geometry) - 1)
    strays = parcels["remark"].str.contains("有意")
    assert strays.sum() == 6
    assert (off[strays] > 0.05).all()
    assert (off[~strays] < 0.01).all()


def test_the_route_runs_through_exactly_four_villages(town):
    (route,) = town["tourism_route"].geometry
    villages = town["village"]
    through = villages[villages.intersects(route)]
    assert len(through) == 4
    on_route = town["tourism_site"].query("on_route")
    assert set(on_route["village"]) == set(through["id"])
    # every point of the route is a point of a road
    points = set(map(tuple, shapely.get_coordinates(town["road"].geometry.array).tolist()))
    assert set(map(tuple, shapely.get_coordinates(route).tolist())) <= points
    assert town["tourism_route"]["visitors"].sum() > 300_000


def test_farmland_and_forest_share_no_ground(town):
    assert set(shapely.to_wkb(town["basic_farmland"].geometry)) <= set(
        shapely.to_wkb(town["cultivated_land"].geometry)
    )
    kinds = ("cultivated_land", "forest_land", "residential_area", "reservoir")
    shapes = np.concatenate([town[kind].geometry.array for kind in kinds])
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)


def test_the_road_network_has_every_class_and_reaches_every_seat(town):
    roads = town["road"]
    classes = {"motorway", "national", "provincial", "county", "township", "village", "other"}
    assert set(roads["class"]) == classes
    assert set(town["road"].query("`class` == 'motorway'")["name"]) == {"示意高速公路"}
    network = shapely.union_all(roads.query("`class` != 'motorway'").geometry.array)
    for village in town["village"].geometry:
        assert network.intersects(village)


def test_graves_lie_scattered_and_give_the_check_something_to_find(town):
    graves = town["burial"]
    assert len(graves) == pytest.approx(3000, abs=50)
    assert (graves["buried_on"] > CREMATION_DAY).any()
    assert (graves["buried_on"] < CREMATION_DAY).any()
    assert 0 < graves["protected_historic"].sum() < 20
    assert (graves.query("burial_type == 'body_single'")["area_m2"] > 4).any()
    assert (graves.query("burial_type == 'body_single'")["area_m2"] <= 4).any()
    assert set(graves["village"]) == set(town["village"]["id"])
    lakes = town["reservoir"].union_all()
    assert not graves.within(lakes).any()


def test_personal_fields_are_placeholders(town):
    graves = town["burial"]
    assert graves["holder"].str.fullmatch(r"户主\d{4}|示意古墓").all()
    assert graves["contact"].str.fullmatch(r"联系人\d{4}（示意）").all()
    parcels = town["land_transfer"]
    for field in ("lessor", "lessee"):
        assert parcels[field].str.endswith("（示意）").all()


def test_cemeteries_are_of_plausible_size_and_some_lack_approval(town):
    cemeteries = town["cemetery"]
    mu = measure_mu(cemeteries.geometry)
    assert ((mu > 3) & (mu < 35)).all()
    assert 0 < cemeteries["county_approved_on"].isna().sum() < 7
    assert (cemeteries["used_plots"] <= cemeteries["capacity_plots"]).all()


def test_resettled_people_fill_their_households(town):
    sites = town["resettlement_site"]
    assert (sites["households"] > 0).all()
    assert (sites["people"] >= sites["households"]).all()
    assert (sites["working_away"] + sites["public_jobs"] <= sites["people"]).all()
