"""The field season: who is where with which phone, and what everybody has been shown so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from schemas.evaluate import Context
from schemas.form import Form
from schemas.identity import record_id, uuid7
from server.demo.commune import COMMUNE, COMMUNE_SETTING, HAMLETS, Hamlet
from server.demo.interview import Answers
from server.demo.office import OFFSET_MIN, Device, Office
from server.demo.people import Census, Household

_ZONE = timezone(timedelta(minutes=OFFSET_MIN))
MINUTE_MS = 60_000


def moment(day: date, hour: int, minute: int = 0) -> int:
    """Milliseconds since 1970 of a local time in the demo commune."""
    local = datetime(day.year, day.month, day.day, tzinfo=_ZONE) + timedelta(hours=hour, minutes=minute)
    return int(local.astimezone(UTC).timestamp() * 1000)


class Field:
    """`phones` by hamlet code; `rover` goes where somebody is missing; `desk` is the supervisor's browser."""

    def __init__(self, office: Office, forms: Mapping[str, Form], random: Random, opened: int) -> None:
        self.office = office
        self.forms = forms
        self.random = random
        self.census = Census(random, opened)
        self.households: list[Household] = []
        self.names: dict[str, str] = {}
        self.officials = office.add_officials(opened)
        self.phones = {
            hamlet.code: self._phone(hamlet.interviewer, hamlet.code, f"Máy {number:02d}", opened)
            for number, hamlet in enumerate(HAMLETS, 1)
        }
        self.rover = self._phone("Kơ Să Ha Chương", COMMUNE[0], "Máy 12", opened)
        self.desk = office.desk(self.officials["Trần Thị Hạnh"], opened)
        self.command_line = Device(office.store, "cli", "cli", "system", random)
        self._seen: dict[str, list[str]] = {}

    def write(self, device: Device, form: Form, record: str, values: Mapping[str, Any], at: int) -> None:
        """One change by somebody who has been shown all that is there."""
        seen = self._seen.setdefault(record, [])
        seen.append(device.write(form, record, values, at=at, seen=list(seen)))

    def write_unseen(
        self, device: Device, form: Form, record: str, values: Mapping[str, Any], at: int
    ) -> None:
        """One change by somebody who had been shown nothing of the record."""
        change = device.write(form, record, values, at=at, seen=[])
        self._seen.setdefault(record, []).append(change)

    def write_beside(
        self, form: Form, record: str, writes: Iterable[tuple[Device, Mapping[str, Any]]], at: int
    ) -> None:
        """Changes by several people who have all been shown what is there now, and none another's."""
        shown = list(self._seen.get(record, []))
        for number, (device, values) in enumerate(writes):
            change = device.write(form, record, values, at=at + number * 7 * MINUTE_MS, seen=shown)
            self._seen.setdefault(record, []).append(change)

    def new_record(self, at: int) -> str:
        return uuid7(at, self.random.randbytes(10))

    def interview_record(self, household: Household, round_id: str) -> str:
        return record_id("living_conditions", [household.record, round_id])

    def has_interview(self, household: Household, year: int) -> bool:
        return self.interview_record(household, str(year)) in self._seen

    def context(
        self, env: Mapping[str, Any], hamlet: Hamlet, author: str, *, household: Answers, round_id: str
    ) -> Context:
        """What an interview in this hamlet is evaluated with."""
        return Context(
            now_ms=env["now"],
            offset_min=env["offset_min"],
            seed=env["seed"],
            lang=env["lang"],
            sources={
                "@subject": household,
                "@area": {
                    "code": hamlet.code,
                    "name": hamlet.name,
                    "kind": "hamlet",
                    "setting": COMMUNE_SETTING,
                },
                "@round": {
                    "id": round_id,
                    "title": f"Vòng {round_id}",
                    "year": int(round_id),
                    "kind": "annual",
                }
                if round_id
                else {},
                "@author": {"name": self.names.get(author, "")},
            },
            meta={},
        )

    def lost_phone(self, hamlet: Hamlet, opened: int) -> Device:
        return self._phone("Rơ Ông Ka Lơng", hamlet.code, "Máy 09 (mất)", opened)

    def _phone(self, name: str, area: str, label: str, opened: int) -> Device:
        user = self.office.add_user(name, "interviewer", area, opened)
        self.names[user] = name
        return self.office.phone(area, user, label, opened)
