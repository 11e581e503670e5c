"""People: users, their one-time links, passwords and sessions."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from schemas.text import search_key
from server.store import keys

ROLES = ("admin", "supervisor", "interviewer", "viewer")
LINK_DAYS = 7
SESSION_HOURS = 12
_HOUR_MS = 3_600_000
_hasher = PasswordHasher()
# Verified against when there is no such user, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_hex(8))


class User(Struct, frozen=True):
    """`area`: '' is everything."""

    id: str
    name: str
    role: str
    area: str
    is_disabled: bool
    has_password: bool


class Session(Struct, frozen=True):
    user: User
    device: str
    csrf: str
    token_hash: str


def add(db: sqlite3.Connection, name: str, role: str, area: str, now_ms: int) -> str:
    """Returns the new id. Names may repeat; ids never do, also not after a restore."""
    word = search_key(name).split()[-1:] or ["user"]
    letters = "".join(letter for letter in word[0] if letter.isascii() and letter.isalnum())
    user_id = f"u-{letters or 'user'}-{secrets.token_hex(3)}"
    db.execute(
        "INSERT INTO user (id, name, role, area, created_at) VALUES (?, ?, ?, ?, ?)",
        (user_id, name, role, area, now_ms),
    )
    return user_id


def get(db: sqlite3.Connection, user_id: str) -> User | None:
    row = db.execute("SELECT * FROM user WHERE id = ?", (user_id,)).fetchone()
    return None if row is None else _user(row)


def everyone(db: sqlite3.Connection) -> list[User]:
    return [_user(row) for row in db.execute("SELECT * FROM user ORDER BY created_at, id")]


def find(db: sqlite3.Connection, wanted: str) -> list[User]:
    """The user with this id, else those with this name."""
    by_id = get(db, wanted)
    if by_id:
        return [by_id]
    return [_user(row) for row in db.execute("SELECT * FROM user WHERE name = ? ORDER BY id", (wanted,))]


def names_of_authors(db: sqlite3.Connection, changes: Sequence[str]) -> dict[str, str]:
    """The names of those who wrote these stored changes, by user id."""
    rows = db.execute(
        "SELECT DISTINCT u.id, u.name FROM log l JOIN user u ON u.id = l.author"
        " WHERE l.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(changes)),),
    )
    return {row[0]: row[1] for row in rows}


def disable(db: sqlite3.Connection, user_id: str) -> None:
    db.execute("UPDATE user SET disabled = 1 WHERE id = ?", (user_id,))
    db.execute("DELETE FROM session WHERE user = ?", (user_id,))
    db.execute("DELETE FROM user_link WHERE user = ?", (user_id,))


def make_link(db: sqlite3.Connection, user_id: str, now_ms: int) -> str:
    """A one-time token; older unused links of the user stop working."""
    token = secrets.token_urlsafe(24)
    db.execute("DELETE FROM user_link WHERE user = ? AND used_at IS NULL", (user_id,))
    db.execute(
        "INSERT INTO user_link VALUES (?, ?, ?, ?, NULL)",
        (keys.hashed(token), user_id, now_ms, now_ms + LINK_DAYS * 24 * _HOUR_MS),
    )
    return token


def user_of_link(db: sqlite3.Connection, token: str, now_ms: int) -> User | None:
    """Whose unused link this is."""
    row = db.execute(
        "SELECT user.* FROM user_link JOIN user ON user.id = user_link.user"
        " WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? AND disabled = 0",
        (keys.hashed(token), now_ms),
    ).fetchone()
    return None if row is None else _user(row)


def use_link(db: sqlite3.Connection, token: str, password_hash: str, now_ms: int) -> User | None:
    """Spends the link and sets the password; every older session of the user ends."""
    user = user_of_link(db, token, now_ms)
    if user is None:
        return None
    db.execute("UPDATE user_link SET used_at = ? WHERE token_hash = ?", (now_ms, keys.hashed(token)))
    db.execute("UPDATE user SET password = ? WHERE id = ?", (password_hash, user.id))
    db.execute("DELETE FROM session WHERE user = ?", (user.id,))
    return user


def hash_password(password: str) -> str:
    """Argon2id. Slow on purpose: never inside a transaction."""
    return _hasher.hash(password)


def with_password(db: sqlite3.Connection, name: str, password: str) -> User | None:
    """The user with this id or name whose password this is. Takes as long where there is none."""
    rows = db.execute(
        "SELECT * FROM user WHERE (id = ?1 OR name = ?1)"
        " AND disabled = 0 AND password IS NOT NULL ORDER BY id",
        (name,),
    ).fetchall()
    for row in rows:
        if _verifies(row["password"], password):
            return _user(row)
    if not rows:
        _verifies(_NOBODY, password)
    return None


def start_session(db: sqlite3.Connection, user: User, device: str, now_ms: int) -> tuple[str, Session]:
    """The cookie's token and the session; `device` is already enrolled."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    db.execute("DELETE FROM session WHERE expires_at < ?", (now_ms,))
    db.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
        (keys.hashed(token), user.id, device, csrf, now_ms, now_ms + SESSION_HOURS * _HOUR_MS),
    )
    return token, Session(user, device, csrf, keys.hashed(token))


def session_of(db: sqlite3.Connection, token: str, now_ms: int) -> Session | None:
    row = db.execute(
        "SELECT session.device, csrf, token_hash, user.* FROM session JOIN user ON user.id = session.user"
        " WHERE token_hash = ? AND expires_at > ? AND disabled = 0",
        (keys.hashed(token), now_ms),
    ).fetchone()
    return None if row is None else Session(_user(row), row["device"], row["csrf"], row["token_hash"])


def end_session(db: sqlite3.Connection, token_hash: str) -> None:
    db.execute("DELETE FROM session WHERE token_hash = ?", (token_hash,))


def _verifies(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _user(row: sqlite3.Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        area=row["area"],
        is_disabled=bool(row["disabled"]),
        has_password=row["password"] is not None,
    )
