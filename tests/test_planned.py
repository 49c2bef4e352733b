"""A cemetery drawn on a page: what is taken, and how everything else is refused."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import OutsideProject, PlanRefused, PlanTooLarge, PlanUnreadable, WhatIfError
from geo_rv.frames import conform_frame
from geo_rv.messages import LANGUAGES
from geo_rv.project import Project

RING = [[113.85, 31.80], [113.851, 31.80], [113.851, 31.801], [113.85, 31.801], [113.85, 31.80]]


def draw(coordinates, kind="Polygon"):
    return json.dumps({"type": kind, "coordinates": coordinates})


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a project with one grave and a cemetery that has the name of a plan."""
    catalogue = load_catalogue()
    layers = {
        kind: conform_frame(
            gpd.GeoDataFrame({"id": [identity]}, geometry=[geometry], crs=4490), catalogue[kind]
        )
        for kind, identity, geometry in (
            ("burial", "G1", shapely.Point(113.8505, 31.8005)),
            ("cemetery", "planned-1", shapely.box(113.86, 31.8, 113.861, 31.801)),
        )
    }
    made = Project.create(tmp_path_factory.mktemp("plans") / "town", name="测试镇")
    made.store.write_layers(layers, source=dict.fromkeys(layers, "test"))
    return made


@pytest.mark.parametrize(
    "drawn",
    [
        draw([RING]),
        draw([[RING]], "MultiPolygon"),
        json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(draw([RING]))}),
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "geometry": json.loads(draw([RING]))}],
            }
        ),
    ],
)
def test_a_drawn_polygon_is_taken_under_a_name_of_its_own(project, drawn):
    plan = project.read_plan(drawn)
    assert list(plan.frame["id"]) == ["planned-2"]
    assert plan.frame.geometry[0].equals(shapely.Polygon(RING))
    assert plan.frame.crs.to_epsg() == 4490
    assert plan.notes == ()


def test_heights_are_dropped_and_told(project):
    plan = project.read_plan(draw([[[*point, 120.5] for point in RING]]))
    assert not plan.frame.geometry.has_z.any()
    (note,) = plan.notes
    assert "高程" in note.zh


@pytest.mark.parametrize(
    ("drawn", "error"),
    [
        ("", PlanUnreadable),
        ("{", PlanUnreadable),
        ("[]", PlanUnreadable),
        ("null", PlanUnreadable),
        ('"Polygon"', PlanUnreadable),
        ("[" * 100_000, PlanUnreadable),
        ('{"type": "Polygon"}', PlanUnreadable),
        ('{"type": "Feature", "geometry": null}', PlanUnreadable),
        ('{"type": "FeatureCollection", "features": [1]}', PlanUnreadable),
        ('{"type": "FeatureCollection", "features": []}', PlanRefused),
        (draw(None), PlanUnreadable),
        (draw([RING[:-1]]), PlanUnreadable),
        (draw([[RING[0], RING[1], RING[0]]]), PlanRefused),
        (draw([[*RING[:2], [float("nan"), 31.8], RING[0]]]), PlanUnreadable),
        (draw([[*RING[:2], [float("inf"), 31.8], RING[0]]]), PlanUnreadable),
        (draw([RING]).replace("113.851", "1e999"), PlanUnreadable),
        (draw([RING]).replace("113.851", '"113.851"'), PlanUnreadable),
        (draw([]), PlanRefused),
        (draw(RING[:2], "LineString"), PlanRefused),
        (draw(RING[0], "Point"), PlanRefused),
        (json.dumps({"type": "GeometryCollection", "geometries": []}), PlanRefused),
        (draw([[RING[0], RING[2], RING[1], RING[3], RING[0]]]), PlanRefused),
        (draw([[RING[0]] * 4]), PlanRefused),
        (draw([[[lat, lon] for lon, lat in RING]]), PlanRefused),
        (draw([[[lon * 1e5, lat * 1e5] for lon, lat in RING]]), PlanRefused),
        (draw([[[lon + 5, lat] for lon, lat in RING]]), OutsideProject),
        # a polygon that holds the town, and the whole country
        (draw([[[75, 18], [134, 18], [134, 53], [75, 53], [75, 18]]]), OutsideProject),
        (draw([[RING]] * 21, "MultiPolygon"), PlanRefused),
    ],
)
def test_what_is_no_cemetery_is_refused_in_both_languages(project, drawn, error):
    data = project.folder / "data.gpkg"
    before = data.read_bytes()
    with pytest.raises(error) as refused:
        project.read_plan(drawn)
    for language in LANGUAGES:
        assert len(refused.value.in_language(language)) > 10
    assert data.read_bytes() == before


def test_too_many_cemeteries_at_once(project):
    feature = {"type": "Feature", "geometry": json.loads(draw([RING]))}
    drawn = json.dumps({"type": "FeatureCollection", "features": [feature] * 21})
    with pytest.raises(PlanRefused, match="20"):
        project.read_plan(drawn)


@pytest.mark.parametrize(("vertices", "error"), [(12_000, PlanRefused), (10**6, PlanTooLarge)])
def test_too_many_vertices(project, vertices, error):
    ring = shapely.Point(113.85, 31.8).buffer(0.001, quad_segs=vertices // 4)
    with pytest.raises(error):
        project.read_plan(shapely.to_geojson(ring))


def test_what_is_wrong_with_a_plan_is_one_kind_of_error():
    assert issubclass(PlanRefused, WhatIfError)


def test_first_cemetery_of_a_town_says_what_it_is_judged_by(tmp_path):
    """Without a cemetery layer nobody knows which graves lie in one; the answer says so."""
    project = Project.create(tmp_path / "town", name="测试镇")
    graves = gpd.GeoDataFrame(
        {"id": ["G1", "G2"]},
        geometry=gpd.points_from_xy([113.8505, 113.87], [31.8005] * 2),
        crs=4490,
    )
    frame = conform_frame(graves, load_catalogue()["burial"])
    project.store.write_layers({"burial": frame}, source={"burial": "test"})
    answer = project.ask_what_if(plan=project.read_plan(draw([RING])))
    told = project.tell_what_if(answer, language="en")
    verdicts = {row["site"]: (row["verdict_before"], row["verdict_after"]) for row in told["rows"]}
    assert verdicts == {"G1": ("not_checked", "pass"), "G2": ("not_checked", "violation")}
    assert "planned ones alone" in told["cemetery"]["notes"][0]
    assert told["come"] == 1
