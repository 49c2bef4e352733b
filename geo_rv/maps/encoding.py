"""Values into scripts and pages: the only way that outside text gets into either."""

from __future__ import annotations

import html
import json
from typing import Any

_DANGEROUS = {
    # would end the script element, or start a comment or an entity in it
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    # are line ends in older JavaScript
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
    # branca takes the text of a script for a Jinja template once more; in compact JSON these
    # pairs stand in strings only
    "{{": "{\\u007b",
    "{%": "{\\u0025",
    "{#": "{\\u0023",
}


def encode_json(value: Any) -> str:
    """Return `value` as JSON that is also safe in a script element; raises ValueError for NaN."""
    return escape_json(
        json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    )


def escape_json(compact: str) -> str:
    """Return JSON text without blanks, made safe for a script element; its meaning is the same."""
    for text, escaped in _DANGEROUS.items():
        compact = compact.replace(text, escaped)
    return compact


def escape_html(value: str) -> str:
    """Return `value` as text of an element or an attribute, safe in branca's templates too."""
    return html.escape(value).replace("{", "&#123;")
