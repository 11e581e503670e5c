"""Puts a backup back into a data folder: checked and made ready there, then swapped in at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from msgspec import Struct

from server.erasing_again import ASIDE, erase_again
from server.store import DATABASE_NAME, Store, StoreError, epochs, erased_list, log, put_back
from server.store.backup import Progress, unpack

_WORK = ".restoring"
# All of Restored but the last.
Made = tuple[int, int, int | None, int, int]


class Restored(Struct, frozen=True):
    """`state_at`: when the newest change in it had come, ms; `erased`: how many erasures were made again;
    `shut_out`: how many phones and people were shut out since; `aside`: where the former database is."""

    records: int
    changes: int
    state_at: int | None
    erased: int
    shut_out: int
    aside: Path | None


def restore(file: Path, data: Path, stamp: str, now_ms: int, progress: Progress) -> Restored:
    """Nobody may have the folder open. Raises NotABackupError, before anything was touched. `stamp`: what the
    former database is named by."""
    work = data / _WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        unpack(file, work, progress)
        former = _newer_list(data, work)
        restored = _made_ready(work, data, former, now_ms)
        aside = _swap(work, data, data / f"{ASIDE}{stamp}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Restored(*restored, aside)


def remove_leftovers(data: Path) -> None:
    """What a killed restore left: it may hold what was erased. Only for the one that serves the folder."""
    shutil.rmtree(data / _WORK, ignore_errors=True)


def _newer_list(data: Path, work: Path) -> bool:
    """Lets the restored state know all that was erased since. Whether the former database could be read."""
    lines = erased_list.read(data)
    is_readable = False
    former = _reading(data / DATABASE_NAME)
    if former is not None:
        try:
            lines += erased_list.everything(former)
            is_readable = True
        except StoreError:
            # It may be older, or be why a backup is put back.
            pass
        finally:
            former.close()
    if lines:
        erased_list.append(work, dict.fromkeys(lines))
    return is_readable


def _made_ready(work: Path, data: Path, has_former: bool, now_ms: int) -> Made:
    store = Store.open(work)
    try:
        with store.reading() as db:
            top = log.top_position(db)
        erased = erase_again(store, now_ms)
        store.write(lambda db: epochs.begin(db, now_ms))
        number = store.write(lambda db: put_back.note(db, now_ms, "restore", top))
        shut_out = 0
        former = _reading(data / DATABASE_NAME) if has_former else None
        if former is not None:
            with former:
                shut_out = store.write(lambda db: put_back.carry_over(db, former))
            former.close()
        store.scrub()
        with store.reading() as db:
            counts = log.counts(db)
            state_at = put_back.get(db, number).state_at
    finally:
        store.close()
    return counts["records"], counts["changes"], state_at, erased, shut_out


def _reading(path: Path) -> sqlite3.Connection | None:
    if not path.exists():
        return None
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _swap(work: Path, data: Path, aside: Path) -> Path | None:
    """The database last, in one step: whoever looks meanwhile finds the former state."""
    for path in sorted((work / "files").glob("??/*")):
        target = data / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    if (work / erased_list.LIST_NAME).exists():
        os.replace(work / erased_list.LIST_NAME, data / erased_list.LIST_NAME)
    has_former = (data / DATABASE_NAME).exists()
    if has_former:
        _keep_aside(data, aside)
    os.replace(work / DATABASE_NAME, data / DATABASE_NAME)
    _sync_folder(data)
    return aside if has_former else None


def _keep_aside(data: Path, aside: Path) -> None:
    former = _reading(data / DATABASE_NAME)
    assert former is not None
    try:
        # Closing it then leaves all of it in one file.
        former.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except StoreError:
        pass
    finally:
        former.close()
    aside.mkdir()
    for suffix in ("-wal", "-shm"):
        # They must not be taken for those of the restored database.
        if (data / (DATABASE_NAME + suffix)).exists():
            os.replace(data / (DATABASE_NAME + suffix), aside / (DATABASE_NAME + suffix))
    try:
        os.link(data / DATABASE_NAME, aside / DATABASE_NAME)
    except OSError:
        os.replace(data / DATABASE_NAME, aside / DATABASE_NAME)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
