"""What a push must be answered, change by change, said once more in the words of sync.md and sharing no code
with the server: from who is enrolled where, what is published and what the log holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from schemas.wire import PushResult
from server.intake import Offered
from server.store import Store, log

FORGED = "AAAA"


class Expected:
    """What is known just before a push of `sender` is taken."""

    def __init__(self, store: Store, sender: str) -> None:
        self.sender = sender
        with store.reading() as db:
            self.published = set(_rows(db, "SELECT id, version FROM form"))
            self.enrolled = set(_rows(db, "SELECT device, user FROM device_user"))
            self.roles = dict(_rows(db, "SELECT id, role FROM user WHERE disabled = 0"))
            self.revoked = {row[0] for row in _rows(db, "SELECT id FROM device WHERE revoked_at > 0")}
            self.former = dict(_rows(db, "SELECT id, predecessor FROM device"))
            self.keyed = {row[0] for row in _rows(db, "SELECT id FROM device WHERE device_key <> ''")}
            self.given = set(_rows(db, "SELECT device, area FROM device_area"))
            self.parents = dict(_rows(db, "SELECT code, parent FROM area"))
            self.erased = {row[0] for row in _rows(db, "SELECT id FROM erased")}
            self.unsure = {
                row[0] for row in _rows(db, "SELECT record FROM erased UNION SELECT record FROM erased_whole")
            }
            self.holds = {row[0]: row[1:] for row in _rows(db, "SELECT id, state, reason FROM hold")}
            rows = db.execute("SELECT * FROM log").fetchall()
            self.log = {row["id"]: log.body_of(db, row) for row in rows}
        self.changes = {name: json.loads(body) for name, body in self.log.items() if body}
        self.has_erased = False

    def check(self, offered: Sequence[Offered], results: Sequence[PushResult]) -> None:
        """Each answer, and what it makes known to those after it in the same push."""
        for each, result in zip(offered, results, strict=True):
            change = json.loads(each.body)
            said = (result.result, result.reason or "")
            may_be = self.answers(result.id, change, each)
            law = 23 if "held" in dict(may_be) else 14
            assert said in may_be, f"law {law}: {result.id} was answered {said}, not {sorted(may_be)}"
            if result.result == "stored":
                self.log[result.id], self.changes[result.id] = each.body, change
                if self.may_be_erased(change["record"]):
                    # It was erased at once, and its record with it.
                    self.unsure.add(change["record"])
                    self.has_erased = True
            elif result.result == "held":
                state = "discarded" if result.reason == "discarded" else "held"
                self.holds[result.id] = (state, result.reason)

    def answers(self, name: str, change: dict[str, Any], offered: Offered) -> set[tuple[str, str]]:
        """One, but where only the whole past of a record says whether it ever lay in an area."""
        if name in self.log:
            return {("duplicate", "")}
        is_proved = offered.receipt is not None and offered.receipt.mac != FORGED
        reasons = self.reasons(change, is_proved, offered.sig is not None)
        state, reason = self.holds.get(name, ("", ""))
        if state and (state == "discarded" or not is_proved or "" not in reasons):
            waits = {("held", "discarded" if state == "discarded" else reason)}
            # What came before it in this push may have shown it to be about what was erased.
            is_gone = self.has_erased and self.may_be_erased(change["record"])
            return waits | {("held", "discarded")} if is_gone else waits
        applied = "duplicate" if name in self.erased else "stored"
        return {("held", reason) if reason else (applied, "") for reason in reasons}

    def reasons(self, change: dict[str, Any], is_proved: bool, is_signed: bool) -> set[str]:
        """Why it is put on hold; '' where it is not."""
        device, author, writes = change["device"], change["author"], change["set"]
        if self.sender in self.revoked or (device in self.revoked and not is_proved):
            return {"device_revoked"}
        if device not in self.own() and not is_proved and not (is_signed and device in self.keyed):
            return {"courier"}
        if change["form"] not in {form for form, _ in self.published}:
            return {"unknown_form"}
        if (change["form"], change["form_version"]) not in self.published:
            return {"unknown_version"}
        if is_proved:
            return {""}
        if (device, author) not in self.enrolled or author not in self.roles:
            return {"author_not_enrolled"}
        decides = writes.get("@status") in ("approved", "returned") or "@same_as" in writes
        if self.roles[author] == "interviewer" and decides:
            return {"role"}
        return self.by_area(change)

    def own(self) -> set[str]:
        """The sender and every device that it was before."""
        found, device = set(), self.sender
        while device:
            found.add(device)
            device = self.former.get(device)
        return found

    def by_area(self, change: dict[str, Any]) -> set[str]:
        device, record, wanted = change["device"], change["record"], change["set"].get("@area")
        if wanted is not None and not self.is_inside(wanted, device):
            return {"area"}
        around = self.around(record) | self.around(change["set"].get("@subject"))
        known = [each for each in self.changes.values() if each["record"] in around]
        if around & self.unsure:
            return {"", "area"}
        ever = {each["set"]["@area"] for each in known if each["set"].get("@area")}
        if not ever:
            return {""}
        if not any(self.is_inside(area, device) for area in ever):
            is_first = record not in {each["record"] for each in known}
            if self.heads(record):
                return {"area"}
            return {""} if is_first and wanted is not None else {"area", ""}
        heads = self.heads(record) or self.heads(change["set"].get("@subject"))
        return {""} if any(self.is_inside(area, device) for area in heads) else {"area", ""}

    def around(self, record: str | None) -> set[str]:
        """The record and every one that it was ever said to be about."""
        mine = [each["set"].get("@subject") for each in self.changes.values() if each["record"] == record]
        return {name for name in [record, *mine] if name}

    def may_be_erased(self, record: str) -> bool:
        return bool(self.around(record) & self.unsure)

    def heads(self, record: str | None) -> set[str]:
        """The areas that are written on the record and superseded by nothing."""
        writes = {
            name: each for name, each in self.changes.items()
            if each["record"] == record and "@area" in each["set"]
        }  # fmt: skip
        seen = {name for each in writes.values() for name in each["seen"]}
        return {each["set"]["@area"] for name, each in writes.items() if name not in seen} - {None}

    def is_inside(self, area: str, device: str) -> bool:
        """The device has this area, or one above it."""
        while area:
            if (device, area) in self.given:
                return True
            area = self.parents.get(area, "")
        return False


def _rows(db: sqlite3.Connection, question: str) -> list[Any]:
    return [tuple(row) for row in db.execute(question)]
