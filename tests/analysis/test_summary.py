import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.analysis.summary import summarise_layers

GRS80 = pyproj.Geod(ellps="GRS80")


@pytest.fixture
def layers(kit):
    villages = [shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)]
    return {
        "village": kit.frame("village", villages),
        "burial": kit.frame(
            "burial",
            [shapely.Point(east, 500) for east in (100, 200, 1500, 1600, 9000)] + [None],
            village=["a", "", None, "z", None, None],
            burial_type=["ashes", "body", "body", None, "unknown", "body"],
            plots=[1, 2, None, 4, 5, 6],
            area_m2=[0.1, 0.2, np.nan, 0.4, 0.5, 0.6],
        ),
        "road": kit.frame(
            "road", [shapely.LineString([(0, 0), (1500, 0)]), shapely.box(0, 0, 10, 10)]
        ),
        "zone": kit.frame(
            "zone", [shapely.box(0, 0, 100, 200), shapely.box(1900, 0, 2100, 100), None]
        ),
    }


def read(layers, kit):
    return {
        summary.spec.kind: (summary, {value.measure.name: value for value in summary.measures})
        for summary in summarise_layers(layers, kit.catalogue)
    }


def test_layers_come_in_the_order_of_the_catalogue_with_their_counts(layers, kit):
    summaries = summarise_layers(dict(reversed(layers.items())), kit.catalogue)
    assert [(each.spec.kind, each.count) for each in summaries] == [
        ("village", 2), ("burial", 6), ("road", 2), ("zone", 3),
    ]  # fmt: skip


def test_rows_belong_to_the_village_they_name_or_lie_in_or_to_none(layers, kit):
    summary, measures = read(layers, kit)["burial"]
    assert summary.count_by_village == {"": 2, "a": 2, "b": 1, "z": 1}
    assert measures["count"].by_village == {"": 2, "a": 2, "b": 1, "z": 1}
    assert measures["bodies"].by_village == {"": 1, "a": 1, "b": 1}
    assert measures["plots"].by_village == {"": 11, "a": 3, "b": 0, "z": 4}
    assert (measures["bodies"].total, measures["plots"].total) == (3, 18)
    assert measures["kinds"].total == 3


def test_sums_are_told_without_the_noise_of_adding(layers, kit):
    area = read(layers, kit)["burial"][1]["area_m2"]
    assert area.total == 1.8
    assert area.by_village["a"] == 0.3


def test_without_village_polygons_only_named_rows_have_a_village(layers, kit):
    del layers["village"]
    assert read(layers, kit)["burial"][0].count_by_village == {"": 4, "a": 1, "z": 1}


def test_each_village_is_its_own_and_layers_without_the_field_go_by_none(layers, kit):
    found = read(layers, kit)
    assert found["village"][0].count_by_village == {"a": 1, "b": 1}
    assert found["village"][1]["area_mu"].by_village == pytest.approx(
        {"a": 1500, "b": 1500}, rel=1e-5
    )
    assert found["road"][0].count_by_village == {}
    assert found["road"][1]["length_km"].by_village == {}


def test_lengths_are_of_lines_and_areas_ellipsoidal_and_closed(layers, kit):
    found = read(layers, kit)
    assert found["road"][1]["length_km"].total == pytest.approx(1.5, abs=1e-6)
    area = found["zone"][1]["area_mu"]
    geodesic = sum(GRS80.geometry_area_perimeter(zone)[0] for zone in layers["zone"].geometry[:2])
    assert area.total == pytest.approx(geodesic * 3 / 2000, rel=1e-5)
    assert sum(area.by_village.values()) == pytest.approx(area.total, abs=1e-9)


def test_totals_close_after_rounding(kit):
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 5000, (400, 2))
    zones = kit.frame(
        "zone", [shapely.box(*corner, *(corner + rng.uniform(1, 90, 2))) for corner in corners[:26]]
    )
    zones["village"] = pd.Series(rng.choice(["x", "y", "z"], 26), dtype="str")
    area = read({"zone": zones}, kit)["zone"][1]["area_mu"]
    assert round(sum(area.by_village.values()), 6) == area.total
    # each parcel counts as the hundredth of a square metre that it is told to
    assert area.total * 2000 / 3 == pytest.approx(round(area.total * 2000 / 3, 2), abs=1e-3)


def test_empty_layers_have_a_summary(kit):
    empty = {spec.kind: kit.frame(spec.kind, []) for spec in kit.catalogue.layers}
    for summary in summarise_layers(empty, kit.catalogue):
        assert summary.count == 0
        assert [value.total for value in summary.measures] == [0] * len(summary.measures)
    assert summarise_layers({}, kit.catalogue) == ()


def test_frames_are_not_changed(layers, kit):
    before = {kind: frame.copy() for kind, frame in layers.items()}
    summarise_layers(layers, kit.catalogue)
    for kind, frame in layers.items():
        assert isinstance(frame, gpd.GeoDataFrame)
        assert frame.equals(before[kind])
