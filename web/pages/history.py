"""What was brought into the project, and its undoing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from web.current import open_project
from web.language import current_language
from web.page_data import make_page_data
from web.refusals import BadBody

blueprint = Blueprint("history", __name__, url_prefix="/history")

MOST_BATCHES = 500
"""As many as the page lists, the latest ones."""


@blueprint.get("")
def show() -> str:
    """Show what was done to the layers, batch by batch."""
    batches = open_project().tell_history(language=current_language())
    return render_template(
        "history.html",
        section="imports.show",
        batches=batches[:MOST_BATCHES],
        total=len(batches),
        page_data=make_page_data(
            csrf_token=generate_csrf(), urls={"undo": url_for("history.undo")}
        ),
    )


@blueprint.post("/undo.json")
def undo() -> Response:
    """Undo the batch of the request; return the batch that has undone it."""
    body = request.get_json(silent=True)
    number = body.get("batch") if isinstance(body, dict) else None
    if type(number) is not int:
        raise BadBody(name="batch")
    project = open_project()
    undone = project.undo(number)
    return jsonify(project.tell_batch(undone, language=current_language()))
