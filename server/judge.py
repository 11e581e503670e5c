"""The form decides again on the folded record: relevance, calculations, constraints, names."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from schemas.canonical import JSON
from schemas.dates import Moment, moment_text
from schemas.evaluate import Context, Evaluation, Violation, evaluate
from schemas.form import Asked, Calculate, Form, Meta, Valued
from schemas.paths import is_system, without_rows
from schemas.renames import with_new_names, with_old_names
from schemas.text import search_key
from server import placing
from server.store import areas, forms, log, rounds, stays, users, views
from sync.fold import Record, Stored, answers, fold

DEFAULT_OFFSET_MIN = 7 * 60
_SEARCHED_MEANINGS = ("household_code", "person_name", "phone")


class About(Struct, frozen=True):
    """What a record is about, judged by its own changes alone: so records about each other each have one
    view, and a change reaches no further than those about its record."""

    answers: dict[str, JSON]
    title: str
    code: str
    search: str


_NOTHING = About({}, "", "", "")


class Judged(Struct, frozen=True, kw_only=True):
    """A folded record as its form sees it. `answers`: what applies, with calculations and metadata, by path;
    `flags`: the fold's and `inconsistent`; `form` and `evaluation` are None where the form is not
    published."""

    folded: Record
    changes: list[Stored]
    form: Form | None
    evaluation: Evaluation | None
    answers: dict[str, JSON]
    flags: list[str]
    violations: list[Violation]
    title: str
    code: str
    search: str


def judge(db: sqlite3.Connection, record: str) -> Judged | None:
    """None for a record without a change."""
    return _judge(db, record, reads_subject=True)


def what_it_is_about(db: sqlite3.Connection, folded: Record) -> About:
    """Of a household registered twice, the one that stands for both. Nothing where the record is about
    itself."""
    subject = views.stands_for(db, folded.subject) if folded.subject else ""
    if subject in ("", folded.record):
        return _NOTHING
    # What is about nothing itself has its own answers in its view.
    if views.is_stale(db, subject) or views.has_subject(db, subject):
        judged = _judge(db, subject, reads_subject=False)
        found = judged and About(
            _as_asked(judged.form, judged.answers), judged.title, judged.code, judged.search
        )
        return found or _NOTHING
    view = views.get(db, subject)
    if view is None:
        return _NOTHING
    known = _as_asked(forms.that_judges(db, view.form, view.round), view.answers)
    return About(known, view.title, view.code, view.search)


def _as_asked(form: Form | None, known: dict[str, JSON]) -> dict[str, JSON]:
    """By old names too: the form that asks may not have been published again since a question was renamed."""
    return with_old_names(form, known) if form else known


def _judge(db: sqlite3.Connection, record: str, *, reads_subject: bool) -> Judged | None:
    changes = placing.stored_changes(log.entries_of(db, record))
    if not changes:
        return None
    form_id = views.form_of(db, record) or changes[0].change.form
    folded, form = folded_as_judged(db, record, form_id, changes)
    if form is None:
        shown = answers(folded)
        return _judged(folded, changes, title=record[:8], shown=shown, flags=folded.flags)
    about = what_it_is_about(db, folded) if reads_subject else _NOTHING
    evaluation = evaluate(
        form, with_new_names(form, folded.values), context(db, folded, form, changes, about)
    )
    violations = evaluation.violations
    flags = folded.flags
    if any(violation.kind == "constraint" for violation in violations):
        flags = sorted({*flags, "inconsistent"})
    shown = applying(form, evaluation, folded)
    code = _first_with_meaning(form, "household_code", shown)
    title = evaluation.instance_name or code or about.title or record[:8]
    texts = [title, code, *_texts_with_meanings(form, shown), about.search]
    return _judged(
        folded,
        changes,
        form=form,
        evaluation=evaluation,
        shown=shown,
        flags=flags,
        violations=violations,
        title=title,
        code=code or about.code,
        search=search_key(" ".join(dict.fromkeys(text for text in texts if text))),
    )


def _judged(
    folded: Record,
    changes: list[Stored],
    *,
    shown: dict[str, JSON],
    flags: list[str],
    title: str,
    form: Form | None = None,
    evaluation: Evaluation | None = None,
    violations: list[Violation] | None = None,
    code: str = "",
    search: str = "",
) -> Judged:
    return Judged(
        folded=folded,
        changes=changes,
        form=form,
        evaluation=evaluation,
        answers=shown,
        flags=flags,
        violations=violations or [],
        title=title,
        code=code,
        search=search,
    )


def folded_as_judged(
    db: sqlite3.Connection, record: str, form_id: str, changes: list[Stored]
) -> tuple[Record, Form | None]:
    """The round says which version's rules hold, and no rule of a form touches `@round`."""
    newest = forms.newest(db, form_id)
    folded = fold(record, changes, newest.conflict_rules() if newest else {})
    form = forms.that_judges(db, form_id, folded.round)
    if form is not None and form is not newest:
        folded = fold(record, changes, form.conflict_rules())
    return folded, form


def applying(form: Form, evaluation: Evaluation, folded: Record) -> dict[str, JSON]:
    """Visible answers without those that do not apply, with calculated values and metadata; a question with a
    calculation has what it shows. Answers to questions that this version does not know are kept."""
    numbers = form.by_path()
    relevance = evaluation.relevance
    shown = {
        path: value
        for path, value in with_new_names(form, folded.values).items()
        if not is_system(path) and (without_rows(path) not in numbers or relevance.get(path))
    }
    for path, value in evaluation.values.items():
        node = form.nodes[numbers[without_rows(path)]]
        if isinstance(node, Calculate | Meta) or (isinstance(node, Asked) and node.calculation is not None):
            shown[path] = value
    return dict(sorted(shown.items()))


def context(
    db: sqlite3.Connection, folded: Record, form: Form, changes: list[Stored], about: About
) -> Context:
    """What expressions see beside the answers: the moment and chance of the first opening, and the four
    sources."""
    ordered = sorted(changes, key=lambda item: (item.at, item.id))
    first = ordered[0]
    submits = [each for each in ordered if each.change.set.get("@status") == "submitted"]
    last = (submits or ordered)[-1]
    env = folded.env
    now_ms = _integer(env.get("now"), first.at)
    offset_min = _integer(env.get("offset_min"), DEFAULT_OFFSET_MIN)
    seed, lang = env.get("seed"), env.get("lang")
    author = users.get(db, first.change.author)
    name = author.name if author else first.change.author
    return Context(
        now_ms=now_ms,
        offset_min=offset_min,
        seed=seed if isinstance(seed, str | int) else folded.record,
        lang=lang if isinstance(lang, str) else form.default_language,
        sources={
            "@subject": dict(about.answers),
            "@area": _area(db, folded),
            "@round": _round(db, folded.round),
            "@author": {"name": name},
        },
        meta={
            "end": moment_text(Moment(last.at, offset_min)),
            "deviceid": first.change.device,
            "username": name,
        },
    )


def _area(db: sqlite3.Connection, folded: Record) -> dict[str, Any]:
    code = min(stays.areas_of(db, folded.record), default="")
    shown = folded.values.get("@area")
    area = areas.get(db, shown if isinstance(shown, str) else code)
    if area is None:
        return {}
    return {"code": area.code, "name": area.name, "kind": area.kind, "setting": area.setting}


def _round(db: sqlite3.Connection, round_id: str) -> dict[str, Any]:
    found = rounds.get(db, round_id) if round_id else None
    return {"id": found.id, "title": found.title, "year": found.year, "kind": found.kind} if found else {}


def _first_with_meaning(form: Form, meaning: str, shown: dict[str, JSON]) -> str:
    for node in form.with_meaning(meaning):
        value = shown.get(node.path)
        if value is not None and node.repeat < 0:
            return str(value)
    return ""


def _texts_with_meanings(form: Form, shown: dict[str, JSON]) -> list[str]:
    paths = {
        node.path for node in form.nodes if isinstance(node, Valued) and node.meaning in _SEARCHED_MEANINGS
    }
    return [str(value) for path, value in shown.items() if without_rows(path) in paths]


def _integer(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
