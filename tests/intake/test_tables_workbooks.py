"""Workbooks, new and old: what each kind of cell brings, and which sheets are taken."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo_rv.errors import FormatRefused, ReadingFailed, SourceError, SourceRefused, TableTooLarge
from geo_rv.intake import Wish, read_candidates
from geo_rv.intake.limits import Limits
from geo_rv.intake.tables.cells import Grid
from geo_rv.intake.tables.merged import fill_merged

PLACE = (113.85569, 31.85)
HEADINGS = ["编号", "经度", "纬度", "安葬日期", "受保护的古墓", "备注"]
DAY = dt.date(2024, 3, 20)

_END_OF_CHAIN, _FREE, _IS_FAT, _NOTHING = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_SECTOR = 512


def write_ole(stream, *, name="Workbook"):
    """Return an OLE file (MS-CFB, version 3) with one stream."""
    stream = stream.ljust(max(4096, -len(stream) % _SECTOR + len(stream)), b"\0")
    count = len(stream) // _SECTOR
    fat_sectors = 1
    while fat_sectors * 128 < count + 1 + fat_sectors:
        fat_sectors += 1
    fat = [*range(1, count), _END_OF_CHAIN, _END_OF_CHAIN, *[_IS_FAT] * fat_sectors]
    fat += [_FREE] * (fat_sectors * 128 - len(fat))

    def describe(title, kind, child, start, size):
        raw = f"{title}\0".encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) if title else 0, kind, 1)
        ends = struct.pack("<III", _NOTHING, _NOTHING, child)
        return head + ends + bytes(36) + struct.pack("<IQ", start, size)

    directory = describe("Root Entry", 5, 1, _END_OF_CHAIN, 0)
    directory += describe(name, 2, _NOTHING, 0, len(stream))
    directory += describe("", 0, _NOTHING, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, count, 0, 4096, _END_OF_CHAIN, 0,
                          _END_OF_CHAIN, 0)  # fmt: skip
    table = [*range(count + 1, count + 1 + fat_sectors)]
    header += struct.pack("<109I", *table, *[_FREE] * (109 - fat_sectors))
    return header + stream + directory + struct.pack(f"<{len(fat)}I", *fat)


def record(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def write_text(value, size):
    """Return a string behind the number of its characters, in UTF-16."""
    return struct.pack(f"<{size}B", len(value), 1) + value.encode("utf-16-le")


def write_xls_cell(place, cell, strings):
    match cell:
        case None:
            return b""
        case str():
            return record(0x00FD, struct.pack("<HHHI", *place, 0, strings.index(cell)))
        case bool():
            return record(0x0205, struct.pack("<HHHBB", *place, 0, cell, 0))
        case dt.date():
            days = (cell - dt.date(1899, 12, 30)).days
            return record(0x0203, struct.pack("<HHHd", *place, 1 + place[0] % 2, days))
        case _:
            return record(0x0203, struct.pack("<HHHd", *place, 0, cell))


def write_xls(path, sheets, *, hidden=()):
    """Write rows of cells as an Excel 97 workbook (MS-XLS, BIFF8)."""
    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    strings = sorted({cell for cell in cells if isinstance(cell, str)})
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    start += record(0x0022, struct.pack("<H", 0))
    # 14 is a date; 58, "3月20日", is one that only Chinese Excel has
    for form in (0, 14, 58):
        start += record(0x00E0, struct.pack("<HH", 0, form) + bytes(16))
    texts = b"".join(write_text(string, "H") for string in strings)
    end = record(0x00FC, struct.pack("<II", len(strings), len(strings)) + texts)
    end += record(0x000A, b"")
    at = len(start) + len(end) + sum(10 + len(write_text(title, "B")) for title in sheets)
    bounds, contents = b"", b""
    for title, rows in sheets.items():
        about = struct.pack("<IBB", at + len(contents), title in hidden, 0)
        bounds += record(0x0085, about + write_text(title, "B"))
        contents += record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
        width = max((len(row) for row in rows), default=0)
        contents += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                contents += write_xls_cell((y, x), cell, strings)
        contents += record(0x000A, b"")
    path.write_bytes(write_ole(start + bounds + end + contents))
    return path


@pytest.fixture(params=["xlsx", "xls"])
def write_either(request, tmp_path, write_workbook):
    """Return what writes a workbook of either kind, under a name that tells the wrong one."""

    def write(**sheets):
        if request.param == "xlsx":
            return write_workbook("burial.xls", **sheets)
        return write_xls(tmp_path / "burial.xlsx", sheets)

    return write


def test_every_kind_of_cell_comes_right(write_either, read):
    rows = [
        HEADINGS,
        ["007", *PLACE, DAY, True, 12],
        [421381107001, "113°51′20.5″", "31°51′", DAY, False, 0.1],
        [3.0, "113.8", 31.85, "2024年3月20日", "是", " 空格 "],
        [None] * 6,
        [4, 113.8, 31.85, None, None, "一行\n两行"],
    ]
    candidate = read(write_either(Sheet1=rows))
    assert candidate.refused == ()
    frame = candidate.frame
    assert frame["id"].tolist() == ["007", "421381107001", "3", "4"]
    assert frame["buried_on"].dt.date.tolist()[:3] == [DAY] * 3
    assert frame["buried_on"].isna().tolist() == [False, False, False, True]
    assert frame["protected_historic"].tolist()[:3] == [True, False, True]
    assert frame["remark"].tolist() == ["12", "0.1", "空格", "一行\n两行"]
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == PLACE
    assert candidate.rows.tolist() == [2, 3, 4, 6]


def test_sheets_of_either_kind(write_either, catalogue):
    rows = [HEADINGS[:3], ["1", *PLACE]]
    path = write_either(坟墓=rows, 公墓=rows, 说明=[["来源"]])
    candidates = read_candidates(path, catalogue=catalogue)
    assert [candidate.kind for candidate in candidates] == ["burial", "cemetery"]
    (one,) = read_candidates(path, catalogue=catalogue, wish=Wish(layer="公墓"))
    assert one.kind == "cemetery"


def test_old_workbooks_are_told_by_their_stream(tmp_path, read):
    rows = {"坟墓": [HEADINGS[:3], ["1", *PLACE]]}
    assert len(read(write_xls(tmp_path / "a.csv", rows)).frame) == 1
    assert read(tmp_path / "a.csv").format == "xls"
    (tmp_path / "b.xls").write_bytes(write_ole(b"", name="WordDocument"))
    with pytest.raises(FormatRefused, match="Office"):
        read(tmp_path / "b.xls")
    (tmp_path / "c.xlsx").write_bytes(write_ole(b"", name="EncryptedPackage"))
    with pytest.raises(FormatRefused, match="password"):
        read(tmp_path / "c.xlsx")


def test_broken_old_workbooks_are_refused(tmp_path, read):
    whole = write_xls(tmp_path / "a.xls", {"坟墓": [HEADINGS[:3], ["1", *PLACE]]}).read_bytes()
    for at in range(600, len(whole), 997):
        (tmp_path / "b.xls").write_bytes(whole[:at])
        with pytest.raises(SourceError):
            read(tmp_path / "b.xls")


def test_hidden_sheets_are_told_and_taken_when_named(tmp_path, write_workbook, read):
    rows = [HEADINGS[:3], ["1", *PLACE]]
    path = write_workbook(坟墓=rows, 旧表=[HEADINGS[:3], ["2", *PLACE]])
    book = openpyxl.load_workbook(path)
    book["旧表"].sheet_state = "hidden"
    book.save(path)
    old = write_xls(
        tmp_path / "a.xls",
        {"坟墓": rows, "旧表": [HEADINGS[:3], ["2", *PLACE]]},
        hidden=["旧表"],
    )
    for file in (path, old):
        candidate = read(file)
        assert candidate.frame["id"].tolist() == ["1"]
        (told,) = (problem for problem in candidate.problems if problem.key == "sheets_hidden")
        assert "旧表" in told.in_language("zh")
        assert read(file, layer="旧表", kind="burial").frame["id"].tolist() == ["2"]


def test_cells_with_errors_are_counted(write_workbook, read):
    path = write_workbook(
        坟墓=[[*HEADINGS[:3], "备注"], ["1", *PLACE, "#REF!"], ["2", *PLACE, "好"]]
    )
    book = openpyxl.load_workbook(path)
    book["坟墓"]["D2"].data_type = "e"
    book.save(path)
    candidate = read(path)
    (told,) = (problem for problem in candidate.problems if problem.key == "error_cells")
    assert told.facts["count"] == 1
    assert candidate.frame["remark"].isna().tolist() == [True, False]


def test_pictures_charts_and_formulas_do_no_harm(write_workbook, read):
    path = write_workbook(坟墓=[HEADINGS[:3], ["1", *PLACE], ["2", "=113+0.8", 31.85]])
    candidate = read(path)
    # nothing is computed: a formula that no program ever showed has no value
    assert candidate.frame["id"].tolist() == ["1"]
    assert [problem.key for problem in candidate.refused] == ["coordinates_missing"]


def test_a_cell_at_the_far_end_takes_no_memory(tmp_path, read):
    """Two cells span 17 thousand million: the process that reads them is stopped, and told."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "经度", "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises((TableTooLarge, ReadingFailed, SourceRefused)):
        read(tmp_path / "a.xlsx", limits=Limits(memory_bytes=1 << 30))


def test_more_columns_or_rows_than_are_taken(write_either, read):
    path = write_either(坟墓=[HEADINGS[:3], ["1", *PLACE], ["2", *PLACE]])
    with pytest.raises(TableTooLarge):
        read(path, limits=Limits(columns=2))
    with pytest.raises(TableTooLarge):
        read(path, limits=Limits(rows=2))


def test_other_things_in_a_zip_that_says_it_is_a_workbook(tmp_path, read):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook><sheets><sheet name='a'/></sheets>")
    with pytest.raises(SourceError):
        read(tmp_path / "a.xlsx")


def test_a_sheet_that_explains_the_form_is_left_out_and_told(tmp_path, catalogue):
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    for row in (["编号", "经度", "纬度"], ["甲", *PLACE]):
        book.active.append(row)
    book.create_sheet("填表说明").append(["说明：坐标用 CGCS2000"])
    codes = book.create_sheet("村代码")
    codes.append(["村", "代码"])
    codes.append(["双乡村", "421381107200"])
    book.save(tmp_path / "摸底表.xlsx")
    (candidate,) = read_candidates(
        tmp_path / "摸底表.xlsx", catalogue=catalogue, wish=Wish(kind="burial")
    )
    assert candidate.frame["id"].tolist() == ["甲"]
    (told,) = [one for one in candidate.problems if one.key == "sheets_unplaced"]
    assert told.facts["names"].split(", ") == ["填表说明", "村代码"]


def test_a_sheet_named_like_a_layer_is_never_left_out_in_silence(tmp_path, catalogue):
    book = openpyxl.Workbook()
    book.active.title = "坟墓"
    for row in (["编号", "经度", "纬度"], ["甲", *PLACE]):
        book.active.append(row)
    roads = book.create_sheet("道路")
    roads.append(["编号", "名称"])
    roads.append(["1", "吴应路"])
    book.save(tmp_path / "全镇.xlsx")
    with pytest.raises(SourceError, match="全镇"):
        read_candidates(tmp_path / "全镇.xlsx", catalogue=catalogue)


def write_merged(path):
    """Write a table whose village stands in one cell for two rows, as village forms have it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "坟墓"
    rows = [
        ["登记表", None, None, None],
        ["编号", "备注", "经度", "纬度"],
        ["甲", "一组", *PLACE],
        ["乙", None, 113.86, 31.85],
        ["丙", None, 113.87, 31.85],
    ]
    for row in rows:
        sheet.append(row)
    for cells in ("A1:D1", "B3:B4"):
        sheet.merge_cells(cells)
    book.save(path)
    return path


def test_a_cell_merged_down_holds_for_each_of_its_rows(tmp_path, read):
    candidate = read(write_merged(tmp_path / "坟墓.xlsx"))
    assert candidate.frame["remark"].fillna("").tolist() == ["一组", "一组", ""]
    (told,) = [one for one in candidate.problems if one.key == "merged_filled"]
    assert told.facts["count"] == 1


def test_merged_cells_that_overlap_are_filled_once():
    cells = pd.DataFrame({"0": ["a", None, None, None]}, dtype="str")
    rows = np.array([1, 2, 3, 5])
    spans = ((1, 0, 3, 0), (2, 0, 5, 0), (1, 0, 5, 0), (1, 0, 10**6, 7), (9, 0, 10**6, 0))
    grid = Grid("x", cells, rows, np.full(4, 1), merged=spans)
    filled, count = fill_merged(grid, after=0)
    assert filled.cells["0"].fillna("").tolist() == ["a", "a", "a", ""]
    assert count == 2
    assert fill_merged(grid, after=1)[1] == 0
