"""The events of a run, and what must hold when a phone has come to the end of the log."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.change import encode_change
from server import erasing, erasing_again
from server.intake import Offered, Sender, accept, discard, release
from server.store import Store, areas, epochs, forms, holds, log, pulls, rounds
from server.store.areas import Area
from tests.between.entitled import Entitled
from tests.between.phone import Line, Phone
from tests.between.village import FORM_OF, SCOPES, Made, visit_form
from tests.machine.server import FOLDER, seeded_chance
from tests.phone_model import LostAnswer
from tests.village import NOW

MOST_PAGES = 400
Event = tuple[Any, ...]


class World:
    """Each event is a method: `("move", …)` calls `move(…)`."""

    def __init__(self, made: Made) -> None:
        self.people, self.desk = made.people, made.desk
        self.folder = Path(tempfile.mkdtemp(prefix="thon-between-", dir=FOLDER))
        shutil.copytree(made.data, self.folder / "data")
        self.clock, self.copies, self.seq, self.pages = NOW, 0, 0, 0
        self.start()
        self.phones: dict[str, Phone] = {}
        for name, who in (("P1", "han"), ("P2", "lan")):
            self.phones[name] = Phone(Line(lambda: self.store, self.wall), name, self.people[who])

    def start(self) -> None:
        self.store = Store.open(self.folder / "data")
        erasing_again.erase_again(self.store, self.wall())
        self.restart()

    def end(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def wall(self) -> int:
        self.clock += 1000
        return self.clock

    # What others do.

    def write(self, device: str, record: str, values: dict[str, Any], shown: int) -> None:
        """`shown`: bit by bit, which of the record's changes the author had been shown."""
        with self.store.reading() as db:
            ids = [entry.id for entry in log.entries_of(db, record) if entry.body]
        seen = [name for number, name in enumerate(ids) if shown >> number % 6 & 1]
        is_desk = device == "desk"
        if record in values.values() or ("@same_as" in values and not is_desk):
            return
        self.seq += 1
        body = encode_change(
            record=record, form=FORM_OF[record], form_version="1", device=self.desk if is_desk else "W",
            seq=self.seq, at=self.wall(), author=self.people["supervisor" if is_desk else "han"],
            seen=sorted(seen), set=values,
        )  # fmt: skip
        sender = Sender(self.desk, "desk") if is_desk else Sender("W")
        accept(self.store, sender, [Offered(body)], self.wall())

    def decide(self, which: int, is_released: bool) -> None:
        with self.store.reading() as db:
            waiting = holds.waiting(db)
        if waiting:
            done = release if is_released else discard
            done(self.store, waiting[which % len(waiting)].id, self.people["supervisor"], self.wall())

    def erase(self, record: str, which: int, keeps_system: bool) -> None:
        with self.store.reading() as db:
            ids = [entry.id for entry in log.entries_of(db, record) if entry.body]
        if ids:
            chosen = [ids[which % len(ids)]]

            def keeps(path: str) -> bool:
                return keeps_system and path[0] == "@"

            self.store.write(
                lambda db: erasing.erase_changes(db, record, chosen, "asked", now_ms=NOW, keeps=keeps)
            )
            erasing.settle(self.store)

    def erase_household(self, record: str) -> None:
        with self.store.reading() as db:
            is_known = bool(log.entries_of(db, record))
        if is_known:
            self.store.refresh_views()
            erasing_again.erase_household(self.store, record, "asked", self.wall())

    def assign(self, name: str, scope: int) -> None:
        def job(db: Any) -> None:
            db.execute("DELETE FROM device_area WHERE device = ?", (name,))
            db.executemany("INSERT INTO device_area VALUES (?, ?)", [(name, code) for code in SCOPES[scope]])

        self.store.write(job)

    def grow(self, parent: str) -> None:
        self.store.write(lambda db: areas.load(db, [Area("C3", parent, "Thôn 3", "hamlet")]))

    def turn_round(self, name: str, is_open: bool) -> None:
        def job(db: Any) -> None:
            known = rounds.get(db, name)
            assert known is not None
            rounds.open_round(db, known, NOW) if is_open else rounds.close_round(db, name, NOW)

        self.store.write(job)

    def publish(self, phones: str) -> None:
        def job(db: Any) -> None:
            version = str(1 + len(forms.versions(db, "visit")))
            assert not isinstance(forms.publish(db, visit_form(version, phones), NOW), str)

        self.store.write(job)

    def refresh(self) -> None:
        self.store.refresh_views()

    def restart(self) -> None:
        self.store.write(lambda db: epochs.begin(db, self.wall()))

    def copy(self) -> None:
        self.copies += 1
        target = self.folder / f"copy-{self.copies}"
        shutil.copytree(self.folder / "data", target, ignore=shutil.ignore_patterns("*-shm"))

    def put_back(self, which: int) -> None:
        if self.copies:
            self.store.close()
            shutil.rmtree(self.folder / "data")
            shutil.copytree(self.folder / f"copy-{1 + which % self.copies}", self.folder / "data")
            self.start()

    # What the phones do.

    def note(self, name: str, record: str, values: dict[str, Any], version: str) -> None:
        phone = self.phones[name]
        phone.version[FORM_OF[record]] = version
        phone.write(record, FORM_OF[record], values)

    def push(self, name: str) -> None:
        self.phones[name].push(100)

    def open(self, name: str, record: str) -> None:
        self.phones[name].open(record)

    def leave(self, name: str) -> None:
        for record in sorted(self.phones[name].drafts):
            self.phones[name].close(record)

    def page(self, name: str, limit: int, way: str) -> None:
        phone = self.phones[name]
        assert isinstance(phone.wire, Line)
        phone.wire.loses, phone.wire.packs = way == "lost", way == "packed"
        generation = phone.generation
        try:
            more = phone.pull(limit)
        except LostAnswer:
            return
        self.pages += 1
        if not more and phone.generation == generation:
            self.look(phone)

    def sync(self, name: str, limit: int) -> None:
        phone = self.phones[name]
        for _ in range(MOST_PAGES):
            before = phone.generation, phone.cursor
            if phone.outbox():
                phone.push(100)
            self.page(name, limit, "arrives")
            if (phone.generation, phone.cursor) == before:
                return
        raise AssertionError("law 18: pages without end")

    def look(self, phone: Phone) -> None:
        there = Entitled(self.store, phone.token)
        for record in sorted(there.whole):
            for item in there.by_record[record]:
                kept = phone.kept.get(item.id)
                assert kept and kept.state == "confirmed", f"law 17: {record} was not given whole"
                mark = kept.receipt
                assert mark and (mark.pos, mark.at, mark.role, mark.mac) == there.receipts[item.id], (
                    "law 17: another receipt"
                )
        assert phone.carried == there.carried, f"law 17: carried {phone.carried} is not {there.carried}"
        needed = there.whole | phone.drafts | {phone.kept[name].change.record for name in phone.outbox()}
        for name, kept in phone.kept.items():
            record = kept.change.record
            assert there.bodies.get(name) != b"", f"law 17: {record} is erased and stays"
            if kept.state == "held" and kept.generation == phone.generation:
                assert there.holds[name][0] == "held", "law 17: it was not told of a decision"
            is_own = record in there.in_scope and there.phones[record] in ("own", "none")
            if record not in needed and (kept.was_given or (kept.state == "confirmed" and not is_own)):
                raise AssertionError(f"law 21: {record} is not given any more and stays")


def run(made: Made, events: Sequence[Event], heaviest: int = 0) -> tuple[str, int]:
    """What did not hold, or '', and how many pages were kept. `heaviest`: bytes of a page, if not as ever."""
    kept = pulls.HEAVIEST_PAGE
    pulls.HEAVIEST_PAGE = heaviest or kept
    with seeded_chance(1):
        world = World(made)
        try:
            for name, *values in events:
                getattr(world, name)(*values)
            for name in world.phones:
                world.sync(name, 2)
        except AssertionError as error:
            return str(error), world.pages
        finally:
            pulls.HEAVIEST_PAGE = kept
            world.end()
    return "", world.pages
