"""What a supervisor is told after the server was put back, and of what was erased."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, PathParameter
from msgspec import Struct

from schemas.canonical import SAFE_INTEGER
from server import review as reviewing
from server.config import now_ms
from server.refresh import refresh_views
from server.routes.access import DECIDERS, AnyRequest, UserAccess, require_user, signed_in, store_of
from server.routes.desk_answers import Done
from server.routes.errors import WireProblem
from server.store import desk_phones, erased_records, put_back, review, stays
from server.store.put_back import PutBack

MOST_HOUSEHOLDS = 100


class PhoneBack(Struct, frozen=True, kw_only=True):
    """A phone of which `changes` came back; or, with none, one that was not heard of since. Times in ms."""

    id: str
    label: str
    people: list[str]
    changes: int = 0
    last_seen: int | None = None


class HouseholdBack(Struct, frozen=True, kw_only=True):
    """`changes`: of the household and of all that is about it."""

    record: str
    name: str
    code: str
    changes: int


class PutBackNews(Struct, frozen=True, kw_only=True):
    """One time that the server was put back. `at`: since when the older state serves; `state_at`: when the
    newest change in it had come; `how`: `restore`, or `copy` of the files. `more`: households beyond those
    listed; `waiting`: phones that may still bring something."""

    number: int
    at: int
    how: str
    state_at: int | None
    changes: int
    phones: list[PhoneBack]
    households: list[HouseholdBack]
    more: int
    waiting: list[PhoneBack]


class PutBackList(Struct, frozen=True):
    news: list[PutBackNews]


class ErasedProof(Struct, frozen=True):
    """`at` in ms; `changes`: how many lost their content."""

    record: str
    form: str
    at: int
    reason: str
    changes: int


@get("/api/desk/put-back", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def list_put_back(request: AnyRequest) -> PutBackList:
    """Each time that the server was put back and the user has not read of, with what came back since."""
    access, store = require_user(request, *DECIDERS), store_of(request)
    refresh_views(store)
    with store.reading() as db:
        return PutBackList([_news(db, access, found) for found in put_back.unread(db, access.user_id)])


@post(
    "/api/desk/put-back/{number:int}/read",
    guards=[signed_in(*DECIDERS)],
    status_code=200,
    sync_to_thread=True,
)
def read_put_back(request: AnyRequest, number: Annotated[int, PathParameter(ge=1, le=SAFE_INTEGER)]) -> Done:
    """The user has read of it: it is shown again once more comes back."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    store.write(lambda db: put_back.note_read(db, number, access.user_id, now))
    return Done()


@get("/api/desk/erased/{record:str}", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def erased_proof(request: AnyRequest, record: FromPath[str]) -> ErasedProof:
    """That a record was erased, when and why. There is nothing else to be shown."""
    access = require_user(request, *DECIDERS)
    with store_of(request).reading() as db:
        proof = erased_records.get(db, record)
        lay_in = stays.ever(db, record) or {""}
    if proof is None or not lay_in & set(access.areas):
        raise WireProblem(404, "not_found", "There is no such record within your areas.")
    return ErasedProof(proof.record, proof.form, proof.at, proof.reason, proof.changes)


def count_unread(db: reviewing.Database, access: UserAccess) -> int:
    return len(put_back.unread(db, access.user_id))


def _news(db: reviewing.Database, access: UserAccess, found: PutBack) -> PutBackNews:
    households = _households(db, access, found.number)
    phones = {phone.id: phone for phone in desk_phones.phones(db, access.areas)}
    labels = review.device_labels(db)
    came = put_back.devices(db, found.number, access.areas)
    return PutBackNews(
        number=found.number,
        at=found.at,
        how=found.how,
        state_at=found.state_at,
        changes=sum(each.changes for each in came),
        phones=[
            PhoneBack(
                id=each.name,
                label=labels.get(each.name, ""),
                people=phones[each.name].people if each.name in phones else [],
                changes=each.changes,
            )
            for each in came
        ],
        households=households[:MOST_HOUSEHOLDS],
        more=max(0, len(households) - MOST_HOUSEHOLDS),
        waiting=[
            PhoneBack(id=phone.id, label=phone.label, people=phone.people, last_seen=phone.last_seen)
            for phone in phones.values()
            if not phone.is_revoked and (phone.last_seen or 0) < found.at
        ],
    )


def _households(db: reviewing.Database, access: UserAccess, number: int) -> list[HouseholdBack]:
    changes: Counter[str] = Counter()
    for each in put_back.records(db, number, access.areas):
        line = review.line(db, each.name, access.areas)
        changes[line.subject if line and line.subject else each.name] += each.changes
    lines = {record: review.line(db, record, access.areas) for record in changes}
    return [
        HouseholdBack(
            record=record,
            name=reviewing.name_of(db, line) if line else "",
            code=line.code if line else "",
            changes=number_of,
        )
        for record, number_of in changes.most_common()
        for line in (lines[record],)
    ]


PUT_BACK_ROUTES: list[Any] = [list_put_back, read_put_back, erased_proof]
