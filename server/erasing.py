"""Erases the content of changes; what they said beside it is said once more in the server's own name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from schemas.canonical import JSON
from schemas.change import LARGEST_CHANGE, Change, change_id, encode_change, parse_change
from server import keeping, placing
from server.store import Store, begun_files, devices, erased_list, erasures, files, log, views
from sync.fold import Stored, fold


def erase_changes(
    db: sqlite3.Connection,
    record: str,
    ids: Sequence[str],
    reason: str,
    *,
    now_ms: int,
    keeps: Callable[[str], bool] = lambda path: False,
) -> None:
    """Erases these changes of a record. What they set at paths that `keeps` names, and nobody replaced since,
    is kept: as a change of the server, shown what they were shown, with their time and role, so that
    conflicts stay what they were. Must run inside the store's write transaction."""
    before = placing.stored_changes(log.entries_of(db, record))
    heads = fold(record, before, {}).heads
    gone = [item for item in before if item.id in ids]
    erasures.erase(db, record, ids, reason, now_ms)
    for item in gone:
        left = {
            path: value
            for path, value in item.change.set.items()
            if keeps(path) and any(head.id == item.id for head in heads[path])
        }
        if left:
            _say_again(db, item, left, now_ms)
    _settle(db, record)


def _say_again(db: sqlite3.Connection, erased: Stored, values: Mapping[str, JSON], now_ms: int) -> None:
    body = _in_own_name(db, erased, values, [*erased.change.seen, erased.id])
    if len(body) > LARGEST_CHANGE and len(values) > 1:
        paths = list(values)
        for half in (paths[: len(paths) // 2], paths[len(paths) // 2 :]):
            _say_again(db, erased, {path: values[path] for path in half}, now_ms)
        return
    if len(body) > LARGEST_CHANGE:
        # Where a few bytes are missing: what was erased is in no fold, so to have seen it says nothing.
        body = _in_own_name(db, erased, values, erased.change.seen)
    change = parse_change(body)
    assert isinstance(change, Change), change
    keeping.keep_change(db, change_id(body), body, change, at=erased.at, role=erased.role, received=now_ms)


def _in_own_name(
    db: sqlite3.Connection, erased: Stored, values: Mapping[str, JSON], seen: Sequence[str]
) -> bytes:
    known = erased.change
    seq = log.max_seq(db, devices.CLI_DEVICE)
    while True:
        seq += 1
        body = encode_change(
            record=known.record,
            form=known.form,
            form_version=known.form_version,
            device=devices.CLI_DEVICE,
            seq=seq,
            at=erased.at,
            author=devices.SYSTEM_AUTHOR,
            seen=seen,
            set=values,
        )
        # Put back to before it said this, the server could say it by the very bytes that were erased since.
        if not erasures.is_erased(db, change_id(body)):
            return body


def _settle(db: sqlite3.Connection, record: str) -> None:
    """Files, place and view follow what is left."""
    left = placing.stored_changes(log.entries_of(db, record))
    named = (files.named_in(item.change.set.values()) for item in left)
    erasures.release_files(db, record, {sha256 for names in named for sha256 in names})
    if left:
        placing.place_again(db, record, log.top_position(db))
    else:
        placing.take_away(db, record, log.top_position(db))
    views.mark_stale(db, record, has_new_ties=True)


def settle(store: Store) -> None:
    """Lists beside the database what was erased, and takes erased files and the write-ahead log from the
    disk: once what erased them is durable. Safe to repeat."""
    with store.reading() as db:
        lines = erased_list.unlisted(db)
        names = erasures.files_to_remove(db)
    if lines:
        erased_list.append(store.data_dir, lines)
        store.write(lambda db: erased_list.note_listed(db, lines))
    for sha256 in names:
        files.path_of(store.files_dir, sha256).unlink(missing_ok=True)
        begun_files.remove(store.files_dir, sha256)
        store.write(lambda db, name=sha256: erasures.note_removed(db, name))  # type: ignore[misc]
    if lines:
        store.empty_log()


def settle_after_kill(store: Store) -> None:
    """The same at a start: an erased file may have come once more, and nobody noted that."""
    begun = begun_files.names(store.files_dir)
    with store.reading() as db:
        names = erasures.refused_files(db)
    for sha256 in names:
        if sha256 in begun or files.path_of(store.files_dir, sha256).exists():
            store.write(lambda db, name=sha256: erasures.remove_again(db, name))  # type: ignore[misc]
    settle(store)
