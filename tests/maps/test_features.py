"""GeoJSON: whatever the rows hold comes back from any JSON reader."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geo_rv.catalogue import load_catalogue
from geo_rv.maps import choose_tolerance, simplify, to_geojson

SPEC = load_catalogue()["burial"]
TEXTS = st.none() | st.text() | st.sampled_from(["</script>", "${x}", "{{7*7}}", "\u2028", "'\"\\"])
DATES = st.none() | st.dates(pd.Timestamp("1700-01-01").date(), pd.Timestamp("2200-01-01").date())
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.floats(),
        DATES,
        st.none() | st.booleans(),
        st.floats(-180, 180),
        st.floats(-90, 90),
    ),
    max_size=5,
)


@given(rows=ROWS)
def test_rows_survive_json(frame_of, rows):
    names, areas, dates, historic, lons, lats = zip(*rows, strict=True) if rows else [()] * 6
    frame = frame_of(
        "burial",
        shapely.points(np.column_stack([lons, lats])) if rows else [],
        name=list(names),
        area_m2=list(areas),
        buried_on=pd.to_datetime(pd.Series(dates, dtype="object")),
        protected_historic=list(historic),
    )
    told = json.loads(to_geojson(frame, SPEC))
    assert told["numberMatched"] == told["numberReturned"] == len(rows)
    for number, (feature, row) in enumerate(zip(told["features"], rows, strict=True)):
        name, area, date, protected, lon, lat = row
        facts = feature["properties"]
        assert feature["id"] == facts["id"] == f"burial-{number}"
        assert facts["name"] == name
        assert facts["area_m2"] == (area if area is not None and math.isfinite(area) else None)
        assert facts["buried_on"] == (date.isoformat() if date else None)
        assert facts["protected_historic"] is protected
        assert feature["geometry"]["coordinates"] == pytest.approx([lon, lat], abs=6e-8)


def test_properties_are_the_fields_of_the_catalogue(town):
    frame = town["burial"].assign(other="x")
    (first, *_) = json.loads(to_geojson(frame, SPEC))["features"]
    assert set(first["properties"]) == {field.name for field in SPEC.fields if not field.personal}


def test_personal_fields_are_sent_when_asked_only(town):
    assert "张三" not in to_geojson(town["burial"], SPEC)
    assert "张三" in to_geojson(town["burial"], SPEC, personal=True)


def test_integers_stay_integers(frame_of, catalogue):
    people = pd.array([2**53 + 1, None], dtype="Int64")
    frame = frame_of("village", [box(0, 0, 1, 1)] * 2, people=people)
    first, second = json.loads(to_geojson(frame, catalogue["village"]))["features"]
    assert first["properties"]["people"] == 2**53 + 1
    assert second["properties"]["people"] is None


def test_geometries_are_those_of_the_frame_to_seven_decimals(frame_of, catalogue):
    holed = Polygon([(0, 0), (1, 0), (1, 1)], [[(0.6, 0.2), (0.8, 0.2), (0.8, 0.4)]])
    shapes = [MultiPolygon([holed, box(2, 2, 3, 3)]), box(1 / 3, 1 / 3, 2 / 3, 2 / 3)]
    told = json.loads(to_geojson(frame_of("village", shapes), catalogue["village"]))
    read = [shapely.geometry.shape(feature["geometry"]) for feature in told["features"]]
    assert read[0].equals(shapes[0])
    assert set(shapely.get_coordinates(read[1]).ravel()) == {0.3333333, 0.6666667}


def test_no_geometry_is_null(frame_of):
    told = json.loads(to_geojson(frame_of("burial", [None, Point()]), SPEC))
    assert [feature["geometry"] for feature in told["features"]] == [None, None]


def test_matched_is_told_beside_returned(town):
    told = json.loads(to_geojson(town["burial"].head(3), SPEC, matched=10))
    assert (told["numberReturned"], told["numberMatched"]) == (3, 10)


def test_simplified_lines_stay_within_half_a_pixel(frame_of):
    steps = np.linspace(0, 0.1, 2000)
    wave = LineString(np.column_stack([steps, 0.001 * np.sin(steps * 500)]))
    tolerance = choose_tolerance(12)
    simple = simplify(frame_of("road", [wave]), tolerance)
    assert tolerance * 256 * 2**12 / 360 == 0.5
    assert shapely.get_num_coordinates(simple.geometry[0]) < 500
    assert wave.hausdorff_distance(simple.geometry[0]) <= tolerance
    assert simple.crs == "EPSG:4490"
