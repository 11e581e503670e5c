"""The messages between a phone and the server. Only ever added to: phones come back after months."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class SentReceipt(Struct, frozen=True):
    """A receipt as a phone kept it."""

    pos: int
    at: int
    role: str
    mac: str


class SentChange(Struct, frozen=True):
    """A pushed change: the exact bytes and, from a courier, what proves them."""

    body: str
    receipt: SentReceipt | None = None
    sig: str | None = None


class Last(Struct, frozen=True):
    """The newest epoch answered and the highest position in any answer or cursor."""

    epoch: str
    pos: int


class Push(Struct, frozen=True):
    changes: list[str | SentChange]
    last: Last | None = None


class PushResult(Struct, frozen=True, omit_defaults=True):
    """`stored` and `duplicate` carry the receipt; `held` its reason and position."""

    id: str
    result: Literal["stored", "duplicate", "held"]
    reason: str | None = None
    pos: int | None = None
    at: int | None = None
    role: str | None = None
    mac: str | None = None


class PushAnswer(Struct, frozen=True):
    """`server`: the newest epoch. `max_seq`: the highest `seq` known of the token's device."""

    server: str
    time: int
    results: list[PushResult]
    max_seq: int


class PulledChange(Struct, frozen=True):
    id: str
    pos: int
    at: int
    role: str
    mac: str
    body: str


class CarriedAnswers(Struct, frozen=True):
    """A read-only copy of folded answers of a past round; no change, never pushed."""

    record: str
    form: str
    round: str
    subject: str
    answers: dict[str, Any]


class PullAnswer(Struct, frozen=True, omit_defaults=True):
    """One page. The phone stores it and its cursor in one transaction. `people`: the names of those who wrote
    its changes, by user id. `published`: another one than before means that what `/api/forms`,
    `/api/areas` or `/api/rounds` answer to this device may have changed. `had`: positions, first and last of
    each stretch, of changes that are left out since the device said that it has them with their receipts."""

    server: str
    time: int
    changes: list[PulledChange]
    carried: list[CarriedAnswers]
    forget: list[str]
    erased: list[str]
    released: list[str]
    discarded: list[str]
    cursor: str
    more: bool
    people: dict[str, str] = {}
    published: str = ""
    had: list[tuple[int, int]] = []


class Enrol(Struct, frozen=True):
    code: str
    device: str
    label: str = ""


class EnrolledUser(Struct, frozen=True):
    id: str
    name: str
    role: str


class EnrolAnswer(Struct, frozen=True):
    """`device_key` signs changes for couriers; `recovery_key`: a P-256 point, uncompressed, base64url."""

    token: str
    device: str
    device_key: str
    recovery_key: str
    server: str
    time: int
    areas: list[str]
    users: list[EnrolledUser]


class NewDevice(Struct, frozen=True):
    device: str
    label: str = ""


class FormEntry(Struct, frozen=True):
    """`url` is immutable; `rounds`: the open rounds that ask this form."""

    id: str
    version: str
    title: str
    hash: str
    url: str
    rounds: list[str]


class ConflictHead(Struct, frozen=True):
    id: str
    value: Any
    author: str
    at: int
    role: str


class RecordAnswer(Struct, frozen=True):
    record: str
    form: str
    seen: list[str]
    answers: dict[str, Any]
    conflicts: dict[str, list[ConflictHead]]
    flags: list[str]
    status: str
    deleted: bool
    same_as: str | None
