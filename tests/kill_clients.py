"""Clients that write without a pause while their server is killed and started again, and remember every word
that they were answered."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from typing import Any

from schemas.change import change_id
from tests.village import Phone

Receipt = tuple[Any, ...]
_RECEIPT = ("pos", "at", "role", "mac")
_SHARED = 8
_RETRY_S = 0.01


def receipt_of(result: dict[str, Any]) -> Receipt:
    return tuple(result.get(key) for key in _RECEIPT)


class Answers:
    """What all clients were answered. `faults`: sentences about answers that contradict each other."""

    def __init__(self) -> None:
        self.stored: dict[str, Receipt] = {}
        self.held: dict[str, int] = {}
        self.decided: dict[str, str] = {}
        self.files: dict[str, int] = {}
        self.pulled: dict[str, Receipt] = {}
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        # Which shared records are written now: they change, so that none grows without end.
        self.era = 0

    def fault(self, sentence: str) -> None:
        self.faults.append(sentence)

    def note_stored(self, name: str, receipt: Receipt) -> None:
        if self.stored.setdefault(name, receipt) != receipt:
            self.fault(f"{name} was answered {self.stored[name]} and then {receipt}")


class Client(threading.Thread):
    """Repeats `step` until `end`; a step that finds no server is tried again."""

    def __init__(self, port: int, headers: dict[str, str], answers: Answers, seed: int) -> None:
        super().__init__(daemon=True)
        self.port, self.headers, self.answers = port, headers, answers
        self.dice = random.Random(seed)
        self._is_over = threading.Event()
        self._line: HTTPConnection | None = None

    def run(self) -> None:
        while not self._is_over.is_set():
            try:
                self.step()
            except (OSError, HTTPException, ValueError) as error:
                self._hang_up()
                if not isinstance(error, ConnectionRefusedError):
                    self.answers.counts["requests_cut_off"] += 1
                time.sleep(_RETRY_S)
            except Exception as error:
                self.answers.fault(f"{type(self).__name__}: {error!r}")
                raise
        self._hang_up()

    def end(self) -> None:
        self._is_over.set()
        self.join()

    def step(self) -> None:
        raise NotImplementedError

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        """The answer's JSON. An answer that is no success is a fault: nothing here deserves a refusal."""
        self._line = self._line or HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._line.request(method, path, body, {**self.headers, **headers})
        with self._line.getresponse() as answer:
            said = json.loads(answer.read())
        if answer.status >= 400:
            self.answers.fault(f"{method} {path.partition('?')[0]}: {answer.status} {said}")
        return said

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


class Pusher(Client):
    """A phone that pushes batches of 1 to 50 changes, repeats some, and now and then uploads a file."""

    def __init__(self, phone: Phone, area: str, port: int, answers: Answers, seed: int) -> None:
        super().__init__(port, {"Authorization": f"Bearer {phone.token}"}, answers, seed)
        self.phone, self.area = phone, area
        self.in_flight: list[bytes] = []
        self.is_again = False
        self._made = 0
        self._top = 0
        self._kept: list[bytes] = []
        self._last_of: dict[str, str] = {}

    def step(self) -> None:
        if self.dice.random() < 0.03:
            self._upload()
        self.push(self.in_flight or self._compose())
        time.sleep(self.dice.uniform(0, 0.12))

    def push(self, bodies: list[bytes]) -> None:
        """Until it is answered, the same batch is sent again."""
        self.is_again = self.in_flight == bodies
        self.in_flight = bodies
        message = json.dumps({"changes": [body.decode() for body in bodies]}).encode()
        headers = {"Content-Type": "application/json"}
        if self.dice.random() < 0.5:
            message, headers["Content-Encoding"] = gzip.compress(message, 1), "gzip"
        results = self.ask("POST", "/api/push", message, **headers).get("results", [])
        if [result["id"] for result in results] != [change_id(body) for body in bodies]:
            self.answers.fault(f"a push of {len(bodies)} changes was answered by {len(results)} results")
        for body, result in zip(bodies, results, strict=False):
            self._note(body, result)
        self.answers.counts["pushes"] += 1
        self.in_flight = []
        # A sample of what was answered, to be sent once more some day.
        self._kept = [*self._kept[-20:], self.dice.choice(bodies)]

    def _note(self, body: bytes, result: dict[str, Any]) -> None:
        answers, name = self.answers, result["id"]
        if result["result"] == "held":
            answers.held.setdefault(name, result["pos"])
            return
        if result["result"] == "stored":
            if name in answers.stored:
                answers.fault(f"{name} was stored a second time")
            if result["pos"] <= self._top:
                answers.fault(f"{name} was stored at {result['pos']}, behind {self._top}")
            self._top = result["pos"]
        elif name not in answers.stored and self.is_again:
            answers.counts["committed_before_the_answer_was_lost"] += 1
        answers.note_stored(name, receipt_of(result))

    def _compose(self) -> list[bytes]:
        size = self.dice.choice([1, 1, 2, 3, 5, 8, 13, 25, 50])
        bodies = [self._change() for _ in range(size)]
        if self._kept and self.dice.random() < 0.3:
            bodies.append(self.dice.choice(self._kept))
        return bodies

    def _change(self) -> bytes:
        self._made += 1
        mark = f"{self.phone.device}.{self._made}"
        kind = self.dice.random()
        if kind < 0.01:
            return f"no change {mark}".encode()
        shared = f"shared-{self.answers.era}-{self.dice.randrange(_SHARED)}"
        record = shared if kind < (0.6 if self.area == "C" else 0.05) else f"own-{mark}"
        # What a phone of the other hamlet writes to these is put on hold.
        area = "C1" if record == shared else "C2"
        values = {"head": f"Ka {mark}", "size": self.dice.randrange(30), "@area": area}
        seen = [self._last_of[record]] if record in self._last_of else []
        version = "9" if kind > 0.99 else "1"
        body = self.phone.body(record, values, seen=seen, form_version=version)
        if record == shared:
            self._last_of = {**dict(list(self._last_of.items())[-_SHARED:]), record: change_id(body)}
        return body

    def _upload(self) -> None:
        content = self.dice.randbytes(self.dice.randint(100, 60_000))
        name = hashlib.sha256(content).hexdigest()
        if self.ask("PUT", f"/api/files/{name}", content).get("sha256") == name:
            self.answers.files[name] = len(content)


class Reader(Client):
    """A phone of the whole commune that only pulls: every position once, in order, across all restarts."""

    def __init__(self, phone: Phone, port: int, answers: Answers, seed: int) -> None:
        super().__init__(port, {"Authorization": f"Bearer {phone.token}"}, answers, seed)
        self._cursor = self._last = ""
        self._top = 0

    def step(self) -> None:
        if not self.pull():
            time.sleep(0.1)

    def pull(self) -> bool:
        """One page; whether there is more."""
        page = self.ask("GET", f"/api/pull?limit=500&cursor={self._cursor}&last={self._last}")
        if "changes" not in page:
            return False
        for change in page["changes"]:
            if change["pos"] <= self._top:
                self.answers.fault(f"{change['id']} was pulled at {change['pos']}, behind {self._top}")
            if change_id(change["body"].encode()) != change["id"]:
                self.answers.fault(f"{change['id']} was pulled with other bytes")
            self._top = change["pos"]
            self.answers.pulled[change["id"]] = receipt_of(change)
        self._cursor, self._last = page["cursor"], f"{page['server']}:{self._top}"
        return bool(page["more"])


class Desk(Client):
    """A supervisor who releases and discards what is on hold."""

    def step(self) -> None:
        for held in self.ask("GET", "/api/desk/holds").get("holds", [])[:12]:
            can_be_released = held["reason"] == "area" and self.dice.random() < 0.7
            decision = "release" if can_be_released else "discard"
            body = json.dumps({"decision": decision}).encode()
            self.ask("POST", f"/api/desk/holds/{held['id']}", body, **{"Content-Type": "application/json"})
            self.answers.decided[held["id"]] = {"release": "released", "discard": "discarded"}[decision]
        time.sleep(0.1)
