"""Where everything is kept: one SQLite file and a folder of files. The store owns every SQL statement."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from server.store import keys, search
from server.store.migrations import migrate
from server.store.writer import Writer

T = TypeVar("T")
# How long a write waits for another process that writes. The phone gives up on an answer after a minute.
_WAITS_FOR_LOCK_S = 10
_WAITS_FOR_READERS_MS = 1000
# What any use of a store may raise: the file is no database, locked for long, or the disk is full.
StoreError = sqlite3.Error
DATABASE_NAME = "thon.db"
# Works before the first table is made, and with the next VACUUM.
CAN_SHRINK = "PRAGMA auto_vacuum = INCREMENTAL"
_INCREMENTAL = 2
# Free pages that stay: a sixteenth of the file, and no fewer than this.
_FEWEST_FREE_PAGES = 256
_PAGES_A_TIME = 256


class Store:
    """The open data folder. Reads use one connection per thread; writes go through one thread that commits
    the jobs waiting together. Other processes may have the same folder open."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / DATABASE_NAME
        self.files_dir = data_dir / "files"
        self.refreshing = threading.Lock()
        self.comparing = threading.Lock()
        self._local = threading.local()
        self._writer = Writer(self._connect)

    @classmethod
    def open(cls, data_dir: Path) -> Store:
        """Opens the folder, made and migrated where needed."""
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / "files").mkdir(exist_ok=True)
        connection = _connect(data_dir / DATABASE_NAME)
        connection.execute(CAN_SHRINK)
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(Database(connection))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        store = cls(data_dir)
        store.write(keys.ensure_keys)
        return store

    def close(self) -> None:
        self._writer.close()
        self.close_reader()

    def close_reader(self) -> None:
        """Closes the calling thread's own connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `job` in a write transaction and returns its value once the commit is durable."""
        return self._writer.submit(job).result()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """The same without waiting."""
        return self._writer.submit(job)

    def write_later(self, job: Callable[[sqlite3.Connection], object], failed: Callable[[], object]) -> None:
        """Runs `job` in a later write transaction, without waiting; `failed` is called where it was not
        committed."""
        written = self._writer.submit(job)
        written.add_done_callback(lambda done: failed() if done.exception() else None)

    def waiting_jobs(self) -> int:
        """How many writes wait for the next commit."""
        return self._writer.waiting

    def commits(self) -> int:
        """How many write transactions this process made."""
        return self._writer.commits

    def scrub(self) -> bool:
        """Leaves nothing of what was erased in freed pages, the search or the write-ahead log. False where
        somebody read for so long that the latter could not be emptied: the next start does it."""
        connection = self._connect()
        try:
            connection.execute("INSERT INTO record_search (record_search) VALUES ('optimize')")
            connection.execute(CAN_SHRINK)
            connection.execute("VACUUM")
            return _is_log_emptied(connection)
        finally:
            connection.close()

    def empty_log(self) -> bool:
        """Leaves nothing of what was erased in the write-ahead log; quick. False where that could not be:
        somebody reads for long, or the disk is full. The next time or the next start does it."""
        connection = self._connect()
        try:
            connection.execute(f"PRAGMA busy_timeout = {_WAITS_FOR_READERS_MS}")
            return _is_log_emptied(connection)
        except sqlite3.Error:
            return False
        finally:
            connection.close()

    def forget_words(self) -> bool:
        """A short step of taking the words of what was erased from the search. Whether there may be more."""
        with self.reading() as db:
            if not search.has_erased(db):
                return False
        if self.write(search.merge):
            self.empty_log()
        return True

    def shrink(self) -> bool:
        """Gives some free pages back to the disk, in a write transaction of its own; a part of the file stays
        free for what comes. Whether there were any to give: a database of before has none until it is
        compacted."""
        return self.write(_give_back)

    def refresh_views(self, now_ms: int = 0) -> int:
        """Folds and judges stale records, so that `record` can be read. Returns how many."""
        from server.refresh import refresh_views

        return refresh_views(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the database until the block ends."""
        connection = self._reader()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        return _connect(self.path)


def _is_log_emptied(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)


def _give_back(db: sqlite3.Connection) -> bool:
    free, pages, kind = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("freelist_count", "page_count", "auto_vacuum")
    )
    too_many = free - max(pages // 16, _FEWEST_FREE_PAGES)
    if kind != _INCREMENTAL or too_many <= 0:
        return False
    for _ in range(min(too_many, _PAGES_A_TIME)):
        # Python takes one step of the statement, which is one page.
        db.execute("PRAGMA incremental_vacuum(1)")
    return True


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=_WAITS_FOR_LOCK_S, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = FULL")
    # In pages: a phone that comes home fills some thousand, most of them several times over.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.execute("PRAGMA foreign_keys = ON")
    # What was erased is overwritten, not only given free.
    connection.execute("PRAGMA secure_delete = ON")
    return connection
