"""What there is to decide, by household: conflicts, and whatever else a record is flagged for."""

from __future__ import annotations

import json
import sqlite3

from msgspec import Struct

from server.store import review


class OpenHousehold(Struct, frozen=True):
    """A household with something to decide. `household`: the record that stands for it among duplicates;
    `records`: of the household itself and of what is about it, those that are open."""

    household: str
    records: list[str]


class OpenTotals(Struct, frozen=True):
    """`conflicts`: questions in conflict; `oldest`: ms, None where nothing is open."""

    households: int
    records: int
    conflicts: int
    oldest: int | None


_OPEN = """
WITH open AS (
  SELECT r.record, r.at, r.conflicts,
    coalesce(h.representative, h.record, r.subject) AS household
  FROM record r LEFT JOIN record h ON h.record = CASE WHEN r.subject <> '' THEN r.subject ELSE r.record END
  WHERE {where})"""


def totals(db: sqlite3.Connection, wanted: review.Wanted) -> OpenTotals:
    where, parameters = review.conditions(db, wanted)
    row = db.execute(
        f"{_OPEN.format(where=where)} SELECT count(DISTINCT household), count(*),"
        " coalesce(sum(conflicts), 0), min(at) FROM open",
        parameters,
    ).fetchone()
    return OpenTotals(*row)


def households(db: sqlite3.Connection, wanted: review.Wanted, offset: int, limit: int) -> list[OpenHousehold]:
    """A page of households, those with the newest changes first."""
    where, parameters = review.conditions(db, wanted)
    rows = db.execute(
        f"{_OPEN.format(where=where)} SELECT household, json_group_array(record) AS records FROM open"
        " GROUP BY household ORDER BY max(at) DESC, household LIMIT :limit OFFSET :offset",
        {**parameters, "limit": limit, "offset": offset},
    )
    return [OpenHousehold(row["household"], sorted(json.loads(row["records"]))) for row in rows]


def twins(db: sqlite3.Connection, household: str) -> list[str]:
    """The other records of a household that was registered more than once."""
    rows = db.execute(
        "SELECT record FROM record WHERE representative = ?1 AND record <> ?1 ORDER BY record", (household,)
    )
    return [row[0] for row in rows]
