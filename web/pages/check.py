"""The burial check: findings with their map, and the question about any point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from geo_rv.project import Check, find_today
from web.current import open_project
from web.findings import (
    ASKED_FIRST,
    COLUMNS,
    PAGE_ROWS,
    VERDICTS,
    Choice,
    count_verdicts,
    list_subjects,
    read_filters,
    read_page,
)
from web.language import current_language, tell
from web.maps import render_map_parts
from web.page_data import make_page_data
from web.parameters import ECHO, read_date, read_number, read_texts
from web.refusals import BadChoice
from web.workbooks import send_written

blueprint = Blueprint("check", __name__, url_prefix="/check")

NUMBERS = ("distance", "limit", "margin")
WIDE = ("village", "distance", "limit")
"""Columns that a phone leaves out."""


@blueprint.get("")
def show() -> str:
    """Show the page; its findings come by `list_findings`."""
    check, choice = _read_request()
    villages = open_project().village_names()
    return render_template(
        "check.html",
        check=check,
        villages=villages,
        layer_titles={kind: open_project().catalogue[kind].title for kind in check.repaired},
        map=render_map_parts("check"),
        page_data=make_page_data(
            villages=villages,
            verdicts={verdict: tell(f"verdict.{verdict}") for verdict in VERDICTS},
            today=find_today().isoformat(),
            urls=_list_urls(),
            csrf_token=generate_csrf(),
        ),
        **_describe_filters(check, choice),
    )


@blueprint.get("/findings.json")
def list_findings() -> Response:
    """Return one page of the findings that the address asks for, and their number by verdict."""
    check, choice = _read_request()
    meant = choice.select(check.findings)
    page, pages = read_page(len(meant))
    rows = meant.iloc[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return jsonify(
        as_of=check.as_of.isoformat(),
        total=len(meant),
        page=page,
        pages=pages,
        counts=count_verdicts(choice.select_all_verdicts(check.findings)),
        rows=open_project().tell_findings(check, rows, language=current_language()),
    )


@blueprint.get("/finding.json")
def show_finding() -> Response:
    """Return one finding in words, what stands against it, and what to draw of it."""
    project = open_project()
    check = project.check(as_of=read_date("as_of"))
    keys = {name: request.args.get(name, "") for name in ("layer", "site", "rule")}
    found = check.findings[(check.findings[list(keys)] == list(keys.values())).all(axis="columns")]
    shape = project.describe_finding(**keys, as_of=check.as_of)
    (told,) = project.tell_findings(check, found.head(1), language=current_language())
    return jsonify(finding=told, shape=shape, contest=project.tell_contest(**keys))


@blueprint.post("/contest.json")
def contest() -> Response:
    """Contest a finding, or withdraw that; return what stands against it then."""
    asked = read_texts("layer", "site", "rule", "reason", "action")
    reason, action = asked.pop("reason"), asked.pop("action")
    project = open_project()
    actions: dict[str, Callable[..., object]] = {
        "contest": project.contest_finding,
        "withdraw": project.withdraw_contest,
    }
    if action not in actions:
        raise BadChoice(name="action", value=action[:ECHO], known=", ".join(actions))
    actions[action](**asked, reason=reason)
    return jsonify(contest=project.tell_contest(**asked))


@blueprint.get("/point.json")
def check_point() -> Response:
    """Return what every rule says of a grave at ``?lon=&lat=``, the broken ones first."""
    project = open_project()
    lon, lat = read_number("lon"), read_number("lat")
    check = project.check_point(lon, lat, as_of=read_date("as_of"))
    told = project.tell_findings(check, check.findings, language=current_language())
    counts = count_verdicts(check.findings)
    told.sort(key=lambda finding: VERDICTS.index(finding["verdict"]))
    return jsonify(
        lon=lon,
        lat=lat,
        counts=counts,
        sentence=_sum_up(counts),
        findings=told,
    )


@blueprint.get("/findings.xlsx")
def download() -> Response:
    """Return the findings that the address asks for as a table to keep."""
    check, choice = _read_request()
    wanted = replace(check, findings=choice.select(check.findings))
    write = partial(open_project().write_findings, wanted, every=True, language=current_language())
    return send_written(write, "web.check.heading", check.as_of)


def _read_request() -> tuple[Check, Choice]:
    """Return the check of the day that the address names, and which of its findings are meant."""
    project = open_project()
    check = project.check(as_of=read_date("as_of"))
    return check, read_filters(check, project.village_names())


def _describe_filters(check: Check, choice: Choice) -> dict[str, Any]:
    """Return what the form of filters offers, and what is chosen in it."""
    catalogue = open_project().catalogue
    return {
        "choice": choice,
        "chosen_verdicts": choice.verdicts if "verdict" in request.args else ASKED_FIRST,
        "columns": [(name, _style_column(name)) for name in COLUMNS],
        "verdicts": VERDICTS,
        "subjects": [(kind, catalogue[kind].title) for kind in list_subjects(check)],
    }


@blueprint.get("/report.<any(docx, pdf):kind>")
def download_report(kind: str) -> Response:
    """Return the report on the whole check of the day that the address names."""
    project = open_project()
    check = project.check(as_of=read_date("as_of"))
    write = partial(project.write_findings, check, language=current_language())
    return send_written(write, "web.check.report", check.as_of, ending=f".{kind}")


def _list_urls() -> dict[str, str]:
    endpoints = {
        "findings": "check.list_findings",
        "finding": "check.show_finding",
        "point": "check.check_point",
        "contest": "check.contest",
        "download": "check.download",
        "limits": "what_if.list_limits",
        "what_if": "what_if.ask",
        "what_if_table": "what_if.download",
        "remedies": "remedies.show",
        "patch": "siting.show_patch",
    }
    return {name: url_for(endpoint) for name, endpoint in endpoints.items()}


def _sum_up(counts: Mapping[str, int]) -> str:
    """Return the answer for a point in a sentence or three."""
    broken, rules = counts["violation"], sum(counts.values()) - counts["not_checked"]
    said = [
        tell(
            "web.check.point.broken" if broken else "web.check.point.clear",
            broken=broken,
            rules=rules,
        )
    ]
    if counts["marginal"]:
        said.append(tell("web.check.point.marginal", marginal=counts["marginal"]))
    if counts["not_checked"]:
        said.append(tell("web.check.point.unchecked", unchecked=counts["not_checked"]))
    return (" " if current_language() == "en" else "").join(said)


def _style_column(name: str) -> str:
    return " ".join((["number"] if name in NUMBERS else []) + (["wide"] if name in WIDE else []))
