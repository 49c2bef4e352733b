"""Search by name, for the maps."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from web.current import open_project
from web.language import current_language

blueprint = Blueprint("search", __name__)

LONGEST = 100


@blueprint.get("/search.json")
def find() -> Response:
    """Return the features whose name contains ``?q=``."""
    wanted = request.args.get("q", "").strip()[:LONGEST]
    found = open_project().search_names(wanted, language=current_language()) if wanted else []
    return jsonify(found)
