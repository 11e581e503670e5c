"""Full-text search of records, behind two functions."""

from __future__ import annotations

import sqlite3

from schemas.text import search_key


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
