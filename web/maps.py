"""The maps of the pages, as the engine draws them."""

from __future__ import annotations

from typing import Literal

from flask import current_app, url_for

from geo_rv.project import MapParts
from web.current import open_project
from web.language import current_language
from web.security import nonce

MapName = Literal["town", "check", "industry", "import"]


def render_map_parts(name: MapName) -> MapParts:
    """Return the parts of the map `name` for this request's page."""
    project = open_project()
    return project.render_map(
        name,
        language=current_language(),
        layer_url=lambda kind: url_for("layers.show", kind=kind),
        search_url=url_for("search.find"),
        asset_url=url_for("assets.show", stamp=current_app.config["STAMP"], path=""),
        nonce=nonce(),
        tianditu_key=project.settings.tianditu_key,
    )
