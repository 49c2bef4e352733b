"""The shipped rules say what the law says; a book that does not fit is refused by name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo_rv.catalogue import Catalogue, load_catalogue
from geo_rv.errors import (
    DataFileError,
    InconsistentData,
    MissingKey,
    UnknownBook,
    UnknownKey,
    WrongChoice,
    WrongType,
)
from geo_rv.rulebook import RuleBook, load_rulebook

TODAY = date(2025, 6, 15)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def book(catalogue: Catalogue) -> RuleBook:
    return load_rulebook("burial", catalogue)


def test_the_burial_rules_are_all_there(book: RuleBook) -> None:
    assert [rule.id for rule in book.rules] == [f"BUR-{number:02}" for number in range(1, 23)]


def test_what_is_not_sure_is_off_and_waits_for_confirmation(book: RuleBook) -> None:
    off = [rule.id for rule in book.rules if not rule.enabled]

    assert off == ["BUR-03", "BUR-12", "BUR-13", "BUR-20"]
    assert [rule.id for rule in book.rules if rule.needs_confirmation] == off
    assert [rule.id for rule in book.rules if rule.severity == "review"] == off


def limits_of(book: RuleBook, id: str) -> list[tuple[str, dict[str, list[str]], float]]:  # noqa: A002  # what rules call it
    (rule,) = (rule for rule in book.rules if rule.id == id)
    return [
        (case.layer, {key: list(map(str, values)) for key, values in where.items()}, case.limit)
        for case in rule.cases
        for where in (case.where or case.subject_where,)
    ]


# by hand from the table of the burial rules
@pytest.mark.parametrize(
    ("id", "limits"),
    [
        ("BUR-01", [("railway", {}, 500)]),
        ("BUR-02", [("road", {"class": ["motorway", "national", "provincial"]}, 500)]),
        ("BUR-03", [("road", {"class": ["county", "township"]}, 500)]),
        ("BUR-04", [("river", {"class": ["river", "dyke"]}, 500), ("reservoir", {}, 500)]),
        ("BUR-05", [("water_protection", {}, 0)]),
        ("BUR-06", [("scenic_area", {"class": ["scenic"]}, 0)]),
        ("BUR-07", [("heritage_zone", {}, 0)]),
        ("BUR-08", [("scenic_area", {"class": ["city_park"]}, 0)]),
        ("BUR-09", [("basic_farmland", {}, 0)]),
        ("BUR-10", [("cultivated_land", {}, 0)]),
        ("BUR-11", [("forest_land", {}, 0)]),
        ("BUR-12", [("ecological_redline", {}, 0)]),
        ("BUR-13", [("residential_area", {}, 500)]),
        (
            "BUR-14",
            [
                ("power_line", {"voltage": ["kv_1_10"]}, 5),
                ("power_line", {"voltage": ["kv_35_110"]}, 10),
                ("power_line", {"voltage": ["kv_154_330"]}, 15),
                ("power_line", {"voltage": ["kv_500", "unknown"]}, 20),
            ],
        ),
        (
            "BUR-15",
            [
                ("road", {"class": ["motorway"]}, 30),
                ("road", {"class": ["national"]}, 20),
                ("road", {"class": ["provincial"]}, 15),
                ("road", {"class": ["county"]}, 10),
                ("road", {"class": ["township"]}, 5),
            ],
        ),
        (
            "BUR-16",
            [
                ("railway", {"class": [train], "setting": [setting]}, limit)
                for train, limits in (("high_speed", (10, 12, 15, 20)), ("other", (8, 10, 12, 15)))
                for setting, limit in zip(
                    ("city", "suburb", "village", "elsewhere"), limits, strict=True
                )
            ],
        ),
        ("BUR-17", [("river", {"class": ["dyke"]}, 0)]),
        ("BUR-18", [("cemetery", {}, 0)]),
        (
            "BUR-19",
            [
                ("", {"burial_type": ["ashes_single"]}, 0.5),
                ("", {"burial_type": ["ashes_joint"]}, 0.8),
                ("", {"burial_type": ["body_single"]}, 4),
                ("", {"burial_type": ["body_double"]}, 6),
            ],
        ),
        ("BUR-20", [("", {}, 30)]),
        ("BUR-21", [("", {}, 0), ("", {}, 0)]),
        ("BUR-22", [("", {"protected_historic": ["True"]}, 0)]),
    ],
)
def test_a_rule_has_the_limits_of_the_law(
    book: RuleBook,
    id: str,  # noqa: A002  # what rules call it
    limits: list[tuple[str, dict[str, list[str]], float]],
) -> None:
    assert limits_of(book, id) == limits


def test_statutory_zones_start_at_the_edge(book: RuleBook) -> None:
    assert [rule.id for rule in book.rules if rule.from_edge] == [
        "BUR-14",
        "BUR-15",
        "BUR-16",
        "BUR-17",
    ]


def test_a_rule_tells_where_it_stands_in_both_languages(book: RuleBook) -> None:
    for rule in book.rules:
        for text in (rule.title, rule.authority, rule.document, rule.article, rule.note):
            assert text is not None
            assert text.zh, rule.id
            assert text.en, rule.id
    for note in (book.note.zh, book.note.en):
        assert "2026" in note
        assert "2012" in note


def test_rules_that_came_late_leave_earlier_graves_alone(book: RuleBook) -> None:
    late = {rule.id: rule.valid_from for rule in book.rules if rule.since_field == "buried_on"}

    assert late == {"BUR-18": date(2024, 3, 20), "BUR-19": date(2020, 10, 21)}


def test_the_book_is_read_as_of_a_day(book: RuleBook) -> None:
    ids = {day: [rule.id for rule in book.in_force(day)] for day in (date(2000, 1, 1), TODAY)}

    assert ids[date(2000, 1, 1)] == []
    assert len(ids[TODAY]) == 18
    assert "BUR-18" not in [rule.id for rule in book.in_force(date(2024, 3, 19))]
    assert "BUR-18" in [rule.id for rule in book.in_force(date(2024, 3, 20))]


RULE = """\
title = { zh = "甲", en = "a" }
note = { zh = "甲", en = "a" }
[[rules]]
id = "A-1"
title = { zh = "甲", en = "a" }
subjects = ["burial"]
relation = "within"
valid_from = 2020-01-01
valid_to = 2020-12-31
authority = { zh = "甲", en = "a" }
document = { zh = "甲", en = "a" }
article = { zh = "甲", en = "a" }
certainty = "A"
[[rules.cases]]
layer = "road"
where = { class = ["national"] }
limit = 500
"""


def read_changed(folder: Path, catalogue: Catalogue, old: str = "", new: str = "") -> RuleBook:
    assert old in RULE
    (folder / "own.toml").write_text(RULE.replace(old, new, 1), "utf-8")
    return load_rulebook("own", catalogue, own=folder)


def test_a_project_may_have_a_book_of_its_own(tmp_path: Path, catalogue: Catalogue) -> None:
    book = read_changed(tmp_path, catalogue)

    assert book.name == "own"
    assert [rule.id for rule in book.rules] == ["A-1"]


def test_a_rule_is_in_force_from_its_first_to_its_last_day(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (rule,) = read_changed(tmp_path, catalogue).rules

    assert not rule.is_in_force(date(2019, 12, 31))
    assert rule.is_in_force(date(2020, 1, 1))
    assert rule.is_in_force(date(2020, 12, 31))
    assert not rule.is_in_force(date(2021, 1, 1))


def test_a_rule_that_is_switched_off_is_never_in_force(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (rule,) = read_changed(
        tmp_path, catalogue, 'certainty = "A"', 'certainty = "A"\nenabled = false'
    ).rules

    assert not rule.is_in_force(date(2020, 6, 1))


def test_a_project_s_book_goes_before_the_shipped_one(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "burial.toml").write_text(RULE, "utf-8")

    assert len(load_rulebook("burial", catalogue, own=tmp_path).rules) == 1


def test_an_unknown_book_is_told_the_known_ones(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "own.toml").write_text(RULE, "utf-8")

    with pytest.raises(UnknownBook, match="no rule book “burials”; known are burial, own"):
        load_rulebook("burials", catalogue, own=tmp_path)


WRONG: list[tuple[str, str, type[DataFileError], str, str]] = [
    ("relation =", "relaton =", UnknownKey, "rules[1].relaton", "relation"),
    ("limit =", "limits =", UnknownKey, "rules[1].cases[1].limits", "limit"),
    ('id = "A-1"\n', "", MissingKey, "rules[1].id", "missing"),
    ('"within"', '"near"', WrongChoice, "rules[1].relation", "intersects"),
    ("2020-01-01", '"2020-01-01"', WrongType, "rules[1].valid_from", "a date"),
    (
        "valid_to = 2020-12-31",
        "valid_to = 2019-12-31",
        InconsistentData,
        "A-1.valid_to",
        "2020-01-01 comes after 2019-12-31",
    ),
    ('["burial"]', '["grave"]', InconsistentData, "A-1.subjects", "no “grave”"),
    ('["burial"]', "[]", InconsistentData, "A-1.subjects", "“subjects” is needed"),
    ('layer = "road"', 'layer = "roads"', InconsistentData, "A-1.cases[1].layer", "use road"),
    ('layer = "road"', "", InconsistentData, "A-1.cases[1].layer", "“layer” is needed"),
    ("class =", "klass =", InconsistentData, "A-1.cases[1].where.klass", "use class"),
    ('["national"]', '["state"]', InconsistentData, "A-1.cases[1].where.class", "no “state”"),
    ("limit = 500", "limit = -1", InconsistentData, "A-1.cases[1].limit", "-1"),
    ("limit = 500", "limit = 0", InconsistentData, "A-1.cases[1].limit", "limit above 0"),
    ("limit = 500\n", "", InconsistentData, "A-1.cases[1].limit", "limit above 0"),
    ("limit = 500", "limit = inf", WrongType, "rules[1].cases[1].limit", "a number"),
    ("limit = 500", "limit = -inf", WrongType, "rules[1].cases[1].limit", "a number"),
    ("limit = 500", "limit = nan", WrongType, "rules[1].cases[1].limit", "a number"),
    ("limit = 500", 'limit = "500"', WrongType, "rules[1].cases[1].limit", "a number"),
    (
        "limit = 500",
        'limit = 500\nlayers = "road"',
        UnknownKey,
        "rules[1].cases[1].layers",
        "layer",
    ),
    ('id = "A-1"', 'id = " "', InconsistentData, "rules[1].id", "“id” is needed"),
    ('["burial"]', '["burial", "burial"]', InconsistentData, "A-1.subjects", "more than once"),
    ('["national"]', "[]", InconsistentData, "A-1.cases[1].where.class", "is empty"),
    (
        "limit = 500",
        "limit = 500\nsubject_where = { holder = [] }",
        InconsistentData,
        "A-1.cases[1].subject_where.holder",
        "is empty",
    ),
    ('certainty = "A"', 'certainty = "A"\nunit = "m2"', InconsistentData, "A-1.unit", "use m"),
    (
        'certainty = "A"',
        'certainty = "A"\nfamily = "roads"',
        InconsistentData,
        "A-1.family",
        "no “roads”",
    ),
    ('"within"', '"intersects"', InconsistentData, "A-1.cases[1].limit", "no use"),
    (
        "limit = 500",
        'limit = 500\nsubject_where = { kind = ["a"] }',
        InconsistentData,
        "A-1.cases[1].subject_where.kind",
        "no “kind”",
    ),
    ("limit = 500", 'field = "area_m2"', InconsistentData, "A-1.cases[1].field", "no use"),
    ('"within"', '"at_most"', InconsistentData, "A-1.cases[1].layer", "no use"),
    (
        'certainty = "A"',
        'certainty = "A"\nsince_field = "burried_on"',
        InconsistentData,
        "A-1.since_field",
        "use buried_on",
    ),
    (
        'certainty = "A"',
        'certainty = "A"\nsince_field = "holder"',
        InconsistentData,
        "A-1.since_field",
        "type",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "key", "told"), WRONG, ids=[f"{row[3]}-{row[4]}" for row in WRONG]
)
def test_a_book_that_is_wrong_is_one_message(
    old: str,
    new: str,
    kind: type[DataFileError],
    key: str,
    told: str,
    tmp_path: Path,
    catalogue: Catalogue,
) -> None:
    with pytest.raises(kind, match=told) as raised:
        read_changed(tmp_path, catalogue, old, new)

    assert raised.value.facts["file"] == "own.toml"
    assert raised.value.facts["key"] == key


def write_book(folder: Path, catalogue: Catalogue, text: str) -> RuleBook:
    (folder / "own.toml").write_text(text, "utf-8")
    return load_rulebook("own", catalogue, own=folder)


@pytest.mark.parametrize("relation", ["at_most", "at_least"])
def test_a_limit_of_0_on_a_field_is_refused(
    relation: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    text = RULE.replace('"within"', f'"{relation}"').replace('layer = "road"', 'field = "area_m2"')
    text = text.replace('where = { class = ["national"] }\n', "")

    assert write_book(tmp_path, catalogue, text).rules[0].cases[0].limit == 500
    with pytest.raises(InconsistentData, match=f"“{relation}” needs a limit above 0"):
        write_book(tmp_path, catalogue, text.replace("limit = 500", "limit = 0"))


def test_any_overlap_may_be_asked_about(tmp_path: Path, catalogue: Catalogue) -> None:
    text = RULE.replace('"within"', '"overlaps"').replace("limit = 500", "limit = 0")

    assert write_book(tmp_path, catalogue, text).rules[0].relation == "overlaps"
    with pytest.raises(InconsistentData, match=r"-0\.5"):
        write_book(tmp_path, catalogue, text.replace("limit = 0", "limit = -0.5"))


def test_a_rule_that_exempts_must_say_whom(tmp_path: Path, catalogue: Catalogue) -> None:
    text = RULE[: RULE.index("layer =")].replace('"within"', '"exempt"')

    with pytest.raises(InconsistentData, match=r"A-1\.cases\[1\]\.subject_where"):
        write_book(tmp_path, catalogue, text)


def test_a_book_without_rules_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    head = RULE[: RULE.index("[[rules]]")]

    with pytest.raises(MissingKey, match="“rules”"):
        write_book(tmp_path, catalogue, head)
    with pytest.raises(InconsistentData, match="“rules” is needed"):
        write_book(tmp_path, catalogue, head + "rules = []\n")


def test_a_rule_is_of_a_family_of_its_book(tmp_path: Path, catalogue: Catalogue) -> None:
    families = '[families]\nroad = { zh = "公路", en = "roads" }\n'
    text = RULE.replace("[[rules]]", families + "[[rules]]")
    text = text.replace('certainty = "A"', 'certainty = "A"\nfamily = "road"')
    book = write_book(tmp_path, catalogue, text)

    assert book.rules[0].family == "road"
    assert book.families["road"].zh == "公路"
    with pytest.raises(InconsistentData, match="there is no “rode”; use road"):
        write_book(tmp_path, catalogue, text.replace('family = "road"', 'family = "rode"'))
    with pytest.raises(MissingKey, match=r"“families\.road\.en”"):
        write_book(tmp_path, catalogue, text.replace('zh = "公路", en = "roads"', 'zh = "公路"'))


@pytest.mark.parametrize(
    ("family", "numbers"),
    [
        ("road", (2, 3, 15)),
        ("railway", (1, 16)),
        ("water", (4, 5, 17)),
        ("farmland", (9, 10)),
        ("scenic", (6, 8)),
    ],
)
def test_rules_that_ask_the_same_are_of_one_family(
    book: RuleBook, family: str, numbers: tuple[int, ...]
) -> None:
    members = [rule.id for rule in book.rules if rule.family == family]

    assert members == [f"BUR-{number:02}" for number in numbers]
    assert book.families[family].zh


def test_two_rules_of_one_name_are_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "own.toml").write_text(RULE + RULE[RULE.index("[[rules]]") :], "utf-8")

    with pytest.raises(InconsistentData, match="“A-1” stands there more than once"):
        load_rulebook("own", catalogue, own=tmp_path)


def test_a_distance_from_an_edge_needs_an_edge(tmp_path: Path, catalogue: Catalogue) -> None:
    text = RULE.replace('layer = "road"\nwhere = { class = ["national"] }', 'layer = "reservoir"')
    text = text.replace('certainty = "A"', 'certainty = "A"\nfrom_edge = true')
    (tmp_path / "own.toml").write_text(text, "utf-8")

    with pytest.raises(InconsistentData, match=r"“A-1\.from_edge” .* “reservoir” has no \[edge\]"):
        load_rulebook("own", catalogue, own=tmp_path)


def test_a_limit_on_a_field_needs_a_number(tmp_path: Path, catalogue: Catalogue) -> None:
    text = RULE.replace('"within"', '"at_most"').replace('layer = "road"', 'field = "holder"')
    text = text.replace('where = { class = ["national"] }\n', "")
    (tmp_path / "own.toml").write_text(text, "utf-8")

    with pytest.raises(InconsistentData, match=r"“A-1\.cases\[1\]\.field”"):
        load_rulebook("own", catalogue, own=tmp_path)
