"""Which datum is taken: the file's word, the user's, or what fits the project; and always told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo_rv.errors import DatumContradicted
from geo_rv.geodesy.datum import from_cgcs2000, to_cgcs2000
from geo_rv.geodesy.measure import measure_distance_m
from geo_rv.intake import Surroundings, Wish
from geo_rv.intake.place.datum import settle_datum
from geo_rv.intake.raw import RawLayer, number_rows
from geo_rv.intake.shapes import Shapes
from geo_rv.intake.wish import Task

READINGS = ("cgcs2000", "gcj02", "bd09")
PLACE = (113.85569, 31.85)


@pytest.fixture(scope="session")
def town(demo):
    """Return the layers of the demo town."""
    return dict(demo.read_layers())


def shift(geometry, datum):
    """Return geometries as a program that writes `datum` has them."""
    if datum not in ("gcj02", "bd09"):
        return geometry
    return shapely.transform(
        geometry, lambda lon, lat: from_cgcs2000(lon, lat, datum), interleaved=False
    )


@pytest.fixture
def settle(catalogue):
    """Return what settles the datum of geometries that somebody brings for a layer."""

    def settle_geometries(
        geometry,
        kind="burial",
        *,
        held=None,
        stated=None,
        values=None,
        made_by="kml",
        **wish,
    ):
        geometry = np.asarray(geometry, dtype=object)
        stated = [None] * len(geometry) if stated is None else stated
        raw = RawLayer(
            name="x",
            kind=kind,
            table=pd.DataFrame(index=range(len(geometry))),
            geometry=geometry,
            is_told=np.zeros(len(geometry), dtype=bool),
            crs=pyproj.CRS(wish.pop("crs", "EPSG:4326")),
            rows=number_rows(len(geometry)),
            datums=None if stated == "none" else pd.Series(stated, dtype=object),
            format=made_by,
            source="x.kml",
        )
        task = Task(catalogue, Wish(**wish), "x", Surroundings(held or {}))
        shapes = Shapes(geometry, geometry, raw.rows)
        return settle_datum(shapes, raw, catalogue[kind], task, values or {})

    return settle_geometries


def take_values(frame, *names):
    return {name: frame[name].reset_index(drop=True) for name in names if name in frame}


def tell_off(shapes, expected):
    """Return how many metres, at most, the settled geometries are off the expected ones."""
    found, wanted = (shapely.get_coordinates(some) for some in (shapes.geometry, expected))
    return measure_distance_m(*found.T, *wanted.T).max()


def take_note(shapes):
    (note,) = shapes.problems
    return note


# ---- what is said


def test_stated_rows_are_moved_each_by_its_own(settle):
    shapes = settle(
        shapely.points([PLACE] * 5), stated=["gcj02", "bd09", "wgs84", "cgcs2000", "gcj02"]
    )
    expected = shapely.points(
        [tuple(map(float, to_cgcs2000(*PLACE, datum))) for datum in ("gcj02", "bd09")]
        + [PLACE] * 2
        + [tuple(map(float, to_cgcs2000(*PLACE, "gcj02")))]
    )
    assert tell_off(shapes, expected) < 1e-6
    assert {(note.key, note.severity) for note in shapes.problems} == {("datum_stated", "warning")}
    assert sorted(note.facts["count"] for note in shapes.problems) == [1, 2]
    assert shapes.datum == "gcj02"
    assert shapely.get_coordinates(shapes.before).tolist() == [list(PLACE)] * 5


@pytest.mark.parametrize(
    ("stated", "given"), [("gcj02", "wgs84"), ("wgs84", "gcj02"), ("bd09", "gcj02")]
)
def test_the_user_cannot_contradict_a_row(settle, stated, given):
    with pytest.raises(DatumContradicted) as caught:
        settle(shapely.points([PLACE] * 2), stated=[None, stated], datum=given)
    assert "x.kml" in caught.value.in_language("zh")


def test_wgs84_and_cgcs2000_are_no_contradiction(settle):
    shapes = settle(shapely.points([PLACE] * 2), stated=[None, "wgs84"], datum="cgcs2000")
    assert shapes.problems == ()


def test_metres_have_a_datum_of_their_own(settle):
    points = shapely.points([PLACE])
    with pytest.raises(DatumContradicted, match="Gauss-Kruger"):
        settle(points, stated="none", crs="EPSG:4547", datum="gcj02")
    assert settle(points, stated="none", crs="EPSG:4547").problems == ()
    assert settle(points, stated="none", crs="EPSG:4547", datum="cgcs2000").datum is None


def test_a_system_in_degrees_may_be_known_better(settle):
    points = shapely.points([PLACE])
    assert settle(points, stated="none").problems == ()
    shapes = settle(points, stated="none", datum="gcj02")
    assert tell_off(shapes, shift_back(points, "gcj02")) < 1e-6
    assert take_note(shapes).key == "datum_given"


def shift_back(geometry, datum):
    return shapely.transform(
        geometry, lambda lon, lat: to_cgcs2000(lon, lat, datum), interleaved=False
    )


# ---- what fits


@pytest.mark.parametrize("datum", READINGS)
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("burial", ("id",)),  # met again by identity
        ("cemetery", ("name",)),  # or by name
        ("facility", ("village",)),  # in the villages that they name
        ("tourism_route", ()),  # along roads
        ("village", ()),  # along boundaries
        ("basic_farmland", ()),  # along other faces
    ],
)
def test_the_reading_that_fits_is_found(settle, town, kind, fields, datum):
    frame = town[kind]
    held = town if fields in (("id",), ("name",)) else {k: v for k, v in town.items() if k != kind}
    true = frame.geometry.to_numpy()
    shapes = settle(shift(true, datum), kind, held=held, values=take_values(frame, *fields))
    assert tell_off(shapes, true) < 1e-6
    assert shapes.datum == datum
    note = take_note(shapes)
    if datum == "cgcs2000":
        assert (note.key, note.severity) == ("datum_kept", "warning")
    else:
        assert (note.key, note.severity, note.row) == ("datum_proposed", "repair", None)
    for language in ("zh", "en"):
        told = note.in_language(language)
        # the reason has the numbers of all three readings
        assert all(name in told for name in ("CGCS2000", "GCJ-02", "BD-09"))
        assert note.tell_remedy(language)


@pytest.mark.parametrize("datum", READINGS)
def test_no_layer_of_the_town_is_read_wrongly(settle, town, datum):
    """Where little is to compare nothing may be found; the wrong reading never is."""
    for kind, frame in town.items():
        held = {other: some for other, some in town.items() if other != kind}
        values = take_values(frame, "village")
        shapes = settle(shift(frame.geometry.to_numpy(), datum), kind, held=held, values=values)
        note = take_note(shapes)
        assert shapes.datum == datum or note.key in {"datum_unknown", "datum_unclear"}, kind


@pytest.mark.parametrize("seed", range(5))
def test_points_anywhere_tell_nothing(settle, town, seed):
    """Points at random neither follow roads nor name villages: nothing is made of them."""
    west, south, east, north = town["village"].total_bounds
    places = np.random.default_rng(seed).uniform((west, south), (east, north), (200, 2))
    inside = shapely.points(places)
    inside = inside[shapely.within(inside, town["village"].union_all().buffer(-0.02))]
    assert take_note(settle(inside, held=town)).key == "datum_unknown"


def test_features_met_elsewhere_tell_nothing(settle, town):
    """The same names 3 km away are other features, whichever way they are read."""
    frame = town["burial"]
    moved = shapely.transform(
        frame.geometry.to_numpy(), lambda places: places + np.array([0.03, 0])
    )
    shapes = settle(moved, held={"burial": frame}, values=take_values(frame, "id"))
    assert take_note(shapes).key == "datum_unknown"


def test_where_comparisons_disagree_nothing_moves_and_both_are_told(settle, town):
    frame = town["burial"]
    true = frame.geometry.to_numpy()
    held = {"burial": frame, "village": town["village"]}
    # identities fit as they stand, the villages that rows name when read as GCJ-02
    in_village = town["village"].copy()
    in_village["geometry"] = shift_back(in_village.geometry.to_numpy(), "gcj02")
    shapes = settle(
        true, held=held | {"village": in_village}, values=take_values(frame, "id", "village")
    )
    note = take_note(shapes)
    assert note.key == "datum_unclear"
    assert "坟墓" in note.in_language("zh")
    assert "所在村" in note.in_language("zh")
    assert tell_off(shapes, true) == 0


def test_without_anything_to_compare_it_is_said_what_it_would_mean(settle):
    note = take_note(settle(shapely.points([PLACE])))
    assert (note.key, note.severity) == ("datum_unknown", "warning")
    assert 581 <= note.facts["metres"] <= 615
    assert str(note.facts["metres"]) in note.in_language("zh")


def test_the_program_that_made_it_tells_only_where_nothing_else_does(settle, town):
    frame = town["facility"]
    true = frame.geometry.to_numpy()
    alone = settle(true, "facility", made_by="ovkml")
    assert take_note(alone).key == "datum_proposed"
    assert alone.datum == "gcj02"
    values = take_values(frame, "village")
    beside = settle(true, "facility", made_by="ovkml", held=town, values=values)
    assert take_note(beside).key == "datum_kept"
    assert tell_off(beside, true) == 0


def test_rows_that_say_and_rows_that_do_not(settle, town):
    frame = town["burial"].head(100)
    true = frame.geometry.to_numpy()
    stated = [None, "bd09"] * 50
    brought = true.copy()
    brought[::2], brought[1::2] = shift(true[::2], "gcj02"), shift(true[1::2], "bd09")
    values = take_values(frame, "id")
    shapes = settle(brought, held=town, stated=stated, values=values)
    assert tell_off(shapes, true) < 1e-6
    assert {note.key for note in shapes.problems} == {"datum_stated", "datum_proposed"}


def test_outside_of_the_shift_nothing_is_asked(settle):
    shapes = settle(shapely.points([(9.5, 47.1), (10.9, 49.9)]))
    assert shapes.problems == ()
    assert shapes.datum == "cgcs2000"


def test_missing_and_broken_geometries_stay(settle):
    given = [None, shapely.Point(), shapely.Point(np.nan, 1), shapely.Point(400, 1e9)]
    shapes = settle([*given, shapely.Point(PLACE)], datum="gcj02")
    assert shapes.geometry[0] is None
    assert shapes.geometry[1].is_empty
    assert shapes.geometry[3] == given[3]
    settle([*given, shapely.Point(PLACE)])


def test_layers_of_another_catalogue_are_no_trouble(settle, town):
    route = town["tourism_route"].geometry.to_numpy()
    held = {"a county's own": town["road"]}
    assert take_note(settle(route, "tourism_route", held=held)).key == "datum_unknown"


def test_many_rows_are_settled_by_a_sample(settle, town):
    frame = town["burial"].sample(200_000, replace=True, random_state=1)
    geometry = shift(frame.geometry.to_numpy(), "gcj02")
    values = take_values(frame, "village", "id", "name")
    shapes = settle(geometry, held=town, values=values)
    assert shapes.datum == "gcj02"


def test_what_is_held_is_left_as_it_is(settle, town):
    before = {kind: frame.copy() for kind, frame in town.items()}
    frame = town["burial"]
    settle(frame.geometry.to_numpy(), held=town, values=take_values(frame, "id", "village"))
    for kind, kept in before.items():
        assert kept.equals(town[kind])
