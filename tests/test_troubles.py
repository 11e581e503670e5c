"""A full disk, a failing disk, data that another program holds or that can't be written: a clear answer each
time, nothing that was answered is lost, and all goes on without a restart."""

from __future__ import annotations

import hashlib
import json
import resource
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.store import Store, log
from tests.callers import Caller
from tests.running import RunningServer, running_server, thon
from tests.village import Phone, Village
from tests.waiting import until

LONG = "Ka " * 3000


@contextmanager
def writing_with(village: Village, hinders: str, helps: str) -> Iterator[None]:
    """The setting holds for the one connection that writes."""
    connections: list[sqlite3.Connection] = []
    village.store.write(connections.append)
    connections[0].execute(hinders)
    try:
        yield
    finally:
        connections[0].execute(helps)


def full_disk(village: Village, pages: int = 0) -> Any:
    """As many pages as there are, and these more."""
    with village.store.reading() as db:
        have = db.execute("PRAGMA page_count").fetchone()[0]
    return writing_with(village, f"PRAGMA max_page_count = {have + pages}", "PRAGMA max_page_count = 100000")


def logged(store: Store) -> set[str]:
    with store.reading() as db:
        return {row[0] for row in db.execute("SELECT id FROM log")}


def test_pushes_to_a_full_disk_are_answered_507_until_there_is_room(
    village: Village, client: TestClient[Any], han: Caller
) -> None:
    stored: list[str] = []
    with full_disk(village, pages=20):
        for number in range(50):
            body = han.phone.body(f"r{number}", {"head": LONG, "@area": "C1"})
            answer = client.post("/api/push", json={"changes": [body.decode()]}, headers=han.headers)
            if answer.status_code != 200:
                break
            stored += [result["id"] for result in answer.json()["results"]]
        assert answer.status_code == 507 and answer.json()["problem"] == "disk_full"
        assert "disk of the server is full" in answer.json()["detail"] and stored
        assert logged(village.store) == set(stored)
        assert {change["id"] for change in han.pull()["changes"]} == set(stored), "reading needs no room"
    (again,) = han.push(body)["results"]
    assert again["result"] == "stored"
    assert logged(village.store) == {*stored, again["id"]}


def test_of_jobs_that_wait_together_each_hears_what_became_of_it_on_a_full_disk(
    village: Village, han: Caller
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(_db: sqlite3.Connection) -> None:
        started.set()
        go_on.wait()

    def wait_first() -> None:
        # Where the disk is full, SQLite takes back what it did not write, too.
        with suppress(sqlite3.OperationalError):
            village.store.write(slow)

    outcomes: dict[str, bool] = {}

    def push(record: str, values: dict[str, Any]) -> None:
        try:
            han.phone.write(record, {**values, "@area": "C1"})
            outcomes[record] = True
        except sqlite3.OperationalError as error:
            assert error.sqlite_errorcode == sqlite3.SQLITE_FULL
            outcomes[record] = False

    with full_disk(village, pages=4):
        jobs = [threading.Thread(target=wait_first, daemon=True)]
        jobs[0].start()
        started.wait()
        for record, values in (
            ("small", {"head": "A"}),
            ("large", {"head": LONG * 3}),
            ("last", {"head": "B"}),
        ):
            jobs.append(threading.Thread(target=push, args=(record, values), daemon=True))
            jobs[-1].start()
            until(lambda: village.store.waiting_jobs() >= len(jobs) - 1)
        go_on.set()
        for job in jobs:
            job.join()
    assert outcomes["large"] is False
    with village.store.reading() as db:
        assert set(log.records(db)) == {record for record, is_stored in outcomes.items() if is_stored}


def test_a_store_that_cannot_be_written_says_so_and_still_reads(
    village: Village, client: TestClient[Any], han: Caller
) -> None:
    before = han.phone.write("r1", {"head": "A", "@area": "C1"})
    village.store.refresh_views()
    body = han.phone.body("r2", {"head": "B", "@area": "C1"})
    with writing_with(village, "PRAGMA query_only = ON", "PRAGMA query_only = OFF"):
        refused = client.post("/api/push", json={"changes": [body.decode()]}, headers=han.headers)
        assert (refused.status_code, refused.json()["problem"]) == (503, "read_only")
        assert [change["id"] for change in han.pull()["changes"]] == [before]
        assert han.get("/api/records/r1").json()["answers"] == {"head": "A"}
    assert han.push(body)["results"][0]["result"] == "stored"


class Client:
    """Speaks to a server process; an answer is (status, what it says)."""

    def __init__(self, server: RunningServer, phone: Phone) -> None:
        self.server, self.phone = server, phone

    def ask(self, method: str, path: str, content: bytes | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.phone.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.server.url + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def push(self, *bodies: bytes) -> tuple[int, Any]:
        message = {"changes": [body.decode() for body in bodies]}
        return self.ask("POST", "/api/push", json.dumps(message).encode())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Client]:
    village = Village(tmp_path / "data")
    phone = village.phone("phone-1", "C1", village.han)
    village.store.close()
    with running_server(tmp_path / "data") as server:
        yield Client(server, phone)


def test_a_server_whose_disk_takes_no_more_answers_so_and_goes_on_when_it_does(served: Client) -> None:
    pid, data = served.server.pid, served.server.data_dir
    photo = bytes(200_000)
    name = hashlib.sha256(photo).hexdigest()
    room = (data / "thon.db-wal").stat().st_size + 100_000
    stored: list[str] = []
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    refused: list[bytes] = []
    for number in range(40):
        body = served.phone.body(f"r{number}", {"head": LONG, "@area": "C1"})
        status, said = served.push(body)
        if status != 200:
            assert (status, said["problem"]) in ((507, "disk_full"), (503, "disk_error")), said
            refused.append(body)
        else:
            stored += [result["id"] for result in said["results"]]
    status, said = served.ask("PUT", f"/api/files/{name}", photo)
    assert (status, said["problem"]) == (507, "disk_full")
    assert stored and len(refused) > 10
    assert served.ask("GET", "/api/pull")[0] == 200
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    status, said = served.push(*refused)
    assert status == 200 and {result["result"] for result in said["results"]} == {"stored"}
    assert served.ask("PUT", f"/api/files/{name}", photo)[0] == 201
    _, page = served.ask("GET", "/api/pull")
    assert set(stored) <= {change["id"] for change in page["changes"]} and len(page["changes"]) == 40
    served.server.restart()
    assert len(served.ask("GET", "/api/pull")[1]["changes"]) == 40
    assert ": 0 differences." in thon(data, "verify")


def test_a_server_waits_for_a_while_where_another_program_writes_and_then_says_so(served: Client) -> None:
    first = served.phone.body("r1", {"head": "A", "@area": "C1"})
    assert served.push(first)[0] == 200
    second = served.phone.body("r2", {"head": "B", "@area": "C1"})
    with sqlite3.connect(served.server.data_dir / "thon.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answers: list[tuple[int, Any]] = []
        pushing = threading.Thread(target=lambda: answers.append(served.push(second)), daemon=True)
        pushing.start()
        while pushing.is_alive():
            assert len(served.ask("GET", "/api/pull")[1]["changes"]) == 1, "who reads waits for nobody"
            pushing.join(0.2)
        assert answers[0][0] == 503 and answers[0][1]["problem"] == "locked"
        other.execute("ROLLBACK")
    assert served.push(second)[1]["results"][0]["result"] == "stored"
    assert len(served.ask("GET", "/api/pull")[1]["changes"]) == 2
