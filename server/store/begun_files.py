"""Files of which only the beginning has come: where its line broke a phone goes on from there."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

from server.store import files

# Of one device; those that nobody went on with for longest make room.
_MOST = 20
_KEPT_S = 30 * 24 * 3600
_FOLDER = "begun"
# Nothing is written any more to what was found to be the file that it was said to be.
_writing = threading.Lock()


def path_of(folder: Path, sha256: str, size: int, device: str) -> Path:
    """Each device has its own: to know a file's name gives nobody what others sent of it."""
    return folder / _FOLDER / f"{sha256}.{size}.{_short(device)}"


def begin(folder: Path, sha256: str, size: int, device: str) -> int:
    """How many bytes of it are here."""
    path = path_of(folder, sha256, size, device)
    path.parent.mkdir(exist_ok=True)
    remove_old(folder, time.time())
    others = sorted(path.parent.glob(f"*.{_short(device)}"), key=_changed)
    for other in [each for each in others if each != path][: -_MOST + 1]:
        other.unlink(missing_ok=True)
    path.touch()
    return path.stat().st_size


def offset(path: Path) -> int | None:
    """How many bytes of it are here; None where it was not begun."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def write(path: Path, position: int, content: bytes) -> None:
    """Nothing for what was given up meanwhile."""
    try:
        # Two requests may bring the same bytes: each writes them where they belong.
        with _writing, path.open("r+b") as begun:
            begun.seek(position)
            begun.write(content)
    except FileNotFoundError:
        return
    except OSError:
        # A full disk must not be filled further with pieces.
        path.unlink(missing_ok=True)
        raise


def finish(folder: Path, path: Path, sha256: str) -> bool:
    """Gives the whole file its name, durably. False where it is not the one that was announced: it begins
    anew. Raises FileNotFoundError where it was given up meanwhile, or another request was faster: that such a
    file is here is no sign that this device sent it."""
    with _writing:
        with path.open("r+b") as whole:
            is_it = hashlib.file_digest(whole, "sha256").hexdigest() == sha256
            os.fsync(whole.fileno())
        if is_it:
            files.put_in_place(path, folder, sha256)
        else:
            path.unlink()
        return is_it


def remove(folder: Path, sha256: str) -> None:
    """Of a file that was erased."""
    for path in (folder / _FOLDER).glob(f"{sha256}.*"):
        path.unlink(missing_ok=True)


def names(folder: Path) -> set[str]:
    """Of which files something is here."""
    return {path.name.partition(".")[0] for path in (folder / _FOLDER).glob("*")}


def remove_old(folder: Path, now_s: float) -> None:
    """What nobody went on with for a month."""
    for path in (folder / _FOLDER).glob("*"):
        if _changed(path) < now_s - _KEPT_S:
            path.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _short(device: str) -> str:
    return hashlib.sha256(device.encode("utf-8", "surrogatepass")).hexdigest()[:16]
