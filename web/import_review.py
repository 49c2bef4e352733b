"""What the import page is told of an import: how far it is, what was understood, what is wrong."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from geo_rv.errors import (
    AxesAmbiguous,
    ColumnsUnknown,
    CoordinatesMissing,
    CrsContradicted,
    CrsError,
    CrsMissing,
    DatumContradicted,
    DatumRefused,
    EncodingUnknown,
    EncodingWrong,
    FileCrsUnknown,
    GeoRvError,
    LayerNotChosen,
    LayersAmbiguous,
    ParametersUnusable,
    UnknownLayer,
    UnknownSourceLayer,
)
from geo_rv.messages import load_messages
from geo_rv.project import AXES, Project
from web.import_wishes import tell_wish
from web.importing import Import
from web.language import current_language, tell

HELP: dict[type[GeoRvError], str] = {
    LayerNotChosen: "kind",
    UnknownLayer: "kind",
    LayersAmbiguous: "layer",
    UnknownSourceLayer: "layer",
    CrsMissing: "crs",
    CrsContradicted: "crs",
    FileCrsUnknown: "crs",
    CrsError: "crs",
    DatumContradicted: "datum",
    DatumRefused: "parameters",
    ParametersUnusable: "parameters",
    CoordinatesMissing: "columns",
    AxesAmbiguous: "columns",
    ColumnsUnknown: "columns",
    EncodingUnknown: "encoding",
    EncodingWrong: "encoding",
}
"""What of the page's choices mends an error."""
TABLES = ("csv", "xlsx", "xls", "tsv")
"""Formats whose coordinates stand in columns."""
_DEGREES = {"China Geodetic Coordinate System 2000": "EPSG:4490", "WGS 84": "EPSG:4326"}
_ZONE = re.compile(
    r"CGCS2000 / 3-degree Gauss-Kruger (CM (?P<meridian>[0-9]+)E|zone (?P<zone>[0-9]+))"
)
_ON_PAGE = "web.imports.error."


def tell_status(one: Import) -> dict[str, Any]:
    """Return how far an import is, and what went wrong with it last."""
    job = one.job
    told: dict[str, Any] = {
        "token": one.token,
        "state": _find_state(one),
        "step": tell(job.step) if job and job.step else "",
        "file": one.sources[one.at].name if len(one.sources) > 1 else "",
        "error": "",
        "failed": bool(job and job.is_over and job.state != "done"),
        "mode": one.mode,
        "sources": [
            {"name": source.name, "wish": tell_wish(wish), "proposed": one.proposed.get(at, "")}
            for at, (source, wish) in enumerate(zip(one.sources, one.wishes, strict=True))
        ],
    }
    if job is None or not job.is_over:
        return told
    if job.error is not None:
        at = None if one.judgement else one.at
        return told | {"error": _tell_error(job.error), "source": at} | _find_help(job.error)
    if job.state == "crashed":
        return told | {"error": tell("web.imports.crashed")}
    if job.state == "cancelled":
        return told | {"error": tell("web.imports.cancelled"), "calm": True}
    return told


def tell_review(one: Import, project: Project) -> dict[str, Any]:
    """Return what was understood of the files and how many rows are how; raises NotJudged."""
    judgement, preview = one.require_judged()
    told = project.tell_judgement(judgement, language=current_language(), limit=0)
    places = [source.path for source in one.sources]
    for candidate, read, origin in zip(
        told["candidates"], judgement.candidates, judgement.origins, strict=True
    ):
        candidate["source"] = places.index(origin)
        candidate["crs_title"] = _name_crs(candidate["crs"])
        candidate["fields"] = _list_fields(candidate, project)
        candidate["axes"] = list(AXES) if read.format in TABLES else []
        candidate["coordinate_columns"] = list(read.coordinate_columns)
        candidate["headings"] = _list_headings(candidate)
    return told | {"bounds": preview.find_bounds(project.extent), "unseen": preview.unseen}


def tell_result(one: Import, project: Project) -> dict[str, Any]:
    """Return what came of an import; nothing where it has not come in."""
    if one.taken is None:
        return {}
    rows = sum(each.added for each in one.taken.imported)
    return project.tell_taken(one.taken, language=current_language()) | {
        "accepted": one.accepted,
        "rows": rows,
        "left": sum(each.candidate.rows_read for each in one.taken.imported) - rows,
    }


def _find_state(one: Import) -> str:
    if one.job is None:
        return "receiving"
    if not one.job.is_over:
        return one.job.state
    if one.taken is not None:
        return "taken"
    return "judged" if one.judgement is not None else "failed"


def _tell_error(error: GeoRvError) -> str:
    """Return what is wrong: where the page has the choice that mends it, in the page's words."""
    key = f"{_ON_PAGE}{type(error).__name__}"
    if key in load_messages():
        return tell(key, **error.facts)
    return error.in_language(current_language())


def _find_help(error: GeoRvError) -> dict[str, Any]:
    """Return which of the page's choices mends `error`, and what there is to choose from."""
    kind = next((HELP[base] for base in type(error).__mro__ if base in HELP), "")
    facts = error.facts
    pair = [facts[axis] for axis in "xy" if axis in facts]
    return {
        "help": kind,
        "layers": facts.get("layers", []) if kind in ("kind", "layer") else [],
        "headings": facts.get("columns", pair) if kind == "columns" else [],
    }


def _name_crs(name: str) -> str:
    """Return what people call the coordinate system that the registry calls `name`."""
    if name in _DEGREES:
        return tell(f"web.imports.crs.{_DEGREES[name]}")
    found = _ZONE.fullmatch(name)
    if found is None:
        return name
    meridian = int(found["meridian"] or 3 * int(found["zone"]))
    key = "plain" if found["meridian"] else "numbered"
    return tell(f"web.imports.zone.{key}", meridian=meridian, zone=meridian // 3)


def _list_fields(candidate: dict[str, Any], project: Project) -> list[dict[str, Any]]:
    """Return each field of the layer with the column that was taken for it."""
    taken = {column["field"]: column for column in candidate["columns"]}
    return [
        {
            "name": field.name,
            "title": field.title.in_language(current_language()),
            "required": field.required,
            "heading": taken.get(field.name, {}).get("heading", ""),
            "likeness": taken.get(field.name, {}).get("likeness"),
        }
        for field in project.catalogue[candidate["layer"]].fields
    ]


def _list_headings(candidate: dict[str, Any]) -> list[str]:
    taken = (column["heading"] for column in candidate["columns"])
    return list(dict.fromkeys(chain(taken, candidate["left_out"], candidate["coordinate_columns"])))
