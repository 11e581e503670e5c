"""A phone that says what it has (`have`), and the line to its server."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from schemas.wire import PullAnswer, PulledChange
from server import pulling
from server.intake import EpochChanged, Offered, Sender, accept
from server.store import Store, devices, epochs, log
from tests.machine.packed import unpacked
from tests.phone_model import LostAnswer, PhoneModel, Pushed

# As many stretches as phones say.
MOST = 40


class Line:
    """To `store`. `loses`: the answer to the next page; `packs`: it comes packed; `own`: what the phone
    says that it has."""

    def __init__(self, store: Callable[[], Store], wall: Callable[[], int]) -> None:
        self.store, self.wall = store, wall
        self.loses = self.packs = False
        self.own: dict[int, PulledChange] = {}

    def renew(self, device: str) -> str:
        raise AssertionError(f"{device} is no copy")

    def push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        self._require(last)
        results = accept(self.store(), Sender(device), offered, self.wall())
        with self.store().reading() as db:
            return Pushed(epochs.newest(db), results, log.max_seq(db, device))

    def pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        self._require(last)
        reached, before = (pulling.decode_cursor(text) if text else None for text in (cursor, former))
        pulling.require_same_epoch(self.store(), reached)
        with self.store().reading() as db:
            known = devices.get(db, device)
        assert known is not None
        has = [(pos, pos) for pos in sorted(self.own)[-MOST:]] if last else []
        page = pulling.page(self.store(), known, reached, limit, self.wall(), former=before, has=has)
        assert not page.more or page.cursor != cursor, "law 18: the cursor does not move"
        if self.loses:
            raise LostAnswer
        page = unpacked(page) if self.packs else page
        had = [self.own[pos] for first, upto in page.had or [] for pos in range(first, upto + 1)]
        return replace(page, changes=[*page.changes, *had])

    def _require(self, last: tuple[str, int] | None) -> None:
        with self.store().reading() as db:
            if last is not None and epochs.has_changed(db, *last):
                raise EpochChanged


class Phone(PhoneModel):
    """As the machine's, and it says what it has. `heard`: of its own changes up to here it was told."""

    heard = 0

    def pull(self, limit: int) -> bool:
        own: dict[int, PulledChange] = {}
        for name, kept in self.kept.items():
            receipt = kept.receipt
            is_told = (
                kept.was_given or kept.change.record in self.leaving or kept.generation < self.generation
            )
            if receipt and kept.state == "confirmed" and not is_told and receipt.pos > self.heard:
                own[receipt.pos] = PulledChange(
                    name, receipt.pos, receipt.at, receipt.role, receipt.mac, kept.body.decode()
                )
        assert isinstance(self.wire, Line)
        self.wire.own = own
        generation = self.generation
        more = super().pull(limit)
        if self.generation != generation:
            self.heard = 0
        elif not more:
            self.heard = max([self.heard, *own])
        return more
