"""The messages between a phone and the server. Only ever added to: phones come back after months."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from schemas.packing import Packed, Table


class SentReceipt(Struct, frozen=True):
    """A receipt as a phone kept it."""

    pos: int
    at: int
    role: str
    mac: str


class SentChange(Struct, frozen=True):
    """A pushed change: the exact bytes, or how to rebuild them, and from a courier what proves them."""

    body: str | Packed
    receipt: SentReceipt | None = None
    sig: str | None = None


class Last(Struct, frozen=True):
    """The newest epoch answered and the highest position in any answer or cursor."""

    epoch: str
    pos: int


class Push(Struct, frozen=True):
    """`tables`: of the packed changes among these. `proof`: the first 11 letters of the change id of the ids
    of all changes, one behind the other, in order; needed where one is packed."""

    changes: list[str | SentChange | Packed]
    last: Last | None = None
    tables: list[Table] = []
    proof: str | None = None


class PushResult(Struct, frozen=True, omit_defaults=True):
    """`stored` and `duplicate` carry the receipt; `held` its reason and position."""

    id: str
    result: Literal["stored", "duplicate", "held"]
    reason: str | None = None
    pos: int | None = None
    at: int | None = None
    role: str | None = None
    mac: str | None = None


# Results of a batch with a proof, in short: of which change, its place says. Of what is stored pos, at (none:
# the change's own), role and mac; of what is on hold the reason and pos.
ShortResult = list[int | str | None]


class PushAnswer(Struct, frozen=True):
    """`server`: the newest epoch. `max_seq`: the highest `seq` known of the token's device."""

    server: str
    time: int
    results: list[PushResult]
    max_seq: int


class ShortPushAnswer(Struct, frozen=True, omit_defaults=True):
    """Of a push with a proof. `server`: left out where the push names the newest epoch; `max_seq`: where it
    brings a change with that number."""

    said: list[ShortResult]
    server: str = ""
    max_seq: int = 0


class PulledChange(Struct, frozen=True):
    id: str
    pos: int
    at: int
    role: str
    mac: str
    body: str


# A pulled change, packed: pos, at (none: the change's own), role, mac, and how to rebuild it.
PackedPulledChange = tuple[int, int | None, str, str, Packed]


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


class PackedPage(Struct, frozen=True, omit_defaults=True):
    """A page for a device that asks for packed changes; what is empty, or as the device said, is left out.
    `next`: the cursor. `changes`: those that can't be packed; `packed`: the others, with their `tables`;
    `proof`: of these, as in a push."""

    next: str
    server: str = ""
    more: bool = False
    tables: list[Table] = []
    packed: list[PackedPulledChange] = []
    proof: str = ""
    changes: list[PulledChange] = []
    carried: list[CarriedAnswers] = []
    forget: list[str] = []
    erased: list[str] = []
    released: list[str] = []
    discarded: list[str] = []
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


class FileNames(Struct, frozen=True):
    """Files, by SHA-256."""

    files: list[str]


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
