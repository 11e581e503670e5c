"""Rounds: a survey year or wave. Closing one freezes which form versions judge its records."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from server.store import views

KINDS = ("annual", "followup")


class Round(Struct, frozen=True):
    """`starts` and `ends`: ISO dates; `forms`: form ids."""

    id: str
    title: str
    kind: str
    year: int
    starts: str
    ends: str
    is_open: bool
    forms: list[str]


def open_round(db: sqlite3.Connection, new: Round, now_ms: int) -> None:
    """Opens a round, or opens a closed one again with these dates and forms; it forgets frozen versions
    then."""
    db.execute(
        "INSERT INTO round VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET"
        " title = excluded.title, kind = excluded.kind, year = excluded.year, starts = excluded.starts,"
        " ends = excluded.ends, closed_at = NULL",
        (new.id, new.title, new.kind, new.year, new.starts, new.ends, now_ms),
    )
    db.execute("DELETE FROM round_form WHERE round = ?", (new.id,))
    db.executemany("INSERT INTO round_form VALUES (?, ?, NULL)", [(new.id, form) for form in new.forms])
    views.mark_round_stale(db, new.id)


def close_round(db: sqlite3.Connection, round_id: str, now_ms: int) -> None:
    """Freezes the newest published version of each of its forms."""
    db.execute("UPDATE round SET closed_at = coalesce(closed_at, ?) WHERE id = ?", (now_ms, round_id))
    db.execute(
        "UPDATE round_form SET version = (SELECT version FROM form WHERE form.id = round_form.form"
        " ORDER BY number DESC LIMIT 1) WHERE round = ? AND version IS NULL",
        (round_id,),
    )
    views.mark_round_stale(db, round_id)


def everything(db: sqlite3.Connection) -> list[Round]:
    """By date, oldest first."""
    return [_round(db, row) for row in db.execute("SELECT * FROM round ORDER BY starts, id")]


def get(db: sqlite3.Connection, round_id: str) -> Round | None:
    row = db.execute("SELECT * FROM round WHERE id = ?", (round_id,)).fetchone()
    return None if row is None else _round(db, row)


def before(db: sqlite3.Connection, round_id: str) -> Round | None:
    """ "Last round": the one before by date."""
    row = db.execute(
        "SELECT earlier.* FROM round AS earlier JOIN round AS this ON this.id = ? WHERE"
        " (earlier.starts, earlier.id) < (this.starts, this.id)"
        " ORDER BY earlier.starts DESC, earlier.id DESC LIMIT 1",
        (round_id,),
    ).fetchone()
    return None if row is None else _round(db, row)


def open_ids(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT id FROM round WHERE closed_at IS NULL ORDER BY id")]


def _round(db: sqlite3.Connection, row: sqlite3.Row) -> Round:
    forms = [
        form[0]
        for form in db.execute("SELECT form FROM round_form WHERE round = ? ORDER BY rowid", (row["id"],))
    ]
    return Round(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        year=row["year"],
        starts=row["starts"],
        ends=row["ends"],
        is_open=row["closed_at"] is None,
        forms=forms,
    )
