"""One push inside its write transaction: what every change of it asks of the store is asked once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from schemas.change import Change
from server import declining, erasing_records, keeping, placing
from server.store import (
    areas,
    arrivals,
    devices,
    files,
    forms,
    holds,
    kept,
    keys,
    log,
    put_back,
    stays,
    users,
    views,
)
from server.store.devices import Device
from server.store.holds import Hold
from server.store.kept import Packing, SentPacked
from server.store.log import Receipt
from server.store.users import User
from server.store.views import Begun

T = TypeVar("T")
# A state is drawn at random and never comes again with other forms, areas, devices or people in it:
# what they are serves every store of the process.
_answers_by_state: dict[tuple[str, str], dict[Hashable, Any]] = {}
_MOST_STATES = 8
_MOST_ANSWERS = 10_000


class Arriving:
    """What the store knew when the transaction began, moved on by what the push itself stores. `ids`: of all
    that it brings; `changes`: of that, what can be read. `finish` must be called at the end. `has_erased`:
    something may have been erased; `erasing.settle` must follow the commit."""

    def __init__(self, db: sqlite3.Connection, ids: Sequence[str], changes: Sequence[Change]) -> None:
        self._db = db
        self._ids = ids
        self._records = sorted({change.record for change in changes})
        subjects = (change.set.get("@subject") for change in changes)
        self._subjects_said = {subject for subject in subjects if isinstance(subject, str)}
        self._to_mark: dict[str, bool] = {}
        self._unwritten: list[log.Row] = []
        self._begun: list[Begun] = []
        self._begun_in: dict[str, set[str]] = {}
        self.has_erased = False
        self._look_up()

    def _look_up(self) -> None:
        db = self._db
        known = arrivals.look_up(db, self._ids, self._records, self._subjects_said)
        self._receipts, self._held, self._erased = known.receipts, known.held, known.erased
        self._forms, self._subjects, self._refusing = known.forms, known.subjects, known.refusing
        self._stays, self._erased_records = known.lay_in, known.erased_records
        self._signer = keys.receipt_signer(known.key)
        self._top = log.top_position(db)
        self._answers = _answers_in(known.state)
        self._roles: dict[str, str] = {}
        self._by_form: dict[tuple[str, str], tuple[Packing | None, set[str]]] = {}

    def receipt(self, change_id: str) -> Receipt | None:
        return self._receipts.get(change_id)

    def hold(self, change_id: str) -> Hold | None:
        return holds.get(self._db, change_id) if change_id in self._held else None

    def mac(self, change_id: str, pos: int, at: int, role: str) -> str:
        return keys.receipt_mac_by(self._signer, change_id, pos, at, role)

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """What `ask` answers, asked once for as long as forms, areas, devices and people are the same."""
        if key in self._answers:
            found: T = self._answers[key]
            return found
        return self._answers.setdefault(key, ask())  # type: ignore[no-any-return]

    def device(self, device_id: str) -> Device | None:
        return self.once(("device", device_id), lambda: devices.get(self._db, device_id))

    def lineage(self, device_id: str) -> list[str]:
        return self.once(("lineage", device_id), lambda: devices.lineage(self._db, device_id))

    def scope(self, device: Device) -> set[str]:
        return self.once(("scope", device.id), lambda: areas.expanded(self._db, device.areas))

    def user(self, user_id: str) -> User | None:
        return self.once(("user", user_id), lambda: users.get(self._db, user_id))

    def role(self, user_id: str) -> str:
        """Empty of who may write nothing."""

        role = self._roles.get(user_id)
        if role is None:
            user = self.user(user_id)
            role = self._roles[user_id] = "" if user is None or user.is_disabled else user.role
        return role

    def is_published(self, form: str) -> bool:
        return self.once(("form", form), lambda: forms.newest(self._db, form) is not None)

    def has_version(self, form: str, version: str) -> bool:
        return self.once(("version", form, version), lambda: forms.has_version(self._db, form, version))

    def form_of(self, record: str) -> str | None:
        """The form of a record that has a change in the log."""
        return self._forms.get(record)

    def lay_in(self, record: str) -> set[str]:
        """Every area in which the record ever lay."""
        if record not in self._stays:
            self._stays[record] = stays.ever(self._db, record)
        return self._stays[record]

    def is_erased(self, change_id: str) -> bool:
        return change_id in self._erased

    def note_came_back(self, change_id: str, change: Change, now_ms: int) -> None:
        """This server once had the change: it was put back to a state before that."""
        put_back.note_came_back(self._db, change_id, change.record, change.device, now_ms)

    def keep_on_hold(self, hold: Hold, change: Change | str) -> int:
        self._write()
        pos = holds.keep(self._db, hold)
        self._held.add(hold.id)
        self._top = pos
        if isinstance(change, str):
            is_erased = erasing_records.erase_late_bytes(self._db, hold.id, hold.body, hold.received)
        elif is_erased := self._concerns_erased(hold.id, change, change.set.get("@subject")):
            erasing_records.erase_late_hold(self._db, hold.id, change, hold.received)
        if is_erased:
            self._note_erased()
        return pos

    def release(self, change_id: str, now_ms: int) -> None:
        self._write()
        self._top = holds.decide(self._db, change_id, "released", devices.SYSTEM_AUTHOR, now_ms)

    def store(
        self,
        change_id: str,
        body: bytes,
        change: Change,
        *,
        at: int,
        role: str,
        received: int,
        told: SentPacked | None = None,
    ) -> Receipt:
        """Puts the change into the log, with all that follows. `told`: how it came packed."""
        self._top += 1
        mac = self.mac(change_id, self._top, at, role)
        receipt = self._receipts[change_id] = Receipt(self._top, at, role, mac)
        packing, _ = self._of_form(change)
        as_kept = kept.keep(packing, change, body, told)
        self._unwritten.append(log.row_of(change_id, as_kept, change, receipt, received))
        if keeping.names_files(as_kept):
            self._write()
            files.note_named(self._db, change.record, change.device, change.set.values())
        subject = change.set.get("@subject")
        self._place(change, receipt.pos)
        self._forms.setdefault(change.record, change.form)
        if isinstance(subject, str):
            self._subjects.add(subject)
        if self._concerns_erased(change_id, change, subject):
            self._write()
            erasing_records.erase_late(self._db, change_id, change, received)
            self._note_erased()
        self._erase_if_declined(change, received)
        return receipt

    def finish(self) -> None:
        """Writes what is not yet written, and marks what the push changed, so that its view is made again."""
        self._write()
        views.mark_all_of(self._db, self._to_mark)

    def _place(self, change: Change, pos: int) -> None:
        record, writes = change.record, change.set
        has_new_ties = "@same_as" in writes or "@deleted" in writes
        is_known = record in self._forms
        if not (is_known or record in self._subjects or has_new_ties):
            begun, areas_now = placing.first_place(change, pos, self._areas_of)
            self._begun.append(begun)
            self._begun_in[record] = areas_now
            self.lay_in(record).update(areas_now)
            return
        moves = placing.moves(writes)
        if moves or not is_known or not self._areas_of(record):
            self._write()
            keeping.begin(self._db, change, pos, is_known=is_known)
        self._to_mark[record] = self._to_mark.get(record, False) or has_new_ties
        if moves:
            # Records without areas of their own lie where this one lies.
            self._stays.clear()

    def _of_form(self, change: Change) -> tuple[Packing | None, set[str]]:
        """How changes of this version of a form are kept, and its questions for consent."""
        key = change.form, change.form_version
        found = self._by_form.get(key)
        if found is None:
            # That there is no packing is no answer for ever: a version published long ago is given its names
            # at the next start.
            packing: Packing | None = self._answers.get(("packing", *key))
            if packing is None:
                packing = self._answers[("packing", *key)] = kept.packing_of(self._db, *key)
            paths = self.once(("consent", *key), lambda: declining.consent_paths(self._db, *key))
            found = self._by_form[key] = packing, paths
        return found

    def _areas_of(self, record: str) -> set[str]:
        return self._begun_in.get(record) or stays.areas_of(self._db, record)

    def _write(self) -> None:
        """What was gathered: together it costs a fraction. Before anything that reads the log or the places,
        or takes a position elsewhere."""
        if self._unwritten:
            log.append(self._db, self._unwritten)
        if self._begun:
            views.begin_placed(self._db, self._begun)
            begun_in = self._begun_in
            stays.begin(
                self._db, [(each.record, a, each.pos) for each in self._begun for a in begun_in[each.record]]
            )
        self._unwritten, self._begun, self._begun_in = [], [], {}

    def _erase_if_declined(self, change: Change, now_ms: int) -> None:
        _, paths = self._of_form(change)
        if change.record not in self._refusing and not (paths and declining.declines(paths, change)):
            return
        self._write()
        declining.erase_if_declined(self._db, change, now_ms)
        self._note_erased()

    def _note_erased(self) -> None:
        self.has_erased = True
        self._look_up()

    def _concerns_erased(self, change_id: str, change: Change, subject: object) -> bool:
        """Whether it was erased, or is about what was: a phone that had not heard of that brings it."""
        if change_id in self._erased or change.record in self._erased_records:
            return True
        return isinstance(subject, str) and subject in self._erased_records


def _answers_in(state: tuple[str, str]) -> dict[Hashable, Any]:
    if not all(state):
        return {}
    answers = _answers_by_state.get(state)
    if answers is None or len(answers) > _MOST_ANSWERS:
        if len(_answers_by_state) >= _MOST_STATES:
            _answers_by_state.clear()
        answers = _answers_by_state[state] = {}
    return answers
