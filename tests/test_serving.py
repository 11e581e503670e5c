"""One server on one folder and one port; how it starts where it can't, and how it ends."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from schemas.change import change_id
from server.store import Store, epochs
from tests.running import RunningServer, free_port, running_server, thon
from tests.village import Phone, Village
from tests.waiting import until


def test_a_server_that_finds_its_port_taken_leaves_the_data_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(data) as server:
        store = Store.open(data)
        with store.reading() as db:
            before = epochs.newest(db)
        refused = thon(data, "serve", "--port", str(server.port), expect=1)
        assert f"Cannot serve on 127.0.0.1:{server.port}" in refused and "link=" not in refused
        with store.reading() as db:
            assert epochs.newest(db) == before
            links = db.execute("SELECT count(*) FROM user_link").fetchone()[0]
        assert links == 1
        other = tmp_path / "demo"
        assert "Cannot serve on port" in thon(
            data, "demo", "--data", str(other), "--port", str(server.port), expect=1
        )
        assert not other.exists()
        store.close()
        server.restart()
        assert len(server.output.split("link=")) == 3


def test_a_second_server_on_a_folder_is_refused_and_commands_are_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(data) as server:
        refused = thon(data, "serve", "--port", str(free_port()), expect=1)
        assert f"Another server serves {data} already (process {server.pid}, {server.address})" in refused
        assert "link=" not in refused and "Traceback" not in refused
        thon(data, "user", "add", "Ka Hân", "--role", "admin")
        server.restart()
        assert "Ka Hân" in thon(data, "user", "list")
    with sqlite3.connect(data / "thon.db") as db:
        assert db.execute("SELECT count(*) FROM epoch").fetchone()[0] == 2, "the refused one began none"


def test_of_servers_started_together_on_a_folder_one_serves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "server.cli.main", "serve", "--data", str(data), "--port"]
    started = [
        subprocess.Popen([*command, str(free_port())], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    try:
        ended: set[subprocess.Popen[bytes]] = set()
        until(lambda: sum(process.poll() is not None for process in started) >= len(started) - 1)
        ended |= {process for process in started if process.poll() is not None}
        for process in ended:
            assert process.stderr is not None
            said = process.stderr.read().decode()
            assert process.returncode == 1 and "Another server serves" in said, said
        (serving,) = set(started) - ended
        assert serving.poll() is None
    finally:
        for process in started:
            process.kill()
            process.wait()
            assert process.stderr is not None
            process.stderr.close()


def push_until_gone(phone: Phone, server: RunningServer, answered: list[str]) -> None:
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    for number in range(100_000):
        bodies = [
            phone.body(f"{phone.device}-{number}-{one}", {"head": "A", "@area": "C1"}) for one in range(20)
        ]
        message = json.dumps({"changes": [body.decode() for body in bodies]}).encode()
        try:
            request = urllib.request.Request(f"{server.url}/api/push", message, headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                results = json.load(answer)["results"]
        except (OSError, ValueError):
            return
        assert [result["result"] for result in results] == ["stored"] * len(bodies)
        answered += [change_id(body) for body in bodies]


def test_a_server_told_to_stop_ends_soon_keeps_what_it_answered_and_leaves_one_file(tmp_path: Path) -> None:
    data = tmp_path / "data"
    village = Village(data)
    phones = [village.phone(f"phone-{number}", "C1", village.han) for number in range(3)]
    village.store.close()
    answered: list[str] = []
    with running_server(data) as server:
        pushing = [
            threading.Thread(target=push_until_gone, args=(phone, server, answered), daemon=True)
            for phone in phones
        ]
        for thread in pushing:
            thread.start()
        until(lambda: len(answered) >= 300 or not all(thread.is_alive() for thread in pushing))
        assert all(thread.is_alive() for thread in pushing)
        assert server.stop() == 0
        for thread in pushing:
            thread.join()
        assert "Traceback" not in server.output
    log = data / "thon.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    (tmp_path / "copy").mkdir()
    os.link(data / "thon.db", tmp_path / "copy" / "thon.db")
    with sqlite3.connect(tmp_path / "copy" / "thon.db") as db:
        kept = {row[0] for row in db.execute("SELECT id FROM log")}
    assert set(answered) <= kept


def test_pieces_of_files_that_a_kill_left_are_cleared_away(tmp_path: Path) -> None:
    piece = tmp_path / "data" / "files" / "ab" / f"{'ab' * 32}.1234.part"
    piece.parent.mkdir(parents=True)
    piece.write_bytes(b"half a photo")
    with running_server(tmp_path / "data"):
        assert not piece.exists()
