"""The laws of the fold, on what came out of a run."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import msgspec

from schemas.canonical import canonical
from server.refresh import stored_fold
from server.store import forms, views
from server.verifying import differences
from sync.fold import Record, Stored, fold, history
from tests import naive_fold as naive
from tests.machine.oracle import Oracle
from tests.machine.village import RECORDS
from tests.machine.world import World

TEN_MINUTES = 10 * 60_000
_MARKS = ("@row", "@deleted")
_CLOCKLESS = ("deleted", "hidden_rows", "areas", "flags", "places", "status", "same_as")


def check(world: World) -> tuple[bool, list[str]]:
    """Raises where a law does not hold. Whether some path has several heads; change sets for the other
    language."""
    there = Oracle(world.server.store)
    check_log(world, there)
    has_several, cases = False, []
    for record in RECORDS:
        stored = there.by_record.get(record, [])
        rules = rules_of(world, there, record)
        folded = fold(record, stored, rules)
        check_fold(stored, rules, folded)
        check_stored(world, record, folded)
        has_several |= any(len(heads) > 1 for heads in folded.heads.values())
        if stored:
            cases.append(as_case(record, rules, stored, there))
    check_resolutions(world, there)
    check_ties(world, there)
    return has_several, cases


def rules_of(world: World, there: Oracle, record: str) -> dict[str, str]:
    """Of the version that judges."""
    changes = there.by_record.get(record)
    if not changes:
        return {}
    with world.server.store.reading() as db:
        form = forms.that_judges(db, changes[0].change.form, there.newest(record, "@round") or "")
    return dict(form.conflict_rules()) if form else {}


def check_log(world: World, there: Oracle) -> None:
    with world.server.store.reading() as db:
        count, ids, places = db.execute(
            "SELECT count(*), count(DISTINCT id), count(DISTINCT pos) FROM log"
        ).fetchone()
        rows = db.execute("SELECT id, device, author, role FROM log").fetchall()
        roles = dict(db.execute("SELECT id, role FROM user").fetchall()) | {"system": None}
    assert count == ids == places, "law 13: one entry per id and position"
    for name, (state, _) in there.holds.items():
        assert (name in there.receipts) == (state == "released"), f"law 13: {name} is {state}"
    for name, body in world.written.items():
        assert there.bodies.get(name, b"") in (b"", body), "law 22: other bytes"
    for phone in world.phones.values():
        for name, kept in phone.kept.items():
            assert kept.body == world.written.get(name, kept.body), "law 22: other bytes on a phone"
    world.look_at_erased(there)
    assert not world.forged & there.receipts.keys(), "law 23: somebody spoke for another"
    for item in there.stored:
        assert item.at <= world.server.latest + TEN_MINUTES, "law 12: ahead of every clock"
    for name, device, author, role in rows:
        body = there.bodies[name]
        said = json.loads(body) if body else {"device": device, "author": author}
        assert (said["device"], said["author"]) == (device, author), f"law 23: {name}"
        assert roles[author] in (role, None), f"law 23: {name} as {role}"
    for name, receipt in world.answered.items():
        assert receipt[1] is None or there.receipts.get(name) == receipt, "law 15: another receipt"
    world.server.store.refresh_views()
    with world.server.store.reading() as db:
        found = list(differences(db))
    assert not found, f"law 24: {found}"


def check_fold(stored: list[Stored], rules: dict[str, str], folded: Record) -> None:
    chance = Random(len(stored))
    record, text = folded.record, canonical(folded)
    again = chance.sample(stored * 2, len(stored) * 2)
    assert canonical(fold(record, again, rules)) == text, "laws 1 and 2: order and repetition"
    a, b = [[item for item in stored if chance.random() < 0.6] for _ in range(2)]
    rest = [item for item in stored if item not in a and item not in b]
    assert canonical(fold(record, b + a + rest, rules)) == text, "law 3: union"
    listed = {(entry["id"], path) for entry in history(stored) for path in entry["set"]}
    for path in naive.paths_of(stored):
        heads = [head[1] for head in reversed(naive.heads_of(stored, path))]
        assert [head.id for head in folded.heads[path]] == heads, "laws 4, 5 and 6: heads"
        assert all((item.id, path) in listed for item in stored if path in item.change.set), "law 5: history"
    values = {path: v for path, v in folded.values.items() if path.rpartition("/")[2] not in _MARKS}
    assert canonical(values) == canonical(naive.values_of(stored, rules)), "law 7: values"
    assert list(folded.conflicts) == naive.open_paths(stored, rules), "law 7: conflicts"
    assert folded.deleted == (naive.deletion(stored, "") == "hides"), "law 9: deletion"
    assert folded.hidden_rows == naive.hidden_rows(stored), "law 9: rows"
    is_changed = naive.is_changed_since_approval(stored)
    assert ("changed_since_approval" in folded.flags) == is_changed, "law 10: approval"
    others = [msgspec.structs.replace(item, at=chance.choice([-1, 0, 5, item.at, 2**42])) for item in stored]
    theirs = fold(record, others, rules)
    for name in _CLOCKLESS:
        assert getattr(folded, name) == getattr(theirs, name), f"law 12: {name}"
    assert list(folded.conflicts) == list(theirs.conflicts), "law 12: conflicts"


def check_stored(world: World, record: str, folded: Record) -> None:
    with world.server.store.reading() as db:
        view = views.get(db, record)
    if not folded.seen:
        return
    assert view is not None and view.folded == stored_fold(folded, view.answers), "law 24: the stored view"
    assert canonical(views.shown_values(view)) == canonical(folded.values), "law 24: its values"
    for name in ("status", "subject", "round", "deleted", "same_as"):
        assert getattr(view, name) == getattr(folded, name), f"law 24: {name}"


def check_resolutions(world: World, there: Oracle) -> None:
    for record, path, shown, name in world.resolved:
        stored = there.by_record.get(record, [])
        if any(item.id == name for item in stored):
            left = {head[1] for head in naive.heads_of(stored, path)}
            assert not left & shown, "law 8: what was decided is open again"


def check_ties(world: World, there: Oracle) -> None:
    """Law 11, among all records: the smallest that is not deleted of those that are tied."""
    edges = [(one, str(head)) for one in there.by_record for head in there.heads(one, "@same_as") if head]
    for record in there.by_record:
        same = {record}
        for _ in edges:
            same |= {end for pair in edges if same & set(pair) for end in pair}
        living = sorted(
            name
            for name in same - there.erased_whole
            if naive.deletion(there.by_record.get(name, []), "") != "hides"
        )
        expected = living[0] if len(same) > 1 and living else None
        with world.server.store.reading() as db:
            view = views.get(db, record)
        assert view is not None and view.representative == expected, (
            f"law 11: the representative of {record}: {view and view.representative} is not {expected}"
        )


def as_case(record: str, rules: dict[str, str], stored: list[Stored], there: Oracle) -> str:
    """As client_pwa/tests/fold_cases.mjs reads it."""
    changes: list[dict[str, Any]] = [
        {"body": there.bodies[item.id].decode(), "at": item.at, "role": item.role} for item in stored
    ]
    return json.dumps({"record": record, "rules": rules, "changes": changes})
