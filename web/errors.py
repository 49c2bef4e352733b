"""The one table from error class to HTTP status, and how an error is shown."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from geo_rv.errors import (
    DataFileError,
    FeatureMissing,
    GeoRvError,
    HistoryError,
    LayerMissing,
    NotContested,
    OutputError,
    OutsideProject,
    ProjectError,
    StoreBusy,
    UnknownAsset,
    UnknownLayer,
    UnknownRule,
    UnknownTheme,
)
from web.language import current_language, tell
from web.refusals import FormExpired, JobUnderWay, NotJudged, RequestError, UploadGone, UploadsBusy

STATUS: dict[type[GeoRvError], HTTPStatus] = {
    GeoRvError: HTTPStatus.BAD_REQUEST,
    RequestError: HTTPStatus.BAD_REQUEST,
    FormExpired: HTTPStatus.FORBIDDEN,
    OutsideProject: HTTPStatus.BAD_REQUEST,
    NotContested: HTTPStatus.CONFLICT,
    HistoryError: HTTPStatus.CONFLICT,
    NotJudged: HTTPStatus.CONFLICT,
    JobUnderWay: HTTPStatus.CONFLICT,
    UploadGone: HTTPStatus.NOT_FOUND,
    UploadsBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    FeatureMissing: HTTPStatus.NOT_FOUND,
    UnknownAsset: HTTPStatus.NOT_FOUND,
    UnknownLayer: HTTPStatus.NOT_FOUND,
    UnknownRule: HTTPStatus.NOT_FOUND,
    UnknownTheme: HTTPStatus.NOT_FOUND,
    LayerMissing: HTTPStatus.NOT_FOUND,
    StoreBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ProjectError: HTTPStatus.INTERNAL_SERVER_ERROR,
    DataFileError: HTTPStatus.INTERNAL_SERVER_ERROR,
    OutputError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of an error is that of the nearest of its classes in this table."""

DATA_SUFFIXES = (".json", ".geojson")
TOLD = {400, 404, 405, 500}


def prepare_app(app: Flask) -> None:
    """Show every error as a page, or as JSON where data were asked for."""
    app.register_error_handler(GeoRvError, show_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, lambda _error: show_error(FormExpired()))


def find_status(error: GeoRvError) -> HTTPStatus:
    """Return the status of `error`."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def show_error(error: GeoRvError) -> Response:
    """Tell what the engine or the request has wrong."""
    return _show(find_status(error), error.in_language(current_language()))


def show_http_error(error: HTTPException) -> Response:
    """Tell that a page is not there, cannot be written to, or has failed."""
    code = error.code or 500
    response = _show(HTTPStatus(code), tell(f"web.status.{code if code in TOLD else 'other'}"))
    if "Allow" in (headers := dict(error.get_headers())):
        response.headers["Allow"] = headers["Allow"]
    return response


def _show(status: HTTPStatus, problem: str) -> Response:
    # half a character, which JSON may hold and no answer can
    problem = problem.encode("utf-8", "backslashreplace").decode("utf-8")
    if request.path.endswith(DATA_SUFFIXES):
        return make_response(jsonify(error=problem), status)
    return make_response(
        render_template("error.html", problem=problem, status=status.value), status
    )
