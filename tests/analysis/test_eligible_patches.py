"""What is told of a patch: area, village, longest side, road, and where the data end."""

from datetime import date

import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.analysis.eligible import find_eligible
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.patches import list_patches
from geo_rv.analysis.shapes import take_apart

GEOD = pyproj.Geod(ellps="GRS80")


def draw(shape):
    return shapely.segmentize(shape, 50)


@pytest.fixture
def listed(kit):
    """Return patches in two villages, with a road 400 m west of the larger one."""
    squares = [
        shapely.box(0, 0, 300, 100),
        shapely.affinity.rotate(shapely.box(600, 0, 700, 50), 30),
        shapely.box(900, 0, 910, 20),
    ]
    layers = {
        "village": kit.frame(
            "village", [shapely.box(-1000, -1000, 250, 1000), shapely.box(250, -1000, 2000, 1000)]
        ),
        "road": kit.frame("road", [shapely.LineString([(-400, -500), (-400, 500)])]),
    }
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    rule = kit.rule("within", kit.case(layer="road", limit=100))
    land = find_eligible(
        ground,
        kit.book(rule),
        take_apart([kit.place(draw(square)) for square in squares]),
        as_of=date(2026, 1, 1),
        subject="burial",
        progress=lambda _step: None,
    )
    return list_patches(land, ground, subject="burial", min_mu=1)


def test_patches_come_by_area_and_small_ones_are_told(listed):
    patches, dropped = listed
    assert patches["id"].tolist() == ["E1", "E2"]
    assert patches["area_m2"].to_numpy() == pytest.approx([30_000, 5_000], rel=1e-4)
    assert patches["mu"].to_numpy() == pytest.approx([45, 7.5], rel=1e-4)
    assert dropped == pytest.approx([0.3], rel=1e-4)


def test_a_patch_belongs_to_the_village_that_holds_most_of_it(listed):
    assert listed[0]["village"].tolist() == ["a", "b"]


def test_the_longest_side_is_that_of_the_smallest_rectangle(listed):
    assert listed[0]["longest_side_m"].to_numpy() == pytest.approx([300, 100], abs=0.01)


def test_the_road_is_as_far_as_on_the_ellipsoid(listed):
    patches, _ = listed
    assert patches["road_m"].iloc[0] == pytest.approx(400, abs=0.01)
    corners = shapely.get_coordinates(patches.geometry.iloc[1])
    assert patches["road_m"].iloc[1] == pytest.approx(
        400 + 600 + 50 - 50 * np.cos(np.pi / 6) - 25 * np.sin(np.pi / 6), abs=0.02
    )
    assert len(corners) >= 5


def test_a_place_inside_stands_for_each_patch(listed):
    patches, _ = listed
    places = shapely.points(patches["lon"], patches["lat"])
    assert shapely.contains_properly(patches.geometry.to_numpy(), places).all()


def test_where_the_data_end_is_told(kit):
    """100 m of limit beside the villages' border: a road beyond it would not be known."""
    layers = {
        "village": kit.frame("village", [draw(shapely.box(0, 0, 1000, 1000))]),
        "road": kit.frame("road", [shapely.LineString([(500, 300), (500, 700)])]),
    }
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    book = kit.book(kit.rule("within", kit.case(layer="road", limit=100)))
    told = {}
    for name, area in (("deep", (650, 400, 700, 600)), ("rim", (900, 400, 1000, 600))):
        land = find_eligible(
            ground, book, take_apart([kit.place(shapely.box(*area))]),
            as_of=date(2026, 1, 1), subject="burial", progress=lambda _step: None,
        )  # fmt: skip
        patches, _ = list_patches(land, ground, subject="burial", min_mu=0)
        told[name] = patches["coverage"].tolist()
    assert told == {"deep": ["inside"], "rim": ["edge"]}


def test_without_villages_or_roads_nothing_is_made_up(kit):
    ground = Ground.of_frames({"zone": kit.frame("zone", [])}, kit.catalogue, kit.plane)
    land = find_eligible(
        ground, kit.book(), take_apart([kit.place(shapely.box(0, 0, 100, 100))]),
        as_of=date(2026, 1, 1), subject="burial", progress=lambda _step: None,
    )  # fmt: skip
    patches, dropped = list_patches(land, ground, subject="burial", min_mu=0)
    assert patches["village"].tolist() == [None]
    assert patches["road_m"].isna().all()
    assert len(dropped) == 0


def test_no_land_gives_no_patches(kit):
    zone = kit.frame("zone", [shapely.box(-500, -500, 500, 500)])
    ground = Ground.of_frames({"zone": zone}, kit.catalogue, kit.plane)
    land = find_eligible(
        ground, kit.book(kit.rule("intersects", kit.case(layer="zone"))),
        take_apart([kit.place(shapely.box(0, 0, 100, 100))]),
        as_of=date(2026, 1, 1), subject="burial", progress=lambda _step: None,
    )  # fmt: skip
    patches, dropped = list_patches(land, ground, subject="burial", min_mu=0)
    assert len(patches) == 0
    assert {"id", "mu", "village", "road_m", "coverage"} <= set(patches.columns)
    assert len(dropped) == 0
