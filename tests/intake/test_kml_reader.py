"""KML, KMZ and 奥维's files on their way in: layers, datums, what is told, what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_rv.errors import (
    ArchiveRefused,
    DatumContradicted,
    LayerNotChosen,
    SourceRefused,
    SourceUnreadable,
    UnknownSourceLayer,
)
from geo_rv.geodesy.datum import from_cgcs2000, to_cgcs2000
from geo_rv.geodesy.measure import measure_distance_m
from geo_rv.intake import Wish, read_candidates
from geo_rv.intake.limits import Limits

EXAMPLE = Path(__file__).parents[3] / "shared" / "data" / "ovkml-cdjwd" / "example.ovkml"
PLACE = (113.85569, 31.85)


def mark(inside="", place=PLACE, *, datum=""):
    stated = f"<OvCoordType>{datum}</OvCoordType>" if datum else ""
    point = f"<Point><coordinates>{place[0]!r},{place[1]!r},0</coordinates></Point>"
    return f"<Placemark>{stated}{inside}{point}</Placemark>"


def wrap(inside):
    return f'<?xml version="1.0"?><kml><Document>{inside}</Document></kml>'


@pytest.fixture
def write(tmp_path):
    def write_text(inside, name="burial.kml", *, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(wrap(inside).encode(encoding))
        return path

    return write_text


@pytest.fixture
def write_zip(tmp_path):
    def write_entries(entries, name="burial.kmz"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for entry, content in entries.items():
                archive.writestr(entry, content)
        return path

    return write_entries


def take_places(candidate):
    return shapely.get_coordinates(candidate.frame.geometry.to_numpy())


def tell_all(candidate):
    """Return every problem of a candidate in both languages, with its remedy."""
    return [
        (problem.in_language(language), problem.tell_remedy(language))
        for problem in candidate.problems
        for language in ("zh", "en")
    ]


# ---- 奥维


@pytest.mark.skipif(not EXAMPLE.is_file(), reason="the real .ovkml is not beside the checkout")
def test_the_two_points_of_the_real_file_end_apart(read):
    candidate = read(EXAMPLE, kind="tourism_site")
    shifted, plain = take_places(candidate)
    assert tuple(plain) == (116.397428, 39.90923)
    assert measure_distance_m(*shifted, *plain) == pytest.approx(560, abs=10)
    assert tuple(from_cgcs2000(*shifted, "gcj02")) == pytest.approx(tuple(plain), abs=1e-11)
    assert candidate.format == "ovkml"


@pytest.mark.parametrize(
    ("written", "datum"),
    [
        ("GCJ-02", "gcj02"),
        ("GCJ02", "gcj02"),
        ("gcj-02 ", "gcj02"),
        ("BD-09", "bd09"),
        ("WGS84", "wgs84"),
        ("WGS-84", "wgs84"),
        ("CGCS2000", "cgcs2000"),
    ],
)
def test_each_placemark_is_moved_from_the_datum_that_it_states(read, write, written, datum):
    candidate = read(write(mark(datum=written)))
    np.testing.assert_allclose(
        take_places(candidate)[0], to_cgcs2000(*PLACE, datum), atol=1e-12, rtol=0
    )
    assert candidate.datum == datum
    # as the file has it
    assert shapely.get_coordinates(candidate.before)[0].tolist() == list(PLACE)
    assert not candidate.repairs


def test_a_stated_datum_is_told_with_how_many_rows_it_moved(read, write, list_keys):
    candidate = read(write(mark(datum="GCJ-02") * 2 + mark(datum="WGS84")))
    (note,) = [p for p in candidate.problems if p.key == "datum_stated"]
    assert note.facts["count"] == 2
    assert 581 <= note.facts["metres"] <= 615
    assert list_keys(candidate) == []


def test_an_unknown_datum_refuses_its_row_only(read, write, list_keys):
    candidate = read(write(mark(datum="Local 7") + mark(datum="北京54") + mark(datum="WGS84")))
    assert sorted(list_keys(candidate)) == ["datum_old", "datum_unread"]
    assert candidate.rows.tolist() == [3]


@pytest.mark.parametrize("name", ["burial.ovkml", "burial.kml"])
def test_ovitals_file_without_a_datum_is_proposed_to_be_shifted(read, write, name):
    own = "<OvAttr><OvIcon>4</OvIcon></OvAttr>" if name.endswith(".kml") else ""
    candidate = read(write(mark(own) + mark(own), name))
    (repair,) = candidate.repairs
    assert (repair.key, repair.row) == ("datum_proposed", None)
    assert candidate.is_repaired.all()
    np.testing.assert_allclose(take_places(candidate)[0], to_cgcs2000(*PLACE, "gcj02"), atol=1e-12)
    assert shapely.get_coordinates(candidate.before)[0].tolist() == list(PLACE)
    assert "9.3.0" in repair.in_language("zh")


def test_what_the_user_says_holds_for_rows_that_do_not_say(read, write):
    path = write(mark(datum="BD-09") + mark("<OvAttr/>"), "burial.ovkml")
    with pytest.raises(DatumContradicted):
        read(path, datum="wgs84")
    candidate = read(write(mark() + mark(datum="WGS84")), datum="cgcs2000")
    assert not candidate.repairs
    assert take_places(candidate).tolist() == [list(PLACE)] * 2


def test_plain_kml_is_unsaid_and_says_so(read, write):
    candidate = read(write(mark()))
    (note,) = [p for p in candidate.problems if p.key == "datum_unknown"]
    assert note.severity == "warning"
    assert take_places(candidate).tolist() == [list(PLACE)]
    shifted = read(write(mark()), datum="gcj02")
    np.testing.assert_allclose(take_places(shifted)[0], to_cgcs2000(*PLACE, "gcj02"), atol=1e-12)


def test_where_no_datum_is_shifted_nothing_is_asked(read, write):
    candidate = read(write(mark(place=(9.52, 47.14)) + mark(place=(9.53, 47.15))))
    assert [p.key for p in candidate.problems if p.key.startswith("datum")] == []


# ---- columns, rows, what is told


def test_columns_find_their_fields(read, write):
    inside = (
        "<name>甲</name><description>合葬</description>"
        '<ExtendedData><Data name="安葬方式"><value>骨灰单人</value></Data>'
        '<Data name="编号"><value>m1</value></Data></ExtendedData>'
    )
    candidate = read(write(f"<Folder><name>一组</name>{mark(inside)}</Folder>"))
    row = candidate.frame.iloc[0]
    taken = row[["id", "name", "burial_type", "remark"]].tolist()
    assert taken == ["m1", "甲", "ashes_single", "合葬"]
    assert candidate.unmatched_columns == ("文件夹",)


def test_bad_tuples_open_rings_and_wrong_types_are_told_by_row(read, write):
    ring = "113.8,31.8 113.81,31.8 113.81,31.81 113.8,31.81"
    boundary = f"<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
    polygon = f"<Polygon><outerBoundaryIs>{boundary}</outerBoundaryIs></Polygon>"
    candidate = read(
        write(
            "<Placemark><Point><coordinates>113.8;31.8</coordinates></Point></Placemark>"
            f"<Placemark>{polygon}</Placemark>"
            "<Placemark><LineString><coordinates>113.8,31.8 113.9,31.9</coordinates></LineString>"
            "</Placemark><Placemark><name>empty</name></Placemark>" + mark()
        )
    )
    told = {problem.row: problem.key for problem in candidate.problems if problem.row}
    assert told == {
        1: "coordinates_unreadable",
        2: "ring_closed",
        3: "geometry_type",
        4: "geometry_missing",
    }
    assert candidate.rows.tolist() == [2, 5]
    assert "113.8;31.8" in candidate.refused[0].in_language("zh")


def test_links_and_pictures_are_told_and_never_fetched(read, write, web_server):
    address, asked = web_server
    inside = (
        f"<NetworkLink><Link><href>{address}/a.kml</href></Link></NetworkLink>"
        f"<GroundOverlay><Icon><href>{address}/b.png</href></Icon></GroundOverlay>"
        f'<Style id="s"><IconStyle><Icon><href>{address}/c.png</href></Icon></IconStyle></Style>'
        f"{mark(f'<description><![CDATA[<img src={address}/d.png>x]]></description>')}"
    )
    candidate = read(write(inside))
    (note,) = [p for p in candidate.problems if p.key == "kml_left_out"]
    assert "网络链接" in note.in_language("zh")
    assert asked == []
    with pytest.raises(SourceRefused, match="network links"):
        read(write(f"<NetworkLink><Link><href>{address}/a.kml</href></Link></NetworkLink>"))
    assert asked == []


def test_altitudes_are_told(read, write):
    inside = "<Placemark><Point><coordinates>113.85,31.85,75.5</coordinates></Point></Placemark>"
    candidate = read(write(inside + mark()))
    (note,) = [p for p in candidate.problems if p.key == "made_flat"]
    assert note.facts["count"] == 1
    assert not candidate.frame.geometry.has_z.any()


def test_every_text_is_there_in_both_languages(read, write):
    inside = mark(datum="GCJ-02") + mark("<OvAttr/>") + mark(datum="x") + "<Placemark/>"
    for candidate in (
        read(write(inside + "<NetworkLink/><Tour/><PhotoOverlay/><ScreenOverlay/>")),
        read(write(mark())),
        read(write(mark()), datum="bd09"),
    ):
        assert all(wrong and remedy for wrong, remedy in tell_all(candidate))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
def test_text_is_read_in_the_encoding_of_its_bytes(read, write, encoding):
    inside = mark("<name>东门楼社区一号墓</name>")
    candidate = read(write(inside, encoding=encoding))
    assert candidate.frame["name"].tolist() == ["东门楼社区一号墓"]


def test_the_encoding_that_only_the_file_tells(read, tmp_path):
    path = tmp_path / "burial.kml"
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + wrap(mark("<name>Süßer</name>"))[21:]
    path.write_bytes(text.encode("latin-1"))
    assert read(path).frame["name"].tolist() == ["Süßer"]


@pytest.mark.parametrize(
    "start",
    [
        "<!-- <gpx> -->",
        '<?xml version="1.0"?>\n<?xml-stylesheet href="a"?>\n<!-- a -->\n<!-- b -->\n',
        " \n",
        "\ufeff",
    ],
)
def test_a_file_is_known_by_its_root_whatever_stands_before(read, tmp_path, start):
    path = tmp_path / "burial.txt"
    path.write_text(start + wrap(mark())[21:], "utf-8")
    assert read(path).format == "kml"


# ---- layers


def test_folders_named_like_layers_become_them(catalogue, write):
    line = "<LineString><coordinates>113.8,31.8 113.9,31.9</coordinates></LineString>"
    road = f'<ExtendedData><Data name="等级"><value>县道</value></Data></ExtendedData>{line}'
    path = write(
        f"<Folder><name>全镇</name><Folder><name>坟墓</name>{mark()}{mark()}</Folder>"
        f"<Folder><name>道路</name><Placemark>{road}</Placemark></Folder>"
        f"<Folder><name>杂项</name>{mark()}</Folder></Folder>",
        "town.kml",
    )
    candidates = read_candidates(path, catalogue=catalogue)
    assert [(c.kind, c.rows.tolist()) for c in candidates] == [("burial", [1, 2]), ("road", [3])]
    assert "town" in next(p for p in candidates[0].problems if p.key == "left_out").facts["names"]
    (graves,) = read_candidates(path, catalogue=catalogue, wish=Wish(kind="burial"))
    assert graves.rows.tolist() == [1, 2]
    (rest,) = read_candidates(
        path, catalogue=catalogue, wish=Wish(kind="tourism_site", layer="杂项")
    )
    assert rest.rows.tolist() == [4]
    with pytest.raises(UnknownSourceLayer):
        read_candidates(path, catalogue=catalogue, wish=Wish(kind="burial", layer="没有"))


def test_other_folders_stay_one_layer(read, write):
    inside = "".join(f"<Folder><name>{n}组</name>{mark()}</Folder>" for n in "一二三")
    assert len(read(write(inside, "x.kml"), kind="burial").frame) == 3


def test_a_file_that_tells_no_layer_asks_for_one(catalogue, write):
    with pytest.raises(LayerNotChosen):
        read_candidates(write(mark(), "x.kml"), catalogue=catalogue)


@pytest.mark.parametrize("entry", ["doc.kml", "files/其他.KML", "doc.ovkml"])
def test_kmz(read, write_zip, entry):
    path = write_zip({entry: wrap(mark("<name>甲</name>")), "images/a.png": b"\x89PNG"})
    assert read(path).frame["name"].tolist() == ["甲"]


def test_ovkmz_is_ovitals(read, write_zip):
    candidate = read(write_zip({"doc.kml": wrap(mark())}, "burial.ovkmz"))
    assert candidate.format == "ovkml"
    assert [problem.key for problem in candidate.repairs] == ["datum_proposed"]


def test_a_kmz_with_parts_brings_those_named_like_layers(catalogue, write_zip):
    path = write_zip(
        {
            "doc.kml": wrap("<NetworkLink><Link><href>坟墓.kml</href></Link></NetworkLink>"),
            "坟墓.kml": wrap(mark() * 2),
            "说明.kml": wrap(mark()),
        },
        "town.kmz",
    )
    (candidate,) = read_candidates(path, catalogue=catalogue)
    assert (candidate.kind, len(candidate.frame)) == ("burial", 2)
    assert {"kml_left_out", "left_out"} <= {problem.key for problem in candidate.problems}


# ---- hostile


@pytest.mark.parametrize(
    "start",
    [
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file://{canary}">]>',
        '<!DOCTYPE kml SYSTEM "{address}/kml.dtd">',
        '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_entities_are_refused_unread(read, tmp_path, web_server, start):
    address, asked = web_server
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-7431")
    path = tmp_path / "burial.kml"
    inside = wrap(mark("<name>&x;&b;</name>"))[21:]
    path.write_text(start.format(canary=secret, address=address) + inside)
    with pytest.raises(SourceRefused, match="DOCTYPE"):
        read(path)
    assert asked == []


@pytest.mark.parametrize(
    ("inside", "limits"),
    [
        ("<Folder>" * 300 + "</Folder>" * 300, Limits()),
        (mark() * 20, Limits(rows=10)),
        (mark() * 20, Limits(vertices=10)),
        ('<Placemark><Data name="a"><value>1</value></Data></Placemark>' * 2, Limits(columns=0)),
    ],
)
def test_what_is_too_much_is_refused(read, write, inside, limits):
    with pytest.raises(SourceRefused):
        read(write(inside), limits=limits)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused_whole(read, write, keep):
    path = write(mark() * 50)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    with pytest.raises(SourceUnreadable):
        read(path)


def test_entries_of_a_kmz_never_become_paths(read, write_zip, tmp_path):
    with pytest.raises(ArchiveRefused):
        read(write_zip({"../../burial.kml": wrap(mark())}))
    assert list(tmp_path.parent.glob("burial.kml")) == []
