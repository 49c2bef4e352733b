"""Layers as GeoJSON, box by box, for the maps."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, current_app, request

from web.current import open_project
from web.parameters import read_box, read_number

blueprint = Blueprint("layers", __name__)

DEEPEST_ZOOM = 24


@blueprint.get("/layers/<kind>.geojson")
def show(kind: str) -> Response:
    """Return the features of `kind` in ``?bbox=``, as fine as ``?zoom=`` can show."""
    project = open_project()
    bounds = read_box("bbox")
    zoom = read_number("zoom", minimum=0, maximum=DEEPEST_ZOOM) if "zoom" in request.args else None
    stamps = {state.spec.kind: state.stamp for state in project.list_layers()}
    tag = f"{current_app.config['STAMP']}-{stamps.get(kind)}"
    if request.if_none_match.contains(tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        told = project.render_features(kind, bounds=bounds, zoom=zoom)
        response = Response(told, mimetype="application/geo+json")
    response.set_etag(tag)
    return response
