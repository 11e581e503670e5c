"""Where a record lies: in the areas of all `@area` heads, else where its subject lies, else in the top
area."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container

from msgspec.structs import replace

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
        change = entry.change or (parse_change(entry.body) if entry.body else "")
        if isinstance(change, Change):
            stored.append(Stored(entry.id, change, entry.receipt.at, entry.receipt.role))
    return stored


def place(db: sqlite3.Connection, change: Change, pos: int) -> None:
    """Keeps areas, round and subject at once after a change at `pos`: what devices are given depends on
    them."""
    if not stays.areas_of(db, change.record) or moves(change.set):
        _place_records(db, change.record, pos)


def moves(paths: Container[str]) -> bool:
    """Whether a change that sets these says where its record lies."""
    return any(path in paths for path in _PLACING_PATHS)


def first_place(
    change: Change, pos: int, areas_of: Callable[[str], set[str]]
) -> tuple[views.Begun, set[str]]:
    """What the row of a record says with its first change, where no record is about it; the areas it lies in.
    `areas_of`: where its subject lies."""
    writes = change.set
    area, round_id, subject = (
        _text(writes.get("@area")),
        _text(writes.get("@round")),
        _text(writes.get("@subject")),
    )
    # What is about itself has no line to look up.
    above = areas_of(subject) if subject not in ("", change.record) and not area else set()
    begun = views.Begun(change.record, change.form, round_id, subject, pos)
    return begun, {area} if area else above or {NOWHERE}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def place_again(db: sqlite3.Connection, record: str, pos: int) -> None:
    """The same after something of the record was erased at `pos`."""
    _place_records(db, record, pos)


def _place_records(db: sqlite3.Connection, first: str, pos: int) -> None:
    """The record, and those without areas of their own that lie where it lies: they may be a long line."""
    folded = fold(first, _placing_writes(stored_changes(log.entries_of(db, first))), {})
    views.place(db, first, folded.round, folded.subject, pos)
    lies_in = areas_of(db, folded)
    if not stays.move(db, first, lies_in, pos):
        return
    views.mark_stale(db, first)
    _place_those_about(db, first, lies_in, pos)


def take_away(db: sqlite3.Connection, record: str, pos: int) -> None:
    """Of a record nothing is left: it lies nowhere, and what comes of it later is placed as a new one is."""
    stays.move(db, record, (), pos)
    _place_those_about(db, record, {NOWHERE}, pos)


def _place_those_about(db: sqlite3.Connection, first: str, lies_in: set[str], pos: int) -> None:
    waiting, known = [first], {first}
    while waiting:
        for record in views.about(db, waiting.pop()):
            if record in known:
                continue
            known.add(record)
            # Of what was erased nothing lies anywhere, though its row may still be here.
            if stays.areas_of(db, record) and not _own_areas(db, record):
                waiting.append(record)
                if stays.move(db, record, lies_in, pos):
                    views.mark_stale(db, record)


def _placing_writes(changes: list[Stored]) -> list[Stored]:
    """Heads of a path follow from the writes to it alone, so the other paths need no fold."""
    return [
        replace(
            item,
            change=replace(
                item.change,
                set={path: item.change.set[path] for path in _PLACING_PATHS if path in item.change.set},
            ),
        )
        for item in changes
    ]


def areas_of(db: sqlite3.Connection, folded: Record) -> set[str]:
    """Where this record lies now: in its own areas, else in those of the first record up the line of subjects
    that has some; in the top area where the line ends or comes round without any."""
    if folded.areas or not folded.subject:
        return set(folded.areas) or {NOWHERE}
    # A line can come round to this record only where another is about it.
    line = views.subjects_above(db, folded.subject) if views.about(db, folded.record) else []
    if folded.record not in line:
        return stays.areas_of(db, folded.subject) or {NOWHERE}
    # Each place up this line may rest on this record's own.
    own = (_own_areas(db, record) for record in line[: line.index(folded.record)])
    return next((areas for areas in own if areas), {NOWHERE})


def _own_areas(db: sqlite3.Connection, record: str) -> set[str]:
    return set(fold(record, _placing_writes(stored_changes(log.entries_of(db, record))), {}).areas)
