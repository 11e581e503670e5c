"""A client that knows only the wire: it enrols, pushes in any order with repeats through server kills, and
reads back every record equal to its own fold. It shares no code with the project; its form neither
calculates nor asks conditionally."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

RULES = {"tags": "union", "note": "join", "best": "largest", "first": "first", "boss": "supervisor"}
QUESTIONS = [
    ("text", "name", ""),
    ("integer", "count", ""),
    ("select_multiple tag", "tags", "union"),
    ("text", "note", "join"),
    ("integer", "best", "largest"),
    ("text", "first", "first"),
    ("text", "boss", "supervisor"),
    ("begin_repeat", "item", ""),
    ("text", "label", ""),
    ("integer", "qty", ""),
    ("end_repeat", "item", ""),
]


def write_form(path: Path) -> None:
    book = xlsxwriter.Workbook(str(path))
    survey = book.add_worksheet("survey")
    survey.write_row(0, 0, ["type", "name", "label::Tiếng Việt (vi)", "label::English (en)", "conflict"])
    for row, (kind, name, rule) in enumerate(QUESTIONS, 1):
        survey.write_row(row, 0, [kind, name, name, name, rule])
    choices = book.add_worksheet("choices")
    choices.write_row(0, 0, ["list_name", "name", "label::Tiếng Việt (vi)", "label::English (en)"])
    for row, code in enumerate(["a", "b", "c"], 1):
        choices.write_row(row, 0, ["tag", code, code, code])
    settings = book.add_worksheet("settings")
    settings.write_row(0, 0, ["form_title", "form_id", "version", "default_language"])
    settings.write_row(1, 0, ["Box", "box", "1", "Tiếng Việt (vi)"])
    book.close()


class Server:
    """A real server process on a folder of its own, killed and started again at will."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def thon(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "server.cli.main", *arguments, "--data", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "server.cli.main", "serve", "--data", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "data")
    areas = tmp_path / "areas.csv"
    areas.write_text(
        "code,parent,name,kind\nX,,Xã,commune\nX1,X,Thôn 1,hamlet\nX2,X,Thôn 2,hamlet\n", "utf-8"
    )
    write_form(tmp_path / "box.xlsx")
    running.thon("area", "load", str(areas))
    running.thon("form", "publish", str(tmp_path / "box.xlsx"))
    for name, role in (("Ka An", "interviewer"), ("Ha Bình", "interviewer"), ("Bà Sáu", "supervisor")):
        running.thon("user", "add", name, "--role", role, "--area", "X")
    running.start()
    yield running
    if running.process and running.process.poll() is None:
        running.kill()


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


def id_of(body: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()[:16]).decode().rstrip("=")


# The client's own fold: as naive as it can be.


def plain_fold(stored: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`stored`: id -> {at, role, set, seen}. Gives visible answers, open conflicts and the status."""
    writes = defaultdict(list)
    for name, change in stored.items():
        for path, value in change["set"].items():
            writes[path].append({"id": name, "value": value, **change})
    heads = {
        path: sorted(
            (w for w in of_path if not any(w["id"] in other["seen"] for other in of_path)),
            key=lambda w: (w["at"], w["id"]),
        )
        for path, of_path in writes.items()
    }

    def covers(prefix: str, deletion: dict[str, Any]) -> bool:
        return all(
            head["id"] in deletion["seen"] or head["id"] == deletion["id"]
            for path, of_path in heads.items()
            if path.startswith(prefix) and path != prefix + "@deleted" and not path.startswith("@")
            for head in of_path
            if not (path.endswith("@deleted") and head["value"] is True)
        )

    def hidden(prefix: str) -> bool:
        deletions = heads.get(prefix + "@deleted", [])
        return (
            bool(deletions)
            and all(d["value"] is True for d in deletions)
            and any(covers(prefix, d) for d in deletions)
        )

    answers, conflicts = {}, {}
    for path, of_path in heads.items():
        row = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
        if row and hidden(row) and not path.endswith("@deleted"):
            continue
        value, is_open = decide(RULES.get(path, "ask"), of_path)
        if path == "@status":
            is_open = False
        if is_open:
            conflicts[path] = [(head["id"], head["value"]) for head in reversed(of_path)]
        if value is not None and "@" not in path:
            answers[path] = value
    order = ["returned", "draft", "submitted", "approved"]
    statuses = [head["value"] for head in heads.get("@status", [])]
    status = min(statuses, key=order.index) if statuses else None
    return {"answers": answers, "conflicts": conflicts, "status": status, "deleted": hidden("")}


def decide(rule: str, heads: list[dict[str, Any]]) -> tuple[Any, bool]:
    """`heads` oldest first. Gives the shown value, and whether the path is left open."""
    kinds: dict[str, Callable[[Any], bool]] = {
        "union": lambda v: isinstance(v, list),
        "join": lambda v: isinstance(v, str),
        "largest": lambda v: isinstance(v, int),
    }
    values = [head["value"] for head in heads]
    if all(value == values[0] for value in values):
        return values[0], False
    fitting = [value for value in values if rule in kinds and kinds[rule](value)]
    if rule in kinds and fitting:
        if rule == "union":
            return sorted({code for value in fitting for code in value}), False
        return (" | ".join(dict.fromkeys(fitting)), False) if rule == "join" else (max(fitting), False)
    if rule == "first":
        return values[0], False
    if rule == "supervisor":
        chiefs = [head["value"] for head in heads if head["role"] in ("supervisor", "admin")]
        if chiefs:
            return chiefs[-1], False
    return values[-1], True


def some_values(dice: random.Random, is_chief: bool) -> dict[str, Any]:
    pool: dict[str, Callable[[], Any]] = {
        "name": lambda: dice.choice(["K’Brình", "Ka Sa", "Đỗ", None]),
        "count": lambda: dice.choice([0, 1, -7, 2.5, 9007199254740991, None]),
        "tags": lambda: sorted(dice.sample(["a", "b", "c"], dice.randint(1, 3))),
        "note": lambda: dice.choice(["mưa", "nắng", None]),
        "best": lambda: dice.randint(0, 9),
        "first": lambda: dice.choice(["x", "y"]),
        "boss": lambda: dice.choice(["p", "q"]),
        "item/r1/label": lambda: dice.choice(["gạo", "muối"]),
        "item/r1/qty": lambda: dice.randint(1, 3),
        "item/r2/qty": lambda: dice.randint(1, 3),
        "item/r1/@deleted": lambda: dice.choice([True, True, None]),
        "@status": lambda: dice.choice(["draft", "submitted"] + (["returned"] if is_chief else [])),
    }
    return {path: pool[path]() for path in dice.sample(sorted(pool), dice.randint(1, 5))}


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


@pytest.mark.parametrize("seed", [11, 12])
def test_a_client_that_knows_only_the_wire_reads_back_its_own_fold(server: Server, seed: int) -> None:
    dice = random.Random(seed)
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
    assert "0 differences" in server.thon("verify")


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
