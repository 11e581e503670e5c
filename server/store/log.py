"""The append-only log. Position is commit order: one writer at a time takes the next one inside its
transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.change import Change
from server.store import kept, keys


class Receipt(Struct, frozen=True):
    """The server's envelope around a stored change."""

    pos: int
    at: int
    role: str
    mac: str


class Entry(Struct, frozen=True):
    """A stored change: its exact bytes, none where they were erased, and its receipt. `change`: what they
    say, where that is known without reading them."""

    id: str
    record: str
    body: bytes
    receipt: Receipt
    device: str
    seq: int
    author: str
    received: int
    change: Change | None = None


Row = tuple[int, str, str, bytes, int, str, str, str, int, str, int]


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


def row_of(change_id: str, body: bytes, change: Change, receipt: Receipt, received: int) -> Row:
    """What `append` takes. `body`: as `kept.keep` gives it."""
    pos, at, role, mac = receipt.pos, receipt.at, receipt.role, receipt.mac
    said = (change.device, change.seq, change.author)
    return (pos, change_id, change.record, body, at, role, mac, *said, received)


def append(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Takes the positions of the receipts. Must run inside the store's write transaction."""
    db.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


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
    return [
        _entry(db, row) for row in db.execute("SELECT * FROM log WHERE record = ? ORDER BY pos", (record,))
    ]


def writes_at(db: sqlite3.Connection, pos: int) -> Mapping[str, Any]:
    """Path to value, as the bytes of the change at a position say; nothing where there is none any more."""
    row = db.execute("SELECT * FROM log WHERE pos = ?", (pos,)).fetchone()
    if row is None or not row["body"]:
        return {}
    change = _kept_change(db, row)
    return _WRITES.decode(row["body"]).set if change is None else change.set


def longest_of(db: sqlite3.Connection, record: str) -> tuple[int, Mapping[str, Any]]:
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


def body_of(db: sqlite3.Connection, row: sqlite3.Row) -> bytes:
    """The exact bytes, of a row with all that the log says beside them; none where they were erased."""
    change = _kept_change(db, row)
    return bytes(row["body"]) if change is None else kept.bytes_of(change)


def _kept_change(db: sqlite3.Connection, row: sqlite3.Row) -> Change | None:
    return kept.kept_change(
        db, row["body"], record=row["record"], device=row["device"], seq=row["seq"], author=row["author"]
    )


def _entry(db: sqlite3.Connection, row: sqlite3.Row) -> Entry:
    change = _kept_change(db, row)
    return Entry(
        id=row["id"],
        record=row["record"],
        body=bytes(row["body"]) if change is None else kept.bytes_of(change),
        receipt=Receipt(row["pos"], row["at"], row["role"], row["mac"]),
        device=row["device"],
        seq=row["seq"],
        author=row["author"],
        received=row["received"],
        change=change,
    )
