"""What was erased leaves the index of the search while records come and go beside it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import Store, erasures, search

FEW_PAGES = 8
WORD = "zzzzvkjmnbvcxz"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "data")
    yield made
    made.close()


def indexed(store: Store, texts: dict[str, str]) -> None:
    def job(db: sqlite3.Connection) -> None:
        for record, text in texts.items():
            db.execute("INSERT OR IGNORE INTO record (record, form, stale) VALUES (?, '', 0)", (record,))
            search.index(db, record, text)

    store.write(job)


def erased(store: Store, change: str) -> None:
    store.write(lambda db: erasures.note_known(db, change, "r7", "asked", 1))


def is_kept(store: Store, word: str) -> bool:
    with store.reading() as db:
        blocks = [bytes(row[0]) for row in db.execute("SELECT block FROM record_search_data")]
    # Its beginning may stand once for several words.
    return any(word[5:].encode() in block for block in blocks)


@pytest.mark.parametrize("between", range(5))
def test_records_that_come_while_the_index_is_merged_do_not_end_it_early(store: Store, between: int) -> None:
    chance = random.Random(4)

    def text(words: int) -> str:
        return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(words))

    indexed(store, {f"r{number}": text(6) for number in range(1000)} | {"r7": WORD})
    store.scrub()
    indexed(store, {"r7": "nothing"})
    assert is_kept(store, WORD)
    erased(store, "a")
    steps = 0
    while not store.write(lambda db: search.merge(db, FEW_PAGES)):
        steps += 1
        for number in range(between if steps == 1 else 0):
            indexed(store, {f"new{number}": text(1)})
    assert not is_kept(store, WORD)
    with store.reading() as db:
        assert not search.has_erased(db)
        assert search.find_records(db, "nothing") == ["r7"]


def test_what_is_erased_just_before_a_step_is_not_taken_for_merged(store: Store) -> None:
    indexed(store, {"r7": WORD, "r8": "other"})
    erased(store, "a")
    store.write(lambda db: db.execute("UPDATE record SET stale = 1 WHERE record = 'r7'"))
    assert [store.write(search.merge) for _ in range(3)] == [False] * 3
    indexed(store, {"r7": ""})
    store.write(lambda db: db.execute("UPDATE record SET stale = 0"))
    while store.forget_words():
        pass
    assert not is_kept(store, WORD)
