"""What a visitor says about files that are brought, read from the page and refused by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from flask import request

from geo_rv.errors import CrsUnknown
from geo_rv.project import ANGLES, AXES, DATUMS, Accept, Mode, Project, Wish
from web.parameters import ECHO
from web.refusals import BadBody, BadChoice
from web.uploads import MOST_FILES

MODES: tuple[Mode, ...] = ("add", "update", "replace")
ACCEPTS: tuple[Accept, ...] = ("repairs", "partial")
ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5")
PARAMETERS = 7
_MOST_COLUMNS = 600
_LONGEST = 400
_CRS = re.compile(r"(?:epsg:)?([0-9]{4,6})", re.IGNORECASE | re.ASCII)
"""A code and nothing else: a longer text may name files for PROJ to open."""


def read_listed() -> list[tuple[str, int]]:
    """Return names and sizes of the files that are to be brought; raises BadBody."""
    listed = _read_list("files")
    return [(_read_text(file, "name", _LONGEST * 10), _read_size(file)) for file in listed]


def read_mode() -> Mode:
    """Return what is to become of the features that are there; raises BadBody or BadChoice."""
    return cast("Mode", _read_choice(_read_body(), "mode", MODES, MODES[0]))


def read_accept() -> tuple[Accept, ...]:
    """Return what the visitor agrees to; raises BadBody or BadChoice."""
    accepted = _read_list("accept")
    for value in accepted:
        if value not in ACCEPTS:
            raise BadChoice(name="accept", value=str(value)[:ECHO], known=", ".join(ACCEPTS))
    return tuple(accept for accept in ACCEPTS if accept in accepted)


def read_wishes(project: Project) -> list[Wish]:
    """Return what was said about each source; raises BadBody, BadChoice or CrsUnknown."""
    return [_read_wish(told, project) for told in _read_list("wishes")]


def tell_wish(wish: Wish) -> dict[str, Any]:
    """Return a wish as the page has it; "" where nothing was said."""
    return {
        "kind": wish.kind or "",
        "layer": wish.layer or "",
        "crs": wish.crs or "",
        "datum": wish.datum or "",
        "angles": wish.angles,
        "encoding": wish.encoding or "",
        "gaps": wish.gaps,
        "parameters": list(wish.parameters),
        "columns": dict(wish.columns),
    }


def _read_wish(told: Any, project: Project) -> Wish:
    if not isinstance(told, dict):
        raise BadBody(name="wishes")
    kinds = [spec.kind for spec in project.catalogue.layers]
    return Wish(
        kind=_read_choice(told, "kind", kinds, "") or None,
        layer=_read_text(told, "layer") or None,
        crs=_read_crs(told),
        datum=_read_choice(told, "datum", DATUMS, "") or None,  # type: ignore[arg-type]  # one of DATUMS
        columns=_read_columns(told, project),
        angles=_read_choice(told, "angles", ANGLES, ANGLES[0]),  # type: ignore[arg-type]  # one of ANGLES
        encoding=_read_choice(told, "encoding", ENCODINGS, "") or None,
        gaps=_read_truth(told, "gaps"),
        parameters=_read_parameters(told),
    )


def _read_crs(told: Mapping[str, Any]) -> str | None:
    wanted = _read_text(told, "crs").strip()
    code = _CRS.fullmatch(wanted)
    if wanted and code is None:
        raise CrsUnknown(crs=wanted[:ECHO])
    return f"EPSG:{code[1]}" if code else None


def _read_columns(told: Mapping[str, Any], project: Project) -> dict[str, str]:
    columns = told.get("columns", {})
    if not isinstance(columns, dict) or len(columns) > _MOST_COLUMNS:
        raise BadBody(name="columns")
    fields = {field.name for spec in project.catalogue.layers for field in spec.fields}
    known = fields | {*AXES}
    if not known.issuperset(columns):
        raise BadBody(name="columns")
    return {name: _read_text(columns, name) for name in columns}


def _read_parameters(told: Mapping[str, Any]) -> tuple[float, ...]:
    values = told.get("parameters", [])
    is_list = isinstance(values, list) and len(values) in (0, PARAMETERS)
    if not is_list or not all(type(value) in (int, float) for value in values):
        raise BadBody(name="parameters")
    return tuple(map(float, values))


def _read_truth(told: Mapping[str, Any], name: str) -> bool:
    value = told.get(name, False)
    if not isinstance(value, bool):
        raise BadBody(name=name)
    return value


def _read_choice(told: Mapping[str, Any], name: str, allowed: Collection[str], default: str) -> str:
    value = _read_text(told, name) or default
    if value != default and value not in allowed:
        raise BadChoice(name=name, value=value[:ECHO], known=", ".join(allowed))
    return value


def _read_text(told: Any, name: str, longest: int = _LONGEST) -> str:
    value = told.get(name, "") if isinstance(told, dict) else None
    if not isinstance(value, str) or len(value) > longest:
        raise BadBody(name=name)
    return value


def _read_size(told: Any) -> int:
    size = told.get("size")
    if type(size) is not int:
        raise BadBody(name="size")
    return size


def _read_list(name: str) -> list[Any]:
    values = _read_body().get(name, [])
    if not isinstance(values, list) or len(values) > MOST_FILES:
        raise BadBody(name=name)
    return values


def _read_body() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets
        body = None
    if not isinstance(body, dict):
        raise BadBody(name="body")
    return body
