"""Where records lie and lay: what a device is given, and what leaves it, follows from this."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def areas_of(db: sqlite3.Connection, record: str) -> set[str]:
    rows = db.execute("SELECT area FROM record_stay WHERE record = ? AND until IS NULL", (record,))
    return {row[0] for row in rows}


def ever(db: sqlite3.Connection, record: str) -> set[str]:
    """Every area in which the record ever lay."""
    return {row[0] for row in db.execute("SELECT area FROM record_stay WHERE record = ?", (record,))}


def begin(db: sqlite3.Connection, begun: Iterable[tuple[str, str, int]]) -> None:
    """Lets records that lay nowhere lie in an area from a position on: (record, area, position)."""
    db.executemany("INSERT INTO record_stay VALUES (?, ?, ?, NULL)", begun)


def move(db: sqlite3.Connection, record: str, areas: Iterable[str], pos: int) -> bool:
    """Lets the record lie in exactly these areas from `pos` on. Whether that changed anything."""
    wanted, now = set(areas), areas_of(db, record)
    for area in now - wanted:
        db.execute(
            "UPDATE record_stay SET until = ? WHERE record = ? AND area = ? AND until IS NULL",
            (pos, record, area),
        )
    for area in wanted - now:
        db.execute("INSERT OR REPLACE INTO record_stay VALUES (?, ?, ?, NULL)", (record, area, pos))
    return wanted != now
