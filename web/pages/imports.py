"""Bringing files: dropped on the page, judged in the background, looked at, agreed to, taken in."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import generate_csrf

from geo_rv.project import (
    ANGLES,
    AXES,
    DATUMS,
    SEVERITIES,
    Accept,
    ProblemChoice,
    Project,
    find_today,
    list_zones,
)
from web.current import open_project
from web.findings import LAST_PAGE, PAGE_ROWS
from web.import_review import tell_result, tell_review, tell_status
from web.import_wishes import (
    ACCEPTS,
    ENCODINGS,
    MODES,
    read_accept,
    read_listed,
    read_mode,
    read_wishes,
)
from web.importing import Desk, Import
from web.language import current_language, tell
from web.maps import render_map_parts
from web.page_data import make_page_data
from web.pages.layers import DEEPEST_ZOOM
from web.parameters import read_box, read_choices, read_number
from web.uploads import MOST_FILES, PIECE_BYTES
from web.workbooks import send_written

blueprint = Blueprint("imports", __name__, url_prefix="/import")

EXTENSION = "geo-rv-imports"
MOST_ROWS = 10**10


def prepare_app(app: Flask) -> None:
    """Give the application its desk for files that are on their way."""
    app.extensions[EXTENSION] = Desk()


@blueprint.get("")
def show() -> str:
    """Show the page; an import that is on its way comes by ``?job=``."""
    project = open_project()
    return render_template(
        "import.html",
        section="imports.show",
        map=render_map_parts("import"),
        severities=SEVERITIES,
        modes=MODES,
        page_data=make_page_data(
            csrf_token=generate_csrf(),
            piece_bytes=PIECE_BYTES,
            most_files=MOST_FILES,
            choices=_list_choices(project),
            urls=_list_urls(),
        ),
    )


@blueprint.post("/begin.json")
def begin() -> Response:
    """Make room for files of the names and sizes of the request."""
    return jsonify(token=_desk().open(read_listed()).token)


@blueprint.post("/<token>/piece.json")
def receive(token: str) -> Response:
    """Take a piece of file ``?file=`` that begins at ``?offset=``."""
    number = int(read_number("file", minimum=0, maximum=MOST_ROWS))
    offset = int(read_number("offset", minimum=0, maximum=MOST_ROWS))
    received = _find(token).upload.receive(number, offset, request.stream)
    return jsonify(received=received)


@blueprint.post("/<token>/judge.json")
def judge(token: str) -> Response:
    """Begin to judge the files, with what the visitor says about them."""
    one, project = _find(token), open_project()
    one.judge(project, read_wishes(project), read_mode())
    return jsonify(tell_status(one))


@blueprint.post("/<token>/take.json")
def take(token: str) -> Response:
    """Begin to write what was judged, with what the visitor agrees to."""
    one = _find(token)
    one.take_in(open_project(), read_accept())
    return jsonify(tell_status(one))


@blueprint.post("/<token>/cancel.json")
def cancel(token: str) -> Response:
    """Call off what is under way."""
    one = _find(token)
    if one.job is not None:
        one.job.cancel()
    return jsonify(tell_status(one))


@blueprint.post("/<token>/drop.json")
def drop(token: str) -> Response:
    """Give the files up."""
    _desk().drop(token)
    return jsonify(dropped=True)


@blueprint.get("/<token>/status.json")
def show_status(token: str) -> Response:
    """Return how far it is."""
    one = _find(token)
    return jsonify(tell_status(one) | {"result": tell_result(one, open_project())})


@blueprint.get("/<token>/review.json")
def show_review(token: str) -> Response:
    """Return what was understood, and how many rows are how."""
    return jsonify(tell_review(_find(token), open_project()))


@blueprint.get("/<token>/problems.json")
def list_problems(token: str) -> Response:
    """Return one page of the problems that the address asks for."""
    _, preview = _find(token).require_judged()
    choice = _read_choice()
    page = int(read_number("page", minimum=1, maximum=LAST_PAGE, default=1))
    rows, total = preview.tell_problems(
        choice, (page - 1) * PAGE_ROWS, PAGE_ROWS, language=current_language()
    )
    return jsonify(rows=rows, total=total, page=page, pages=max(1, -(-total // PAGE_ROWS)))


@blueprint.get("/<token>/rows.geojson")
def draw_rows(token: str) -> Response:
    """Return the rows in ``?bbox=``, as fine as ``?zoom=`` can show, or a sample of them."""
    _, preview = _find(token).require_judged()
    zoom = read_number("zoom", minimum=0, maximum=DEEPEST_ZOOM) if "zoom" in request.args else None
    told = preview.render_rows(bounds=read_box("bbox"), zoom=zoom)
    return Response(told, mimetype="application/geo+json")


@blueprint.get("/<token>/row.json")
def show_row(token: str) -> Response:
    """Return row ``?row=`` of candidate ``?candidate=`` in full."""
    _, preview = _find(token).require_judged()
    at, row = (
        int(read_number(name, minimum=0, maximum=MOST_ROWS)) for name in ("candidate", "row")
    )
    return jsonify(preview.tell_row(at, row, language=current_language()))


@blueprint.get("/<token>/refused.xlsx")
def download_refused(token: str) -> Response:
    """Return the rows that stay out, each with its reason, to be mended and brought again."""
    judgement, _ = _find(token).require_judged()
    accept: tuple[Accept, ...] = ("repairs",) if read_choices("accept", ACCEPTS[:1]) else ()

    def write(file: Any) -> object:
        return open_project().write_refused(
            judgement, file, language=current_language(), accept=accept
        )

    return send_written(write, "web.imports.refused_file", find_today())


def _desk() -> Desk:
    desk: Desk = current_app.extensions[EXTENSION]
    return desk


def _find(token: str) -> Import:
    """Return the import of `token`; raises UploadGone."""
    return _desk().find(token)


def _read_choice() -> ProblemChoice:
    candidate = int(read_number("candidate", minimum=-1, maximum=LAST_PAGE, default=-1))
    return ProblemChoice(
        severities=read_choices("severity", SEVERITIES),
        candidate=None if candidate < 0 else candidate,
        key=request.args.get("key", ""),
        field=request.args.get("field"),
    )


def _list_choices(project: Project) -> dict[str, Any]:
    """Return what the page lets choose about files, with titles."""
    return {
        "kind": [
            (spec.kind, spec.title.in_language(current_language()))
            for spec in sorted(project.catalogue.layers, key=lambda spec: spec.group)
        ],
        "crs": _list_systems(project),
        "datum": [(datum, tell(f"imports.datum.{datum}")) for datum in DATUMS],
        "angles": [(angles, tell(f"web.imports.angles.{angles}")) for angles in ANGLES],
        "encoding": [
            (encoding, tell(f"web.imports.encoding.{encoding}")) for encoding in ENCODINGS
        ],
        "axis": [(axis, tell(f"web.imports.axis.{axis}")) for axis in AXES],
    }


def _list_systems(project: Project) -> list[tuple[str, str]]:
    """Return the systems that files of this place come in: degrees, and the zones round it."""
    systems = [(code, tell(f"web.imports.crs.{code}")) for code in ("EPSG:4490", "EPSG:4326")]
    return systems + [
        (
            f"EPSG:{zone.code}",
            tell(
                "web.imports.zone.numbered" if zone.has_number else "web.imports.zone.plain",
                meridian=zone.meridian,
                zone=zone.number,
            ),
        )
        for zone in list_zones(project.extent)
    ]


def _list_urls() -> dict[str, str]:
    """Return addresses; the script puts an import's token into TOKEN's place."""
    endpoints = {
        "piece": "imports.receive",
        "judge": "imports.judge",
        "take": "imports.take",
        "cancel": "imports.cancel",
        "drop": "imports.drop",
        "status": "imports.show_status",
        "review": "imports.show_review",
        "problems": "imports.list_problems",
        "rows": "imports.draw_rows",
        "row": "imports.show_row",
        "refused": "imports.download_refused",
    }
    return {name: url_for(endpoint, token="TOKEN") for name, endpoint in endpoints.items()} | {  # noqa: S106  # its place
        "begin": url_for("imports.begin"),
        "history": url_for("history.show"),
        "undo": url_for("history.undo"),
        "map": url_for("town_map.show"),
    }
