"""Who contested which finding, and why: a log in the project's GeoPackage that only grows.

A finding is made anew by each check, so a contest names what does not change: the site's
layer and identity, and the rule. It outlives an import that puts a file in the layer's place.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from typing import Literal

from geo_rv.errors import FeatureMissing, LayerMissing, NotContested, ReasonRefused
from geo_rv.store.geopackage import GeoPackageStore
from geo_rv.store.schema import quote
from geo_rv.store.signature import sign

LONGEST_REASON = 500
REFUSED = ("Cc", "Cf", "Cs")
"""Unicode's control characters, invisible formatting, and halves of characters."""

Action = Literal["contest", "withdraw"]

TABLE = """
CREATE TABLE IF NOT EXISTS geo_rv_contest (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
  layer TEXT NOT NULL, site TEXT NOT NULL, rule TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('contest', 'withdraw')), reason TEXT NOT NULL
)
"""
SEAL = """
CREATE TRIGGER IF NOT EXISTS geo_rv_contest_no_{action} BEFORE {action} ON geo_rv_contest
BEGIN SELECT RAISE(ABORT, 'what was contested stays on record'); END
"""


@dataclass(frozen=True)
class Contest:
    """One entry of the log: a finding contested, or that withdrawn."""

    number: int
    at: str
    """UTC, ISO 8601."""
    who: str
    layer: str
    site: str
    rule: str
    action: Action
    reason: str

    @property
    def finding(self) -> tuple[str, str, str]:
        """What is contested: layer, site and rule."""
        return self.layer, self.site, self.rule


def write_contest(
    store: GeoPackageStore, finding: tuple[str, str, str], *, action: Action, reason: str
) -> Contest:
    """Add an entry about `finding` (layer, site, rule), and return it.

    To contest what is contested already puts the new reason in the place of the old one, which
    stays in the log. Raises ReasonRefused; to contest, LayerMissing or FeatureMissing for a site
    that there is not; to withdraw, NotContested.
    """
    cleaned = clean_reason(reason, needed=action == "contest")
    layer, site, rule = finding
    if not _can_be_kept(site) or not _can_be_kept(rule):
        raise FeatureMissing(layer=store.catalogue[layer].title, feature=ascii(site))
    with store.transaction() as connection:
        if action == "contest":
            _require_site(connection, store, layer, site)
        connection.execute(TABLE)
        for changing in ("UPDATE", "DELETE"):
            connection.execute(SEAL.format(action=changing))
        if action == "withdraw":
            _require_contest(connection, store, finding)
        entry = (*sign(), *finding, action, cleaned)
        cursor = connection.execute(
            "INSERT INTO geo_rv_contest (at, who, layer, site, rule, action, reason) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            entry,
        )
    return Contest(
        int(cursor.lastrowid or 0), entry[0], entry[1], layer, site, rule, action, cleaned
    )


def list_contests(store: GeoPackageStore) -> tuple[Contest, ...]:
    """Return every entry of the log, the oldest first."""
    with store.reading() as connection:
        if not _is_there(connection, "geo_rv_contest"):
            return ()
        rows = connection.execute(
            "SELECT id, at, who, layer, site, rule, action, reason FROM geo_rv_contest ORDER BY id"
        ).fetchall()
    return tuple(Contest(*row) for row in rows)


def find_version(store: GeoPackageStore) -> int:
    """Return the number of the last entry; 0 while nothing was ever contested."""
    with store.reading() as connection:
        if not _is_there(connection, "geo_rv_contest"):
            return 0
        row = connection.execute("SELECT ifnull(max(id), 0) FROM geo_rv_contest").fetchone()
    return int(row[0])


def clean_reason(reason: str, *, needed: bool) -> str:
    """Return `reason` on one line, without space around it.

    Raises ReasonRefused where it is `needed` and empty, longer than `LONGEST_REASON`
    characters, or holds characters that do not show.
    """
    cleaned = re.sub(r"[ \t\r\n\u2028\u2029\u3000]+", " ", reason).strip()
    hidden = [mark for mark in cleaned if unicodedata.category(mark) in REFUSED]
    if hidden or len(cleaned) > LONGEST_REASON or (needed and not cleaned):
        raise ReasonRefused(longest=LONGEST_REASON, length=len(cleaned), hidden=len(hidden))
    return cleaned


def _can_be_kept(name: str) -> bool:
    """Return whether `name` is text: halves of characters come from a broken request."""
    return all(unicodedata.category(mark) != "Cs" for mark in name)


def _require_site(
    connection: sqlite3.Connection, store: GeoPackageStore, layer: str, site: str
) -> None:
    title = store.catalogue[layer].title
    if not _is_there(connection, layer):
        raise LayerMissing(layer=title)
    found = connection.execute(f"SELECT 1 FROM {quote(layer)} WHERE id = ?", (site,)).fetchone()
    if found is None:
        raise FeatureMissing(layer=title, feature=site)


def _require_contest(
    connection: sqlite3.Connection, store: GeoPackageStore, finding: tuple[str, str, str]
) -> None:
    last = connection.execute(
        "SELECT action FROM geo_rv_contest WHERE layer = ? AND site = ? AND rule = ? "
        "ORDER BY id DESC LIMIT 1",
        finding,
    ).fetchone()
    if last != ("contest",):
        layer, site, rule = finding
        raise NotContested(layer=store.catalogue[layer].title, site=site, rule=rule)


def _is_there(connection: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (table,)).fetchone() is not None
