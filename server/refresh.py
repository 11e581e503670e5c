"""Keeps the stored view equal to the fold of the log: stale records are folded and judged again."""

from __future__ import annotations

import base64
import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import structs

from schemas.canonical import JSON, canonical
from schemas.paths import is_system
from server import carry
from server.judge import Judged, judge
from server.likely import find_likely
from server.store import Store, erased_records, forms, log, views
from server.store.views import RecordView
from sync.fold import Record, Stored
from sync.same_as import representative

_BATCH = 50
_QUIET_S = 0.3
_LONGEST_WAIT_S = 5
_logger = logging.getLogger("thon")


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
        folded=stored_fold(folded, judged.answers),
        answers=judged.answers,
        violations=[msgspec.to_builtins(violation) for violation in judged.violations],
        carried=_carried(db, judged),
        form_version=judged.form.version if judged.form else "",
        marks=views.marks_of(db, record),
        submitted=_submitted(db, judged.changes),
    )


def _submitted(db: sqlite3.Connection, changes: Sequence[Stored]) -> int | None:
    submits = [item for item in changes if item.change.set.get("@status") == "submitted"]
    last = max(submits, key=lambda item: (item.at, item.id), default=None)
    receipt = log.receipt_of(db, last.id) if last else None
    return receipt.pos if receipt else None


def stored_fold(folded: Record, answers: dict[str, JSON]) -> bytes:
    """The fold as the view keeps it beside its columns and `answers`. `values`: those that `answers` does
    not say; `without`: answers that are no values; heads only where people disagree and of system paths,
    since the others say the values once more. `whole`: half of the SHA-256 of all of the fold, as JSON with
    sorted keys."""
    whole = hashlib.sha256(msgspec.json.encode(folded, order="sorted")).digest()[:16]
    kept: dict[str, Any] = {
        name: msgspec.to_builtins(value)
        for name, value in structs.asdict(folded).items()
        if name not in _IN_COLUMNS
    }
    kept["heads"] = msgspec.to_builtins(
        {
            path: of_path
            for path, of_path in folded.heads.items()
            if path in folded.conflicts or is_system(path)
        }
    )
    kept["values"] = {
        path: value for path, value in folded.values.items() if not _is_said(value, answers.get(path))
    }
    kept["without"] = [path for path in answers if path not in folded.values]
    return canonical(kept | {"whole": base64.urlsafe_b64encode(whole)[:22].decode()})


_IN_COLUMNS = ("record", "round", "subject", "status", "deleted", "same_as", "heads", "values")


def _is_said(value: JSON, answer: JSON) -> bool:
    return value is answer or (answer is not None and canonical(value) == canonical(answer))


def _carried(db: sqlite3.Connection, judged: Judged) -> dict[str, object] | None:
    if judged.form is None or judged.evaluation is None:
        return None
    # What phones are given follows the newest version, also of a round that an older one judges.
    newest = forms.newest(db, judged.form.id)
    if newest is None or newest.phones != "carry":
        return None
    return (
        None
        if judged.folded.deleted
        else carry.carried_answers(judged.form, judged.evaluation, judged.answers)
    )


class Refresher:
    """A thread that refreshes in the background after pushes, so that readers rarely wait; then it compares
    what arrived with the households that are there, takes the words of what was erased from the search, and
    gives free pages back to the disk."""

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
                while not self._is_asked_away() and (self._store.forget_words() or self._store.shrink()):
                    pass
            except Exception:
                # The records stay stale; whoever reads them, and the next push, tries again.
                _logger.exception("views were not refreshed")
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
