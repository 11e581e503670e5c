"""Likely duplicates among many invented households: what one arrival costs, and how many of those written
twice are found. `python -m bench.likely --households 100000` prints JSON."""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from schemas.compiler import compile_workbook
from schemas.surveys import built_in
from server import likely
from server.likely import find_likely
from server.likeness import Traits
from server.store import Store, areas, forms, stays, views
from server.store.areas import Area
from server.store.views import RecordView
from tests.lookalikes import HAMLETS_OF_A_COMMUNE, area_code, homes, written_again

_AT_ONCE = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--twice", type=int, default=1000, help="how many of them are written once more")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        print(json.dumps(_measured(store, asked), indent=1))
        store.close()


def _measured(store: Store, asked: argparse.Namespace) -> dict[str, Any]:
    random = Random(asked.seed)
    known = list(homes(asked.households, random))
    hamlets = known[-1].hamlet + 1
    store.write(lambda db: _prepare(db, hamlets))
    for first in range(0, len(known), _AT_ONCE):
        some = list(enumerate(known[first : first + _AT_ONCE], first))
        store.write(
            lambda db, some=some: _put(db, ((f"h{number:07d}", home.traits) for number, home in some))
        )
        print(f"\rstored {first + len(some)}", end="", file=sys.stderr)
    began, cpu = time.perf_counter(), time.process_time()
    compared = find_likely(store)
    filled_s, filled_cpu_s = time.perf_counter() - began, time.process_time() - cpu
    chosen = random.sample(range(len(known)), asked.twice)
    arrivals_ms, arrivals_cpu_ms = [], []
    for number in chosen:
        again = written_again(known[number], random)
        store.write(lambda db, number=number, again=again: _put(db, [(f"t{number:07d}", again)]))
        began, cpu = time.perf_counter(), time.process_time()
        find_likely(store)
        arrivals_ms.append((time.perf_counter() - began) * 1000)
        arrivals_cpu_ms.append((time.process_time() - cpu) * 1000)
    with store.reading() as db:
        everywhere = [area.code for area in areas.everything(db)]
        began = time.perf_counter()
        listed = likely.pairs(db, everywhere)
        list_ms = (time.perf_counter() - began) * 1000
        sizes = _sizes(db)
    return {
        "households": len(known) + asked.twice,
        "written_twice": asked.twice,
        "compare_all_s": round(filled_s, 1),
        "compare_all_cpu_ms_each": round(filled_cpu_s * 1000 / compared, 2),
        "arrival_ms": _spread(arrivals_ms),
        "arrival_cpu_ms": _spread(arrivals_cpu_ms),
        "list_of_all_pairs_ms": round(list_ms, 1),
        "bytes_each": sizes,
        **_rightness(listed, chosen),
    }


def _rightness(listed: list[likely.Pair], chosen: Iterable[int]) -> dict[str, Any]:
    right = {(f"h{number:07d}", f"t{number:07d}") for number in chosen}
    found: dict[str, Any] = {}
    for points in (60, 70, 80):
        pairs = {(pair.a, pair.b) for pair in listed if pair.score >= points}
        hits = len(pairs & right)
        found[f"from_{points}_points"] = {
            "pairs": len(pairs),
            "recall": round(hits / len(right), 3),
            "precision": round(hits / max(1, len(pairs)), 3),
        }
    return found


def _prepare(db: sqlite3.Connection, hamlets: int) -> None:
    communes = (hamlets - 1) // HAMLETS_OF_A_COMMUNE + 1
    tree = [Area("P", "", "Tỉnh", "province")]
    tree += [Area(f"C{number}", "P", f"Xã {number}", "commune") for number in range(communes)]
    tree += [
        Area(area_code(number), f"C{number // HAMLETS_OF_A_COMMUNE}", f"Thôn {number}", "hamlet")
        for number in range(hamlets)
    ]
    areas.load(db, tree)
    for name in ("household", "living_conditions"):
        form = compile_workbook(built_in()[name], f"{name}.xlsx").form
        assert form is not None
        forms.publish(db, form, 0)


def _put(db: sqlite3.Connection, some: Iterable[tuple[str, Traits]]) -> None:
    """As the views of a household and of its interview leave them."""
    for record, traits in some:
        _put_view(db, record, "household", "", _register(traits))
        stays.move(db, record, traits.areas, 1)
        if traits.members:
            _put_view(db, f"v{record}", "living_conditions", record, dict(_roster(traits)))


def _put_view(db: sqlite3.Connection, record: str, form: str, subject: str, answers: dict[str, Any]) -> None:
    views.begin(db, record, form)
    views.put(
        db, RecordView(record=record, form=form, subject=subject, answers=answers, code=record, marks=1)
    )


def _register(traits: Traits) -> dict[str, Any]:
    answers: dict[str, Any] = {"head_name": traits.name}
    if traits.phones:
        answers["phone"] = f"0{traits.phones[0]}"
    if traits.place:
        answers["gps"] = [*traits.place, 0, 8]
    return answers


def _roster(traits: Traits) -> Iterator[tuple[str, Any]]:
    for row, member in enumerate(traits.members):
        yield f"member/{row}/m_name", member.name
        yield f"member/{row}/m_birth_year", member.born


def _sizes(db: sqlite3.Connection) -> dict[str, int]:
    rows = db.execute("SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE '%likely_%' GROUP BY name")
    count = db.execute("SELECT count(*) FROM likely_traits").fetchone()[0]
    return {row[0]: round(row[1] / count) for row in rows}


def _spread(values: list[float]) -> dict[str, float]:
    parts = statistics.quantiles(values, n=100)
    return {"median": round(parts[49], 2), "p99": round(parts[98], 2), "most": round(max(values), 2)}


if __name__ == "__main__":
    main()
