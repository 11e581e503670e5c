"""Changes come in."""

from __future__ import annotations

from asyncio import to_thread, wrap_future
from typing import Any

from litestar import post
from litestar.params import JSONBody

from schemas.names import BadPacking
from schemas.wire import Push, PushAnswer, ShortPushAnswer
from server import erasing, intake
from server.config import now_ms
from server.intake import EpochChanged
from server.packed import PushReader, TooMuch, read_push, short_answer
from server.routes.access import AnyRequest, Connection, require_sender, store_of
from server.routes.bodies import BODY
from server.routes.errors import WireProblem
from server.store import Store, epochs

MOST_CHANGES = 1000
_FEW = 8


def _by_sender(connection: Connection, _handler: Any) -> None:
    connection.state.sender = require_sender(connection)


@post("/api/push", status_code=200, guards=[_by_sender], opt={BODY: PushReader().decode})
async def push(request: AnyRequest, data: JSONBody[Push]) -> PushAnswer | ShortPushAnswer:
    """Stores changes, recognises those it has, puts the rest on hold; one result each, in order."""
    if len(data.changes) > MOST_CHANGES:
        raise WireProblem(413, "too_large", f"More than {MOST_CHANGES} changes: send them in halves.")
    store, now = store_of(request), now_ms()
    read = await _read(store, data)
    try:
        taken = await wrap_future(intake.take(store, request.state.sender, read, now, data.last))
    except EpochChanged:
        raise WireProblem(409, "epoch_changed", EPOCH_CHANGED) from None
    if taken.has_erased:
        await to_thread(erasing.settle, store)
    request.app.state.refresher.wake()
    if data.proof is None:
        return PushAnswer(taken.epoch, now, taken.results, taken.max_seq)
    return short_answer(taken, read, data, request.state.sender.device)


async def _read(store: Store, push: Push) -> list[intake.Read]:
    try:
        # A thread costs more than a few changes; many would keep the others waiting.
        if len(push.changes) <= _FEW:
            return read_push(store, push)
        return await to_thread(read_push, store, push)
    except BadPacking as error:
        raise WireProblem(400, "bad_packing", str(error)) from None
    except TooMuch:
        raise WireProblem(
            413, "too_large", "The changes are larger than 8 MiB: send them in halves."
        ) from None


def require_same_epoch(store: Store, epoch: str, pos: int) -> None:
    """409 `epoch_changed` where this server never gave `pos` in `epoch`."""
    with store.reading() as db:
        if epochs.has_changed(db, epoch, pos):
            raise WireProblem(409, "epoch_changed", EPOCH_CHANGED)


EPOCH_CHANGED = (
    "The server was put back to an earlier state: push everything with receipts, pull from the start."
)
PUSH_ROUTES: list[Any] = [push]
