"""The browser's parts of the maps, as the engine packs them."""

from __future__ import annotations

from flask import Blueprint, Response

from geo_rv.project import read_asset

blueprint = Blueprint("assets", __name__)

YEAR = "public, max-age=31536000, immutable"


@blueprint.get("/assets/<stamp>/<path:path>")
def show(stamp: str, path: str) -> Response:  # noqa: ARG001  # only makes a new address each start
    """Return one file of the manifest; its address is another after every start."""
    content, media_type = read_asset(path)
    return Response(content, mimetype=media_type, headers={"Cache-Control": YEAR})
