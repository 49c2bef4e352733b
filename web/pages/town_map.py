"""The town map: every layer in its group."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.maps import render_map_parts
from web.page_data import make_page_data

blueprint = Blueprint("town_map", __name__)


@blueprint.get("/map")
def show() -> str:
    """Show the town map."""
    return render_template(
        "town_map.html", map=render_map_parts("town"), page_data=make_page_data()
    )
