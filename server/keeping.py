"""Puts an accepted change into the log, with everything that must follow at once."""

from __future__ import annotations

import sqlite3

from schemas.change import Change
from server import placing
from server.store import devices, files, holds, kept, log, views


def keep_change(
    db: sqlite3.Connection, change_id: str, body: bytes, change: Change, *, at: int, role: str, received: int
) -> log.Receipt:
    """Takes the next position. Must run inside the store's write transaction."""
    receipt = log.next_receipt(db, change_id, at, role)
    packing = kept.packing_of(db, change.form, change.form_version)
    log.append(db, [log.row_of(change_id, kept.keep(packing, change, body), change, receipt, received)])
    if names_files(body):
        files.note_named(db, change.record, change.device, change.set.values())
    begin(db, change, receipt.pos)
    has_new_ties = "@same_as" in change.set or "@deleted" in change.set
    views.mark_stale(db, change.record, has_new_ties)
    hold = holds.get(db, change_id)
    if hold is not None and hold.state == "held":
        # Put back to before it said this, the server was brought it without proof, and now says it again.
        holds.decide(db, change_id, "released", devices.SYSTEM_AUTHOR, received)
    return receipt


def names_files(as_kept: bytes) -> bool:
    """Whether the change that the log keeps so may name files; then `files.note_named` must follow."""
    return b'"sha256"' in as_kept


def begin(db: sqlite3.Connection, change: Change, pos: int, *, is_known: bool = False) -> None:
    """The record that it belongs to (`is_known`: it is there), and where that lies now."""
    if not is_known:
        views.begin(db, change.record, change.form)
    placing.place(db, change, pos)
