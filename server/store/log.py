"""The append-only log. Position is commit order: one writer at a time takes the next one inside its
transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from server.store import keys


class Receipt(Struct, frozen=True):
    """The server's envelope around a stored change."""

    pos: int
    at: int
    role: str
    mac: str


class Entry(Struct, frozen=True):
    """A stored change: its exact bytes and its receipt."""

    id: str
    record: str
    body: bytes
    receipt: Receipt
    device: str
    seq: int
    author: str
    received: int


class _Writes(Struct):
    set: dict[str, Any]


_WRITES = msgspec.json.Decoder(_Writes)


def top_position(db: sqlite3.Connection) -> int:
    """The highest position that was ever taken, by whatever takes one."""
    row = db.execute(
        "SELECT max(coalesce((SELECT max(pos) FROM log), 0), coalesce((SELECT max(pos) FROM hold), 0),"
        " coalesce((SELECT max(decided_pos) FROM hold), 0), coalesce((SELECT max(pos) FROM erased), 0))"
    ).fetchone()
    return int(row[0])


def next_receipt(db: sqlite3.Connection, change_id: str, at: int, role: str) -> Receipt:
    """With the next position. Must run inside the store's write transaction."""
    pos = top_position(db) + 1
    return Receipt(pos, at, role, keys.receipt_mac(db, change_id, pos, at, role))


def append(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Takes the positions of the receipts. Must run inside the store's write transaction."""
    db.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_row, entries))


def _row(entry: Entry) -> tuple[str | int | bytes, ...]:
    pos, at, role, mac = entry.receipt.pos, entry.receipt.at, entry.receipt.role, entry.receipt.mac
    of_body = (entry.device, entry.seq, entry.author)
    return (pos, entry.id, entry.record, entry.body, at, role, mac, *of_body, entry.received)


def receipts_of(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Receipt]:
    """By id, of those that are in the log."""
    rows = db.execute(
        "SELECT id, pos, at, role, mac FROM log WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row[0]: Receipt(*row[1:]) for row in rows}


def receipt_of(db: sqlite3.Connection, change_id: str) -> Receipt | None:
    row = db.execute("SELECT pos, at, role, mac FROM log WHERE id = ?", (change_id,)).fetchone()
    return None if row is None else Receipt(*row)


def written_by(db: sqlite3.Connection, positions: Iterable[int], ids: Iterable[str]) -> set[int]:
    """Those of these positions at which changes of these devices stand."""
    rows = db.execute(
        "SELECT pos FROM log WHERE pos IN (SELECT value FROM json_each(?))"
        " AND +device IN (SELECT value FROM json_each(?))",
        (json.dumps(list(positions)), json.dumps(list(ids))),
    )
    return {row[0] for row in rows}


def entries_of(db: sqlite3.Connection, record: str) -> list[Entry]:
    """Every stored change of a record, in position order."""
    return [_entry(row) for row in db.execute("SELECT * FROM log WHERE record = ? ORDER BY pos", (record,))]


def writes_at(db: sqlite3.Connection, pos: int) -> dict[str, Any]:
    """Path to value, as the bytes of the change at a position say; nothing where there is none any more."""
    row = db.execute("SELECT body FROM log WHERE pos = ?", (pos,)).fetchone()
    return _WRITES.decode(row[0]).set if row is not None and row[0] else {}


def longest_of(db: sqlite3.Connection, record: str) -> tuple[int, dict[str, Any]]:
    """Position and writes of the record's longest change."""
    row = db.execute(
        "SELECT pos FROM log WHERE record = ? ORDER BY length(body) DESC, pos LIMIT 1", (record,)
    ).fetchone()
    return (0, {}) if row is None else (row[0], writes_at(db, row[0]))


def records(db: sqlite3.Connection) -> list[str]:
    """Records of which something is left."""
    return [row[0] for row in db.execute("SELECT DISTINCT record FROM log WHERE body <> x'' ORDER BY record")]


def max_seq(db: sqlite3.Connection, device: str) -> int:
    """The highest `seq` that a device's changes carried, in the log or on hold; what others only claim to
    bring from it says nothing."""
    row = db.execute(
        "SELECT max(coalesce((SELECT max(seq) FROM log WHERE device = ?1), 0),"
        " coalesce((SELECT max(seq) FROM hold WHERE device = ?1"
        " AND (sender = device OR reason NOT IN ('courier', 'device_revoked'))), 0))",
        (device,),
    ).fetchone()
    return int(row[0])


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Changes, records, holds, erased changes and records: what `thon verify` prints."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM log), (SELECT count(DISTINCT record) FROM log WHERE body <> x''),"
        " (SELECT count(*) FROM hold WHERE state = 'held'), (SELECT count(*) FROM erased),"
        " (SELECT count(*) FROM erased_whole)"
    ).fetchone()
    return dict(zip(("changes", "records", "held", "erased", "erased_records"), row, strict=True))


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        record=row["record"],
        body=row["body"],
        receipt=Receipt(row["pos"], row["at"], row["role"], row["mac"]),
        device=row["device"],
        seq=row["seq"],
        author=row["author"],
        received=row["received"],
    )
