"""What must hold after every step, whenever a cursor comes to the end, and once the network is back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from server import pulling
from tests.machine.desk import Desk
from tests.machine.oracle import Oracle
from tests.machine.server import Server
from tests.phone_model import LostAnswer, PhoneModel, Pushed, Revoked, UnknownToken

# Why a change that was applied once may be on hold after the server was put back.
_HELD_AGAIN = {"unknown_version", "device_revoked", "discarded"}


class Laws:
    """`alive`: changes that some phone, desk or server has; only a phone or server put back may take any.
    `answered`: what the server said of a change. `forged`: what nobody may have said.
    `erased`: what must stay so. `resolved`: (record, path, heads, change)."""

    server: Server
    phones: dict[str, PhoneModel]
    desks: list[Desk]
    people: dict[str, str]

    def enrol_again(self, phone: PhoneModel) -> None:
        raise NotImplementedError

    def enrol(self, name: str, scope: list[str], who: str) -> bool:
        raise NotImplementedError

    def begin_laws(self) -> None:
        self.written: dict[str, bytes] = {}
        self.alive: set[str] = set()
        self.answered: dict[str, tuple[Any, ...]] = {}
        self.at_copy: dict[int, set[str]] = {}
        self.erased: set[str] = set()
        self.erased_at_copy: dict[int, set[str]] = {}
        self.forged: set[str] = set()
        self.resolved: list[tuple[str, str, set[str], str]] = []

    def note_sealed(self, name: str, body: bytes) -> None:
        self.written[name] = body
        self.alive.add(name)

    def let_vanish(self, names: set[str]) -> None:
        self.alive -= names
        for name in names:
            self.written.pop(name, None)

    def let_vanish_from_phones(self) -> None:
        """A phone was put back: what only it had is gone."""
        self.alive = self.present()

    def on_server(self) -> set[str]:
        with self.server.store.reading() as db:
            return {row[0] for row in db.execute("SELECT id FROM log UNION ALL SELECT id FROM hold")}

    def present(self) -> set[str]:
        on_phones = {name for phone in self.phones.values() for name in phone.kept}
        unsent = {name for desk in self.desks for name in desk.unsent}
        return (on_phones | unsent | self.on_server() | self.erased) & set(self.written)

    def look(self) -> None:
        """After every step."""
        for desk in self.desks:
            for name in desk.written.keys() - self.written.keys():
                self.note_sealed(name, desk.written[name])
        # A late push of what is about an erased household is erased as it comes.
        with self.server.store.reading() as db:
            self.erased |= {row[0] for row in db.execute("SELECT id FROM erased")}
        present = self.present()
        assert self.alive <= present, f"law 20: changes vanished: {sorted(self.alive - present)}"
        self.alive = present
        lost = self.answered.keys() - self.on_server() - self.erased
        assert not lost, f"law 15: answered, and not kept: {sorted(lost)}"

    def answered_by(self, answer: Pushed) -> None:
        for result in answer.results:
            receipt = (result.pos, result.at, result.role, result.mac)
            if result.result == "held":
                self.answered.setdefault(result.id, (result.pos, None, None, None))
                continue
            known = self.answered.get(result.id, receipt)
            assert known[1] is None or known == receipt, "law 13: one entry, one receipt"
            self.answered[result.id] = receipt

    def note_erased(self) -> None:
        bodies = Oracle(self.server.store).bodies
        self.erased |= {name for name, body in bodies.items() if not body}

    def note_copy(self, number: int, how: str) -> None:
        self.erased_at_copy[number] = set(self.erased)
        self.at_copy[number] = set() if how == "only the database file" else set(self.answered)

    def go_back_to(self, number: int, keeps_erased: bool) -> None:
        """What only the server had is gone, but for what the copy had."""
        there = Oracle(self.server.store)
        if not keeps_erased:
            self.erased = set(self.erased_at_copy[number])
        self.look_at_erased(there)
        on_server = set(there.receipts) | set(there.holds)
        assert self.at_copy[number] <= on_server, "law 15: a copy has what was answered before it was made"
        self.answered = {
            name: receipt
            for name, receipt in self.answered.items()
            if name in on_server and (receipt[1] is None or there.receipts.get(name) == receipt)
        }
        self.alive = self.present()

    def look_at_erased(self, there: Oracle) -> None:
        back = {name for name in self.erased if there.bodies.get(name) or there.held_bodies.get(name)}
        assert not back, f"erasure: {sorted(back)} came back"

    def asked(self, phone: PhoneModel, fate: str, work: Callable[[], Any]) -> bool:
        """Whether an answer came."""
        self.server.fate = fate
        self.server.requests = 0
        try:
            work()
        except LostAnswer:
            return False
        except UnknownToken:
            self.enrol_again(phone)
            return False
        except Revoked:
            self._wipe(phone)
        return True

    def _wipe(self, phone: PhoneModel) -> None:
        while phone.outbox():
            phone.push(1000)
        for name, each in list(self.phones.items()):
            if each is phone:
                del self.phones[name]
        if not self.phones:
            self.enrol("phone-1", ["C1"], "han")

    def scope_codes(self, phone: PhoneModel) -> list[str]:
        return sorted(Oracle(self.server.store).devices.get(phone.token, set()))

    def is_within(self, area: str, phone: PhoneModel) -> bool:
        there = Oracle(self.server.store)
        return phone.token in there.devices and area in there.scope(phone.token)

    def sync_whole(self, phone: PhoneModel, size: int, limit: int) -> None:
        """Law 18: see `bound` in tests/test_laws_faults.py; a server that was put back says so once, and is
        told everything once more."""
        kept, there = len(phone.kept), len(self.on_server() | set(phone.kept))
        items = 3 * there + 10
        self.server.patience = (
            math.ceil(len(phone.outbox()) / size) + 2 * math.ceil(kept / size) + items // limit + 3
        )
        before = phone.token
        if self.asked(phone, "arrives", lambda: phone.sync(size, limit)) and self.works(phone):
            assert phone.outbox() == [], "law 18: every outbox empties"
            cursor = pulling.decode_cursor(phone.cursor)
            with self.server.store.reading() as db:
                top = pulling.log.top_position(db)
            assert cursor is not None and cursor.pos == top, "law 18: every cursor reaches the end"
            self.reached(phone)
        elif phone.token != before:
            self.sync_whole(phone, size, limit)
        self.server.patience = 10_000

    def works(self, phone: PhoneModel) -> bool:
        return any(each is phone for each in self.phones.values())

    def reached(self, phone: PhoneModel) -> None:
        """Laws 17 and 21, of a phone that has come to the end."""
        there = Oracle(self.server.store)
        whole, carried = there.given(there.scope(phone.token))
        for item in there.stored:
            if item.change.record not in whole:
                continue
            kept = phone.kept.get(item.id)
            assert kept is not None and kept.state == "confirmed", f"law 17: {item.id} was not given"
            receipt = kept.receipt
            assert receipt is not None
            assert (receipt.pos, receipt.at, receipt.role, receipt.mac) == there.receipts[item.id], (
                "law 17: receipt"
            )
        own = there.lineage(phone.token)
        for name, kept in phone.kept.items():
            if kept.state == "held" and kept.generation == phone.generation and kept.change.device in own:
                state = there.holds.get(name, ("gone", ""))[0]
                assert state == "held", f"law 17: {name} was {state}, and the phone was not told"
        assert phone.carried == carried, f"law 17: carried answers: {phone.carried} != {carried}"
        erased = {name for name, body in there.bodies.items() if not body}
        assert not erased & phone.kept.keys(), "law 17: what was erased stays"
        unsent = {phone.kept[name].change.record for name in phone.outbox()}
        for kept in phone.kept.values():
            record = kept.change.record
            is_needed = record in whole | phone.drafts | unsent
            assert is_needed or not kept.was_given, f"law 21: {record} left the areas"
        for record, screen in phone.screen.items():
            gone = set(screen) - phone.kept.keys() - phone.erased
            assert not gone, f"law 21: open, and gone: {record} {gone}"

    def heal(self) -> None:
        """The network is back and everybody syncs until nobody has news for anybody."""
        while self.server.late:
            device, last, offered = self.server.late.pop(0)
            try:
                self.answered_by(self.server.take(device, last, offered))
            except (pulling.EpochChanged, UnknownToken):
                continue
        for desk in self.desks:
            desk.send()
            assert not desk.unsent
        self.look()
        held = {name: kept for phone in self.phones.values() for name, kept in phone.kept.items()}
        # What a phone brings that is shut out waits for a supervisor, proved or not.
        shut_out = Oracle(self.server.store).revoked
        welcome = [phone for phone in self.phones.values() if phone.token not in shut_out]
        proved = {name for phone in welcome for name, kept in phone.kept.items() if kept.receipt}
        for _ in range(2):
            for phone in list(self.phones.values()):
                self.sync_whole(phone, 100, 3)
                self.look()
        there = Oracle(self.server.store)
        for name, kept in held.items():
            hold = there.holds.get(name, ("", ""))
            assert name in there.receipts or name in there.holds, (
                "law 19: a phone holds what the server has not"
            )
            is_excused = hold[1] in _HELD_AGAIN or hold[0] == "discarded" or kept.state == "discarded"
            assert name in there.receipts or name not in proved or is_excused, (
                f"law 19: applied no more: {hold}"
            )
        lost = self.alive - there.receipts.keys() - there.holds.keys() - self.erased
        assert not lost, f"laws 19 and 20: {sorted(lost)}"
