"""A small commune for tests of the server: three areas, a few people, two forms; and phones that write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.change import change_id, encode_change
from schemas.form import Form
from schemas.wire import PushResult
from server.intake import Offered, Sender, accept
from server.store import Store, areas, devices, forms, rounds, users
from server.store.areas import Area
from server.store.rounds import Round
from tests.workbooks import compiled, question, workbook

NOW = 1_789_640_000_000
AREAS = [
    Area("C", "", "Xã", "commune"),
    Area("C1", "C", "Thôn 1", "hamlet", "rural"),
    Area("C2", "C", "Thôn 2", "hamlet", "rural"),
]
HOUSE = [
    question("text", "code", meaning="household_code", conflict="supervisor"),
    question("text", "head", meaning="person_name"),
    question("select_one yn", "poor"),
    question("integer", "size", constraint=". < 30"),
    question("image", "photo"),
]
VISIT = [
    question("integer", "income", carry="yes"),
    {"type": "begin_repeat", "name": "member", "label": "member", "carry": "${here} = 1"},
    question("text", "name", carry="yes"),
    question("integer", "here"),
    {"type": "end_repeat"},
    {"type": "calculate", "name": "double", "calculation": "${income} * 2"},
    {"type": "calculate", "name": "whose", "calculation": "pulldata('@subject', 'head')"},
]
YES_NO = [
    {"list_name": "yn", "name": "yes", "label": "Có"},
    {"list_name": "yn", "name": "no", "label": "Không"},
]


def small_form(survey: Sequence[dict[str, object]], **settings: object) -> Form:
    made = compiled(survey, YES_NO, **settings)
    assert made.form is not None, made.problems
    return made.form


def house_workbook(version: str = "1", **changed: dict[str, object]) -> bytes:
    survey = [changed.get(str(row["name"]), row) for row in HOUSE]
    return workbook(survey, YES_NO, form_id="house", version=version, form_title="Sổ hộ", one_per="code")


class Village:
    """A store with areas, forms `house` (phones: area) and `visit` (phones: carry), a round, and people."""

    def __init__(self, data_dir: Path) -> None:
        self.store = Store.open(data_dir)
        self.clock = itertools.count(NOW, 1000)
        house = small_form(HOUSE, form_id="house", one_per="code", instance_name="${head}")
        visit = small_form(
            VISIT, form_id="visit", subject_form="house", one_per="subject round", phones="carry"
        )

        def job(db: Any) -> None:
            areas.load(db, AREAS)
            for form in (house, visit):
                forms.publish(db, form, NOW)
            self.round_opens(db, "2026", 2026)
            self.admin = users.add(db, "Quản trị", "admin", "", NOW)
            self.supervisor = users.add(db, "Bà Sáu", "supervisor", "C", NOW)
            self.han = users.add(db, "Ka Hân", "interviewer", "C1", NOW)
            self.lan = users.add(db, "Ka Lan", "interviewer", "C2", NOW)
            self.viewer = users.add(db, "Ông Xem", "viewer", "C", NOW)

        self.store.write(job)

    def round_opens(self, db: Any, name: str, year: int) -> None:
        rounds.open_round(
            db,
            Round(
                id=name,
                title=name,
                kind="annual",
                year=year,
                starts=f"{year}-01-01",
                ends=f"{year}-12-31",
                is_open=True,
                forms=["visit"],
            ),
            NOW,
        )

    def phone(self, name: str, area: str, *people: str) -> Phone:
        code, _ = self.store.write(lambda db: devices.invite(db, [area], list(people), "system", NOW))
        enrolled = self.store.write(lambda db: devices.enrol(db, code, name, "A03", NOW))
        assert not isinstance(enrolled, str), enrolled
        return Phone(self, enrolled.device.id, people[0], enrolled.token)

    def desk(self, user: str, area: str) -> Phone:
        device = self.store.write(lambda db: devices.add_desk(db, user, area, NOW))
        return Phone(self, device, user, "")


class Phone:
    """Composes the bytes that a device would and pushes them through the one way in."""

    def __init__(self, village: Village, device: str, author: str, token: str) -> None:
        self.village = village
        self.device = device
        self.author = author
        self.token = token
        self.seqs: Iterator[int] = itertools.count(1)

    def body(self, record: str, values: dict[str, Any], **header: Any) -> bytes:
        at = header.pop("at", None) or next(self.village.clock)
        facts = {"form": "house", "form_version": "1", "author": self.author, "seen": []} | header
        return encode_change(
            record=record, device=header.pop("device", self.device), seq=next(self.seqs), at=at, set=values,
            **{key: value for key, value in facts.items() if key != "device"},
        )  # fmt: skip

    def push(self, *bodies: bytes, now: int = NOW) -> list[PushResult]:
        return self.offer(*(Offered(body) for body in bodies), now=now)

    def offer(self, *offered: Offered, now: int = NOW) -> list[PushResult]:
        return accept(self.village.store, Sender(self.device), list(offered), now)

    def write(self, record: str, values: dict[str, Any], **header: Any) -> str:
        """Writes one change that must be stored, and returns its id."""
        body = self.body(record, values, **header)
        (result,) = self.push(body)
        assert result.result == "stored", result
        return change_id(body)
