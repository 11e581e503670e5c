"""What can happen in a commune: every action that a run may take."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from server import erasing, erasing_again
from server.intake import discard, release
from server.store import areas, devices, forms, holds, log, rounds
from server.store.areas import Area
from tests.machine.desk import Desk
from tests.machine.field_work import FEW, PHONES, YES_NO
from tests.machine.office import Office
from tests.machine.server import COPIES, Server
from tests.machine.steps import Step, action
from tests.machine.traffic import Traffic
from tests.machine.village import HOUSES, RECORDS, ROUNDS, SCOPES, SIZE_RULES, house_form, made
from tests.phone_model import PhoneModel
from tests.village import NOW

T = TypeVar("T")
BY_YEARS = "clock skewed by years"
A_YEAR = 365 * 86_400_000
CENTURY = 3_786_825_600_000  # 2090
SKEWS = [0, 0, -NOW, CENTURY - NOW, -86_400_000, 3_600_000]


class World(Traffic, Office):
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
