"""What was erased, listed once more beside the database: a copy of it that is put back is erased again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

LIST_NAME = "erased.jsonl"


class Listed(Struct, frozen=True):
    """One line, without content: `id` of a change, or '' where the record was erased whole and `form` is its
    form. `at` in ms."""

    record: str
    at: int
    reason: str
    id: str = ""
    form: str = ""


def unlisted(db: sqlite3.Connection) -> list[Listed]:
    """What the list lacks, as far as the database knows."""
    return _rows(db, "WHERE is_listed = 0")


def everything(db: sqlite3.Connection) -> list[Listed]:
    return _rows(db, "")


def note_listed(db: sqlite3.Connection, lines: Iterable[Listed]) -> None:
    for line in lines:
        if line.id:
            db.execute("UPDATE erased SET is_listed = 1 WHERE id = ?", (line.id,))
        else:
            db.execute("UPDATE erased_whole SET is_listed = 1 WHERE record = ?", (line.record,))


def append(folder: Path, lines: Iterable[Listed]) -> None:
    """Adds lines durably."""
    path = folder / LIST_NAME
    with path.open("ab") as writing:
        if writing.tell():
            # A line that a power cut left half written must not swallow the next one.
            writing.write(b"\n")
        for line in lines:
            kept = {name: value for name in line.__struct_fields__ if (value := getattr(line, name)) != ""}
            writing.write(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
        writing.flush()
        os.fsync(writing.fileno())


def read(folder: Path) -> list[Listed]:
    """Every whole line; what is none is passed over."""
    path = folder / LIST_NAME
    if not path.exists():
        return []
    found = (_line(text) for text in path.read_bytes().splitlines())
    return [line for line in found if line is not None]


def _line(text: bytes) -> Listed | None:
    try:
        told: Any = json.loads(text)
        return Listed(**{name: told[name] for name in Listed.__struct_fields__ if name in told})
    except (ValueError, TypeError):
        return None


def _rows(db: sqlite3.Connection, where: str) -> list[Listed]:
    changes = db.execute(f"SELECT record, at, reason, id FROM erased {where} ORDER BY pos, id")
    records = db.execute(
        f"SELECT record, at, reason, '', form FROM erased_whole {where} ORDER BY pos, record"
    )
    return [Listed(*row) for row in (*changes, *records)]
