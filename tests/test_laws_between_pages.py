"""What happens between two pages of a pull: a phone at the end holds what it is given, and nothing else (laws
17 and 21)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from schemas.wire import PullAnswer
from server import pulling
from server.store import Store, devices, epochs, forms, rounds
from tests.village import NOW, Village, small_form
from tests.workbooks import question


class Puller:
    """A device that pulls; `whole` and `carried`: what it has, by record."""

    def __init__(self, village: Village, device: str, store: Store | None = None) -> None:
        self.village, self.device, self.cursor = village, device, ""
        self.store = store or village.store
        village.store.write(lambda db: epochs.begin(db, NOW))
        self.whole: dict[str, set[str]] = {}
        self.carried: dict[str, dict[str, Any]] = {}

    def page(self, limit: int) -> PullAnswer:
        with self.store.reading() as db:
            device = devices.get(db, self.device)
        assert device is not None
        reached = pulling.decode_cursor(self.cursor) if self.cursor else None
        page = pulling.page(self.store, device, reached, limit, NOW)
        for record in page.forget:
            self.whole.pop(record, None)
            self.carried.pop(record, None)
        for change in page.changes:
            record = json_record(change.body)
            self.whole.setdefault(record, set()).add(change.id)
            self.carried.pop(record, None)
        self.carried |= {copy.record: copy.answers for copy in page.carried}
        self.cursor = page.cursor
        return page

    def to_the_end(self) -> None:
        while self.page(1).more:
            pass

    def lies_in(self, *areas: str) -> None:
        def job(db: Any) -> None:
            db.execute("DELETE FROM device_area WHERE device = ?", (self.device,))
            db.executemany("INSERT INTO device_area VALUES (?, ?)", [(self.device, area) for area in areas])

        self.store.write(job)


class Busy(Store):
    """A store where something is pushed whenever a read has ended. `waiting`: what, the last one first."""

    waiting: list[Callable[[], object]]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with super().reading() as db:
            yield db
        if self.waiting:
            self.waiting.pop()()


def json_record(body: str) -> str:
    return str(msgspec.json.decode(body)["record"])


def test_law_21_an_interview_that_moves_to_a_past_round_while_a_phone_begins_again_leaves_it(
    village: Village,
) -> None:
    desk = village.desk(village.supervisor, "C")
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device)
    desk.write("far", {"@area": "C2"})
    first = desk.write("v", {"@area": "C1", "@round": "2026", "income": 1}, form="visit")
    reader.to_the_end()
    assert reader.whole == {"v": {first}}
    reader.lies_in("C")
    assert reader.page(1).more
    desk.write("v", {"@round": "2025"}, form="visit", seen=[first])
    reader.to_the_end()
    assert "v" not in reader.whole and reader.carried == {"v": {"income": 1}}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_law_17_of_what_enters_no_phone_has_the_end_without_the_beginning(
    village: Village, limit: int
) -> None:
    desk = village.desk(village.supervisor, "C")
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device)
    saves = [desk.write("h", {"@area": "C2", "head": "Ka Brình"})]
    reader.to_the_end()
    for size in range(3):
        desk.write(f"other-{size}", {"@area": "C1"})
        saves.append(desk.write("h", {"size": size}, seen=list(saves)))
    saves.append(desk.write("h", {"@area": "C1"}, seen=list(saves)))
    more = True
    while more:
        more = reader.page(limit).more
        had = reader.whole.get("h", set())
        assert had == set(saves[: len(had)])
    assert len(reader.whole["h"]) == len(saves)


def test_law_21_what_a_phone_brings_after_the_round_was_closed_leaves_it_as_what_it_brought_before(
    village: Village,
) -> None:
    phone = village.phone("phone-1", "C1", village.han)
    reader = Puller(village, phone.device)
    early = phone.write("early", {"@area": "C1", "@round": "2026", "income": 1}, form="visit")
    reader.to_the_end()
    assert reader.whole == {"early": {early}}
    village.store.write(lambda db: rounds.close_round(db, "2026", NOW))
    late = phone.write("late", {"@area": "C1", "@round": "2026", "income": 2}, form="visit")
    reader.whole["late"] = {late}
    reader.to_the_end()
    assert reader.whole == {} and reader.carried == {"early": {"income": 1}, "late": {"income": 2}}
    later = phone.write("late", {"income": 3}, form="visit", seen=[late])
    reader.whole["late"] = {later}
    reader.to_the_end()
    assert reader.whole == {} and reader.carried["late"] == {"income": 3}


def rice_form(village: Village, version: str = "1", phones: str = "carry") -> None:
    """A form that asks only those about a large household, and offers the answer again next year."""
    rows = [question("integer", "rice", carry="yes", relevant="pulldata('@subject', 'size') > 5")]
    form = small_form(rows, form_id="rice", version=version, subject_form="house", phones=phones)
    village.store.write(lambda db: forms.publish(db, form, NOW))


def test_law_17_carried_answers_come_again_when_the_household_says_that_they_do_not_apply(
    village: Village,
) -> None:
    rice_form(village)
    desk = village.desk(village.supervisor, "C")
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device)
    first = desk.write("h", {"@area": "C1", "size": 9})
    desk.write("r", {"@subject": "h", "@round": "2025", "rice": 4}, form="rice")
    reader.to_the_end()
    assert reader.carried == {"r": {"rice": 4}}
    small = desk.write("h", {"size": 3}, seen=[first])
    reader.to_the_end()
    assert reader.carried == {"r": {}}
    desk.write("h", {"size": 7}, seen=[first, small])
    village.store.refresh_views()
    reader.to_the_end()
    assert reader.carried == {"r": {"rice": 4}}


def test_law_17_carried_answers_come_again_when_another_record_stands_for_the_household(
    village: Village,
) -> None:
    rice_form(village)
    desk = village.desk(village.supervisor, "C")
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device)
    desk.write("h2", {"@area": "C1", "size": 9})
    first = desk.write("h1", {"@area": "C2", "size": 2})
    desk.write("r", {"@subject": "h2", "@round": "2025", "rice": 4}, form="rice")
    reader.to_the_end()
    assert reader.carried == {"r": {"rice": 4}}
    tie = desk.write("h1", {"@same_as": "h2"}, seen=[first])
    reader.to_the_end()
    assert reader.carried == {"r": {}}
    desk.write("h1", {"@same_as": None}, seen=[first, tie])
    reader.to_the_end()
    assert reader.carried == {"r": {"rice": 4}}


def test_law_17_carried_answers_that_change_while_a_page_is_made_come_with_the_next(village: Village) -> None:
    desk = village.desk(village.supervisor, "C")
    busy = Busy.open(village.store.data_dir)
    busy.waiting = []
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device, busy)
    seen = [desk.write("v", {"@area": "C1", "@round": "2025", "income": 0}, form="visit")]

    def correct() -> None:
        seen.append(desk.write("v", {"income": len(seen)}, form="visit", seen=list(seen)))

    for gaps in range(1, 8):
        busy.waiting = [correct] * gaps
        while reader.page(1).more or busy.waiting:
            pass
        assert reader.carried == {"v": {"income": len(seen) - 1}}, gaps
    busy.waiting = [lambda: desk.write("v", {"@deleted": True}, form="visit", seen=seen)]
    reader.to_the_end()
    assert reader.carried == {}
    busy.close()


@pytest.mark.parametrize("is_half_way", [False, True])
def test_law_17_what_a_new_version_says_of_phones_is_so_from_then_on(
    village: Village, is_half_way: bool
) -> None:
    rice_form(village, "1", "area")
    desk = village.desk(village.supervisor, "C")
    reader = Puller(village, village.phone("phone-1", "C1", village.han).device)
    house = desk.write("h", {"@area": "C1", "size": 9})
    first = desk.write("r", {"@subject": "h", "@round": "2025", "rice": 4}, form="rice")
    second = desk.write("r", {"rice": 5}, form="rice", seen=[first])
    for version, phones in enumerate(["area", "carry", "none", "area", "own", "carry", "area"], 1):
        rice_form(village, str(version), phones)
        reader.to_the_end()
        whole = {"r": {first, second}} if phones == "area" else {}
        assert reader.whole == {"h": {house}} | whole
        assert reader.carried == ({"r": {"rice": 5}} if phones == "carry" else {})
        if is_half_way:
            reader.lies_in("C")
            reader.page(1)
            reader.lies_in("C1")
            reader.page(1)
