"""The rules of the book, with their law and dates."""

from __future__ import annotations

from flask import Blueprint, render_template

from geo_rv.project import find_today
from web.current import open_project
from web.language import current_language
from web.parameters import read_date

blueprint = Blueprint("rules", __name__)


@blueprint.get("/rules")
def show() -> str:
    """Show every rule, and whether it is in force on ``?as_of=``."""
    project = open_project()
    day = read_date("as_of") or find_today()
    return render_template(
        "rules.html",
        as_of=day,
        book=project.load_book(),
        rules=project.list_rules(day, language=current_language()),
    )
