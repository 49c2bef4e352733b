"""The application factory."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask

from web import current, errors, language, numbers, security
from web.pages import (
    assets,
    check,
    history,
    home,
    imports,
    industry,
    layers,
    reconcile,
    remedies,
    rules,
    search,
    siting,
    town_map,
    what_if,
)

BLUEPRINTS = (
    home.blueprint,
    town_map.blueprint,
    check.blueprint,
    what_if.blueprint,
    remedies.blueprint,
    siting.blueprint,
    industry.blueprint,
    reconcile.blueprint,
    rules.blueprint,
    imports.blueprint,
    history.blueprint,
    layers.blueprint,
    search.blueprint,
    assets.blueprint,
)

SETTINGS = (
    ("PROJECT", "", "folder of the project that is shown"),
    ("LANGUAGE", "zh", "language of a visitor who has chosen none: zh or en"),
    ("SECRET_KEY", "", "what cookies are signed with; empty for a new one at each start"),
)
"""Every setting of ours: name, default, help."""


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application with `config` over the defaults of SETTINGS."""
    app = Flask("web")
    app.config.from_mapping({name: default for name, default, _ in SETTINGS})
    app.config.from_mapping(config or {})
    # what a browser keeps of one start of the program is not taken for another's
    app.config["STAMP"] = secrets.token_hex(6)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the default provider
    # Windows lets other programs say that .js is plain text, which browsers then refuse to run
    mimetypes.add_type("text/javascript", ".js")
    for part in (language, security, current, errors, numbers, imports):
        part.prepare_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
