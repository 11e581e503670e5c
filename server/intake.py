"""The one way in: every change of phones, desk and commands is stored, recognised or put on hold here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future

from msgspec import Struct
from msgspec.structs import replace

from schemas.change import Change, change_id, parse_change
from schemas.wire import Last, PushResult, SentReceipt
from server import erasing
from server.arriving import Arriving
from server.store import Store, devices, epochs, holds, keys, log
from server.store.holds import Hold
from server.store.kept import SentPacked

# Phones in the field run hours fast; the receipt caps them, nobody is refused.
CLOCK_TOLERANCE_MS = 10 * 60_000
_INTERVIEWER_STATUS = (None, "draft", "submitted")


class Sender(Struct, frozen=True):
    """Who pushes: a device by its token or session, or the command line."""

    device: str
    kind: str = "phone"


CLI = Sender(devices.CLI_DEVICE, "cli")


class Offered(Struct, frozen=True):
    """Exact bytes, with the receipt or signature that a courier brings."""

    body: bytes
    receipt: SentReceipt | None = None
    sig: str | None = None


class Read(Struct, frozen=True):
    """A change with what can be said of it without the database. `told`: how it came packed."""

    id: str
    offered: Offered
    change: Change | str
    told: SentPacked | None = None


class _Refusal(Struct, frozen=True):
    reason: str
    detail: str = ""


class _Standing(Struct, frozen=True):
    """What the server knows of a change's origin."""

    is_proved: bool
    at: int
    role: str


class _Origin(Struct, frozen=True):
    """What is the same for all that comes from one author on one device for one version of a form. `scope`:
    the device's areas and all below them."""

    refusal: _Refusal | None
    is_author: bool
    scope: set[str]


class Taken(Struct, frozen=True):
    """One result per change, in order, with the newest epoch and the highest `seq` known of the sender
    afterwards. `has_erased`: `erasing.settle` must follow."""

    results: list[PushResult]
    epoch: str
    max_seq: int
    has_erased: bool


class EpochChanged(Exception):
    """The phone knows of positions that this server never gave."""


def accept(store: Store, sender: Sender, offered: Sequence[Offered], now_ms: int) -> list[PushResult]:
    """One result per change, in order. Returns after the commit is durable."""
    taken = take(store, sender, read_all(offered), now_ms).result()
    if taken.has_erased:
        erasing.settle(store)
    return taken.results


def read_all(offered: Sequence[Offered]) -> list[Read]:
    """What can be said of changes without the database."""
    return [Read(change_id(each.body), each, parse_change(each.body)) for each in offered]


def take(
    store: Store, sender: Sender, read: Sequence[Read], now_ms: int, last: Last | None = None
) -> Future[Taken]:
    """Resolves after the commit is durable; to `EpochChanged`, with nothing taken, where this server never
    gave `last`."""
    read = [_with_names(each) for each in read]

    def job(db: sqlite3.Connection) -> Taken:
        if last is not None and epochs.has_changed(db, last.epoch, last.pos):
            raise EpochChanged
        changes = [each.change for each in read if isinstance(each.change, Change)]
        arriving = Arriving(db, [each.id for each in read], changes)
        results = [_take(arriving, sender, each, now_ms) for each in read]
        arriving.finish()
        max_seq = log.max_seq(db, sender.device)
        return Taken(results, epochs.newest(db), max_seq, arriving.has_erased)

    return store.submit(job)


def release(store: Store, change_id: str, user: str, now_ms: int) -> str | None:
    """Applies a change on hold under a new position, with `at` and role as when first received. A sentence
    where it can't be."""

    def job(db: sqlite3.Connection) -> str | None:
        hold = holds.get(db, change_id)
        if hold is None or hold.state != "held":
            return "This change is not on hold."
        change = _named(parse_change(hold.body))
        if isinstance(change, str):
            return f"These bytes are not a valid change ({change}) and can only be discarded."
        before = Arriving(db, [], [change])
        refusal = _form_refusal(before, change) or _record_refusal(before, change)
        if refusal:
            return f"It can't be applied: {refusal.detail}"
        holds.decide(db, change_id, "released", user, now_ms)
        arriving = Arriving(db, [change_id], [change])
        role = hold.role or "interviewer"
        arriving.store(change_id, hold.body, change, at=hold.at, role=role, received=hold.received)
        arriving.finish()
        return None

    refusal = store.write(job)
    erasing.settle(store)
    return refusal


def discard(store: Store, change_id: str, user: str, now_ms: int) -> str | None:
    """Keeps the bytes and never applies them. A sentence where it can't be."""

    def job(db: sqlite3.Connection) -> str | None:
        hold = holds.get(db, change_id)
        if hold is None or hold.state != "held":
            return "This change is not on hold."
        holds.decide(db, change_id, "discarded", user, now_ms)
        return None

    return store.write(job)


def _with_names(read: Read) -> Read:
    if b"\\u0000" not in read.offered.body:
        return read
    return replace(read, change=_named(read.change))


def _named(change: Change | str) -> Change | str:
    """No record has a name with NUL in it, which ends a text where lists of names are looked up."""
    if isinstance(change, str):
        return change
    names = (change.record, change.set.get("@subject"), change.set.get("@same_as"))
    return "bad_record" if any(isinstance(name, str) and "\0" in name for name in names) else change


def _take(arriving: Arriving, sender: Sender, read: Read, now_ms: int) -> PushResult:
    receipt = arriving.receipt(read.id)
    if receipt is not None:
        return _with_receipt(read.id, "duplicate", receipt)
    hold = arriving.hold(read.id)
    standing = _standing(arriving, sender, read, now_ms)
    refusal = _refusal(arriving, sender, read, standing)
    # A receipt for what is on hold: it was released before the server was put back.
    is_released = standing.is_proved and refusal is None
    if hold is not None and (hold.state != "held" or not is_released):
        reason = "discarded" if hold.state == "discarded" else hold.reason
        return PushResult(read.id, "held", reason=reason, pos=hold.pos)
    if hold is not None:
        arriving.release(read.id, now_ms)
    if refusal is not None:
        role = _attested_role(arriving, read.change, standing, refusal)
        kept = _hold(sender, read, replace(standing, role=role), refusal, now_ms)
        pos = arriving.keep_on_hold(kept, read.change)
        return PushResult(read.id, "held", reason=refusal.reason, pos=pos)
    assert isinstance(read.change, Change)
    was_erased = arriving.is_erased(read.id)
    stored = arriving.store(
        read.id,
        read.offered.body,
        read.change,
        at=standing.at,
        role=standing.role,
        received=now_ms,
        told=read.told,
    )
    if standing.is_proved and not was_erased:
        arriving.note_came_back(read.id, read.change, now_ms)
    return _with_receipt(read.id, "duplicate" if was_erased else "stored", stored)


def _standing(arriving: Arriving, sender: Sender, read: Read, now_ms: int) -> _Standing:
    change, sent = read.change, read.offered.receipt
    if sent is not None:
        mac = arriving.mac(read.id, sent.pos, sent.at, sent.role)
        if hmac.compare_digest(mac.encode(), sent.mac.encode("utf-8", "surrogatepass")):
            return _Standing(True, sent.at, sent.role)
    if isinstance(change, str):
        return _Standing(False, now_ms, "")
    return _Standing(False, min(change.at, now_ms + CLOCK_TOLERANCE_MS), _role(arriving, sender, change))


def _role(arriving: Arriving, sender: Sender, change: Change) -> str:
    if change.device == sender.device == devices.CLI_DEVICE:
        return "admin"
    return arriving.role(change.author)


def _refusal(arriving: Arriving, sender: Sender, read: Read, standing: _Standing) -> _Refusal | None:
    change = read.change
    if isinstance(change, str):
        return _Refusal("newer_format" if change == "newer_version" else "not_a_change", change)
    origin = _origin(arriving, sender, read, change, standing)
    refusal = origin.refusal or _record_refusal(arriving, change)
    if refusal or standing.is_proved or change.device == devices.CLI_DEVICE:
        return refusal
    if not (origin.is_author and standing.role):
        return _Refusal("author_not_enrolled", change.author)
    forbidden = _forbidden_path(change, standing.role)
    if forbidden:
        return _Refusal("role", forbidden)
    return _area_refusal(arriving, change, origin.scope)


def _origin(arriving: Arriving, sender: Sender, read: Read, change: Change, standing: _Standing) -> _Origin:
    def found() -> _Origin:
        device = arriving.device(change.device)
        refusal = _device_refusal(arriving, sender, read, change, standing) or _form_refusal(arriving, change)
        is_author = device is not None and change.author in device.users
        return _Origin(refusal, is_author, arriving.scope(device) if device else set())

    if standing.is_proved or read.offered.sig is not None:
        return found()
    key = ("origin", sender.device, change.device, change.form, change.form_version, change.author)
    return arriving.once(key, found)


def _device_refusal(
    arriving: Arriving, sender: Sender, read: Read, change: Change, standing: _Standing
) -> _Refusal | None:
    own = arriving.device(sender.device)
    device = arriving.device(change.device)
    if (own and own.is_revoked) or (device and device.is_revoked and not standing.is_proved):
        return _Refusal("device_revoked", change.device)
    if change.device == sender.device or change.device in arriving.lineage(sender.device):
        return None
    if standing.is_proved or (device and _is_signed(device.device_key, read.offered)):
        return None
    return _Refusal("courier", change.device)


def _is_signed(device_key: str, offered: Offered) -> bool:
    """HMAC-SHA256 by the device key, over the bytes; base64url or hex."""
    if not offered.sig or not device_key:
        return False
    given = offered.sig.encode("utf-8", "replace")
    for key in (keys.decode(device_key), device_key.encode()):
        digest = hmac.new(key, offered.body, hashlib.sha256).digest()
        texts = (
            base64.urlsafe_b64encode(digest).rstrip(b"="),
            base64.b64encode(digest),
            digest.hex().encode(),
        )
        if any(
            [
                hmac.compare_digest(text, given.rstrip(b"=") if i == 0 else given)
                for i, text in enumerate(texts)
            ]
        ):
            return True
    return False


def _form_refusal(arriving: Arriving, change: Change) -> _Refusal | None:
    if not arriving.is_published(change.form):
        return _Refusal("unknown_form", f"no form {change.form} is published")
    if not arriving.has_version(change.form, change.form_version):
        return _Refusal("unknown_version", f"{change.form} {change.form_version} is not published")
    return None


def _record_refusal(arriving: Arriving, change: Change) -> _Refusal | None:
    known = arriving.form_of(change.record)
    if known is not None and known != change.form:
        return _Refusal("other_form", f"the record belongs to the form {known}")
    return None


def _forbidden_path(change: Change, role: str) -> str:
    """The first path that the role may not write so, or ''."""
    if role in ("supervisor", "admin"):
        return ""
    if role != "interviewer":
        return next(iter(change.set), "@")
    if change.set.get("@status") not in _INTERVIEWER_STATUS:
        return "@status"
    return "@same_as" if "@same_as" in change.set else ""


def _area_refusal(arriving: Arriving, change: Change, scope: set[str]) -> _Refusal | None:
    wanted = change.set.get("@area")
    if wanted is not None and (not isinstance(wanted, str) or wanted not in scope):
        return _Refusal("area", str(wanted))
    # Where nothing is known yet (a later change arrived first), there is nothing that it lies outside of.
    lay_in = arriving.lay_in(change.record)
    if not lay_in and wanted is not None:
        return None
    lay_in = lay_in - {""}
    subject = change.set.get("@subject")
    if not lay_in and wanted is None and isinstance(subject, str):
        lay_in = arriving.lay_in(subject) - {""}
    if lay_in and not lay_in & scope:
        return _Refusal("area", ", ".join(sorted(lay_in)))
    return None


def _hold(sender: Sender, read: Read, standing: _Standing, refusal: _Refusal, now_ms: int) -> Hold:
    change = read.change if isinstance(read.change, Change) else None
    return Hold(
        pos=0,
        id=read.id,
        body=read.offered.body,
        reason=refusal.reason,
        detail=refusal.detail,
        sender=sender.device,
        device=change.device if change else "",
        seq=change.seq if change else 0,
        record=change.record if change else "",
        form=change.form if change else "",
        author=change.author if change else "",
        at=standing.at,
        role=standing.role,
        received=now_ms,
    )


def _attested_role(arriving: Arriving, change: Change | str, standing: _Standing, refusal: _Refusal) -> str:
    """The role that a release gives. Who is only said to be the author lends a change no role."""
    if standing.is_proved or isinstance(change, str):
        return standing.role
    device = arriving.device(change.device)
    is_author = device is not None and change.author in device.users
    return standing.role if is_author and refusal.reason != "courier" else ""


def _with_receipt(change_id: str, result: str, receipt: log.Receipt) -> PushResult:
    return PushResult(
        change_id,
        "stored" if result == "stored" else "duplicate",
        pos=receipt.pos,
        at=receipt.at,
        role=receipt.role,
        mac=receipt.mac,
    )
