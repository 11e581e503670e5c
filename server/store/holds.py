"""Changes on hold: kept with a reason, not applied, for a supervisor to release or discard."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from server.store import log


class Hold(Struct, frozen=True, kw_only=True):
    """`sender` pushed it; `device`, `author`, `record`, `form`, `seq` are what the bytes say, '' where they
    say nothing. `at` and `role` are those of the receipt that a release gives."""

    pos: int
    id: str
    body: bytes
    reason: str
    detail: str
    sender: str
    device: str
    seq: int
    record: str
    form: str
    author: str
    at: int
    role: str
    received: int
    state: str = "held"
    decided_by: str | None = None
    decided_at: int | None = None
    decided_pos: int | None = None


def keep(db: sqlite3.Connection, hold: Hold) -> int:
    """Puts on hold under the next position, which it returns (`hold.pos` is ignored)."""
    pos = log.top_position(db) + 1
    db.execute(
        "INSERT INTO hold (pos, id, body, reason, detail, sender, device, seq, record, form, author, at,"
        " role, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            pos,
            hold.id,
            hold.body,
            hold.reason,
            hold.detail,
            hold.sender,
            hold.device,
            hold.seq,
            hold.record,
            hold.form,
            hold.author,
            hold.at,
            hold.role,
            hold.received,
        ),
    )
    return pos


def get(db: sqlite3.Connection, change_id: str) -> Hold | None:
    row = db.execute("SELECT * FROM hold WHERE id = ?", (change_id,)).fetchone()
    return None if row is None else Hold(**dict(row))


def among(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these changes that are or were on hold."""
    rows = db.execute(
        "SELECT id FROM hold WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return {row[0] for row in rows}


def waiting(db: sqlite3.Connection) -> list[Hold]:
    """Every change on hold, oldest first."""
    return [Hold(**dict(row)) for row in db.execute("SELECT * FROM hold WHERE state = 'held' ORDER BY pos")]


def decide(db: sqlite3.Connection, change_id: str, state: str, user: str, now_ms: int) -> int:
    """Marks as `released` or `discarded`; the decision takes a position, so that cursors pass it."""
    pos = log.top_position(db) + 1
    db.execute(
        "UPDATE hold SET state = ?, decided_by = ?, decided_at = ?, decided_pos = ? WHERE id = ?",
        (state, user, now_ms, pos, change_id),
    )
    return pos


def decided_between(
    db: sqlite3.Connection, devices: list[str], after: int, upto: int
) -> tuple[list[str], list[str]]:
    """The ids of these devices' changes that were released, and discarded, at positions in (after, upto]."""
    marks = ",".join("?" * len(devices))
    rows = db.execute(
        f"SELECT id, state FROM hold WHERE decided_pos > ? AND decided_pos <= ? AND"
        f" (device IN ({marks}) OR sender IN ({marks})) ORDER BY decided_pos",
        (after, upto, *devices, *devices),
    ).fetchall()
    return [row[0] for row in rows if row[1] == "released"], [row[0] for row in rows if row[1] == "discarded"]
