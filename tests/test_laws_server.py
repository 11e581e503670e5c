"""The laws of sync that the server must hold, as properties against a real store through the one way in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.change import Change, change_id, encode_change, parse_change
from schemas.identity import record_id
from schemas.wire import PushResult, SentReceipt
from server import pulling
from server.intake import Offered, release
from server.refresh import make_view, stored_fold
from server.store import devices, forms, holds, log, pulls, views
from server.verifying import differences
from sync.clock import next_at
from sync.fold import Stored, fold
from tests.strategies import DEVICES, ChangeSet, change_sets
from tests.village import NOW, Phone, Village

TEN_MINUTES = 10 * 60_000
EXAMPLES = settings(max_examples=40)
AREAS = {"68-a": "C1", "68-b": "C2"}
seeds = st.integers(0, 2**32)


class Commune(Village):
    """Two phones and a desk that may write everywhere; every example writes a record of its own."""

    def begin(self) -> None:
        phones = [self.phone(name, "C", self.han, self.lan) for name in DEVICES[:2]]
        self.writers = dict(zip(DEVICES, [*phones, self.desk(self.supervisor, "C")], strict=True))
        self.records: Iterator[str] = (record_id("law", [str(n)]) for n in itertools.count())

    def bodies(self, case: ChangeSet) -> list[bytes]:
        """The same people doing the same to a fresh record of this commune."""
        record = next(self.records)
        new_ids: dict[str, str] = {}
        bodies = []
        for item in case.stored:
            writer = self.writers[item.change.device]
            people = {"u-han": self.han, "u-lan": self.lan}
            author = people.get(item.change.author, self.han)
            writes = item.change.set
            if writer.author == self.supervisor:
                author = self.supervisor
            else:
                writes = {path: value for path, value in writes.items() if path != "@same_as"} or {"q": 1}
                if writes.get("@status") in ("approved", "returned"):
                    writes = writes | {"@status": "submitted"}
            if "@area" in writes:
                writes = writes | {"@area": AREAS.get(str(writes["@area"]))}
            body = writer.body(
                record,
                writes,
                author=author,
                at=max(1, item.at),
                seen=[new_ids[seen] for seen in item.change.seen],
            )
            new_ids[item.id] = change_id(body)
            bodies.append(body)
        return bodies

    def device_key(self, device: str) -> str:
        with self.store.reading() as db:
            found = devices.get(db, device)
        assert found is not None
        return found.device_key

    def offered(self, body: bytes, courier: Phone, receipts: dict[str, PushResult]) -> Offered:
        """As `courier` brings it: with the receipt where there is one, else with the author device's mark."""
        change = read(body)
        if change.device == courier.device:
            return Offered(body)
        known = receipts.get(change_id(body))
        if known is not None and known.pos and known.at is not None and known.role and known.mac:
            return Offered(body, receipt=SentReceipt(known.pos, known.at, known.role, known.mac))
        key = base64.urlsafe_b64decode(self.device_key(change.device) + "==")
        digest = hmac.new(key, body, hashlib.sha256).digest()
        return Offered(body, sig=base64.urlsafe_b64encode(digest).rstrip(b"=").decode())

    def role_of(self, body: bytes) -> str:
        return "supervisor" if read(body).author == self.supervisor else "interviewer"


def read(body: bytes) -> Change:
    change = parse_change(body)
    assert isinstance(change, Change)
    return change


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commune]:
    made = Commune(tmp_path_factory.mktemp("commune"))
    made.begin()
    yield made
    made.store.close()


@EXAMPLES
@given(change_sets(), seeds)
def test_law_13_any_batches_by_any_courier_leave_one_log_entry_per_id(
    commune: Commune, case: ChangeSet, seed: int
) -> None:
    bodies = commune.bodies(case)
    chance = random.Random(seed)
    queue = chance.sample(bodies * 3, len(bodies) * 3)
    receipts: dict[str, PushResult] = {}
    phones = [commune.writers[name] for name in DEVICES[:2]]
    while queue:
        size = chance.randint(1, len(queue))
        batch, queue = queue[:size], queue[size:]
        desk = [body for body in batch if read(body).device == commune.writers[DEVICES[2]].device]
        for courier, carried in (
            (commune.writers[DEVICES[2]], desk),
            (chance.choice(phones), [body for body in batch if body not in desk]),
        ):
            for result in courier.offer(*(commune.offered(body, courier, receipts) for body in carried)):
                assert result.result == ("duplicate" if result.id in receipts else "stored"), result
                first = receipts.setdefault(result.id, result)
                assert (result.pos, result.at, result.role, result.mac) == (
                    first.pos,
                    first.at,
                    first.role,
                    first.mac,
                )
    if not bodies:
        return
    with commune.store.reading() as db:
        entries = log.entries_of(db, read(bodies[0]).record)
    assert sorted(entry.id for entry in entries) == sorted(change_id(body) for body in bodies)
    assert {entry.id: entry.body for entry in entries} == {change_id(body): body for body in bodies}
    for entry in entries:
        change = read(entry.body)
        assert entry.receipt.at == min(change.at, NOW + TEN_MINUTES)
        assert entry.receipt.role == commune.role_of(entry.body)


BAD = {
    "not JSON": b"{'v':1}",
    "no text": b"\xff\xfe",
    "empty": b"",
    "newer format": b'{"v":2,"record":"r","set":{}}',
    "lone surrogate": b'{"v":1,"record":"\\ud800"}',
    "duplicate key": b'{"v":1,"v":1}',
}
spoilt = st.sampled_from([*BAD, "form", "version", "author", "device", "role", "area"])


def spoil(commune: Commune, body: bytes, how: str) -> bytes:
    """A change like this one that must be put on hold; no two are the same bytes."""
    if how in BAD:
        return BAD[how] + b" " * next(_spaces)
    fields = msgspec.structs.asdict(read(body))
    del fields["v"]
    fields["device"], fields["author"] = DEVICES[0], commune.han
    fields["seq"] = 10_000 + next(_spaces)
    match how:
        case "form":
            fields["form"] = "nowhere"
        case "version":
            fields["form_version"] = "99"
        case "author":
            fields["author"] = commune.viewer
        case "device":
            fields["device"] = DEVICES[1]
        case "role":
            fields["set"] = {"@status": "approved"}
        case _:
            fields["set"] = {"@area": "elsewhere"}
    return encode_change(**fields)


_spaces = itertools.count(1)


@EXAMPLES
@given(change_sets(), st.lists(st.tuples(spoilt, st.integers(0, 30)), min_size=1, max_size=6), seeds)
def test_law_14_bad_changes_never_block_the_others_and_the_outbox_shrinks(
    commune: Commune, case: ChangeSet, bad: list[tuple[str, int]], seed: int
) -> None:
    phone = commune.writers[DEVICES[0]]
    good = [body for body in commune.bodies(case) if read(body).device == phone.device]
    good.append(phone.body(next(commune.records), {"q": 1}))
    outbox = list(good)
    for how, place in bad:
        outbox.insert(place % (len(outbox) + 1), spoil(commune, good[-1], how))
    chance = random.Random(seed)
    while outbox:
        batch = outbox[: chance.randint(1, len(outbox))]
        results = phone.push(*batch)
        assert [result.id for result in results] == [change_id(body) for body in batch]
        for body, result in zip(batch, results, strict=True):
            assert result.result == ("stored" if body in good else "held"), (body, result)
            assert result.pos and (result.mac if body in good else result.reason)
        answered = {result.id for result in results}
        left = [body for body in outbox if change_id(body) not in answered]
        assert len(left) < len(outbox)
        with commune.store.reading() as db:
            for body, result in zip(batch, results, strict=True):
                kept = log.receipt_of(db, result.id) if body in good else holds.get(db, result.id)
                assert kept is not None and kept.pos == result.pos
        outbox = left


@EXAMPLES
@given(change_sets(), seeds)
def test_law_13_what_was_given_a_receipt_keeps_its_time_and_role_at_a_server_that_forgot(
    commune: Commune, case: ChangeSet, seed: int
) -> None:
    bodies = commune.bodies(case)
    chance = random.Random(seed)
    receipts: dict[str, PushResult] = {}
    for body in bodies:
        writer = next(w for w in commune.writers.values() if w.device == read(body).device)
        receipts |= {result.id: result for result in writer.push(body)}

    def forget(db: Any) -> None:
        ids = [(name,) for name in receipts]
        db.executemany("DELETE FROM log WHERE id = ?", ids)

    commune.store.write(forget)
    phones = [commune.writers[name] for name in DEVICES[:2]]
    for body in chance.sample(bodies, len(bodies)):
        courier = chance.choice([each for each in phones if each.device != read(body).device])
        # Years later, and from a phone whose own people may not write so.
        (result,) = courier.offer(commune.offered(body, courier, receipts), now=5)
        before = receipts[result.id]
        assert (result.result, result.at, result.role) == ("stored", before.at, before.role)


def test_law_09_deleting_keeps_every_byte_and_undo_brings_all_back(commune: Commune) -> None:
    record, phone = next(commune.records), commune.writers[DEVICES[0]]
    names = [phone.write(record, {"head": "Ka Lan", "@area": "C1"})]
    names.append(phone.write(record, {"size": 4}, seen=list(names)))
    names.append(phone.write(record, {"@deleted": True}, seen=list(names)))
    commune.store.refresh_views()
    with commune.store.reading() as db:
        hidden = views.get(db, record)
        assert all(entry.body for entry in log.entries_of(db, record))
    names.append(phone.write(record, {"@deleted": None}, seen=list(names)))
    commune.store.refresh_views()
    with commune.store.reading() as db:
        back = views.get(db, record)
    assert hidden is not None and hidden.deleted and back is not None and not back.deleted
    assert hidden.answers == back.answers and back.answers["head"] == "Ka Lan" and back.answers["size"] == 4


@EXAMPLES
@given(change_sets(), seeds)
def test_law_24_the_stored_view_is_the_fold_of_the_log(commune: Commune, case: ChangeSet, seed: int) -> None:
    bodies = commune.bodies(case)
    chance = random.Random(seed)
    for body in chance.sample(bodies, len(bodies)):
        writer = next(w for w in commune.writers.values() if w.device == read(body).device)
        (result,) = writer.push(body)
        assert result.result == "stored", result
        if chance.random() < 0.3:
            commune.store.refresh_views()
    commune.store.refresh_views()
    if not bodies:
        return
    record = read(bodies[0]).record
    expected = [
        Stored(change_id(body), read(body), min(read(body).at, NOW + TEN_MINUTES), commune.role_of(body))
        for body in bodies
    ]
    with commune.store.reading() as db:
        form, view = forms.newest(db, "house"), views.get(db, record)
        assert form is not None and view is not None
        folded = fold(record, expected, form.conflict_rules())
        assert view.folded == stored_fold(folded, view.answers)
        assert views.shown_values(view) == folded.values


def test_law_24_verify_finds_no_difference_and_finds_a_made_one(commune: Commune) -> None:
    record = next(commune.records)
    phone = commune.writers[DEVICES[0]]
    phone.write(record, {"head": "Ka Lan"})
    commune.store.refresh_views()
    with commune.store.reading() as db:
        assert list(differences(db)) == []
        view = views.get(db, record)
    assert view is not None
    commune.store.write(lambda db: views.put(db, msgspec.structs.replace(view, title="another")))
    with commune.store.reading() as db:
        assert any(record in sentence for sentence in differences(db))
    commune.store.write(lambda db: views.put(db, view))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_law_24_views_follow_what_they_read_of_others(
    commune: Commune, steps: list[tuple[int, bool]]
) -> None:
    """An interview shows its household's name; of a household registered twice, the name of the other."""
    phone, desk = commune.writers[DEVICES[0]], commune.writers[DEVICES[2]]
    house, twin, visit = (next(commune.records) for _ in range(3))
    small, large = sorted((house, twin))
    about = {"form": "visit", "form_version": "1"}
    phone.write(visit, {"@subject": large, "income": 1}, **about)
    for number, (step, is_refreshed) in enumerate(steps):
        match step:
            case 0 | 1:
                phone.write((small, large)[step], {"head": f"Ka {number}", "@area": "C1"})
            case 2 | 3:
                desk.write(large, {"@same_as": small if step == 2 else None}, seen=_seen(commune, large))
            case 4:
                desk.write(small, {"@deleted": True}, seen=_seen(commune, small))
            case _:
                phone.write(
                    visit, {"@subject": (small, large)[number % 2]}, seen=_seen(commune, visit), **about
                )
        if is_refreshed:
            commune.store.refresh_views()
    commune.store.refresh_views()
    with commune.store.reading() as db:
        assert list(differences(db)) == []


@pytest.mark.parametrize("later", ["named anew", "tied", "tied and untied"])
def test_law_24_an_interview_follows_the_name_of_its_household(commune: Commune, later: str) -> None:
    phone, desk = commune.writers[DEVICES[0]], commune.writers[DEVICES[2]]
    small, large = sorted((next(commune.records), next(commune.records)))
    visit = next(commune.records)
    for house in (small, large):
        phone.write(house, {"head": f"Ka {house}", "@area": "C1"})
    phone.write(visit, {"@subject": large, "income": 1}, form="visit", form_version="1")
    commune.store.refresh_views()
    if later == "named anew":
        phone.write(large, {"head": "Ka Mới"}, seen=_seen(commune, large))
    else:
        desk.write(large, {"@same_as": small}, seen=_seen(commune, large))
    if later == "tied and untied":
        commune.store.refresh_views()
        desk.write(large, {"@same_as": None}, seen=_seen(commune, large))
    commune.store.refresh_views()
    with commune.store.reading() as db:
        view = views.get(db, visit)
    wanted = {"named anew": "Ka Mới", "tied": f"Ka {small}", "tied and untied": f"Ka {large}"}[later]
    assert view is not None and view.answers["whose"] == wanted


def test_law_24_an_interview_follows_a_tie_between_two_others(commune: Commune) -> None:
    """Who stands for the third registration of a household changes by what is said of the second."""
    phone, desk = commune.writers[DEVICES[0]], commune.writers[DEVICES[2]]
    small, middle, large = sorted(next(commune.records) for _ in range(3))
    visit = next(commune.records)
    for house in (small, middle, large):
        phone.write(house, {"head": f"Ka {house}", "@area": "C1"})
    phone.write(visit, {"@subject": large, "income": 1}, form="visit", form_version="1")
    desk.write(large, {"@same_as": middle}, seen=_seen(commune, large))
    for tie, name in ((small, small), (None, middle)):
        desk.write(middle, {"@same_as": tie}, seen=_seen(commune, middle))
        commune.store.refresh_views()
        with commune.store.reading() as db:
            view = views.get(db, visit)
        assert view is not None and view.answers["whose"] == f"Ka {name}"


def _seen(commune: Commune, record: str) -> list[str]:
    with commune.store.reading() as db:
        return [entry.id for entry in log.entries_of(db, record)]


def test_law_24_a_view_made_while_a_change_came_is_made_again(commune: Commune) -> None:
    record, phone = next(commune.records), commune.writers[DEVICES[0]]
    phone.write(record, {"head": "Ka Lan", "@area": "C1"})
    commune.store.refresh_views()
    phone.write(record, {"size": 1})
    with commune.store.reading() as db:
        made = make_view(db, record)
    assert made is not None
    phone.write(record, {"size": 2})
    commune.store.write(lambda db: views.put(db, made))
    commune.store.refresh_views()
    with commune.store.reading() as db:
        assert list(differences(db)) == []


@EXAMPLES
@given(st.integers(NOW, 5_000_000_000_000), st.integers(TEN_MINUTES + 1, 10**9))
def test_law_12_a_clock_once_at_2090_does_not_stay_ahead(commune: Commune, at: int, later: int) -> None:
    phone = commune.writers[DEVICES[0]]
    (result,) = phone.push(phone.body(next(commune.records), {"q": 1}, at=at))
    assert result.result == "stored" and result.at is not None
    assert result.at <= NOW + TEN_MINUTES
    assert next_at([result.at], NOW + later) == NOW + later


unknown_keys = st.dictionaries(
    st.from_regex(r"x_[a-z]{1,6}", fullmatch=True),
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text("aă ", max_size=4), st.lists, max_leaves=4
    ),
    min_size=1,
    max_size=3,
)


@EXAMPLES
@given(unknown_keys, st.sampled_from([None, 1, 4]), st.sampled_from([1, 2, 99]), st.booleans())
def test_law_22_unknown_keys_and_newer_formats_keep_their_bytes(
    commune: Commune, extra: dict[str, object], indent: int | None, version: int, is_escaped: bool
) -> None:
    phone = commune.writers[DEVICES[0]]
    record = next(commune.records)
    known = json.loads(phone.body(record, {"@area": "C1", "head": "K'Brình"}))
    written = {**extra, **known, "v": version}
    body = json.dumps(written, indent=indent, ensure_ascii=is_escaped).encode()
    (result,) = phone.push(body)
    assert result.id == change_id(body)
    with commune.store.reading() as db:
        if version == 1:
            assert result.result == "stored"
            device = devices.get(db, phone.device)
            assert device is not None
            entitled = pulling.entitlement(db, device)
            assert result.pos is not None
            (given_,) = pulls.changes_between(db, entitled, result.pos - 1, result.pos, 10, enters={})
            assert given_.body.encode() == body
        else:
            assert (result.result, result.reason) == ("held", "newer_format")
            hold = holds.get(db, result.id)
            assert hold is not None and hold.body == body


def test_law_23_a_release_lends_a_forged_change_no_role(commune: Commune) -> None:
    record, phone = next(commune.records), commune.writers[DEVICES[0]]
    (result,) = phone.push(phone.body(record, {"q": 1}, author=commune.supervisor))
    assert result.result == "held"
    assert release(commune.store, result.id, commune.admin, NOW) is None
    with commune.store.reading() as db:
        (entry,) = log.entries_of(db, record)
    assert entry.receipt.role == "interviewer"


claims = st.fixed_dictionaries(
    {
        "author": st.sampled_from(["han", "lan", "supervisor", "admin", "viewer", "system", "nobody"]),
        "device": st.sampled_from(["own", "other", "desk", "cli", "nobody"]),
        "role": st.sampled_from([None, "admin", "supervisor"]),
        "sig": st.sampled_from([None, "", "AAAA"]),
        "set": st.sampled_from([{"q": 1}, {"@status": "approved"}, {"@same_as": "x"}, {"@area": "C1"}]),
    }
)


@settings(max_examples=150)
@given(claims)
def test_law_23_no_message_speaks_for_another_user_role_or_device(
    commune: Commune, claim: dict[str, Any]
) -> None:
    phone, other, desk = (commune.writers[name] for name in DEVICES)
    named = {"own": phone.device, "other": other.device, "desk": desk.device}
    device = named.get(claim["device"], claim["device"])
    people = {name: getattr(commune, name) for name in ("han", "lan", "supervisor", "admin", "viewer")}
    author = people.get(claim["author"], claim["author"])
    record = next(commune.records)
    body = phone.body(record, claim["set"], author=author, device=device)
    forged = claim["role"] and SentReceipt(7, 1, claim["role"], base64.urlsafe_b64encode(bytes(32)).decode())
    (result,) = phone.offer(Offered(body, receipt=forged or None, sig=claim["sig"]))
    is_own = device == phone.device and author in (commune.han, commune.lan)
    may_write = claim["set"].keys().isdisjoint({"@status", "@same_as"})
    assert result.result == ("stored" if is_own and may_write else "held"), result
    with commune.store.reading() as db:
        entries = log.entries_of(db, record)
    assert [(entry.device, entry.author, entry.receipt.role) for entry in entries] == (
        [(phone.device, author, "interviewer")] if is_own and may_write else []
    )
