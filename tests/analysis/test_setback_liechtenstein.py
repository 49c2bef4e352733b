"""The check on a real country, against geopandas' own search in another projection."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_sites
from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import choose_plane

THEMES = (
    Path(__file__).parents[3]
    / "shared/data/osm-liechtenstein-2021/osm-liechtenstein-2021-themes.gpkg"
)
pytestmark = pytest.mark.skipif(not THEMES.is_file(), reason=f"{THEMES.name} is not beside us")

# equal in area instead of in angle, so that its errors are others: 3e-6 at most, 30 km around
ELSEWHERE = "+proj=laea +lat_0=47.15 +lon_0=9.55 +ellps=GRS80"
SOURCES = {
    "cemetery": "cemetery",
    "road": "road",
    "river": "river",
    "railway": "railway",
    "residential_area": "building",
    "cultivated_land": "farmland",
    "forest_land": "forest",
    "reservoir": "water",
}
CLASSES = {"motorway": "motorway", "primary": "national", "secondary": "provincial"}
DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="module")
def layers(catalogue):
    read = {}
    for kind, theme in SOURCES.items():
        frame = gpd.read_file(THEMES, layer=theme).to_crs("EPSG:4490")
        frame["id"] = [f"{number:06d}" for number in range(len(frame))]
        if kind == "road":
            frame["class"] = frame["highway"].map(CLASSES).fillna("other")
        if kind == "river":
            frame["class"] = frame["waterway"]
        read[kind] = conform_frame(frame, catalogue[kind])
    rng = np.random.default_rng(2021)
    lon, lat = rng.uniform(9.48, 9.62, 3000), rng.uniform(47.06, 47.26, 3000)
    graves = gpd.GeoDataFrame(
        {"id": [f"{number:06d}" for number in range(3000)]},
        geometry=shapely.points(lon, lat),
        crs="EPSG:4490",
    )
    return {**read, "burial": conform_frame(graves, catalogue["burial"])}


@pytest.fixture(scope="module")
def rules(kit):
    roads = {"class": tuple(CLASSES.values())}
    told = [
        ("within", kit.case(layer="road", where=roads, limit=500)),
        ("within", kit.case(layer="road", limit=15)),
        ("within", kit.case(layer="railway", limit=500)),
        ("within", kit.case(layer="river", where={"class": ("river",)}, limit=500)),
        ("within", kit.case(layer="reservoir", limit=500)),
        ("within", kit.case(layer="residential_area", limit=100)),
        ("intersects", kit.case(layer="cultivated_land")),
        ("intersects", kit.case(layer="forest_land")),
    ]
    return [
        kit.rule(relation, case, rule_id=f"R{number}", subjects=("burial", "cemetery"))
        for number, (relation, case) in enumerate(told)
    ]


@pytest.fixture(scope="module")
def findings(kit, layers, rules, catalogue):
    bounds = tuple(layers["burial"].total_bounds)
    ground = Ground.of_frames(layers, catalogue, choose_plane(bounds))
    found = check_sites(ground, kit.book(*rules), as_of=DAY)
    return found.set_index(["layer", "rule", "site"]).sort_index()


@pytest.mark.parametrize("subject", ["cemetery", "burial"])
@pytest.mark.parametrize("number", range(8))
def test_distances_and_verdicts_agree_with_geopandas(
    layers, rules, findings, catalogue, subject, number
):
    rule = rules[number]
    case = rule.cases[0]
    features = layers[case.layer]
    for field, values in case.where.items():
        features = features[features[field].isin(values)]
    sites = layers[subject][["id", "geometry"]].to_crs(ELSEWHERE)
    features = features[["id", "geometry"]].set_geometry(features.make_valid(method="structure"))
    nearest = (
        sites.sjoin_nearest(features.to_crs(ELSEWHERE), distance_col="distance")
        .sort_values(["id_left", "id_right"])
        .drop_duplicates("id_left")
        .set_index("id_left")
    )
    found = findings.loc[subject, rule.id]
    assert found.index.tolist() == nearest.index.tolist()
    expected = nearest["distance"]
    difference = (found["distance_m"] - expected).abs()
    assert (difference <= 0.01 + 3e-6 * expected).all()
    # which of two features is named may differ where both are as near
    others = found["constraint"] != nearest["id_right"]
    assert others.mean() < 0.01

    tolerance = catalogue[subject].accuracy_m + catalogue[case.layer].accuracy_m
    gap = (expected - case.limit).abs()
    verdicts = np.where(expected <= case.limit, "violation", "pass")
    if rule.relation == "within":
        verdicts = np.where(gap < tolerance, "marginal", verdicts)
    else:
        verdicts = np.where((gap > 0) & (gap < tolerance), "marginal", verdicts)
    decided = (gap - tolerance).abs() > 0.1
    assert (found["verdict"] == verdicts)[decided].all()
    assert decided.mean() > 0.95


def test_the_cemeteries_within_500_m_of_main_roads_are_those_of_a_buffer(layers, findings):
    roads = layers["road"]
    main = roads[roads["class"].isin(CLASSES.values())].to_crs(ELSEWHERE)
    near = layers["cemetery"].to_crs(ELSEWHERE).sjoin(main, predicate="dwithin", distance=500)
    found = findings.loc["cemetery", "R0"]
    assert set(found.index[found["distance_m"] <= 500]) == set(near["id_left"])


def test_no_finding_is_missing_and_none_too_many(findings, layers, rules):
    assert len(findings) == (len(layers["burial"]) + len(layers["cemetery"])) * len(rules)
    assert not findings.index.has_duplicates


def test_invalid_polygons_are_listed(layers, catalogue):
    ground = Ground.of_frames(layers, catalogue, choose_plane((9.4, 47.0, 9.7, 47.3)))
    for kind in layers:
        ground.find(kind)
    assert {kind: len(ids) for kind, ids in ground.repaired.items()} == {
        "cultivated_land": 1,
        "forest_land": 1,
    }
