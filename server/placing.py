"""Where a record lies: in the areas of all `@area` heads, else where its subject lies, else in the top
area."""

from __future__ import annotations

import sqlite3

from schemas.change import Change, parse_change
from server.store import log, stays, views
from sync.fold import Record, Stored, fold

# What a record without area and subject has in `record_area`; the scope of the top area holds it.
NOWHERE = ""
_PLACING_PATHS = ("@area", "@subject", "@round")


def stored_changes(entries: list[log.Entry]) -> list[Stored]:
    """Log entries as the fold takes them. Erased ones are without bytes and left out."""
    stored = []
    for entry in entries:
        change = parse_change(bytes(entry.body)) if entry.body else ""
        if isinstance(change, Change):
            stored.append(Stored(entry.id, change, entry.receipt.at, entry.receipt.role))
    return stored


def place(db: sqlite3.Connection, change: Change, pos: int) -> None:
    """Keeps areas, round and subject at once after a change at `pos`: what devices are given depends on
    them."""
    if not stays.areas_of(db, change.record) or any(path in change.set for path in _PLACING_PATHS):
        _place_records(db, change.record, pos)


def place_again(db: sqlite3.Connection, record: str, pos: int) -> None:
    """The same after something of the record was erased at `pos`."""
    _place_records(db, record, pos)


def _place_records(db: sqlite3.Connection, first: str, pos: int) -> None:
    """The record, and those that lie where it lies: they may be a long line."""
    waiting, known = [first], {first}
    while waiting:
        record = waiting.pop()
        folded = fold(record, stored_changes(log.entries_of(db, record)), {})
        views.place(db, record, folded.round, folded.subject, pos)
        if stays.move(db, record, areas_of(db, folded), pos):
            views.mark_stale(db, record)
            following = [other for other in views.about(db, record) if other not in known]
            known.update(following)
            waiting += following


def areas_of(db: sqlite3.Connection, folded: Record) -> set[str]:
    """Where this record lies now."""
    if folded.areas:
        return set(folded.areas)
    subject_areas = stays.areas_of(db, folded.subject) if folded.subject != folded.record else set()
    return subject_areas or {NOWHERE}
