"""A database that is put back to an earlier state holds what was erased since: it is erased again."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from server import declining, erasing, erasing_records
from server.store import DATABASE_NAME, Store, epochs, erased_list, erasures, holds, log
from server.store.erased_list import Listed

ASIDE = "before-restore-"


def erase_again(store: Store, now_ms: int, lines: Sequence[Listed] | None = None) -> int:
    """Erases what the list beside the database names (or these lines) and the database still has or may still
    be sent; completes the list where the database knows more. Returns how many lines were new to it. Must
    be called before anything is read."""
    listed = erased_list.read(store.data_dir)
    with store.reading() as db:
        known = erased_list.everything(db)
    _complete(store, listed, known)
    names = {(line.record, line.id) for line in known}
    missing = [line for line in (listed if lines is None else lines) if (line.record, line.id) not in names]
    if not missing:
        return 0
    # These positions must not pass for those that phones were given by the newer state.
    store.write(lambda db: epochs.begin(db, now_ms))
    store.write(lambda db: _erase(db, missing))
    erasing.settle(store)
    store.scrub()
    return len(missing)


def erase_aside(data_dir: Path, now_ms: int) -> None:
    """What was erased goes from databases, too, that `thon restore` kept aside."""
    lines = erased_list.read(data_dir)
    for database in sorted(data_dir.glob(f"{ASIDE}*/{DATABASE_NAME}")):
        store = Store.open(database.parent)
        try:
            erase_again(store, now_ms, lines)
        finally:
            store.close()


def _complete(store: Store, listed: Sequence[Listed], known: Sequence[Listed]) -> None:
    names = {(line.record, line.id) for line in listed}
    lacking = [line for line in known if (line.record, line.id) not in names]
    if lacking:
        erased_list.append(store.data_dir, lacking)
        store.write(lambda db: erased_list.note_listed(db, lacking))


def _erase(db: sqlite3.Connection, lines: Sequence[Listed]) -> None:
    by_record: dict[str, list[Listed]] = defaultdict(list)
    for line in lines:
        if line.id:
            by_record[line.record].append(line)
        else:
            erasing_records.erase_in(db, [line.record], line.reason, line.at, line.form)
    for record, changes in by_record.items():
        _erase_changes(db, record, changes)
    # The list has them: that is where they come from.
    erased_list.note_listed(db, lines)


def _erase_changes(db: sqlite3.Connection, record: str, lines: Sequence[Listed]) -> None:
    present = {entry.id for entry in log.entries_of(db, record) if entry.body}
    by_reason: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.id in present:
            by_reason[line.reason].append(line.id)
        elif (hold := holds.get(db, line.id)) is not None and hold.body:
            erasures.erase_held(db, [line.id], record, line.reason, line.at)
        else:
            erasures.note_known(db, line.id, record, line.reason, line.at)
    for reason, ids in by_reason.items():
        keeps = declining.keeps_outcome(db, record) if reason == declining.REASON else lambda path: False
        erasing.erase_changes(db, record, ids, reason, now_ms=lines[0].at, keeps=keeps)
