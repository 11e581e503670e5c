"""What an export reads: the stored view of records, one at a time, all from one state of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from server.store import counting, layouts

_BATCH = 50
_texts = msgspec.json.Decoder(list[str])

_CHOSEN = """
INSERT INTO temp.chosen (record)
SELECT r.record FROM main.record r
LEFT JOIN main.area a ON a.code = (SELECT min(area) FROM main.record_area WHERE record = r.record)
WHERE r.form = :form AND r.deleted = 0
  AND (:round = '' OR r.round = :round)
  AND (:any_status OR r.status IN (SELECT value FROM json_each(:statuses)))
  AND (:any_area OR EXISTS (
    SELECT 1 FROM main.record_area s JOIN json_each(:areas) j ON j.value = s.area WHERE s.record = r.record))
ORDER BY r.round, a.place, a.code, r.code, r.record
"""

# The change that submitted the record last says who answers for it and when; else the first change does.
_ROWS = """
SELECT c.number, r.record, r.form_version, r.round, r.status, r.subject, r.representative, r.flags,
  r.conflicts, r.layout, r.kept, r.folded, r.answers,
  (SELECT group_concat(area, ' ') FROM main.record_area WHERE record = r.record) AS area,
  l.author, coalesce(u.name, '') AS author_name, l.received AS received_at,
  CASE WHEN r.submitted IS NULL THEN NULL ELSE l.at END AS submitted_at
FROM (SELECT number, record FROM temp.chosen WHERE number > ? ORDER BY number LIMIT ?) c
JOIN main.record r ON r.record = c.record
LEFT JOIN main.log l
  ON l.pos = coalesce(r.submitted, (SELECT min(pos) FROM main.log WHERE record = r.record))
LEFT JOIN main.user u ON u.id = l.author
ORDER BY c.number
"""


class ExportRow(Struct, frozen=True, kw_only=True):
    """One record as its form judged it; `area` and the names beside it are several, separated, while people
    disagree on where it lies; `same_as`: the record that counts instead of this one, where there is one.
    Times in milliseconds."""

    record: str
    form_version: str
    round: str
    status: str
    area: str
    area_name: str
    parent_area: str
    parent_area_name: str
    subject: str
    same_as: str
    author: str
    author_name: str
    submitted_at: int | None
    received_at: int | None
    conflicts: int
    flags: str
    answers: dict[str, Any]


class Chosen(Struct, frozen=True, kw_only=True):
    """Which records: of one form; empty `round`, `statuses` None and `areas` None mean any."""

    form: str
    round: str = ""
    statuses: Collection[str] | None = ("submitted", "approved")
    areas: Collection[str] | None = None


class Snapshot:
    """One state of the database, however long the reading takes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._superseded: dict[str, str] = {}
        self._areas = {
            row["code"]: row for row in connection.execute("SELECT code, parent, name FROM main.area")
        }

    def choose(self, chosen: Chosen) -> None:
        """From now on `rows`, `count` and `versions` are about these records."""
        self._superseded = counting.superseded(self._connection, chosen.form)
        self._connection.execute("DELETE FROM temp.chosen")
        self._connection.execute(
            _CHOSEN,
            {
                "form": chosen.form,
                "round": chosen.round,
                "any_status": chosen.statuses is None,
                "statuses": _json(chosen.statuses),
                "any_area": chosen.areas is None,
                "areas": _json(chosen.areas),
            },
        )

    def rows(self) -> Iterator[ExportRow]:
        """The chosen records, by round, hamlet and household code; at most a few in memory."""
        last = 0
        while batch := self._connection.execute(_ROWS, (last, _BATCH)).fetchall():
            last = batch[-1]["number"]
            for row in batch:
                yield self._row(row)

    def count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM temp.chosen").fetchone()[0])

    def versions(self) -> list[str]:
        """The form versions that the chosen records were read with, newest first."""
        query = """
            SELECT f.version FROM main.form f WHERE f.id || '|' || f.version IN (
              SELECT r.form || '|' || r.form_version
              FROM temp.chosen c JOIN main.record r ON r.record = c.record)
            ORDER BY f.number DESC"""
        return [row["version"] for row in self._connection.execute(query)]

    def form_bodies(self, form: str) -> dict[str, bytes]:
        """Every published version of a form, newest first."""
        query = "SELECT version, body FROM main.form WHERE id = ? ORDER BY number DESC"
        return {row["version"]: bytes(row["body"]) for row in self._connection.execute(query, (form,))}

    def _row(self, row: sqlite3.Row) -> ExportRow:
        codes = (row["area"] or "").split()
        areas = [self._areas[code] for code in codes if code in self._areas]
        parents = [self._areas[area["parent"]] for area in areas if area["parent"] in self._areas]
        is_other = bool(row["representative"]) and row["representative"] != row["record"]
        return ExportRow(
            record=row["record"],
            form_version=row["form_version"],
            round=row["round"],
            status=row["status"],
            area=" ".join(codes),
            area_name="; ".join(area["name"] for area in areas),
            parent_area=" ".join(dict.fromkeys(parent["code"] for parent in parents)),
            parent_area_name="; ".join(dict.fromkeys(parent["name"] for parent in parents)),
            subject=row["subject"],
            same_as=row["representative"] if is_other else self._superseded.get(row["record"], ""),
            author=row["author"] or "",
            author_name=row["author_name"],
            submitted_at=row["submitted_at"],
            received_at=row["received_at"],
            conflicts=row["conflicts"],
            flags=" ".join(_texts.decode(row["flags"])),
            answers=layouts.answers(self._connection, row),
        )


def _json(codes: Collection[str] | None) -> str:
    return msgspec.json.encode(sorted(codes or ())).decode()


@contextmanager
def snapshot(database: Path) -> Iterator[Snapshot]:
    """A connection of its own, read only, that may move between threads as a stream does."""
    connection = sqlite3.connect(
        f"{database.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=30,
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("CREATE TEMP TABLE chosen (number INTEGER PRIMARY KEY, record TEXT NOT NULL)")
        connection.execute("BEGIN")
        yield Snapshot(connection)
    finally:
        connection.close()
