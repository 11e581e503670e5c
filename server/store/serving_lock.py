"""One server at a time serves a data folder. The operating system holds the lock, so none outlives its
process, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NAME = "serving.lock"
# Behind anything that is written there: on Windows nobody can read what is locked.
_LOCKED_BYTE = 1 << 20


class FolderServedError(Exception):
    """Another server has this folder; the message says which."""


@contextmanager
def serving(data_dir: Path, address: str) -> Iterator[None]:
    """Holds the folder, made where it is missing, for the one that serves it at `address`. Raises
    FolderServedError where another process serves it, and OSError where the folder can't be written. Commands
    may use the folder meanwhile."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / _NAME).open("a+", encoding="utf-8") as file:
        if not _take(file):
            file.seek(0)
            raise FolderServedError(f"Another server serves {data_dir} already{_who(file.read(200))}.")
        file.truncate(0)
        file.write(f"{os.getpid()} {address}\n")
        file.flush()
        yield


def _who(written: str) -> str:
    process, _, address = written.strip().partition(" ")
    return f" (process {process}, {address})" if address else ""


def _take(file: IO[str]) -> bool:
    """Whether the lock is now ours, until the file is closed."""
    try:
        if sys.platform == "win32":
            os.lseek(file.fileno(), _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
