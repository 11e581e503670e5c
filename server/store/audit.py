"""Who looked at or did what."""

from __future__ import annotations

import sqlite3


def note(  # noqa: PLR0917
    db: sqlite3.Connection, at: int, user: str, action: str, subject: str = "", detail: str = ""
) -> None:
    db.execute(
        "INSERT INTO audit (at, user, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (at, user, action, subject, detail),
    )
