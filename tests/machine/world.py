"""What can happen in a commune: every action that a run may take."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from schemas.change import change_id
from schemas.wire import SentReceipt
from server import erasing, erasing_again
from server.intake import Offered, discard, release
from server.pulling import EpochChanged
from server.store import areas, devices, forms, holds, log, rounds
from server.store.areas import Area
from tests.machine.desk import Desk
from tests.machine.field_work import FEW, PHONES, YES_NO, FieldWork
from tests.machine.office import Office
from tests.machine.server import COPIES, FATES, Server
from tests.machine.steps import Step, action
from tests.machine.village import HOUSES, RECORDS, ROUNDS, SCOPES, SIZE_RULES, house_form, made
from tests.phone_model import Kept, PhoneModel, UnknownToken
from tests.village import NOW

T = TypeVar("T")
NUMBERS = [1, 2, 3]
WAYS = ["lost before", "lost after", "duplicated", "late", "killed before commit", "killed after commit",
        "reordered", "split"]  # fmt: skip
PULLED = [fate for fate in FATES if fate != "late"]
PULLS = ["pull", "pull lost", "pull repeated", "pull page by page"]
BY_YEARS = "clock skewed by years"
A_YEAR = 365 * 86_400_000
# What a phone may not say although it is the phone that it says it is.
OWN = ["other person", "far area"]
CENTURY = 3_786_825_600_000  # 2090
SKEWS = [0, 0, -NOW, CENTURY - NOW, -86_400_000, 3_600_000]


class World(FieldWork, Office):
    """`written`: every change that anybody sealed. `done`: steps that had an effect, by action."""

    def __init__(self) -> None:
        original = made()
        self.people = original.people
        self.server = Server(original.data)
        self.server.on_answer = self.answered_by
        self.desks = [Desk(self.server, device, self.people["supervisor"]) for device in original.desks]
        self.phones: dict[str, PhoneModel] = {}
        self.kept_phones: dict[str, PhoneModel] = {}
        self.done: Counter[str] = Counter()
        self.enrolled = 0
        self.begin_laws()
        self.enrol("phone-1", ["C1"], "han")
        self.enrol("phone-2", ["C2"], "lan")

    def do(self, step: Step) -> None:
        """One step; what must hold after every step is looked at."""
        name = step["do"]
        has_happened = getattr(self, name)(**{key: value for key, value in step.items() if key != "do"})
        self.server.fate = "arrives"
        if has_happened is not False:
            self.done[has_happened if isinstance(has_happened, str) else name] += 1
            self.look()

    # Phones speak with the server.

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

    # Phones go wrong.

    @action(2, name=PHONES)
    def kill_phone(self, name: str) -> bool:
        self.phone(name).kill()
        return True

    @action(2, name=["copy-1", "copy-2"], original=PHONES[:3])
    def clone_phone(self, name: str, original: str) -> bool:
        self.phones[name] = self.phone(original).copied()
        self.let_vanish_from_phones()
        return True

    @action(4, name=PHONES)
    def keep_phone(self, name: str) -> bool:
        if name not in self.phones:
            return False
        self.kept_phones[name] = self.phones[name].copied()
        return True

    @action(20, name=PHONES)
    def put_phone_back(self, name: str) -> bool:
        if name not in self.kept_phones or name not in self.phones:
            return False
        self.phones[name] = self.kept_phones[name].copied()
        self.let_vanish_from_phones()
        return True

    @action(3, name=PHONES, skew=SKEWS, kinds=["turn_clock", BY_YEARS])
    def turn_clock(self, name: str, skew: int) -> str:
        self.phone(name).skew = skew
        return BY_YEARS if abs(skew) > A_YEAR else "turn_clock"

    @action(3, skew=SKEWS, kinds=["turn_server_clock", BY_YEARS])
    def turn_server_clock(self, skew: int) -> str:
        self.server.skew = skew
        return BY_YEARS if abs(skew) > A_YEAR else "turn_server_clock"

    @action(4, name=PHONES[:3], scope=SCOPES[:3], who=["han", "lan"])
    def enrol(self, name: str, scope: list[str], who: str) -> bool:
        """A new phone; where one of this name works, nothing."""
        if name in self.phones and self.phones[name].kept:
            return False
        self.enrolled += 1
        device = name if self.enrolled <= 2 else f"{name}-{self.enrolled}"
        self._enrol_device(device, scope, self.people[who])
        self.phones[name] = PhoneModel(self.server, device, self.people[who])
        return True

    def _enrol_device(self, device: str, scope: list[str], person: str) -> None:
        store = self.server.store
        code, _ = store.write(lambda db: devices.invite(db, list(scope), [person], "system", NOW))
        enrolled = store.write(lambda db: devices.enrol(db, code, device, "A03", NOW))
        assert not isinstance(enrolled, str), enrolled

    def enrol_again(self, phone: PhoneModel) -> None:
        """The server was put back to before it knew this phone: a new code, the same store."""
        self.enrolled += 1
        device = f"{phone.token.partition('+')[0].partition('~')[0]}~{self.enrolled}"
        self._enrol_device(device, ["C1"], phone.author)
        phone.token = phone.device = device
        phone.seq = 0
        phone.start_over()

    # The server goes wrong, and is run.

    @action(2, how=COPIES)
    def keep_copy(self, how: str) -> bool:
        number = self.server.keep_copy(how)
        self.note_copy(number, how)
        return True

    @action(5, which=FEW)
    def put_back(self, which: int) -> bool:
        if not self.server.copies:
            return False
        number = 1 + which % self.server.copies
        keeps_erased = self.server.put_back(number)
        self.go_back_to(number, keeps_erased)
        return True

    @action(2)
    def restart(self) -> bool:
        self.server.faults["killed at rest"] += 1
        self.server.restart()
        return True

    @action(2, when=["before", "after"])
    def kill_while_refreshing(self, when: str) -> bool:
        self.server.faults[f"killed {when} commit of a view"] += 1
        self.server.dying(when, self.server.store.refresh_views)
        return True

    @action(3)
    def refresh(self) -> bool:
        return self.server.store.refresh_views() > 0

    @action(2, name=PHONES, scope=SCOPES)
    def change_scope(self, name: str, scope: list[str]) -> bool:
        token = self.phone(name).token

        def job(db: sqlite3.Connection) -> bool:
            if devices.get(db, token) is None:
                return False
            db.execute("DELETE FROM device_area WHERE device = ?", (token,))
            db.executemany("INSERT INTO device_area VALUES (?, ?)", [(token, code) for code in scope])
            return True

        return self.server.store.write(job)

    @action(2, parent=["C", "C1"])
    def move_area(self, parent: str) -> bool:
        self.server.store.write(lambda db: areas.load(db, [Area("C2", parent, "Thôn 2", "hamlet")]))
        return True

    @action(4, round_id=ROUNDS, is_open=YES_NO)
    def turn_round(self, round_id: str, is_open: bool) -> bool:
        def job(db: sqlite3.Connection) -> bool:
            known = rounds.get(db, round_id)
            assert known is not None
            if known.is_open == is_open:
                return False
            rounds.open_round(db, known, NOW) if is_open else rounds.close_round(db, round_id, NOW)
            return True

        return self.server.store.write(job)

    @action(2)
    def publish_form(self) -> bool:
        """The next version of the register: phones take it with their next whole sync."""

        def job(db: sqlite3.Connection) -> bool:
            number = len(forms.versions(db, "house")) + 1
            if number > len(SIZE_RULES):
                return False
            assert not isinstance(forms.publish(db, house_form(number), NOW), str)
            return True

        return self.server.store.write(job)

    @action(3, name=PHONES)
    def revoke(self, name: str) -> bool:
        def job(db: sqlite3.Connection) -> bool:
            device = devices.get(db, self.phone(name).token)
            if device is None or device.is_revoked:
                return False
            devices.revoke(db, device.id, self.server.wall())
            return True

        return self.server.store.write(job)

    @action(7, which=FEW, is_released=[True, True, False])
    def decide_hold(self, which: int, is_released: bool) -> bool:
        store = self.server.store
        with store.reading() as db:
            waiting = [hold for hold in holds.waiting(db) if hold.id not in self.forged]
        if not waiting:
            return False
        hold = waiting[which % len(waiting)]
        decide: Callable[..., str | None] = release if is_released else discard
        return decide(store, hold.id, self.people["supervisor"], self.server.wall()) is None

    @action(6, record=RECORDS, is_whole=[True, False, False])
    def erase(self, record: str, is_whole: bool) -> bool:
        store = self.server.store
        with store.reading() as db:
            ids = [entry.id for entry in log.entries_of(db, record) if entry.body]
        if not ids:
            return False
        if is_whole and record in HOUSES:
            erasing_again.erase_household(store, record, "asked", self.server.wall())
        else:
            store.write(
                lambda db: erasing.erase_changes(
                    db, record, ids[:1], "asked", now_ms=NOW, keeps=lambda path: path[0] == "@"
                )
            )
            erasing.settle(store)
        self.note_erased()
        return True
