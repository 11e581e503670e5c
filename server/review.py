"""What a supervisor is shown of one record: answers, conflicts, history, and what each author had seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from schemas.change import Change, parse_change
from schemas.evaluate import Violation
from schemas.form import Form
from schemas.paths import is_system, without_rows
from server.judge import Judged
from server.store import erasures, forms, log, review
from server.store.holds import Hold
from server.told import ApartRow, DeskHead, Since, Told
from server.withheld import withheld
from sync.fold import Stored

# One state of the stored data, for those who only pass it on.
Database = sqlite3.Connection


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One change, oldest first. An erased one has lost its content: `erased_at` in ms."""

    id: str
    author: str
    author_name: str
    role: str
    device: str
    device_label: str
    at: int
    set: dict[str, Any]
    seen: list[str]
    is_erased: bool = False
    erased_at: int | None = None
    erased_reason: str = ""


class DeskComment(Struct, frozen=True, kw_only=True):
    id: str
    text: str
    path: str
    author_name: str
    at: int


class Shown(Struct, frozen=True, kw_only=True):
    """A record as the desk shows it. `values`: visible answers as written; `rows`: rows that have none, as
    `repeat/row/@row`; `answers`: what applies, with calculations; `seen_at`: the greatest `at`, ms."""

    values: dict[str, Any]
    rows: list[str]
    answers: dict[str, Any]
    violations: list[Violation]
    conflicts: dict[str, list[DeskHead]]
    since: list[Since]
    apart: list[ApartRow]
    history: list[HistoryEntry]
    comments: list[DeskComment]
    seen_at: int


def shown_record(db: sqlite3.Connection, judged: Judged, form: Form, hides: Callable[[str], bool]) -> Shown:
    """What is shown of a judged record. Paths that `hides` says are nowhere in it."""
    record, stored, whole = judged.folded.record, judged.changes, judged.folded
    entries = log.entries_of(db, record)
    names, labels = review.user_names(db), review.device_labels(db)
    by_id = {item.id: item for item in stored}
    told = Told(whole, stored, form.conflict_rules(), names, labels)
    return Shown(
        values={
            path: value for path, value in whole.values.items() if not is_system(path) and not hides(path)
        },
        rows=[path for path in whole.values if path.endswith("/@row")],
        answers={path: value for path, value in judged.answers.items() if not hides(path)},
        violations=[violation for violation in judged.violations if not hides(violation.path)],
        conflicts=told.conflicts(hides),
        since=told.since(hides),
        apart=told.apart(),
        history=_history(entries, by_id, names, labels, hides, erasures.reasons_in(db, record)),
        comments=[
            DeskComment(
                id=comment.id,
                text=comment.text,
                path=comment.path,
                author_name=names.get(comment.author, comment.author),
                at=comment.at,
            )
            for comment in whole.comments
            if not hides(f"@comment/{comment.id}")
        ],
        seen_at=max((item.at for item in stored), default=0),
    )


def _history(  # noqa: PLR0917
    entries: Iterable[log.Entry],
    by_id: Mapping[str, Stored],
    names: Mapping[str, str],
    labels: Mapping[str, str],
    hides: Callable[[str], bool],
    erased: Mapping[str, tuple[int, str]],
) -> list[HistoryEntry]:
    listed = []
    for entry in sorted(entries, key=lambda each: (each.receipt.at, each.id)):
        stored = by_id.get(entry.id)
        writes = stored.change.set if stored else {}
        erased_at, reason = erased.get(entry.id, (None, ""))
        listed.append(
            HistoryEntry(
                id=entry.id,
                author=entry.author,
                author_name=names.get(entry.author, entry.author),
                role=entry.receipt.role,
                device=entry.device,
                device_label=labels.get(entry.device, ""),
                at=entry.receipt.at,
                set={path: value for path, value in writes.items() if not hides(path)},
                seen=stored.change.seen if stored else [],
                is_erased=stored is None,
                erased_at=erased_at,
                erased_reason=reason,
            )
        )
    return listed


def never_hides(path: str) -> bool:
    return False


def hides_identifying(form: Form) -> Callable[[str], bool]:
    """What a viewer is not shown: what public files withhold, and comments, which are free text."""
    hidden = withheld([form])
    return lambda path: path.startswith("@comment/") or without_rows(path) in hidden


def name_of(db: sqlite3.Connection, line: review.Line) -> str:
    """Who or what a record is about in one line: the person that its form names, else its title."""
    form = forms.get(db, line.form, line.form_version) or forms.newest(db, line.form)
    if form is not None:
        for node in form.with_meaning("person_name"):
            name = line.answers.get(node.path) if node.repeat < 0 else None
            if isinstance(name, str) and name:
                return name
    return line.title


def held_change(hold: Hold) -> Change | None:
    """The change on hold; None for bytes that are none."""
    change = parse_change(hold.body)
    return change if isinstance(change, Change) else None
