"""A copy of everything in one tar file, consistent while others write, and what such a file must be before it
is put back."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from server.store import CAN_SHRINK, DATABASE_NAME, Store, StoreError
from server.store.migrations import MIGRATIONS

_LAST_NAME = "backup.json"
_FILE_NAME = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_PAGES_A_STEP = 2000
_CHUNK = 1 << 20
Progress = Callable[[int, int], object]


class Last(Struct, frozen=True):
    """What ends a backup, so that one cut short is known: how many files it holds; when it was made, ms."""

    v: int
    files: int
    at: int


_lasts = msgspec.json.Decoder(Last)


class NotABackupError(Exception):
    """The message is a sentence that says why this can't be put back."""


def write_backup(
    store: Store, target: Path, now_ms: int = 0, progress: Progress = lambda done, of: None
) -> int:
    """Writes one tar file with the database and the files, and only then gives it its name. Returns its
    bytes. `progress` is told how much of it is done."""
    part = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copy = Path(folder) / DATABASE_NAME
            _copy_database(store, copy, progress)
            with part.open("wb") as writing:
                with tarfile.open(fileobj=writing, mode="w", format=tarfile.GNU_FORMAT) as archive:
                    archive.add(copy, DATABASE_NAME)
                    number = _add_files(archive, store.files_dir)
                    _add_last(archive, Path(folder), Last(1, number, now_ms))
                writing.flush()
                os.fsync(writing.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_database(store: Store, copy: Path, progress: Progress) -> None:
    source, destination = sqlite3.connect(store.path), sqlite3.connect(copy)
    try:
        # One state for as long as it takes; without it every write of another process starts the copy over.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM migration").fetchone()
        source.backup(
            destination,
            pages=_PAGES_A_STEP,
            progress=lambda _, left, of: progress(of - left, of),
            sleep=0,
        )
        destination.execute("PRAGMA journal_mode = DELETE")
    finally:
        destination.close()
        source.close()


def _add_files(archive: tarfile.TarFile, folder: Path) -> int:
    """Files are only ever added, so all that the copied database names are here, but for erased ones."""
    number = 0
    for path in sorted(folder.glob("??/*")):
        name = f"files/{path.relative_to(folder).as_posix()}"
        if not _FILE_NAME.fullmatch(name):
            continue
        try:
            with path.open("rb") as reading:
                archive.addfile(archive.gettarinfo(arcname=name, fileobj=reading), reading)
        except FileNotFoundError:
            continue
        number += 1
    return number


def _add_last(archive: tarfile.TarFile, folder: Path, last: Last) -> None:
    path = folder / _LAST_NAME
    path.write_bytes(msgspec.json.encode(last))
    archive.add(path, _LAST_NAME)


def unpack(file: Path, folder: Path, progress: Progress = lambda done, of: None) -> Last:
    """Unpacks a backup into a folder and looks at everything in it. Raises NotABackupError."""
    size = file.stat().st_size
    last: Last | None = None
    number = 0
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or last is not None:
                    raise NotABackupError(f"{file} is not a backup of Thôn: it holds {member.name}.")
                if member.name == DATABASE_NAME:
                    _write(content, folder / DATABASE_NAME)
                elif found := _FILE_NAME.fullmatch(member.name):
                    _write_file(content, folder / member.name, found[2])
                    number += 1
                elif member.name == _LAST_NAME:
                    last = _lasts.decode(content.read(_CHUNK))
                else:
                    raise NotABackupError(f"{file} is not a backup of Thôn: it holds {member.name}.")
                progress(member.offset_data + member.size, size)
    except (tarfile.TarError, EOFError, msgspec.MsgspecError, ValueError) as error:
        raise NotABackupError(f"{file} is not a backup of Thôn, or it is broken: {error}") from None
    if last is None or last.files != number or not (folder / DATABASE_NAME).exists():
        raise NotABackupError(f"{file} is cut short: it does not hold all that a backup holds.")
    _check_database(file, folder / DATABASE_NAME)
    _compact(folder / DATABASE_NAME)
    return last


def _compact(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(CAN_SHRINK)
        connection.execute("VACUUM")
    finally:
        connection.close()


def _write(content: IO[bytes], target: Path) -> str:
    """Returns the SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with target.open("wb") as writing:
        while chunk := content.read(_CHUNK):
            found.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return found.hexdigest()


def _write_file(content: IO[bytes], target: Path, name: str) -> None:
    if _write(content, target) != name:
        raise NotABackupError(f"The backup is broken: the file {name} has another content.")


def _check_database(file: Path, path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        done = {row[0] for row in connection.execute("SELECT name FROM migration")}
    except StoreError as error:
        raise NotABackupError(f"The database in {file} is broken or not one of Thôn: {error}.") from None
    finally:
        connection.close()
    if sound != "ok":
        raise NotABackupError(f"The database in {file} is broken: {sound}.")
    newer = sorted(done - {name for name, _ in MIGRATIONS})
    if newer:
        raise NotABackupError(
            f"{file} was made by a newer Thôn (it has {newer[-1]}): install that version, then restore."
        )
