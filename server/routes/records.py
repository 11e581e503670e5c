"""One record, folded and judged."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.params import FromPath

from schemas.paths import is_system
from schemas.wire import ConflictHead, RecordAnswer
from server import pulling
from server.config import now_ms
from server.judge import Judged, judge
from server.refresh import refresh_records
from server.routes.access import DECIDERS, AnyRequest, DeviceAccess, by_anyone, require_anyone, store_of
from server.routes.errors import WireProblem
from server.store import audit, pulls, stays, views


@get("/api/records/{record:str}", guards=[by_anyone], sync_to_thread=True)
def one_record(request: AnyRequest, record: FromPath[str]) -> RecordAnswer:
    """What the record's changes add up to. A desk user's reading is noted in the audit log."""
    access, store = require_anyone(request), store_of(request)
    with store.reading() as db:
        if isinstance(access, DeviceAccess):
            may = pulls.is_given_whole(db, pulling.entitlement(db, access.device), record)
        else:
            may = access.role in DECIDERS and bool(stays.areas_of(db, record) & set(access.areas))
    if not may:
        raise WireProblem(404, "not_found", "There is no such record within your areas.")
    refresh_records(store, [record])
    with store.reading() as db:
        judged, view = judge(db, record), views.get(db, record)
    if judged is None or view is None:
        raise WireProblem(404, "not_found", "There is no such record within your areas.")
    if not isinstance(access, DeviceAccess):
        store.write(lambda db: audit.note(db, now_ms(), access.user_id, "read_record", record))
    return _answer(judged, view)


def _answer(judged: Judged, view: views.RecordView) -> RecordAnswer:
    folded = judged.folded
    return RecordAnswer(
        record=folded.record,
        form=view.form,
        seen=folded.seen,
        answers={path: value for path, value in judged.answers.items() if not is_system(path)},
        conflicts={
            path: [ConflictHead(head.id, head.value, head.author, head.at, head.role) for head in heads]
            for path, heads in folded.conflicts.items()
        },
        flags=judged.flags,
        status=folded.status,
        deleted=folded.deleted,
        same_as=view.representative,
    )


RECORD_ROUTES: list[Any] = [one_record]
