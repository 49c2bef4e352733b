"""The language of a page: the switch, the cookie that keeps it, and the texts for templates."""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, current_app, g, request, url_for

from geo_rv.messages import LANGUAGES, Language, Text, text
from web.refusals import BadChoice

COOKIE = "lang"
YEAR_S = 365 * 24 * 3600


def prepare_app(app: Flask) -> None:
    """Choose the language before each request and keep it after; give templates their texts."""
    app.before_request(choose_language)
    app.after_request(keep_language)
    app.context_processor(
        lambda: {
            "t": tell,
            "language": current_language(),
            "languages": LANGUAGES,
            "switch_url": switch_url,
        }
    )
    app.add_template_filter(say)


def current_language() -> Language:
    """Return the language of this request."""
    return cast("Language", g.get("language", current_app.config["LANGUAGE"]))


def choose_language() -> None:
    """Take the language from ``?lang=``, else from the cookie; raises BadChoice."""
    kept = request.cookies.get(COOKIE)
    g.language = kept if kept in LANGUAGES else current_app.config["LANGUAGE"]
    asked = request.args.get("lang", g.language)
    if asked not in LANGUAGES:
        raise BadChoice(name="lang", value=asked[:40], known=", ".join(LANGUAGES))
    g.language = asked


def keep_language(response: Response) -> Response:
    """Keep in the cookie what ``?lang=`` asked for."""
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(
            COOKIE, current_language(), max_age=YEAR_S, httponly=True, samesite="Lax"
        )
    return response


def tell(key: str, **facts: object) -> str:
    """Return the message `key` in the language of this request."""
    return text(key, current_language(), **facts)


def say(words: Text | str) -> str:
    """Return a text of the engine in the language of this request; plain words as they are."""
    return words if isinstance(words, str) else words.in_language(current_language())


def switch_url(language: Language) -> str:
    """Return the address of this page in another language."""
    if request.endpoint is None:
        return f"/?lang={language}"
    arguments = {**request.args.to_dict(), **(request.view_args or {}), "lang": language}
    return url_for(request.endpoint, **arguments)
