"""The text of attribute tables, whatever the files beside them say."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geo_rv.errors import SourceUnreadable
from geo_rv.intake.dbf import inspect_table

PYTHON_NAMES = {"CP936": "gbk"}
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
    found = PYTHON_NAMES.get(table.encoding, table.encoding)
    for name in NAMES:
        assert name.encode(encoding).decode(found) == name


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
