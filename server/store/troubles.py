"""What keeps a store from writing, or from reading, though nothing is wrong with what was asked."""

from __future__ import annotations

import errno
import sqlite3
from typing import Literal

Trouble = Literal["disk_full", "locked", "read_only", "disk_error"]
_PRIMARY_CODE = 0xFF
_OF_SQLITE: dict[int, Trouble] = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_IOERR: "disk_error",
    sqlite3.SQLITE_CANTOPEN: "disk_error",
}
_OF_SYSTEM: dict[int, Trouble] = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.EIO: "disk_error",
}


def trouble_of(error: Exception) -> Trouble | None:
    """None: the error is no such trouble. `locked`: another process writes for longer than is waited for."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return None if code is None else _OF_SQLITE.get(code & _PRIMARY_CODE)
    return _OF_SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None
