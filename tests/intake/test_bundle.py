"""Archives of several files, and what of them is taken, told and refused."""

from __future__ import annotations

import io
import os
import zipfile

import ezdxf
import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import (
    ArchiveRefused,
    FormatRefused,
    LayerNotChosen,
    LayersAmbiguous,
    ShapefileIncomplete,
    SourceError,
    SourceRefused,
    UnknownSourceLayer,
)
from geo_rv.intake import Limits, Wish, read_candidates
from geo_rv.intake.limits import DEFAULT_LIMITS

TABLE = "编号,经度,纬度\n甲1,113.85569,31.85\n乙2,113.86,31.8512345\n"


def pack(path, entries, *, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def pack_bytes(entries):
    stream = io.BytesIO()
    pack(stream, entries)
    return stream.getvalue()


@pytest.fixture
def make_entries(graves, roads, tmp_path):
    """Return the files of a town in as many formats as there are."""

    def write(frame, name, **options):
        path = tmp_path / "made" / name
        path.parent.mkdir(exist_ok=True)
        frame.to_file(path, **options)
        return path.read_bytes()

    def make():
        square = shapely.box(113.85, 31.85, 113.851, 31.851)
        land = gpd.GeoDataFrame({"id": ["f1"]}, geometry=[square], crs=4490)
        document = ezdxf.new("R2010")
        places = [(38_486_000, 3_525_000), (38_486_100, 3_525_000), (38_486_100, 3_525_100)]
        document.modelspace().add_lwpolyline(places, close=True)
        drawing = io.StringIO()
        document.write(drawing)
        write(land, "r.shp", encoding="UTF-8")
        workbook = tmp_path / "made" / "b.xlsx"
        table = graves.drop(columns="geometry").assign(
            经度=graves.geometry.x.to_list(), 纬度=graves.geometry.y.to_list()
        )
        table.to_excel(workbook, sheet_name="公墓点", index=False)
        parts = {
            f"水库/水库.{part}": (tmp_path / "made" / f"r.{part}").read_bytes()
            for part in ("shp", "shx", "dbf", "prj", "cpg")
        }
        geojson = land.to_json(to_wgs84=True)
        return {
            "坟墓.csv": TABLE,
            "村/道路.gpkg": write(roads, "road.gpkg", layer="road"),
            "林地.fgb": write(land, "f.fgb", driver="FlatGeobuf"),
            "耕地.geojson": geojson,
            "居民区.dxf": drawing.getvalue().encode(),
            "公墓.xlsx": workbook.read_bytes(),
            **parts,
            "水库/水库.shp.xml": "<metadata/>",
            "说明.docx": pack_bytes({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
            "图.jpg": b"\xff\xd8\xff\xe0" + bytes(20),
            "__MACOSX/._坟墓.csv": b"\0\5\x16\7",
            "读我.txt": "请按图层导入",
        }

    return make


def test_every_entry_is_read_by_its_own_reader(make_entries, tmp_path, catalogue):
    path = pack(tmp_path / "town.zip", make_entries())
    candidates = read_candidates(path, catalogue=catalogue)
    found = {candidate.kind: (candidate.format, candidate.source) for candidate in candidates}
    assert found == {
        "burial": ("csv", "town.zip/坟墓.csv"),
        "road": ("gpkg", "town.zip/村/道路.gpkg"),
        "forest_land": ("flatgeobuf", "town.zip/林地.fgb"),
        "cultivated_land": ("geojson", "town.zip/耕地.geojson"),
        "residential_area": ("dxf", "town.zip/居民区.dxf"),
        "cemetery": ("xlsx", "town.zip/公墓.xlsx"),
        "reservoir": ("shp", "town.zip/水库/水库.shp"),
    }
    told = " ".join(problem.in_language("zh") for problem in candidates[0].problems)
    assert "读我.txt" in told
    assert "说明.docx" in told
    assert "图.jpg" in told
    assert "MACOSX" not in told
    assert "shp.xml" not in told


def test_names_in_gbk(tmp_path, read):
    path = pack(tmp_path / "any.zip", {"XXXX.csv": TABLE, "YYYY.csv": TABLE})
    content = path.read_bytes().replace(b"XXXX", "坟墓".encode("gbk"))
    path.write_bytes(content.replace(b"YYYY", "草稿".encode("gbk")))
    assert read(path).source == "any.zip/坟墓.csv"


def test_files_of_one_kind_in_several_folders(tmp_path, catalogue):
    other = TABLE.replace("甲1", "丙3").replace("乙2", "丁4").replace("113.8", "113.7")
    path = pack(tmp_path / "any.zip", {"双乡村/坟墓.csv": TABLE, "泉口村/坟墓.csv": other})
    for wish in (Wish(), Wish(kind="burial")):
        candidates = read_candidates(path, catalogue=catalogue, wish=wish)
        assert [candidate.source for candidate in candidates] == [
            "any.zip/双乡村/坟墓.csv",
            "any.zip/泉口村/坟墓.csv",
        ]


def test_archive_of_one_file_may_name_its_kind(tmp_path, read):
    entries = {"export.csv": TABLE, "读我.txt": "第一,第二\n没有坐标,真的\n"}
    assert read(pack(tmp_path / "坟墓.zip", entries)).kind == "burial"
    assert read(pack(tmp_path / "any.zip", entries), kind="burial").rows_read == 2
    with pytest.raises(LayerNotChosen, match="any"):
        read(pack(tmp_path / "any.zip", entries))


def test_table_without_coordinates_is_told(tmp_path, read):
    path = pack(tmp_path / "any.zip", {"坟墓.csv": TABLE, "统计.csv": "村,人数\n双乡村,30\n"})
    (note,) = [problem for problem in read(path).problems if problem.key == "entry_refused"]
    assert "统计.csv" in note.in_language("zh")
    assert note.tell_remedy("zh")


def test_table_without_coordinates_that_is_named_like_a_kind_is_refused(tmp_path, read):
    path = pack(tmp_path / "any.zip", {"坟墓.csv": "村,人数\n双乡村,30\n", "道路.csv": TABLE})
    with pytest.raises(SourceError, match=r"any\.zip/坟墓\.csv"):
        read(path)


@pytest.mark.parametrize(
    "wanted", ["草稿.csv", "草稿", "村/草稿.csv", "村/草稿.csv/草稿", "草稿/草稿"]
)
def test_entry_may_be_chosen(wanted, tmp_path, read):
    path = pack(tmp_path / "any.zip", {"坟墓.csv": TABLE, "村/草稿.csv": TABLE})
    candidate = read(path, layer=wanted, kind="burial")
    assert candidate.source == "any.zip/村/草稿.csv"


def test_layer_of_an_entry_may_be_chosen(roads, graves, tmp_path, read):
    for name in ("一", "二"):
        roads.to_file(tmp_path / f"{name}.gpkg", layer="旧路")
        graves.to_file(tmp_path / f"{name}.gpkg", layer=f"坟{name}")
    entries = {f"{name}.gpkg": (tmp_path / f"{name}.gpkg").read_bytes() for name in ("一", "二")}
    path = pack(tmp_path / "any.zip", entries)
    assert read(path, layer="二.gpkg/旧路", kind="road").source == "any.zip/二.gpkg"
    assert read(path, layer="坟一", kind="burial").source == "any.zip/一.gpkg"
    with pytest.raises(UnknownSourceLayer, match=r"一\.gpkg"):
        read(path, layer="没有", kind="road")


def test_kind_that_nothing_is_named_like(tmp_path, read):
    path = pack(tmp_path / "any.zip", {"甲.csv": TABLE, "乙.csv": TABLE})
    with pytest.raises(LayersAmbiguous, match=r"甲\.csv"):
        read(path, kind="burial")


def test_kind_in_a_layer_of_an_entry(roads, graves, tmp_path, read):
    roads.to_file(tmp_path / "一.gpkg", layer="road")
    graves.to_file(tmp_path / "二.gpkg", layer="坟墓")
    entries = {f"{name}.gpkg": (tmp_path / f"{name}.gpkg").read_bytes() for name in ("一", "二")}
    path = pack(tmp_path / "any.zip", entries)
    assert read(path, kind="burial").source == "any.zip/二.gpkg"


# ---- refused


def test_archive_without_data(tmp_path, read):
    with pytest.raises(SourceRefused, match=r"读我\.txt"):
        read(pack(tmp_path / "any.zip", {"读我.txt": "没有数据"}))
    with pytest.raises(FormatRefused, match="DWG"):
        read(pack(tmp_path / "any.zip", {"图.dwg": b"AC1032" + bytes(100)}))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"a.shp" + bytes(252) + b"ustar\x0000", "tar"),
    ],
)
def test_other_archives_are_refused_with_what_to_do(head, name, tmp_path, read):
    path = tmp_path / "burial.zip"
    path.write_bytes(head + bytes(600))
    with pytest.raises(FormatRefused, match=name) as refused:
        read(path)
    assert "解压" in refused.value.in_language("zh")
    assert "unpack" in refused.value.in_language("en")


def test_shapefile_without_its_parts(tmp_path, read):
    shape = (9994).to_bytes(4, "big") + bytes(24) + (1000).to_bytes(4, "little") + bytes(68)
    for name in ("burial.shp", "disguised.bin"):
        with pytest.raises(ShapefileIncomplete, match=name):
            read(pack(tmp_path / "any.zip", {name: shape, "坟墓.csv": TABLE}))


# ---- archives in archives


def test_zipped_files_in_a_zip(graves, tmp_path, read):
    short = graves.rename(columns={"安葬方式": "AZFS", "安葬日期": "AZRQ", "area_m2": "MXMJ"})
    short.to_file(tmp_path / "坟墓.shp", encoding="GBK")
    parts = {f"坟墓.{part}": (tmp_path / f"坟墓.{part}").read_bytes() for part in PARTS}
    path = pack(tmp_path / "any.zip", {"镇/坟墓.zip": pack_bytes(parts)})
    candidate = read(path)
    assert candidate.frame["name"].tolist() == graves["名称"].tolist()
    assert candidate.source == "any.zip/镇/坟墓.zip/坟墓.shp"


PARTS = ("shp", "shx", "dbf", "prj")


def test_archives_lie_one_deep(tmp_path, read):
    deepest = pack_bytes({"坟墓.csv": TABLE})
    path = pack(tmp_path / "any.zip", {"a.zip": pack_bytes({"b.zip": deepest})})
    with pytest.raises(ArchiveRefused, match=r"b\.zip"):
        read(path)
    assert read(pack(tmp_path / "any.zip", {"a.zip": deepest})).kind == "burial"


def test_limits_count_over_archives_in_the_archive(tmp_path, read):
    inner = pack_bytes({f"{n}.txt": "x" for n in range(8)} | {"坟墓.csv": TABLE})
    path = pack(tmp_path / "any.zip", {f"a{n}.zip": inner for n in range(3)})
    with pytest.raises(ArchiveRefused):
        read(path, limits=Limits(archive_entries=20))
    blob = os.urandom(40_000)
    inner = pack_bytes({"坟墓.csv": TABLE, "x.jpg": blob})
    path = pack(tmp_path / "any.zip", {f"a{n}.zip": inner for n in range(3)})
    with pytest.raises(ArchiveRefused):
        read(path, limits=Limits(archive_bytes=200_000))
    assert read(path, limits=Limits(archive_bytes=300_000), layer="a1.zip").kind == "burial"


def test_bomb_in_a_bomb(tmp_path, read):
    """Each of them is under the ratio, and both together far above it."""
    ratio = DEFAULT_LIMITS.archive_ratio
    inner = pack_bytes({"a.csv": bytes(30 << 20)})
    path = pack(tmp_path / "any.zip", {f"{n}.zip": inner for n in range(40)})
    assert ratio * path.stat().st_size < 30 * 40 << 20
    with pytest.raises(ArchiveRefused):
        read(path)


# ---- names and bytes of all sorts


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)) | st.sampled_from("./\\:*~ \0\n"),
    min_size=1,
    max_size=30,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(NAMES, min_size=1, max_size=4))
def test_any_names_stay_inside(names, tmp_path_factory, read):
    folder = tmp_path_factory.mktemp("names")
    path = folder / "any.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(zipfile.ZipInfo(name), b"\x89PNG")
    before = set(folder.parent.iterdir())
    with pytest.raises(SourceError, match=r"any\.zip"):
        read(path, kind="burial")
    assert {entry.name for entry in folder.iterdir()} == {"any.zip"}
    assert set(folder.parent.iterdir()) == before


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.floats(0, 1), rubbish=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_archives_are_refused_or_read(where, rubbish, cut, tmp_path, read):
    path = pack(tmp_path / "any.zip", {"坟墓.csv": TABLE, "图.jpg": b"\xff\xd8\xff" + bytes(50)})
    data = bytearray(path.read_bytes())
    at = 4 + int(where * (len(data) - 5))
    data[at : at + len(rubbish)] = rubbish
    path.write_bytes(data[:at] if cut else data)
    try:
        read(path, kind="burial")
    except SourceError as error:
        assert "any.zip" in str(error)  # noqa: PT017 - either is fine, a crash is not
