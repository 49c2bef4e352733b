"""The project of this request, and what stands round every page."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from flask import Flask, current_app, g

from geo_rv.project import Project, find_today
from web.language import current_language, tell

EXTENSION = "geo-rv"

PAGES = (
    ("home.show", "web.nav.home"),
    ("town_map.show", "web.nav.map"),
    ("check.show", "web.nav.check"),
    ("remedies.show", "web.nav.remedies"),
    ("siting.show", "web.nav.siting"),
    ("industry.show", "web.nav.industry"),
    ("reconcile.show", "web.nav.reconcile"),
    ("rules.show", "web.nav.rules"),
    ("imports.show", "web.nav.data"),
)


class Door:
    """The one way to the project: it stays open from request to request, with what it has read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened: tuple[tuple[Path, int], Project] | None = None

    def open(self, folder: Path) -> Project:
        """Return the project in `folder`, opened anew when its settings change."""
        settings = folder / "project.toml"
        seen = (folder, settings.stat().st_mtime_ns if settings.exists() else 0)
        with self._lock:
            if self._opened is None or self._opened[0] != seen:
                self._opened = (seen, Project.open(folder))
            return self._opened[1]


def prepare_app(app: Flask) -> None:
    """Give the templates what stands on every page."""
    app.extensions[EXTENSION] = Door()
    app.context_processor(describe_frame)


def open_project() -> Project:
    """Return the project that is shown, the same one all through a request; raises ProjectError."""
    if "project" not in g:
        g.project = current_app.extensions[EXTENSION].open(Path(current_app.config["PROJECT"]))
    project: Project = g.project
    return project


def describe_frame() -> dict[str, object]:
    """Return what the frame round every page shows; an error page may have no project."""
    settings = g.project.settings if "project" in g else None
    return {
        "pages": PAGES,
        "today": find_today(),
        "project_name": settings.name if settings else tell("web.product"),
        "notice": settings.notice.in_language(current_language()) if settings else "",
    }
