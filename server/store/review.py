"""What the desk reads: queues, lists and progress, always within a reader's areas."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Literal

from msgspec import Struct

from schemas.text import search_key
from server.store import layouts
from server.store.search import find_records

Queue = Literal[
    "", "review", "open", "conflicts", "inconsistent", "changed", "edited", "rows", "returned", "deleted"
]

_MOST_FOUND = 2000
_HAS_FLAG = "(r.flags <> '[]' AND EXISTS (SELECT 1 FROM json_each(r.flags) f WHERE f.value = '{}'))"
# `IN`, so that the areas are read once and not for each record.
_WITHIN = (
    "EXISTS (SELECT 1 FROM record_area s WHERE s.record = r.record"
    " AND s.area IN (SELECT value FROM json_each(:areas)))"
)
# To the letter the condition of the index `record_open`.
_OPEN = "(r.conflicts > 0 OR r.flags <> '[]') AND r.deleted = 0"
QUEUES: dict[str, str] = {
    "": "r.deleted = 0",
    "review": f"r.deleted = 0 AND (r.status = 'submitted' OR {_HAS_FLAG.format('changed_since_approval')})",
    "open": _OPEN,
    "conflicts": f"{_OPEN} AND r.conflicts > 0",
    "inconsistent": f"{_OPEN} AND {_HAS_FLAG.format('inconsistent')}",
    "changed": f"{_OPEN} AND {_HAS_FLAG.format('changed_since_approval')}",
    "edited": f"{_OPEN} AND {_HAS_FLAG.format('edited_after_delete')}",
    "rows": f"{_OPEN} AND {_HAS_FLAG.format('rows_to_compare')}",
    "returned": "r.deleted = 0 AND r.status = 'returned'",
    "deleted": "r.deleted = 1",
}
_FLAGGED = ("open", "conflicts", "inconsistent", "changed", "edited", "rows")
# Each record that waits is in one of the two sets, so that nothing else is read.
_WAITING = f"""
SELECT r.* FROM record r WHERE {_OPEN}
UNION ALL
SELECT r.* FROM record r WHERE r.status IN ('submitted', 'returned') AND r.deleted = 0
  AND NOT (r.conflicts > 0 OR r.flags <> '[]')"""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which records; empty fields mean any. `areas` is all the reader may see, `area_filter` narrows it."""

    areas: Collection[str]
    queue: Queue = ""
    form: str = ""
    round: str = ""
    area_filter: Collection[str] | None = None
    status: str = ""
    author: str = ""
    search: str = ""


class Line(Struct, frozen=True, kw_only=True):
    """One record of a list. `author`: the last interviewer who wrote it, else whoever did; `at`: ms."""

    record: str
    form: str
    form_version: str
    round: str
    subject: str
    status: str
    title: str
    code: str
    areas: list[str]
    flags: list[str]
    conflicts: int
    violations: int
    has_hold: bool
    is_deleted: bool
    representative: str | None
    author: str
    author_name: str
    at: int
    answers: dict[str, Any]


class Progress(Struct, frozen=True, kw_only=True):
    """Households of one area by the state of their interview in a round. `last_received` in ms."""

    area: str
    households: int
    approved: int
    submitted: int
    returned: int
    draft: int
    last_received: int | None


def queue_counts(db: sqlite3.Connection, areas: Collection[str]) -> dict[str, int]:
    """How many records wait in each queue of records. Reads those that wait, not those that are done."""
    names = ("review", *_FLAGGED, "returned")
    sums = ", ".join(f"coalesce(sum({QUEUES[name]}), 0) AS {name}" for name in names)
    row = db.execute(f"SELECT {sums} FROM ({_WAITING}) r WHERE {_WITHIN}", {"areas": _json(areas)}).fetchone()
    return {name: int(row[name]) for name in names}


def count(db: sqlite3.Connection, wanted: Wanted) -> tuple[int, int | None]:
    """How many records, and the oldest moment among them (ms)."""
    where, parameters = conditions(db, wanted)
    row = db.execute(f"SELECT count(*), min(r.at) FROM record r WHERE {where}", parameters).fetchone()
    return int(row[0]), row[1]


def lines(db: sqlite3.Connection, wanted: Wanted, offset: int, limit: int) -> list[Line]:
    """A page of records, newest first."""
    where, parameters = conditions(db, wanted)
    rows = db.execute(
        # What a line shows is looked up for the page alone.
        f"{_LINE} WHERE r.number IN (SELECT r.number FROM record r WHERE {where}"
        " ORDER BY r.at DESC, r.record LIMIT :limit OFFSET :offset) ORDER BY r.at DESC, r.record",
        {**parameters, "limit": limit, "offset": offset},
    )
    return [_line(db, row) for row in rows]


def line(db: sqlite3.Connection, record: str, areas: Collection[str] | None = None) -> Line | None:
    """One record's line; None where there is none within `areas` (None: anywhere)."""
    where = "r.record = :record" + ("" if areas is None else f" AND {_WITHIN}")
    row = db.execute(f"{_LINE} WHERE {where}", {"record": record, "areas": _json(areas or [])}).fetchone()
    return None if row is None else _line(db, row)


def lines_of(db: sqlite3.Connection, records: Collection[str], areas: Collection[str]) -> dict[str, Line]:
    """The lines of those of these records that lie within areas."""
    rows = db.execute(
        f"{_LINE} WHERE r.record IN (SELECT value FROM json_each(:records)) AND {_WITHIN}",
        {"records": _json(records), "areas": _json(areas)},
    )
    return {row["record"]: _line(db, row) for row in rows}


def about(db: sqlite3.Connection, subject: str) -> list[Line]:
    """What is about a record and not deleted, the newest first."""
    rows = db.execute(
        f"{_LINE} WHERE r.subject = ? AND r.subject <> '' AND r.deleted = 0 ORDER BY r.at DESC, r.record",
        (subject,),
    )
    return [_line(db, row) for row in rows]


def first_written(db: sqlite3.Connection, record: str) -> tuple[str, int] | None:
    """(name of the person, when in ms) of a record's first change."""
    row = db.execute(
        "SELECT coalesce(u.name, l.author), l.at FROM log l LEFT JOIN user u ON u.id = l.author"
        " WHERE l.record = ? ORDER BY l.at, l.id LIMIT 1",
        (record,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def authors(db: sqlite3.Connection, areas: Collection[str]) -> list[tuple[str, str]]:
    """(id, name) of every interviewer who wrote a record within areas, by name."""
    rows = db.execute(
        "SELECT u.id, u.name FROM user u WHERE u.id IN (SELECT l.author FROM log l"
        " JOIN record_area s ON s.record = l.record JOIN json_each(:areas) j ON j.value = s.area"
        " WHERE l.role = 'interviewer')",
        {"areas": _json(areas)},
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda each: (search_key(each[1]), each[0]))


def user_names(db: sqlite3.Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in db.execute("SELECT id, name FROM user")}


def device_labels(db: sqlite3.Connection) -> dict[str, str]:
    """Labels by device id; a desk browser or the command line has none."""
    return {row[0]: row[1] for row in db.execute("SELECT id, label FROM device WHERE label <> ''")}


def last_received(db: sqlite3.Connection, areas: Collection[str]) -> int | None:
    """When the newest change of these areas came (ms)."""
    # What was released from hold came before others that stand before it: not only the last one is looked at.
    row = db.execute(
        "SELECT max(received) FROM (SELECT l.received FROM log l WHERE EXISTS (SELECT 1 FROM record_area s"
        " WHERE s.record = l.record AND s.area IN (SELECT value FROM json_each(:areas)))"
        " ORDER BY l.pos DESC LIMIT 1000)",
        {"areas": _json(areas)},
    ).fetchone()
    return None if row[0] is None else int(row[0])


def progress(
    db: sqlite3.Connection, form: str, subject_form: str, round_id: str, areas: Collection[str]
) -> list[Progress]:
    """Per area: its households (the records of `subject_form` that represent themselves) and how far their
    interview of the round is; several interviews of a household count once, the most finished."""
    rows = db.execute(
        _PROGRESS,
        {"form": form, "subject_form": subject_form or form, "round": round_id, "areas": _json(areas)},
    )
    return [
        Progress(
            area=row["area"],
            households=row["households"],
            approved=row["approved"],
            submitted=row["submitted"],
            returned=row["returned"],
            draft=row["draft"],
            last_received=row["last_received"],
        )
        for row in rows
    ]


def last_round_answers(
    db: sqlite3.Connection, form: str, subject: str, before_round: str
) -> tuple[str, dict[str, Any]] | None:
    """(round title, answers) of this household's interview in the round before, by date."""
    if not subject or not before_round:
        return None
    row = db.execute(
        f"SELECT o.title, {layouts.COLUMNS} FROM record r JOIN round o ON o.id = r.round"
        " WHERE r.form = ? AND r.subject = ?"
        " AND r.deleted = 0 AND o.starts < (SELECT starts FROM round WHERE id = ?)"
        " ORDER BY o.starts DESC, r.at DESC LIMIT 1",
        (form, subject, before_round),
    ).fetchone()
    return None if row is None else (row["title"], layouts.answers(db, row))


_LINE = """
SELECT r.*, u.id AS writer, coalesce(u.name, r.author) AS author_name,
  (SELECT json_group_array(area) FROM record_area WHERE record = r.record) AS areas,
  json_array_length(r.violations) AS violation_count,
  EXISTS (SELECT 1 FROM hold h WHERE h.record = r.record AND h.state = 'held') AS has_hold
FROM record r LEFT JOIN user u ON u.id = coalesce((SELECT l.author FROM log l
  WHERE l.record = r.record AND l.role = 'interviewer' ORDER BY l.at DESC, l.id DESC LIMIT 1), r.author)"""

_RANK = "CASE status WHEN 'approved' THEN 4 WHEN 'submitted' THEN 3 WHEN 'returned' THEN 2 ELSE 1 END"
_PROGRESS = f"""
WITH household AS (
  SELECT r.record, s.area FROM record r JOIN record_area s ON s.record = r.record
  JOIN json_each(:areas) j ON j.value = s.area
  WHERE r.form = :subject_form AND r.deleted = 0 AND coalesce(r.representative, r.record) = r.record),
done AS (
  SELECT coalesce(h.representative, h.record) AS record, max({_RANK.replace("status", "i.status")}) AS rank
  FROM record i JOIN record h ON h.record = CASE WHEN :form = :subject_form THEN i.record ELSE i.subject END
  WHERE i.form = :form AND i.deleted = 0 AND (:round = '' OR :form = :subject_form OR i.round = :round)
  GROUP BY 1),
sent AS (
  SELECT s.area, max(l.received) AS received FROM log l
  JOIN device d ON d.id = l.device AND d.kind = 'phone'
  JOIN record_area s ON s.record = l.record GROUP BY s.area)
SELECT household.area, count(*) AS households, coalesce(sum(rank = 4), 0) AS approved,
  coalesce(sum(rank = 3), 0) AS submitted, coalesce(sum(rank = 2), 0) AS returned,
  coalesce(sum(rank = 1), 0) AS draft, max(sent.received) AS last_received
FROM household LEFT JOIN done ON done.record = household.record LEFT JOIN sent ON sent.area = household.area
GROUP BY household.area"""


def conditions(db: sqlite3.Connection, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """What a `WHERE` over `record r` says of what is wanted, and its parameters."""
    clauses = [QUEUES[wanted.queue]]
    parameters: dict[str, Any] = {"areas": _json(wanted.areas)}
    if wanted.author:
        clauses.append("EXISTS (SELECT 1 FROM log l WHERE l.record = r.record AND l.author = :author)")
        parameters["author"] = wanted.author
    if wanted.status == "draft":
        clauses.append("r.status IN ('', 'draft')")
    elif wanted.status:
        clauses.append("r.status = :status")
        parameters["status"] = wanted.status
    for name in ("form", "round"):
        if value := getattr(wanted, name):
            clauses.append(f"r.{name} = :{name}")
            parameters[name] = value
    if wanted.area_filter is not None:
        clauses.append(_WITHIN.replace(":areas", ":area_filter"))
        parameters["area_filter"] = _json(wanted.area_filter)
    # It costs more than what stands before it.
    clauses.append(_WITHIN)
    if wanted.search.strip():
        clauses.append("r.record IN (SELECT value FROM json_each(:found))")
        parameters["found"] = _json(find_records(db, wanted.search, _MOST_FOUND))
    return " AND ".join(clauses), parameters


def _line(db: sqlite3.Connection, row: sqlite3.Row) -> Line:
    return Line(
        record=row["record"],
        form=row["form"],
        form_version=row["form_version"],
        round=row["round"],
        subject=row["subject"],
        status=row["status"] or "draft",
        title=row["title"],
        code=row["code"],
        areas=sorted(json.loads(row["areas"] or "[]")),
        flags=json.loads(row["flags"]),
        conflicts=row["conflicts"],
        violations=row["violation_count"],
        has_hold=bool(row["has_hold"]),
        is_deleted=bool(row["deleted"]),
        representative=row["representative"],
        author=row["writer"] or row["author"],
        author_name=row["author_name"],
        at=row["at"],
        answers=layouts.answers(db, row),
    )


def _json(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))
