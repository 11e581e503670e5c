"""Records erased whole, at a household's wish: what stays of them is that they were erased, when and why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from server.store import erasures, layouts, search, stays, views


class ErasedRecord(Struct, frozen=True):
    """The proof without content. `at` in ms; `changes`: how many lost their bytes."""

    record: str
    form: str
    pos: int
    at: int
    reason: str
    changes: int


def get(db: sqlite3.Connection, record: str) -> ErasedRecord | None:
    row = db.execute(
        "SELECT record, form, pos, at, reason, (SELECT count(*) FROM erased e WHERE e.record = r.record)"
        " FROM erased_whole r WHERE record = ?",
        (record,),
    ).fetchone()
    return None if row is None else ErasedRecord(*row)


def are_erased(db: sqlite3.Connection, *records: str) -> bool:
    """Whether one of these was erased."""
    row = db.execute(
        "SELECT 1 FROM erased_whole WHERE record IN (SELECT value FROM json_each(?))", (json.dumps(records),)
    ).fetchone()
    return row is not None


def among(db: sqlite3.Connection, records: Iterable[str]) -> set[str]:
    """Those of these that were erased."""
    rows = db.execute(
        "SELECT record FROM erased_whole WHERE record IN (SELECT value FROM json_each(?))",
        (json.dumps(list(records)),),
    )
    return {row[0] for row in rows}


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM erased_whole").fetchone()[0])


def erase(db: sqlite3.Connection, record: str, form: str, reason: str, now_ms: int) -> None:
    """Removes every value of a record from the log, the holds, the view and the search; its files are to be
    removed where nothing else names them. Must run inside the store's write transaction."""
    ids = [row[0] for row in db.execute("SELECT id FROM log WHERE record = ?", (record,))]
    held = [row[0] for row in db.execute("SELECT id FROM hold WHERE record = ?", (record,))]
    views.mark_tied_stale(db, record)
    pos = erasures.erase(db, record, ids, reason, now_ms)
    if held:
        pos = erasures.erase_held(db, held, record, reason, now_ms)
    db.execute(
        "INSERT OR IGNORE INTO erased_whole (record, form, pos, at, reason) VALUES (?, ?, ?, ?, ?)",
        (record, form, pos, now_ms, reason),
    )
    stays.move(db, record, (), pos)
    erasures.release_files(db, record, ())
    drop_view(db, record)
    db.execute("DELETE FROM refusal WHERE record = ?", (record,))
    db.execute("UPDATE audit SET detail = '' WHERE subject = ?", (record,))


def drop_view(db: sqlite3.Connection, record: str) -> None:
    """Of a record of which nothing is left."""
    search.index(db, record, "")
    db.execute("DELETE FROM record WHERE record = ?", (record,))


def about(db: sqlite3.Connection, records: list[str]) -> list[str]:
    """What is about these, what is about that, and so on; these come first."""
    rows = db.execute(
        "WITH RECURSIVE line(record) AS (SELECT value FROM json_each(?) UNION"
        " SELECT r.record FROM line l JOIN record r ON r.subject = l.record) SELECT record FROM line",
        (json.dumps(records),),
    )
    return [row[0] for row in rows]


def with_code(db: sqlite3.Connection, code: str) -> list[str]:
    """Records about nothing else that carry this household code, deleted ones too."""
    rows = db.execute("SELECT record FROM record WHERE code = ? AND subject = '' ORDER BY record", (code,))
    return [row[0] for row in rows]


def naming(db: sqlite3.Connection, record: str) -> list[str]:
    """Records in whose fold this one is named anywhere."""
    rows = db.execute(f"SELECT record, {layouts.COLUMNS} FROM record")
    return [row["record"] for row in rows if record.encode() in layouts.folded(db, row)]


def holds_naming(db: sqlite3.Connection, record: str) -> list[tuple[str, bytes]]:
    """(id, bytes) of changes that were never applied and in which this record is named."""
    rows = db.execute(
        "SELECT id, body FROM hold WHERE state <> 'released' AND instr(body, CAST(? AS BLOB))", (record,)
    )
    return [(row[0], bytes(row[1])) for row in rows]


def named_in(db: sqlite3.Connection, body: bytes) -> ErasedRecord | None:
    """One of the erased records that these bytes name."""
    row = db.execute(
        "SELECT record FROM erased_whole WHERE instr(?, CAST(record AS BLOB)) LIMIT 1", (body,)
    ).fetchone()
    return None if row is None else get(db, row[0])


def not_blank(db: sqlite3.Connection) -> list[str]:
    """Erased records, and records with erased changes, of which bytes or a view are left all the same."""
    rows = db.execute(
        "SELECT record FROM erased_whole e WHERE EXISTS (SELECT 1 FROM record r WHERE r.record = e.record)"
        " OR EXISTS (SELECT 1 FROM log l WHERE l.record = e.record AND l.body <> x'')"
        " OR EXISTS (SELECT 1 FROM hold h WHERE h.record = e.record AND h.body <> x'')"
        " OR EXISTS (SELECT 1 FROM file_naming f WHERE f.record = e.record)"
        " UNION SELECT e.record FROM erased e JOIN log l ON l.id = e.id WHERE l.body <> x''"
        " UNION SELECT e.record FROM erased e JOIN hold h ON h.id = e.id WHERE h.body <> x'' ORDER BY 1"
    )
    return [row[0] for row in rows]
