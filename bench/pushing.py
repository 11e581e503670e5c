"""Pushing: interviews a second from a phone to durable, what that costs the server, and its disk."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from bench import commune, page_client, running
from bench.ground import Figures, Ground
from bench.line import Line, compressed, push_message, request_bytes
from bench.page_client import PageClient
from schemas.packing import names_of

AnyClient = running.Client | PageClient
_VIEWS_SETTLE_S = 900
_SINGLE_CLIENTS = 16


def bulk(ground: Ground) -> Figures:
    """One client, all interviews, both with their own sync code and store; then the views."""
    with ground.folder() as folder:
        pages = page_client.built(folder)
        ours, peer = _ours(ground, folder, pages, was_offline=True), _peer(ground, folder, pages)
        ours_at_once = _ours(ground, folder, pages)
        raw = _raw(ground, folder)
        ours_in_memory, peer_in_memory = _ours(ground, folder), _peer(ground, folder)
    rate, cpu = ours["interviews_per_s"], ours["server_cpu_ms"]
    return {
        "push_bulk": {
            "unit": "interviews/s, from the store of a phone's browser, which had no line before, to durable",
            "ours": rate,
            "express_pouchdb": peer["interviews_per_s"],
            "raw_sqlite_batches_of_100": raw,
            "ratio": round(rate / peer["interviews_per_s"], 2),
            "ours_made_ready_ms": ours["ahead_ms"],
            "line_from_the_start": _side_by_side(ours_at_once, peer),
            "in_memory": _side_by_side(ours_in_memory, peer_in_memory),
            "limit": "ratio >= 5",
            "met": rate >= 5 * peer["interviews_per_s"],
        },
        "push_cpu": {
            "unit": "ms of server processor time per interview",
            "ours": cpu,
            "ours_views_apart": ours["view_cpu_ms"],
            "ours_phone": ours["client_cpu_ms"],
            "ours_together": round(cpu + ours["view_cpu_ms"], 3),
            "express_pouchdb": peer["server_cpu_ms"],
            "express_pouchdb_phone": peer["client_cpu_ms"],
            "ratio": round(cpu / peer["server_cpu_ms"], 3),
            "limit": "ratio <= 0.25",
            "met": cpu <= peer["server_cpu_ms"] / 4,
        },
        "disk": {
            "unit": "bytes per interview, log and view, after a checkpoint",
            "ours": ours["disk"],
            "express_pouchdb": peer["disk"],
            "limit": "<= 3500",
            "met": ours["disk"] <= 3500,
        },
    }


def _side_by_side(ours: dict[str, Any], peer: dict[str, Any]) -> dict[str, Any]:
    return {
        "ours": ours["interviews_per_s"],
        "express_pouchdb": peer["interviews_per_s"],
        "ratio": round(ours["interviews_per_s"] / peer["interviews_per_s"], 2),
        "cpu_ratio": round(ours["server_cpu_ms"] / peer["server_cpu_ms"], 3),
    }


def _ours(
    ground: Ground, folder: Path, pages: Path | None = None, was_offline: bool = False
) -> dict[str, Any]:
    """`pages`: in a browser. `was_offline`: which looked for a line before there was one."""
    data = folder / ("thon_was_offline" if was_offline else "thon" if pages else "thon_in_memory")
    (phone,) = ground.prepare(data)
    empty = commune.disk_bytes(data)
    lines = ground.bodies(phone.device.id, ground.interviews)
    with running.thon(data) as server:
        if pages is not None:
            said = [line.decode() for line in lines]
            job = {"url": server.url, "token": phone.token, "lines": said, "wasOffline": was_offline}
            client: AnyClient = PageClient(pages, "phone", job)
        else:
            client = _phone_in_memory(folder, server.url, phone.token, lines)
        before = commune.cpu_s(server.pid)
        measured, cpu = _timed(server.pid, client)
        _wait_for_views(data)
        views = commune.cpu_s(server.pid) - before - cpu
    assert measured["count"] == ground.interviews, measured
    return {
        **_of_each(measured, cpu),
        "view_cpu_ms": round(views / measured["count"] * 1000, 3),
        "ahead_ms": round(measured.get("ahead_s", 0) / measured["count"] * 1000, 3),
        "disk": round((commune.disk_bytes(data) - empty) / measured["count"]),
    }


def _phone_in_memory(folder: Path, url: str, token: str, lines: list[bytes]) -> running.Client:
    (folder / "changes").write_bytes(b"\n".join(lines))
    return running.phone_client(url, token, folder / "changes")


def _peer(ground: Ground, folder: Path, pages: Path | None = None) -> dict[str, Any]:
    """`pages`: in a browser."""
    data, documents = folder / ("pouch" if pages else "pouch_in_memory"), ground.documents(ground.interviews)
    with running.express_pouchdb(data) as server:
        if pages is not None:
            job = {"url": server.url, "lines": documents.split("\n")}
            client: AnyClient = PageClient(pages, "pouch", job)
        else:
            (folder / "documents").write_text(documents)
            client = running.pouch_client(server.url, folder / "documents")
        measured, cpu = _timed(server.pid, client)
    assert measured["count"] == ground.interviews, measured
    files = (path.stat().st_size for path in data.rglob("*") if path.is_file())
    return {**_of_each(measured, cpu), "disk": round(sum(files) / measured["count"])}


def _of_each(measured: dict[str, Any], server_cpu_s: float) -> dict[str, Any]:
    count = measured["count"]
    return {
        "interviews_per_s": round(count / measured["seconds"]),
        "server_cpu_ms": round(server_cpu_s / count * 1000, 3),
        "client_cpu_ms": round(measured["cpu_s"] / count * 1000, 3),
    }


def _timed(pid: int, client: AnyClient) -> tuple[dict[str, Any], float]:
    before = commune.cpu_s(pid)
    measured = client.run()
    # The server goes on with the views while a browser ends.
    used = commune.cpu_s(pid) - before
    client.end()
    return measured, used


def _wait_for_views(data: Path) -> None:
    database = sqlite3.connect(data / "thon.db")
    deadline = time.monotonic() + _VIEWS_SETTLE_S
    while database.execute("SELECT 1 FROM record WHERE stale > 0 LIMIT 1").fetchone():
        if time.monotonic() > deadline:
            raise RuntimeError("the views were not made")
        time.sleep(0.2)
    database.close()


def _raw(ground: Ground, folder: Path, batch: int = 100, count: int | None = None) -> int:
    """The same bytes into a bare table, durably: what SQLite itself can do here."""
    bodies = ground.bodies("raw", count or min(ground.interviews, 5000))
    database = sqlite3.connect(folder / f"raw{batch}.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE log (pos INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    started = time.monotonic()
    for first in range(0, len(bodies), batch):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO log (body) VALUES (?)", [(body,) for body in bodies[first : first + batch]]
        )
        database.execute("COMMIT")
    seconds = time.monotonic() - started
    database.close()
    return round(len(bodies) / seconds)


def singles(ground: Ground) -> Figures:
    """One change in each request, from sixteen phones at once."""
    each = 60 if ground.is_quick else 250
    with ground.folder() as folder:
        phones = ground.prepare(folder / "thon", _SINGLE_CLIENTS)
        requests = [_single_requests(ground, phone, each, number) for number, phone in enumerate(phones)]
        with running.thon(folder / "thon") as server:
            seconds = _all_at_once(server.port, [phone.token for phone in phones], requests)
        raw = {str(batch): _raw(ground, folder, batch, 1000) for batch in (1, 10, 100)}
    rate = round(_SINGLE_CLIENTS * each / seconds)
    return {
        "push_single": {
            "unit": "single-change pushes/s from 16 phones, each durable before its answer",
            "ours": rate,
            "raw_sqlite_inserts_per_s_by_batch": raw,
            "limit": ">= 1000",
            "met": rate >= 1000,
        }
    }


def _single_requests(ground: Ground, phone: Any, count: int, number: int) -> list[bytes]:
    pen = ground.pen(phone.device.id, number * 10_000)
    ((record, first),) = pen.interviews(1)
    bodies = [first, *(pen.change(record, {"f_rice_exp": answer}) for answer in range(count - 1))]
    names = names_of(ground.form)
    packs = (compressed(push_message([body], names)) for body in bodies)
    return [request_bytes("POST", "/api/push", phone.token, body, headers) for body, headers in packs]


def _all_at_once(port: int, tokens: list[str], requests: list[list[bytes]]) -> float:
    lines = [Line(port, token) for token in tokens]
    begin = threading.Barrier(len(lines) + 1)
    failed: list[bytes] = []

    def send(line: Line, own: list[bytes]) -> None:
        begin.wait()
        for request in own:
            status, _, answer = line.send(request)
            if status != 200:
                failed.append(answer)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(lines, requests, strict=True)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.monotonic()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return time.monotonic() - started


def latency(ground: Ground) -> Figures:
    """How long a push takes at 100 pushes a second, views and all."""
    seconds = 5 if ground.is_quick else 30
    with ground.folder() as folder:
        phones = ground.prepare(folder / "thon", _SINGLE_CLIENTS)
        count = 100 * seconds // _SINGLE_CLIENTS
        requests = [_single_requests(ground, phone, count, number) for number, phone in enumerate(phones)]
        with running.thon(folder / "thon") as server:
            took = _at_a_pace(server.port, [phone.token for phone in phones], requests, seconds / count)
    p99 = statistics.quantiles(took, n=100)[98] * 1000
    return {
        "push_p99": {
            "unit": "ms at 100 pushes/s",
            "ours": round(p99, 1),
            "median": round(statistics.median(took) * 1000, 1),
            "limit": "<= 250",
            "met": p99 <= 250,
        }
    }


def _at_a_pace(port: int, tokens: list[str], requests: list[list[bytes]], every_s: float) -> list[float]:
    lines = [Line(port, token) for token in tokens]
    took: list[float] = []
    started = time.monotonic()

    def send(number: int) -> None:
        for turn, request in enumerate(requests[number]):
            due = started + (turn + number / len(lines)) * every_s
            time.sleep(max(0.0, due - time.monotonic()))
            lines[number].send(request)
            # From when it was due: a server that falls behind is not excused.
            took.append(time.monotonic() - due)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(lines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took
