"""The fold: from the changes of a record to the record, whatever their order of arrival and repetition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.canonical import JSON
from schemas.paths import is_system, last_part, row_prefixes
from sync.covers import Deletions, content_masks, is_changed_since_approval
from sync.heads import Heads
from sync.record import Comment, Head, Record, Stored
from sync.rows import row_writers, rows_made_apart
from sync.rules import decide, distinct_texts, rule_of

__all__ = ["Comment", "Head", "Record", "Stored", "answers", "fold", "history"]


def fold(record: str, stored: Iterable[Stored], rules: Mapping[str, str]) -> Record:
    """The record that its changes add up to; changes of other records are passed over.

    `rules`: row-less path to the form's conflict rule, where it is not `ask`.
    """
    heads = Heads(record, stored)
    content = content_masks(heads)
    deletions = Deletions(heads, content)
    heads_by_path = {path: heads.of(path) for path in sorted(heads.masks)}
    shown: dict[str, JSON] = {}
    conflicts: dict[str, list[Head]] = {}
    for path, of_path in heads_by_path.items():
        decision = decide(rule_of(path, rules), of_path)
        is_hidden = deletions.hides(path)
        if decision.is_open and (not is_hidden or last_part(path) == "@deleted"):
            conflicts[path] = of_path
        if decision.value is not None and not is_hidden and last_part(path) != "@deleted":
            shown[path] = decision.value
    writers = row_writers(heads)
    visible_rows = [row for row in writers if not deletions.hides(f"{row}/@row")]
    values = shown | _marks(shown, visible_rows, deletions)
    places = _places(heads, content, deletions, rows_made_apart(heads, writers, visible_rows))
    return Record(
        record=record,
        form=heads.changes[0].change.form if heads.changes else "",
        seen=[item.id for item in heads.changes],
        values=dict(sorted(values.items())),
        heads=heads_by_path,
        conflicts=conflicts,
        flags=sorted(places),
        places=places,
        status=_text(shown.get("@status")),
        deleted="" in deletions.hidden,
        hidden_rows=[row for row in deletions.hidden if row],
        areas=distinct_texts([head.value for head in heads_by_path.get("@area", [])]),
        round=_text(shown.get("@round")),
        subject=_text(shown.get("@subject")),
        same_as=distinct_texts([head.value for head in heads_by_path.get("@same_as", [])]),
        comments=_comments(shown, heads_by_path),
        env=shown["@env"] if isinstance(shown.get("@env"), dict) else {},
    )


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _marks(shown: Mapping[str, JSON], rows: Iterable[str], deletions: Deletions) -> dict[str, JSON]:
    """`@deleted` where it hides, and `@row` for visible rows whose answers were all cleared."""
    marks: dict[str, JSON] = {}
    for prefix in deletions.hidden:
        if not deletions.hides(prefix):
            marks[f"{prefix}/@deleted" if prefix else "@deleted"] = True
    with_value = {prefix for path in shown for prefix in row_prefixes(path)}
    return marks | {f"{row}/@row": True for row in rows if row not in with_value}


def _places(
    heads: Heads, content: Mapping[str, tuple[int, int]], deletions: Deletions, apart: list[str]
) -> dict[str, list[str]]:
    """Flag to the prefixes it was raised for."""
    uncovered = [prefix for prefix in deletions.uncovered if not deletions.hides(prefix)]
    raised = {
        "changed_since_approval": [""] if is_changed_since_approval(heads, content) else [],
        "edited_after_delete": uncovered,
        "rows_to_compare": apart,
    }
    return {flag: prefixes for flag, prefixes in raised.items() if prefixes}


def _comments(shown: Mapping[str, JSON], heads: Mapping[str, list[Head]]) -> list[Comment]:
    """The comments that were not taken back, oldest first."""
    comments = []
    for path, value in shown.items():
        if not path.startswith("@comment/") or not isinstance(value, dict) or not _text(value.get("text")):
            continue
        newest = heads[path][0]
        name = path.removeprefix("@comment/")
        about = _text(value.get("path"))
        comments.append(Comment(name, _text(value["text"]), newest.author, newest.at, about))
    return sorted(comments, key=lambda comment: (comment.at, comment.id))


def answers(record: Record) -> dict[str, JSON]:
    """The visible values without the system paths."""
    return {path: value for path, value in record.values.items() if not is_system(path)}


def history(stored: Iterable[Stored]) -> list[dict[str, Any]]:
    """Every change as the desk lists it, oldest first: who set what, when, having been shown what."""
    by_id = {item.id: item for item in stored}
    return [
        {
            "id": item.id,
            "author": item.change.author,
            "at": item.at,
            "role": item.role,
            "device": item.change.device,
            "set": item.change.set,
            "seen": item.change.seen,
        }
        for item in sorted(by_id.values(), key=lambda item: (item.at, item.id))
    ]
