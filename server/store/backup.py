"""A copy of everything, consistent while others write."""

from __future__ import annotations

import os
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from server.store import DATABASE_NAME, Store


def write_backup(store: Store, target: Path) -> int:
    """Writes one tar file with the database and the files, and only then gives it its name. Returns its
    bytes."""
    part = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / DATABASE_NAME
        _copy_database(store, copy)
        with part.open("wb") as writing:
            with tarfile.open(fileobj=writing, mode="w") as archive:
                archive.add(copy, DATABASE_NAME)
                # Files are only ever added, so all that the copied database names are here.
                for path in sorted(store.files_dir.rglob("*")):
                    if path.is_file() and not path.name.endswith(".part"):
                        archive.add(path, str(Path("files") / path.relative_to(store.files_dir)))
            writing.flush()
            os.fsync(writing.fileno())
    part.replace(target)
    return target.stat().st_size


def _copy_database(store: Store, copy: Path) -> None:
    source, destination = sqlite3.connect(store.path), sqlite3.connect(copy)
    try:
        source.backup(destination)
        destination.execute("PRAGMA journal_mode = DELETE")
    finally:
        destination.close()
        source.close()
