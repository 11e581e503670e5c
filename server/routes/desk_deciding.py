"""The queue of what people have to decide, by household."""

from __future__ import annotations

from typing import Annotated, Any, cast

from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec.structs import replace

from server import review as reviewing
from server.config import now_ms
from server.refresh import refresh_views
from server.routes import desk_answers as answers
from server.routes.access import AnyRequest, UserAccess, require_user, signed_in, store_of
from server.routes.desk_full import in_full
from server.routes.errors import WireProblem
from server.store import areas, audit, deciding, review

READERS = ("supervisor", "admin", "viewer")
KINDS = ("open", "conflicts", "inconsistent", "changed", "edited", "rows")
_MOST_HOUSEHOLDS = 50


@get("/api/desk/open", guards=[signed_in(*READERS)], sync_to_thread=True)
def to_decide(
    request: AnyRequest,
    *,
    kind: FromQuery[str] = "open",
    form: FromQuery[str] = "",
    round_id: Annotated[str, QueryParameter(name="round")] = "",
    area: FromQuery[str] = "",
    status: FromQuery[str] = "",
    author: FromQuery[str] = "",
    q: FromQuery[str] = "",
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=_MOST_HOUSEHOLDS)] = 10,
) -> answers.OpenList:
    """A page of households with what is to be decided about each, those that changed last first. Every record
    of the page is noted as read."""
    access, store = require_user(request, *READERS), store_of(request)
    if kind not in KINDS:
        raise WireProblem(400, "unknown_queue", f"There is no queue {kind}.")
    refresh_views(store)
    with store.reading() as db:
        wanted = review.Wanted(
            areas=access.areas,
            queue=cast(review.Queue, kind),
            form=form,
            round=round_id,
            area_filter=areas.expanded(db, [area]) if area else None,
            status=status,
            author=author,
            search="" if access.role == "viewer" else q,
        )
        totals = deciding.totals(db, wanted)
        page = deciding.households(db, wanted, offset, limit)
        households = [_household(db, access, each) for each in page]

    def note(db: reviewing.Database) -> None:
        for each in page:
            for record in each.records:
                audit.note(db, now_ms(), access.user_id, "read_record", record, "queue")

    if page:
        store.write(note)
    return answers.OpenList(
        total=totals.households,
        records=totals.records,
        conflicts=totals.conflicts,
        oldest=totals.oldest,
        households=households,
    )


def _household(
    db: reviewing.Database, access: UserAccess, found: deciding.OpenHousehold
) -> answers.OpenHousehold:
    is_named = access.role != "viewer"
    tied = deciding.twins(db, found.household)
    lines = review.lines_of(db, [found.household, *tied, *found.records], access.areas)
    household = lines.get(found.household)
    order = sorted(found.records, key=lambda record: (lines[record].subject != "", -lines[record].at, record))
    return answers.OpenHousehold(
        household=found.household,
        name=reviewing.name_of(db, household or lines[order[0]]) if is_named else "",
        code=household.code if household and is_named else "",
        tied=[lines[record].code for record in tied if record in lines] if is_named else [],
        areas=household.areas if household else lines[order[0]].areas,
        records=[
            replace(shown, history=[], answers={})
            for record in order
            if (shown := in_full(db, access, record)) is not None
        ],
    )


DECIDING_ROUTES: list[Any] = [to_decide]
