"""Random towns under rules of each kind against every pair of site and feature."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.frames import conform_frame

GRS80 = pyproj.Geod(ellps="GRS80")
HALF_M = 2500
DECIDED_M = 2e-3
"""Nearer than this to a threshold, two ways to measure may decide differently."""
ACCURACY_M = {"burial": 2.0, "road": 3.0, "zone": 5.0, "river": 3.0}
HALF_WIDTHS_M = {"main": 20.0, "lane": 3.0}


def draw_lines(rng, count):
    return [
        shapely.LineString(
            rng.uniform(-HALF_M, HALF_M, 2) + np.cumsum(rng.normal(0, 40, (size, 2)), axis=0)
        )
        for size in rng.integers(2, 40, count)
    ]


def draw_faces(rng, count, size):
    middles = shapely.points(rng.uniform(-HALF_M, HALF_M, (count, 2)))
    radii = size * 10 ** rng.uniform(-0.5, 0.5, count)
    whole = shapely.buffer(middles, radii, quad_segs=2)
    holed = shapely.difference(whole, shapely.buffer(middles, radii / 2, quad_segs=1))
    apart = shapely.union(whole, shapely.transform(whole, lambda place: place + 4 * size))
    return list(np.choose(rng.integers(0, 3, count), [whole, holed, apart]))


def draw_town(kit, seed):
    """Return the layers of a town, none of them in the order of its ids."""
    rng = np.random.default_rng(seed)
    drawn = {
        "burial": [
            *shapely.points(rng.uniform(-HALF_M, HALF_M, (220, 2))),
            *draw_faces(rng, 80, 20),
        ],
        "road": [*draw_lines(rng, 25), *draw_faces(rng, 4, 30)],
        "zone": draw_faces(rng, 60, 60),
        "river": [*draw_lines(rng, 6), *draw_faces(rng, 6, 100)],
    }
    columns = {"road": {"class": rng.choice(["main", "lane"], 29)}}
    columns["zone"] = {"class": rng.choice(["strict", "loose"], 60)}
    layers = {}
    for kind, geometries in drawn.items():
        frame = gpd.GeoDataFrame(
            {"id": [f"{kind}{number:03}" for number in rng.permutation(len(geometries))]}
            | columns.get(kind, {}),
            geometry=[kit.place(each) for each in geometries],
            crs="EPSG:4490",
        )
        layers[kind] = conform_frame(frame, kit.catalogue[kind])
    return layers


def measure_all(sites, features):
    """Return the distance of every site to every feature, (sites, features).

    Each site is put in the middle of a map that shows distances and azimuths from there as
    they are. A site is so small that the map is right at its other corners too.
    """
    coordinates, owners = shapely.get_coordinates(features, return_index=True)
    distances = np.empty((len(sites), len(features)))
    for number, site in enumerate(sites):
        middle = np.array(site.centroid.coords[0])

        def lay(degrees, middle=middle):
            centre = np.tile(middle[:, np.newaxis], len(degrees))
            azimuths, _, lengths = GRS80.inv(*centre, *degrees.T)
            azimuths = np.radians(azimuths)
            return np.column_stack([lengths * np.sin(azimuths), lengths * np.cos(azimuths)])

        placed = shapely.set_coordinates(features.copy(), lay(coordinates))
        distances[number] = shapely.distance(shapely.transform(site, lay), placed)
    assert len(owners) == len(coordinates)
    return distances


def list_rules(kit):
    """Return rules, and for each what a brute force does: columns of features, widths, limits."""
    case = kit.case
    strict = {"class": ("strict",)}
    main = {"class": ("main",)}
    return [
        kit.rule("within", case(layer="road", limit=100), rule_id="near"),
        kit.rule("within", case(layer="road", limit=100), rule_id="edge", from_edge=True),
        kit.rule(
            "within", case(layer="road", where=main, limit=60), rule_id="main", from_edge=True
        ),
        kit.rule("within", case(layer="zone", where=strict, limit=0), rule_id="zero"),
        kit.rule("intersects", case(layer="zone"), rule_id="in"),
        kit.rule("intersects", case(layer="road"), rule_id="on", from_edge=True),
        kit.rule("not_within", case(layer="zone"), rule_id="out"),
        kit.rule(
            "not_within", case(layer="zone", where=strict), case(layer="river"), rule_id="any"
        ),
        kit.rule(
            "within", case(layer="road", limit=50), case(layer="river", limit=300), rule_id="both"
        ),
    ]


def judge(relation, distance, limit, tolerance):
    """Return the verdict of one distance, as the rules say it in words."""
    if relation == "within":
        if abs(distance - limit) < tolerance:
            return "marginal"
        return "violation" if distance <= limit else "pass"
    if 0 < distance < tolerance:
        return "marginal"
    return "violation" if (distance == 0) == (relation == "intersects") else "pass"


def judge_all(layers, distances, rule):
    """Return of each site and case the least distance, its margin and its verdict."""
    rows = []
    for number in range(len(layers["burial"])):
        for case in rule.cases:
            frame = layers[case.layer]
            kept = np.ones(len(frame), dtype=bool)
            for field, choices in (case.where or {}).items():
                kept &= frame[field].isin(choices).to_numpy()
            apart = distances[case.layer][number][kept]
            if rule.from_edge:
                is_line = frame.geometry.geom_type.to_numpy() == "LineString"
                widths = frame["class"].map(HALF_WIDTHS_M).to_numpy() * is_line
                apart = np.maximum(apart - widths[kept], 0)
            limit = case.limit if rule.relation == "within" else 0.0
            tolerance = ACCURACY_M["burial"] + ACCURACY_M[case.layer]
            least = apart.min()
            nearest = frame["id"].to_numpy()[kept][apart <= least + DECIDED_M]
            thresholds = np.array([0, tolerance, limit, limit - tolerance, limit + tolerance])
            rows.append(
                {
                    "site": layers["burial"]["id"][number],
                    "distance": least,
                    "verdict": judge(rule.relation, least, limit, tolerance),
                    "margin": (least - limit) * (-1 if rule.relation == "not_within" else 1),
                    "nearest": set(nearest),
                    "layer": case.layer,
                    "decided": np.abs(least - thresholds[least > 0]).min(initial=1) > DECIDED_M
                    if least > 0
                    else True,
                }
            )
    return pd.DataFrame(rows)


def decide(rows, relation):
    """Return one row a site: of several cases the one that decides."""
    ranks = ["violation", "marginal", "pass"]
    sign = -1 if relation == "not_within" else 1
    ranked = rows.assign(rank=sign * rows["verdict"].map(ranks.index), margin=sign * rows["margin"])
    return ranked.sort_values(["site", "rank", "margin"]).groupby("site").first()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_findings_are_those_of_every_pair(kit, seed):
    layers = draw_town(kit, seed)
    sites = layers["burial"].geometry.to_numpy()
    distances = {
        kind: measure_all(sites, layers[kind].geometry.to_numpy())
        for kind in ("road", "zone", "river")
    }
    rules = list_rules(kit)
    found = kit.check(layers, *rules).set_index(["rule", "site"])
    assert len(found) == len(rules) * len(sites)
    assert found.index.is_unique
    for rule in rules:
        expected = decide(judge_all(layers, distances, rule), rule.relation)
        told = found.loc[rule.id].loc[expected.index]
        assert told["distance_m"].to_numpy() == pytest.approx(
            expected["distance"].to_numpy(), abs=1e-3
        )
        decided = expected["decided"].to_numpy(dtype=bool)
        assert np.count_nonzero(~decided) <= 3
        assert (told["verdict"] == expected["verdict"])[decided].all()
        assert (told["constraint_layer"] == expected["layer"])[decided].all()
        assert all(
            name in near for name, near in zip(told["constraint"], expected["nearest"], strict=True)
        )
        assert expected["verdict"].nunique() >= 2


@pytest.mark.parametrize("seed", [4, 5])
def test_overlaps_are_those_of_every_pair(kit, seed):
    layers = draw_town(kit, seed)
    sites, zones = (layers[kind].geometry.to_numpy() for kind in ("burial", "zone"))
    rule = kit.rule("overlaps", kit.case(layer="zone", limit=200), unit="m2")
    found = kit.check(layers, rule).set_index("site").loc[layers["burial"]["id"]]
    apart = measure_all(sites, zones).min(axis=1)
    areas = np.array([measure_shared(site, zones) for site in sites])
    assert found["overlap_m2"].to_numpy() == pytest.approx(areas, rel=1e-5, abs=0.01)
    expected = np.where(areas > 200, "violation", np.where(apart < 7, "marginal", "pass"))
    decided = (np.abs(areas - 200) > 1) & (np.abs(apart - 7) > DECIDED_M)
    assert (found["verdict"].to_numpy() == expected)[decided].all()
    assert set(expected) == {"violation", "marginal", "pass"}


def measure_shared(site, features):
    """Return the area in m2 that a site shares with features, by Karney's area of a polygon."""
    shared = shapely.intersection(site, shapely.union_all(features))
    return sum(
        abs(GRS80.geometry_area_perimeter(part)[0])
        for part in shapely.get_parts(shared)
        if part.geom_type == "Polygon"
    )
