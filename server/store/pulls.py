"""What one device is given: whole records, carried answers, and what leaves it, by position."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec import Struct

from schemas.wire import CarriedAnswers, PulledChange
from server.store import log

# Bodies of one page together, but for the last change. Changes may be large, and phones and lines are small.
HEAVIEST_PAGE = 4 << 20
_IN_SCOPE = (
    "EXISTS (SELECT 1 FROM record_stay s JOIN json_each(:scope) j ON j.value = s.area"
    " WHERE s.record = r.record AND s.until IS NULL)"
)
# A `+` keeps SQLite from an index whose range is all that there is: positions bound what is read.
_PAST = "(+r.form IN (SELECT value FROM json_each(:carry)) AND r.round <> ''" + (
    " AND r.round NOT IN (SELECT value FROM json_each(:rounds)))"
)
_WRITTEN_HERE = (
    "EXISTS (SELECT 1 FROM log o WHERE o.record = r.record"
    " AND o.device IN (SELECT value FROM json_each(:devices)))"
)
_WHOLE = (
    f"{_IN_SCOPE} AND NOT {_PAST} AND r.form NOT IN (SELECT value FROM json_each(:none))"
    f" AND (r.form NOT IN (SELECT value FROM json_each(:own)) OR {_WRITTEN_HERE})"
)
# A record whose changes were all erased has no row once its view was due.
_NOTHING_LEFT = (
    "(EXISTS (SELECT 1 FROM erased_whole e WHERE e.record = {0}.record)"
    " OR NOT EXISTS (SELECT 1 FROM record g WHERE g.record = {0}.record))"
)
_CHANGE = "l.id, l.pos, l.at, l.role, l.mac, l.body, l.record, l.device, l.seq, l.author"


class Entitlement(Struct, frozen=True):
    """`devices`: the device and the ids it had before. `rounds`: open ones. `carry`, `own`, `none`: forms
    with that `phones` setting; `turns`: how often a new version gave a form another one."""

    devices: list[str]
    scope: list[str]
    rounds: list[str]
    carry: list[str]
    own: list[str]
    none: list[str]
    turns: int = 0

    def parameters(self) -> dict[str, str]:
        names = ("devices", "scope", "rounds", "carry", "own", "none")
        return {name: json.dumps(getattr(self, name)) for name in names}


def changes_between(
    db: sqlite3.Connection,
    given: Entitlement,
    after: int,
    upto: int,
    limit: int,
    *,
    enters: Mapping[str, int],
) -> list[PulledChange]:
    """Changes of the records that the device is given whole, by position; no more than a page can weigh and
    one beyond. `enters`: records whose changes below a position come with their history, so that no device
    ever has the end of one alone."""
    rows = db.execute(
        f"SELECT {_CHANGE} FROM log l JOIN record r ON r.record = l.record"
        f" WHERE l.pos > :after AND l.pos <= :upto AND l.body <> x''"
        f" AND {_WHOLE} ORDER BY l.pos",
        {**given.parameters(), "after": after, "upto": upto},
    )
    wanted = (row for row in rows if row["pos"] >= enters.get(row["record"], 0))
    return _up_to_heaviest(db, islice(wanted, limit))


def entering(db: sqlite3.Connection, given: Entitlement, after: int, upto: int) -> list[tuple[int, str]]:
    """(position, record) of whole records with an older history that entered the scope or an open round, or
    that the device began to write where it is only given its own."""
    rows = db.execute(
        # Stays in several areas of the scope that follow one another are one, and it begins with the first.
        "SELECT max(s.since) AS pos, s.record FROM record_stay s JOIN json_each(:scope) j ON j.value = s.area"
        " JOIN record r ON r.record = s.record WHERE s.since > :after"
        " AND EXISTS (SELECT 1 FROM log WHERE record = s.record AND pos < s.since)"
        " AND NOT EXISTS (SELECT 1 FROM record_stay b JOIN json_each(:scope) k ON k.value = b.area"
        "  WHERE b.record = s.record AND b.since < s.since AND (b.until IS NULL OR b.until >= s.since))"
        f" AND {_WHOLE} GROUP BY +s.record HAVING max(s.since) <= :upto"
        " UNION SELECT r.round_since AS pos, r.record FROM record r"
        " WHERE +r.form IN (SELECT value FROM json_each(:carry))"
        " AND r.round_since > :after AND r.round_since <= :upto"
        " AND EXISTS (SELECT 1 FROM log WHERE record = r.record AND pos < r.round_since)"
        f" AND {_WHOLE}"
        " UNION SELECT o.pos, o.record FROM log o JOIN record r ON r.record = o.record"
        " WHERE o.pos > :after AND o.pos <= :upto AND +r.form IN (SELECT value FROM json_each(:own))"
        " AND +o.device IN (SELECT value FROM json_each(:devices))"
        " AND NOT EXISTS (SELECT 1 FROM log b WHERE b.record = o.record AND b.pos < o.pos"
        "  AND +b.device IN (SELECT value FROM json_each(:devices)))"
        f" AND {_IN_SCOPE}"
        " ORDER BY pos",
        {**given.parameters(), "after": after, "upto": upto},
    )
    return sorted({(row[0], row[1]) for row in rows})


def history_between(
    db: sqlite3.Connection, records: Iterable[str], after: int, before: int, limit: int
) -> list[PulledChange]:
    """Changes of these records at positions in (after, before); no more than a page can weigh and one
    beyond."""
    rows = db.execute(
        f"SELECT {_CHANGE} FROM log l WHERE l.record IN (SELECT value FROM json_each(?))"
        " AND l.pos > ? AND l.pos < ? AND l.body <> x'' ORDER BY l.pos LIMIT ?",
        (json.dumps(list(records)), after, before, limit),
    )
    return _up_to_heaviest(db, rows)


def stale_carried(db: sqlite3.Connection, given: Entitlement) -> list[str]:
    """Records whose carried answers must be worked out before they are given."""
    rows = db.execute(
        f"SELECT r.record FROM record r WHERE r.stale > 0 AND {_PAST} AND {_IN_SCOPE}", given.parameters()
    )
    return [row[0] for row in rows]


def carried_between(
    db: sqlite3.Connection, given: Entitlement, after: int, upto: int, limit: int
) -> list[tuple[int, CarriedAnswers]]:
    """Past answers that changed, or entered the scope or a past round, at positions in (after, upto]."""
    rows = db.execute(
        "SELECT * FROM (SELECT max(r.carried_since, r.pos, r.round_since,"
        " (SELECT min(s.since) FROM record_stay s JOIN json_each(:scope) j ON j.value = s.area"
        " WHERE s.record = r.record AND s.until IS NULL)) AS place,"
        " r.record, r.form, r.round, r.subject, r.carried FROM record r"
        " WHERE r.record IN (SELECT record FROM record WHERE carried_since > 0 AND carried_since > :after"
        "  UNION SELECT record FROM record WHERE carried IS NOT NULL AND pos > :after"
        "  UNION SELECT record FROM record WHERE round_since > :after"
        "  UNION SELECT record FROM record_stay WHERE since > :after)"
        f" AND r.carried IS NOT NULL AND {_PAST} AND {_IN_SCOPE})"
        " WHERE place > :after AND place <= :upto ORDER BY place, record LIMIT :limit",
        {**given.parameters(), "after": after, "upto": upto, "limit": limit},
    )
    return [(row[0], CarriedAnswers(row[1], row[2], row[3], row[4], json.loads(row[5]))) for row in rows]


def left_between(
    db: sqlite3.Connection, given: Entitlement, after: int, upto: int, fresh: int = 0
) -> list[str]:
    """Records that left the scope, moved to a past round, were erased, or have no past answers any more
    (deleted), at positions in (after, upto], and are not back; and those that the device wrote at such
    positions though they lie outside or are of a past round: it has them without ever having been given
    them. `fresh`: where the log ended when the device began, perhaps again: it may have what came up to
    there from before."""
    rows = db.execute(
        "SELECT l.record FROM record_stay l JOIN json_each(:scope) k ON k.value = l.area"
        " JOIN record r ON r.record = l.record"
        f" WHERE l.until > :after AND l.until <= :upto AND NOT {_IN_SCOPE}"
        " UNION SELECT r.record FROM record r"
        f" WHERE r.round_since > :had AND r.round_since <= :upto AND {_PAST}"
        " AND EXISTS (SELECT 1 FROM log WHERE record = r.record AND pos <= :had)"
        " UNION SELECT l.record FROM record_stay l JOIN json_each(:scope) k ON k.value = l.area"
        f" WHERE l.until > :after AND l.until <= :upto AND {_NOTHING_LEFT.format('l')}"
        " UNION SELECT r.record FROM record r WHERE r.carried_since > 0 AND r.carried_since > :after"
        f" AND r.carried_since <= :upto AND r.carried IS NULL AND {_PAST} AND {_IN_SCOPE}"
        " UNION SELECT r.record FROM log l JOIN record r ON r.record = l.record"
        " WHERE l.pos > :after AND l.pos <= :upto"
        f" AND +l.device IN (SELECT value FROM json_each(:devices)) AND (NOT {_IN_SCOPE} OR {_PAST})"
        " ORDER BY 1",
        {**given.parameters(), "after": after, "upto": upto, "had": max(after, fresh)},
    )
    return [row[0] for row in rows]


def no_longer_given(
    db: sqlite3.Connection,
    given: Entitlement,
    old_scope: list[str],
    old_rounds: list[str],
    *,
    pos: int,
    upto: int,
    has_turned: bool = False,
) -> list[str]:
    """Records that a device at `pos` may hold under an older scope, by pages made while the log ended at
    `upto` or before, and is not given now, or no longer whole. `has_turned`: a form got another setting
    since."""
    rows = db.execute(
        "SELECT o.record FROM record_stay o JOIN json_each(:old_scope) k ON k.value = o.area"
        " JOIN record r ON r.record = o.record WHERE o.since <= :upto AND (o.until IS NULL OR o.until > :pos)"
        # Of a past round by now: it was of an open one then, or came to its round since.
        f" AND (NOT {_IN_SCOPE} OR (:has_turned AND NOT ({_WHOLE})) OR ({_PAST} AND (r.round_since > :pos"
        "  OR r.round IN (SELECT value FROM json_each(:old_rounds)))))"
        " UNION SELECT o.record FROM record_stay o JOIN json_each(:old_scope) k ON k.value = o.area"
        f" WHERE o.since <= :upto AND o.until > :pos AND {_NOTHING_LEFT.format('o')}"
        " ORDER BY 1",
        {
            **given.parameters(),
            "old_scope": json.dumps(old_scope),
            "old_rounds": json.dumps(old_rounds),
            "pos": pos,
            "upto": upto,
            "has_turned": has_turned,
        },
    )
    return [row[0] for row in rows]


def erased_between(db: sqlite3.Connection, after: int, upto: int) -> list[str]:
    rows = db.execute("SELECT id FROM erased WHERE pos > ? AND pos <= ? ORDER BY pos", (after, upto))
    return [row[0] for row in rows]


def is_given_whole(db: sqlite3.Connection, given: Entitlement, record: str) -> bool:
    """Whether the device may read all of this record: it is given whole, or something was written on it
    there."""
    row = db.execute(
        f"SELECT 1 FROM record r WHERE r.record = :record AND (({_WHOLE}) OR {_WRITTEN_HERE})",
        {**given.parameters(), "record": record},
    ).fetchone()
    return row is not None


def fitting(changes: list[PulledChange], room: int, weight: int) -> int:
    """How many of these fill a page that has room for so many more and weighs so much already: one at
    least."""
    for number, change in enumerate(changes):
        if number and (number >= room or weight >= HEAVIEST_PAGE):
            return number
        weight += len(change.body)
    return len(changes)


def _up_to_heaviest(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[PulledChange]:
    changes: list[PulledChange] = []
    weight = 0
    for row in rows:
        changes.append(_change(db, row))
        if weight >= HEAVIEST_PAGE:
            break
        weight += len(changes[-1].body)
    return changes


def _change(db: sqlite3.Connection, row: sqlite3.Row) -> PulledChange:
    return PulledChange(row[0], row[1], row[2], row[3], row[4], log.body_of(db, row).decode())
