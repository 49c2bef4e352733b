"""Whatever is told of a row says what is wrong and what to do, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from geo_rv.messages import LANGUAGES, load_messages

INTAKE = Path(__file__).parents[2] / "geo_rv" / "intake"
PLACES = {"Problem": 0, "list_problems": 2, "mend": 2, "_list_dates": 3, "_note": 0}
"""Which argument of what makes problems is their key."""


def list_keys(prefix):
    return {key.removeprefix(prefix) for key in load_messages() if key.startswith(prefix)}


def list_used():
    """Return the keys of problems that stand in the code, where a constant makes them."""
    for file in INTAKE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                place = PLACES.get(name)
                if place is not None and len(node.args) > place:
                    key = node.args[place]
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value


def test_every_problem_has_a_remedy():
    problems, remedies = list_keys("intake.problem."), list_keys("intake.remedy.")
    assert problems - remedies == set(), "these have no remedy"
    assert remedies - problems == set(), "these remedies are of no problem"


def test_every_problem_in_the_code_has_its_texts():
    used = set(list_used())
    assert {"geometry_missing", "geometry_invalid", "far_away", "date_future"} <= used
    assert used - list_keys("intake.problem.") == set()


def test_remedies_name_no_option_of_the_command_line():
    """They stand on pages too."""
    for key, told in load_messages().items():
        if key.startswith(("intake.problem.", "intake.remedy.")):
            for language in LANGUAGES:
                assert not re.search(r"--[a-z]", told.in_language(language)), key
