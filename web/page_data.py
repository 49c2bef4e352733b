"""What a page hands to its script: texts and addresses, as JSON that is never run."""

from __future__ import annotations

from typing import Any

from geo_rv.messages import load_messages
from web.language import current_language

SCRIPT_TEXTS = "web.script."


def make_page_data(**more: Any) -> dict[str, Any]:
    """Return the data of a page: the scripts' texts in the reader's language, and `more`."""
    language = current_language()
    texts = {
        key.removeprefix(SCRIPT_TEXTS): words.in_language(language)
        for key, words in load_messages().items()
        if key.startswith(SCRIPT_TEXTS)
    }
    return {"language": language, "texts": texts, **more}
