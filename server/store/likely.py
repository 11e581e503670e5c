"""Households that are likely the same: what is compared, by which keys they meet, which pairs were found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct

from server.store import layouts

# A key that more households share tells them apart from nobody.
MOST_UNDER_A_KEY = 150


class Due(Struct, frozen=True):
    """A household to be compared. `marks`: how often that was asked for when this was read."""

    record: str
    marks: int


class Found(Struct, frozen=True):
    """A pair, `a` < `b`; `evidence` as it was stored."""

    a: str
    b: str
    score: int
    evidence: str


class NotTheSame(Struct, frozen=True):
    """Who said so of `a` and `b`, when (ms), and the traits (JSON) that were compared then."""

    a: str
    b: str
    user: str
    at: int
    told_a: str
    told_b: str


def mark_due(db: sqlite3.Connection, records: Iterable[str]) -> None:
    """These are compared (again) soon."""
    db.executemany(
        "INSERT INTO likely_due (record) VALUES (?) ON CONFLICT (record) DO UPDATE SET marks = marks + 1",
        [(record,) for record in records if record],
    )


def mark_form_due(db: sqlite3.Connection, form: str) -> None:
    """Every record of a form."""
    mark_due(db, [row[0] for row in db.execute("SELECT record FROM record WHERE form = ?", (form,))])


def mark_areas_due(db: sqlite3.Connection, areas: Collection[str]) -> None:
    """Every household that lies in one of these areas."""
    rows = db.execute(
        "SELECT t.record FROM likely_traits t JOIN record_area s ON s.record = t.record"
        " JOIN json_each(?) j ON j.value = s.area",
        (json.dumps(sorted(areas)),),
    )
    mark_due(db, [row[0] for row in rows.fetchall()])


def due(db: sqlite3.Connection, limit: int) -> list[Due]:
    rows = db.execute("SELECT record, marks FROM likely_due LIMIT ?", (limit,))
    return [Due(*row) for row in rows]


def count_due(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM likely_due").fetchone()[0])


def is_due(db: sqlite3.Connection, each: Due) -> bool:
    """Whether nobody compared it, or asked for it again, since."""
    row = db.execute("SELECT marks FROM likely_due WHERE record = ?", (each.record,)).fetchone()
    return row is not None and row[0] == each.marks


def done(db: sqlite3.Connection, each: Due) -> None:
    db.execute("DELETE FROM likely_due WHERE record = ? AND marks = ?", (each.record, each.marks))


def is_known(db: sqlite3.Connection, record: str, traits: bytes | None) -> bool:
    """Whether the household was compared by exactly these traits; None: whether nothing is known of it."""
    row = db.execute("SELECT traits, is_compared FROM likely_traits WHERE record = ?", (record,)).fetchone()
    if row is None or traits is None:
        return row is None and traits is None
    return bool(row[1]) and row[0] == traits.decode()


def traits_of(db: sqlite3.Connection, record: str) -> bytes | None:
    row = db.execute("SELECT traits FROM likely_traits WHERE record = ?", (record,)).fetchone()
    return None if row is None else row[0].encode()


def put_traits(db: sqlite3.Connection, record: str, form: str, traits: bytes, keys: Iterable[int]) -> None:
    """Files a household under its keys, and no others."""
    number = db.execute("SELECT number FROM record WHERE record = ?", (record,)).fetchone()[0]
    db.execute(
        "INSERT OR REPLACE INTO likely_traits (number, record, form, traits) VALUES (?, ?, ?, ?)",
        (number, record, form, traits.decode()),
    )
    wanted = set(keys)
    before = {row[0] for row in db.execute("SELECT key FROM likely_key WHERE number = ?", (number,))}
    db.executemany(
        "DELETE FROM likely_key WHERE key = ? AND number = ?", [(key, number) for key in before - wanted]
    )
    db.executemany("INSERT INTO likely_key VALUES (?, ?)", [(key, number) for key in wanted - before])


def forget(db: sqlite3.Connection, record: str) -> None:
    """Nothing is known of this household any more but that it may have to be compared again."""
    db.execute(
        "DELETE FROM likely_key WHERE number = (SELECT number FROM likely_traits WHERE record = ?)", (record,)
    )
    db.execute("DELETE FROM likely_traits WHERE record = ?", (record,))
    db.execute("DELETE FROM likely_pair WHERE a = ?1 OR b = ?1", (record,))


def erase(db: sqlite3.Connection, record: str) -> None:
    """The same for the household that an erased record is, or is about, with what was said of it; it is
    compared again by what is left."""
    row = db.execute("SELECT subject FROM record WHERE record = ?", (record,)).fetchone()
    for name in {record, row[0] if row else ""} - {""}:
        forget(db, name)
        db.execute("DELETE FROM likely_not WHERE a = ?1 OR b = ?1", (name,))
        mark_due(db, [name])


def those_under(
    db: sqlite3.Connection, record: str, form: str, keys: Iterable[int]
) -> Iterator[tuple[str, bytes, int]]:
    """(record, traits, number of keys shared) of the others of this form that share a key, keys shared with
    all too many left out."""
    shared: dict[int, int] = {}
    for key in keys:
        under = db.execute(
            "SELECT number FROM likely_key WHERE key = ? LIMIT ?", (key, MOST_UNDER_A_KEY + 1)
        ).fetchall()
        if len(under) <= MOST_UNDER_A_KEY:
            for row in under:
                shared[row[0]] = shared.get(row[0], 0) + 1
    rows = db.execute(
        "SELECT number, record, traits FROM likely_traits"
        " WHERE number IN (SELECT value FROM json_each(?)) AND form = ? AND record <> ?",
        (json.dumps(list(shared)), form, record),
    )
    yield from ((row[1], row[2].encode(), shared[row[0]]) for row in rows)


def put_pairs(db: sqlite3.Connection, record: str, pairs: Iterable[Found]) -> None:
    """These are the pairs of this household, and no others: it has been compared."""
    db.execute("UPDATE likely_traits SET is_compared = 1 WHERE record = ?", (record,))
    db.execute("DELETE FROM likely_pair WHERE a = ?1 OR b = ?1", (record,))
    db.executemany(
        "INSERT OR REPLACE INTO likely_pair VALUES (?, ?, ?, ?)",
        [(each.a, each.b, each.score, each.evidence) for each in pairs],
    )


_APART = """ JOIN record x ON x.record = p.a AND x.deleted = 0
 JOIN record y ON y.record = p.b AND y.deleted = 0
 WHERE coalesce(x.representative, x.record) <> coalesce(y.representative, y.record)"""
_BOTH_WITHIN = """ AND EXISTS (SELECT 1 FROM record_area s WHERE s.record = p.a
  AND s.area IN (SELECT value FROM json_each(:areas)))
 AND EXISTS (SELECT 1 FROM record_area s WHERE s.record = p.b
  AND s.area IN (SELECT value FROM json_each(:areas)))"""


def untied_pairs(db: sqlite3.Connection, areas: Collection[str]) -> list[Found]:
    """Pairs that nobody tied, of which both lie within areas, the most alike first."""
    rows = db.execute(
        f"SELECT p.* FROM likely_pair p {_APART} {_BOTH_WITHIN}"
        " ORDER BY p.score DESC, x.code, y.code, p.a, p.b",
        {"areas": json.dumps(sorted(areas))},
    )
    return [Found(*row) for row in rows]


def untied_pairs_of(db: sqlite3.Connection, areas: Collection[str], records: Iterable[str]) -> list[Found]:
    """Those of them that one of these records is in."""
    rows = db.execute(
        f"SELECT p.* FROM likely_pair p {_APART} {_BOTH_WITHIN}"
        " AND (p.a IN (SELECT value FROM json_each(:of)) OR p.b IN (SELECT value FROM json_each(:of)))"
        " ORDER BY p.score, p.a, p.b",
        {"areas": json.dumps(sorted(areas)), "of": json.dumps(sorted(records))},
    )
    return [Found(*row) for row in rows]


def tied_pairs(db: sqlite3.Connection, areas: Collection[str]) -> list[tuple[str, str]]:
    """(record that names, record that it names) of every tie within areas, the newest first."""
    rows = db.execute(
        "SELECT p.record, p.other FROM (SELECT r.record, j.value AS other, r.at FROM record r,"
        " json_each(r.same_as) j WHERE r.same_as <> '[]') p"
        " WHERE EXISTS (SELECT 1 FROM record_area s WHERE s.record = p.record"
        " AND s.area IN (SELECT value FROM json_each(:areas)))"
        " AND EXISTS (SELECT 1 FROM record_area s WHERE s.record = p.other"
        " AND s.area IN (SELECT value FROM json_each(:areas))) ORDER BY p.at DESC, p.record",
        {"areas": json.dumps(sorted(areas))},
    )
    return [(row[0], row[1]) for row in rows]


def say_not_the_same(db: sqlite3.Connection, said: NotTheSame) -> None:
    db.execute(
        "INSERT OR REPLACE INTO likely_not VALUES (?, ?, ?, ?, ?, ?)",
        (said.a, said.b, said.user, said.at, said.told_a, said.told_b),
    )


def unsay(db: sqlite3.Connection, a: str, b: str) -> bool:
    """Takes it back. Whether it had been said."""
    return db.execute("DELETE FROM likely_not WHERE a = ? AND b = ?", (a, b)).rowcount > 0


def said_not_the_same(db: sqlite3.Connection, areas: Collection[str]) -> list[NotTheSame]:
    """What was said of pairs within areas, the newest first."""
    rows = db.execute(
        f"SELECT p.* FROM likely_not p {_APART} {_BOTH_WITHIN} ORDER BY p.at DESC, p.a, p.b",
        {"areas": json.dumps(sorted(areas))},
    )
    return [NotTheSame(*row) for row in rows]


def rosters_about(db: sqlite3.Connection, household: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(form, form version, answers) of what is about a household and not deleted, the newest first."""
    rows = db.execute(
        f"SELECT form, form_version, {layouts.COLUMNS} FROM record"
        " WHERE subject = ? AND subject <> '' AND deleted = 0 ORDER BY at DESC, record",
        (household,),
    )
    for row in rows:
        yield row[0], row[1], layouts.answers(db, row)
