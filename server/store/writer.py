"""One thread writes; jobs that wait together share one transaction and one fsync."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]
_MOST_JOBS_PER_COMMIT = 64


class Writer:
    """Runs jobs on its own connection inside `BEGIN IMMEDIATE`. A job's future resolves only after the commit
    is durable; a job that raises is rolled back alone.
    `commits`: how many transactions there were."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self.commits = 0
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        # Who asked may go away; what was asked for is done.
        future.set_running_or_notify_cancel()
        with self._closing:
            if self._is_closed:
                raise sqlite3.ProgrammingError("the store is closed")
            self._jobs.put((job, future))
        return future

    @property
    def waiting(self) -> int:
        """How many jobs wait for the next commit."""
        return self._jobs.qsize()

    def close(self) -> None:
        """Returns once all that was submitted is done."""
        with self._closing:
            self._is_closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while (first := self._jobs.get()) is not None:
            try:
                # A disk that fails now may be mended before the next job.
                connection = connection or self._connect()
            except Exception as error:
                _fail_all([first], error)
                continue
            self.commits += 1
            _commit_together(connection, self._arriving(first))
            # It may hold a batch of thousands of answers, and the next may be long in coming.
            del first
        if connection is not None:
            _leave_in_one_file(connection)
            connection.close()

    def _arriving(self, first: tuple[Job, Future[Any]]) -> Iterator[tuple[Job, Future[Any]]]:
        """This job and those that come until it and they are done: one more fsync costs more than they do."""
        yield first
        for _ in range(_MOST_JOBS_PER_COMMIT - 1):
            try:
                following = self._jobs.get_nowait()
            except queue.Empty:
                return
            if following is None:
                # Nothing comes behind it: it is for the loop to see.
                self._jobs.put(None)
                return
            yield following


def _commit_together(connection: sqlite3.Connection, jobs: Iterable[tuple[Job, Future[Any]]]) -> None:
    batch: list[tuple[Job, Future[Any]]] = []
    outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        for job, future in jobs:
            batch.append((job, future))
            if len(batch) == 1:
                connection.execute("BEGIN IMMEDIATE")
            connection.execute("SAVEPOINT job")
            try:
                outcomes.append((future, job(connection), None))
            except Exception as error:
                # Where the disk is full, SQLite has taken back the whole transaction, the other jobs too.
                if not connection.in_transaction:
                    raise
                connection.execute("ROLLBACK TO job")
                outcomes.append((future, None, error))
            connection.execute("RELEASE job")
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # What came meanwhile has waited for the same.
        _fail_all([*batch, *jobs], error)
        return
    for future, value, failure in outcomes:
        if failure is None:
            future.set_result(value)
        else:
            future.set_exception(failure)


def _fail_all(batch: list[tuple[Job, Future[Any]]], error: BaseException) -> None:
    for _, future in batch:
        future.set_exception(error)


def _leave_in_one_file(connection: sqlite3.Connection) -> None:
    """Whoever copies the database of a stopped server by hand, without the log beside it, has all of it."""
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return
