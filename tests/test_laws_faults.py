"""The laws of sync that faults attack: lost answers, kills, copies put back, copied phones, other areas."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from server import pulling
from server.store import holds, log
from tests.field import ENDLESS, HOUSES, ROUNDS, Deciding, Field, Log, Supervised
from tests.kills import Killing
from tests.phone_model import PhoneModel

RUNS = settings(max_examples=40, stateful_step_count=40)
KILLS = 3


def run(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(machine, settings=RUNS)


class ChangingScopes(Supervised):
    """Looks at a phone whenever its cursor has come to the end."""

    def reached(self, phone: PhoneModel) -> None:
        whole, carried = Log(self.server.store).given(self.scope_of(phone))
        confirmed = {name for name, kept in phone.kept.items() if kept.state == "confirmed"}
        assert whole <= confirmed
        assert phone.carried == carried


def test_law_17_a_device_at_a_cursor_holds_all_that_it_is_entitled_to() -> None:
    run(ChangingScopes)


class Impatient(Supervised):
    """Counts what one whole sync asks of the server, whatever went wrong before."""

    def sync_whole(self, phone: PhoneModel, size: int, limit: int) -> None:
        self.server.patience = bound(phone, size, limit, set(Log(self.server.store).changes))
        super().sync_whole(phone, size, limit)
        self.server.patience = ENDLESS
        assert phone.outbox() == []
        with self.server.store.reading() as db:
            top = log.top_position(db)
        cursor = pulling.decode_cursor(phone.cursor)
        assert cursor is not None and cursor.pos == top

    @rule()
    def restart(self) -> None:
        self.server.restart()


def bound(phone: PhoneModel, size: int, limit: int, there: set[str]) -> int:
    """The most requests of one sync with a server that nobody else writes to and that was not put back.

    Every push takes `size` off the outbox, until less is left. Every page but the last is full: the server
    ends one early only at `limit` items (weight apart). In one pass a change is given at most three times:
    at its own position, with the history of its record where that entered the areas, and where that entered
    an open round; an answer that is carried once. What was released is pushed once more, and behind that one
    last page more is asked for.
    """
    items = 3 * len(there | set(phone.kept)) + len(HOUSES) * len(ROUNDS)
    return math.ceil(len(phone.outbox()) / size) + math.ceil(len(phone.kept) / size) + items // limit + 2


def test_law_18_every_outbox_empties_and_every_cursor_reaches_the_end_in_bounded_requests() -> None:
    run(Impatient)


class PutBack(Deciding):
    """A server of which files are copied while it runs, and put back later."""

    def reached(self, phone: PhoneModel) -> None:
        whole, _ = Log(self.server.store).given(self.scope_of(phone))
        assert whole <= {name for name, kept in phone.kept.items() if kept.state == "confirmed"}

    @rule()
    def keep_copy(self) -> None:
        self.server.keep_copy()

    @rule(which=st.integers(0, 9))
    def put_back(self, which: int) -> None:
        if self.server.copies:
            self.server.put_back(1 + which % self.server.copies)

    @rule()
    def restart(self) -> None:
        self.server.restart()

    def heal(self, size: int = 100, limit: int = 3) -> None:
        self.held_then = {name: kept for phone in self.phones.values() for name, kept in phone.kept.items()}
        super().heal(size, limit)

    def check(self) -> None:
        now = Log(self.server.store)
        for name, kept in self.held_then.items():
            assert name in now.changes or name in now.on_hold
            if kept.receipt and now.on_hold.get(name) != "discarded":
                assert name in now.changes, "what was applied is applied again"


def test_law_19_a_server_put_back_gets_every_change_that_a_phone_holds() -> None:
    run(PutBack)


def test_law_19_what_was_released_stays_released_where_the_server_is_put_back() -> None:
    field = PutBack()
    one, three = field.phones["phone-1"], field.phones["phone-3"]
    field.write_household("phone-1", HOUSES[0], 1, 0)
    one.push(1)
    field.move_household(HOUSES[0], "C2", True)
    one.kept.clear()
    name = one.write(HOUSES[0], "house", {"@area": "C2"})
    one.push(1)
    assert one.kept[name].state == "held"
    field.keep_copy()
    field.decide_hold(0, True)
    three.sync(9, 9)
    assert three.kept[name].receipt
    field.put_back(0)
    field.teardown()


class Copied(ChangingScopes):
    """Phones that continue from copies of one store, and one that is put back to an earlier copy."""

    def __init__(self) -> None:
        super().__init__()
        self.copy = self.phones["phone-2"].copied()

    @rule(name=st.sampled_from(["copy-1", "copy-2"]))
    def copy_phone(self, name: str) -> None:
        if name not in self.phones:
            self.phones[name] = self.phones["phone-1"].copied()

    @rule()
    def keep_phone(self) -> None:
        self.copy = self.phones["phone-2"].copied()

    @rule()
    def put_phone_back(self) -> None:
        for name, kept in self.phones["phone-2"].kept.items():
            if kept.state == "waiting":
                self.written.pop(name, None)
        self.phones["phone-2"] = self.copy.copied()
        self.written |= {name: kept.body for name, kept in self.copy.kept.items()}

    def check(self) -> None:
        now = Log(self.server.store)
        with self.server.store.reading() as db:
            reasons = {hold.reason for hold in holds.waiting(db)}
            bodies = dict(db.execute("SELECT id, body FROM hold").fetchall())
            bodies |= {row["id"]: log.body_of(db, row) for row in db.execute("SELECT * FROM log").fetchall()}
        assert {name: bodies.get(name) for name in self.written} == self.written
        assert reasons <= {"area"}, now.on_hold


def test_law_20_phones_that_continue_from_one_copied_store_lose_no_change() -> None:
    run(Copied)


class Leaving(ChangingScopes):
    """Households leave the areas of phones that have them open or unsent."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[tuple[str, str], set[str]] = {}
        self.was_given: dict[str, set[str]] = {}

    @rule(name=Field.phone_names, house=Field.houses)
    def open_household(self, name: str, house: str) -> None:
        phone = self.phone(name)
        phone.drafts.add(house)
        self.opened.setdefault((phone.token, house), set(phone.shown(house)))

    @rule(name=Field.phone_names, house=Field.houses)
    def close_household(self, name: str, house: str) -> None:
        phone = self.phone(name)
        phone.drafts.discard(house)
        self.opened.pop((phone.token, house), None)

    def reached(self, phone: PhoneModel) -> None:
        super().reached(phone)
        for (token, house), shown in self.opened.items():
            if token == phone.token and house in phone.drafts:
                assert shown <= set(phone.kept), "what is on the screen stays"
        now = Log(self.server.store)
        whole, _ = now.given(self.scope_of(phone))
        given = {now.changes[name][1].record for name in whole}
        was_given = self.was_given.setdefault(phone.token, set())
        # What was let go and is written anew here is no record that left.
        was_given &= {kept.change.record for kept in phone.kept.values()}
        was_given |= given
        unsent = {phone.kept[name].change.record for name in phone.outbox()}
        for kept in phone.kept.values():
            record = kept.change.record
            if record in given | phone.drafts | unsent:
                continue
            assert record not in was_given and kept.change.device == phone.device, "it left the areas"


def test_law_21_a_record_that_leaves_the_areas_leaves_the_device_once_that_is_safe() -> None:
    run(Leaving)


def test_law_15_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    report = Killing(tmp_path, seed=15).run(KILLS)
    assert report["faults"] == []
    assert report["acknowledged_stored"] >= 20 * KILLS and report["acknowledged_held"] > 0
    assert report["requests_cut_off"] > 0, "kills came from inside running pushes"
