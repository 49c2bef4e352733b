"""GeoJSON made to do harm, or to be read as something else than it is."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import shapely

from geo_rv.errors import SourceError, SourceRefused, SourceUnreadable
from geo_rv.intake import Limits

PLACE = [113.85569, 31.85]
SQUARE = [[113.8, 31.8], [113.801, 31.8], [113.801, 31.801], [113.8, 31.801], [113.8, 31.8]]


def write(path, features, **members):
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}))
    return path


def describe(kind="Point", coordinates=PLACE, **properties):
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "burial.geojson"


# ---- what leads elsewhere


def test_crs_that_is_an_attribute_leads_nowhere(file, web_server, survive):
    linked = {"type": "link", "properties": {"href": web_server[0], "type": "proj4"}}
    (candidate,) = survive(write(file, [describe(name={"crs": linked}, crs=linked)]))
    assert len(candidate.frame) == 1
    assert candidate.unmatched_columns == ("crs",)


@pytest.mark.parametrize("depth", [1, 5, 50])
def test_crs_of_a_geometry_at_any_depth_is_refused(depth, file, web_server, survive):
    linked = {"type": "link", "properties": {"href": web_server[0], "type": "proj4"}}
    geometry = {"type": "Point", "coordinates": PLACE, "crs": linked}
    for _ in range(depth):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    assert isinstance(survive(write(file, [feature])), SourceRefused)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "gdal_streamed_alg", "command_line": "gdal vector read {canary} ! stream"},
        {"type": "FeatureCollection", "features": "{canary}"},
        {"type": "FeatureCollection", "features": {"href": "{address}"}},
        {"collections": [], "links": [{"href": "{address}", "rel": "data"}]},
    ],
)
def test_documents_that_make_gdal_look_elsewhere(document, file, web_server, canary, survive):
    text = json.dumps(document).replace("{address}", web_server[0])
    file.write_text(text.replace("{canary}", canary.as_posix()))
    assert isinstance(survive(file), SourceRefused)


# ---- numbers, names, nesting


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e", "01", "+1", ".5", "1_0"])
def test_what_is_no_number_in_json_is_refused(number, file, survive):
    file.write_text(f'{{"type": "Point", "coordinates": [{number}, 31]}}')
    assert isinstance(survive(file), SourceUnreadable)
    file.write_text(
        f'{{"type": "Feature", "properties": {{"area_m2": {number}}}, "geometry": null}}'
    )
    assert isinstance(survive(file), SourceUnreadable)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400])
def test_number_without_end_is_told_of_its_row(number, file, survive):
    text = json.dumps({"type": "FeatureCollection", "features": [describe(), describe()]})
    file.write_text(text.replace("113.85569", number, 1))
    (candidate,) = survive(file)
    assert {problem.row for problem in candidate.refused} == {1}
    assert candidate.rows.tolist() == [2]


def test_attribute_that_no_machine_has_room_for_stays_as_it_is_written(file, survive):
    text = json.dumps(
        {"type": "FeatureCollection", "features": [describe(name=7), describe(name=1)]}
    )
    file.write_text(text.replace(": 7", ": " + "7" * 100))
    (candidate,) = survive(file)
    assert candidate.frame["name"].tolist() == ["7" * 100, "1"]


@pytest.mark.parametrize(
    "coordinates",
    [
        ["113.8", "31.8"], [True, False], [None, 31.8], [[113.8, 31.8]], [113.8], "ab", {"0": 1},
        113, [{}, {}], [[], []],
    ],
)  # fmt: skip
def test_coordinates_that_are_none_are_told_of_their_row(coordinates, file, survive):
    (candidate,) = survive(write(file, [describe(coordinates=coordinates), describe()]))
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (1, "geometry_unreadable")
    ]
    assert candidate.rows.tolist() == [2]


@pytest.mark.parametrize(
    "geometry",
    [{}, [], "x", 1, {"type": "Point"}, {"type": "Curve", "coordinates": []}, {"type": []}],
)
def test_geometry_that_is_none_is_told_of_its_row(geometry, file, survive):
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    (candidate,) = survive(write(file, [feature, describe()]))
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (1, "geometry_unreadable")
    ]


def test_geometry_that_is_null_is_told_of_its_row(file, survive):
    (candidate,) = survive(write(file, [describe() | {"geometry": None}, describe()]))
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (1, "geometry_missing")
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Point", "coordinates": [113.8, 31.8], "coordinates": [0, 0]}',
        '{"type": "Feature", "properties": {"name": "甲", "name": "乙"}, "geometry": null}',
        '{"type": "Feature", "properties": {}, "geometry": null, "properties": {"a": 1}}',
        '{"type": "Feature", "properties": {"a": 1, "\\u0061": 2}, "geometry": null}',
    ],
)
def test_name_that_stands_twice_is_refused(text, file, survive):
    file.write_text(text, "utf-8")
    refused = survive(file)
    assert isinstance(refused, SourceRefused)
    assert "twice" in str(refused)


def test_names_that_mean_something_to_a_program_are_only_names(file, survive):
    names = ["geometry", "__proto__", "type", "features", "__class__"]
    (candidate,) = survive(write(file, [describe(**dict.fromkeys(names, "Feature"))]))
    assert set(candidate.unmatched_columns) == set(names)
    assert len(candidate.frame) == 1


def test_features_within_attributes_are_attributes(file, survive):
    inner = describe(name="乙")
    (candidate,) = survive(write(file, [describe(name="甲", more=inner, also={"type": "Feature"})]))
    assert candidate.frame["name"].tolist() == ["甲"]
    assert set(candidate.unmatched_columns) == {"more", "also"}


@pytest.mark.parametrize(("depth", "is_refused"), [(254, False), (255, True)])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_nesting_has_a_bound_of_ours(pair, depth, is_refused, file, survive):
    """256 with the feature and its attributes; brackets within words are none."""
    start = '{"[[\\"[":' * depth if pair == "{}" else "[" * depth
    deep = f'{start}"[{{"{pair[1] * depth}'
    words = "[" * 1000 + '\\"' + "{" * 1000 + "\\\\"
    file.write_text(
        f'{{"type": "Feature", "geometry": {{"type": "Point", "coordinates": [113.8, 31.8]}},'
        f' "properties": {{"name": "{words}", "deep": {deep}}}}}'
    )
    assert isinstance(survive(file), SourceRefused) == is_refused


@pytest.mark.parametrize("depth", [100_000, 3_000_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_nesting(pair, depth, file, survive):
    start = '{"a":' * depth if pair == "{}" else "[" * depth
    file.write_text(f'{{"type": "Point", "coordinates": {start}1{pair[1] * depth}}}')
    assert isinstance(survive(file), SourceError)


# ---- sizes


READ_TOO_MANY = """
import pathlib, sys, time
from geo_rv.catalogue import load_catalogue
from geo_rv.errors import SourceRefused
from geo_rv.intake import read_candidates
from geo_rv.intake.limits import Limits
started = time.monotonic()
try:
    read_candidates(
        pathlib.Path(sys.argv[1]), catalogue=load_catalogue(), limits=Limits(vertices=5_000_000)
    )
except SourceRefused as error:
    assert "5000000" in str(error), error
    assert time.monotonic() - started < 60
else:
    raise AssertionError("not refused")
"""


def test_ten_million_vertices_are_read_within_bounds(file, measure_peak):
    """Ten million vertices, a quarter of a gigabyte of text: refused, in bounds."""
    count = 10_000_000
    angle = np.linspace(0, 2 * np.pi, count // 100, endpoint=False)
    ring = np.round(np.column_stack([113.8 + np.cos(angle) / 9, 31.8 + np.sin(angle) / 9]), 6)
    text = json.dumps([*ring.tolist(), ring[0].tolist()], separators=(",", ":"))
    feature = '{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":['
    with file.open("w") as target:
        target.write('{"type":"FeatureCollection","features":[')
        target.write(",".join([feature + text + "]}}"] * 100) + "]}")
    used_kib = measure_peak(sys.executable, "-c", READ_TOO_MANY, file)
    assert used_kib << 10 < 10 * file.stat().st_size


def test_vertices_rows_and_columns_are_bounded(file, survive):
    write(file, [describe(name="甲", remark="乙")] * 20)
    assert len(survive(file, limits=Limits(vertices=60))[0].rows) == 20
    for limits in (Limits(vertices=20), Limits(rows=19), Limits(columns=1)):
        assert isinstance(survive(file, limits=limits), SourceRefused)


def test_memory_is_bounded(file, survive):
    write(file, [describe(remark="x" * 1000)] * 20_000)
    refused = survive(file, limits=Limits(memory_bytes=96 << 20))
    assert isinstance(refused, SourceError)


# ---- what is right is read rightly


def test_every_type_is_read_as_shapely_reads_it(file, survive):
    shapes = [
        shapely.Point(PLACE),
        shapely.MultiPoint([PLACE, [113.86, 31.86]]),
        shapely.LineString(SQUARE[:3]),
        shapely.MultiLineString([SQUARE[:2], SQUARE[2:4]]),
        shapely.Polygon(SQUARE),
        shapely.box(113.8, 31.8, 113.9, 31.9) - shapely.box(113.84, 31.84, 113.86, 31.86),
        shapely.box(0, 0, 1, 1) | shapely.box(2, 2, 3, 3),
    ]
    for number, shape in enumerate(shapes):
        kind = {0: "burial", 1: "road", 2: "village"}[shapely.get_dimensions(shape)]
        feature = {
            "type": "Feature",
            "properties": {"class": "county", "name": str(number)},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        (candidate,) = survive(write(file, [feature]), kind=kind)
        (read,) = (*candidate.frame.geometry, *candidate.refused_shapes)
        assert read.normalize().equals_exact(shape.normalize(), 1e-12)


def test_heights_may_be_there_or_not(file, survive):
    line = [[113.8, 31.8], [113.81, 31.81, 50.0], [113.82, 31.82, 60.0, 7.0]]
    feature = describe("LineString", line, **{"class": "county"})
    (candidate,) = survive(write(file, [feature]), kind="road")
    assert shapely.get_coordinates(candidate.frame.geometry.values).tolist() == [
        position[:2] for position in line
    ]
    assert "made_flat" in [problem.key for problem in candidate.problems]


def test_columns_of_several_types(file, survive):
    values = [1, 2.5, True, "五", None, [1, {"a": "五"}]]
    (candidate,) = survive(write(file, [describe(name=value) for value in values]))
    told = [None if value != value else value for value in candidate.frame["name"]]  # noqa: PLR0124
    assert told == ["1", "2.5", "true", "五", None, '[1, {"a": "五"}]']


def test_ring_that_is_not_closed_is_closed_when_agreed(file, survive):
    open_ring = describe("Polygon", [SQUARE[:-1]], name="开口")
    (candidate,) = survive(write(file, [open_ring, describe("Polygon", [SQUARE])]), kind="village")
    assert [(problem.row, problem.severity) for problem in candidate.repairs] == [(1, "repair")]
    assert candidate.repairs[0].key == "ring_closed"
    repaired = candidate.frame.geometry[candidate.is_repaired]
    assert repaired.iloc[0].equals(shapely.Polygon(SQUARE))
    assert len(candidate.take_rows(repaired=False)) == 1
