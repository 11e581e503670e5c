"""What a data folder holds and what each device is entitled to, as JSON: `python -m tests.entitled DATA`, for
tests in the phones' language. `given` comes from the log alone; `records` is the server's own fold."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from schemas.canonical import canonical
from server.judge import folded_as_judged
from server.store import Store
from tests.machine.oracle import Oracle


def entitled(data: Path) -> dict[str, Any]:
    """`log`: position, time and role by id. `given`: by device, the ids of all that it must hold."""
    store = Store.open(data)
    try:
        oracle = Oracle(store)
        with store.reading() as db:
            folds = {
                record: msgspec.to_builtins(folded_as_judged(db, record, stored[0].change.form, stored)[0])
                for record, stored in oracle.by_record.items()
            }
    finally:
        store.close()
    bodies = [*oracle.bodies.values(), *oracle.held_bodies.values()]
    return {
        "log": {name: receipt[:3] for name, receipt in oracle.receipts.items()},
        "bodies": [bytes(body).decode() for body in bodies if body],
        "on_hold": {name: state for name, (state, _) in oracle.holds.items()},
        "given": {device: _given(oracle, device) for device in oracle.devices},
        "records": {record: canonical(folded).decode() for record, folded in folds.items()},
    }


def _given(oracle: Oracle, device: str) -> list[str]:
    whole, _ = oracle.given(oracle.scope(device))
    return [item.id for item in oracle.stored if item.change.record in whole]


if __name__ == "__main__":
    print(json.dumps(entitled(Path(sys.argv[1])), ensure_ascii=False))
