"""What interviewers do on their phones between two syncs."""

from __future__ import annotations

from typing import Any

from schemas.change import change_id
from tests.machine.laws import Laws
from tests.machine.steps import action
from tests.machine.village import HOUSES, RECORDS, VISITS
from tests.phone_model import Kept, PhoneModel

PHONES = ["phone-1", "phone-2", "phone-3", "copy-1", "copy-2"]
YES_NO = [True, False]
FEW = range(6)


class FieldWork(Laws):
    def phone(self, name: str) -> PhoneModel:
        """Of this name; where there is none, the first."""
        return self.phones.get(name) or next(iter(self.phones.values()))

    @action(
        6,
        name=PHONES,
        record=[*HOUSES, *RECORDS],
        value=range(4),
        is_saved=[True, True, True, False],
        again=YES_NO,
    )
    def edit(self, name: str, record: str, value: int, is_saved: bool, again: bool) -> bool:
        """Opens the record, or goes on where it is open, and types. `again`: leaves and opens it first."""
        phone = self.phone(name)
        if again:
            self._leave(phone, record)
        self._type(phone, record, {"size" if record in HOUSES else "income": value}, is_saved)
        return True

    @action(
        3,
        name=PHONES,
        record=list(VISITS),
        row=["r1", "r2", "r3"],
        what=["here", "gone", "back", "same", "bare"],
    )
    def rows(self, name: str, record: str, row: str, what: str) -> bool:
        values: dict[str, Any] = {
            "here": {f"member/{row}/here": 1, f"member/{row}/name": f"Ka {row}"},
            "gone": {f"member/{row}/@deleted": True},
            "back": {f"member/{row}/@deleted": None},
            "same": {f"member/{row}/@same_as": "r1"},
            "bare": {f"member/{row}/@row": True},
        }[what]
        self._type(self.phone(name), record, values, True)
        return True

    @action(
        9, name=PHONES, record=RECORDS, is_deleted=[True, True, False], kinds=["delete", "undo a deletion"]
    )
    def delete(self, name: str, record: str, is_deleted: bool) -> bool | str:
        if not self.phone(name).shown(record):
            return False
        self._type(self.phone(name), record, {"@deleted": is_deleted or None}, True)
        return "delete" if is_deleted else "undo a deletion"

    @action(2, name=PHONES, record=RECORDS)
    def submit(self, name: str, record: str) -> bool:
        self._type(self.phone(name), record, {"@status": "submitted"}, True)
        return self._seal(self.phone(name), record)

    @action(5, name=PHONES, which=FEW)
    def seal(self, name: str, which: int) -> bool:
        phone = self.phone(name)
        waiting = sorted(phone.saved)
        return bool(waiting) and self._seal(phone, waiting[which % len(waiting)])

    @action(3, name=PHONES, which=FEW)
    def leave(self, name: str, which: int) -> bool:
        phone = self.phone(name)
        opened = sorted(phone.drafts)
        return bool(opened) and self._leave(phone, opened[which % len(opened)])

    @action(8, name=PHONES)
    def odd_bytes(self, name: str) -> bool:
        """Keys that nobody knows yet, as a newer phone writes them."""
        phone = self.phone(name)
        waiting = [key for key, kept in phone.kept.items() if kept.state == "waiting"]
        if not waiting or phone.kept[waiting[-1]].body.endswith(b'"}'):
            return False
        kept = phone.kept.pop(waiting[-1])
        body = kept.body[:-1] + b', "x_later":[1,{"a":null}], "x_more":"\xc4\x91"}'
        phone.kept[change_id(body)] = Kept(body, kept.change)
        self.note_sealed(change_id(body), body)
        self.let_vanish({waiting[-1]})
        for record, screen in phone.screen.items():
            phone.screen[record] = [change_id(body) if each == waiting[-1] else each for each in screen]
        return True

    def _type(self, phone: PhoneModel, record: str, values: dict[str, Any], is_saved: bool) -> None:
        phone.open(record)
        shown = [phone.kept[name].change.set for name in phone.screen[record] if name in phone.kept]
        if record in VISITS:
            house, round_id = VISITS[record]
            first = {"@subject": house, "@round": round_id}
        else:
            first = {"@area": (self.scope_codes(phone) or ["C1"])[0]}
        if not any(first.keys() <= writes.keys() for writes in shown):
            values = values | first
        phone.type(record, values, is_saved)

    def _seal(self, phone: PhoneModel, record: str) -> bool:
        name = phone.seal(record, "house" if record in HOUSES else "visit")
        if name is not None:
            self.note_sealed(name, phone.kept[name].body)
        return name is not None

    def _leave(self, phone: PhoneModel, record: str) -> bool:
        self._seal(phone, record)
        phone.close(record)
        return True
