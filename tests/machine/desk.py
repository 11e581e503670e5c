"""A supervisor at a desk browser: shown what the server shows when a page is opened, writes with that."""

from __future__ import annotations

import sqlite3
from typing import Any

from schemas.change import change_id, encode_change
from server.intake import Offered
from server.judge import judge
from server.store import forms
from sync.clock import next_at
from sync.fold import Record
from tests.machine.server import Server
from tests.phone_model import LostAnswer, Pushed


class Desk:
    """`pages`: what was shown of a record when it was opened. `unsent`: bytes without an answer."""

    def __init__(self, server: Server, device: str, author: str) -> None:
        self.server, self.device, self.author = server, device, author
        self.seq = 0
        self.pages: dict[str, tuple[Record, int]] = {}
        self.unsent: dict[str, bytes] = {}
        self.written: dict[str, bytes] = {}

    def open(self, record: str) -> bool:
        with self.server.store.reading() as db:
            judged = judge(db, record)
        if judged is None:
            self.pages.pop(record, None)
            return False
        self.pages[record] = (judged.folded, max(item.at for item in judged.changes))
        return True

    def page(self, record: str, is_fresh: bool) -> Record | None:
        """The record as it is shown: anew, or since long ago."""
        if (is_fresh or record not in self.pages) and not self.open(record):
            return None
        return self.pages[record][0]

    def write(self, record: str, form: str, values: dict[str, Any], fate: str = "arrives") -> str:
        folded, seen_at = self.pages[record]
        self.seq += 1
        body = encode_change(
            record=record, form=form, form_version=self._version(form), device=self.device, seq=self.seq,
            at=next_at([seen_at], self.server.wall()), author=self.author, seen=folded.seen, set=values,
        )  # fmt: skip
        name = change_id(body)
        self.unsent[name] = self.written[name] = body
        self.send(fate)
        return name

    def send(self, fate: str = "arrives") -> Pushed | None:
        """Everything without an answer, again."""
        self.server.fate = fate
        offered = [Offered(body) for body in self.unsent.values()]
        try:
            answer = self.server.push(self.device, None, offered)
        except LostAnswer:
            return None
        for result in answer.results:
            self.unsent.pop(result.id)
        return answer

    def _version(self, form: str) -> str:
        def newest(db: sqlite3.Connection) -> str:
            found = forms.newest(db, form)
            assert found is not None
            return found.version

        with self.server.store.reading() as db:
            return newest(db)
