"""Devices: phones that enrolled by an invitation, desk browsers, the command line."""

from __future__ import annotations

import json
import secrets
import sqlite3
from typing import Literal

from msgspec import Struct

from server.store import keys

# No 0, O, 1, I: they are read to somebody over a bad line.
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
INVITE_DAYS = 7
CLI_DEVICE = "cli"
SYSTEM_AUTHOR = "system"
_DAY_MS = 86_400_000

EnrolProblem = Literal["code_used", "code_expired", "code_unknown", "device_taken", "revoked"]


class Device(Struct, frozen=True):
    """`kind`: phone, desk, cli. `areas` as given at the invitation; '' is everything."""

    id: str
    kind: str
    label: str
    device_key: str
    predecessor: str | None
    is_revoked: bool
    areas: list[str]
    users: list[str]


class Enrolled(Struct, frozen=True):
    token: str
    device: Device


def invite(
    db: sqlite3.Connection, areas: list[str], users: list[str], created_by: str, now_ms: int
) -> tuple[str, int]:
    """A fresh code like 7QK4-XW2M, bound to areas and users, and when it expires (ms)."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    code = f"{letters[:4]}-{letters[4:]}"
    expires = now_ms + INVITE_DAYS * _DAY_MS
    db.execute(
        "INSERT INTO invite VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
        (_code_hash(db, code), json.dumps(areas), json.dumps(users), created_by, now_ms, expires),
    )
    return code, expires


def enrol(
    db: sqlite3.Connection, code: str, device_id: str, label: str, now_ms: int
) -> Enrolled | EnrolProblem:
    """Spends the code. The same code and device are answered the same until the token is first used."""
    row = db.execute("SELECT * FROM invite WHERE code_hash = ?", (_code_hash(db, code),)).fetchone()
    if row is None:
        return "code_unknown"
    known = get(db, device_id)
    if row["used_at"] is not None:
        if row["device"] != device_id or known is None or known.is_revoked or _was_used(db, device_id):
            return "code_used"
        return Enrolled(_token(db, row["code_hash"], device_id), known)
    if row["expires_at"] <= now_ms:
        return "code_expired"
    if known is not None:
        return "device_taken"
    token = _token(db, row["code_hash"], device_id)
    areas, users = json.loads(row["areas"]), json.loads(row["users"])
    _insert(
        db,
        device_id,
        "phone",
        label=label,
        token=token,
        invite=row["code_hash"],
        areas=areas,
        users=users,
        now_ms=now_ms,
    )
    db.execute(
        "UPDATE invite SET used_at = ?, device = ? WHERE code_hash = ?", (now_ms, device_id, row["code_hash"])
    )
    enrolled = get(db, device_id)
    assert enrolled is not None
    return Enrolled(token, enrolled)


def renew(
    db: sqlite3.Connection, old_id: str, device_id: str, label: str, now_ms: int
) -> Enrolled | EnrolProblem:
    """A new device id for a phone that was restored or cloned. The old token stays valid: clones share it."""
    old = get(db, old_id)
    # It may be revoked, or given other areas, while it asks.
    if old is None or old.is_revoked:
        return "revoked"
    known = get(db, device_id)
    if known is not None and (known.predecessor != old.id or _was_used(db, device_id)):
        return "device_taken"
    token = _token(db, f"renew|{old.id}", device_id)
    if known is None:
        _insert(
            db,
            device_id,
            "phone",
            label=label or old.label,
            token=token,
            predecessor=old.id,
            areas=old.areas,
            users=old.users,
            now_ms=now_ms,
        )
        known = get(db, device_id)
        assert known is not None
    return Enrolled(token, known)


def add_desk(db: sqlite3.Connection, user: str, area: str, now_ms: int) -> str:
    """The device of a browser that signed in."""
    device_id = f"desk-{secrets.token_hex(5)}"
    _insert(db, device_id, "desk", areas=[area], users=[user], now_ms=now_ms)
    return device_id


def get(db: sqlite3.Connection, device_id: str) -> Device | None:
    row = db.execute("SELECT * FROM device WHERE id = ?", (device_id,)).fetchone()
    return None if row is None else _device(db, row)


def by_token(db: sqlite3.Connection, token: str) -> Device | None:
    """The device whose token this is, revoked ones too. Looked up by hash: nothing to time."""
    row = db.execute("SELECT * FROM device WHERE token_hash = ?", (keys.hashed(token),)).fetchone()
    return None if row is None else _device(db, row)


def everything(db: sqlite3.Connection) -> list[Device]:
    return [_device(db, row) for row in db.execute("SELECT * FROM device ORDER BY enrolled_at, id")]


def touch(db: sqlite3.Connection, device_id: str, now_ms: int) -> None:
    """Notes that the token was used: its code cannot be answered again."""
    db.execute(
        "UPDATE device SET first_used_at = coalesce(first_used_at, ?1), last_seen_at = ?1 WHERE id = ?2",
        (now_ms, device_id),
    )


def revoke(db: sqlite3.Connection, device_id: str, now_ms: int) -> list[str]:
    """Revokes the device and those that took a new id from it. Returns their ids."""
    revoked = _with_successors(db, device_id)
    for each in revoked:
        db.execute("UPDATE device SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (now_ms, each))
    return revoked


def assign(db: sqlite3.Connection, device_id: str, areas: list[str]) -> list[str]:
    """Gives the device, and those that took a new id from it, these areas instead of what they had. Returns
    their ids."""
    assigned = _with_successors(db, device_id)
    for each in assigned:
        db.execute("DELETE FROM device_area WHERE device = ?", (each,))
        db.executemany("INSERT OR IGNORE INTO device_area VALUES (?, ?)", [(each, area) for area in areas])
    return assigned


def _with_successors(db: sqlite3.Connection, device_id: str) -> list[str]:
    rows = db.execute(
        "WITH RECURSIVE line(id) AS (SELECT id FROM device WHERE id = ? UNION SELECT device.id"
        " FROM device JOIN line ON device.predecessor = line.id) SELECT id FROM line",
        (device_id,),
    )
    return [row[0] for row in rows]


def lineage(db: sqlite3.Connection, device_id: str) -> list[str]:
    """The device and every id that it had before."""
    rows = db.execute(
        "WITH RECURSIVE line(id, before) AS (SELECT id, predecessor FROM device WHERE id = ? UNION"
        " SELECT device.id, device.predecessor FROM device JOIN line ON device.id = line.before)"
        " SELECT id FROM line",
        (device_id,),
    )
    return [row[0] for row in rows]


def _token(db: sqlite3.Connection, origin: str, device_id: str) -> str:
    return keys.derived_token(db, "device-token", origin, device_id)


def _code_hash(db: sqlite3.Connection, code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter in CODE_LETTERS)
    return keys.derived_token(db, "invite", letters)


def _was_used(db: sqlite3.Connection, device_id: str) -> bool:
    row = db.execute("SELECT first_used_at FROM device WHERE id = ?", (device_id,)).fetchone()
    return row is not None and row[0] is not None


def _insert(
    db: sqlite3.Connection,
    device_id: str,
    kind: str,
    *,
    label: str = "",
    token: str | None = None,
    predecessor: str | None = None,
    invite: str | None = None,
    areas: list[str],
    users: list[str],
    now_ms: int,
) -> None:
    device_key = keys.derived_token(db, "device-key", device_id, secrets.token_hex(16))
    db.execute(
        "INSERT INTO device (id, kind, label, token_hash, device_key, predecessor, invite, enrolled_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            device_id,
            kind,
            label,
            keys.hashed(token) if token else None,
            device_key,
            predecessor,
            invite,
            now_ms,
        ),
    )
    db.executemany("INSERT OR IGNORE INTO device_area VALUES (?, ?)", [(device_id, area) for area in areas])
    db.executemany("INSERT OR IGNORE INTO device_user VALUES (?, ?)", [(device_id, user) for user in users])


def _device(db: sqlite3.Connection, row: sqlite3.Row) -> Device:
    own = (row["id"],)
    areas = [
        area[0] for area in db.execute("SELECT area FROM device_area WHERE device = ? ORDER BY area", own)
    ]
    users = [
        user[0] for user in db.execute("SELECT user FROM device_user WHERE device = ? ORDER BY user", own)
    ]
    return Device(
        id=row["id"],
        kind=row["kind"],
        label=row["label"],
        device_key=row["device_key"],
        predecessor=row["predecessor"],
        is_revoked=row["revoked_at"] is not None,
        areas=areas,
        users=users,
    )
