"""What the burial check would find if a limit were moved or a cemetery built; nothing is kept."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, jsonify

from geo_rv.project import WhatIf, find_today
from web.current import open_project
from web.language import current_language, say, tell
from web.parameters import parse_date, read_date, read_numbers, read_texts
from web.refusals import NothingChosen
from web.workbooks import send_written

blueprint = Blueprint("what_if", __name__, url_prefix="/check")


@blueprint.get("/limits.json")
def list_limits() -> Response:
    """Return the rules in force on ``?as_of=`` whose distance can be moved, with their limits."""
    rules = open_project().load_book().in_force(read_date("as_of") or find_today())
    return jsonify(
        [
            {
                "rule": rule.id,
                "rule_title": say(rule.title),
                "limits": sorted({case.limit for case in rule.cases}),
            }
            for rule in rules
            if rule.relation == "within"
        ]
    )


@blueprint.post("/what-if.json")
def ask() -> Response:
    """Return what would change with the limits and the cemetery of the request."""
    told = open_project().tell_what_if(_read_supposition(), language=current_language())
    counts = {name: told[name]["violation"] for name in ("before", "after")}
    facts = {name: told[name] for name in ("gone", "come", "changed")}
    return jsonify(sentence=tell("what_if.told", day=told["as_of"], **counts, **facts), **told)


@blueprint.post("/what-if.xlsx")
def download() -> Response:
    """Return the same with all its rows as a table to keep."""
    answer = _read_supposition()
    write = partial(open_project().write_what_if, answer, language=current_language())
    return send_written(write, "web.what_if.heading", answer.check.as_of)


def _read_supposition() -> WhatIf:
    """Return the answer to what the request supposes; raises NothingChosen, or what engine does."""
    project = open_project()
    asked = read_texts("cemetery", "as_of", nullable=True)
    limits = read_numbers("limits")
    if not limits and not asked["cemetery"].strip():
        raise NothingChosen
    plan = project.read_plan(asked["cemetery"]) if asked["cemetery"].strip() else None
    return project.ask_what_if(plan=plan, limits=limits, as_of=parse_date(asked["as_of"]))
