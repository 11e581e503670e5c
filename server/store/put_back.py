"""What is known of a database that was put back to an earlier state, and what phones brought back since."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Literal

from msgspec import Struct

How = Literal["restore", "copy"]


class PutBack(Struct, frozen=True):
    """`at`: since when the older state serves, ms; `state_at`: when its newest change had come, None where it
    had none. `how`: by `thon restore`, or as a copy of the files."""

    number: int
    at: int
    how: str
    state_at: int | None


class CameBack(Struct, frozen=True):
    """How many changes of one record, or by one device."""

    name: str
    changes: int


def note(db: sqlite3.Connection, at: int, how: How, upto: int) -> int:
    """Remembers that the database was put back; `upto`: the last position of the older state. Returns its
    number."""
    row = db.execute(
        "INSERT INTO put_back (at, how, state_at)"
        " VALUES (?, ?, (SELECT max(received) FROM log WHERE pos <= ?)) RETURNING number",
        (at, how, upto),
    ).fetchone()
    return int(row[0])


def get(db: sqlite3.Connection, number: int) -> PutBack:
    row = db.execute("SELECT number, at, how, state_at FROM put_back WHERE number = ?", (number,)).fetchone()
    return PutBack(*row)


def note_came_back(db: sqlite3.Connection, change_id: str, record: str, device: str, now_ms: int) -> None:
    """A change came with a receipt of this server, which did not have it: so it was put back, though nobody
    may have said so."""
    row = db.execute("SELECT max(number) FROM put_back").fetchone()
    number = row[0]
    if number is None:
        epoch = db.execute("SELECT begins, started_at FROM epoch ORDER BY number DESC LIMIT 1").fetchone()
        number = note(db, epoch[1] if epoch else now_ms, "copy", epoch[0] if epoch else 0)
    db.execute(
        "INSERT OR IGNORE INTO came_back VALUES (?, ?, ?, ?, ?)", (change_id, number, record, device, now_ms)
    )


def unread(db: sqlite3.Connection, user: str) -> list[PutBack]:
    """Newest first; read ones are back where more came since."""
    rows = db.execute(
        "SELECT p.number, p.at, p.how, p.state_at FROM put_back p"
        " WHERE NOT EXISTS (SELECT 1 FROM put_back_read r WHERE r.put_back = p.number AND r.user = ?"
        " AND NOT EXISTS (SELECT 1 FROM came_back c WHERE c.put_back = p.number AND c.at > r.at))"
        " ORDER BY p.number DESC",
        (user,),
    )
    return [PutBack(*row) for row in rows]


def note_read(db: sqlite3.Connection, number: int, user: str, now_ms: int) -> None:
    db.execute(
        "INSERT INTO put_back_read SELECT number, ?, ? FROM put_back WHERE number = ?"
        " ON CONFLICT (put_back, user) DO UPDATE SET at = excluded.at",
        (user, now_ms, number),
    )


_WITHIN = (
    " FROM came_back c WHERE c.put_back = :number AND EXISTS (SELECT 1 FROM record_area s"
    " JOIN json_each(:areas) j ON j.value = s.area WHERE s.record = c.record)"
)


def records(db: sqlite3.Connection, number: int, areas: Collection[str]) -> list[CameBack]:
    """Of which records within areas changes came back, most first."""
    return _counted(db, "c.record", number, areas)


def devices(db: sqlite3.Connection, number: int, areas: Collection[str]) -> list[CameBack]:
    """Of which devices, of changes to records within areas."""
    return _counted(db, "c.device", number, areas)


def _counted(db: sqlite3.Connection, by: str, number: int, areas: Collection[str]) -> list[CameBack]:
    rows = db.execute(
        f"SELECT {by}, count(*) {_WITHIN} GROUP BY 1 ORDER BY 2 DESC, 1",
        {"number": number, "areas": json.dumps(sorted(areas))},
    )
    return [CameBack(*row) for row in rows]


def carry_over(db: sqlite3.Connection, former: sqlite3.Connection) -> int:
    """Who was shut out since stays so: phones revoked and people disabled in the newer database that another
    one replaces. Returns how many."""
    revoked = former.execute("SELECT id, revoked_at FROM device WHERE revoked_at IS NOT NULL").fetchall()
    disabled = former.execute("SELECT id FROM user WHERE disabled").fetchall()
    done = 0
    for device, at in revoked:
        found = db.execute(
            "UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, device)
        )
        done += found.rowcount
    for (user,) in disabled:
        done += db.execute("UPDATE user SET disabled = 1 WHERE id = ? AND NOT disabled", (user,)).rowcount
    return done
