"""A declined interview keeps nothing but the outcome of the visit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from schemas.change import Change
from schemas.consent import consent_node, is_refusal, stands_after_consent
from schemas.form import Form
from server import erasing, placing
from server.judge import folded_as_judged
from server.store import erasures, forms, log, views
from sync.fold import Record

REASON = "consent declined"


def erase_if_declined(db: sqlite3.Connection, change: Change, now_ms: int) -> None:
    """After this change was stored: where the record now says no to consent, every change of it that says
    something standing after that question is erased. Must run in the same transaction."""
    record = change.record
    if declines(consent_paths(db, change.form, change.form_version), change):
        erasures.note_refusal(db, record)
    if not erasures.has_refusal(db, record):
        return
    changes = placing.stored_changes(log.entries_of(db, record))
    folded, judging = folded_as_judged(db, record, views.form_of(db, record) or change.form, changes)
    if judging is None or not is_declined(judging, folded):
        return

    def is_outcome(path: str) -> bool:
        return not stands_after_consent(judging, path)

    said_after = [
        item.id
        for item in changes
        if any(value is not None and not is_outcome(path) for path, value in item.change.set.items())
    ]
    if said_after:
        erasing.erase_changes(db, record, said_after, REASON, now_ms=now_ms, keeps=is_outcome)


def keeps_outcome(db: sqlite3.Connection, record: str) -> Callable[[str], bool]:
    """Which paths of a declined interview are kept."""
    changes = placing.stored_changes(log.entries_of(db, record))
    _, judging = folded_as_judged(db, record, views.form_of(db, record) or "", changes)
    return lambda path: judging is not None and not stands_after_consent(judging, path)


def consent_paths(db: sqlite3.Connection, form_id: str, version: str) -> set[str]:
    """The questions for consent of the newest version and of this one."""
    versions = (forms.newest(db, form_id), forms.get(db, form_id, version))
    asked = ((form, consent_node(form)) for form in versions if form)
    return {form.nodes[number].path for form, number in asked if number >= 0}


def declines(paths: Iterable[str], change: Change) -> bool:
    """Whether the change says no to one of these questions."""
    return any(is_refusal(change.set.get(path)) for path in paths)


def is_declined(form: Form, folded: Record) -> bool:
    """The household said no, and nobody who was not shown that says otherwise: an open conflict between yes
    and no is for a supervisor, since nothing comes back that was erased."""
    number = consent_node(form)
    if number < 0:
        return False
    path = form.nodes[number].path
    is_open = path in folded.conflicts
    return is_refusal(folded.values.get(path)) and not (
        is_open and any(not is_refusal(head.value) for head in folded.heads[path])
    )
