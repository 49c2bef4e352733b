"""Industry by village: areas, circles and a table for one theme at a time."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from web.current import open_project
from web.language import current_language
from web.maps import render_map_parts
from web.page_data import make_page_data
from web.parameters import read_choice

blueprint = Blueprint("industry", __name__, url_prefix="/industry")


@blueprint.get("")
def show() -> str:
    """Show the page; its theme comes by `show_theme`."""
    themes = open_project().list_themes(language=current_language())
    return render_template(
        "industry.html",
        theme=read_choice("theme", themes, next(iter(themes))),
        themes=themes,
        map=render_map_parts("industry"),
        page_data=make_page_data(urls={"theme": url_for("industry.show_theme")}),
    )


@blueprint.get("/theme.json")
def show_theme() -> Response:
    """Return the theme ``?theme=`` by village, for the map and for the table."""
    theme = request.args.get("theme", "")
    return jsonify(open_project().theme_by_village(theme, language=current_language()))
