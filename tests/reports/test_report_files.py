"""Report files, as other programs read them: python-docx and pypdf."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from functools import cache
from io import BytesIO

import docx
import pypdf
import pytest
from docx.oxml.ns import qn
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.errors import GlyphMissing, OutputError, OutputFormatUnknown
from geo_rv.messages import load_messages
from geo_rv.reports import listing
from geo_rv.reports.report import write_report

ENDINGS = (".docx", ".pdf")
NOTICE = "示范数据，不代表真实位置"


def squeeze(text):
    """Return `text` without blanks and line ends, where programs break lines differently."""
    return re.sub(r"[\s\u200b]+", "", text)


def read_texts(file):
    """Return the text of a report, all of it, without blanks."""
    if file.suffix == ".pdf":
        return squeeze("".join(page.extract_text() for page in pypdf.PdfReader(file).pages))
    document = docx.Document(file)
    parts = [node.text or "" for node in document.element.body.iter(qn("w:t"))]
    return squeeze("".join(parts))


def read_tables(file):
    """Return the rows of every table with a head, as dictionaries by the head's titles."""
    tables = []
    for table in docx.Document(file).element.body.iter(qn("w:tbl")):
        if not list(table.iter(qn("w:tblHeader"))):
            continue
        rows = [
            ["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in row.iter(qn("w:tc"))]
            for row in table.iter(qn("w:tr"))
        ]
        tables.append([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])
    return tables


def write(content, folder, ending, language="zh"):
    file = folder / f"report{ending}"
    write_report(content, file, language=language)
    return file


@pytest.fixture(scope="module")
def whole_demo(describe_demo, tmp_path_factory):
    """Return the report on the demo town as docx, with every finding printed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "LISTED", 100_000)
        return write(describe_demo("zh"), tmp_path_factory.mktemp("whole"), ".docx")


def test_every_violating_site_and_its_rule_is_listed(whole_demo, demo_check):
    listed = Counter(
        (row["编号、名称"], row["规则"])
        for table in read_tables(whole_demo)
        if "编号、名称" in table[0]
        for row in table
    )
    rows = demo_check.findings
    rows = rows[rows["verdict"].isin(["violation", "marginal"])]
    named = Counter()
    for (site, rule), count in listed.items():
        named[site.split("　")[0], rule] += count
    assert named == Counter(zip(rows["site"], rows["rule"], strict=True))


def test_tables_of_counts_add_up_to_the_findings(whole_demo, demo_check):
    counts = demo_check.findings["verdict"].value_counts()
    wanted = [counts[verdict] for verdict in ("violation", "marginal", "pass", "exempt")]
    by_rule, by_village = (table for table in read_tables(whole_demo) if "违反处数" in table[0])
    for table in (by_rule, by_village):
        columns = ("违反", "临界", "通过", "免予核查")
        assert [int(table[-1][column]) for column in columns] == wanted
        for column in (*columns, "未核查", "合计"):
            assert sum(int(row[column]) for row in table[:-1]) == int(table[-1][column])


FEW = 200


@pytest.fixture(scope="module")
def read_demo(describe_demo, tmp_path_factory):
    """Return a function that returns content and text of the demo's report with a short list."""

    @cache
    def read(language, ending):
        content = describe_demo(language)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing, "LISTED", FEW)
            file = write(content, tmp_path_factory.mktemp("demo"), ending, language)
        return content, read_texts(file)

    return read


@pytest.mark.parametrize("ending", ENDINGS)
def test_cut_list_says_how_many_are_left_out(read_demo, ending):
    content, words = read_demo("zh", ending)
    count = len(content.violations)
    assert f"共{count}条" in words
    assert f"前{FEW}条" in words
    assert f"其余{count - FEW}条未列" in words
    marginal = len(content.marginal)
    assert f"共{marginal}条，按村和编号排列，本报告只列前{FEW}条，其余{marginal - FEW}条" in words
    assert content.violations[FEW - 1]["site"] in words
    left = content.cluster_count - len(content.clusters)
    shown = sum(cluster.sites for cluster in content.clusters)
    assert f"共{content.cluster_count}片" in words
    assert f"最大的{len(content.clusters)}片（{shown}处）" in words
    assert f"其余{left}片（{content.site_counts['violation'] - shown}处）没有附图" in words


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages_are_complete(read_demo, ending, language):
    content, words = read_demo(language, ending)
    for key, message in load_messages().items():
        if re.fullmatch(r"report\.(\w+\.heading|title)", key):
            assert squeeze(message.in_language(language)) in words
    for rule in content.cover.rules:
        assert squeeze(rule.article.in_language(language).replace("’", "'")) in words
    if language == "en":
        names = "".join(
            [content.cover.project, *content.village_names.values(), "三沿五区"]
            + [str(row["constraint_name"]) for row in content.violations + content.marginal]
        )
        assert set(re.findall(r"[一-鿿]", words)) <= set(names)


hostile = st.lists(
    st.one_of(
        st.sampled_from(
            ["#let x = 1", "*粗*", "_斜_", "$a$", "$", "\\", "<x>", "&amp;", '"', "“引”", "'", "//",
             "/*", "`r`", "@ref", "~", "---", "]]>", "{page}", "{0}", "%s", "=SUM(A1)", "W" * 60]
        ),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(hostile)
def test_hostile_names_come_out_as_they_are(tmp_path_factory, make_finding, describe, names):
    folder = tmp_path_factory.mktemp("hostile")
    findings = [
        make_finding(
            f"G-{number}", 113.81 + number / 1000, 31.81, site_name=name, contested=name,
            reason=f"{name}，太近",
        )
        for number, name in enumerate(names)
    ]  # fmt: skip
    content = describe(findings, project=f"{names[0]}规划")
    for ending in ENDINGS:
        words = read_texts(write(content, folder, ending))
        for number, name in enumerate(names):
            assert squeeze(f"G-{number} {name}") in words
            assert squeeze(f"{name}，太近【有异议：{name}】") in words
        assert squeeze(f"{names[0]}规划") in words


@pytest.mark.parametrize("ending", ENDINGS)
def test_control_characters_in_a_name_do_no_harm(tmp_path, ending, make_finding, describe):
    content = describe([make_finding("G-1", site_name="张\x00三\n李\u202e四")])
    assert "张三李四" in read_texts(write(content, tmp_path, ending))


UNPLACED = {"place": None, "segment": None, "village": None, "distance_m": None}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"verdict": "pass"}],
        [{"verdict": "violation"}],
        [{"verdict": "not_checked", "distance_m": None, "segment": None}],
        [UNPLACED],
    ],
    ids=["nothing", "all pass", "one violation", "nothing checked", "without geometry"],
)
def test_reports_on_little(tmp_path, make_finding, describe, ending, rows):
    findings = [make_finding("G-1", **row) for row in rows]
    words = read_texts(write(describe(findings), tmp_path, ending))
    violating = sum(row["verdict"] == "violation" for row in findings)
    unchecked = sum(row["verdict"] == "not_checked" for row in findings)
    assert f"违反（{violating}条）" in words
    assert f"未核查的结论（{unchecked}条，不作通过计）" in words
    assert ("没有可核查的坟墓和公墓" in words) == (not findings)
    assert ("1处没有图形，图上未画" in words) == (UNPLACED in rows)


def test_project_without_any_place_has_a_report_without_maps(tmp_path, describe):
    content = describe([], layers={})
    for ending in ENDINGS:
        assert "无图可画" in read_texts(write(content, tmp_path, ending))


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_not_checked_is_told(tmp_path, ending, make_finding, describe):
    findings = [
        make_finding(f"G-{n}", verdict="not_checked", reason="缺安葬方式") for n in range(3)
    ]
    words = read_texts(write(describe(findings), tmp_path, ending))
    assert squeeze("BUR-02 距公路主干线500米以内 缺安葬方式 3") in words
    assert "BUR-13" in words
    assert "默认停用" in words
    assert "铁路项目里没有该图层" in words
    assert squeeze("道路 1 R1") in words


def test_notice_and_page_numbers_are_on_every_page_of_the_pdf(tmp_path, make_finding, describe):
    findings = [make_finding(f"G-{n:03}") for n in range(150)]
    pages = pypdf.PdfReader(write(describe(findings), tmp_path, ".pdf")).pages
    assert len(pages) > 6
    for number, page in enumerate(pages, 1):
        words = squeeze(page.extract_text())
        assert NOTICE in words
        assert f"第{number}页，共{len(pages)}页" in words
    assert f"提示：{NOTICE}" in squeeze(pages[0].extract_text())


def test_word_footer_holds_notice_and_page_fields(tmp_path, describe):
    document = docx.Document(write(describe([]), tmp_path, ".docx"))
    footer = document.sections[0].footer.part.element
    assert NOTICE in "".join(node.text or "" for node in footer.iter(qn("w:t")))
    fields = [node.get(qn("w:instr")) for node in footer.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert not document.sections[0].different_first_page_header_footer


def test_word_tables_repeat_their_head_and_split_no_row(tmp_path, make_finding, describe):
    file = write(describe([make_finding("G-1")]), tmp_path, ".docx")
    document = docx.Document(file)
    assert document.sections[0].page_width.mm == pytest.approx(210, abs=0.1)
    for table in document.element.body.iter(qn("w:tbl")):
        rows = list(table.iter(qn("w:tr")))
        if any(True for _ in table.iter(qn("w:tblHeader"))):
            assert list(rows[0].iter(qn("w:tblHeader")))
            assert all(list(row.iter(qn("w:cantSplit"))) for row in rows)


def test_word_file_brings_the_font_along(tmp_path, make_finding, describe):
    file = write(describe([make_finding("G-1", site_name="𬱖")]), tmp_path, ".docx")
    with zipfile.ZipFile(file) as archive:
        table = archive.read("word/fontTable.xml").decode()
        settings_part = archive.read("word/settings.xml").decode()
        fonts = [archive.read(f"word/fonts/font{number}.odttf") for number in (1, 2)]
    assert "embedTrueTypeFonts" in settings_part
    keys = re.findall(r'w:fontKey="\{([0-9A-F-]{36})\}"', table)
    for font, key in zip(fonts, keys, strict=True):
        # the rule of ECMA-376: the key's digits from the right, byte by byte, on the first 32
        mask = [int(key.replace("-", "")[i : i + 2], 16) for i in range(30, -2, -2)]
        plain = bytes(byte ^ mask[i % 16] for i, byte in enumerate(font[:32])) + font[32:]
        known = TTFont(BytesIO(plain)).getBestCmap()
        assert {ord(letter) for letter in "殡葬核查报告BUR𬱖"} <= set(known)
        assert len(plain) < 1_000_000


def test_pdf_holds_our_font_and_no_other(tmp_path, describe):
    reader = pypdf.PdfReader(write(describe([]), tmp_path, ".pdf"))
    fonts = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in descendant["/FontDescriptor"]
            fonts.add(re.sub(r"^/[A-Z]{6}\+", "", font.get_object()["/BaseFont"]))
    assert fonts == {"NotoSansSC-Regular", "NotoSansSC-Bold"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_character_that_the_font_lacks_is_refused(tmp_path, ending, make_finding, describe):
    file = tmp_path / f"report{ending}"
    file.write_text("older", "utf-8")
    content = describe([make_finding("G-1", site_name="墓😀")])
    with pytest.raises(GlyphMissing, match=r"U\+1F600"):
        write_report(content, file, language="zh")
    assert file.read_text("utf-8") == "older"
    assert list(tmp_path.iterdir()) == [file]


def test_other_endings_and_places_are_refused(tmp_path, describe):
    with pytest.raises(OutputFormatUnknown, match=r"\.docx, \.pdf"):
        write_report(describe([]), tmp_path / "report.odt", language="zh")
    for ending in ENDINGS:
        with pytest.raises(OutputError):
            write_report(describe([]), tmp_path / "absent" / f"report{ending}", language="zh")


def test_cover_tells_day_and_counts(tmp_path, make_finding, describe):
    findings = [
        make_finding("G-1"),
        make_finding("G-1", rule="BUR-11", distance_m=0.0, limit_m=0.0),
        make_finding("G-2", 113.83, 31.84, verdict="pass"),
    ]
    first = pypdf.PdfReader(write(describe(findings), tmp_path, ".pdf")).pages[0]
    words = squeeze(first.extract_text())
    assert "2026年6月1日" in words
    assert "共核查2处：1处违反规则（2条）" in words
    assert "坟墓2处" in words
