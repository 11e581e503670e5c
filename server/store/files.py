"""Files, named by their SHA-256, in a folder beside the database."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

from server.store import areas, devices, erasures, stays


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
        put_in_place(part, folder, sha256)
    except OSError:
        # A full disk must not be filled further with pieces.
        part.unlink(missing_ok=True)
        raise
    return True


def put_in_place(whole: Path, folder: Path, sha256: str) -> None:
    """Gives a file that was written durably its name, durably."""
    target = path_of(folder, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole.replace(target)
    _keep_name(target.parent)


def _keep_name(folder: Path) -> None:
    """The new name itself must survive a loss of power."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_pieces(folder: Path) -> None:
    """What a kill left half written. Only for the one that serves the folder: others may be writing."""
    for part in folder.glob("*/*.part"):
        part.unlink(missing_ok=True)


def note(
    db: sqlite3.Connection, sha256: str, size: int, media_type: str, *, device: str, now_ms: int
) -> None:
    if erasures.refuses_file(db, sha256):
        erasures.remove_again(db, sha256)
        return
    db.execute(
        "INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?)", (sha256, size, media_type, device, now_ms)
    )
    db.execute("INSERT OR IGNORE INTO file_holder VALUES (?, ?)", (sha256, device))
    _count_namings(db, sha256)


def media_type_of(db: sqlite3.Connection, sha256: str) -> str | None:
    """None: no such file was uploaded."""
    row = db.execute("SELECT type FROM file WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else str(row[0])


def note_named(db: sqlite3.Connection, record: str, device: str, values: Iterable[object]) -> None:
    """Remembers which record names which file, by a change of which device."""
    for sha256 in named_in(values):
        db.execute("INSERT OR IGNORE INTO file_naming VALUES (?, ?, ?, 0)", (sha256, record, device))
        erasures.welcome_file(db, sha256)
        _count_namings(db, sha256)


def _count_namings(db: sqlite3.Connection, sha256: str) -> None:
    """To know a file's name gives nobody its content. A naming counts where the device put the file here, or
    where the file is already named, by one that counts, in this record or in another within the device's
    areas. A photo may come later than its answer: the others wait until then."""
    rows = db.execute("SELECT record, device FROM file_naming WHERE sha256 = ? AND NOT counts", (sha256,))
    waiting = [(row[0], row[1]) for row in rows]
    has_more = True
    while waiting and has_more:
        counting = [naming for naming in waiting if _does_count(db, sha256, *naming)]
        db.executemany(
            "UPDATE file_naming SET counts = 1 WHERE sha256 = ? AND record = ? AND device = ?",
            [(sha256, record, device) for record, device in counting],
        )
        waiting = [naming for naming in waiting if naming not in counting]
        has_more = bool(counting)


def _does_count(db: sqlite3.Connection, sha256: str, record: str, device: str) -> bool:
    ids = set(devices.lineage(db, device))
    rows = db.execute("SELECT device FROM file_holder WHERE sha256 = ?", (sha256,)).fetchall()
    # A phone may have taken a new id between the answer and its photo.
    if any(row[0] in ids or device in devices.lineage(db, row[0]) for row in rows):
        return True
    known = devices.get(db, device)
    scope = areas.expanded(db, known.areas) if known else set()
    return any(other == record or stays.areas_of(db, other) & scope for other in records_using(db, sha256))


def named_in(values: Iterable[object]) -> list[str]:
    """The files among the values of a change."""
    found = (value.get("sha256") for value in values if isinstance(value, dict))
    return [sha256 for sha256 in found if isinstance(sha256, str)]


def records_using(db: sqlite3.Connection, sha256: str) -> list[str]:
    """Who may read one of these may read the file."""
    rows = db.execute("SELECT DISTINCT record FROM file_naming WHERE sha256 = ? AND counts", (sha256,))
    return [row[0] for row in rows]


def uploaded_by(db: sqlite3.Connection, sha256: str, ids: list[str]) -> bool:
    rows = db.execute("SELECT device FROM file_holder WHERE sha256 = ?", (sha256,))
    return any(row[0] in ids for row in rows)
