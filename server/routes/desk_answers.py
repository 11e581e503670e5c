"""What the desk is answered: shapes of its messages."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from server.review import DeskComment, HistoryEntry
from server.store.areas import Area
from server.store.rounds import Round
from server.told import ApartRow, DeskHead, Since


class FormFacts(Struct, frozen=True):
    """The newest version of a form. `is_register`: records of other forms are about its records."""

    id: str
    version: str
    title: str
    url: str
    subject_form: str
    one_per: list[str]
    is_register: bool


class Author(Struct, frozen=True):
    id: str
    name: str


class Catalog(Struct, frozen=True):
    """What every page needs. `area_name`: the user's own; `phones_can_connect`: there is https."""

    areas: list[Area]
    rounds: list[Round]
    forms: list[FormFacts]
    authors: list[Author]
    area_name: str
    phones_can_connect: bool


class QueueCounts(Struct, frozen=True):
    """Counts by queue; `last_received` in ms."""

    counts: dict[str, int]
    last_received: int | None


class ListLine(Struct, frozen=True, kw_only=True):
    """One record of a list. For viewers `name` and `code` are ''. `at` in ms."""

    record: str
    form: str
    round: str
    subject: str
    name: str
    code: str
    areas: list[str]
    status: str
    flags: list[str]
    conflicts: int
    violations: int
    has_hold: bool
    is_deleted: bool
    duplicate_of: str
    author_name: str
    at: int


class RecordList(Struct, frozen=True):
    """A page; `total` and `oldest` (ms) are of all that was asked for."""

    total: int
    oldest: int | None
    rows: list[ListLine]


class ShownViolation(Struct, frozen=True):
    path: str
    kind: str


class RoundAnswers(Struct, frozen=True):
    title: str
    answers: dict[str, Any]


class ShownContext(Struct, frozen=True):
    """What expressions of labels see beside the answers."""

    now_ms: int
    offset_min: int
    seed: str | int
    lang: str
    sources: dict[str, dict[str, Any]]
    meta: dict[str, str]


class RecordInFull(Struct, frozen=True, kw_only=True):
    """One record with its history. `seen`: every change it was folded from, oldest first: what a change made
    from this screen has to list."""

    record: str
    form: str
    form_version: str
    form_url: str
    round: str
    subject: str
    subject_name: str
    subject_code: str
    name: str
    title: str
    code: str
    areas: list[str]
    status: str
    flags: list[str]
    deleted: bool
    same_as: list[str]
    seen: list[str]
    seen_at: int
    values: dict[str, Any]
    rows: list[str]
    answers: dict[str, Any]
    conflicts: dict[str, list[DeskHead]]
    since: list[Since]
    apart: list[ApartRow]
    history: list[HistoryEntry]
    comments: list[DeskComment]
    violations: list[ShownViolation]
    context: ShownContext
    last_round: RoundAnswers | None
    author_name: str
    at: int


class OpenHousehold(Struct, frozen=True, kw_only=True):
    """What is to be decided about one household. `household`: the record that stands for it; `tied`: codes of
    what was registered twice and tied to it; `records`: the household's own first, without history and
    calculations. For viewers `name`, `code` and `tied` are empty."""

    household: str
    name: str
    code: str
    tied: list[str]
    areas: list[str]
    records: list[RecordInFull]


class OpenList(Struct, frozen=True, kw_only=True):
    """A page of households; the totals are of all that was asked for. `oldest` in ms."""

    total: int
    records: int
    conflicts: int
    oldest: int | None
    households: list[OpenHousehold]


class ProgressRow(Struct, frozen=True, kw_only=True):
    """One area. Households not counted in a state have not been started. `people`: its interviewers."""

    area: str
    people: list[str]
    households: int
    approved: int
    submitted: int
    returned: int
    draft: int
    last_received: int | None


class ProgressTable(Struct, frozen=True):
    """`people`: how many interviewers there are in all."""

    rows: list[ProgressRow]
    people: int


class HeldChange(Struct, frozen=True, kw_only=True):
    """A change on hold. `set` is empty and `is_readable` false for bytes that are no change. `record_name` is
    the household's where the record is not known yet."""

    id: str
    reason: str
    detail: str
    record: str
    record_name: str
    code: str
    form: str
    author_name: str
    device_label: str
    at: int
    received: int
    set: dict[str, Any]
    is_readable: bool
    is_record_known: bool
    form_url: str


class HoldList(Struct, frozen=True):
    holds: list[HeldChange]


class PhoneFacts(Struct, frozen=True, kw_only=True):
    id: str
    label: str
    areas: list[str]
    people: list[str]
    enrolled_at: int
    last_seen: int | None
    is_revoked: bool
    is_silent: bool
    may_revoke: bool


class PersonFacts(Struct, frozen=True):
    id: str
    name: str
    role: str
    area: str


class PhoneList(Struct, frozen=True):
    phones: list[PhoneFacts]
    people: list[PersonFacts]


class Invitation(Struct, frozen=True):
    """`qr`: the link as SVG; `expires` in ms."""

    code: str
    link: str
    expires: int
    qr: str
    phones_can_connect: bool


class Done(Struct, frozen=True):
    done: bool = True
