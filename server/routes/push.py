"""Changes come in."""

from __future__ import annotations

from asyncio import to_thread, wrap_future
from typing import Any

from litestar import post
from litestar.params import JSONBody

from schemas.wire import Push, PushAnswer, SentChange
from server import erasing, intake
from server.config import now_ms
from server.intake import EpochChanged, Offered
from server.routes.access import AnyRequest, Connection, require_sender, store_of
from server.routes.bodies import BODY
from server.routes.errors import WireProblem
from server.store import Store, epochs

MOST_CHANGES = 1000
_FEW = 8


def _by_sender(connection: Connection, _handler: Any) -> None:
    connection.state.sender = require_sender(connection)


@post("/api/push", status_code=200, guards=[_by_sender], opt={BODY: Push})
async def push(request: AnyRequest, data: JSONBody[Push]) -> PushAnswer:
    """Stores changes, recognises those it has, puts the rest on hold; one result each, in order."""
    if len(data.changes) > MOST_CHANGES:
        raise WireProblem(413, "too_large", f"More than {MOST_CHANGES} changes: send them in halves.")
    store, now = store_of(request), now_ms()
    read = await _read(data.changes)
    try:
        taken = await wrap_future(intake.take(store, request.state.sender, read, now, data.last))
    except EpochChanged:
        raise WireProblem(409, "epoch_changed", EPOCH_CHANGED) from None
    if taken.has_erased:
        await to_thread(erasing.settle, store)
    request.app.state.refresher.wake()
    return PushAnswer(taken.epoch, now, taken.results, taken.max_seq)


async def _read(changes: list[str | SentChange]) -> list[intake.Read]:
    def read() -> list[intake.Read]:
        return intake.read_all([_offered(change) for change in changes])

    # A thread costs more than a few changes; many would keep the others waiting.
    return read() if len(changes) <= _FEW else await to_thread(read)


def _offered(change: str | SentChange) -> Offered:
    body = change if isinstance(change, str) else change.body
    data = body.encode("utf-8", "surrogatepass")
    return Offered(data) if isinstance(change, str) else Offered(data, change.receipt, change.sig)


def require_same_epoch(store: Store, epoch: str, pos: int) -> None:
    """409 `epoch_changed` where this server never gave `pos` in `epoch`."""
    with store.reading() as db:
        if epochs.has_changed(db, epoch, pos):
            raise WireProblem(409, "epoch_changed", EPOCH_CHANGED)


EPOCH_CHANGED = (
    "The server was put back to an earlier state: push everything with receipts, pull from the start."
)
PUSH_ROUTES: list[Any] = [push]
