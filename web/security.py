"""What keeps a page to itself: whom it answers, and what its scripts may do and ask."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect

from geo_rv.project import TILE_HOSTS
from web.refusals import HostRefused

HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.ASCII)
LARGEST_BODY = 16 * 2**20
"""Bytes of a request, unless the setting MAX_CONTENT_LENGTH says another number."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def prepare_app(app: Flask) -> None:
    """Check the host before each request, and who sent what would change something.

    After it, send the headers.
    """
    app.before_request(check_host)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secrets.token_hex(32)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_CONTENT_LENGTH"] or LARGEST_BODY
    app.config.update(
        # cookies know no ports: two projects served side by side must not take each other's
        SESSION_COOKIE_NAME=f"geo-rv-{app.config['STAMP']}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open all day
    )
    CSRFProtect(app)
    app.after_request(add_headers)
    app.context_processor(lambda: {"nonce": nonce()})


def nonce() -> str:
    """Return the word that lets the inline scripts of this page run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def check_host() -> None:
    """Answer only who calls this computer by its own name; raises HostRefused.

    A name of somebody else's that leads here (DNS rebinding) would let their pages read ours.
    """
    if not HOST.fullmatch(request.headers.get("Host", "").lower()):
        raise HostRefused


def add_headers(response: Response) -> Response:
    """Send the security policy with `response`, and keep no page where none asked to be kept."""
    project = g.get("project")
    # an outside background is there only with the user's own key
    tiles = f" {TILE_HOSTS}" if project and project.settings.tianditu_key else ""
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce()}'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data:{tiles}",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-cache, private")
    return response
