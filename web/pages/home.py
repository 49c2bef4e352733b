"""The start page: key figures, the state of the check, the layers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.current import open_project
from web.key_figures import list_key_figures, sum_up_check
from web.language import current_language

blueprint = Blueprint("home", __name__)

TOP_RULES = 6
NO_REPORT: dict[str, Any] = {"warning": "", "figures": []}


@blueprint.get("/")
def show() -> str:
    """Show the town in figures."""
    project, language = open_project(), current_language()
    layers = project.list_layers()
    summary = project.tell_summary(language=language) if layers else {"layers": []}
    told = project.tell_reconciliation(language=language) if layers else NO_REPORT
    check = sum_up_check(project, language=language, top=TOP_RULES)
    return render_template(
        "home.html",
        layers=layers,
        measures={layer["layer"]: layer["measures"] for layer in summary["layers"]},
        check=check,
        cards=list_key_figures(summary, NO_REPORT if told["warning"] else told, check),
    )
