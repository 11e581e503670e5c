"""What a client knows that was written from the design alone and shares no code with the project: how to
start the server, how a change is named, and a fold as naive as it can be. Its form neither calculates nor
asks conditionally."""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        for _ in range(1200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def keep_copy(self, copy: Path) -> None:
        """Of the folder as a kill leaves it."""
        self.kill()
        shutil.copytree(self.folder, copy)
        self.start()

    def put_back(self, copy: Path) -> None:
        self.kill()
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.start()


@contextmanager
def commune(folder: Path) -> Iterator[Server]:
    """A served commune X of two hamlets, with the form `box`, two interviewers and a supervisor."""
    running = Server(folder / "data")
    areas = folder / "areas.csv"
    areas.write_text(
        "code,parent,name,kind\nX,,Xã,commune\nX1,X,Thôn 1,hamlet\nX2,X,Thôn 2,hamlet\n", "utf-8"
    )
    write_form(folder / "box.xlsx")
    running.thon("area", "load", str(areas))
    running.thon("form", "publish", str(folder / "box.xlsx"))
    for name, role in (("Ka An", "interviewer"), ("Ha Bình", "interviewer"), ("Bà Sáu", "supervisor")):
        running.thon("user", "add", name, "--role", role, "--area", "X")
    running.start()
    try:
        yield running
    finally:
        running.kill()


def id_of(body: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()[:16]).decode().rstrip("=")


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


def areas_of(stored: dict[str, dict[str, Any]]) -> set[str]:
    """Where a record lies: the values of all heads of its area."""
    writes = {name: change for name, change in stored.items() if "@area" in change["set"]}
    seen = {name for change in writes.values() for name in change["seen"]}
    return {change["set"]["@area"] for name, change in writes.items() if name not in seen}
