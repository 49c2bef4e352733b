"""Who does long work tells which step begins, to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Told which step of long work begins, as a key of the message catalogue.

It may raise `Cancelled`, and so end the work between two steps.
"""


def keep_quiet(_step: str) -> None:
    """Tell nobody about the progress."""
