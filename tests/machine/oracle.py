"""The log as it is, read without the server's own tables about it: what every device is entitled to."""

from __future__ import annotations

from typing import Any

from schemas.change import Change, change_id, parse_change
from server.store import Store, log
from sync.fold import Stored
from tests import naive_fold as naive


class Oracle:
    """`stored`: what was not erased. `ids`: everything that the server has, by the word for it."""

    def __init__(self, store: Store) -> None:
        with store.reading() as db:
            rows = db.execute("SELECT * FROM log ORDER BY pos").fetchall()
            self.bodies = {row["id"]: log.body_of(db, row) for row in rows}
            self.holds = {
                row[0]: (row[1], row[2]) for row in db.execute("SELECT id, state, reason FROM hold")
            }
            self.held_bodies = dict(db.execute("SELECT id, body FROM hold").fetchall())
            self.former = dict(db.execute("SELECT id, predecessor FROM device").fetchall())
            self.erased_whole = {row[0] for row in db.execute("SELECT record FROM erased_whole")}
            self.open_rounds = {row[0] for row in db.execute("SELECT id FROM round WHERE closed_at IS NULL")}
            self.parents = dict(db.execute("SELECT code, parent FROM area").fetchall())
            self.revoked = {
                row[0] for row in db.execute("SELECT id FROM device WHERE revoked_at IS NOT NULL")
            }
            self.devices = {row[0]: set() for row in db.execute("SELECT id FROM device")}
            for device, area in db.execute("SELECT device, area FROM device_area"):
                self.devices[device].add(area)
        self.receipts = {row["id"]: (row["pos"], row["at"], row["role"], row["mac"]) for row in rows}
        assert all(change_id(body) == name for name, body in self.bodies.items() if body), (
            "law 22: other bytes"
        )
        self.stored = [
            Stored(row["id"], _read(self.bodies[row["id"]]), row["at"], row["role"])
            for row in rows
            if self.bodies[row["id"]]
        ]
        self.by_record: dict[str, list[Stored]] = {}
        for item in self.stored:
            self.by_record.setdefault(item.change.record, []).append(item)

    def heads(self, record: str, path: str) -> list[Any]:
        """Values, newest last."""
        return [head[2] for head in naive.heads_of(self.by_record.get(record, []), path)]

    def newest(self, record: str, path: str) -> Any:
        return next(reversed(self.heads(record, path)), None)

    def areas(self, record: str) -> set[str]:
        own = {area for area in self.heads(record, "@area") if area}
        subject = self.newest(record, "@subject")
        return own or (self.areas(subject) if subject else set()) or {""}

    def scope(self, device: str) -> set[str]:
        """The areas of a device and all below them; without an area lies what the top area holds."""
        reached = set(self.devices[device])
        for _ in self.parents:
            reached |= {code for code, parent in self.parents.items() if parent in reached}
        return reached | {""} if any(not self.parents[code] for code in reached) else reached

    def lineage(self, device: str) -> set[str]:
        """The device and every id that it had before."""
        before = self.former.get(device)
        return {device} | (self.lineage(before) if before else set())

    def given(self, scope: set[str]) -> tuple[set[str], dict[str, dict[str, Any]]]:
        """The records that a device with this scope is given whole, and the carried answers of others."""
        whole: set[str] = set()
        carried: dict[str, dict[str, Any]] = {}
        for record, stored in self.by_record.items():
            if not self.areas(record) & scope:
                continue
            round_id = self.newest(record, "@round")
            if not round_id or round_id in self.open_rounds:
                whole.add(record)
            elif naive.deletion(stored, "") != "hides":
                carried[record] = carried_answers(stored)
        return whole, carried


def carried_answers(stored: list[Stored]) -> dict[str, Any]:
    """Of an interview: its income, and of the members who were there the name."""
    values = naive.values_of(stored, {})
    carried = {"income": values["income"]} if "income" in values else {}
    for row in naive.rows_of(stored):
        if values.get(f"{row}/here") == 1:
            name = values.get(f"{row}/name")
            carried[f"{row}/name" if name else f"{row}/@row"] = name or True
    return carried


def _read(body: bytes) -> Change:
    change = parse_change(bytes(body))
    assert isinstance(change, Change)
    return change
