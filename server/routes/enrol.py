"""How a phone joins: an invitation's code, and a new device id after a restore or a clone."""

from __future__ import annotations

import re
from typing import Any

from litestar import post
from litestar.params import JSONBody

from schemas.wire import Enrol, EnrolAnswer, EnrolledUser, NewDevice
from server.config import now_ms
from server.routes.access import AnyRequest, by_device, require_device, store_of
from server.routes.errors import WireProblem
from server.routes.rates import forgive_try, require_rate
from server.store import Store, devices, epochs, keys, users
from server.store.devices import Enrolled

_DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")
_SENTENCES = {
    "code_unknown": "There is no such code: check it letter by letter.",
    "code_used": "This code was already used: ask for a new one.",
    "code_expired": "This code has expired: ask for a new one.",
    "revoked": "This device was revoked by the administrator.",
    "device_taken": "This device id is already enrolled: make a new one.",
}


@post("/api/enrol", status_code=201, sync_to_thread=True)
def enrol(request: AnyRequest, data: JSONBody[Enrol]) -> EnrolAnswer:
    """Spends an invitation code and gives the phone its token."""
    now = now_ms()
    require_rate(request, "enrol", now)
    _check_device_id(data.device)
    store = store_of(request)
    enrolled = store.write(lambda db: devices.enrol(db, data.code, data.device, data.label[:200], now))
    if not isinstance(enrolled, str):
        forgive_try(request, "enrol")
    return _answer(store, enrolled, now)


@post("/api/device", status_code=201, guards=[by_device], sync_to_thread=True)
def renew_device(request: AnyRequest, data: JSONBody[NewDevice]) -> EnrolAnswer:
    """Gives a restored or cloned phone a new device id; the old token stays valid."""
    now = now_ms()
    old = require_device(request).device
    _check_device_id(data.device)
    store = store_of(request)
    enrolled = store.write(lambda db: devices.renew(db, old.id, data.device, data.label[:200], now))
    return _answer(store, enrolled, now)


def _check_device_id(device: str) -> None:
    if not _DEVICE_ID.fullmatch(device) or device == devices.CLI_DEVICE or device.startswith("desk-"):
        raise WireProblem(400, "bad_device", "A device id is 4 to 64 letters and digits.")


def _answer(store: Store, enrolled: Enrolled | devices.EnrolProblem, now: int) -> EnrolAnswer:
    if isinstance(enrolled, str):
        raise WireProblem(409 if enrolled == "device_taken" else 403, enrolled, _SENTENCES[enrolled])
    with store.reading() as db:
        people = [user for name in enrolled.device.users if (user := users.get(db, name)) is not None]
        return EnrolAnswer(
            token=enrolled.token,
            device=enrolled.device.id,
            device_key=enrolled.device.device_key,
            recovery_key=keys.recovery_public(db),
            server=epochs.newest(db),
            time=now,
            areas=enrolled.device.areas,
            users=[EnrolledUser(user.id, user.name, user.role) for user in people if not user.is_disabled],
        )


ENROL_ROUTES: list[Any] = [enrol, renew_device]
