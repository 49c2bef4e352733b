"""The annual report against the map."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from flask import Blueprint, render_template

from web.current import open_project
from web.language import current_language

blueprint = Blueprint("reconcile", __name__)

AGREEING = ("equal", "at_least_met")


@blueprint.get("/reconcile")
def show() -> str:
    """Show each figure of the report beside the map's, by theme, and what it contradicts."""
    told = open_project().tell_reconciliation(language=current_language())
    themes = [
        (title, list(rows)) for title, rows in groupby(told["figures"], itemgetter("theme_title"))
    ]
    agreed = sum(row["status"] in AGREEING for row in told["figures"])
    return render_template("reconcile.html", told=told, themes=themes, agreed=agreed)
