"""Puts an accepted change into the log, with everything that must follow at once."""

from __future__ import annotations

import sqlite3

from schemas.change import Change
from server import placing
from server.store import files, log, views


def keep_change(
    db: sqlite3.Connection, change_id: str, body: bytes, change: Change, *, at: int, role: str, received: int
) -> log.Receipt:
    """Takes the next position. Must run inside the store's write transaction."""
    receipt = log.next_receipt(db, change_id, at, role)
    log.append(db, [entry_of(change_id, body, change, receipt=receipt, received=received)])
    if names_files(body):
        files.note_named(db, change.record, change.device, change.set.values())
    begin(db, change, receipt.pos)
    has_new_ties = "@same_as" in change.set or "@deleted" in change.set
    views.mark_stale(db, change.record, has_new_ties)
    return receipt


def entry_of(
    change_id: str, body: bytes, change: Change, *, receipt: log.Receipt, received: int
) -> log.Entry:
    """What the log keeps of a change."""
    return log.Entry(
        id=change_id,
        record=change.record,
        body=body,
        receipt=receipt,
        device=change.device,
        seq=change.seq,
        author=change.author,
        received=received,
    )


def names_files(body: bytes) -> bool:
    """Whether the change may name files; then `files.note_named` must follow."""
    return b'"sha256"' in body


def begin(db: sqlite3.Connection, change: Change, pos: int, *, is_known: bool = False) -> None:
    """The record that it belongs to (`is_known`: it is there), and where that lies now."""
    if not is_known:
        views.begin(db, change.record, change.form)
    placing.place(db, change, pos)
