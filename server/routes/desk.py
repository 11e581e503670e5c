"""What the desk reads: queues, lists, one record in full, progress."""

from __future__ import annotations

from typing import Annotated, Any, cast

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from server import likely
from server.config import now_ms
from server.refresh import refresh_views
from server.routes import desk_answers as answers
from server.routes.access import (
    DECIDERS,
    AnyRequest,
    config_of,
    require_user,
    signed_in,
    store_of,
)
from server.routes.desk_deciding import DECIDING_ROUTES
from server.routes.desk_duplicates import DUPLICATE_ROUTES, codes_of_twins, compare_some
from server.routes.desk_forms import DESK_FORM_ROUTES
from server.routes.desk_full import in_full
from server.routes.desk_lines import list_line
from server.routes.desk_phones import PHONE_ROUTES, silent_phones, visible_holds
from server.routes.desk_put_back import PUT_BACK_ROUTES, count_unread
from server.routes.errors import WireProblem
from server.store import areas, audit, desk_phones, forms, review, rounds

READERS = ("supervisor", "admin", "viewer")
_MOST_ROWS = 200


@get("/api/desk/catalog", guards=[signed_in(*READERS)], sync_to_thread=True)
def catalog(request: AnyRequest) -> answers.Catalog:
    """Areas, rounds, forms and interviewers of the user's area."""
    access = require_user(request, *READERS)
    with store_of(request).reading() as db:
        registers = set(likely.registers(db))
        newest = {published.id: published for published in forms.versions(db)}
        own = areas.get(db, access.area or areas.top(db))
        return answers.Catalog(
            areas=[area for area in areas.everything(db) if area.code in set(access.areas)],
            rounds=rounds.everything(db),
            forms=[
                answers.FormFacts(
                    form.id,
                    form.version,
                    form.title,
                    newest[form.id].url,
                    form.subject_form,
                    form.one_per,
                    form.id in registers,
                )
                for form_id in newest
                if (form := forms.newest(db, form_id))
            ],
            authors=[answers.Author(*author) for author in review.authors(db, access.areas)],
            area_name=own.name if own else "",
            phones_can_connect=config_of(request).has_https,
        )


@get("/api/desk/queues", guards=[signed_in(*READERS)], sync_to_thread=True)
def queues(request: AnyRequest) -> answers.QueueCounts:
    """How much waits in each queue."""
    access, store = require_user(request, *READERS), store_of(request)
    refresh_views(store)
    if access.role in DECIDERS:
        compare_some(request)
    with store.reading() as db:
        counts = review.queue_counts(db, access.areas)
        if access.role in DECIDERS:
            counts["duplicates"] = len(likely.pairs(db, access.areas))
            counts["holds"] = len(visible_holds(db, access))
            counts["silent"] = len(silent_phones(db, access))
            counts["put_back"] = count_unread(db, access)
        return answers.QueueCounts(counts, review.last_received(db, access.areas))


@get("/api/desk/records", guards=[signed_in(*READERS)], sync_to_thread=True)
def records(
    request: AnyRequest,
    *,
    queue: FromQuery[str] = "",
    form: FromQuery[str] = "",
    round_id: Annotated[str, QueryParameter(name="round")] = "",
    area: FromQuery[str] = "",
    status: FromQuery[str] = "",
    author: FromQuery[str] = "",
    q: FromQuery[str] = "",
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=_MOST_ROWS)] = 50,
) -> answers.RecordList:
    """A page of records within the user's areas, newest first. Viewers can't search: names would answer."""
    access, store = require_user(request, *READERS), store_of(request)
    if queue not in review.QUEUES:
        raise WireProblem(400, "unknown_queue", f"There is no queue {queue}.")
    refresh_views(store)
    is_deleted = status == "deleted"
    with store.reading() as db:
        wanted = review.Wanted(
            areas=access.areas,
            queue="deleted" if is_deleted else cast(review.Queue, queue),
            form=form,
            round=round_id,
            area_filter=areas.expanded(db, [area]) if area else None,
            status="" if is_deleted else status,
            author=author,
            search="" if access.role == "viewer" else q,
        )
        total, oldest = review.count(db, wanted)
        found = review.lines(db, wanted, offset, limit)
        twins = codes_of_twins(db, access, found) if access.role in DECIDERS else {}
        return answers.RecordList(total, oldest, [list_line(db, access, line, twins) for line in found])


@get("/api/desk/records/{record:str}", guards=[signed_in(*READERS)], sync_to_thread=True)
def record_in_full(request: AnyRequest, record: FromPath[str]) -> answers.RecordInFull:
    """One record with answers, conflicts, comments and history. Every reading is in the audit log."""
    access, store = require_user(request, *READERS), store_of(request)
    with store.reading() as db:
        is_within = review.line(db, record, access.areas) is not None
    if not is_within:
        raise WireProblem(404, "not_found", "There is no such record within your areas.")
    refresh_views(store)
    store.write(lambda db: audit.note(db, now_ms(), access.user_id, "read_record", record))
    with store.reading() as db:
        found = in_full(db, access, record)
    if found is None:
        raise WireProblem(409, "unknown_form", "The form of this record is not published here.")
    return found


@get("/api/desk/progress", guards=[signed_in(*READERS)], sync_to_thread=True)
def progress(
    request: AnyRequest, form: FromQuery[str], round_id: Annotated[str, QueryParameter(name="round")] = ""
) -> answers.ProgressTable:
    """How far the interviews of a round are, by hamlet."""
    access, store = require_user(request, *READERS), store_of(request)
    refresh_views(store)
    with store.reading() as db:
        asked = forms.newest(db, form)
        if asked is None:
            raise WireProblem(404, "not_found", "There is no such form.")
        people = desk_phones.interviewers_by_area(db, access.areas)
        order = {area.code: place for place, area in enumerate(areas.everything(db))}
        found = review.progress(db, form, asked.subject_form, round_id, access.areas)
        found.sort(key=lambda row: order.get(row.area, -1))
        rows = [
            answers.ProgressRow(
                area=row.area,
                people=[name for _, name in people.get(row.area, [])],
                households=row.households,
                approved=row.approved,
                submitted=row.submitted,
                returned=row.returned,
                draft=row.draft,
                last_received=row.last_received,
            )
            for row in found
        ]
        return answers.ProgressTable(rows, len({user for each in people.values() for user, _ in each}))


DESK_ROUTES: list[Any] = [
    catalog,
    queues,
    records,
    *DUPLICATE_ROUTES,
    record_in_full,
    progress,
    *DECIDING_ROUTES,
    *PHONE_ROUTES,
    *PUT_BACK_ROUTES,
    *DESK_FORM_ROUTES,
]
