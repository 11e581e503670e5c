"""Full-text search of records, behind two functions."""

from __future__ import annotations

import sqlite3

from schemas.text import search_key
from server.store import keys

# Pages that are written in one step of merging.
_STEP = 64
# Up to which erasure the index is being merged, and was.
_MERGES, _MERGED = "search_merges", "search_merged"


def index(db: sqlite3.Connection, record: str, text: str) -> None:
    """Makes the record findable by this text (already a `search_key`); empty text takes it out."""
    db.execute(
        "DELETE FROM record_search WHERE rowid = (SELECT number FROM record WHERE record = ?)", (record,)
    )
    if text:
        db.execute(
            "INSERT INTO record_search (rowid, record, text)"
            " SELECT number, record, ? FROM record WHERE record = ?",
            (text, record),
        )


def has_erased(db: sqlite3.Connection) -> bool:
    """Whether words of what was erased may still stand in the index: those of a text that was taken out do,
    beside a note that they no longer count, until its parts are merged. False as long as some view is yet to
    be made: it takes them out."""
    is_due = _last_erased(db) > _position(db, _MERGED)
    return is_due and db.execute("SELECT 1 FROM record WHERE stale > 0").fetchone() is None


def merge(db: sqlite3.Connection, pages: int = _STEP) -> bool:
    """A short step of merging the index, which writes so many pages. Whether that was the last one."""
    if not has_erased(db):
        # Meanwhile something else was erased, and its words still count.
        return False
    erased = _last_erased(db)
    begins = _position(db, _MERGES) != erased
    if begins:
        keys.put(db, _MERGES, str(erased))
        # From two parts on: a few new ones beside those that are half merged would pass for the end.
        db.execute("INSERT INTO record_search (record_search, rank) VALUES ('usermerge', 2)")
    before = db.total_changes
    # Below zero: all parts there are become one.
    db.execute(
        "INSERT INTO record_search (record_search, rank) VALUES ('merge', ?)", (-pages if begins else pages,)
    )
    # The statement itself is one change.
    is_over = db.total_changes - before < 2
    if is_over:
        keys.put(db, _MERGED, str(erased))
    return is_over


def _last_erased(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(pos), 0) FROM erased").fetchone()[0])


def _position(db: sqlite3.Connection, name: str) -> int:
    return int(keys.get(db, name) or 0)


def find_records(db: sqlite3.Connection, query: str, limit: int = 200) -> list[str]:
    """Ids of records in which every word of the query begins some word; diacritics and case do not count."""
    words = "".join(char if char.isalnum() else " " for char in search_key(query)).split()
    if not words:
        return []
    match = " ".join(f'"{word}"*' for word in words)
    rows = db.execute(
        "SELECT record FROM record_search WHERE record_search MATCH ? ORDER BY rank LIMIT ?", (match, limit)
    )
    return [row[0] for row in rows]
