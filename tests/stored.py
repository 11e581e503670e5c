"""Lets a test's SQL read stored views, whose bytes say nothing to SQL."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from server.store import views


def connect(database: Path) -> sqlite3.Connection:
    """With `answers(record)` and `folded(record)`: JSON, the latter with all values."""
    connection = sqlite3.connect(database, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    beside = sqlite3.connect(database, check_same_thread=False)
    beside.row_factory = sqlite3.Row

    def answers(record: str) -> str | None:
        view = views.get(beside, record)
        return None if view is None else json.dumps(view.answers, ensure_ascii=False)

    def folded(record: str) -> str | None:
        view = views.get(beside, record)
        if view is None:
            return None
        return json.dumps(json.loads(view.folded) | {"values": views.shown_values(view)}, ensure_ascii=False)

    connection.create_function("answers", 1, answers)
    connection.create_function("folded", 1, folded)
    return connection
