"""Changes go out."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.params import FromQuery, QueryParameter

from schemas.wire import PackedPage, PullAnswer
from server import pulling
from server.config import now_ms
from server.intake import EpochChanged
from server.packed import packed_page
from server.routes.access import AnyRequest, Connection, require_device, require_not_revoked, store_of
from server.routes.errors import WireProblem
from server.routes.push import EPOCH_CHANGED, require_same_epoch


def _by_known_device(connection: Connection, _handler: Any) -> None:
    require_device(connection, may_be_revoked=True)


@get("/api/pull", guards=[_by_known_device], sync_to_thread=True)
def pull(  # noqa: PLR0917
    request: AnyRequest,
    cursor: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
    last: FromQuery[str] = "",
    former: FromQuery[str] = "",
    have: FromQuery[str] = "",
    packed: FromQuery[bool] = False,
) -> PullAnswer | PackedPage:
    """The next page of what this device is given, and the cursor behind it.

    A device that begins again after `epoch_changed` names the cursor that it had as `former`: what left its
    areas meanwhile is then in `forget` too. A revoked one is told first that the server was put back: it
    pushes what was lost, and only then wipes itself. `have`: positions, as `12-15.17`, at which it has
    changes of its own with their receipts: where it also says `last`, they are left out. `packed`: changes
    may come as values by position, and what is empty is left out.
    """
    device = require_device(request, may_be_revoked=True).device
    store = store_of(request)
    if last:
        epoch, _, pos = last.rpartition(":")
        if not pos.isascii() or not pos.isdigit() or len(pos) > 15:
            raise WireProblem(400, "bad_last", "`last` is <epoch>:<pos>.")
        require_same_epoch(store, epoch, int(pos))
    held = pulling.decode_stretches(have)
    if held is None:
        raise WireProblem(400, "bad_have", "`have` is positions like 12-15.17, at most 100 stretches.")
    reached = pulling.decode_cursor(cursor) if cursor else None
    if cursor and reached is None:
        raise WireProblem(400, "bad_cursor", "This is not a cursor of this server: pull from the start.")
    try:
        pulling.require_same_epoch(store, reached)
        require_not_revoked(device)
        before = pulling.decode_cursor(former)
        # Only under an epoch that was just checked do positions mean the same changes.
        has = held if last else []
        page = pulling.page(store, device, reached, limit, now_ms(), former=before, has=has)
    except EpochChanged:
        raise WireProblem(409, "epoch_changed", EPOCH_CHANGED) from None
    return packed_page(page, last.rpartition(":")[0]) if packed else page


PULL_ROUTES: list[Any] = [pull]
