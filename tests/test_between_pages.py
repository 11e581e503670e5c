"""What happens between two pages of a pull: a phone at the end holds what it is given, and nothing else (laws
17 and 21)."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.wire import PullAnswer
from server import pulling
from server.store import devices, epochs
from tests.village import NOW, Village


class Puller:
    """A device that pulls; `whole` and `carried`: what it has, by record."""

    def __init__(self, village: Village, device: str) -> None:
        self.village, self.device, self.cursor = village, device, ""
        village.store.write(lambda db: epochs.begin(db, NOW))
        self.whole: dict[str, set[str]] = {}
        self.carried: dict[str, dict[str, Any]] = {}

    def page(self, limit: int) -> PullAnswer:
        store = self.village.store
        with store.reading() as db:
            device = devices.get(db, self.device)
        assert device is not None
        reached = pulling.decode_cursor(self.cursor) if self.cursor else None
        page = pulling.page(store, device, reached, limit, NOW)
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

        self.village.store.write(job)


def json_record(body: str) -> str:
    return str(msgspec.json.decode(body)["record"])


def test_an_interview_that_moves_to_a_past_round_while_a_phone_begins_again_leaves_it(
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
