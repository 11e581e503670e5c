"""A commune at work, as a Hypothesis state machine: phones and a desk, a server that runs the real intake
and pulling over a real store, and a network that loses and repeats. Every run ends with the network back."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from schemas.change import Change, parse_change
from schemas.identity import record_id
from schemas.wire import PullAnswer, SentReceipt
from server import pulling
from server.app import begin
from server.intake import Offered, Sender, accept, discard, release
from server.routes.errors import WireProblem
from server.routes.push import require_same_epoch
from server.store import Store, areas, devices, epochs, holds, log, rounds
from server.store.areas import Area
from server.verifying import differences
from tests.phone_model import Kept, LostAnswer, PhoneModel, Pushed
from tests.village import NOW, Village

T = TypeVar("T")
HOUSES = [record_id("house", [f"C-{number}"]) for number in range(2)]
ROUNDS = ["2025", "2026"]
ENDLESS = 10_000
FATES = ["arrives", "arrives", "lost before", "lost after", "twice"]
PHONES = {"phone-1": ["C1"], "phone-2": ["C2"], "phone-3": ["C"]}
_made: list[tuple[Path, dict[str, str]]] = []


def _village() -> tuple[Path, dict[str, str]]:
    """A data folder to copy, and who is who; made once."""
    if not _made:
        folder = Path(tempfile.mkdtemp(prefix="thon-field-"))
        village = Village(folder / "data")
        village.store.write(lambda db: village.round_opens(db, "2025", 2025))
        people = {"phone-1": village.han, "phone-2": village.lan, "phone-3": village.han}
        for name, scope in PHONES.items():
            village.phone(name, scope[0], people[name])
        people["desk"] = village.supervisor
        people["desk-device"] = village.desk(village.supervisor, "C").device
        village.store.close()
        _made.append((folder / "data", people))
    return _made[0]


class FieldServer:
    """A server that can be started again and put back. `fate`: what happens to the next request.
    `patience`: how many requests may still come."""

    def __init__(self) -> None:
        original, self.people = _village()
        self.folder = Path(tempfile.mkdtemp(prefix="thon-field-"))
        shutil.copytree(original, self.folder / "data")
        self.fate = "arrives"
        self.requests = 0
        self.patience = ENDLESS
        self.clock = NOW
        self.copies = 0
        self.start()

    def start(self) -> None:
        self.store = Store.open(self.folder / "data")
        begin(self.store, self.wall())

    def keep_copy(self) -> int:
        """As the files are while the server has them open."""
        self.copies += 1
        shutil.copytree(self.folder / "data", self.folder / str(self.copies))
        return self.copies

    def put_back(self, number: int) -> None:
        self.store.close()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / str(number), self.folder / "data")
        self.start()

    def restart(self) -> None:
        self.store.close()
        self.start()

    def end(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def wall(self) -> int:
        self.clock += 1000
        return self.clock

    def push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        return self._carried_out(lambda: self._push(device, last, offered))

    def pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        return self._carried_out(lambda: self._pull(device, last, cursor, limit, former))

    def renew(self, device: str) -> str:
        new = f"{device.partition('+')[0]}+{self.wall()}"
        enrolled = self.store.write(lambda db: devices.renew(db, device, new, "", NOW))
        assert not isinstance(enrolled, str)
        return enrolled.device.id

    def _carried_out(self, work: Callable[[], T]) -> T:
        fate, self.fate = self.fate, "arrives"
        self.requests += 1
        assert self.requests <= self.patience, "requests without end"
        if fate == "lost before":
            raise LostAnswer
        answer = work()
        if fate == "lost after":
            raise LostAnswer
        return work() if fate == "twice" else answer

    def _push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        self._require(last)
        results = accept(self.store, Sender(device), offered, self.clock)
        with self.store.reading() as db:
            return Pushed(epochs.newest(db), results, log.max_seq(db, device))

    def _pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        self._require(last)
        with self.store.reading() as db:
            known = devices.get(db, device)
        assert known is not None
        reached = pulling.decode_cursor(cursor) if cursor else None
        assert reached is not None or not cursor
        before = pulling.decode_cursor(former)
        return pulling.page(self.store, known, reached, limit, self.clock, former=before)

    def _require(self, last: tuple[str, int] | None) -> None:
        if last is None:
            return
        try:
            require_same_epoch(self.store, *last)
        except WireProblem:
            raise pulling.EpochChanged from None


class Log:
    """The log as it is, read without any of the server's own tables about it."""

    def __init__(self, store: Store) -> None:
        with store.reading() as db:
            rows = db.execute("SELECT * FROM log ORDER BY pos").fetchall()
            read = {row["id"]: (int(row["at"]), _read(log.body_of(db, row))) for row in rows}
            self.on_hold = {row[0]: str(row[1]) for row in db.execute("SELECT id, state FROM hold")}
            self.open_rounds = set(rounds.open_ids(db))
        self.changes = read

    def heads(self, record: str, path: str) -> list[Any]:
        """Values, newest last."""
        mine = {
            name: (at, c) for name, (at, c) in self.changes.items() if c.record == record and path in c.set
        }
        superseded = {seen for _, change in mine.values() for seen in change.seen}
        left = sorted((at, name) for name, (at, _) in mine.items() if name not in superseded)
        return [mine[name][1].set[path] for _, name in left]

    def newest(self, record: str, path: str) -> Any:
        return next(reversed(self.heads(record, path)), None)

    def areas(self, record: str) -> set[str]:
        own = {area for area in self.heads(record, "@area") if area}
        subject = self.newest(record, "@subject")
        return own or (self.areas(subject) if subject else set()) or {""}

    def of(self, record: str) -> set[str]:
        return {name for name, (_, change) in self.changes.items() if change.record == record}

    def given(self, scope: set[str]) -> tuple[set[str], dict[str, dict[str, Any]]]:
        """The changes, and the carried answers, that a device with this scope is entitled to."""
        whole: set[str] = set()
        carried: dict[str, dict[str, Any]] = {}
        for record in {change.record for _, change in self.changes.values()}:
            if not self.areas(record) & scope:
                continue
            round_id = self.newest(record, "@round")
            if round_id and round_id not in self.open_rounds:
                income = self.newest(record, "income")
                carried[record] = {} if income is None else {"income": income}
            else:
                whole |= self.of(record)
        return whole, carried


class Field(RuleBasedStateMachine):
    """What people do on any day. `written`: every change that anybody sealed."""

    phone_names = st.sampled_from([*PHONES, "copy-1", "copy-2"])
    houses = st.sampled_from(HOUSES)
    sizes = st.integers(1, 3)

    def __init__(self) -> None:
        super().__init__()
        self.server = FieldServer()
        self.phones = {name: PhoneModel(self.server, name, self.server.people[name]) for name in PHONES}
        self.written: dict[str, bytes] = {}

    def phone(self, name: str) -> PhoneModel:
        """Of this name; where there is none, the one that copies are made of."""
        return self.phones.get(name, self.phones["phone-1"])

    @rule(
        name=phone_names, house=houses, value=st.integers(0, 9), clock=st.sampled_from([0, 0, 1, 4 * 10**12])
    )
    def write_household(self, name: str, house: str, value: int, clock: int) -> None:
        phone = self.phone(name)
        values: dict[str, Any] = {"size": value}
        if not any(kept.change.set.get("@area") for kept in phone.shown(house).values()):
            values["@area"] = "C2" if name == "phone-2" else "C1"
        self._seal(phone, house, "house", values, clock)

    @rule(name=phone_names, house=houses, round_id=st.sampled_from(ROUNDS), income=st.integers(0, 9))
    def write_interview(self, name: str, house: str, round_id: str, income: int) -> None:
        values = {"@subject": house, "@round": round_id, "income": income}
        self._seal(self.phone(name), record_id("visit", [house, round_id]), "visit", values)

    def _seal(self, phone: PhoneModel, record: str, form: str, values: dict[str, Any], at: int = 0) -> None:
        name = phone.write(record, form, values, at)
        self.written[name] = phone.kept[name].body

    @rule(house=houses, area=st.sampled_from(["C1", "C2", "C"]), is_shown=st.booleans())
    def move_household(self, house: str, area: str, is_shown: bool) -> None:
        """At the desk, which was shown all there is, or nothing."""
        desk = PhoneModel(self.server, self.server.people["desk-device"], self.server.people["desk"])
        shown = Log(self.server.store)
        for name in shown.of(house) if is_shown else ():
            at, change = shown.changes[name]
            desk.kept[name] = Kept(b"", change, "confirmed", receipt=SentReceipt(1, at, "", ""))
        self._seal(desk, house, "house", {"@area": area})
        desk.push(10)
        assert desk.outbox() == []

    @rule(name=phone_names, size=sizes, fate=st.sampled_from(FATES))
    def push(self, name: str, size: int, fate: str) -> None:
        self._try(fate, lambda: self.phone(name).push(size))

    @rule(name=phone_names, limit=sizes, fate=st.sampled_from(FATES))
    def pull(self, name: str, limit: int, fate: str) -> None:
        phone = self.phone(name)
        if self._try(fate, lambda: phone.pull(limit)) is False:
            self.reached(phone)

    @rule(name=phone_names, size=sizes, limit=sizes)
    def sync(self, name: str, size: int, limit: int) -> None:
        self.sync_whole(self.phone(name), size, limit)

    def sync_whole(self, phone: PhoneModel, size: int, limit: int) -> None:
        self.server.requests = 0
        phone.sync(size, limit)
        self.reached(phone)

    def reached(self, phone: PhoneModel) -> None:
        """The cursor of a phone has come to the end."""

    def _try(self, fate: str, work: Callable[[], T]) -> T | None:
        self.server.fate = fate
        self.server.requests = 0
        try:
            return work()
        except LostAnswer:
            return None
        finally:
            self.server.fate = "arrives"

    def heal(self, size: int = 100, limit: int = 3) -> None:
        """The network is back and everybody syncs until nobody has news for anybody."""
        for _ in range(2):
            for phone in self.phones.values():
                phone.drafts.clear()
                self.sync_whole(phone, size, limit)

    def scope_of(self, phone: PhoneModel) -> set[str]:
        with self.server.store.reading() as db:
            device = devices.get(db, phone.token)
            assert device is not None
            return areas.expanded(db, device.areas)

    def teardown(self) -> None:
        try:
            self.heal()
            self.check()
            self.server.store.refresh_views()
            with self.server.store.reading() as db:
                assert list(differences(db)) == []
        finally:
            self.server.end()

    def check(self) -> None:
        """What must hold once the network is back."""


class Deciding(Field):
    """With holds that are decided."""

    @rule(which=st.integers(0, 5), is_released=st.booleans())
    def decide_hold(self, which: int, is_released: bool) -> None:
        store = self.server.store
        with store.reading() as db:
            waiting = holds.waiting(db)
        if waiting:
            decide = release if is_released else discard
            hold = waiting[which % len(waiting)]
            assert decide(store, hold.id, self.server.people["desk"], self.server.wall()) is None


class Supervised(Deciding):
    """With areas and rounds that change while phones are out, too."""

    @rule(name=Field.phone_names, codes=st.lists(st.sampled_from(["C1", "C2", "C"]), max_size=2, unique=True))
    def change_areas(self, name: str, codes: list[str]) -> None:
        def job(db: sqlite3.Connection) -> None:
            token = self.phone(name).token
            db.execute("DELETE FROM device_area WHERE device = ?", (token,))
            rows = [(token, code) for code in codes]
            db.executemany("INSERT INTO device_area VALUES (?, ?)", rows)

        self.server.store.write(job)

    @rule(parent=st.sampled_from(["C", "C1"]))
    def move_area(self, parent: str) -> None:
        self.server.store.write(lambda db: areas.load(db, [Area("C2", parent, "Thôn 2", "hamlet")]))

    @rule(round_id=st.sampled_from(ROUNDS), is_open=st.booleans())
    def turn_round(self, round_id: str, is_open: bool) -> None:
        def job(db: sqlite3.Connection) -> None:
            known = rounds.get(db, round_id)
            assert known is not None
            if is_open:
                rounds.open_round(db, known, NOW)
            else:
                rounds.close_round(db, round_id, NOW)

        self.server.store.write(job)


def _read(body: bytes) -> Change:
    change = parse_change(bytes(body))
    assert isinstance(change, Change)
    return change
