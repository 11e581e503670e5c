"""Changes whose content was erased: their id, position and receipt stay, their bytes go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from server.store import log


def erase(db: sqlite3.Connection, record: str, ids: Iterable[str], reason: str, now_ms: int) -> int:
    """Removes the bytes of these changes of a record, and lists their ids under the next position, which it
    returns: cursors pass it. Must run inside the store's write transaction."""
    pos = log.top_position(db) + 1
    wanted = json.dumps(list(ids))
    db.execute(
        "INSERT OR IGNORE INTO erased (id, record, pos, at, reason)"
        " SELECT id, record, ?, ?, ? FROM log WHERE record = ? AND id IN (SELECT value FROM json_each(?))",
        (pos, now_ms, reason, record, wanted),
    )
    for table in ("log", "hold"):
        db.execute(
            f"UPDATE {table} SET body = x'' WHERE record = ? AND id IN (SELECT value FROM json_each(?))",
            (record, wanted),
        )
    return pos


def note_refusal(db: sqlite3.Connection, record: str) -> None:
    """Remembers that some change of this record declined consent: the next ones are looked at for that."""
    db.execute("INSERT OR IGNORE INTO refusal VALUES (?)", (record,))


def has_refusal(db: sqlite3.Connection, record: str) -> bool:
    return db.execute("SELECT 1 FROM refusal WHERE record = ?", (record,)).fetchone() is not None


def release_files(db: sqlite3.Connection, record: str, kept: Iterable[str]) -> None:
    """Of the files that the record named, only `kept` are its files now; those that no record names any more
    are to be removed."""
    rows = db.execute(
        "DELETE FROM file_naming WHERE record = ? AND sha256 NOT IN (SELECT value FROM json_each(?))"
        " RETURNING sha256",
        (record, json.dumps(list(kept))),
    ).fetchall()
    for sha256 in sorted({row[0] for row in rows}):
        if not db.execute("SELECT 1 FROM file_naming WHERE sha256 = ?", (sha256,)).fetchone():
            db.execute("INSERT OR REPLACE INTO erased_file (sha256, is_removed) VALUES (?, 0)", (sha256,))
            db.execute("DELETE FROM file WHERE sha256 = ?", (sha256,))
            db.execute("DELETE FROM file_holder WHERE sha256 = ?", (sha256,))


def refuses_file(db: sqlite3.Connection, sha256: str) -> bool:
    """Whether this file was erased; a phone may send it later than the answer that named it."""
    return db.execute("SELECT 1 FROM erased_file WHERE sha256 = ?", (sha256,)).fetchone() is not None


def welcome_file(db: sqlite3.Connection, sha256: str) -> None:
    """A record names the file (again)."""
    db.execute("DELETE FROM erased_file WHERE sha256 = ?", (sha256,))


def files_to_remove(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT sha256 FROM erased_file WHERE is_removed = 0")]


def remove_again(db: sqlite3.Connection, sha256: str) -> None:
    """An erased file was sent once more."""
    db.execute("UPDATE erased_file SET is_removed = 0 WHERE sha256 = ?", (sha256,))


def note_removed(db: sqlite3.Connection, sha256: str) -> None:
    db.execute("UPDATE erased_file SET is_removed = 1 WHERE sha256 = ?", (sha256,))
