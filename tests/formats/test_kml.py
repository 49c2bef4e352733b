"""KML and GPX as texts: what is read of them, against GDAL and shapely, and what refuses them."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.formats.elements import FileRefused
from geo_rv.formats.features import Bounds
from geo_rv.formats.gpx import GpxReader
from geo_rv.formats.kml import DATUM, FOLDER, WRONG_TUPLE, KmlReader
from geo_rv.formats.markup import strip_markup
from geo_rv.formats.tuples import TupleUnreadable, read_tuples

DATA = Path(__file__).parents[3] / "shared" / "data"
BOUNDS = Bounds(rows=1000, columns=50, vertices=100_000, levels=64)
NAMESPACES = [
    "",
    ' xmlns="http://earth.google.com/kml/2.0"',
    ' xmlns="http://earth.google.com/kml/2.1"',
    ' xmlns="http://www.opengis.net/kml/2.2"',
    ' xmlns="http://www.opengis.net/kml/2.3" xmlns:gx="http://www.google.com/kml/ext/2.2"',
]
POINT = "<Point><coordinates>113.85,31.85</coordinates></Point>"


@pytest.fixture
def read(tmp_path):
    """Return a reader of the text of a KML or GPX file."""

    def read_text(text, *, reader=KmlReader, bounds=BOUNDS, encoding="utf-8"):
        path = tmp_path / "file.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        made = reader(bounds)
        made.read(path, encoding)
        return made

    return read_text


@pytest.fixture
def read_kml(read):
    """Return what reads the inside of a KML document into a dictionary of its columns."""

    def read_document(inside, **how):
        return take_columns(read(f"<kml><Document>{inside}</Document></kml>", **how))

    return read_document


def take_columns(reader):
    table = reader.finish()
    columns = {name: pad(column, len(table)) for name, column in table.columns.items()}
    columns["geometry"] = shapely.from_wkb(table.geometries, on_invalid="ignore").tolist()
    return columns


def pad(column, length):
    return column + [None] * (length - len(column))


def mark(inside, **attributes):
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<Placemark{written}>{inside}</Placemark>"


# ---- coordinates


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("113.8,31.8", [(113.8, 31.8)]),
        ("113.8,31.8,75.5\n\t113.9,31.9,0", [(113.8, 31.8), (113.9, 31.9)]),
        ("113.8,31.8 113.9,31.9,75", [(113.8, 31.8), (113.9, 31.9)]),
        ("113.8, 31.8, 0\n113.9, 31.9, 0", [(113.8, 31.8), (113.9, 31.9)]),
        ("113.8,31.8,\n113.9,31.9,", [(113.8, 31.8), (113.9, 31.9)]),
        ("113.8，31.8", [(113.8, 31.8)]),
        ("1.138e2,3.18E+1,-5", [(113.8, 31.8)]),
        ("113.8,31.8,NaN", [(113.8, 31.8)]),
        (" \n\t", []),
        ("", []),
    ],
)
def test_tuples_as_tools_write_them(text, places):
    assert read_tuples(text).places.tolist() == [list(place) for place in places]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("113.8", "113.8"),
        ("113.8 31.8", "113.8"),
        ("113.8,31.8 113.9;31.9", "113.9;31.9"),
        ("113.8,abc", "113.8,abc"),
        ("nan,31.8", "nan,31.8"),
        ("113.8,1e999", "113.8,1e999"),
        ("1_1,31.8", "1_1,31.8"),
        ("113.8,31.8,0,113.9,31.9,0", "113.8,31.8,0,113.9,31.9,0"),
        ("113.8,", "113.8,"),
    ],
)
@pytest.mark.parametrize("before", [0, 5000])
def test_a_bad_tuple_is_named(text, wrong, before):
    with pytest.raises(TupleUnreadable) as caught:
        read_tuples("1.5,2.5 " * before + text)
    assert caught.value.text == wrong


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.none() | st.floats(-99, 9999)),
        max_size=40,
    ),
    st.sampled_from([" ", "\n", "\t  ", "\r\n"]),
)
def test_tuples_are_read_to_the_last_digit(places, gap):
    text = gap.join(
        f"{lon!r},{lat!r}" + ("" if height is None else f",{height!r}")
        for lon, lat, height in places
    )
    found = read_tuples(text)
    assert found.places.tolist() == [[lon, lat] for lon, lat, _ in places]
    assert found.has_height == any(height for _, _, height in places)


# ---- geometries


def ring(*places):
    told = " ".join(f"{x},{y}" for x, y in places)
    return f"<LinearRing><coordinates>{told}</coordinates></LinearRing>"


OUTER = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]
HOLES = [[(1, 1), (2, 1), (2, 2), (1, 1)], [(4, 4), (5, 4), (5, 5), (4, 4)]]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (POINT, shapely.Point(113.85, 31.85)),
        (
            "<LineString><coordinates>0,0,5 1,1,5</coordinates></LineString>",
            shapely.LineString([(0, 0), (1, 1)]),
        ),
        (ring(*OUTER), shapely.LineString(OUTER)),
        (
            (
                f"<Polygon><outerBoundaryIs>{ring(*OUTER)}</outerBoundaryIs>"
                f"<innerBoundaryIs>{ring(*HOLES[0])}</innerBoundaryIs>"
                f"<innerBoundaryIs>{ring(*HOLES[1])}</innerBoundaryIs></Polygon>"
            ),
            shapely.Polygon(OUTER, HOLES),
        ),
        (
            # several rings in one boundary, as old files have them, and an empty one
            (
                f"<Polygon><innerBoundaryIs>{ring(*HOLES[0])}{ring(*HOLES[1])}{ring()}"
                f"</innerBoundaryIs><outerBoundaryIs>{ring(*OUTER)}</outerBoundaryIs></Polygon>"
            ),
            shapely.Polygon(OUTER, HOLES),
        ),
        (
            f"<MultiGeometry>{POINT}<MultiGeometry>{POINT}</MultiGeometry></MultiGeometry>",
            shapely.MultiPoint([(113.85, 31.85), (113.85, 31.85)]),
        ),
        (f"<MultiGeometry>{POINT}</MultiGeometry>", shapely.Point(113.85, 31.85)),
        (
            f"<MultiGeometry>{POINT}{ring(*OUTER)}</MultiGeometry>",
            shapely.GeometryCollection([shapely.Point(113.85, 31.85), shapely.LineString(OUTER)]),
        ),
        (
            (
                "<gx:Track><when>2024-01-01T00:00:00Z</when><gx:coord>0 0 5</gx:coord>"
                "<gx:coord>1 1 6</gx:coord></gx:Track>"
            ),
            shapely.LineString([(0, 0), (1, 1)]),
        ),
        (
            (
                "<gx:MultiTrack>"
                "<gx:Track><gx:coord>0 0</gx:coord><gx:coord>1 1</gx:coord></gx:Track>"
                "<gx:Track><gx:coord>5 5</gx:coord><gx:coord>6 6</gx:coord></gx:Track>"
                "</gx:MultiTrack>"
            ),
            shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6)]]),
        ),
        ("<Point/>", None),
        ("<Polygon><outerBoundaryIs/></Polygon>", None),
        ("<MultiGeometry><Placemark/></MultiGeometry>", None),
        ("", None),
    ],
)
def test_geometries(read_kml, inside, expected):
    columns = read_kml(mark(inside))
    assert columns["geometry"] == [expected]
    assert columns[WRONG_TUPLE] == [None]


@pytest.mark.parametrize(
    "inside",
    [
        "<LineString><coordinates>0,0</coordinates></LineString>",
        "<LinearRing><coordinates>0,0 1,1</coordinates></LinearRing>",
        "<Point><coordinates>0,0 1,1</coordinates></Point>",
        f"<Polygon><innerBoundaryIs>{ring(*OUTER)}</innerBoundaryIs></Polygon>",
        f"<Polygon><outerBoundaryIs>{ring(*OUTER)}{ring(*OUTER)}</outerBoundaryIs></Polygon>",
        f"<MultiGeometry>{POINT}<Point><coordinates>0,0 1,1</coordinates></Point></MultiGeometry>",
    ],
)
def test_what_is_no_geometry_is_there_and_cannot_be_read(read, inside):
    table = read(f"<kml>{mark(inside)}</kml>").finish()
    assert table.geometries[0] is not None
    assert shapely.from_wkb(table.geometries, on_invalid="ignore")[0] is None


def test_one_bad_tuple_spoils_its_placemark_only(read_kml):
    bad = f"<MultiGeometry>{POINT}<Point><coordinates>5;6</coordinates></Point></MultiGeometry>"
    columns = read_kml(mark(bad) + mark(POINT))
    assert columns["geometry"] == [None, shapely.Point(113.85, 31.85)]
    assert columns[WRONG_TUPLE] == ["5;6", None]


def write_geometry(geometry):
    match geometry.geom_type:
        case "Point":
            return f"<Point><coordinates>{geometry.x!r},{geometry.y!r}</coordinates></Point>"
        case "LineString":
            places = " ".join(f"{x!r},{y!r},0" for x, y in geometry.coords)
            return f"<LineString><coordinates>{places}</coordinates></LineString>"
        case "Polygon":
            inner = "".join(
                f"<innerBoundaryIs>{ring(*hole.coords)}</innerBoundaryIs>"
                for hole in geometry.interiors
            )
            outer = f"<outerBoundaryIs>{ring(*geometry.exterior.coords)}</outerBoundaryIs>"
            return f"<Polygon>{outer}{inner}</Polygon>"
        case _:
            parts = "".join(map(write_geometry, geometry.geoms))
            return f"<MultiGeometry>{parts}</MultiGeometry>"


places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
points = st.builds(shapely.Point, places)
lines = st.lists(places, min_size=2, max_size=12).map(shapely.LineString)
rings = st.lists(places, min_size=3, max_size=8).map(lambda some: [*some, some[0]])
polygons = st.builds(shapely.Polygon, rings, st.lists(rings, max_size=2))
geometries = st.one_of(
    points,
    lines,
    polygons,
    st.lists(points, min_size=2, max_size=3).map(shapely.MultiPoint),
    st.lists(lines, min_size=2, max_size=3).map(shapely.MultiLineString),
    st.lists(polygons, min_size=2, max_size=3).map(shapely.MultiPolygon),
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
)


@given(st.lists(st.tuples(texts, geometries), min_size=1, max_size=5), st.sampled_from(NAMESPACES))
def test_what_was_written_is_read(tmp_path_factory, features, namespace):
    marks = "".join(
        mark(f"<name><![CDATA[{name.replace(']]>', '')}]]></name>{write_geometry(geometry)}")
        for name, geometry in features
    )
    path = tmp_path_factory.mktemp("kml") / "a.kml"
    path.write_text(f"<kml{namespace}><Folder>{marks}</Folder></kml>", "utf-8")
    reader = KmlReader(BOUNDS)
    reader.read(path, "utf-8")
    columns = take_columns(reader)
    assert columns["geometry"] == [geometry for _, geometry in features]
    assert columns.get("name", [None] * len(features)) == [
        strip_markup(name.replace("]]>", "")) or None for name, _ in features
    ]


# ---- texts, columns, folders, datums


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("prefix", ["", "kml:"])
def test_any_namespace_and_prefix(read, namespace, prefix):
    text = (
        f"<{prefix}kml{namespace}><{prefix}Placemark><{prefix}name>甲</{prefix}name><{prefix}Point>"
        f"<{prefix}coordinates>113.85,31.85</{prefix}coordinates></{prefix}Point>"
        f"</{prefix}Placemark></{prefix}kml>"
    )
    columns = take_columns(read(text))
    assert columns["name"] == ["甲"]
    assert columns["geometry"] == [shapely.Point(113.85, 31.85)]


def test_texts_times_and_extended_data_become_columns(read_kml):
    columns = read_kml(
        mark(
            "<name> 烈士墓 </name><Snippet>no</Snippet><address>吴店镇</address>"
            "<description><![CDATA[<script>alert(1)</script><p>一</p><b>二</b>&nbsp;三]]></description>"
            "<TimeStamp><when>2024-03-20</when></TimeStamp>"
            "<LookAt><TimeStamp><when>1999-01-01</when></TimeStamp><longitude>1</longitude></LookAt>"
            '<ExtendedData><Data name="安葬方式"><displayName>x</displayName>'
            '<value>骨灰单人</value></Data><SchemaData schemaUrl="#s">'
            '<SimpleData name="area_m2">0.5</SimpleData>'
            '<SimpleData name="name">又名</SimpleData></SchemaData></ExtendedData>' + POINT,
            id="p1",
        )
        + mark(
            "<name/><TimeSpan><begin>2020</begin><end>2021</end></TimeSpan>"
            "<description>a<br/>b<i>c</i></description>"
        )
    )
    assert {name: column for name, column in columns.items() if any(column)} == {
        "kml_id": ["p1", None],
        "name": ["烈士墓", None],
        "地址": ["吴店镇", None],
        "备注": ["一\n二 三", "a\nb\nc"],
        "时间": ["2024-03-20", None],
        "安葬方式": ["骨灰单人", None],
        "area_m2": ["0.5", None],
        "name#2": ["又名", None],
        "开始时间": [None, "2020"],
        "结束时间": [None, "2021"],
        "geometry": [shapely.Point(113.85, 31.85), None],
    }


def test_a_remark_among_the_extended_data_is_surer_than_the_description(read_kml):
    own = '<ExtendedData><Data name="备注"><value>x</value></Data></ExtendedData>'
    columns = read_kml(
        mark(f"<description>y</description>{own}") + mark("<description>z</description>")
    )
    assert (columns["备注"], columns["描述"]) == (["x", "z"], ["y", None])


def test_extended_data_never_take_the_place_of_what_is_said_of_coordinates(read_kml):
    names = (FOLDER, DATUM, WRONG_TUPLE)
    data = "".join(f'<Data name="{name}"><value>own</value></Data>' for name in names)
    columns = read_kml(mark("<OvCoordType>BD-09</OvCoordType>" + data))
    assert list(columns)[-4:] == [*names, "geometry"]
    assert [columns[name] for name in names] == [[None], ["BD-09"], [None]]
    assert [columns[f"{name}#2"] for name in names] == [["own"]] * 3


def test_folders_become_a_path_even_where_their_name_comes_last(read_kml):
    columns = read_kml(
        "<name>文件</name>"
        + mark(POINT)
        + f"<Folder><name>东门楼社区</name>{mark(POINT)}"
        + f"<Folder>{mark(POINT)}<name>一组</name></Folder><Document><name>二组</name>"
        + f"{mark(POINT)}</Document></Folder>"
    )
    assert columns[FOLDER] == [None, "东门楼社区", "东门楼社区/一组", "东门楼社区/二组"]


def test_the_datum_is_the_placemarks_own_or_that_of_what_it_is_in(read_kml):
    stated = "<OvCoordType>{}</OvCoordType>".format
    columns = read_kml(
        stated("BD-09")
        + mark(POINT)
        + mark(stated(" GCJ-02 ") + POINT)
        + f"<Folder>{mark(POINT)}{stated('WGS84')}</Folder>"
        + mark(f"<Point>{stated('CGCS2000')}<coordinates>1,2</coordinates></Point>")
    )
    assert columns[DATUM] == ["BD-09", "GCJ-02", "WGS84", "CGCS2000"]


def test_what_is_ovitals_is_noticed_and_what_is_not_read_is_counted(read):
    inside = (
        "<NetworkLink><name>x</name><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>"
        "<GroundOverlay><name>y</name></GroundOverlay>"
    )
    plain = read(f"<kml><Folder>{inside}{mark('<Model/>')}</Folder></kml>")
    assert plain.left_out == {"NetworkLink": 1, "GroundOverlay": 1, "Model": 1}
    assert not plain.is_ovital
    assert len(plain.finish()) == 1
    assert read(f"<kml>{mark('<OvAttr><OvIcon>4</OvIcon></OvAttr>')}</kml>").is_ovital


def test_placemarks_and_fields_named_by_an_old_schema(read_kml):
    columns = read_kml(
        '<Schema name="Grave" parent="Placemark"><SimpleField name="holder"/></Schema>'
        f"<Grave><name>甲</name><holder>李</holder>{POINT}</Grave>{mark(POINT)}"
    )
    assert columns["holder"] == ["李", None]
    assert len(columns["geometry"]) == 2


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_the_encoding_that_was_found_holds_whatever_the_first_line_says(read, encoding):
    text = f'<?xml version="1.0" encoding="GB2312"?><kml>{mark("<name>丰</name>")}</kml>'
    assert take_columns(read(text, encoding=encoding))["name"] == ["丰"]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("3 < 5 & 6 > 4", "3 < 5 & 6 > 4"),
        ("a&lt;b&amp;nbsp;c", "a<b&nbsp;c"),
        ("<table><tr><td>面积</td><td>3 亩</td></tr></table>", "面积 3 亩"),
        ("一<BR>二<br />三", "一\n二\n三"),
        ("x<style>b{}</style>y<SCRIPT src='http://e'>z</SCRIPT>w", "x y w"),
        ("<script>never ended", ""),
        ("<<<b>x", "<< x"),
    ],
)
def test_markup_is_stripped(marked, plain):
    assert strip_markup(marked) == plain


def test_markup_is_stripped_in_time_that_grows_with_the_text():
    began = time.process_time()
    for piece in ("<", "<script>", "<!--", "</b", "&", "\n ", "<style></script>"):
        strip_markup(piece * 200_000)
    assert time.process_time() - began < 10


# ---- GPX

GPX = """<gpx version="1.0" creator="x" xmlns="http://www.topografix.com/GPX/1/0">
<wpt lat="31.85" lon="113.85"><ele>75</ele><name> 村 委会 </name><time>2024-03-20T08:00:00Z</time>
<desc>d</desc><sym>Flag</sym><extensions><name>no</name></extensions></wpt>
<wpt lat="abc" lon="113.85"/><wpt lon="113.85"/>
<rte><name>r</name><rtept lat="31.8" lon="113.8"><name>no</name></rtept>
<rtept lat="31.9" lon="113.9"/></rte>
<trk><name>t</name><trkseg>
<trkpt lat="31.8" lon="113.8"><time>2024-03-20T08:00:00Z</time></trkpt>
<trkpt lat="31.9" lon="113.9"><ele>1</ele><time>2024-03-20T09:00:00Z</time></trkpt></trkseg>
<trkseg><trkpt lat="1" lon="2"/></trkseg><trkseg/>
<trkseg><trkpt lat="31.7" lon="113.7"/><trkpt lat="31.6" lon="113.6"/></trkseg></trk>
<trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk><trk><name>empty</name></trk></gpx>"""


def test_gpx(read):
    reader = read(GPX, reader=GpxReader)
    found = {
        name: shapely.from_wkb(table.geometries, on_invalid="ignore").tolist()
        for name, table in reader.tables.items()
    }
    assert found == {
        "waypoints": [shapely.Point(113.85, 31.85), None, None],
        "routes": [shapely.LineString([(113.8, 31.8), (113.9, 31.9)])],
        "tracks": [
            shapely.MultiLineString(
                [[(113.8, 31.8), (113.9, 31.9)], [(113.7, 31.7), (113.6, 31.6)]]
            ),
            None,
            None,
        ],
    }
    columns = {name: table.columns for name, table in reader.tables.items()}
    assert columns["waypoints"] == {
        "name": ["村 委会"],
        "时间": ["2024-03-20T08:00:00Z"],
        "备注": ["d"],
        "图标": ["Flag"],
        "wrong_point": [None, "113.85,abc", "113.85,"],
    }
    assert columns["routes"] == {"name": ["r"]}
    assert columns["tracks"] == {
        "name": ["t", None, "empty"],
        "开始时间": ["2024-03-20T08:00:00Z"],
        "结束时间": ["2024-03-20T09:00:00Z"],
        "lone_points": ["1"],
    }
    assert reader.heights == {"waypoints": 1, "routes": 0, "tracks": 1}
    # a line of one point is there, and cannot be read; a track without points has nothing
    assert [geometry is None for geometry in reader.tables["tracks"].geometries] == [0, 0, 1]


# ---- against GDAL


def list_real(folder, pattern):
    return sorted((DATA / folder).rglob(pattern)) or [None]


def name_file(path):
    return "absent" if path is None else path.name


def read_with_gdal(path, layer):
    """Return the geometries that GDAL reads of a layer, flat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, _, encoded, _ = pyogrio.raw.read(path, layer=layer, force_2d=True)
    return [] if encoded is None else shapely.from_wkb(encoded, on_invalid="ignore").tolist()


def list_coordinates(geometries):
    """Return the coordinates of what is no empty geometry, in an order of their own."""
    taken = [g for g in geometries if g is not None and not g.is_empty]
    return sorted(tuple(map(tuple, np.round(shapely.get_coordinates(g), 12))) for g in taken)


@pytest.mark.parametrize("path", list_real("gpx", "*.gpx"), ids=name_file)
def test_real_gpx_is_read_as_gdal_reads_it(path):
    if path is None:
        pytest.skip("the real GPX files are not beside the checkout")
    reader = GpxReader(BOUNDS)
    reader.read(path, "utf-8")
    for name, table in reader.tables.items():
        ours = list_coordinates(shapely.from_wkb(table.geometries, on_invalid="ignore"))
        theirs = list_coordinates(read_with_gdal(path, name))
        # GDAL makes lines of single points
        assert ours == [some for some in theirs if len(some) > 1 or name == "waypoints"]


@pytest.mark.parametrize(
    "path", list_real("gdal-autotest/autotest/ogr/data/kml", "*.kml"), ids=name_file
)
def test_real_kml_is_read_as_gdal_reads_it(path):
    if path is None:
        pytest.skip("the real KML files are not beside the checkout")
    reader = KmlReader(BOUNDS)
    if path.stem in ("truncated", "junk_content_after_valid_doc"):
        # GDAL takes what stands before the fault: half a file
        with pytest.raises(FileRefused, match="damaged"):
            reader.read(path, "utf-8")
        return
    reader.read(path, "utf-8")
    layers = dict.fromkeys(name for name, _ in pyogrio.list_layers(path).tolist())
    theirs = [geometry for layer in layers for geometry in read_with_gdal(path, layer)]
    # GDAL makes rectangles of pictures that lie on the ground, and the place 0, 0 of no place
    made_up = reader.left_out["GroundOverlay"] + 2 * (path.stem == "geometries")
    ours = list_coordinates(take_columns(reader)["geometry"])
    assert set(ours) <= set(list_coordinates(theirs))
    assert len(ours) == len(list_coordinates(theirs)) - made_up


# ---- hostile


@pytest.mark.parametrize(
    "start",
    [
        "<!DOCTYPE kml>",
        '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/kml.dtd">',
        '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>',
    ],
)
@pytest.mark.parametrize("reader", [KmlReader, GpxReader])
def test_a_document_type_is_refused_before_it_is_looked_at(read, start, reader):
    with pytest.raises(FileRefused) as caught:
        read(f"{start}<kml>{mark('<name>&a;</name>')}</kml>", reader=reader)
    assert caught.value.reason == "xml_doctype"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<kml>" + "<Folder>" * 70 + "</Folder>" * 70 + "</kml>", "xml_levels"),
        ("<kml>" + "<name>" + "<b>" * 1_000_000, "xml_levels"),
        (f"<kml>{mark('') * 1001}</kml>", "rows"),
        (
            "<kml>" + mark("".join(f'<Data name="{n}"><value>1</value></Data>' for n in range(60))),
            "columns",
        ),
        ("<kml>" + mark('<Data name="x"><value>1</value></Data>' * 90), "columns"),
        (
            "<kml>" + mark(f"<Point><coordinates>{'1,2 ' * 100_001}</coordinates></Point>"),
            "vertices",
        ),
        ("<kml>&undeclared;</kml>", "damaged"),
        ("<kml><Placemark></kml>", "damaged"),
        ("<kml/><kml/>", "damaged"),
        ("", "damaged"),
    ],
)
def test_what_is_too_much_or_broken_is_refused(read, text, reason):
    with pytest.raises(FileRefused) as caught:
        read(text)
    assert caught.value.reason == reason


def test_folders_do_not_multiply_what_is_written(read):
    """A long name deep down would otherwise stand in every row."""
    name = "x" * 100_000
    levels = 20
    text = "<kml>" + f"<Folder><name>{name}</name>" * levels + mark("") * 500 + "</Folder>" * levels
    columns = take_columns(read(text + "</kml>"))
    assert max(map(len, columns[FOLDER])) <= 300


TAGS = [
    "kml", "Document", "Folder", "Placemark", "name", "Point", "coordinates", "Polygon", "value",
    "outerBoundaryIs", "LinearRing", "gx:Track", "gx:coord", "MultiGeometry", "OvCoordType",
    'Data name="a"', 'Schema name="Folder" parent="Placemark"', "Model", "TimeStamp", "when",
    "gpx", "trk", "trkseg", 'trkpt lat="1" lon="2"', "rte", 'rtept lat="1" lon="2"', "time", "ele",
    'wpt lat="x"',
]  # fmt: skip
pieces = st.sampled_from(
    [f"<{tag}>" for tag in TAGS]
    + [f"<{tag}/>" for tag in TAGS]
    + ["</", "</", "</"] * 10
    + ["1,2", "1 2", "x", "&lt;", "<!-- -->", "<![CDATA[<b>]]>"]
)


@st.composite
def documents(draw):
    """Return well-formed documents of known elements in any order, and broken ones."""
    written, opened = [], []
    for piece in draw(st.lists(pieces, max_size=60)):
        if piece == "</":
            if opened:
                written.append(f"</{opened.pop()}>")
        else:
            if piece[0] == "<" and piece[1].isalpha() and "/" not in piece:
                opened.append(piece[1:-1].split()[0])
            written.append(piece)
    closed = "".join(f"</{name}>" for name in reversed(opened))
    return f"<kml>{''.join(written)}{closed if draw(st.integers(0, 9)) else ''}</kml>"


@settings(max_examples=300)
@given(documents() | st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_does_more_than_be_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "fuzzed.xml"
    path.write_bytes(text.encode("utf-8", "replace"))
    for make in (KmlReader, GpxReader):
        reader = make(BOUNDS)
        try:
            reader.read(path, "utf-8")
        except FileRefused as refused:
            assert refused.reason in {"damaged", "xml_doctype", "xml_levels"}  # noqa: PT017
            continue
        tables = [reader.finish()] if make is KmlReader else reader.tables.values()
        for table in tables:
            shapely.from_wkb(table.geometries, on_invalid="ignore")
            assert all(len(column) <= len(table) for column in table.columns.values())


@given(st.text())
def test_any_text_of_coordinates_is_read_or_named(text):
    try:
        found = read_tuples(text)
    except TupleUnreadable as unreadable:
        assert unreadable.text  # noqa: PT017
    else:
        assert np.isfinite(found.places).all()


@given(st.text())
def test_any_text_can_be_stripped_and_keeps_its_words(text):
    assert strip_markup(escape(text)) is not None
    assert "\n\n" not in strip_markup(text)


# ---- speed


def test_a_hundred_thousand_vertices_come_in_whole(read):
    line = " ".join(f"113.{n:06},31.{n:06},75.5" for n in range(1000))
    kml = mark(f"<LineString><coordinates>{line}</coordinates></LineString>") * 100
    fix = '<trkpt lat="31.85" lon="113.85"><ele>75</ele><time>2024-03-20T08:00:00Z</time></trkpt>'
    gpx = f"<trk><trkseg>{fix * 1000}</trkseg></trk>" * 100
    assert len(read(f"<kml>{kml}</kml>").finish()) == 100
    assert len(read(f"<gpx>{gpx}</gpx>", reader=GpxReader).tables["tracks"]) == 100
