"""Where a cemetery can go: eligible land, patch by patch, ranked by weights that a reader moves."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from geo_rv.cli.siting import parse_weights
from geo_rv.errors import FeatureMissing
from geo_rv.messages import load_messages
from geo_rv.project import Siting, find_today
from web.current import open_project
from web.language import current_language, tell
from web.maps import render_map_parts
from web.page_data import make_page_data
from web.parameters import read_choice, read_date, read_number
from web.workbooks import send_written

blueprint = Blueprint("siting", __name__, url_prefix="/siting")

LEAST_MU = 1.0
"""Smaller patches are listed only where the reader asks for them."""
MOST_MU = 999_999
LONGEST = 200
"""Of the name of an area."""
TERRAIN = "terrain.tif"
"""The project's heights, in its folder."""
COLUMNS = (
    ("rank", ""),
    ("mu", "number"),
    ("village", ""),
    ("side", "number wide"),
    ("road", "number"),
    ("slope", "wide"),
    ("score", "number"),
)
TEMPLATES = ("siting.sentence.", "siting.value.", "siting.criterion.")
"""Messages that the page's script fills when another weight makes another ranking."""


@blueprint.get("")
def show() -> str:
    """Show the page; its patches come by `list_patches`."""
    return render_template(
        "siting.html",
        as_of=read_date("as_of") or find_today(),
        within=request.args.get("within", "")[:LONGEST],
        min_mu=_read_least(LEAST_MU),
        most_mu=MOST_MU,
        certain=_read_certain(),
        villages=open_project().village_names(),
        columns=COLUMNS,
        map=render_map_parts("check"),
        page_data=make_page_data(
            today=find_today().isoformat(),
            min_mu=LEAST_MU,
            templates=_list_templates(),
            urls=_list_urls(),
        ),
    )


@blueprint.get("/patches.json")
def list_patches() -> Response:
    """Return the patches that the address asks for, ranked by its weights."""
    return jsonify(open_project().tell_siting(_read_answer(), language=current_language()))


@blueprint.get("/patch.json")
def show_patch() -> Response:
    """Return the polygon of the patch ``?patch=``, whatever the least area."""
    wanted = request.args.get("patch", "")
    answer = _read_answer(default_mu=0.0)
    for patch in open_project().tell_siting(answer, language=current_language())["patches"]:
        if patch["id"] == wanted:
            return jsonify(id=wanted, geometry=patch["geometry"])
    raise FeatureMissing(layer=tell("siting.sheet.patches"), feature=wanted)


@blueprint.get("/patches.xlsx", defaults={"ending": ".xlsx"})
@blueprint.get("/patches.geojson", defaults={"ending": ".geojson"})
def download(ending: str) -> Response:
    """Return the patches that the address asks for as a file to keep."""
    answer = _read_answer()
    write = partial(open_project().write_siting, answer, language=current_language())
    return send_written(write, "web.nav.siting", answer.asked.as_of, ending=ending)


def _read_answer(default_mu: float = LEAST_MU) -> Siting:
    """Return the land that the address asks for; what stands on the same layers is kept."""
    project = open_project()
    terrain = project.folder / TERRAIN
    return project.find_eligible(
        within=request.args.get("within", "")[:LONGEST] or None,
        min_mu=_read_least(default_mu),
        as_of=read_date("as_of"),
        certain=_read_certain(),
        terrain=terrain if terrain.is_file() else None,
        weights=parse_weights(request.args.get("weights", "")[:LONGEST] or None),
    )


def _read_least(default: float) -> float:
    return read_number("min_mu", minimum=0, maximum=MOST_MU, default=default)


def _read_certain() -> bool:
    return bool(read_choice("certain", ("1",)))


def _list_templates() -> dict[str, str]:
    return {
        key.removeprefix("siting."): words.in_language(current_language())
        for key, words in load_messages().items()
        if key.startswith(TEMPLATES)
    }


def _list_urls() -> dict[str, Any]:
    return {
        "patches": url_for("siting.list_patches"),
        "table": url_for("siting.download", ending=".xlsx"),
        "drawn": url_for("siting.download", ending=".geojson"),
        "check": url_for("check.show"),
    }
