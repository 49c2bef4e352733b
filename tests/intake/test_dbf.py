"""The text of attribute tables, whatever the files beside them say."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import EncodingUnknown, FormatRefused, SourceError, SourceUnreadable
from geo_rv.intake.readers.dbf import find_encoding, inspect_table

NAMES = ["东门楼社区", "双乡村公墓", "泉口村"]


@pytest.fixture
def write_shapefile(tmp_path):
    def write(encoding, *, names=NAMES, page=None, language=None):
        columns = {"编号": ["甲", "乙", "丙"][: len(names)], "名称": names}
        places = [shapely.Point(113.8 + n / 100, 31.8) for n in range(len(names))]
        gpd.GeoDataFrame(columns, geometry=places, crs=4490).to_file(
            tmp_path / "burial.shp", encoding=encoding
        )
        code_page = tmp_path / "burial.cpg"
        code_page.unlink(missing_ok=True)
        if page is not None:
            code_page.write_text(page)
        if language is not None:
            table = bytearray((tmp_path / "burial.dbf").read_bytes())
            table[29] = language
            (tmp_path / "burial.dbf").write_bytes(table)
        return tmp_path / "burial.shp"

    return write


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030"])
@pytest.mark.parametrize(
    ("page", "language"),
    [
        (None, 0),
        (None, 0x57),
        (None, 0x03),
        (None, 0x4D),
        ("UTF-8", 0),
        ("ISO-8859-1", 0x57),
        ("936", 0),
        ("GBK", 0),
        ("ANSI 936", 0),
        ("hex", 0),
        ("\x00\xff" * 30, 0),
    ],
)
def test_encoding_is_told_from_the_bytes(encoding, page, language, write_shapefile):
    path = write_shapefile(encoding, page=page, language=language)
    table = inspect_table(path.with_suffix(".dbf"), file="burial.shp")
    assert table.rows == 3
    for name in NAMES:
        assert name.encode(encoding).decode(table.encoding) == name


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030"])
def test_chinese_comes_out_whole(encoding, write_shapefile, read):
    candidate = read(write_shapefile(encoding))
    assert candidate.frame["name"].tolist() == NAMES
    assert candidate.frame["id"].tolist() == ["甲", "乙", "丙"]
    assert candidate.unmatched_columns == ()


def test_guess_is_told(write_shapefile, read, list_keys):
    assert list_keys(read(write_shapefile("GBK", page="GBK")), "warning") == []
    assert list_keys(read(write_shapefile("GBK")), "warning") == ["encoding_told"]
    assert list_keys(read(write_shapefile("GBK", page="UTF-8")), "warning") == ["encoding_told"]


def test_rare_characters_of_gb18030(write_shapefile, read):
    rare = ["㵘家湾", "䶮家湾", "东门楼社区"]
    assert read(write_shapefile("GB18030", names=rare)).frame["name"].tolist() == rare


def test_western_text_stays_western(tmp_path, read):
    frame = gpd.GeoDataFrame(
        {"id": ["1", "2"], "name": ["Mäder", "Gölä é"]},
        geometry=[shapely.Point(9.5, 47), shapely.Point(9.6, 47)],
        crs=4326,
    )
    frame.to_file(tmp_path / "burial.shp", encoding="ISO-8859-1")
    assert read(tmp_path / "burial.shp").frame["name"].tolist() == ["Mäder", "Gölä é"]


@pytest.mark.parametrize("at", [(4, 0xFF), (8, 0xFF), (8, 0), (10, 0xFF)])
def test_sizes_that_lie(at, write_shapefile, read, tmp_path):
    path = write_shapefile("UTF-8")
    table = bytearray((tmp_path / "burial.dbf").read_bytes())
    place, value = at
    table[place : place + 2] = bytes([value, value])
    (tmp_path / "burial.dbf").write_bytes(table)
    with pytest.raises(SourceUnreadable, match="burial"):
        read(path)


def test_table_cut_short(write_shapefile, read, tmp_path):
    path = write_shapefile("UTF-8")
    for size in (0, 10, 40, 100):
        (tmp_path / "burial.dbf").write_bytes((tmp_path / "burial.dbf").read_bytes()[:size])
        with pytest.raises(SourceUnreadable):
            read(path)


def test_guess_is_told_with_some_of_its_words(write_shapefile, read):
    candidate = read(write_shapefile("GBK", page="UTF-8"))
    (note,) = [problem for problem in candidate.problems if problem.key == "encoding_told"]
    for language in ("zh", "en"):
        assert "双乡村公墓" in note.in_language(language)
        assert "GBK" in note.in_language(language)
    assert "GBK" in note.tell_remedy("zh")


def test_encoding_may_be_said(tmp_path, read, list_keys):
    """Big5 and GBK take each other's bytes: no score tells them apart for certain."""
    names = ["東門樓社區", "雙鄉村公墓", "泉口村"]
    places = [shapely.Point(113.8 + n / 100, 31.8) for n in range(3)]
    frame = gpd.GeoDataFrame({"id": list("abc"), "name": names}, geometry=places, crs=4490)
    path = tmp_path / "burial.shp"
    frame.to_file(path, encoding="BIG5")
    path.with_suffix(".cpg").write_text("GBK")
    assert read(path).frame["name"].tolist() != names
    candidate = read(path, encoding="big5")
    assert candidate.frame["name"].tolist() == names
    assert "encoding_told" not in list_keys(candidate, "warning")
    with pytest.raises(EncodingUnknown, match="rot13"):
        read(path, encoding="rot13")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gbk", "gbk"),
        ("GB2312", "gb2312"),
        ("936", "cp936"),
        ("ANSI 936", "cp936"),
        ("utf8", "utf-8"),
    ],
)
def test_names_of_encodings(name, found):
    assert "汉".encode(find_encoding(name)) == "汉".encode(found)


@pytest.mark.parametrize(
    "name", ["", "hex", "idna", "unicode_escape", "zlib", "utf-7", "../x", "槑"]
)
def test_what_is_no_encoding_of_text(name):
    with pytest.raises(EncodingUnknown):
        find_encoding(name)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.integers(0, 130), rubbish=st.binary(min_size=1, max_size=8))
def test_damaged_headers_are_refused_or_read(where, rubbish, write_shapefile, read):
    path = write_shapefile("GBK")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[where : where + len(rubbish)] = rubbish
    path.with_suffix(".dbf").write_bytes(table)
    try:
        read(path)
    except SourceError as error:
        assert "burial" in str(error)  # noqa: PT017 - either is fine, a crash is not


@settings(max_examples=200, deadline=None)
@given(
    table=st.binary(max_size=400),
    page=st.none() | st.binary(max_size=30),
)
def test_any_bytes_are_a_table_or_refused(table, page, tmp_path_factory):
    path = tmp_path_factory.mktemp("dbf") / "any.dbf"
    path.write_bytes(table)
    if page is not None:
        path.with_suffix(".cpg").write_bytes(page)
    try:
        found = inspect_table(path, file="any.dbf")
    except SourceUnreadable:
        return
    assert find_encoding(found.encoding)


def test_field_thirteen_wide_does_not_end_the_fields(tmp_path):
    """13 is also the byte that ends the list of fields."""
    fields = [(b"A", 13), (b"MC", 10)]
    described = b"".join(
        name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width]) + bytes(15)
        for name, width in fields
    )
    row = b" " + b"a" * 13 + "双乡村老坟".encode("gbk")
    size = 32 + len(described) + 1
    header = b"\x03" + bytes(3) + (1).to_bytes(4, "little") + size.to_bytes(2, "little")
    header += len(row).to_bytes(2, "little")
    path = tmp_path / "any.dbf"
    path.write_bytes(header.ljust(32, b"\0") + described + b"\r" + row + b"\x1a")
    table = inspect_table(path, file="any.dbf")
    assert (table.encoding, table.sample) == ("gbk", "双乡村老坟")


@pytest.mark.parametrize("name", ["坟墓.dbf", "坟墓.txt"])
def test_a_table_without_its_shapes_is_told_what_it_is(name, graves, tmp_path, read):
    graves.drop(columns=["安葬方式"]).to_file(tmp_path / "graves.shp", encoding="GBK")
    alone = tmp_path / "alone"
    alone.mkdir()
    (tmp_path / "graves.dbf").rename(alone / name)
    with pytest.raises(FormatRefused) as refused:
        read(alone / name, kind="burial")
    assert ".shp" in refused.value.in_language("zh")
    assert "(.dbf)" in refused.value.in_language("en")


def test_a_coordinate_system_without_its_shapes_is_told_what_it_is(graves, tmp_path, read):
    graves.drop(columns=["安葬方式"]).to_file(tmp_path / "graves.shp", encoding="GBK")
    with pytest.raises(FormatRefused) as refused:
        read(tmp_path / "graves.prj", kind="burial")
    assert ".shp" in refused.value.in_language("zh")
    assert "(.prj)" in refused.value.in_language("en")
