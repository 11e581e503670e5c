"""A client that knows only the wire: it enrols, pushes in any order with repeats through server kills, and
reads back every record equal to its own fold. It shares no code with the project."""

from __future__ import annotations

import argparse
import gzip
import json
import random
import secrets
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.black_box import Server, commune, id_of, plain_fold, some_values
from tests.black_box_round import play_round
from tests.fault_proxy import FAULTS


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with commune(tmp_path) as running:
        yield running


class Client:
    """One phone that knows the wire section of the design and nothing else."""

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        invite = json.loads(server.thon("device", "invite", "--area", "X", "--user", user, "--json"))
        self.device = secrets.token_hex(4)
        body = {"code": invite["code"], "device": self.device, "label": "box"}
        self.token = ""
        answer = self.call("POST", "/api/enrol", body)
        self.token, self.author = answer["token"], answer["users"][0]["id"]
        self.seq = 0
        self.last: dict[str, Any] | None = None

    def call(self, method: str, path: str, body: Any = None, zipped: bool = False) -> Any:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        if zipped and data:
            data, headers["Content-Encoding"] = gzip.compress(data), "gzip"
        address = f"http://127.0.0.1:{self.server.port}{path}"
        request = urllib.request.Request(address, data, headers, method=method)
        for _ in range(60):
            try:
                with urllib.request.urlopen(request, timeout=20) as response:
                    return json.load(response)
            except urllib.error.HTTPError as refusal:
                return {"status": refusal.code, **json.load(refusal)}
            except (OSError, ValueError, urllib.error.URLError):
                time.sleep(0.2)
        raise AssertionError("the server did not come back")

    def compose(self, record: str, seen: list[str], values: dict[str, Any], at: int) -> str:
        self.seq += 1
        return json.dumps(
            {
                "v": 1, "record": record, "form": "box", "form_version": "1", "device": self.device,
                "seq": self.seq, "at": at, "author": self.author, "seen": seen, "set": values,
                "later_key": {"kept": True},
            },
            ensure_ascii=False, separators=(",", ":"),
        )  # fmt: skip

    def push(self, bodies: list[str]) -> list[dict[str, Any]]:
        message: dict[str, Any] = {"changes": bodies}
        if self.last:
            message["last"] = self.last
        answer = self.call("POST", "/api/push", message, zipped=random.random() < 0.5)
        if answer.get("problem") == "epoch_changed":
            self.last = None
            return self.push(bodies)
        return answer["results"]

    def pull_all(self) -> dict[str, dict[str, Any]]:
        changes, cursor, more = {}, "", True
        while more:
            page = self.call("GET", f"/api/pull?limit=7{'&cursor=' + cursor if cursor else ''}")
            if page.get("problem") == "epoch_changed":
                changes, cursor = {}, ""
                continue
            changes.update({change["id"]: change for change in page["changes"]})
            cursor, more = page["cursor"], page["more"]
        return changes


def write_story(
    dice: random.Random, clients: list[Client], record: str, count: int
) -> dict[str, tuple[Client, str]]:
    """Changes in which each author has seen some closed part of what was there."""
    made: dict[str, tuple[Client, str]] = {}
    closure: dict[str, set[str]] = {}
    for index in range(count):
        client = clients[index % len(clients)]
        shown: set[str] = set()
        for name in dice.sample(sorted(made), min(len(made), dice.randint(0, 3))):
            shown |= {name} | closure[name]
        values = some_values(dice, client is clients[-1])
        if not shown:
            values["@area"] = "X1"
        body = client.compose(
            record, sorted(shown), values, dice.choice([0, 1_700_000_000_000 + index, 4 * 10**12])
        )
        made[id_of(body)] = (client, body)
        closure[id_of(body)] = shown
    return made


def test_a_client_that_knows_only_the_wire_reads_back_its_own_fold(server: Server) -> None:
    dice = random.Random(11)
    clients = [Client(server, name) for name in ("Ka An", "Ha Bình", "Bà Sáu")]
    records = [f"0192f3c8-7d7e-7b1a-9c55-{dice.getrandbits(48):012x}" for _ in range(4)]
    stories = {record: write_story(dice, clients, record, 12) for record in records}
    waiting = [pair for story in stories.values() for pair in story.values()]
    answered: set[str] = set()
    while waiting:
        dice.shuffle(waiting)
        client = waiting[0][0]
        batch = [body for owner, body in waiting if owner is client][: dice.randint(1, 5)]
        repeated = [*batch, dice.choice(batch)]
        results = client.push(repeated)
        assert [result["id"] for result in results] == [id_of(body) for body in repeated]
        assert {result["result"] for result in results} <= {"stored", "duplicate"}, results
        answered |= {result["id"] for result in results}
        waiting = [pair for pair in waiting if pair[1] not in batch]
        if dice.random() < 0.15:
            server.kill()
            server.start()
    pulled = clients[0].pull_all()
    assert set(pulled) == answered
    for record in records:
        mine = {name: pulled[name] for name in stories[record]}
        for name, change in mine.items():
            assert change["body"] == stories[record][name][1], "bytes come back as they went"
        compare(
            clients[0],
            record,
            {name: {**change, **json.loads(change["body"])} for name, change in mine.items()},
            mine,
        )
    assert ": 0 differences." in server.thon("verify")


def compare(client: Client, record: str, stored: dict[str, Any], receipts: dict[str, Any]) -> None:
    for name, change in stored.items():
        change["at"], change["role"] = receipts[name]["at"], receipts[name]["role"]
    mine = plain_fold(stored)
    theirs = client.call("GET", f"/api/records/{record}")
    assert set(theirs["seen"]) == set(stored)
    assert theirs["answers"] == mine["answers"]
    assert theirs["status"] == mine["status"]
    assert theirs["deleted"] == mine["deleted"]
    assert {
        path: [(head["id"], head["value"]) for head in heads] for path, heads in theirs["conflicts"].items()
    } == mine["conflicts"]


def test_five_phones_through_faults_restarts_copies_put_back_moves_clones_and_couriers(
    tmp_path: Path,
) -> None:
    counts = play_round(tmp_path / "round", seed=7, steps=100, most_restarts=4)
    assert counts["changes"] > 50 and counts["conflicts"] > 0
    assert counts["copies_put_back"] > 0 and counts["clones"] > 0 and counts["couriers"] > 0
    assert all(counts[fault] > 0 for fault in FAULTS)


def main() -> int:
    """`python -m tests.test_black_box --rounds N`: as many rounds, each with its own seed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=250)
    wanted = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="thon-box-") as folder:
        for seed in range(wanted.seed, wanted.seed + wanted.rounds):
            print(f"seed {seed}", flush=True)
            total += play_round(Path(folder) / str(seed), seed, wanted.steps, most_restarts=15)
    print(json.dumps({"rounds": wanted.rounds, "found": 0, **dict(sorted(total.items()))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
