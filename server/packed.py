"""Packed changes come in, as exact bytes before anything is stored, and go out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from schemas.change import Change, change_id, parse_change
from schemas.names import BadPacking
from schemas.packing import Origin, Packed, Packer, Table, origins_of, unpack
from schemas.wire import (
    Last,
    PackedPage,
    PackedPulledChange,
    PullAnswer,
    PulledChange,
    Push,
    PushResult,
    SentChange,
    ShortPushAnswer,
    ShortResult,
)
from server.intake import Offered, Read, Taken
from server.store import Store, forms
from server.store.kept import SentPacked

# As of a request that is not packed: what a few bytes stand for must fit as well.
MOST_UNPACKED = 8 << 20


class _Told(Struct, frozen=True):
    """A push of which no change is read."""

    changes: list[msgspec.Raw]
    last: Last | None = None
    tables: list[Table] = []
    proof: str | None = None


class _Unread(list[Any]):
    """The changes of a push, read one after another: of those before nothing stays in memory that is not
    needed. Raises `BadPacking`."""

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from map(_changes.decode, super().__iter__())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadPacking("These are not packed changes: send them as they are.") from None


class PushReader:
    """Reads a push as a decoder of `Push` does, but the changes of one with a proof only as they are asked
    for."""

    type = Push

    def decode(self, body: bytes) -> Push:
        told = _told.decode(body)
        if told.proof is None:
            return _push.decode(body)
        return Push(_Unread(told.changes), told.last, told.tables, told.proof)


class TooMuch(Exception):
    """The changes of one push are together larger than a push may be."""


def read_push(store: Store, push: Push) -> list[Read]:
    """What can be said of the changes without the log. Raises `BadPacking`, `TooMuch`."""
    origins = _origins(store, push)
    read: list[Read] = []
    room = MOST_UNPACKED
    for sent in push.changes:
        read.append(_read(sent, origins))
        room -= len(read[-1].offered.body)
        if room < 0:
            raise TooMuch
    if push.proof is not None and push.proof != proof_of([each.id for each in read]):
        raise BadPacking("The rebuilt changes are not those that were sent: send them as they are.")
    return read


def proof_of(ids: Iterable[str]) -> str:
    """That these changes are the ones, and in this order."""
    return change_id("".join(ids).encode())[:11]


def _origins(store: Store, push: Push) -> list[Origin]:
    if not push.tables:
        return []
    if push.proof is None:
        raise BadPacking("Packed changes need a proof that they are rebuilt as they were.")
    with store.reading() as db:
        return origins_of(push.tables, lambda form, version: forms.names(db, form, version))


def _read(sent: str | SentChange | Packed, origins: list[Origin]) -> Read:
    receipt, sig = (sent.receipt, sent.sig) if isinstance(sent, SentChange) else (None, None)
    told = sent.body if isinstance(sent, SentChange) else sent
    if isinstance(told, str):
        body = told.encode("utf-8", "surrogatepass")
        return Read(change_id(body), Offered(body, receipt, sig), parse_change(body))
    body, change = unpack(told, origins)
    return Read(
        change_id(body),
        Offered(body, receipt, sig),
        change,
        SentPacked(origins[told[0]].names, told[4], told[5]),
    )


def short_answer(taken: Taken, read: list[Read], push: Push, device: str) -> ShortPushAnswer:
    """Without what the phone knows of its own batch."""
    said = [_said(result, each) for result, each in zip(taken.results, read, strict=True)]
    epoch = push.last.epoch if push.last else ""
    brought = max((_seq_by(device, each.change) for each in read), default=0)
    return ShortPushAnswer(
        said,
        "" if taken.epoch == epoch else taken.epoch,
        taken.max_seq if taken.max_seq > brought else 0,
    )


def _seq_by(device: str, change: Change | str) -> int:
    return change.seq if isinstance(change, Change) and change.device == device else 0


def _said(result: PushResult, read: Read) -> ShortResult:
    if result.result == "held":
        return [result.reason, result.pos]
    own = None if isinstance(read.change, str) else read.change.at
    return [result.pos, None if result.at == own else result.at, result.role, result.mac]


def packed_page(page: PullAnswer, epoch: str) -> PackedPage:
    """The same page with every change packed that can be. `epoch`: the newest that the device knows of."""
    packer, ids = Packer(), list[str]()
    as_they_are: list[PulledChange] = []
    packed: list[PackedPulledChange] = []
    for change in page.changes:
        made = packer.pack(change.body.encode())
        if made is None:
            as_they_are.append(change)
            continue
        ids.append(change.id)
        at = None if change.at == made[3] else change.at
        packed.append((change.pos, at, change.role, change.mac, made))
    return PackedPage(
        next=page.cursor,
        server="" if page.server == epoch else page.server,
        more=page.more,
        tables=packer.tables,
        packed=packed,
        proof=proof_of(ids) if ids else "",
        changes=as_they_are,
        carried=page.carried,
        forget=page.forget,
        erased=page.erased,
        released=page.released,
        discarded=page.discarded,
        people=page.people,
        published=page.published,
        had=page.had,
    )


_told = msgspec.json.Decoder(_Told)
_push = msgspec.json.Decoder(Push)
_changes = msgspec.json.Decoder[Any](str | SentChange | Packed)
