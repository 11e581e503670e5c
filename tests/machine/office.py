"""What supervisors do at their desks, shown what there is or what was there when they opened the page."""

from __future__ import annotations

from typing import Any

from tests.machine.laws import Laws
from tests.machine.server import FATES
from tests.machine.steps import action
from tests.machine.village import HOUSES, RECORDS

DESKS = [0, 1]
FRESH = [True, True, False]
DESK_FATES = [fate for fate in FATES if fate != "late"]


class Office(Laws):
    @action(5, desk=DESKS, record=RECORDS)
    def open_page(self, desk: int, record: str) -> bool:
        return self.desks[desk].open(record)

    def _write(
        self, desk: int, record: str, values: dict[str, Any], is_fresh: bool, fate: str = "arrives"
    ) -> str:
        """The id of the change; empty where there is nothing to write to."""
        at = self.desks[desk]
        if at.page(record, is_fresh) is None:
            return ""
        self.server.requests = 0
        return at.write(record, "house" if record in HOUSES else "visit", values, fate)

    @action(6, desk=DESKS, record=RECORDS, value=range(4), is_fresh=FRESH, fate=DESK_FATES)
    def desk_edit(self, desk: int, record: str, value: int, is_fresh: bool, fate: str) -> bool:
        path = "size" if record in HOUSES else "income"
        return bool(self._write(desk, record, {path: value}, is_fresh, fate))

    @action(6, desk=DESKS, record=HOUSES, area=["C1", "C2", "C", None], is_fresh=FRESH)
    def move_record(self, desk: int, record: str, area: str | None, is_fresh: bool) -> bool:
        return bool(self._write(desk, record, {"@area": area}, is_fresh))

    @action(6, desk=DESKS, record=RECORDS, is_fresh=FRESH)
    def approve(self, desk: int, record: str, is_fresh: bool) -> bool:
        return bool(self._write(desk, record, {"@status": "approved"}, is_fresh))

    @action(6, desk=DESKS, record=RECORDS, is_fresh=FRESH)
    def hand_back(self, desk: int, record: str, is_fresh: bool) -> bool:
        """Returned, with a comment."""
        values = {"@status": "returned", "@comment/k1": {"text": "Xem lại"}}
        return bool(self._write(desk, record, values, is_fresh))

    @action(52, desk=DESKS, record=RECORDS, is_oldest=[True, False], which=range(4))
    def resolve(self, desk: int, record: str, is_oldest: bool, which: int) -> bool:
        """Decides an open conflict that the desk is shown."""
        page = self.desks[desk].page(record, True)
        if page is None or not page.conflicts:
            return False
        path = sorted(page.conflicts)[which % len(page.conflicts)]
        heads = page.conflicts[path]
        name = self._write(desk, record, {path: heads[-1 if is_oldest else 0].value}, False)
        self.resolved.append((record, path, {head.id for head in heads}, name))
        return True

    @action(
        9,
        desk=DESKS,
        record=RECORDS,
        is_deleted=[True, True, False],
        is_fresh=FRESH,
        kinds=["desk_delete", "undo a deletion"],
    )
    def desk_delete(self, desk: int, record: str, is_deleted: bool, is_fresh: bool) -> bool | str:
        name = self._write(desk, record, {"@deleted": is_deleted or None}, is_fresh)
        return bool(name) and ("desk_delete" if is_deleted else "undo a deletion")

    @action(7, desk=DESKS, record=HOUSES, is_fresh=FRESH)
    def say_same(self, desk: int, record: str, is_fresh: bool) -> bool:
        other = HOUSES[1 - HOUSES.index(record)]
        return bool(self._write(desk, record, {"@same_as": other}, is_fresh))

    @action(24, desk=DESKS, record=HOUSES, is_fresh=FRESH)
    def say_not_same(self, desk: int, record: str, is_fresh: bool) -> bool:
        page = self.desks[desk].page(record, is_fresh)
        if page is None or not page.same_as:
            return False
        return bool(self._write(desk, record, {"@same_as": None}, False))
