"""Changes go out."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.params import FromQuery, QueryParameter

from schemas.wire import PullAnswer
from server import pulling
from server.config import now_ms
from server.routes.access import AnyRequest, by_device, require_device, store_of
from server.routes.errors import WireProblem
from server.routes.push import EPOCH_CHANGED, require_same_epoch


@get("/api/pull", guards=[by_device], sync_to_thread=True)
def pull(
    request: AnyRequest,
    cursor: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
    last: FromQuery[str] = "",
    former: FromQuery[str] = "",
) -> PullAnswer:
    """The next page of what this device is given, and the cursor behind it.

    A device that begins again after `epoch_changed` names the cursor that it had as `former`: what left its
    areas meanwhile is then in `forget` too.
    """
    device = require_device(request).device
    store = store_of(request)
    if last:
        epoch, _, pos = last.rpartition(":")
        if not pos.isascii() or not pos.isdigit() or len(pos) > 15:
            raise WireProblem(400, "bad_last", "`last` is <epoch>:<pos>.")
        require_same_epoch(store, epoch, int(pos))
    reached = pulling.decode_cursor(cursor) if cursor else None
    if cursor and reached is None:
        raise WireProblem(400, "bad_cursor", "This is not a cursor of this server: pull from the start.")
    try:
        return pulling.page(store, device, reached, limit, now_ms(), former=pulling.decode_cursor(former))
    except pulling.EpochChanged:
        raise WireProblem(409, "epoch_changed", EPOCH_CHANGED) from None


PULL_ROUTES: list[Any] = [pull]
