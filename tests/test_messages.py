"""Every text is there in both languages and takes the same facts."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo_rv.errors import WrongType
from geo_rv.messages import Text, load_messages, tell, text

ROOT = Path(__file__).parents[1]
MESSAGES = ROOT / "layers" / "messages"


def list_texts(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for key, value in table.items():
        if all(isinstance(text, str) for text in value.values()):
            yield prefix + key, value
        else:
            yield from list_texts(value, f"{prefix}{key}.")


TEXTS = [
    (file.name, key, value)
    for file in sorted(MESSAGES.glob("*.toml"))
    for key, value in list_texts(tomllib.loads(file.read_text("utf-8")))
]


def list_placeholders(sentence: str) -> set[str]:
    names = (name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)
    return {re.split(r"[.\[]", name)[0] for name in names}


@pytest.mark.parametrize(
    ("file", "key", "languages"), TEXTS, ids=[f"{file}-{key}" for file, key, _ in TEXTS]
)
def test_both_languages_take_the_same_facts(file: str, key: str, languages: dict[str, str]) -> None:
    assert set(languages) == {"zh", "en"}, file
    assert all(languages.values()), key
    assert list_placeholders(languages["zh"]) == list_placeholders(languages["en"])


def test_no_text_stands_in_two_files() -> None:
    counts = Counter(key for _, key, _ in TEXTS)

    assert [key for key, count in counts.items() if count > 1] == []
    assert set(load_messages()) == set(counts)


def read_sources() -> Iterator[ast.AST]:
    for package in ("geo_rv", "web"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in file.parts:
                yield from ast.walk(ast.parse(file.read_text("utf-8")))


@pytest.fixture(scope="module")
def nodes() -> list[ast.AST]:
    return list(read_sources())


@pytest.fixture(scope="module")
def errors(nodes: list[ast.AST]) -> set[str]:
    """The names of the classes under GeoRvError."""
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for node in nodes
        if isinstance(node, ast.ClassDef)
    }

    def is_error(name: str) -> bool:
        return name == "GeoRvError" or any(map(is_error, bases.get(name, [])))

    return {name for name in bases if is_error(name)}


def test_every_error_that_is_raised_has_a_text(nodes: list[ast.AST], errors: set[str]) -> None:
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    raised = {name.id for name in called if isinstance(name, ast.Name)} & errors
    told = {key.removeprefix("error.") for key in load_messages() if key.startswith("error.")}

    assert "UnknownKey" in raised
    assert raised - told == set(), "these are raised and have no text"
    assert told - errors == set(), "these have a text and are no errors"


def test_every_text_that_the_engine_asks_for_is_there(nodes: list[ast.AST]) -> None:
    asked = {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("text", "tell")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }

    assert asked
    assert asked - set(load_messages()) == set()


def test_a_text_takes_its_facts_in_its_language() -> None:
    wanted = Text(zh="日期", en="a date")
    wrong = WrongType(file="a.toml", key="since", value=1, wanted=wanted)

    assert wrong.in_language("zh") == "a.toml：“since”的值 1 类型不对，应为日期。"
    assert wrong.in_language("en") == "a.toml: “since” is 1; it must be a date."


def test_told_in_both_languages() -> None:
    assert tell("problem.repeated", value="甲") == Text(
        zh="“甲”出现不止一次", en="“甲” stands there more than once"
    )


def test_an_unknown_text_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        text("no.such.text")
