"""Survey coordinate texts as candidates: placed, judged and told, in every variant in use."""

from __future__ import annotations

import dataclasses
import zipfile

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geo_rv.errors import (
    CrsContradicted,
    CrsMissing,
    EncodingWrong,
    FileCrsUnknown,
    GeoRvError,
    SourceRefused,
    SourceTooLarge,
    TableTooLarge,
)
from geo_rv.geodesy.measure import measure_area_m2
from geo_rv.intake import Limits, Wish, read_candidates
from geo_rv.intake.candidate import Problem
from geo_rv.intake.limits import DEFAULT_LIMITS

PLACE = (38486341.535, 3525228.686)
"""Easting and northing of 113.85569 E, 31.85 N in zone 38."""
DEGREES = (113.85569, 31.85)
TO_DEGREES = pyproj.Transformer.from_crs(4526, 4490, always_xy=True)
VALUES = {
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "38",
    "精度": "0.001",
    "转换参数": ",,,,,,",
}


def box(side=100.0, west=0.0, south=0.0):
    east, north = PLACE[0] + west, PLACE[1] + south
    return [(east, north), (east, north + side), (east + side, north + side), (east + side, north)]


def write_points(ring, number=1):
    return [f"J{at},{number},{north:.3f},{east:.3f}" for at, (east, north) in enumerate(ring, 1)]


def write_text(*plots, values=None, before=()):
    said = VALUES | (values or {})
    attributes = [f"{key}={value}" for key, value in said.items() if value is not None]
    lines = [*before, "[属性描述]", *attributes, "[地块坐标]"]
    return "\n".join([*lines, *(line for plot in plots for line in plot)]) + "\n"


def write_plot(*rings, area="1.0", count=None, line=None, close=True):
    points = [
        line
        for number, ring in enumerate(rings, 1)
        for line in write_points([*ring, *(ring[:1] if close else [])], number)
    ]
    head = line or f"{count or len(points)},{area},1,一号公墓,面,H50G,公墓,1506,@"
    return [head, *points]


@pytest.fixture
def bring(tmp_path, read):
    def bring_text(text, *, written="utf-8", name="any.txt", limits=DEFAULT_LIMITS, **wish):
        path = tmp_path / name
        path.write_bytes(text.encode(written))
        return read(path, limits=limits, **{"kind": "cemetery", **wish})

    return bring_text


def first_vertex(candidate):
    return shapely.get_coordinates(candidate.frame.geometry)[0]


def list_told(candidate):
    return {problem.key: problem for problem in candidate.problems}


def place(shape):
    """The shape in EPSG:4490, by pyproj alone."""
    return shapely.transform(shape, lambda xy: np.column_stack(TO_DEGREES.transform(*xy.T)))


def test_a_plot_lies_where_pyproj_puts_it(bring):
    candidate = bring(write_text(write_plot(box(), box(20, 10, 10))))

    (shape,) = candidate.frame.geometry
    assert shapely.get_coordinates(shape)[0] == pytest.approx(DEGREES, abs=1e-8)
    assert shape.equals_exact(
        place(shapely.Polygon(box(), [box(20, 10, 10)])).normalize(), 1e-9, normalize=True
    )
    assert candidate.format == "survey"
    assert candidate.crs == "CGCS2000 / 3-degree Gauss-Kruger zone 38"
    assert candidate.frame["name"].tolist() == ["一号公墓"]
    assert candidate.frame["land_code"].tolist() == ["1506"]
    assert candidate.rows.tolist() == [10]
    assert not candidate.refused
    assert not candidate.repairs


def test_the_values_of_the_text_are_columns(tmp_path, read):
    text = write_text(
        write_plot(box()), before=("[项目信息]", "项目名称=村公墓", "地块编号=甲", "空=")
    )
    (tmp_path / "any.txt").write_text(text, "utf-8")

    candidate = read(tmp_path / "any.txt", kind="cemetery", columns={"remark": "项目名称"})

    assert candidate.frame["remark"].tolist() == ["村公墓"]
    assert {"项目信息.地块编号", "地块编号", "图幅号", "地块用途"} <= set(
        candidate.unmatched_columns
    )
    assert "空" not in candidate.unmatched_columns
    assert "坐标系" not in candidate.unmatched_columns


@pytest.mark.parametrize("written", ["gbk", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_are_known_from_the_bytes(bring, written, end):
    text = write_text(write_plot(box()), before=("[项目信息]", "项目名称=吴店镇公墓"))

    candidate = bring(text.replace("\n", end), written=written)

    assert candidate.frame["name"].tolist() == ["一号公墓"]
    assert candidate.rows.tolist() == [12]


def test_the_user_knows_the_encoding_better(bring):
    text = write_text(write_plot(box()))

    assert bring(text, written="gbk", encoding="GBK").frame["name"].tolist() == ["一号公墓"]
    with pytest.raises(EncodingWrong):
        bring(text, written="gbk", encoding="utf-8")


@pytest.mark.parametrize(
    ("shift", "values", "crs"),
    [
        (0, {}, "CGCS2000 / 3-degree Gauss-Kruger zone 38"),
        (0, {"带号": "", "几度分带": ""}, "CGCS2000 / 3-degree Gauss-Kruger zone 38"),
        (38e6, {}, "CGCS2000 / 3-degree Gauss-Kruger CM 114E"),
        (38e6, {"带号": "114"}, "CGCS2000 / 3-degree Gauss-Kruger CM 114E"),
    ],
)
def test_the_zone_stands_in_the_easting_or_is_said(bring, shift, values, crs):
    ring = [(east - shift, north) for east, north in box()]

    candidate = bring(write_text(write_plot(ring), values=values))

    assert candidate.crs == crs
    assert first_vertex(candidate) == pytest.approx(DEGREES, abs=1e-8)


@pytest.mark.parametrize(("with_zone", "code"), [(True, 4497), (False, 4508)])
def test_zones_of_six_degrees(bring, with_zone, code):
    to_plane = pyproj.Transformer.from_crs(4490, code, always_xy=True)
    east, north = to_plane.transform(*DEGREES)
    ring = [(east + x - PLACE[0], north + y - PLACE[1]) for x, y in box()]

    candidate = bring(write_text(write_plot(ring), values={"几度分带": "6", "带号": "19"}))

    assert with_zone == (east > 1e6)
    assert first_vertex(candidate) == pytest.approx(DEGREES, abs=1e-8)


def test_degrees(bring):
    ring = [(113.85, 31.85), (113.86, 31.85), (113.86, 31.86)]
    text = write_text(write_plot(ring), values={"计量单位": "度"})

    candidate = bring(text)

    assert candidate.crs == "China Geodetic Coordinate System 2000"
    assert candidate.frame.total_bounds.tolist() == [113.85, 31.85, 113.86, 31.86]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"坐标系": None}, CrsMissing),
        ({"坐标系": "本地独立坐标系"}, FileCrsUnknown),
        ({"带号": "39"}, SourceRefused),
        ({"计量单位": "千米"}, SourceRefused),
        ({"几度分带": "6"}, SourceRefused),
    ],
)
def test_a_system_that_is_not_told_is_asked_for(bring, values, error):
    text = write_text(write_plot(box()), values=values)

    with pytest.raises(error) as refused:
        bring(text)
    assert refused.value.in_language("zh")
    assert bring(text, crs="EPSG:4526").crs == "CGCS2000 / 3-degree Gauss-Kruger zone 38"


def test_the_user_may_not_contradict_the_text(bring):
    with pytest.raises(CrsContradicted):
        bring(write_text(write_plot(box())), crs="EPSG:4527")


def test_files_put_behind_one_another_must_agree(bring):
    text = write_text(write_plot(box()))

    both = bring(text + text.replace("一号", "二号"))
    assert both.frame["name"].tolist() == ["一号公墓", "二号公墓"]
    assert both.rows.tolist() == [10, 25]
    with pytest.raises(SourceRefused):
        bring(text + text.replace("带号=38", "带号=39"))


def test_turned_axes_are_mended_only_when_agreed_to(bring):
    turned = [(north, east) for east, north in box()]
    text = write_text(write_plot(turned, area="1"), write_plot(box(west=500)))

    candidate = bring(text)

    assert candidate.is_repaired.tolist() == [True, False]
    assert [problem.row for problem in candidate.repairs] == [10]
    wanted = place(shapely.Polygon(box()))
    assert candidate.frame.geometry.iloc[0].equals_exact(wanted, 1e-9, normalize=True)
    assert len(candidate.take_rows(repaired=False)) == 1
    assert "survey_area_differs" not in list_told(candidate)


def test_a_plot_in_another_zone_is_refused(bring):
    other = [(east + 1e6, north) for east, north in box()]
    torn = [*box()[:2], *other[2:]]

    candidate = bring(write_text(write_plot(box()), write_plot(other), write_plot(torn)))

    assert candidate.rows.tolist() == [10]
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (16, "survey_zone_differs"),
        (22, "survey_zone_differs"),
    ]
    assert [problem.facts["found"] for problem in candidate.refused] == [39, 39]


def test_what_cannot_be_read_is_refused_with_its_line(bring):
    plot = write_plot(box())
    broken = [*plot[:3], "J2,1,35252x8,38486341", *plot[3:]]
    short = [plot[0], *plot[1:3], plot[1]]

    candidate = bring(write_text(plot, broken, short, [plot[0]]))

    told = {problem.row: problem for problem in candidate.refused}
    assert list(told) == [16, 23, 27]
    assert told[16].key == "survey_line_unreadable"
    assert told[16].facts == {"line": 19, "text": "J2,1,35252x8,38486341", "count": 1}
    assert told[23].key == "survey_points_missing"
    assert told[23].facts == {"line": 24, "count": 2, "needed": 3}
    assert told[27].facts == {"line": 27, "count": 0, "needed": 3}
    assert candidate.rows.tolist() == [10]
    assert candidate.refused_rows.index.tolist() == [16, 23, 27]


@pytest.mark.parametrize(
    ("stated", "is_told"), [("5", False), ("4", False), ("", False), ("6", True), ("五", True)]
)
def test_the_count_may_include_the_closing_point(bring, stated, is_told):
    plot = write_plot(box())
    plot[0] = plot[0].replace("5,", f"{stated},", 1)

    told = list_told(bring(write_text(plot)))

    assert ("survey_count_differs" in told) == is_told


@pytest.mark.parametrize(
    ("stated", "square_metres", "unit"),
    [
        ("1.0", 10000, None),
        ("1.0099", 10099, None),
        ("10000", 10000, "平方米"),
        ("10050.5", 10050.5, "平方米"),
        ("15", 10000, "亩"),
        ("", np.nan, None),
    ],
)
def test_the_stated_area_is_hectares_or_what_agrees(bring, stated, square_metres, unit):
    candidate = bring(
        write_text(write_plot(box(), area=stated)),
        kind="basic_farmland",
        columns={"area_m2": "地块面积（平方米）"},
    )

    assert candidate.frame["area_m2"].tolist() == [pytest.approx(square_metres, nan_ok=True)]
    assert "survey_area_differs" not in list_told(candidate)
    note = list_told(candidate).get("survey_area_unit")
    assert (note and note.facts["unit"].zh) == unit


@pytest.mark.parametrize(
    ("stated", "unit", "square_metres"),
    [("1.02", "公顷", 10200), ("9800", "平方米", 9800), ("15.3", "亩", 10200), ("0", "公顷", 0),
     ("300", "公顷", 3e6)],
)  # fmt: skip
def test_a_stated_area_that_differs_is_told_with_both(bring, stated, unit, square_metres):
    told = list_told(bring(write_text(write_plot(box(), area=stated))))

    problem = told["survey_area_differs"]
    assert problem.row == 10
    assert problem.facts["unit"].zh == unit
    assert problem.facts["stated_m2"] == pytest.approx(square_metres)
    assert problem.facts["computed_m2"] == pytest.approx(10000, rel=1e-4)
    assert "10000.00" in problem.in_language("zh")


def test_the_rounding_of_a_small_area_is_no_difference(bring):
    told = list_told(bring(write_text(write_plot(box(side=3.8), area="0.0014"))))

    assert "survey_area_differs" not in told


def test_a_closing_point_elsewhere_is_told(bring):
    ring = box()
    plot = [*write_plot(ring, close=False), f"J1,1,{ring[0][1] + 0.03:.3f},{ring[0][0] + 0.04:.3f}"]

    problem = list_told(bring(write_text(plot)))["survey_closing_differs"]

    assert problem.row == 10
    assert problem.facts["line"] == 15
    assert problem.facts["distance"] == pytest.approx(0.05, abs=1e-6)


def test_what_was_taken_for_a_plot_is_told(bring):
    unsigned = write_plot(box(), line="4,1.0,1,一号,面")
    bare = write_points(box(west=300))
    strange = write_plot(box(west=600), line="5,1.0,1,一号,圆,,,,@")

    told = list_told(bring(write_text(bare, unsigned, strange, before=("[说明]", "没有等号"))))

    assert told["survey_plot_line_missing"].row == 12
    assert told["survey_sign_missing"].facts == {"count": 1, "line": 16}
    assert told["survey_shape_unknown"].facts["value"] == "圆"
    assert told["survey_lines_unused"].facts == {"count": 1, "line": 2}


def test_points_and_lines(bring):
    grave = write_plot(box()[:1], line="1,,1,甲,点,,,,@", close=False)
    track = write_plot(box()[:2], line="2,,1,甲,线,,,,@", close=False)

    point = bring(write_text(grave))
    line = bring(write_text(track), kind="power_line")

    assert first_vertex(point) == pytest.approx(DEGREES, abs=1e-8)
    assert point.frame.geom_type.tolist() == ["Point"]
    assert line.frame.geom_type.tolist() == ["LineString"]


def test_a_text_in_an_archive(tmp_path, catalogue):
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as archive:
        archive.writestr("公墓.txt", write_text(write_plot(box())).encode("gbk"))

    (candidate,) = read_candidates(tmp_path / "any.zip", catalogue=catalogue, wish=Wish())

    assert candidate.kind == "cemetery"
    assert candidate.format == "survey"


def test_limits(bring):
    text = write_text(*[write_plot(box(west=at)) for at in range(0, 500, 100)])

    with pytest.raises(SourceTooLarge):
        bring(text, limits=dataclasses.replace(DEFAULT_LIMITS, text_bytes=100))
    with pytest.raises(TableTooLarge):
        bring(text, limits=dataclasses.replace(DEFAULT_LIMITS, rows=10))
    with pytest.raises(SourceRefused):
        bring(text, limits=dataclasses.replace(DEFAULT_LIMITS, vertices=20))
    with pytest.raises(SourceRefused, match="20"):
        bring(text, limits=dataclasses.replace(DEFAULT_LIMITS, points=20))
    with pytest.raises(TableTooLarge, match="10"):
        bring(text, limits=dataclasses.replace(DEFAULT_LIMITS, plots=10))
    with pytest.raises(TableTooLarge):
        bring(text, limits=Limits(columns=5))
    with pytest.raises(SourceRefused):
        bring(write_text())


# every way of writing that is in use, put together at random

PLOTS = st.lists(
    st.tuples(
        st.integers(0, 5000),  # metres east of the place
        st.integers(0, 5000),
        st.integers(20, 200),  # the side of the outline
        st.integers(0, 2),  # holes
        st.text("甲乙丙丁（）0A-. ", max_size=6).map(str.strip),
    ),
    min_size=1,
    max_size=6,
)
VARIANT = st.fixed_dictionaries(
    {
        "end": st.sampled_from(["\n", "\r\n"]),
        "written": st.sampled_from(["gbk", "utf-8", "utf-8-sig", "utf-16-le", "utf-16"]),
        "prefix": st.sampled_from(["J", "", "J0"]),
        "restarts": st.booleans(),
        "closing": st.sampled_from(["first", "one", "none"]),
        "counts_closing": st.booleans(),
        "width": st.sampled_from([8, 12, 13]),
        "is_signed": st.booleans(),
        "is_wide": st.booleans(),
        "with_zone": st.booleans(),
        "in_m2": st.booleans(),
        "before": st.booleans(),
    }
)


def list_rings(plot):
    west, south, side, holes, _ = plot
    inner = [
        box(side / 10, west + side / 8 + at * side / 3, south + side / 5) for at in range(holes)
    ]
    return [box(side, west, south), *inner]


def write_variant(plots, variant):
    lines = []
    for at, plot in enumerate(plots):
        rings, name = list_rings(plot), plot[4]
        points, number = [], 0
        for ring_number, ring in enumerate(rings, 1):
            number = 0 if variant["restarts"] else number
            first = number + 1
            for east, north in ring:
                number += 1
                points.append((number, ring_number, north, east))
            if variant["closing"] != "none":
                closing = first if variant["closing"] == "first" else 1
                points.append((closing, ring_number, ring[0][1], ring[0][0]))
        area = shapely.Polygon(rings[0], rings[1:]).area
        count = len(points) if variant["counts_closing"] else sum(map(len, rings))
        values = [count, f"{area if variant['in_m2'] else area / 1e4:.6f}", at, name, "面"]
        values += ["", "", "1506", *["x"] * (variant["width"] - 8)]
        head = ",".join(map(str, values)) + (",@" if variant["is_signed"] else "")
        shift = 0 if variant["with_zone"] else 38e6
        body = [f"{variant['prefix']}{n},{r},{y:.3f},{x - shift:.3f}" for n, r, y, x in points]
        if variant["is_wide"]:
            body = [line.translate(WIDE) for line in body]
        lines.append([head, *body])
    before = ("[项目信息]", "项目名称=甲乙") if variant["before"] else ()
    return write_text(*lines, before=before).replace("\n", variant["end"])


WIDE = {ord(narrow): ord(narrow) + 0xFEE0 for narrow in "0123456789,.J"}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(PLOTS, VARIANT)
def test_every_variant_is_read_back_as_it_was_written(bring, plots, variant):
    # UTF-16 without mark is known by its many narrow characters
    assume(not (variant["is_wide"] and variant["written"] == "utf-16-le"))
    candidate = bring(write_variant(plots, variant), written=variant["written"])

    assert not candidate.refused
    assert not candidate.repairs
    assert candidate.rows_read == len(plots)
    names = [plot[4] or None for plot in plots]
    assert [None if name != name else name for name in candidate.frame["name"]] == names  # noqa: PLR0124  # NaN
    for plot, found in zip(plots, candidate.frame.geometry, strict=True):
        rings = list_rings(plot)
        wanted = place(shapely.set_precision(shapely.Polygon(rings[0], rings[1:]), 0.001))
        assert measure_area_m2([found.symmetric_difference(wanted)])[0] < 0.01 * plot[2]
        assert len(found.interiors) == plot[3]
    told = list_told(candidate)
    surprising = {"survey_area_differs", "survey_count_differs", "survey_closing_differs"}
    surprising |= {"survey_line_unreadable", "survey_plot_line_missing", "survey_shape_unknown"}
    assert not surprising & set(told)
    assert ("survey_sign_missing" in told) == (not variant["is_signed"])
    assert ("survey_area_unit" in told) == variant["in_m2"]


def tell_all(told):
    """A text that lacks a fact raises here."""
    for language in ("zh", "en"):
        assert told.in_language(language)
        if isinstance(told, Problem):
            assert told.tell_remedy(language)


VALID = write_text(write_plot(box(), box(20, 10, 10)), write_plot(box(west=300)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, len(VALID)), st.integers(0, 30), st.text(max_size=3)), max_size=5
    )
)
def test_a_mutated_text_is_read_or_refused_in_our_words(bring, changes):
    text = VALID
    for at, cut, put in changes:
        text = text[:at] + put + text[at + cut :]

    try:
        candidate = bring(text)
    except GeoRvError as refused:
        tell_all(refused)
    else:
        assert candidate.rows_read == len(candidate.rows) + len(candidate.refused_rows)
        for problem in candidate.problems:
            tell_all(problem)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300))
def test_bytes_behind_a_section_are_read_or_refused_in_our_words(tmp_path, read, noise):
    (tmp_path / "any.txt").write_bytes("[地块坐标]\n".encode("gbk") + noise)

    for crs in (None, "EPSG:4526"):
        try:
            read(tmp_path / "any.txt", kind="cemetery", crs=crs)
        except GeoRvError as refused:
            tell_all(refused)
