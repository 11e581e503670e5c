"""What is erased goes from the disk, too; and a database that is put back to an earlier state holds what was
erased since: it is erased again."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from server import declining, erasing, erasing_records
from server.store import DATABASE_NAME, Store, StoreError, epochs, erased_list, erasures, holds, log
from server.store.erased_list import Listed

ASIDE = "before-restore-"


class UnfinishedError(OSError):
    """It is erased, but the disk could not be rid of all its bytes: the next start or command tries again."""


def erase_household(store: Store, record: str, reason: str, now_ms: int) -> None:
    """Erases all that `erasing_records.plan` names. When this returns, no byte of it is left in the data
    folder. Raises `UnfinishedError`."""
    # On a copy that was put back, these positions must not pass for those that phones were given before.
    store.write(lambda db: epochs.begin(db, now_ms))

    def job(db: sqlite3.Connection) -> None:
        erasing_records.erase_household(db, record, reason, now_ms)
        erasures.note_unfinished(db)

    store.write(job)
    finish(store, now_ms)


def finish(store: Store, now_ms: int) -> None:
    """Rids the disk of what was erased: files, search, freed pages, databases kept aside. Nothing where that
    is done; a kill may have come between the erasure and this. Raises `UnfinishedError`."""
    with store.reading() as db:
        which = erasures.unfinished(db)
    if which is None:
        return
    try:
        erasing.settle(store)
        store.refresh_views()
        store.scrub()
        erase_aside(store.data_dir, now_ms)
        store.write(lambda db: erasures.note_finished(db, which))
    except (StoreError, OSError) as error:
        raise UnfinishedError(
            f"What was erased could not all be removed from the disk ({error}): it goes with the next `thon"
            " serve`, or with the same command once more."
        ) from error


def erase_again(store: Store, now_ms: int, lines: Sequence[Listed] | None = None) -> int:
    """Erases what the list beside the database names (or these lines) and the database still has or may still
    be sent; completes the list where the database knows more. Returns how many lines were new to it. Must
    be called before anything is read. Raises `UnfinishedError` once that is done."""
    listed = erased_list.read(store.data_dir)
    with store.reading() as db:
        known = erased_list.everything(db)
    _complete(store, listed, known)
    names = {(line.record, line.id) for line in known}
    missing = [line for line in (listed if lines is None else lines) if (line.record, line.id) not in names]
    if missing:
        # These positions must not pass for those that phones were given by the newer state.
        store.write(lambda db: epochs.begin(db, now_ms))
        store.write(lambda db: _erase(db, missing))
    finish(store, now_ms)
    return len(missing)


def erase_aside(data_dir: Path, now_ms: int) -> None:
    """What was erased goes from databases, too, that `thon restore` kept aside."""
    lines = erased_list.read(data_dir)
    failure: StoreError | OSError | None = None
    for database in sorted(data_dir.glob(f"{ASIDE}*/{DATABASE_NAME}")):
        try:
            _erase_in_folder(database.parent, now_ms, lines)
        except (StoreError, OSError) as error:
            # It may be broken, and why a backup was put back: that keeps nothing in the others.
            failure = error
    if failure is not None:
        raise failure


def _erase_in_folder(folder: Path, now_ms: int, lines: Sequence[Listed]) -> None:
    store = Store.open(folder)
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
    erasures.note_unfinished(db)


def _erase_changes(db: sqlite3.Connection, record: str, lines: Sequence[Listed]) -> None:
    present = {entry.id for entry in log.entries_of(db, record) if entry.body}
    by_reason: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.id in present:
            by_reason[line.reason].append(line.id)
        elif (hold := holds.get(db, line.id)) is not None and hold.body:
            named = erasing_records.files_held(db, line.id)
            erasures.erase_held(db, [line.id], record, line.reason, line.at)
            erasures.remove_unnamed(db, named)
        else:
            erasures.note_known(db, line.id, record, line.reason, line.at)
    for reason, ids in by_reason.items():
        keeps = declining.keeps_outcome(db, record) if reason == declining.REASON else lambda path: False
        erasing.erase_changes(db, record, ids, reason, now_ms=lines[0].at, keeps=keeps)
