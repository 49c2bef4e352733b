"""Under what a change is recorded: when, and by whom."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime


def sign() -> tuple[str, str]:
    """Return the time (UTC, ISO 8601) and the name of this computer's user."""
    return datetime.now(UTC).isoformat(timespec="seconds"), _name_user()


def _name_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "?"
