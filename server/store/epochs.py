"""A random epoch at every server start, and before a command writes: how phones notice that a server was put
back to an earlier state."""

from __future__ import annotations

import secrets
import sqlite3

from server.store import log


def begin(db: sqlite3.Connection, now_ms: int) -> str:
    """Adds the epoch of this start or command, which begins behind every position taken so far."""
    epoch = secrets.token_urlsafe(9)
    db.execute(
        "INSERT INTO epoch (id, begins, started_at) VALUES (?, ?, ?)", (epoch, log.top_position(db), now_ms)
    )
    return epoch


def newest(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT id FROM epoch ORDER BY number DESC LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def has_changed(db: sqlite3.Connection, epoch: str, pos: int) -> bool:
    """Whether this server never gave `pos` in `epoch`: an unknown epoch, or a position beyond its end."""
    row = db.execute("SELECT number FROM epoch WHERE id = ?", (epoch,)).fetchone()
    if row is None:
        return True
    following = db.execute(
        "SELECT begins FROM epoch WHERE number > ? ORDER BY number LIMIT 1", (row[0],)
    ).fetchone()
    end = log.top_position(db) if following is None else int(following[0])
    return pos > end
