"""GPX on its way in: tracks, routes and waypoints, whichever the layer takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_rv.errors import LayerNotChosen, SourceRefused, SourceUnreadable, UnknownSourceLayer
from geo_rv.geodesy.datum import to_cgcs2000
from geo_rv.intake import Wish, read_candidates

REAL = Path(__file__).parents[3] / "shared" / "data" / "gpx"
TRACK = (
    '<trk><name>巡山</name><trkseg><trkpt lat="31.80" lon="113.80"><ele>75</ele></trkpt>'
    '<trkpt lat="31.81" lon="113.81"/></trkseg><trkseg><trkpt lat="1" lon="2"/></trkseg></trk>'
)
ROUTE = '<rte><rtept lat="31.80" lon="113.80"/><rtept lat="31.82" lon="113.82"/></rte>'
POINT = '<wpt lat="31.85" lon="113.85569"><name>一号墓</name><desc>合葬</desc></wpt>'


@pytest.fixture
def write(tmp_path):
    def write_text(inside, name="x.gpx"):
        path = tmp_path / name
        path.write_text(f'<gpx version="1.1" creator="x">{inside}</gpx>', "utf-8")
        return path

    return write_text


def test_the_geometry_of_the_layer_chooses(read, catalogue, write):
    path = write(POINT * 2 + TRACK + ROUTE)
    graves = read(path, kind="burial")
    assert graves.frame["name"].tolist() == ["一号墓"] * 2
    assert graves.frame["remark"].tolist() == ["合葬"] * 2
    lines = read_candidates(path, catalogue=catalogue, wish=Wish(kind="tourism_route"))
    assert {c.layer_in_source for c in lines} == {"tracks", "routes"}
    (note,) = [p for p in lines[0].problems if p.key == "left_out"]
    assert "航点 2" in note.in_language("zh")
    assert all(p.tell_remedy("zh") and p.tell_remedy("en") for c in lines for p in c.problems)


def test_what_does_not_fit_the_layer_is_refused_row_by_row(read, write, list_keys):
    assert list_keys(read(write(TRACK), kind="burial")) == ["geometry_type"]


@pytest.mark.parametrize("name", ["waypoints", "航点", "Waypoints"])
def test_the_user_may_name_the_part(read, write, name):
    assert len(read(write(POINT + TRACK), kind="tourism_site", layer=name).frame) == 1


def test_a_part_that_there_is_not(read, write):
    with pytest.raises(UnknownSourceLayer, match="tracks"):
        read(write(TRACK), kind="burial", layer="航点")


def test_the_name_of_the_file_tells_the_layer(read, write):
    assert read(write(TRACK + POINT, "tourism_route.gpx")).kind == "tourism_route"


def test_without_a_layer_one_is_asked_for(catalogue, write):
    with pytest.raises(LayerNotChosen):
        read_candidates(write(TRACK), catalogue=catalogue)


def test_segments_are_parts_and_single_points_are_told(read, write):
    candidate = read(write(TRACK), kind="tourism_route")
    (line,) = candidate.frame.geometry
    assert shapely.get_coordinates(line).tolist() == [[113.8, 31.8], [113.81, 31.81]]
    told = {problem.key: problem for problem in candidate.problems}
    assert told["lone_points"].facts["count"] == "1"
    assert told["made_flat"].facts["count"] == 1


def test_degrees_are_wgs84_unless_the_user_knows_better(read, write):
    plain = read(write(POINT), kind="burial")
    assert shapely.get_coordinates(plain.frame.geometry.to_numpy()).tolist() == [[113.85569, 31.85]]
    assert not [p for p in plain.problems if p.key.startswith("datum")]
    assert "WGS 84" in plain.crs
    moved = read(write(POINT), kind="burial", datum="gcj02")
    np.testing.assert_allclose(
        shapely.get_coordinates(moved.frame.geometry.to_numpy())[0],
        to_cgcs2000(113.85569, 31.85, "gcj02"),
        atol=1e-12,
    )
    assert [p.key for p in moved.problems] == ["datum_given"]


@pytest.mark.parametrize(
    "point",
    ['<wpt lat="x" lon="113"/>', '<wpt lon="113"/>', '<wpt lat="nan" lon="1"/>', "<wpt/>"],
)
def test_a_bad_place_refuses_its_row_only(read, write, list_keys, point):
    candidate = read(write(point + POINT), kind="burial")
    assert list_keys(candidate) == ["coordinates_unreadable"]
    assert candidate.rows.tolist() == [2]


def test_nothing_in_it(read, write):
    with pytest.raises(SourceRefused):
        read(write("<metadata/>"), kind="burial")


def test_a_document_type_is_refused(read, tmp_path):
    path = tmp_path / "x.gpx"
    path.write_text(f'<!DOCTYPE gpx [<!ENTITY a "b">]><gpx version="1.1">{POINT}</gpx>')
    with pytest.raises(SourceRefused, match="DOCTYPE"):
        read(path, kind="burial")


def test_half_a_file_is_refused_whole(read, write):
    path = write(POINT * 20)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(SourceUnreadable):
        read(path, kind="burial")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real GPX files are not beside the checkout")
@pytest.mark.parametrize(
    "name", ["gpxv1_0.gpx", "setnjica-kod-karojbe.gpx", "ezdxf-graz/track1.gpx"]
)
def test_real_tracks_come_in_whole(catalogue, name):
    vertices = (REAL / name).read_text("utf-8").count("<trkpt")
    candidates = read_candidates(REAL / name, catalogue=catalogue, wish=Wish(kind="tourism_route"))
    tracks = [shapely.get_coordinates(c.before) for c in candidates]
    assert sum(map(len, tracks)) == vertices > 10
