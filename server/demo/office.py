"""The demo's server room: forms, areas, people and rounds, and phones that push through the one way in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from random import Random
from typing import Any

import msgspec

from schemas.change import change_id, encode_change
from schemas.form import Form
from server import intake
from server.demo.commune import COMMUNE, OFFICIALS, area_rows
from server.store import Store, areas, devices, forms, rounds, users
from server.store.areas import Area
from server.store.rounds import Round

OFFSET_MIN = 420


class Device:
    """A phone or a desk browser in one person's hands; it composes the bytes that theirs would."""

    def __init__(self, store: Store, device: str, kind: str, author: str, random: Random) -> None:
        self.id = device
        self.author = author
        self._store = store
        self._kind = kind
        self._random = random
        self._seq = 0
        self._outbox: list[bytes] = []

    def write(
        self, form: Form, record: str, values: Mapping[str, Any], *, at: int, seen: Iterable[str]
    ) -> str:
        """Seals one change and returns its id. `seen`: what the author had been shown of the record."""
        self._seq += 1
        body = encode_change(
            record=record,
            form=form.id,
            form_version=form.version,
            device=self.id,
            seq=self._seq,
            at=at,
            author=self.author,
            seen=seen,
            set=values,
        )
        self._outbox.append(body)
        return change_id(body)

    def env(self, at: int) -> dict[str, Any]:
        """The `@env` of an interview that is opened at this moment."""
        return {
            "now": at,
            "offset_min": OFFSET_MIN,
            "seed": f"{self._random.randrange(2**32):08x}",
            "lang": "vi",
        }

    def sync(self, now_ms: int) -> dict[str, str]:
        """Pushes all that waits; each change's id with its result."""
        offered = [intake.Offered(body) for body in self._outbox]
        self._outbox = []
        if self._kind == "phone":
            self._store.write(lambda db: devices.touch(db, self.id, now_ms))
        results = intake.accept(self._store, intake.Sender(self.id, self._kind), offered, now_ms)
        return {result.id: result.result for result in results}


class Office:
    """Sets the server up as an administrator would."""

    def __init__(self, store: Store, random: Random) -> None:
        self.store = store
        self._random = random

    def do(self, job: Callable[[sqlite3.Connection], Any]) -> Any:
        return self.store.write(job)

    def load_areas(self) -> None:
        loaded = [msgspec.convert(row, Area) for row in area_rows()]
        self.do(lambda db: areas.load(db, loaded))

    def publish(self, published: Iterable[Form], now_ms: int) -> None:
        for form in published:
            refused = self.do(partial(forms.publish, form=form, now_ms=now_ms))
            if isinstance(refused, str):
                raise RuntimeError(refused)

    def open_round(self, year: int, form_ids: list[str], now_ms: int) -> str:
        new = Round(
            id=str(year),
            title=f"Vòng {year}",
            kind="annual",
            year=year,
            starts=f"{year}-09-01",
            ends=f"{year}-12-14",
            is_open=True,
            forms=form_ids,
        )
        self.do(lambda db: rounds.open_round(db, new, now_ms))
        return new.id

    def close_round(self, round_id: str, now_ms: int) -> None:
        self.do(lambda db: rounds.close_round(db, round_id, now_ms))

    def add_user(self, name: str, role: str, area: str, now_ms: int) -> str:
        added: str = self.do(lambda db: users.add(db, name, role, area, now_ms))
        return added

    def add_officials(self, now_ms: int) -> dict[str, str]:
        """Name to id."""
        return {each.name: self.add_user(each.name, each.role, each.area, now_ms) for each in OFFICIALS}

    def phone(self, area: str, user: str, label: str, now_ms: int) -> Device:
        """Invites and enrols a phone, as scanning the code does."""
        code, _ = self.do(lambda db: devices.invite(db, [area], [user], devices.SYSTEM_AUTHOR, now_ms))
        device = "".join(self._random.choices("23456789abcdefghjkmnpqrstuvwxyz", k=8))
        enrolled = self.do(lambda db: devices.enrol(db, code, device, label, now_ms))
        if isinstance(enrolled, str):
            raise RuntimeError(f"the demo phone could not enrol: {enrolled}")
        self.do(lambda db: devices.touch(db, device, now_ms))
        return Device(self.store, device, "phone", user, self._random)

    def desk(self, user: str, now_ms: int) -> Device:
        device = self.do(lambda db: devices.add_desk(db, user, COMMUNE[0], now_ms))
        return Device(self.store, device, "desk", user, self._random)

    def revoke(self, device: Device, now_ms: int) -> None:
        self.do(lambda db: devices.revoke(db, device.id, now_ms))
