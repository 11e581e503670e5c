"""What a device at the end of the log holds, by sync.md alone."""

from __future__ import annotations

from typing import Any

from server.store import Store, forms, log
from tests import naive_fold as naive
from tests.between.village import FORM_OF, LARGE
from tests.machine.oracle import Oracle


class Entitled(Oracle):
    """`whole`: records that are given whole; `carried`: answers of others; `in_scope`: all that lie there."""

    def __init__(self, store: Store, device: str) -> None:
        super().__init__(store)
        with store.reading() as db:
            self.top = log.top_position(db)
            phones = {name: form.phones for name in set(FORM_OF.values()) if (form := forms.newest(db, name))}
            rows = db.execute("SELECT record, device FROM log").fetchall()
        line = self.lineage(device)
        wrote = {row["record"] for row in rows if row["device"] in line}
        scope = self.scope(device)
        self.in_scope = {record for record in self.by_record if self.lies_in(record) & scope}
        self.whole: set[str] = set()
        self.carried: dict[str, dict[str, Any]] = {}
        self.phones = {record: phones[FORM_OF[record]] for record in FORM_OF}
        for record in self.in_scope:
            setting, round_id = self.phones[record], self.newest(record, "@round")
            is_open = not round_id or round_id in self.open_rounds
            if (
                setting == "area"
                or (setting == "own" and record in wrote)
                or (setting == "carry" and is_open)
            ):
                self.whole.add(record)
            elif setting == "carry" and naive.deletion(self.by_record[record], "") != "hides":
                self.carried[record] = self._answers(record)

    def lies_in(self, record: str, above: tuple[str, ...] = ()) -> set[str]:
        own = {area for area in self.heads(record, "@area") if area}
        subject = self.newest(record, "@subject")
        if own or not subject or subject in (*above, record) or subject not in self.by_record:
            return own or {""}
        return self.lies_in(subject, (*above, record))

    def _answers(self, record: str) -> dict[str, Any]:
        household = self._stands_for(self.newest(record, "@subject") or "")
        size = self.newest(household, "n")
        said = {"n": self.newest(record, "n")}
        if size is not None and size > LARGE:
            said["extra"] = self.newest(record, "extra")
        return {name: value for name, value in said.items() if value is not None}

    def _stands_for(self, household: str) -> str:
        edges = [(one, head) for one in self.by_record for head in self.heads(one, "@same_as") if head]
        same = {household}
        for _ in edges:
            same |= {end for pair in edges if same & set(pair) for end in pair}
        living = [
            name
            for name in same - self.erased_whole
            if naive.deletion(self.by_record.get(name, []), "") != "hides"
        ]
        # A name that no record has yet is nobody's.
        return min(living) if household in self.by_record and living else household
