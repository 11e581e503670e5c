"""Cost grows with what changed, not with what there is."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import commune, running
from bench.ground import Figures, Ground
from bench.interviews import AREA, FORM, change_id
from bench.line import Line, compressed, push_message, request_bytes
from schemas.change import parse_change
from schemas.packing import names_of
from server import pulling
from server.intake import Offered, Sender, accept
from server.refresh import make_view, refresh_records
from server.store import Store, devices, log, views
from server.store.log import Receipt
from sync.fold import Stored, fold

_NOW = 1_789_650_000_000
_CHANGED = 100


def pulls(ground: Ground) -> Figures:
    """Pulling 100 changed records from a short log and from a long one."""
    short, long = (2_000, 20_000) if ground.is_quick else (10_000, 1_000_000)
    took = {}
    for size in (short, long):
        with ground.folder() as folder:
            took[size] = _pull_behind(ground, folder, size)
    ratio = took[long] / took[short]
    return {
        "pull_growth": {
            "unit": f"ms to pull {_CHANGED} changed records",
            "ours": {str(size): round(ms, 2) for size, ms in took.items()},
            "ratio": round(ratio, 3),
            "limit": "ratio <= 1.2",
            "met": ratio <= 1.2,
        }
    }


def _pull_behind(ground: Ground, folder: Path, size: int) -> float:
    (phone,) = ground.prepare(folder)
    store = Store.open(folder)
    fill(store, ground, phone.device.id, size)
    pen = ground.pen(phone.device.id)
    with store.reading() as db:
        device = devices.get(db, phone.device.id)
        records = [
            row[0] for row in db.execute("SELECT record FROM record ORDER BY number LIMIT ?", (_CHANGED,))
        ]
    assert device is not None
    cursor = None
    page = pulling.page(store, device, cursor, 1, _NOW)
    reached = pulling.decode_cursor(page.cursor)
    assert reached is not None
    end = pulling.Cursor(reached.epoch, size, 0, 0, 0, reached.scope, reached.rounds)
    bodies = [pen.change(record, {"f_rice_exp": -5}) for record in records]
    accept(store, Sender(phone.device.id), [Offered(body) for body in bodies], _NOW)

    def pull() -> None:
        got = pulling.page(store, device, end, 1000, _NOW)
        assert len(got.changes) == _CHANGED, len(got.changes)

    best = _best(pull, 40)
    store.close()
    return best


def fill(store: Store, ground: Ground, device: str, count: int) -> None:
    """So many small changes in the log, ten to a record, put there through the store itself."""
    pen = ground.pen(device, 5_000_000)
    for first in range(0, count, 20_000):
        size = min(20_000, count - first)
        rows = [_small(pen, (first + number) // 10, first + number + 1) for number in range(size)]

        def job(db: Any, rows: list[Any] = rows, first: int = first) -> None:
            for record, body, change, pos in rows:
                receipt = Receipt(pos, change.at, "interviewer", "A" * 22)
                log.append(db, [log.row_of(change_id(body), body, change, receipt, _NOW)])
                views.begin(db, record, FORM)
            # Read afterwards as fresh: what is measured is what stands behind a cursor.
            db.execute("UPDATE record SET stale = 0 WHERE stale > 0")
            db.execute(
                "INSERT OR IGNORE INTO record_stay SELECT record, ?, min(pos), NULL FROM log WHERE pos > ?"
                " GROUP BY record",
                (AREA, first),
            )

        store.write(job)


def _small(pen: Any, number: int, pos: int) -> tuple[str, bytes, Any, int]:
    record = f"0192f3c8-7d7e-7b1a-9c55-{number:012x}"
    body = pen.change(record, {"f_rice_exp": pos})
    change = parse_change(body)
    assert not isinstance(change, str), change
    return record, body, change, pos


def view(ground: Ground) -> Figures:
    """One change more in the stored view of an interview."""
    rounds = 20 if ground.is_quick else 100
    with ground.folder() as folder:
        (phone,) = ground.prepare(folder)
        store = Store.open(folder)
        pen = ground.pen(phone.device.id)
        written = list(pen.interviews(rounds))
        sender = Sender(phone.device.id)
        accept(store, sender, [Offered(body) for _, body in written], _NOW)
        store.refresh_views()
        took, made = [], []
        for record, body in written:
            later = pen.change(record, {"f_rice_exp": 5}, (change_id(body),))
            accept(store, sender, [Offered(later)], _NOW)
            with store.reading() as db:
                started = time.thread_time()
                make_view(db, record)
                made.append((time.thread_time() - started) * 1000)
            started = time.perf_counter()
            refresh_records(store, [record])
            took.append((time.perf_counter() - started) * 1000)
        store.close()
    figure = statistics.median(took)
    return {
        "view_one_change": {
            "unit": "ms until the stored view holds one change more, median, commit included",
            "ours": round(figure, 2),
            "processor_ms_of_fold_and_evaluation": round(statistics.median(made), 2),
            "limit": "<= 5",
            "met": figure <= 5,
        }
    }


def folds(ground: Ground) -> Figures:
    """Folding long records, in both languages; the phone's figure is Node's times six."""
    limits = {200: (20, 60), 1000: (300, 1000)}
    figures: Figures = {}
    with ground.folder() as folder:
        for size, (python_ms, phone_ms) in limits.items():
            stored = _long_record(ground, size)
            file = folder / f"record{size}.json"
            file.write_bytes(b"\n".join(_line(item) for item in stored))
            mine = _best(lambda stored=stored: fold("r", stored, {}), 5)  # type: ignore[misc]
            phone = _node_fold(file) * 6
            figures[f"fold_{size}_changes"] = {
                "unit": "ms",
                "ours": round(mine, 1),
                "phone_at_6x_slowdown": round(phone, 1),
                "limit": f"<= {python_ms} in Python, <= {phone_ms} on the phone",
                "met": mine <= python_ms and phone <= phone_ms,
            }
    return figures


def _long_record(ground: Ground, size: int) -> list[Stored]:
    """An interview, then corrections by two people who were each shown all but the newest."""
    pen = ground.pen("d1")
    ((_, body),) = pen.interviews(1)
    first = parse_change(body)
    assert not isinstance(first, str)
    paths = [path for path in first.set if not path.startswith("@")]
    bodies = [pen.change("r", first.set)]
    ids: list[str] = [change_id(bodies[0])]
    for number in range(1, size):
        body = pen.change("r", {paths[number % len(paths)]: number}, tuple(ids[: max(1, number - 1)]))
        bodies.append(body)
        ids.append(change_id(body))
    read = [parse_change(body) for body in bodies]
    return [
        Stored(change_id, change, change.at, "interviewer")
        for change_id, change in zip(ids, read, strict=True)
        if not isinstance(change, str)
    ]


def _line(item: Stored) -> bytes:
    import msgspec

    return msgspec.json.encode(item)


def _node_fold(file: Path) -> float:
    here = running.HERE / "node"
    flags = ["--experimental-transform-types", "--no-warnings", "--import", str(here / "resolve.mjs")]
    command = [running.node(), *flags, str(here / "fold.ts"), str(file)]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=running.ROOT)  # noqa: S603
    return float(printed.stdout)


def memory(ground: Ground) -> Figures:
    """What the server holds in memory after many pushes, against few."""
    few, many = (1_000, 5_000) if ground.is_quick else (10_000, 100_000)
    with ground.folder() as folder:
        (phone,) = ground.prepare(folder / "thon")
        pen = ground.pen(phone.device.id)
        ((record, _),) = list(pen.interviews(1))
        names = names_of(ground.form)
        with running.thon(folder / "thon") as server:
            line = Line(server.port, phone.token)
            held = {}
            for number in range(1, many + 1):
                if number % 20 == 1:
                    ((record, body),) = list(pen.interviews(1))
                else:
                    body = pen.change(record, {"f_rice_exp": number})
                data, headers = compressed(push_message([body], names))
                status, _, answer = line.send(request_bytes("POST", "/api/push", phone.token, data, headers))
                assert status == 200, answer
                if number in (few, many):
                    held[number] = commune.resident_bytes(server.pid)
    ratio = held[many] / held[few]
    return {
        "memory": {
            "unit": "MB resident after so many pushes",
            "ours": {str(number): round(size / 1e6) for number, size in held.items()},
            "ratio": round(ratio, 3),
            "limit": "ratio <= 1.2",
            "met": ratio <= 1.2,
        }
    }


def _best(work: Callable[[], object], times: int) -> float:
    """The least of several, ms: what disturbs only ever adds."""
    work()
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return min(took) * 1000
