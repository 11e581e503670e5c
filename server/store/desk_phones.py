"""What the desk reads about phones and people, always within a reader's areas."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from msgspec import Struct

from server.store.areas import expanded

_DAY_MS = 86_400_000


class Phone(Struct, frozen=True, kw_only=True):
    """`last_seen`: when its token was last used, ms."""

    id: str
    label: str
    areas: list[str]
    people: list[str]
    enrolled_at: int
    last_seen: int | None
    is_revoked: bool


class Person(Struct, frozen=True):
    id: str
    name: str
    role: str
    area: str
    is_disabled: bool


def phones(db: sqlite3.Connection, areas: Collection[str]) -> list[Phone]:
    """Every phone one of whose areas lies within `areas`, the longest silent first, revoked ones last."""
    rows = db.execute(
        "SELECT d.*, (SELECT json_group_array(area) FROM device_area WHERE device = d.id) AS areas,"
        " (SELECT json_group_array(u.name) FROM device_user x JOIN user u ON u.id = x.user"
        " WHERE x.device = d.id) AS people FROM device d WHERE d.kind = 'phone'"
        " AND EXISTS (SELECT 1 FROM device_area a JOIN json_each(?) j ON j.value = a.area"
        " WHERE a.device = d.id)"
        " ORDER BY d.revoked_at IS NOT NULL, coalesce(d.last_seen_at, d.enrolled_at), d.id",
        (json.dumps(sorted(areas)),),
    )
    return [
        Phone(
            id=row["id"],
            label=row["label"],
            areas=sorted(json.loads(row["areas"])),
            people=json.loads(row["people"]),
            enrolled_at=row["enrolled_at"],
            last_seen=row["last_seen_at"],
            is_revoked=row["revoked_at"] is not None,
        )
        for row in rows
    ]


def is_silent(phone: Phone, now_ms: int, days: int = 3) -> bool:
    """Whether a phone that still counts was not heard of for `days`."""
    return not phone.is_revoked and (phone.last_seen or phone.enrolled_at) < now_ms - days * _DAY_MS


def may_manage(db: sqlite3.Connection, device: str, areas: Collection[str]) -> bool:
    """Whether every area of the device lies within `areas`: who may revoke it."""
    own = [row[0] for row in db.execute("SELECT area FROM device_area WHERE device = ?", (device,))]
    return bool(own) and expanded(db, own) <= set(areas)


def people(db: sqlite3.Connection, areas: Collection[str], role: str = "") -> list[Person]:
    """Users whose own area lies within `areas`, by name."""
    rows = db.execute(
        "SELECT id, name, role, area, disabled FROM user WHERE (? = '' OR role = ?)"
        " AND area IN (SELECT value FROM json_each(?)) ORDER BY name, id",
        (role, role, json.dumps(sorted(areas))),
    )
    return [Person(row["id"], row["name"], row["role"], row["area"], bool(row["disabled"])) for row in rows]


def interviewers_by_area(db: sqlite3.Connection, areas: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Area to (id, name) of those who collect there: by their phone's areas, else by their own."""
    found: dict[str, set[tuple[str, str]]] = {}
    rows = db.execute(
        "SELECT u.id, u.name, coalesce(a.area, u.area) AS area FROM user u"
        " LEFT JOIN (SELECT x.user, da.area FROM device_user x JOIN device d ON d.id = x.device"
        " AND d.kind = 'phone' AND d.revoked_at IS NULL JOIN device_area da ON da.device = d.id) a"
        " ON a.user = u.id WHERE u.role = 'interviewer' AND u.disabled = 0"
    ).fetchall()
    for row in rows:
        for code in expanded(db, [row["area"]]) & set(areas):
            found.setdefault(code, set()).add((row["id"], row["name"]))
    return {code: sorted(people, key=lambda each: each[1]) for code, people in found.items()}
