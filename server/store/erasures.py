"""Changes whose content was erased: their id, position and receipt stay, their bytes go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from server.store import keys, likely, log

# Set with an erasure, until the disk holds nothing of it any more: the position it took.
_UNFINISHED = "erasing"


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
    likely.erase(db, record)
    db.execute(
        "UPDATE log SET body = x'' WHERE record = ? AND id IN (SELECT value FROM json_each(?))",
        (record, wanted),
    )
    # The view says the same once more, and leans on these bytes.
    db.execute(
        "UPDATE record SET kept = NULL, folded = '{}', answers = '{}', stale = max(stale, 1)"
        " WHERE record = ?",
        (record,),
    )
    _blank_holds(db, wanted, now_ms)
    return pos


def erase_held(db: sqlite3.Connection, ids: Iterable[str], record: str, reason: str, now_ms: int) -> int:
    """The same for changes that were never applied; nobody decides about them any more."""
    pos = log.top_position(db) + 1
    wanted = json.dumps(list(ids))
    db.execute(
        "INSERT OR IGNORE INTO erased (id, record, pos, at, reason)"
        " SELECT id, ?, ?, ?, ? FROM hold WHERE id IN (SELECT value FROM json_each(?))",
        (record, pos, now_ms, reason, wanted),
    )
    _blank_holds(db, wanted, now_ms)
    return pos


def _blank_holds(db: sqlite3.Connection, wanted: str, now_ms: int) -> None:
    db.execute(
        "UPDATE hold SET body = x'', detail = '',"
        " decided_by = CASE state WHEN 'held' THEN 'system' ELSE decided_by END,"
        " decided_at = CASE state WHEN 'held' THEN ? ELSE decided_at END,"
        " state = CASE state WHEN 'held' THEN 'discarded' ELSE state END"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (now_ms, wanted),
    )


def note_known(db: sqlite3.Connection, change_id: str, record: str, reason: str, at: int) -> None:
    """Remembers that a change was erased which is not here, and may still come."""
    db.execute(
        "INSERT OR IGNORE INTO erased (id, record, pos, at, reason) VALUES (?, ?, ?, ?, ?)",
        (change_id, record, log.top_position(db) + 1, at, reason),
    )


def is_erased(db: sqlite3.Connection, change_id: str) -> bool:
    return db.execute("SELECT 1 FROM erased WHERE id = ?", (change_id,)).fetchone() is not None


def among(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these changes that were erased."""
    rows = db.execute(
        "SELECT id FROM erased WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return {row[0] for row in rows}


def reason_of(db: sqlite3.Connection, change_id: str) -> tuple[int, str] | None:
    """When a change was erased (ms), and why."""
    row = db.execute("SELECT at, reason FROM erased WHERE id = ?", (change_id,)).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def reasons_in(db: sqlite3.Connection, record: str) -> dict[str, tuple[int, str]]:
    """When each erased change of a record was erased (ms), and why."""
    rows = db.execute("SELECT id, at, reason FROM erased WHERE record = ?", (record,))
    return {row[0]: (int(row[1]), str(row[2])) for row in rows}


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
    remove_unnamed(db, (row[0] for row in rows))


def remove_unnamed(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Of these files, those that no record names are to be removed."""
    for sha256 in sorted(set(names)):
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


def refused_files(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT sha256 FROM erased_file")]


def files_to_remove(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT sha256 FROM erased_file WHERE is_removed = 0")]


def remove_again(db: sqlite3.Connection, sha256: str) -> None:
    """An erased file was sent once more."""
    db.execute("UPDATE erased_file SET is_removed = 0 WHERE sha256 = ?", (sha256,))


def note_removed(db: sqlite3.Connection, sha256: str) -> None:
    db.execute("UPDATE erased_file SET is_removed = 1 WHERE sha256 = ?", (sha256,))


def note_unfinished(db: sqlite3.Connection) -> None:
    """The disk holds bytes of what was just erased, in pages that were freed and elsewhere. Must run in the
    transaction that erases."""
    keys.put(db, _UNFINISHED, str(log.top_position(db)))


def unfinished(db: sqlite3.Connection) -> str | None:
    """Something for `note_finished` where that is so."""
    return keys.get(db, _UNFINISHED)


def note_finished(db: sqlite3.Connection, which: str) -> None:
    """Nothing for what was erased meanwhile."""
    db.execute("DELETE FROM setting WHERE key = ? AND value = ?", (_UNFINISHED, which))
