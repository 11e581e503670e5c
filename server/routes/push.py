"""Changes come in."""

from __future__ import annotations

from typing import Any

from litestar import post
from litestar.params import JSONBody

from schemas.wire import Push, PushAnswer, SentChange
from server.config import now_ms
from server.intake import Offered, Sender, accept
from server.routes.access import AnyRequest, Connection, require_sender, store_of
from server.routes.errors import WireProblem
from server.store import Store, epochs, log

MOST_CHANGES = 1000


def _by_sender(connection: Connection, _handler: Any) -> None:
    connection.state.sender = require_sender(connection)


@post("/api/push", status_code=200, guards=[_by_sender], sync_to_thread=True)
def push(request: AnyRequest, data: JSONBody[Push]) -> PushAnswer:
    """Stores changes, recognises those it has, puts the rest on hold; one result each, in order."""
    if len(data.changes) > MOST_CHANGES:
        raise WireProblem(413, "too_large", f"More than {MOST_CHANGES} changes: send them in halves.")
    store, sender, now = store_of(request), request.state.sender, now_ms()
    if data.last is not None:
        require_same_epoch(store, data.last.epoch, data.last.pos)
    results = accept(store, sender, [_offered(change) for change in data.changes], now)
    request.app.state.refresher.wake()
    return _answer(store, sender, results, now)


def _answer(store: Store, sender: Sender, results: list[Any], now: int) -> PushAnswer:
    with store.reading() as db:
        return PushAnswer(epochs.newest(db), now, results, log.max_seq(db, sender.device))


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
