"""A phone as sync.md describes one, in Python: outbox, receipts, cursor, what leaves it. It shares nothing
with the phones' own code, and nothing of it survives that the rules don't keep."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from schemas.change import Change, change_id, encode_change, parse_change
from schemas.wire import PullAnswer, PushResult, SentReceipt
from server.intake import Offered
from server.pulling import EpochChanged
from sync.clock import next_at

# A server that was put back, and put back again while the phone answers it.
MOST_EPOCHS = 4


class LostAnswer(Exception):
    """The network gave nothing back."""


class Revoked(Exception):
    """This device may push, but not pull."""


class UnknownToken(Exception):
    """The server was put back to before this device was made."""


@dataclass
class Pushed:
    epoch: str
    results: list[PushResult]
    max_seq: int


class Wire(Protocol):
    """What a server says. Raises `LostAnswer`, `EpochChanged`, `Revoked` and `UnknownToken`."""

    def push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed: ...
    def pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer: ...
    def renew(self, device: str) -> str: ...
    def wall(self) -> int: ...


@dataclass
class Kept:
    """`state`: waiting, confirmed, held or discarded, by the server's word of `generation`. `was_given`: it
    came by pull."""

    body: bytes
    change: Change
    state: str = "waiting"
    generation: int = 0
    receipt: SentReceipt | None = None
    was_given: bool = False


@dataclass
class PhoneModel:
    """`token`: the device that the server takes it for. `leaving`: records that left its areas and are still
    needed. `former`: the cursor before the server was put back, until it said what left; `missing`: what
    had been given before and did not come again yet. `drafts`: records that are open on its screen; of those,
    `screen`: the changes that it shows, `typed`: what a kill loses, `saved`: what waits to be sealed. `skew`:
    how wrong its clock is, ms. `erased`: what it was told to drop. `version`: of a form, where it isn't 1."""

    wire: Wire
    token: str
    author: str
    device: str = ""
    seq: int = 0
    cursor: str = ""
    last: tuple[str, int] | None = None
    generation: int = 0
    kept: dict[str, Kept] = field(default_factory=dict)
    carried: dict[str, dict[str, Any]] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    former: str = ""
    missing: set[str] = field(default_factory=set)
    drafts: set[str] = field(default_factory=set)
    screen: dict[str, list[str]] = field(default_factory=dict)
    typed: dict[str, dict[str, Any]] = field(default_factory=dict)
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    skew: int = 0
    version: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.device = self.device or self.token

    def copied(self) -> PhoneModel:
        """A second phone that continues from this one's store."""
        wire, self.wire = self.wire, None  # type: ignore[assignment]
        twin = copy.deepcopy(self)
        self.wire = twin.wire = wire
        return twin

    def shown(self, record: str) -> dict[str, Kept]:
        """What the screen of a record is folded from."""
        return {
            name: kept
            for name, kept in self.kept.items()
            if kept.change.record == record and kept.state != "discarded"
        }

    def open(self, record: str) -> None:
        """What comes from now on is not on the screen until it is opened again."""
        if record not in self.drafts:
            self.drafts.add(record)
            self.screen[record] = sorted(self.shown(record))

    def type(self, record: str, values: dict[str, Any], is_saved: bool) -> None:
        self.open(record)
        self.typed.setdefault(record, {}).update(values)
        if is_saved:
            self.saved.setdefault(record, {}).update(self.typed.pop(record))

    def seal(self, record: str, form: str) -> str | None:
        """What was saved becomes a change that has seen the screen."""
        values = self.saved.pop(record, None)
        if values is None:
            return None
        name = self.write(record, form, values, on_screen=self.screen[record])
        self.screen[record] = [*self.screen[record], name]
        return name

    def close(self, record: str) -> None:
        """Leaves the record, of which nothing is saved."""
        assert record not in self.saved
        self.drafts.discard(record)
        self.screen.pop(record, None)
        self.typed.pop(record, None)

    def kill(self) -> None:
        """What was typed and not saved is gone, and so is a screen without a draft."""
        self.typed.clear()
        for record in self.drafts - set(self.saved):
            self.close(record)

    def write(
        self, record: str, form: str, values: dict[str, Any], at: int = 0, on_screen: list[str] | None = None
    ) -> str:
        shown = self.shown(record)
        if on_screen is not None:
            shown = {name: self.kept[name] for name in on_screen if name in self.kept}
        ats = [kept.receipt.at if kept.receipt else kept.change.at for kept in shown.values()]
        self.seq += 1
        body = encode_change(
            record=record, form=form, form_version=self.version.get(form, "1"), device=self.device,
            seq=self.seq, at=at or next_at(ats, self.wire.wall() + self.skew), author=self.author,
            seen=sorted(shown if on_screen is None else on_screen), set=values,
        )  # fmt: skip
        self.kept[change_id(body)] = Kept(body, _read(body))
        return change_id(body)

    def outbox(self) -> list[str]:
        """Not answered yet, or only by a server that has forgotten, in the order in which they were made."""
        waiting = {
            name: kept
            for name, kept in self.kept.items()
            if kept.state == "waiting" or kept.generation < self.generation
        }
        return sorted(waiting, key=lambda name: (waiting[name].change.at, waiting[name].change.seq, name))

    def push(self, size: int, is_reversed: bool = False) -> None:
        """One request with the first `size` of the outbox."""
        batch = [self.kept[name] for name in self.outbox()[:size]]
        if is_reversed:
            batch.reverse()
        try:
            answer = self.wire.push(
                self.token, self.last, [Offered(kept.body, receipt=kept.receipt) for kept in batch]
            )
        except EpochChanged:
            self.start_over()
            return
        for result in answer.results:
            self._settle(result)
        self._reach(answer.epoch, max((result.pos or 0 for result in answer.results), default=0))
        if answer.max_seq > self.seq:
            # One that is revoked gets none, and hears of it with its next pull.
            with suppress(Revoked):
                self.device = self.token = self.wire.renew(self.token)
                self.seq = 0

    def pull(self, limit: int) -> bool:
        """One page, kept together with its cursor. Whether there is more."""
        try:
            page = self.wire.pull(self.token, self.last, self.cursor, limit, self.former)
        except EpochChanged:
            self.start_over()
            return True
        came = set()
        for pulled in page.changes:
            receipt = SentReceipt(pulled.pos, pulled.at, pulled.role, pulled.mac)
            body = pulled.body.encode()
            self.kept[pulled.id] = Kept(body, _read(body), "confirmed", self.generation, receipt, True)
            came.add(self.kept[pulled.id].change.record)
        self.erased |= set(page.erased)
        for name in page.erased:
            self.kept.pop(name, None)
        given = {change.id for change in page.changes}
        for name in set(page.discarded) & set(self.kept) - given:
            self.kept[name].state = "discarded"
        for name in set(page.released) & set(self.kept) - given:
            if self.kept[name].state != "confirmed":
                self.kept[name].state = "waiting"
        self.leaving = (self.leaving - came) | set(page.forget)
        for record in {*page.forget, *came}:
            self.carried.pop(record, None)
        self.carried |= {answers.record: answers.answers for answers in page.carried}
        self.missing -= came | {f"carried {answers.record}" for answers in page.carried}
        self._reach(page.server, max((change.pos for change in page.changes), default=0))
        self.cursor, self.former = page.cursor, ""
        if not page.more:
            self._miss()
            self._let_go()
        return page.more

    def sync(self, size: int, limit: int) -> None:
        """Until nothing waits and the cursor is at the end, or a request is lost."""
        for _ in range(MOST_EPOCHS):
            generation = self.generation
            while self.outbox() and self.generation == generation:
                self.push(size)
            while self.generation == generation and self.pull(limit):
                pass
            if self.generation == generation and not self.outbox():
                return

    def start_over(self) -> None:
        """The server is not the one it knew: everything is said again, and pulled from the start."""
        self.generation += 1
        self.cursor, self.former, self.last = "", self.cursor or self.former, None
        self.missing |= {kept.change.record for kept in self.kept.values() if kept.was_given}
        self.missing |= {f"carried {record}" for record in self.carried}

    def _reach(self, epoch: str, pos: int) -> None:
        self.last = (epoch, max(pos, self.last[1] if self.last else 0))

    def _settle(self, result: PushResult) -> None:
        kept = self.kept[result.id]
        kept.generation = self.generation
        if result.result == "held":
            kept.state = "discarded" if result.reason == "discarded" else "held"
            return
        assert result.pos and result.at is not None and result.role is not None and result.mac
        kept.state = "confirmed"
        kept.receipt = SentReceipt(result.pos, result.at, result.role, result.mac)

    def _miss(self) -> None:
        """Everything came that this device is given. What it had been given before and did not come again has
        left, also where nothing says so: no server knows what another had given."""
        for record in [record for record in self.carried if f"carried {record}" in self.missing]:
            del self.carried[record]
        self.leaving |= {record for record in self.missing if not record.startswith("carried ")}
        self.missing = set()

    def _let_go(self) -> None:
        unsent = {self.kept[name].change.record for name in self.outbox()}
        safe = self.leaving - unsent - self.drafts
        self.kept = {name: kept for name, kept in self.kept.items() if kept.change.record not in safe}
        self.leaving -= safe


def _read(body: bytes) -> Change:
    change = parse_change(body)
    assert isinstance(change, Change)
    return change
