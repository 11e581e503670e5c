"""One page of what a device is given next. The cursor says how far it has come and under which scope."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from schemas.canonical import SAFE_INTEGER
from schemas.wire import CarriedAnswers, PullAnswer, PulledChange
from server.intake import EpochChanged
from server.refresh import refresh_records
from server.store import Store, areas, devices, epochs, forms, holds, keys, log, pulls, rounds, users, views
from server.store.devices import Device
from server.store.pulls import Entitlement

_LARGEST_CURSOR = 1 << 20
# Every cursor reads so: a sync with nothing to do carries one each way.
_LIKELY_CURSOR = b'"],"rounds":["202,"history":,"top":,"fresh":,"scope":["{"epoch":"","pos":'
# What a form may say of what phones are given of it, but for `area`: whatever lies there.
_SETTINGS = ("carry", "own", "none")
_MOST_STRETCHES = 100
_STRETCH = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?")
Stretch = tuple[int, int]
Position = Annotated[int, Meta(ge=0, le=SAFE_INTEGER)]


class Cursor(Struct, frozen=True, omit_defaults=True):
    """`pos`: everything up to here was given. `history`: of the records that enter the scope at `pos` + 1,
    their changes up to here too. `fresh`: entries up to here came with the first pass. `top`: where the log
    ended, if that is beyond `pos`: what entered up to there may have been given. `scope`, `rounds`, `turns`:
    as given then."""

    epoch: str
    pos: Position = 0
    history: Position = 0
    fresh: Position = 0
    top: Position = 0
    scope: list[str] = []
    rounds: list[str] = []
    turns: Position = 0


class _Page(Struct):
    changes: list[PulledChange]
    carried: list[CarriedAnswers]
    pos: int
    history: int = 0
    weight: int = 0

    def add(self, changes: list[PulledChange]) -> None:
        self.changes += changes
        self.weight += sum(len(change.body) for change in changes)


_cursors = msgspec.json.Decoder(Cursor)


def encode_cursor(cursor: Cursor) -> str:
    deflater = zlib.compressobj(9, wbits=-15, zdict=_LIKELY_CURSOR)
    return keys.encode(deflater.compress(msgspec.json.encode(cursor)) + deflater.flush())


def decode_cursor(text: str) -> Cursor | None:
    """None for what was never a cursor."""
    # A cursor of before says in its head how it was made.
    for wbits in (-15, 15):
        try:
            inflater = zlib.decompressobj(wbits=wbits, zdict=_LIKELY_CURSOR)
            data = inflater.decompress(keys.decode(text), _LARGEST_CURSOR)
            return _cursors.decode(data)
        except (ValueError, zlib.error, msgspec.MsgspecError):
            continue
    return None


def decode_stretches(text: str) -> list[Stretch] | None:
    """`12-15.17` is (12, 15) and (17, 17); None for what says no positions, or too many."""
    found = [_STRETCH.fullmatch(part) for part in text.split(".")] if text else []
    if len(found) > _MOST_STRETCHES:
        return None
    return None if None in found else [(int(m[1]), int(m[2] or m[1])) for m in found if m]


def _stretches(positions: Sequence[int]) -> list[Stretch]:
    """Of positions that rise."""
    made: list[Stretch] = []
    for pos in positions:
        if made and made[-1][1] == pos - 1:
            made[-1] = (made[-1][0], pos)
        else:
            made.append((pos, pos))
    return made


def entitlement(db: sqlite3.Connection, device: Device) -> Entitlement:
    """What this device may be given now."""
    settings: dict[str, str] = {}
    turns = 0
    for published in forms.versions(db):
        setting = forms.phones_of(db, published)
        turns += settings.get(published.id, setting) != setting
        settings[published.id] = setting
    having = {each: sorted(name for name, its in settings.items() if its == each) for each in _SETTINGS}
    return Entitlement(
        devices=devices.lineage(db, device.id),
        scope=sorted(areas.expanded(db, device.areas)),
        rounds=rounds.open_ids(db),
        turns=turns,
        **having,
    )


def page(
    store: Store,
    device: Device,
    cursor: Cursor | None,
    limit: int,
    now_ms: int,
    *,
    former: Cursor | None = None,
    has: Sequence[Stretch] = (),
) -> PullAnswer:
    """The next page. `former`: of a device that begins again because the server was put back, how far it had
    come. `has`: where the device has changes of its own with their receipts. Raises `EpochChanged`."""
    judged = _refresh_carried(store, device)
    with store.reading() as db:
        return _without(db, device, has, _page(db, device, cursor, limit, now_ms, former, judged))


def _refresh_carried(store: Store, device: Device) -> int:
    """Works out the carried answers that this device may be given. Answers up to where: what comes meanwhile
    may have changed them again."""
    with store.reading() as db:
        judged = log.top_position(db)
        has_ties = bool(views.with_new_ties(db))
    if has_ties:
        # Whose answers are read for those about a household follows from them.
        refresh_records(store, [])
    with store.reading() as db:
        stale = pulls.stale_carried(db, entitlement(db, device))
    if stale:
        refresh_records(store, stale)
    return judged


def _without(db: sqlite3.Connection, device: Device, has: Sequence[Stretch], page: PullAnswer) -> PullAnswer:
    said = [change.pos for change in page.changes if any(a <= change.pos <= b for a, b in has)]
    had = log.written_by(db, said, devices.lineage(db, device.id)) if said else set()
    if not had:
        return page
    left = [change for change in page.changes if change.pos not in had]
    people = users.names_of_authors(db, [change.id for change in left])
    return replace(page, changes=left, people=people, had=_stretches(sorted(had)))


def require_same_epoch(store: Store, cursor: Cursor | None) -> None:
    """Raises `EpochChanged` where the server was put back to before what came with this cursor."""
    with store.reading() as db:
        _require_same_epoch(db, cursor)


def _require_same_epoch(db: sqlite3.Connection, cursor: Cursor | None) -> None:
    if cursor is not None and epochs.has_changed(db, cursor.epoch, max(cursor.pos, cursor.top)):
        raise EpochChanged


def _page(  # noqa: PLR0917
    db: sqlite3.Connection,
    device: Device,
    cursor: Cursor | None,
    limit: int,
    now_ms: int,
    former: Cursor | None,
    judged: int,
) -> PullAnswer:
    given = entitlement(db, device)
    top = log.top_position(db)
    forget: set[str] = set()
    # What a page gave was in the scope as it lay when the log ended at `top`, wherever the page itself ends.
    _require_same_epoch(db, cursor)
    if cursor is not None and _given_then(cursor) != _given_then(given):
        forget.update(_no_longer_given(db, given, cursor))
        cursor = None
    if cursor is None and former is not None:
        # Of another timeline: only under which scope and rounds it was given something still means anything.
        forget.update(_no_longer_given(db, given, replace(former, pos=0, top=top)))
    epoch = epochs.newest(db)
    start = cursor or Cursor(epoch, fresh=top)
    got = _gather(db, given, start, min(top, judged), limit)
    forget.update(pulls.left_between(db, given, start.pos, got.pos, start.fresh))
    released, discarded = holds.decided_between(db, given.devices, start.pos, got.pos)
    ended = top if top > got.pos else 0
    reached = Cursor(epoch, got.pos, got.history, start.fresh, ended, *_given_then(given))
    return PullAnswer(
        server=epoch,
        time=now_ms,
        changes=got.changes,
        carried=got.carried,
        forget=sorted(forget),
        erased=pulls.erased_between(db, start.pos, got.pos),
        released=released,
        discarded=discarded,
        cursor=encode_cursor(reached),
        more=got.pos < top,
        people=users.names_of_authors(db, [change.id for change in got.changes]),
        published=keys.published_tag(db, given.scope),
    )


def _given_then(of: Cursor | Entitlement) -> tuple[list[str], list[str], int]:
    return of.scope, of.rounds, of.turns


def _no_longer_given(db: sqlite3.Connection, given: Entitlement, cursor: Cursor) -> list[str]:
    upto = max(cursor.pos, cursor.top)
    has_turned = cursor.turns != given.turns
    return pulls.no_longer_given(
        db, given, cursor.scope, cursor.rounds, pos=cursor.pos, upto=upto, has_turned=has_turned
    )


def _gather(db: sqlite3.Connection, given: Entitlement, start: Cursor, top: int, limit: int) -> _Page:
    """Everything up to the first position at which the page is full, in the order of positions; histories
    that enter the scope stand before the position at which they enter."""
    # One that enters several times is given whole where it does so last, be that beyond this page.
    end, since = log.top_position(db), max(start.pos, start.fresh)
    enters = {record: pos for pos, record in pulls.entering(db, given, since, end)}
    changes = pulls.changes_between(db, given, start.pos, top, limit + 1, enters=enters)
    carried = pulls.carried_between(db, given, start.pos, top, limit + 1)
    upto = top
    # Beyond the end of a full list nothing is known of what stands between.
    fitting = pulls.fitting(changes, limit, 0)
    if len(changes) > fitting:
        upto = min(upto, changes[fitting - 1].pos)
    if len(carried) > limit:
        # Many records may enter at one position: those are given together.
        upto = min(upto, carried[-1][0])
        carried = pulls.carried_between(db, given, start.pos, carried[-1][0], -1)
    got = _Page([], [], start.pos)
    entering: dict[int, list[str]] = {}
    for record, pos in enters.items():
        entering.setdefault(pos, []).append(record)
    positions = sorted({change.pos for change in changes} | {place for place, _ in carried} | entering.keys())
    for pos in positions:
        if pos > upto:
            break
        # What entered there may have left again since the page before: of others nothing was given yet.
        history = start.history if pos == start.pos + 1 else 0
        if len(got.changes) + len(got.carried) >= limit or got.weight >= pulls.HEAVIEST_PAGE:
            return got
        records = entering.get(pos, [])
        if records:
            room = limit - len(got.changes) - len(got.carried)
            older = pulls.history_between(db, records, history, pos, room + 1)
            fitting = pulls.fitting(older, room, got.weight)
            got.add(older[:fitting])
            if len(older) > fitting:
                got.pos, got.history = pos - 1, older[fitting - 1].pos
                return got
        got.add([change for change in changes if change.pos == pos])
        got.carried += [answers for place, answers in carried if place == pos]
        got.pos = pos
    got.pos = upto
    return got
