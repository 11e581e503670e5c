"""One record as the desk is given it."""

from __future__ import annotations

from server import review as reviewing
from server.judge import context, judge, what_it_is_about
from server.routes import desk_answers as answers
from server.routes.access import UserAccess
from server.store import forms, review


def in_full(db: reviewing.Database, access: UserAccess, record: str) -> answers.RecordInFull | None:
    """What the user may see of it; None where its form is not published."""
    line, judged = review.line(db, record), judge(db, record)
    if line is None or judged is None or judged.form is None:
        return None
    form, folded = judged.form, judged.folded
    is_named = access.role != "viewer"
    hides = reviewing.never_hides if is_named else reviewing.hides_identifying(form)
    shown = reviewing.shown_record(db, judged, form, hides)
    subject = review.line(db, line.subject, access.areas) if line.subject else None
    last = review.last_round_answers(db, line.form, line.subject, line.round)
    beside = context(db, folded, form, judged.changes, what_it_is_about(db, folded))
    published = {each.version: each for each in forms.versions(db, form.id)}
    sources = {name: dict(row) for name, row in beside.sources.items() if is_named or name != "@subject"}
    return answers.RecordInFull(
        record=record,
        form=line.form,
        form_version=form.version,
        form_url=published[form.version].url,
        round=folded.round,
        subject=folded.subject,
        subject_name=reviewing.name_of(db, subject) if subject and is_named else "",
        subject_code=subject.code if subject and is_named else "",
        name=reviewing.name_of(db, line) if is_named else "",
        title=judged.title if is_named else "",
        code=judged.code if is_named else "",
        areas=line.areas,
        status=folded.status or "draft",
        flags=judged.flags,
        deleted=folded.deleted,
        same_as=folded.same_as,
        seen=folded.seen,
        seen_at=shown.seen_at,
        values=shown.values,
        rows=shown.rows,
        answers=shown.answers,
        conflicts=shown.conflicts,
        since=shown.since,
        apart=shown.apart,
        history=shown.history,
        comments=shown.comments,
        violations=[answers.ShownViolation(each.path, each.kind) for each in shown.violations],
        context=answers.ShownContext(
            beside.now_ms, beside.offset_min, beside.seed, beside.lang, sources, dict(beside.meta)
        ),
        last_round=None
        if last is None
        else answers.RoundAnswers(
            last[0], {path: value for path, value in last[1].items() if not hides(path)}
        ),
        author_name=line.author_name,
        at=line.at,
    )
