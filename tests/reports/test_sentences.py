"""A finding in sentences: all that a notice needs, and nothing that is not there."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo_rv.catalogue import load_catalogue
from geo_rv.messages import Text, load_messages
from geo_rv.reports.findings import tell_rule
from geo_rv.reports.sentences import FACTS, tell_sentences
from geo_rv.rulebook import load_rulebook

CATALOGUE = load_catalogue()
BOOK = load_rulebook("burial", CATALOGUE)
RULES = {rule.id: rule for rule in BOOK.rules}
VILLAGES = {"421381107200": "双乡村"}
NUMBERS = ("tolerance_m", "half_width_m", "overlap_m2", "value", "allowed")

GRAVE = {
    "layer": "burial", "site": "MF-0012", "site_name": None, "village": "421381107200",
    "rule": "BUR-02", "verdict": "violation",
    "distance_m": 123.45, "limit_m": 500.0, "margin_m": -376.55,
    "constraint_layer": "road", "constraint": "R-7", "constraint_name": "S212",
}  # fmt: skip
FACT = {"reason": "within_violation", "tolerance_m": 5.0, "half_width_m": 0.0}
CEMETERY = GRAVE | {"layer": "cemetery", "site": "GM0003", "site_name": "楼子湾村公墓"}
NOWHERE = dict.fromkeys(
    ("distance_m", "limit_m", "margin_m", "constraint_layer", "constraint", "constraint_name")
)


def tell(row, facts, language="zh", *, book=BOOK):
    """Return the sentences of one finding, its titles looked up as the engine does."""
    (rule,) = (rule for rule in book.rules if rule.id == row["rule"])
    titles = {
        f"{name}_title": CATALOGUE[row[name]].title.in_language(language) if row[name] else None
        for name in ("layer", "constraint_layer")
    }
    frame = pd.DataFrame([dict.fromkeys(FACTS) | dict.fromkeys(NUMBERS, np.nan) | facts])
    (told,) = tell_sentences(
        frame,
        [row | tell_rule(rule, language) | titles],
        book=book,
        catalogue=CATALOGUE,
        village_names=VILLAGES,
        language=language,
    )
    return told


def test_a_violation_tells_site_distance_limit_law_and_certainty():
    row = GRAVE | {"strictest": "BUR-02", "also": ["BUR-15"]}
    assert tell(row, FACT) == (
        "坟墓“MF-0012”（双乡村）距道路“S212”123.45米，不足500米，差376.55米，"
        "违反规则BUR-02“距公路主干线500米以内”；"
        "依据：《殡葬管理条例》（2012年修订）第十条第（四）项，以及吴店镇2023年度报告，"
        "自2023年1月1日起执行；确定程度甲（见原文）。"
        "同类（公路）规则BUR-15也未通过，其中以本条最严。"
    )
    assert tell(row, FACT, "en") == (
        "“MF-0012” (Graves, 双乡村) lies 123.45 m from “S212” (Roads), "
        "376.55 m short of the 500 m required; "
        "this breaks rule BUR-02 (“Within 500 m of a main road”); "
        "basis: Regulation on Funeral and Burial Control (2012), Article 10(4), "
        "and annual report 2023, in force since 2023-01-01; "
        "certainty A (read in the primary text). "
        "Not kept either in the same family (roads): BUR-15; this rule is the strictest."
    )


def test_a_name_goes_with_its_identity():
    row = GRAVE | {"site_name": "张家坟", "village": None}
    assert tell(row, FACT).startswith("坟墓“张家坟”（MF-0012）距道路")
    assert tell(row, FACT, "en").startswith("“张家坟” (Graves, MF-0012) lies ")


def test_without_name_and_village_the_identity_is_enough():
    row = GRAVE | {"village": None, "constraint_name": None}
    assert tell(row, FACT).startswith("坟墓“MF-0012”距道路“R-7”123.45米")
    assert tell(GRAVE | {"village": "999"}, FACT).startswith("坟墓“MF-0012”距")


def test_a_distance_from_the_edge_says_so():
    row = GRAVE | {"rule": "BUR-15", "distance_m": 4.0, "limit_m": 20.0, "margin_m": -16.0}
    facts = FACT | {"half_width_m": 12.0}
    assert "距道路“S212”的边缘4.00米，不足20米，差16.00米" in tell(row, facts)
    assert "4.00 m from the edge of “S212” (Roads)" in tell(row, facts, "en")


def test_the_others_name_the_strictest():
    row = GRAVE | {"rule": "BUR-15", "strictest": "BUR-02", "also": []}
    assert tell(row, FACT).endswith("同类（公路）规则中以BUR-02最严。")
    assert tell(row, FACT, "en").endswith("(roads) BUR-02 is the strictest here.")


def test_several_others_are_listed():
    row = GRAVE | {"rule": "BUR-04", "strictest": "BUR-04", "also": ["BUR-05", "BUR-17"]}
    assert "规则BUR-05、BUR-17也未通过" in tell(row, FACT)
    assert "BUR-05, BUR-17;" in tell(row, FACT, "en")


def test_a_rule_that_leads_only_itself_says_nothing_of_families():
    assert "同类" not in tell(GRAVE | {"strictest": "BUR-02", "also": []}, FACT)


def test_marginal_says_survey_it():
    row = GRAVE | {"verdict": "marginal", "distance_m": 498.0, "margin_m": -2.0}
    facts = FACT | {"reason": "within_marginal"}
    assert "相差不到两图层的定位误差5米" in tell(row, facts)
    assert tell(row, facts).endswith("请实地测量后再定。")
    assert tell(row, facts, "en").endswith("Survey it before deciding.")


def test_contested_is_told_with_its_reason():
    row = GRAVE | {"contested": "已于2020年迁走{x}"}
    assert tell(row, FACT).endswith("已有人对此提出异议：“已于2020年迁走{x}”。")
    assert tell(row, FACT, "en").endswith("Somebody contests this: “已于2020年迁走{x}”.")


def test_near_the_edge_of_the_data_says_so():
    row = GRAVE | {"verdict": "pass", "distance_m": 800.0, "margin_m": 300.0, "coverage": "edge"}
    facts = FACT | {"reason": "within_pass"}
    assert tell(row, facts).endswith("界外的数据可能缺失。")
    assert "比500米的限值远300.00米，不违反规则" in tell(row, facts)
    assert "在资料范围之外" in tell(row | {"coverage": "outside"}, facts)
    assert "缺失" not in tell(row | {"coverage": None}, facts)


def test_an_overlap_is_told_in_square_metres_and_mu():
    row = CEMETERY | {"rule": "BUR-09", "constraint_layer": "basic_farmland", "distance_m": 0.0}
    facts = FACT | {"reason": "overlaps_violation", "overlap_m2": 2000.0}
    # 1 mu is 2000/3 square metres
    assert "重叠2000.00平方米（3.0000亩），其中最多的是永久基本农田“S212”" in tell(row, facts)
    assert "2000.00 m² (3.0000 mu)" in tell(row, facts, "en")


def test_a_field_above_its_limit_says_by_how_much():
    row = GRAVE | NOWHERE | {"rule": "BUR-19"}
    facts = {"reason": "at_most_violation", "field": "area_m2", "value": 0.6, "allowed": 0.5}
    assert "墓穴占地面积为0.6平方米，限0.5平方米，超出0.1平方米，违反" in tell(row, facts)
    assert "0.6 m² as “Area of the grave”, 0.1 m² more than the 0.5 m²" in tell(row, facts, "en")


def test_a_rule_in_doubt_says_who_confirms_it():
    row = GRAVE | {"rule": "BUR-13", "constraint_layer": "residential_area"}
    told = tell(row, FACT)
    # its standard names no article
    assert "依据：城市公益性公墓建设标准，自2023年1月1日起执行；确定程度丙" in told
    assert "须经民政部门确认。" in told
    assert told.endswith("本条只提示个案审查。")


def test_a_rule_without_any_basis_says_so():
    bare = replace(
        RULES["BUR-02"], document=Text("", ""), article=Text("—", "—"), valid_from=date(2020, 2, 3)
    )
    book = replace(BOOK, rules=(bare,))
    assert "；未写明依据，自2020年2月3日起执行；" in tell(GRAVE, FACT, book=book)
    assert "; no basis is named, in force since 2020-02-03; " in tell(GRAVE, FACT, "en", book=book)


def test_two_laws_go_with_two_articles():
    row = GRAVE | {"rule": "BUR-05", "constraint_layer": "water_protection"}
    law = "《殡葬管理条例》（2012年修订）第十条第（三）项，以及《水污染防治法》第六十五、六十六条，"
    assert law in tell(row, FACT | {"reason": "intersects_violation"})


REASONS = sorted(
    key.removeprefix("finding.")
    for key in load_messages()
    if key.startswith("finding.") and not key.startswith("finding.coverage.")
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_sentence(reason, language):
    verdict = reason.rpartition("_")[2]
    verdicts = {"none": "pass", "violation": "violation", "marginal": "marginal", "pass": "pass"}
    row = GRAVE | {"verdict": verdicts.get(verdict, "not_checked")}
    facts = FACT | {
        "reason": reason, "field": "area_m2", "value": 3.0, "allowed": 2.0,
        "overlap_m2": 5.0, "cited": "BUR-22",
    }  # fmt: skip
    told = tell(row, facts, language)
    assert not re.search(r"nan|None|<NA>|[{}]|  |“”|，，|；；|\(\)|（）", told), told
    assert told.endswith((".", "。"))
    assert told.count("BUR-02") == 1


def test_no_findings_no_sentences():
    frame = pd.DataFrame(columns=list(FACTS))
    options = {"book": BOOK, "catalogue": CATALOGUE, "village_names": {}, "language": "zh"}
    assert tell_sentences(frame, [], **options) == []
