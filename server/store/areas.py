"""The tree of areas."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from server.store import likely


class Area(Struct, frozen=True):
    """`kind`: province, commune, hamlet…; `setting`: urban, rural or ''. The top area has no parent.
    `above`: named to a reader only to say where an area of theirs lies; never stored."""

    code: str
    parent: str
    name: str
    kind: str = ""
    setting: str = ""
    above: bool = False


def load(db: sqlite3.Connection, areas: Iterable[Area]) -> None:
    """Adds, moves and renames; never deletes. The caller has checked the tree (`first_cycle`)."""
    areas = list(areas)
    before = {row[0]: row[1] for row in db.execute("SELECT code, parent FROM area")}
    likely.mark_areas_due(db, {area.code for area in areas if before.get(area.code) != area.parent})
    for place, area in enumerate(areas):
        db.execute(
            "INSERT INTO area VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET"
            " parent = excluded.parent, name = excluded.name, kind = excluded.kind,"
            " setting = excluded.setting, place = excluded.place",
            (area.code, area.parent, area.name, area.kind, area.setting, place),
        )


def everything(db: sqlite3.Connection) -> list[Area]:
    """In the order of the file that was loaded."""
    rows = db.execute("SELECT code, parent, name, kind, setting FROM area ORDER BY place, code")
    return [Area(*row) for row in rows]


def get(db: sqlite3.Connection, code: str) -> Area | None:
    row = db.execute("SELECT code, parent, name, kind, setting FROM area WHERE code = ?", (code,)).fetchone()
    return None if row is None else Area(*row)


def expanded(db: sqlite3.Connection, codes: Iterable[str]) -> set[str]:
    """These areas and all below them. The code '' stands for everything."""
    wanted = list(codes)
    if "" in wanted:
        return {row[0] for row in db.execute("SELECT code FROM area")} | {""}
    scope: set[str] = set()
    for code in wanted:
        scope.update(
            row[0]
            for row in db.execute(
                "WITH RECURSIVE below(code) AS (SELECT code FROM area WHERE code = ? UNION"
                " SELECT area.code FROM area JOIN below ON area.parent = below.code) SELECT code FROM below",
                (code,),
            )
        )
    # A record without any area lies in the top one; where no areas are loaded that is ''.
    if top(db) in scope:
        scope.add("")
    return scope


def top(db: sqlite3.Connection) -> str:
    """Where records lie that have no area and no subject; '' where no areas are loaded."""
    row = db.execute("SELECT code FROM area WHERE parent = '' ORDER BY place, code LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def first_cycle(areas: Iterable[Area]) -> list[str]:
    """The codes of one cycle of parents, or nothing."""
    parents = {area.code: area.parent for area in areas}
    done: set[str] = set()
    for start in parents:
        trail: list[str] = []
        code = start
        while code in parents and code not in done:
            if code in trail:
                return [*trail[trail.index(code) :], code]
            trail.append(code)
            code = parents[code]
        done.update(trail)
    return []
