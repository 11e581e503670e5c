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
    receipt = log.append(
        db,
        change_id=change_id,
        record=change.record,
        body=body,
        at=at,
        role=role,
        device=change.device,
        seq=change.seq,
        author=change.author,
        received=received,
    )
    views.begin(db, change.record, change.form)
    placing.place(db, change, receipt.pos)
    files.note_named(db, change.record, change.device, change.set.values())
    has_new_ties = "@same_as" in change.set or "@deleted" in change.set
    views.mark_stale(db, change.record, has_new_ties)
    return receipt
