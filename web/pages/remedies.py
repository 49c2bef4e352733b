"""Where the graves that break a rule can go: by village, grave by grave, and the cemeteries."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
from flask import Blueprint, Response, jsonify, render_template, request, url_for

from geo_rv.project import Relocation, find_today
from web.current import open_project
from web.findings import PAGE_ROWS
from web.language import current_language, say, tell
from web.maps import render_map_parts
from web.page_data import make_page_data
from web.parameters import read_choice, read_date
from web.relocation import PLACES, SORTS, read_grave_filters, read_grave_page
from web.workbooks import send_written

blueprint = Blueprint("remedies", __name__, url_prefix="/remedies")

NEEDED = ("burial", "cemetery")
SHEETS = ("villages", "graves", "cemeteries")
COUNTS = ("graves", "violating", "placed", "unplaced", "survey", "unchecked", "clear")
PLOTS = ("capacity", "used", "free", "assigned", "left")
STATES = {"offered": "pass", "violating": "violation", "full": "exempt"}
"""The look of a cemetery's state; of any other it is that of what is not checked."""
COLUMNS = (
    ("site", ""),
    ("village", "wide"),
    ("rules", ""),
    ("cemetery", ""),
    ("distance", "number"),
)
FRAME = {
    "sheets": SHEETS,
    "counts": COUNTS,
    "plots": PLOTS,
    "states": STATES,
    "columns": COLUMNS,
    "sorts": SORTS,
    "places": PLACES,
}
"""What the tables are made of, whatever they hold."""


@blueprint.get("")
def show() -> str:
    """Show the page; its graves come by `list_graves`."""
    if lacking := _list_lacking():
        return render_template("remedies_none.html", lacking=lacking)
    answer = _read_answer()
    return render_template(
        "remedies.html",
        choice=read_grave_filters(answer),
        sheet=read_choice("show", SHEETS, SHEETS[0]),
        map=render_map_parts("check"),
        page_data=_make_data(answer),
        **_tell_sums(answer),
        **FRAME,
    )


@blueprint.get("/graves.json")
def list_graves() -> Response:
    """Return one page of the graves that the address asks for: that of ``?site=`` where named."""
    answer = _read_answer()
    meant = read_grave_filters(answer).select(answer.remedies.graves)
    page, pages = read_grave_page(meant, request.args.get("site", ""))
    rows = _tell_graves(answer, meant.iloc[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    return jsonify(total=len(meant), page=page, pages=pages, rows=rows)


@blueprint.get("/move.json")
def show_move() -> Response:
    """Return one grave, where it can go, and what to draw of it."""
    answer = _read_answer()
    site = request.args.get("site", "")
    shape = open_project().describe_move(answer, site)
    graves = answer.remedies.graves
    (told,) = _tell_graves(answer, graves[graves["site"] == site].head(1))
    return jsonify(grave=told, shape=shape)


@blueprint.get("/remedies.xlsx")
def download() -> Response:
    """Return all of it as a table to keep: by village, by grave, and the cemeteries."""
    answer = _read_answer()
    write = partial(open_project().write_remedies, answer, language=current_language())
    return send_written(write, "web.remedies.heading", answer.check.as_of)


def _read_answer() -> Relocation:
    """Return where the graves can go that break a rule on the day that the address names."""
    return open_project().find_remedies(as_of=read_date("as_of"), with_patches=True)


def _list_lacking() -> list[str]:
    """Return the titles of the layers that the project needs for this page and does not hold."""
    project = open_project()
    held = {state.spec.kind for state in project.list_layers()}
    return [say(project.catalogue[kind].title) for kind in NEEDED if kind not in held]


def _tell_sums(answer: Relocation) -> dict[str, Any]:
    """Return the villages and the cemeteries, and all of it in a sentence."""
    told = open_project().tell_remedies(answer, language=current_language(), most=0)
    book = say(answer.check.book.title)
    sentence = tell("remedy.told", book=book, day=told["as_of"], **told["counts"])
    return {"told": told, "sentence": sentence}


def _tell_graves(answer: Relocation, graves: pd.DataFrame) -> list[dict[str, Any]]:
    chosen = replace(answer, remedies=replace(answer.remedies, graves=graves))
    rows: list[dict[str, Any]] = open_project().tell_remedies(chosen, language=current_language())[
        "graves"
    ]
    return rows


def _make_data(answer: Relocation) -> dict[str, Any]:
    views = {"graves": "list_graves", "move": "show_move", "download": "download"}
    return make_page_data(
        today=find_today().isoformat(),
        as_of=answer.check.as_of.isoformat(),
        rules={rule.id: say(rule.title) for rule in answer.check.book.rules},
        urls={name: url_for(f"remedies.{view}") for name, view in views.items()}
        | {"check": url_for("check.show")},
    )
