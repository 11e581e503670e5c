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
from tests.packed_messages import Published, changes_of, packed_push, results_of
from tests.village import Phone
from tests.workbooks import question

Receipt = tuple[Any, ...]
_RECEIPT = ("pos", "at", "role", "mac")
_SHARED = 8
_RETRY_S = 0.01
_PACKED = 0.7
ASKING = [
    question("select_one yn", "consent", meaning="consent"),
    question("integer", "income"),
    question("image", "photo"),
]


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
        # What a household took back, and the photos that went with it.
        self.erased: set[str] = set()
        self.erased_files: set[str] = set()
        self.pulled_as_erased: set[str] = set()
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
    """A phone that pushes batches of 1 to 50 changes, most of them packed, repeats some, and now and then
    uploads a photo; now and then a household that was interviewed declines consent after all. `published`:
    the names by which it packs."""

    def __init__(
        self, phone: Phone, area: str, published: Published, port: int, answers: Answers, seed: int
    ) -> None:
        super().__init__(port, {"Authorization": f"Bearer {phone.token}"}, answers, seed)
        self.phone, self.area, self.published = phone, area, published
        self.in_flight: list[bytes] = []
        self.is_again = False
        self._made = 0
        self._top = 0
        self._epoch, self._last_pos = "", 0
        self._kept: list[bytes] = []
        self._last_of: dict[str, str] = {}
        self._photos: list[dict[str, Any]] = []
        # Record, change and photo of those who agreed; and by the change that declines what it takes back.
        self._agreed: list[tuple[str, str, str]] = []
        self._taken_back: dict[str, tuple[str, str]] = {}

    def step(self) -> None:
        if self.dice.random() < 0.03:
            self._upload()
        self.push(self.in_flight or self._compose())
        time.sleep(self.dice.uniform(0, 0.12))

    def push(self, bodies: list[bytes]) -> None:
        """Until it is answered, the same batch is sent again."""
        self.is_again = self.in_flight == bodies
        self.in_flight = bodies
        is_packed = self.dice.random() < _PACKED
        plain = {"changes": [body.decode() for body in bodies]}
        message = packed_push(bodies, self.published) if is_packed else plain
        results = self._say(bodies, message)
        if [result["id"] for result in results] != [change_id(body) for body in bodies]:
            self.answers.fault(f"a push of {len(bodies)} changes was answered by {len(results)} results")
        for body, result in zip(bodies, results, strict=False):
            self._note(body, result)
        self.answers.counts["pushes"] += 1
        self.answers.counts["packed_pushes"] += is_packed
        self.in_flight = []
        # A sample of what was answered, to be sent once more some day.
        self._kept = [*self._kept[-20:], self.dice.choice(bodies)]

    def _say(self, bodies: list[bytes], message: dict[str, Any]) -> list[dict[str, Any]]:
        # A server that forgot what it answered would say that it was put back.
        last = {"last": {"epoch": self._epoch, "pos": self._last_pos}} if self._epoch else {}
        told = json.dumps(message | last).encode()
        headers = {"Content-Type": "application/json"}
        if self.dice.random() < 0.5:
            told, headers["Content-Encoding"] = gzip.compress(told, 1), "gzip"
        answer = self.ask("POST", "/api/push", told, **headers)
        results: list[dict[str, Any]] = answer.get("results", [])
        if len(answer.get("said", ())) == len(bodies):
            results = results_of(bodies, answer["said"])
        self._epoch = answer.get("server") or self._epoch
        self._last_pos = max([self._last_pos, *(result["pos"] for result in results)])
        return results

    def _note(self, body: bytes, result: dict[str, Any]) -> None:
        answers, name = self.answers, result["id"]
        if name in self._taken_back:
            change, photo = self._taken_back.pop(name)
            answers.erased.add(change)
            if photo:
                del answers.files[photo]
                answers.erased_files.add(photo)
        is_first = not self.is_again and name not in answers.stored and name not in answers.held
        if result["result"] == "told" and is_first:
            result["result"] = "stored"
        if result["result"] == "held":
            answers.held.setdefault(name, result["pos"])
            return
        if result["result"] == "stored":
            if name in answers.stored:
                answers.fault(f"{name} was stored a second time")
            if result["pos"] <= self._top:
                answers.fault(f"{name} was stored at {result['pos']}, behind {self._top}")
            self._top = result["pos"]
        elif result["result"] == "duplicate" and name not in answers.stored and self.is_again:
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
        if kind > 0.97:
            return self._interview(mark)
        shared = f"shared-{self.answers.era}-{self.dice.randrange(_SHARED)}"
        record = shared if kind < (0.6 if self.area == "C" else 0.05) else f"own-{mark}"
        # What a phone of the other hamlet writes to these is put on hold.
        area = "C1" if record == shared else "C2"
        values = {"head": f"Ka {mark}", "size": self.dice.randrange(30), "@area": area}
        seen = [self._last_of[record]] if record in self._last_of else []
        version = "9" if kind > 0.96 else "1"
        body = self.phone.body(record, values, seen=seen, form_version=version)
        if record == shared:
            self._last_of = {**dict(list(self._last_of.items())[-_SHARED:]), record: change_id(body)}
        return body

    def _interview(self, mark: str) -> bytes:
        about = {"form": "asking", "form_version": "1"}
        if self._agreed and self.dice.random() < 0.5:
            record, change, photo = self._agreed.pop()
            body = self.phone.body(record, {"consent": "no"}, seen=[change], **about)
            self._taken_back[change_id(body)] = change, photo
            return body
        values: dict[str, Any] = {"@area": "C2", "consent": "yes", "income": self.dice.randrange(99)}
        photo = self._photos.pop() if self._photos else {}
        record = f"asked-{mark}"
        body = self.phone.body(record, values | ({"photo": photo} if photo else {}), **about)
        self._agreed.append((record, change_id(body), photo.get("sha256", "")))
        return body

    def _upload(self) -> None:
        content = self.dice.randbytes(self.dice.randint(100, 60_000))
        name = hashlib.sha256(content).hexdigest()
        if self.ask("PUT", f"/api/files/{name}", content).get("sha256") == name:
            self.answers.files[name] = len(content)
            about = {"sha256": name, "name": "roof.jpg", "type": "image/jpeg", "bytes": len(content)}
            self._photos.append(about)


class Reader(Client):
    """A phone of the whole commune that only pulls, most pages packed: every position once, in order, across
    all restarts."""

    def __init__(self, phone: Phone, port: int, answers: Answers, seed: int) -> None:
        super().__init__(port, {"Authorization": f"Bearer {phone.token}"}, answers, seed)
        self._cursor = self._last = self._epoch = ""
        self._top = 0

    def step(self) -> None:
        if not self.pull():
            time.sleep(0.1)

    def pull(self) -> bool:
        """One page; whether there is more."""
        is_packed = self.dice.random() < _PACKED
        asked = f"limit=500&cursor={self._cursor}&last={self._last}" + ("&packed=1" if is_packed else "")
        page = self.ask("GET", f"/api/pull?{asked}")
        if ("next" if is_packed else "cursor") not in page:
            return False
        self.answers.counts["packed_pages"] += is_packed
        for change in changes_of(page) if is_packed else page["changes"]:
            if change["pos"] <= self._top:
                self.answers.fault(f"{change['id']} was pulled at {change['pos']}, behind {self._top}")
            if change_id(change["body"].encode()) != change["id"]:
                self.answers.fault(f"{change['id']} was pulled with other bytes")
            self._top = change["pos"]
            self.answers.pulled[change["id"]] = receipt_of(change)
        self.answers.pulled_as_erased.update(page.get("erased", ()))
        self._epoch = page.get("server") or self._epoch
        self._cursor, self._last = page["next" if is_packed else "cursor"], f"{self._epoch}:{self._top}"
        return bool(page.get("more"))


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
