"""The same household twice: likely pairs with the evidence, side by side, "not the same" and taking that
back. Tying two is a change like any other, through `/api/push`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from server import likely
from server import review as reviewing
from server.config import now_ms
from server.likely import find_likely
from server.likeness import Evidence, Traits, score, shared_members
from server.refresh import refresh_views
from server.routes import desk_answers as answers
from server.routes.access import (
    DECIDERS,
    AnyRequest,
    UserAccess,
    require_user,
    signed_in,
    store_of,
)
from server.routes.desk_lines import list_line
from server.routes.errors import WireProblem
from server.store import areas, audit, counting, review
from server.store import likely as stored

# What a reader waits for; the rest is compared in the background.
_COMPARED_AT_ONCE = 40
_MOST_PAIRS = 200


class Reason(Struct, frozen=True):
    """`kind` and `n` as in `likeness.Evidence`; `is_for`: it speaks for one household."""

    kind: str
    n: int
    is_for: bool


class Said(Struct, frozen=True):
    """Who said or did it, and when (ms)."""

    user_name: str
    at: int


class DuplicatePair(Struct, frozen=True, kw_only=True):
    """`score`: 0 to 100; `said`: who tied them, or said that they are not the same (of a likely pair: before
    one of them changed). A tie is written in `a`."""

    score: int
    evidence: list[Reason]
    a: answers.ListLine
    b: answers.ListLine
    said: Said | None = None


class DuplicateList(Struct, frozen=True, kw_only=True):
    """A page; `total` of all that were asked for, `waiting`: households that are not compared yet."""

    total: int
    waiting: int
    pairs: list[DuplicatePair]


class Interview(Struct, frozen=True, kw_only=True):
    """A record about a household. `counts`: false where another one of its round counts for the same
    household."""

    record: str
    form: str
    round: str
    status: str
    author_name: str
    at: int
    counts: bool


class RosterMember(Struct, frozen=True, kw_only=True):
    """`born`: a year, 0 where it is not known; `is_shared`: the other household has this person too."""

    name: str
    born: int
    is_shared: bool


class Household(Struct, frozen=True, kw_only=True):
    """One side. `registered_at` in ms."""

    line: answers.ListLine
    registered_by: str
    registered_at: int
    members: list[RosterMember]
    interviews: list[Interview]


class Comparison(Struct, frozen=True, kw_only=True):
    score: int
    evidence: list[Reason]
    a: Household
    b: Household


class NotTheSame(Struct, frozen=True):
    """`is_said` false takes it back."""

    a: str
    b: str
    is_said: bool = True


@get("/api/desk/duplicates", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def duplicates(
    request: AnyRequest,
    *,
    kind: FromQuery[Literal["likely", "tied", "not_the_same"]] = "likely",
    area: FromQuery[str] = "",
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=_MOST_PAIRS)] = 50,
) -> DuplicateList:
    """Pairs of households of the user's areas: likely the same, the most alike first; tied; said to be not
    the same."""
    access, store = require_user(request, *DECIDERS), store_of(request)
    refresh_views(store)
    compare_some(request)
    with store.reading() as db:
        scope = sorted(set(access.areas) & areas.expanded(db, [area])) if area else access.areas
        found = {"likely": _likely, "tied": _tied, "not_the_same": _told_apart}[kind](db, scope)
        shown = [_pair(db, access, pair) for pair in found[offset : offset + limit]]
        return DuplicateList(total=len(found), waiting=stored.count_due(db), pairs=shown)


@get("/api/desk/duplicates/{a:str}/{b:str}", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def side_by_side(request: AnyRequest, a: FromPath[str], b: FromPath[str]) -> Comparison:
    """Two households with the evidence, their members and interviews. It is in the audit log, as every
    reading of a record."""
    access, store = require_user(request, *DECIDERS), store_of(request)
    refresh_views(store)
    with store.reading() as db:
        lines = _both(db, access, a, b)
        reasons = likely.compared_now(db, a, b)
        told = [likely.traits_of(db, line.record) for line in lines]
        shared = shared_members(*(each.members if each else [] for each in told))
        one, other = (
            _household(db, access, line, traits, alike)
            for line, traits, alike in zip(lines, told, shared, strict=True)
        )
    for record in (a, b):
        store.write(lambda db, record=record: audit.note(db, now_ms(), access.user_id, "read_record", record))  # type: ignore[misc]
    return Comparison(score=score(reasons), evidence=_reasons(reasons), a=one, b=other)


@post(
    "/api/desk/duplicates/not-the-same", guards=[signed_in(*DECIDERS)], status_code=200, sync_to_thread=True
)
def not_the_same(request: AnyRequest, data: JSONBody[NotTheSame]) -> answers.Done:
    """Says that two are not the same household, or takes that back. It holds until one of them changes in
    name, phone or place."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    refresh_views(store)
    compare_some(request)
    with store.reading() as db:
        _both(db, access, data.a, data.b)
    a, b = sorted((data.a, data.b))

    def job(db: reviewing.Database) -> bool:
        if not data.is_said:
            was_said = stored.unsay(db, a, b)
        else:
            was_said = likely.say_not_the_same(db, a, b, access.user_id, now)
        if was_said:
            audit.note(
                db, now, access.user_id, "not_the_same" if data.is_said else "not_the_same_undone", a, b
            )
        return was_said

    if not store.write(job):
        raise WireProblem(
            409, "not_compared", "These two can't be told apart: one is deleted or has no name."
        )
    return answers.Done()


def compare_some(request: AnyRequest) -> None:
    """Brings what has just arrived into the list; a long backlog is left to the background."""
    store = store_of(request)
    if find_likely(store, _COMPARED_AT_ONCE) == _COMPARED_AT_ONCE:
        request.app.state.refresher.wake()


def codes_of_twins(
    db: reviewing.Database, access: UserAccess, lines: Iterable[review.Line]
) -> dict[str, str]:
    """Household to the code of the one that it is likely the same as; lines are of these or about them."""
    wanted = {name for line in lines for name in (line.record, line.subject) if name}
    found = likely.twins(db, access.areas, wanted)
    others = {record: review.line(db, other) for record, other in found.items() if record in wanted}
    return {record: other.code for record, other in others.items() if other}


class _Shown(Struct, frozen=True):
    a: str
    b: str
    score: int
    evidence: list[Evidence]
    said: Said | None


def _likely(db: reviewing.Database, scope: Collection[str]) -> list[_Shown]:
    return [
        _Shown(pair.a, pair.b, pair.score, pair.evidence, _said(db, pair.was_said) if pair.was_said else None)
        for pair in likely.pairs(db, scope)
    ]


def _tied(db: reviewing.Database, scope: Collection[str]) -> list[_Shown]:
    return [_compared(db, tie.a, tie.b, _said(db, tie)) for tie in likely.ties(db, scope)]


def _told_apart(db: reviewing.Database, scope: Collection[str]) -> list[_Shown]:
    return [_compared(db, said.a, said.b, _said(db, said)) for said in likely.not_the_same(db, scope)]


def _compared(db: reviewing.Database, a: str, b: str, said: Said) -> _Shown:
    reasons = likely.compared_now(db, a, b)
    return _Shown(a, b, score(reasons), reasons, said)


def _said(db: reviewing.Database, said: stored.NotTheSame | likely.Tie) -> Said:
    return Said(review.user_names(db).get(said.user, said.user), said.at)


def _pair(db: reviewing.Database, access: UserAccess, shown: _Shown) -> DuplicatePair:
    a, b = review.line(db, shown.a), review.line(db, shown.b)
    assert a is not None and b is not None
    return DuplicatePair(
        score=shown.score,
        evidence=_reasons(shown.evidence),
        a=list_line(db, access, a, {}),
        b=list_line(db, access, b, {}),
        said=shown.said,
    )


def _both(db: reviewing.Database, access: UserAccess, a: str, b: str) -> list[review.Line]:
    lines = [review.line(db, record, access.areas) for record in (a, b)]
    found = [line for line in lines if line is not None]
    if len(found) < 2 or found[0].form != found[1].form:
        raise WireProblem(404, "not_found", "There are no such two households within your areas.")
    return found


def _household(
    db: reviewing.Database, access: UserAccess, line: review.Line, traits: Traits | None, alike: list[bool]
) -> Household:
    name, at = review.first_written(db, line.record) or ("", 0)
    about = [each for each in review.about(db, line.record) if set(each.areas) & set(access.areas)]
    others = {form: counting.superseded(db, form) for form in {each.form for each in about}}
    members = traits.members if traits else []
    return Household(
        line=list_line(db, access, line, {}),
        registered_by=name,
        registered_at=at,
        members=[
            RosterMember(name=member.name, born=member.born, is_shared=is_shared)
            for member, is_shared in zip(members, alike, strict=True)
        ],
        interviews=[
            Interview(
                record=each.record,
                form=each.form,
                round=each.round,
                status=each.status,
                author_name=each.author_name,
                at=each.at,
                counts=each.record not in others[each.form],
            )
            for each in about
        ],
    )


def _reasons(evidence: Iterable[Evidence]) -> list[Reason]:
    return [Reason(each.kind, each.n, each.points > 0) for each in evidence]


DUPLICATE_ROUTES: list[Any] = [duplicates, side_by_side, not_the_same]
