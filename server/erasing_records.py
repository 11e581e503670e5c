"""Erases a household at its wish: every value of it, and of all that is about it, wherever it was kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from schemas.change import Change, parse_change
from schemas.text import search_key
from server import declining, erasing, placing
from server.store import (
    audit,
    devices,
    erased_records,
    erasures,
    files,
    forms,
    holds,
    log,
    views,
)
from sync.fold import fold
from sync.same_as import components

SHORTEST_ANSWER = 3


class Belonging(Struct, frozen=True):
    """One record that is erased along. `is_asked`: the one that was named."""

    record: str
    form: str
    form_title: str
    title: str
    code: str
    is_asked: bool


class Plan(Struct, frozen=True, kw_only=True):
    """What an erasure would take. `uncertain`: records that are perhaps about the household too, since people
    disagree; they stay until that is decided. `texts`: search keys of the answers."""

    records: list[Belonging]
    changes: int
    held: int
    files: int
    uncertain: list[str]
    texts: set[str]


def find(db: sqlite3.Connection, wanted: str) -> list[str]:
    """By record id, or by household code."""
    return [wanted] if views.form_of(db, wanted) else erased_records.with_code(db, wanted)


def plan(db: sqlite3.Connection, record: str) -> Plan:
    """All that the household's wish covers: the record, those declared the same household, and whatever is
    about them. Views must be fresh."""
    records = erased_records.about(db, _tied(db, record))
    titles = {form.id: form.title for form in forms.versions(db)}
    found = [view for name in records if (view := views.get(db, name)) is not None]
    bodies = [bytes(entry.body) for name in records for entry in log.entries_of(db, name) if entry.body]
    held = _held_about(db, records)
    bodies += [hold.body for change_id, _, _ in held if (hold := holds.get(db, change_id)) and hold.body]
    changes = [change for body in bodies if isinstance(change := parse_change(body), Change)]
    values = [value for change in changes for value in change.set.values()]
    return Plan(
        records=[
            Belonging(
                view.record,
                view.form,
                titles.get(view.form, view.form),
                view.title,
                view.code,
                view.record == record,
            )
            for view in found
        ],
        changes=len(bodies) - len(held),
        held=len(held),
        files=len(set(files.named_in(values))),
        uncertain=_uncertain(db, records),
        texts={search_key(value) for value in values if isinstance(value, str)},
    )


def repeated_answer(plan: Plan, reason: str) -> str:
    """An answer that is to be erased and that the reason would keep, or ''."""
    words = f" {search_key(reason)} "
    codes = {search_key(each.code) for each in plan.records}
    repeated = (text for text in plan.texts | codes if len(text) >= SHORTEST_ANSWER and f" {text} " in words)
    return max(repeated, key=len, default="")


def erase_household(db: sqlite3.Connection, record: str, reason: str, now_ms: int) -> None:
    """Erases all that `plan` names. Must run inside the store's write transaction."""
    records = erased_records.about(db, _tied(db, record))
    erase_in(db, records, reason, now_ms)
    audit.note(db, now_ms, devices.SYSTEM_AUTHOR, "erase", record, f"{len(records)} records")


def erase_in(
    db: sqlite3.Connection, records: Sequence[str], reason: str, now_ms: int, form: str = ""
) -> None:
    """Erases these records whole; `form`: of those that are not here (yet). Must run inside the store's write
    transaction."""
    held = _held_about(db, records)
    # As long as their bytes say so.
    named = [sha256 for change_id, _, _ in held for sha256 in files_held(db, change_id)]
    for record in records:
        views.mark_stale(db, record, has_new_ties=True)
        erased_records.erase(db, record, views.form_of(db, record) or form, reason, now_ms)
        placing.take_away(db, record, log.top_position(db))
    for change_id, record, held_form in held:
        if record not in records and views.form_of(db, record) is None:
            erased_records.erase(db, record, held_form, reason, now_ms)
        erasures.erase_held(db, [change_id], record, reason, now_ms)
    erasures.remove_unnamed(db, named)


def files_held(db: sqlite3.Connection, change_id: str) -> list[str]:
    """The files that a change on hold names, as long as its bytes say so."""
    hold = holds.get(db, change_id)
    change = parse_change(hold.body) if hold else ""
    return files.named_in(change.set.values()) if isinstance(change, Change) else []


def erase_late(db: sqlite3.Connection, change_id: str, change: Change, now_ms: int) -> None:
    """After a change was stored that was erased, or is about what was: a phone that had not heard of that
    brought it. Must run in the same transaction."""
    record = change.record
    subjects = _subjects(db, record)
    whole = [record] if erased_records.are_erased(db, record) else sorted(subjects)
    proofs = [proof for name in whole if (proof := erased_records.get(db, name))]
    if proofs and len(proofs) == len(whole):
        erase_in(db, erased_records.about(db, [record]), proofs[0].reason, now_ms)
        return
    known = erasures.reason_of(db, change_id)
    subject = change.set.get("@subject")
    proof = erased_records.get(db, subject) if isinstance(subject, str) else None
    reason = known[1] if known else proof.reason if proof else ""
    keeps = declining.keeps_outcome(db, record) if reason == declining.REASON else lambda path: False
    erasing.erase_changes(db, record, [change_id], reason, now_ms=now_ms, keeps=keeps)


def erase_late_hold(db: sqlite3.Connection, change_id: str, change: Change, now_ms: int) -> None:
    """The same where it was put on hold: nobody needs to decide about it."""
    subject = change.set.get("@subject")
    names = [name for name in (change.record, subject) if isinstance(name, str)]
    proof = next((found for name in names if (found := erased_records.get(db, name))), None)
    known = erasures.reason_of(db, change_id)
    reason = known[1] if known else proof.reason if proof else ""
    erasures.erase_held(db, [change_id], change.record, reason, now_ms)
    erasures.remove_unnamed(db, files.named_in(change.set.values()))


def erase_late_bytes(db: sqlite3.Connection, change_id: str, body: bytes, now_ms: int) -> bool:
    """The same of bytes that are no change, or of a newer format: where they name what was erased. Whether
    they did."""
    proof = erased_records.named_in(db, body)
    reason = erasures.reason_of(db, change_id)
    if proof is not None:
        erasures.erase_held(db, [change_id], proof.record, proof.reason, now_ms)
    elif reason is not None:
        erasures.erase_held(db, [change_id], "", reason[1], now_ms)
    return proof is not None or reason is not None


def _tied(db: sqlite3.Connection, record: str) -> list[str]:
    edges, _ = views.same_as_edges(db)
    groups = components((one, other) for one, others in edges.items() for other in others)
    return sorted({record} | {name for name, group in groups.items() if group == groups.get(record)})


def _held_about(db: sqlite3.Connection, records: Sequence[str]) -> list[tuple[str, str, str]]:
    """(id, record, form) of changes that were never applied and are about these, or may be: of bytes that are
    no change only the name can be read."""
    found: dict[str, tuple[str, str]] = {}
    for record in records:
        for change_id, body in erased_records.holds_naming(db, record):
            change = parse_change(body)
            if not isinstance(change, Change):
                found.setdefault(change_id, (record, ""))
            elif change.record == record or change.set.get("@subject") == record:
                found[change_id] = (change.record, change.form)
    return [(change_id, *where) for change_id, where in found.items()]


def _uncertain(db: sqlite3.Connection, records: Sequence[str]) -> list[str]:
    found = {name for record in records for name in erased_records.naming(db, record)} - set(records)
    return sorted(name for name in found if _subjects(db, name) & set(records))


def _subjects(db: sqlite3.Connection, record: str) -> set[str]:
    """What the record is about, in anybody's opinion."""
    heads = fold(record, placing.stored_changes(log.entries_of(db, record)), {}).heads
    return {head.value for head in heads.get("@subject", []) if isinstance(head.value, str)}
