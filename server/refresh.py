"""Keeps the stored view equal to the fold of the log: stale records are folded and judged again."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from schemas.canonical import canonical
from schemas.paths import is_system
from server import carry
from server.judge import Judged, judge
from server.likely import find_likely
from server.store import Store, erased_records, views
from server.store.views import RecordView
from sync.fold import Record
from sync.same_as import representative

_BATCH = 50
_QUIET_S = 0.3
_LONGEST_WAIT_S = 5
log = logging.getLogger("thon")


def refresh_views(store: Store, is_over: Callable[[], bool] = lambda: False) -> int:
    """Folds and judges every stale record. Returns how many. `is_over` is asked between a few of them."""
    refreshed = 0
    with store.refreshing:
        while not is_over():
            with store.reading() as db:
                stale = views.stale(db, _BATCH)
            if not stale:
                break
            refreshed += _refresh(store, stale)
    return refreshed


def refresh_records(store: Store, records: Sequence[str]) -> None:
    """The same for these records only, and for all whose ties may have changed."""
    with store.refreshing:
        with store.reading() as db:
            tied = views.with_new_ties(db)
        if tied:
            _refresh(store, tied)
        # What is about a record that another stands for now became stale just now.
        with store.reading() as db:
            stale = [record for record in records if views.is_stale(db, record)]
        if stale:
            _refresh(store, stale)


def _refresh(store: Store, records: Sequence[str]) -> int:
    """What is about nothing is written first: its view serves those about it."""
    with store.reading() as db:
        later = [record for record in records if views.has_subject(db, record)]
    return _put(store, [record for record in records if record not in later]) + _put(store, later)


def _put(store: Store, records: Sequence[str]) -> int:
    if not records:
        return 0
    with store.reading() as db:
        made = {record: make_view(db, record) for record in records}

    def job(db: sqlite3.Connection) -> None:
        for record, view in made.items():
            if view is not None:
                views.put(db, view)
            elif make_view(db, record) is None:
                # All its changes were erased. Meanwhile one may have come.
                erased_records.drop_view(db, record)
        edges, deleted = views.same_as_edges(db)
        views.put_representatives(db, representative(edges, deleted))

    store.write(job)
    return len(made)


def make_view(db: sqlite3.Connection, record: str) -> RecordView | None:
    """The view that belongs to the log as it is now; None for a record without a change."""
    judged = judge(db, record)
    if judged is None:
        return None
    folded = judged.folded
    newest = max(judged.changes, key=lambda item: (item.at, item.id))
    return RecordView(
        record=record,
        form=views.form_of(db, record) or folded.form,
        round=folded.round,
        subject=folded.subject,
        status=folded.status,
        title=judged.title,
        code=judged.code,
        search=judged.search,
        flags=judged.flags,
        conflicts=len(folded.conflicts),
        deleted=folded.deleted,
        same_as=folded.same_as,
        pos=views.last_position(db, record),
        at=newest.at,
        author=newest.change.author,
        device=newest.change.device,
        folded=stored_fold(folded),
        answers=judged.answers,
        violations=[msgspec.to_builtins(violation) for violation in judged.violations],
        carried=_carried(judged),
        form_version=judged.form.version if judged.form else "",
        marks=views.marks_of(db, record),
    )


def stored_fold(folded: Record) -> bytes:
    """The fold as the view keeps it: heads only where people disagree and of system paths, since the others
    say the values once more. `whole` is the SHA-256 of all of it as JSON with sorted keys."""
    whole = hashlib.sha256(msgspec.json.encode(folded, order="sorted")).hexdigest()
    heads = {
        path: of_path for path, of_path in folded.heads.items() if path in folded.conflicts or is_system(path)
    }
    kept: dict[str, Any] = msgspec.to_builtins(replace(folded, heads=heads))
    return canonical(kept | {"whole": whole})


def _carried(judged: Judged) -> dict[str, object] | None:
    if judged.form is None or judged.evaluation is None or judged.form.phones != "carry":
        return None
    return (
        None
        if judged.folded.deleted
        else carry.carried_answers(judged.form, judged.evaluation, judged.answers)
    )


class Refresher:
    """A thread that refreshes in the background after pushes, so that readers rarely wait; then it compares
    what arrived with the households that are there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="view-refresher", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        # To set it again would cost its lock a thousand times a second.
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        self._closing.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        # Asked in this order: quiet may have swallowed the call that woke it for closing.
        while not self._closing.is_set() and self._wake.wait():
            yields = self._wait_for_quiet()
            try:
                refresh_views(self._store, self._is_asked_away if yields else self._closing.is_set)
                while not (self._closing.is_set() or self._wake.is_set()) and find_likely(
                    self._store, _BATCH
                ):
                    pass
            except Exception:
                # The records stay stale; whoever reads them, and the next push, tries again.
                log.exception("views were not refreshed")
        self._store.close_reader()

    def _is_asked_away(self) -> bool:
        return self._closing.is_set() or self._wake.is_set()

    def _wait_for_quiet(self) -> bool:
        """A phone that comes home sends batch after batch: taking them in comes first. False where they come
        without end: views must not wait for ever."""
        started = time.monotonic()
        self._wake.clear()
        while time.monotonic() < started + _LONGEST_WAIT_S:
            # Not on the call that each push makes: a thread that wakes takes its turn from those that answer.
            if self._closing.wait(_QUIET_S) or not self._wake.is_set():
                return True
            self._wake.clear()
        return False
