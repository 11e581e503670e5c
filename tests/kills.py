"""`make kills`: a real server is killed with SIGKILL again and again while many clients push, upload, pull
and decide; then everything that was ever answered must be there, once, as it was answered.

    python -m tests.kills --times 500 [--seed 1]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from schemas.change import change_id
from schemas.packing import names_of
from server.config import now_ms
from server.store import erased_list, files, forms, users
from server.store.log import body_of
from tests.kill_clients import ASKING, Answers, Client, Desk, Pusher, Reader
from tests.running import RunningServer, free_port, thon
from tests.village import HOUSE, Village, small_form

PHONES = 8
_PASSWORD = "one long password"
_LONGEST_RUN_S = 1.0
_INTO_THE_LOAD = 0.98
_GIVES_UP_AFTER_S = 120
# Of all kills, those that come while the server is still starting.
_DURING_START = 0.25
_KILLS_PER_ERA = 3


class Killing:
    """A commune, its server and its clients in a folder of their own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.answers = Answers()
        self.counts = self.answers.counts
        self.data = folder / "data"
        village = Village(self.data)
        asking = small_form(ASKING, form_id="asking")
        village.store.write(lambda db: forms.publish(db, asking, now_ms()))
        house = small_form(HOUSE, form_id="house", one_per="code", instance_name="${head}")
        published = {(form.id, form.version): names_of(form) for form in (house, asking)}
        scopes = ["C2" if number % 4 == 3 else "C" for number in range(PHONES)]
        phones = [(village.phone(f"phone-{n}", scope, village.han), scope) for n, scope in enumerate(scopes)]
        reader = village.phone("phone-reader", "C", village.lan)
        link = village.store.write(lambda db: users.make_link(db, village.supervisor, now_ms()))
        village.store.close()
        self.server = RunningServer(self.data, free_port(), [])
        self.server.start()
        port, seeds = self.server.port, iter(range(seed * 1000, seed * 1000 + 100))
        self.pushers = [Pusher(*phone, published, port, self.answers, next(seeds)) for phone in phones]
        self.reader = Reader(reader, port, self.answers, next(seeds))
        self.desk = Desk(port, self._sign_in(link), self.answers, next(seeds))
        self.starts_within_s = 1.0

    @property
    def clients(self) -> list[Client]:
        return [*self.pushers, self.reader, self.desk]

    def run(self, times: int, progress: bool = False) -> dict[str, Any]:
        """Kills so often, and answers what was counted; `faults` is empty if all went well."""
        began = time.monotonic()
        for client in self.clients:
            client.start()
        for kill in range(1, times + 1):
            self.answers.era = kill // _KILLS_PER_ERA
            self._kill_and_start()
            if progress and (kill % 10 == 0 or kill == times):
                print(self._line(kill, times, time.monotonic() - began), flush=True)
        self._finish()
        return self._report(times, time.monotonic() - began)

    def _kill_and_start(self) -> None:
        answered, given_up = self.counts["pushes"], time.monotonic() + _GIVES_UP_AFTER_S
        # Most kills come from inside the load, however slow the machine is; the others when they come.
        while self.dice.random() < _INTO_THE_LOAD and self.counts["pushes"] < answered + PHONES:
            assert time.monotonic() < given_up, "nothing is answered any more"
            time.sleep(0.02)
        time.sleep(self.dice.uniform(0, _LONGEST_RUN_S))
        self.server.kill()
        while self.dice.random() < _DURING_START:
            self.server.spawn()
            time.sleep(self.dice.uniform(0, self.starts_within_s))
            self.server.kill()
            self.counts["kills_during_start"] += 1
        began = time.monotonic()
        self.server.start()
        self.starts_within_s = time.monotonic() - began

    def _finish(self) -> None:
        for client in self.clients:
            client.end()
        for pusher in self.pushers:
            if pusher.in_flight:
                pusher.push(pusher.in_flight)
        while self.reader.pull():
            pass
        with closing(sqlite3.connect(self.data / "thon.db")) as db:
            db.row_factory = sqlite3.Row
            found = [*self._lost(db), *self._doubled(db), *self._unlike_the_pull(db), *self._unerased(db)]
            self.answers.faults += found
        self._compare_holds()
        self.server.stop()

    def _lost(self, db: sqlite3.Connection) -> Iterator[str]:
        log = {row["id"]: tuple(row)[1:] for row in db.execute("SELECT id, pos, at, role, mac FROM log")}
        holds = {row["id"]: row for row in db.execute("SELECT id, pos, state FROM hold")}
        for name, receipt in self.answers.stored.items():
            if log.get(name) != receipt:
                yield f"LOST: {name} was answered {receipt}, the log has {log.get(name)}"
        for name, pos in self.answers.held.items():
            if name not in holds or holds[name]["pos"] != pos:
                yield f"LOST: {name} was put on hold at {pos} and is not there"
        for name, decision in self.answers.decided.items():
            if holds[name]["state"] != decision or (decision == "released") != (name in log):
                yield f"LOST: {name} was {decision} and is {holds[name]['state']}"
        known = {row["sha256"]: row["bytes"] for row in db.execute("SELECT sha256, bytes FROM file")}
        for name, size in self.answers.files.items():
            path = files.path_of(self.data / "files", name)
            if known.get(name) != size or hashlib.sha256(path.read_bytes()).hexdigest() != name:
                yield f"LOST: the file {name}"
        self.counts |= {"log": len(log), "holds": len(holds)}

    def _doubled(self, db: sqlite3.Connection) -> Iterator[str]:
        # Of what was erased no bytes are left; its place stays taken.
        rows = db.execute("SELECT * FROM log WHERE body <> x'' ORDER BY pos").fetchall()
        for row in rows:
            if change_id(body_of(db, row)) != row["id"]:
                yield f"the bytes at {row['pos']} are not those of {row['id']}"
        if len({bytes(row["body"]) for row in rows}) != len(rows):
            yield "DOUBLE: some bytes stand in the log twice"
        taken = db.execute(
            "SELECT pos FROM log UNION ALL SELECT pos FROM hold"
            " UNION ALL SELECT decided_pos FROM hold WHERE decided_pos IS NOT NULL"
            " UNION ALL SELECT DISTINCT pos FROM erased"
        ).fetchall()
        if len({row[0] for row in taken}) != len(taken):
            yield "DOUBLE: some position was given twice"
        if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            yield "the database is damaged"

    def _unlike_the_pull(self, db: sqlite3.Connection) -> Iterator[str]:
        log = {row["id"]: tuple(row)[1:] for row in db.execute("SELECT id, pos, at, role, mac FROM log")}
        unlike = {
            name
            for name in (log.keys() - self.answers.pulled_as_erased) | self.answers.pulled.keys()
            if log.get(name) != self.answers.pulled.get(name)
        }
        if unlike:
            yield f"{len(unlike)} changes were pulled unlike they are in the log: {sorted(unlike)[:3]}"

    def _unerased(self, db: sqlite3.Connection) -> Iterator[str]:
        """What was answered to a household that declined is erased everywhere, and nothing else is."""
        answers = self.answers
        erased = {
            "log": {row[0] for row in db.execute("SELECT id FROM log WHERE body = x''")},
            "table": {row[0] for row in db.execute("SELECT id FROM erased")},
            "list": {line.id for line in erased_list.read(self.data)},
            "pull": answers.pulled_as_erased,
        }
        for place, names in erased.items():
            if names != answers.erased:
                kept, gone = len(answers.erased - names), len(names - answers.erased)
                yield f"the {place} lacks {kept} changes that were erased and has {gone} that were not"
        named = {row["sha256"] for row in db.execute("SELECT sha256 FROM file")}
        for name in sorted(answers.erased_files):
            if name in named or files.path_of(self.data / "files", name).exists():
                yield f"the erased photo {name} is still there"

    def _compare_holds(self) -> None:
        shown = {held["id"] for held in self.desk.ask("GET", "/api/desk/holds")["holds"]}
        waiting = self.answers.held.keys() - self.answers.decided.keys()
        with closing(sqlite3.connect(self.data / "thon.db")) as db:
            undecided = {row[0] for row in db.execute("SELECT id FROM hold WHERE state = 'held'")}
        # A decision of which the answer was lost is one too.
        if shown != undecided or not undecided <= waiting:
            self.answers.fault(f"the desk shows {len(shown)} holds, {len(undecided)} wait")

    def _report(self, times: int, took_s: float) -> dict[str, Any]:
        verified = self._verified()
        faults = self.answers.faults
        return {
            "kills": times + self.counts.pop("kills_during_start", 0),
            "acknowledged_stored": len(self.answers.stored),
            "acknowledged_held": len(self.answers.held),
            "acknowledged_decisions": len(self.answers.decided),
            "acknowledged_files": len(self.answers.files),
            "acknowledged_then_erased": len(self.answers.erased),
            "photos_then_erased": len(self.answers.erased_files),
            **dict(sorted(self.counts.items())),
            "lost": sum(fault.startswith("LOST") for fault in faults),
            "duplicates": sum(fault.startswith("DOUBLE") for fault in faults),
            "faults": faults[:20],
            "verify": verified.strip(),
            "seconds": round(took_s),
        }

    def _verified(self) -> str:
        try:
            verified = thon(self.data, "verify")
        except AssertionError as failed:
            verified = f"thon verify failed: {failed}"
        if ": 0 differences." not in verified or verified.startswith("thon verify failed"):
            self.answers.fault(verified)
        return verified

    def _line(self, kill: int, times: int, took_s: float) -> str:
        return (
            f"{kill}/{times} runs, {kill + self.counts['kills_during_start']} kills, "
            f"{self.counts['packed_pushes']} of {self.counts['pushes']} pushes packed, "
            f"{len(self.answers.stored)} stored, {len(self.answers.held)} held, "
            f"{len(self.answers.erased)} erased, "
            f"{self.counts['requests_cut_off']} cut off, {len(self.answers.faults)} faults, {took_s:.0f} s"
        )

    def _sign_in(self, link: str) -> dict[str, str]:
        body = json.dumps({"token": link, "password": _PASSWORD}).encode()
        address = f"{self.server.url}/api/session/password"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            return {"Cookie": cookie, "X-CSRF": json.load(answer)["csrf"]}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=500, help="how often the server is killed")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thon-kills-") as folder:
        killing = Killing(Path(folder), wanted.seed)
        try:
            report = killing.run(wanted.times, progress=True)
        finally:
            killing.server.kill()
    print(json.dumps({"seed": wanted.seed, **report}, ensure_ascii=False))
    return 1 if report["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
