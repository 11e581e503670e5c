"""What a new version of a form may not do to answers that are stored already."""

from __future__ import annotations

import sqlite3

from schemas.form import (
    AnyNode,
    Asked,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Form,
    GeoQuestion,
    NumberQuestion,
)
from schemas.paths import without_rows
from server.store import forms, views


def breaks(db: sqlite3.Connection, new: Form) -> list[str]:
    """One sentence for each stored answer's question whose answers the new version could not read."""
    old = forms.newest(db, new.id)
    if old is None:
        return []
    used = _used_values(db, new.id)
    before = {node.path: node for node in old.nodes if isinstance(node, Asked)}
    return [
        sentence
        for node in new.nodes
        if isinstance(node, Asked) and node.path in used and node.path in before
        if (sentence := _break(old, before[node.path], new, node, used[node.path]))
    ]


def _used_values(db: sqlite3.Connection, form_id: str) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for answers in views.answers_of_form(db, form_id):
        for path, value in answers.items():
            texts = value if isinstance(value, list) else [value]
            used.setdefault(without_rows(path), set()).update(str(text) for text in texts)
    return used


def _break(old: Form, was: AnyNode, new: Form, now: AnyNode, used: set[str]) -> str:
    if _type(was) != _type(now) and (_type(was), _type(now)) != ("integer", "decimal"):
        return (
            f"{now.path} was {_type(was)} and has answers; it can't become {_type(now)}: give it a new name."
        )
    if isinstance(was, ChoiceQuestion | ChoicesQuestion) and isinstance(
        now, ChoiceQuestion | ChoicesQuestion
    ):
        codes = {choice.name for choice in old.lists.get(was.list, [])}
        left = codes - {choice.name for choice in new.lists.get(now.list, [])}
        lost = sorted(left & used)
        if lost:
            return f"{now.path}: the choices {', '.join(lost)} are gone, but were chosen: keep their rows."
    return ""


def _type(node: AnyNode) -> str:
    tag = str(node.__struct_config__.tag)
    match node:
        case NumberQuestion(kind=kind):
            # Every whole number is a decimal one, not the other way round.
            return "decimal" if kind == "decimal" else "integer"
        case DateQuestion(kind=kind) | GeoQuestion(kind=kind):
            return kind
        case _:
            return tag
