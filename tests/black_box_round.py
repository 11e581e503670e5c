"""Five phones of a black box, a line with faults, kills, copies put back, moves, clones and couriers:
afterwards every record is what the phones' own fold says."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.black_box import Server, areas_of, commune, id_of, plain_fold
from tests.black_box_phone import SCOPES, OfflineError, Phone, PutBackError, RefusedError
from tests.fault_proxy import FaultProxy, fault_proxy

PEOPLE = (("Ka An", "X1"), ("Ha Bình", "X2"), ("Ka An", "X"), ("Ha Bình", "X"), ("Bà Sáu", "X"))
_RECORDS = 7
_MOST_CLONES = 2
_HEALING_ROUNDS = 4


class Round:
    """`counts`: what happened. `most_restarts`: each takes a second or two."""

    def __init__(self, folder: Path, server: Server, line: FaultProxy, seed: int, most_restarts: int) -> None:
        self.dice = random.Random(seed)
        self.folder, self.server, self.line = folder, server, line
        self.most_restarts = most_restarts
        self.counts: Counter[str] = Counter()
        self.records = [f"0192f3c8-7d7e-7b1a-9c55-{self.dice.getrandbits(48):012x}" for _ in range(_RECORDS)]
        self.phones = [
            Phone(server, line.port, user, area, seed * 100 + number)
            for number, (user, area) in enumerate(PEOPLE)
        ]
        self.phones[0].packs = True
        self.written: dict[str, str] = {}
        self.copies: list[Path] = []
        self.inspector = Phone(server, server.port, "Bà Sáu", "X", seed * 100 + 99)

    def play(self, steps: int) -> None:
        actions: dict[Callable[[], None], int] = {
            self.write: 40, self.sync: 30, self.move: 4, self.carry: 6, self.clone: 2,
            self.storm: 3, self.restart: 2, self.keep_copy: 2, self.put_back: 3,
        }  # fmt: skip
        for action in self.dice.choices(list(actions), list(actions.values()), k=steps):
            action()

    def any_phone(self) -> Phone:
        return self.dice.choice(self.phones)

    def _wrote(self, body: str) -> None:
        self.written[id_of(body)] = body

    def write(self) -> None:
        for _ in range(self.dice.randint(1, 4)):
            self._wrote(self.any_phone().write(self.dice.choice(self.records)))

    def move(self) -> None:
        phone = self.dice.choice([phone for phone in self.phones if phone.area == "X"])
        known = sorted(phone.records())
        if known:
            self._wrote(phone.write(self.dice.choice(known), {"@area": self.dice.choice(["X1", "X2"])}))
            self.counts["moves"] += 1

    def sync(self) -> None:
        self._try(self.any_phone().sync)

    def carry(self) -> None:
        courier, other = self.any_phone(), self.any_phone()
        self.counts["couriers"] += 1
        self._try(lambda: courier.carry(other))

    def clone(self) -> None:
        if len(self.phones) < len(PEOPLE) + _MOST_CLONES:
            self.phones.append(self.any_phone().cloned(self.dice.getrandbits(30)))
            self.counts["clones"] += 1

    def storm(self) -> None:
        """All at once; the server is killed in the middle."""
        syncing = [
            threading.Thread(target=self._try, args=(phone.sync,), daemon=True) for phone in self.phones
        ]
        for thread in syncing:
            thread.start()
        time.sleep(self.dice.uniform(0, 0.3))
        if self._may_restart("killed_in_a_storm"):
            self.server.restart()
        for thread in syncing:
            thread.join()

    def restart(self) -> None:
        if self._may_restart("killed"):
            self.server.restart()

    def keep_copy(self) -> None:
        if self._may_restart("copies"):
            self.copies.append(self.folder / f"copy-{len(self.copies)}")
            self.server.keep_copy(self.copies[-1])

    def put_back(self) -> None:
        if self.copies and self._may_restart("copies_put_back"):
            self.server.put_back(self.dice.choice(self.copies))

    def _may_restart(self, why: str) -> bool:
        if self.counts["restarts"] == self.most_restarts:
            return False
        self.counts += Counter({"restarts": 1, why: 1})
        return True

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OfflineError:
            self.counts["offline"] += 1
        except PutBackError:
            self.counts["couriers_sent_home"] += 1
        except RefusedError as refusal:
            # A courier finds out like any phone, when it syncs next.
            assert refusal.problem == "unknown_token", refusal

    def heal_and_compare(self) -> None:
        """Finds nothing, or raises AssertionError."""
        self.line.heal()
        for _ in range(_HEALING_ROUNDS):
            for phone in self.phones:
                phone.sync()
        self.inspector.sync()
        pulled = {name: kept for name, kept in self.inspector.kept.items() if kept.receipt}
        positions = [kept.receipt["pos"] for kept in pulled.values() if kept.receipt]
        assert len(set(positions)) == len(positions), "one position each"
        self._nothing_is_lost(set(pulled))
        stored = {
            record: {
                name: {**kept.change, **(kept.receipt or {})}
                for name, kept in pulled.items()
                if kept.change["record"] == record
            }
            for record in sorted(self.inspector.records())
        }
        for record, changes in stored.items():
            self._compare(record, changes)
            for phone in self.phones:
                self._holds_what_it_should(phone, record, changes)
        assert ": 0 differences." in self.server.thon("verify")
        self.counts |= {"changes": len(pulled), "records": len(stored), **self.line.counts}

    def _nothing_is_lost(self, stored: set[str]) -> None:
        on_hold = {name for phone in self.phones for name, kept in phone.kept.items() if kept.state == "held"}
        assert [phone.outbox() for phone in self.phones] == [[] for _ in self.phones]
        missing = self.written.keys() - stored - on_hold
        # A phone lets go of what lies beyond its areas, also of what is on hold there.
        assert missing <= self._held_at_the_server(), f"{len(missing)} are lost"
        for name in self.written.keys() & stored:
            assert self.inspector.kept[name].body == self.written[name]
        self.counts["on_hold"] = len(self.written.keys() - stored)

    def _held_at_the_server(self) -> set[str]:
        """What the server answers of everything that it did not give: it is on hold."""
        again = [body for name, body in self.written.items() if name not in self.inspector.kept]
        if not again:
            return set()
        results = self.inspector.push_as_they_are(again)
        return {
            result["id"] for result in results if result["result"] == "held" and result["reason"] == "area"
        }

    def _compare(self, record: str, stored: dict[str, dict[str, Any]]) -> None:
        mine, theirs = plain_fold(stored), self.inspector.read(record)
        assert set(theirs["seen"]) == set(stored)
        for name in ("answers", "status", "deleted"):
            # A record without a status is told as one with an empty status.
            assert (theirs[name] or None) == (mine[name] or None), (record, name)
        heads = {
            path: [(head["id"], head["value"]) for head in of_path]
            for path, of_path in theirs["conflicts"].items()
        }
        assert heads == mine["conflicts"]
        self.counts["conflicts"] += len(heads)

    def _holds_what_it_should(self, phone: Phone, record: str, stored: dict[str, Any]) -> None:
        have = {name for name, kept in phone.of_record(record).items() if kept.state == "confirmed"}
        is_given = bool(areas_of(stored) & SCOPES[phone.area])
        assert have == (set(stored) if is_given else set()), (phone.device, record, is_given)
        for name in have:
            receipt = phone.kept[name].receipt
            assert receipt == self.inspector.kept[name].receipt


def play_round(folder: Path, seed: int, steps: int, most_restarts: int) -> Counter[str]:
    """One round in a folder of its own, from the commune to the comparison."""
    folder.mkdir()
    with commune(folder) as server, fault_proxy(server.port, seed) as line:
        played = Round(folder, server, line, seed, most_restarts)
        played.play(steps)
        played.heal_and_compare()
    shutil.rmtree(folder)
    return played.counts
