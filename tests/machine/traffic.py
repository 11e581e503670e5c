"""What phones and couriers say to the server, and what becomes of it on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from contextlib import suppress

from schemas.change import change_id
from schemas.wire import SentReceipt
from server.intake import Offered
from server.pulling import EpochChanged
from server.store import devices
from tests.machine.field_work import PHONES, YES_NO, FieldWork
from tests.machine.server import FATES
from tests.machine.steps import action
from tests.machine.village import HOUSES, RECORDS
from tests.phone_model import Kept, PhoneModel, UnknownToken
from tests.village import NOW

NUMBERS = [1, 2, 3]
WAYS = ["lost before", "lost after", "duplicated", "late", "killed before commit", "killed after commit",
        "reordered", "split"]  # fmt: skip
PULLED = [fate for fate in FATES if fate != "late"]
PULLS = ["pull", "pull lost", "pull repeated", "pull page by page"]
# What a phone may not say although it is the phone that it says it is.
OWN = ["other person", "far area"]


class Traffic(FieldWork):
    @action(8, name=PHONES, size=NUMBERS, fate=[*FATES, *["late"] * 4])
    def push(self, name: str, size: int, fate: str) -> bool:
        phone = self.phone(name)
        waiting = len(phone.outbox())
        if not waiting:
            return False
        generation = phone.generation
        is_answered = self.asked(phone, fate, lambda: phone.push(size))
        if is_answered and phone.generation == generation:
            assert len(phone.outbox()) < waiting, "law 14: the outbox shrinks"
        return True

    @action(16, name=PHONES, record=RECORDS, way=WAYS, kinds=[f"push {way}" for way in WAYS])
    def hand_in(self, name: str, record: str, way: str) -> bool | str:
        """Two changes of a phone, and then what may become of a push of all it has."""
        phone = self.phone(name)
        for value in (1, 2):
            self._type(phone, record, {"size" if record in HOUSES else "income": value}, True)
            self._seal(phone, record)
        if len(phone.outbox()) < 2:
            return False
        generation = phone.generation
        if way == "split":
            self.asked(phone, "arrives", lambda: phone.push(1) or phone.push(1))
            return phone.generation != generation or "push split"
        is_reordered = way == "reordered"
        fate = "arrives" if is_reordered else "twice" if way == "duplicated" else way
        self.asked(phone, fate, lambda: phone.push(100, is_reordered))
        # A server that was put back took nothing: no push of this kind.
        return phone.generation != generation or f"push {way}"

    @action(17, name=PHONES, limit=[1, 1, 1, 2], fate=[*PULLED, "arrives", "arrives"], kinds=PULLS)
    def pull(self, name: str, limit: int, fate: str) -> str:
        phone = self.phone(name)
        generation = phone.generation
        more: list[bool] = []

        def work() -> None:
            more.append(phone.pull(limit))
            if not more[0]:
                self.reached(phone)

        self.asked(phone, fate, work)
        if phone.generation != generation:
            return "pull"
        if fate.startswith("lost"):
            return "pull lost"
        return "pull repeated" if fate == "twice" else "pull page by page" if more == [True] else "pull"

    @action(4, name=PHONES, size=NUMBERS, limit=[1, 3, 100])
    def sync(self, name: str, size: int, limit: int) -> bool:
        self.sync_whole(self.phone(name), size, limit)
        return True

    @action(7, name=PHONES, other=PHONES, record=RECORDS, values=[(1, 2), (0, 3), (2, 2)])
    def quarrel(self, name: str, other: str, record: str, values: Sequence[int]) -> bool:
        """Two people interview the same household on one day, without each other."""
        one, two = self.phone(name), self.phone(other)
        if one is two:
            return False
        for phone, value in zip((one, two), values, strict=True):
            self._leave(phone, record)
            self._type(phone, record, {"size" if record in HOUSES else "income": value}, True)
            self._seal(phone, record)
            self.asked(phone, "arrives", lambda phone=phone: phone.push(100))  # type: ignore[misc]
        return True

    @action(70)
    def deliver_late(self) -> bool:
        """A push arrives that its phone has long given up, also where the server is not the same any more."""
        if not self.server.late:
            return False
        device, last, offered = self.server.late.pop(0)
        with suppress(EpochChanged, UnknownToken):
            self.answered_by(self.server.take(device, last, offered))
        return True

    @action(
        21,
        name=PHONES,
        courier=PHONES,
        proof=["receipt", "sig", "none", "none"],
        is_reversed=YES_NO,
        kinds=["push by courier with proof", "push by courier without proof"],
    )
    def carry(self, name: str, courier: str, proof: str, is_reversed: bool) -> bool | str:
        """One phone brings the changes of another, with proof or without."""
        author, bearer = self.phone(name), self.phone(courier)
        carried = [
            kept for kept in author.kept.values() if (kept.receipt is not None) == (proof == "receipt")
        ]
        if author is bearer or not carried:
            return False
        offered = [self._proved(kept, proof) for kept in (reversed(carried) if is_reversed else carried)]
        self.server.faults[f"courier with {proof}"] += 1
        try:
            self.server.push(bearer.token, None, offered)
        except UnknownToken:
            return False
        return "push by courier without proof" if proof == "none" else "push by courier with proof"

    def _proved(self, kept: Kept, proof: str) -> Offered:
        with self.server.store.reading() as db:
            device = devices.get(db, kept.change.device)
        if proof != "sig" or device is None:
            return Offered(kept.body, receipt=kept.receipt if proof == "receipt" else None)
        key = base64.urlsafe_b64decode(device.device_key + "==")
        mark = base64.urlsafe_b64encode(hmac.new(key, kept.body, hashlib.sha256).digest())
        return Offered(kept.body, sig=mark.rstrip(b"=").decode())

    @action(3, name=PHONES, as_whom=["desk", "other phone", "forged receipt", "cli", *OWN])
    def forge(self, name: str, as_whom: str) -> bool:
        """A phone says something in another's name, or of an area that is not its own."""
        phone = self.phone(name)
        if as_whom in OWN:
            return self._overstep(phone, as_whom)
        other = "cli" if as_whom == "cli" else self.desks[0].device
        author = "system" if as_whom == "cli" else self.people["supervisor"]
        if as_whom == "other phone":
            other, author = (
                ("phone-2", self.people["lan"])
                if phone.device != "phone-2"
                else ("phone-1", self.people["han"])
            )
        writer = PhoneModel(self.server, other, author, seq=900 + self.server.requests)
        made = writer.kept[writer.write(HOUSES[0], "house", {"head": "Giả", "@status": "approved"})]
        mark = SentReceipt(1, NOW, "admin", "AAAA") if as_whom == "forged receipt" else None
        self.forged.add(change_id(made.body))
        try:
            self.server.push(phone.token, None, [Offered(made.body, receipt=mark)])
        except UnknownToken:
            return False
        return True

    def _overstep(self, phone: PhoneModel, how: str) -> bool:
        far = [code for code in ("C", "C1", "C2") if not self.is_within(code, phone)]
        if how == "far area" and not far:
            return False
        strangers = {self.people["han"], self.people["lan"]} - {phone.author}
        author = phone.author if how == "far area" else min(strangers)
        writer = PhoneModel(self.server, phone.device, author, seq=phone.seq)
        values = {"size": 9} | ({"@area": far[0]} if how == "far area" else {})
        made = writer.kept[writer.write(HOUSES[0], "house", values)]
        phone.seq = writer.seq
        self.forged.add(change_id(made.body))
        try:
            self.server.push(phone.token, None, [Offered(made.body)])
        except UnknownToken:
            return False
        return True
