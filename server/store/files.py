"""Files, named by their SHA-256, in a folder beside the database."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from server.store import erasures


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def keep(folder: Path, sha256: str, content: bytes) -> bool:
    """Writes the file durably, then gives it its name. False where the content has another hash."""
    if hashlib.sha256(content).hexdigest() != sha256:
        return False
    target = path_of(folder, sha256)
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        part.replace(target)
    except OSError:
        # A full disk must not be filled further with pieces.
        part.unlink(missing_ok=True)
        raise
    return True


def note(
    db: sqlite3.Connection, sha256: str, size: int, media_type: str, *, device: str, now_ms: int
) -> None:
    if erasures.refuses_file(db, sha256):
        erasures.remove_again(db, sha256)
        return
    db.execute(
        "INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?)", (sha256, size, media_type, device, now_ms)
    )


def media_type_of(db: sqlite3.Connection, sha256: str) -> str | None:
    """None: no such file was uploaded."""
    row = db.execute("SELECT type FROM file WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else str(row[0])


def note_uses(db: sqlite3.Connection, record: str, values: Iterable[object]) -> None:
    """Remembers which record names which file: who may read the record may read the file."""
    for sha256 in named_in(values):
        db.execute("INSERT OR IGNORE INTO file_use VALUES (?, ?)", (sha256, record))
        erasures.welcome_file(db, sha256)


def named_in(values: Iterable[object]) -> list[str]:
    """The files among the values of a change."""
    found = (value.get("sha256") for value in values if isinstance(value, dict))
    return [sha256 for sha256 in found if isinstance(sha256, str)]


def records_using(db: sqlite3.Connection, sha256: str) -> list[str]:
    return [row[0] for row in db.execute("SELECT record FROM file_use WHERE sha256 = ?", (sha256,))]


def uploaded_by(db: sqlite3.Connection, sha256: str, devices: list[str]) -> bool:
    row = db.execute("SELECT device FROM file WHERE sha256 = ?", (sha256,)).fetchone()
    return row is not None and row[0] in devices
