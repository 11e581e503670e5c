"""The laws of sync that the fold alone must hold, each as a property."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import replace
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from hatch_build import CLIENT, node_env
from schemas.canonical import canonical
from schemas.change import encode_change
from sync.clock import next_at
from sync.fold import Record, Stored, fold, history
from sync.same_as import representative
from tests import naive_fold as naive
from tests.strategies import (
    ALIKE,
    RECORD,
    ROLES,
    RULES,
    ChangeSet,
    amounts,
    change_sets,
    compose,
    few_values,
    gappy_sets,
    odd_values,
    options,
    texts,
)

SUPERVISOR = "u-sup"
seeds = st.integers(0, 2**32)
statuses = st.sampled_from(["returned", "draft", "submitted", "approved", None])
concurrent_writes = st.tuples(
    st.one_of(few_values, odd_values, amounts, options, texts),
    st.integers(0, 4),
    st.sampled_from(sorted(ROLES)),
)
several_heads = st.one_of(
    st.lists(concurrent_writes, min_size=2, max_size=5),
    st.sampled_from(ALIKE).flatmap(
        lambda values: st.lists(
            st.tuples(st.sampled_from(values), st.integers(0, 1), st.sampled_from(sorted(ROLES))),
            min_size=2,
            max_size=4,
        )
    ),
)
every_rule = st.sampled_from(sorted(set(RULES.values())))


def quarrels(*paths: str) -> st.SearchStrategy[ChangeSet]:
    """A few people about one question, or a few."""
    return change_sets(largest=6, about=paths)


def focused(*topics: tuple[str, ...]) -> st.SearchStrategy[ChangeSet]:
    """Any set of changes, or as often a few people about few questions, so that writes meet."""
    few = st.sampled_from(topics).flatmap(lambda paths: st.one_of(quarrels(*paths), gappy_sets(*paths)))
    return st.one_of(change_sets(), few, few)


def apart(rule: str, heads: list[tuple[Any, int, str]]) -> ChangeSet:
    """One question, answered by people who were shown nothing of one another."""
    made = [
        compose("desk0009", n, at, author, [], {"q": value}) for n, (value, at, author) in enumerate(heads)
    ]
    return ChangeSet(RECORD, {"q": rule}, [item for item, _ in made], [body for _, body in made])


def pairs_of_heads() -> list[ChangeSet]:
    """Every two values that are easily taken for one another, under every rule, by whoever is above whom."""
    return [
        apart(rule, [(one, 0, older), (other, 1, newer)])
        for rule in sorted(set(RULES.values()))
        for values in ALIKE
        for one, other in permutations(values, 2)
        for older, newer in (("u-han", "u-adm"), ("u-sup", "u-han"))
    ]


def folded(case: ChangeSet, stored: list[Stored] | None = None) -> Record:
    return fold(case.record, case.stored if stored is None else stored, case.rules)


def shuffled(stored: list[Stored], seed: int) -> list[Stored]:
    return random.Random(seed).sample(stored, len(stored))


def written(seen: list[Stored], set: dict[str, Any], at: int = 5, author: str = SUPERVISOR) -> Stored:
    return compose("desk0009", 9_000 + len(seen), at, author, seen, set)[0]


def some(case: ChangeSet, seed: int) -> list[Stored]:
    """What a screen might have shown: any of the changes."""
    chance = random.Random(seed)
    return [item for item in case.stored if chance.random() < 0.6]


@given(change_sets(), seeds)
def test_law_01_equal_sets_give_byte_identical_records(case: ChangeSet, seed: int) -> None:
    assert canonical(folded(case)) == canonical(folded(case, shuffled(case.stored, seed)))


def test_law_01_both_languages_give_byte_identical_records() -> None:
    cases = pairs_of_heads()

    @settings(
        max_examples=400,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.one_of(
            change_sets(),
            st.sampled_from([path for path in RULES if "/" not in path]).flatmap(quarrels),
            st.builds(apart, every_rule, several_heads),
        )
    )
    def collect(case: ChangeSet) -> None:
        cases.append(case)

    collect()
    node = subprocess.run(
        ["node", "tests/fold_cases.mjs"],
        cwd=CLIENT,
        env=node_env(),
        input="\n".join(map(as_line, cases)).encode(),
        capture_output=True,
        check=False,
    )
    assert node.returncode == 0, node.stderr.decode()
    twins = node.stdout.splitlines()
    assert len(twins) == len(cases) >= len(pairs_of_heads()) + 300
    for case, twin in zip(cases, twins, strict=True):
        mine = {"folded": msgspec.to_builtins(folded(case)), "composed": [recomposed(i) for i in case.stored]}
        assert twin == canonical(mine)


def as_line(case: ChangeSet) -> str:
    pairs = zip(case.bodies, case.stored, strict=True)
    changes = [{"body": body.decode(), "at": item.at, "role": item.role} for body, item in pairs]
    return json.dumps({"record": case.record, "rules": case.rules, "changes": changes})


def recomposed(item: Stored) -> str:
    fields = msgspec.structs.asdict(item.change)
    del fields["v"]
    return encode_change(**fields).decode()


@given(change_sets(), seeds)
def test_law_02_order_repetition_and_batches_of_deliveries_do_not_matter(case: ChangeSet, seed: int) -> None:
    chance = random.Random(seed)
    deliveries = shuffled(case.stored * 2, seed)
    present: dict[str, Stored] = {}
    while deliveries:
        size = chance.randint(1, len(deliveries))
        batch, deliveries = deliveries[:size], deliveries[size:]
        present |= {item.id: item for item in batch}
    assert canonical(folded(case, list(present.values()))) == canonical(folded(case))
    assert canonical(folded(case, shuffled(case.stored * 2, seed))) == canonical(folded(case))


@given(change_sets(), seeds)
def test_law_03_merge_is_commutative_associative_and_idempotent(case: ChangeSet, seed: int) -> None:
    a, b, c = some(case, seed), some(case, seed + 1), some(case, seed + 2)
    union = [item for item in case.stored if item in a or item in b or item in c]
    merged = canonical(folded(case, union))
    assert merged == canonical(folded(case, a + b + c)) == canonical(folded(case, c + b + a))
    assert merged == canonical(folded(case, b + (c + a) + b + a))


@given(change_sets(), seeds)
def test_law_03_the_copy_with_the_receipt_and_the_one_without_are_one_change(
    case: ChangeSet, seed: int
) -> None:
    """Whichever came first: a phone has its own changes before the server's word on them."""
    early = [msgspec.structs.replace(item, at=item.at + 1, role="interviewer") for item in some(case, seed)]
    assert canonical(folded(case, early + case.stored)) == canonical(folded(case, case.stored + early))


@settings(max_examples=200)
@given(focused(("asked", "newest")), seeds)
def test_law_04_only_a_write_that_saw_it_ends_a_head(case: ChangeSet, seed: int) -> None:
    fewer = some(case, seed)
    before, after = folded(case, fewer), folded(case)
    added = [item for item in case.stored if item not in fewer]
    for path, heads in before.heads.items():
        ended = {head.id for head in heads} - {head.id for head in after.heads[path]}
        for change in ended:
            assert any(path in item.change.set and change in item.change.seen for item in added)
    for path in naive.paths_of(case.stored):
        assert [head.id for head in after.heads[path]] == [
            head[1] for head in reversed(naive.heads_of(case.stored, path))
        ]


@given(change_sets())
def test_law_05_every_write_is_a_head_or_superseded_and_stands_in_the_history(case: ChangeSet) -> None:
    record = folded(case)
    listed = {(entry["id"], path) for entry in history(case.stored) for path in entry["set"]}
    for item in case.stored:
        for path, value in item.change.set.items():
            is_head = any(head.id == item.id for head in record.heads[path])
            is_superseded = any(
                path in other.change.set and item.id in other.change.seen for other in case.stored
            )
            assert is_head != is_superseded
            assert (item.id, path) in listed
            if is_head:
                head = next(head for head in record.heads[path] if head.id == item.id)
                assert canonical(head.value) == canonical(value)
    assert len(history(case.stored)) == len(record.seen) == len({item.id for item in case.stored})


@given(focused(("asked",), ("@area",)))
def test_law_06_two_heads_of_a_path_have_not_seen_each_other(case: ChangeSet) -> None:
    seen = {item.id: item.change.seen for item in case.stored}
    for heads in folded(case).heads.values():
        assert heads
        for head in heads:
            assert not any(head.id in seen[other.id] for other in heads)


@given(focused(*((path,) for path in RULES if "/" not in path), ("@status",)))
def test_law_07_a_result_depends_only_on_the_heads(case: ChangeSet) -> None:
    record = folded(case)
    marks = ("@row", "@deleted")
    values = {path: v for path, v in record.values.items() if path.rpartition("/")[2] not in marks}
    assert canonical(values) == canonical(naive.values_of(case.stored, case.rules))
    assert list(record.conflicts) == naive.open_paths(case.stored, case.rules)


def test_law_07_values_that_look_alike_are_told_apart() -> None:
    for case in pairs_of_heads():
        record = folded(case)
        assert canonical(record.values.get("q")) == canonical(
            naive.values_of(case.stored, case.rules).get("q")
        )
        assert list(record.conflicts) == naive.open_paths(case.stored, case.rules)


@settings(max_examples=300)
@given(every_rule, several_heads)
def test_law_07_every_rule_looks_at_the_whole_set_of_heads(
    rule: str, heads: list[tuple[Any, int, str]]
) -> None:
    stored = apart(rule, heads).stored
    record = fold(RECORD, stored, {"q": rule})
    assert canonical(record.values.get("q")) == canonical(naive.values_of(stored, {"q": rule}).get("q"))
    assert list(record.conflicts) == naive.open_paths(stored, {"q": rule})


@given(st.lists(st.tuples(statuses, st.integers(0, 4)), min_size=2, max_size=4))
def test_law_07_the_least_finished_status_wins_whatever_the_clock(heads: list[tuple[Any, int]]) -> None:
    stored = [written([], {"@status": status}, at) for status, at in heads]
    record = fold(RECORD, stored, {})
    assert record.status == (naive.status_of(stored) or "")
    assert not record.conflicts


@given(
    focused(("most",), ("oldest",), ("decided",)),
    st.sampled_from(["asked", "most", "options", "notes", "decided", "oldest"]),
    few_values,
)
def test_law_07_newer_knowledge_beats_what_it_has_seen(case: ChangeSet, path: str, value: Any) -> None:
    item = written(case.stored, {path: value}, at=0, author="u-han")
    record = folded(case, [*case.stored, item])
    assert record.values.get(path) == value
    assert path not in record.conflicts


@given(focused(("asked",), ("decided",)), seeds, st.sampled_from(["asked", "decided", "@round"]))
def test_law_08_a_resolution_closes_exactly_what_its_author_was_shown(
    case: ChangeSet, seed: int, path: str
) -> None:
    known = some(case, seed)
    before = {head.id for head in folded(case).heads.get(path, [])}
    item = written(known, {path: "settled"}, author="u-han")
    after = folded(case, [*case.stored, item])
    assert {head.id for head in after.heads[path]} == before - {one.id for one in known} | {item.id}
    closed = written([*case.stored, item], {path: "settled"}, author="u-han")
    assert path not in folded(case, [*case.stored, item, closed]).conflicts
    unseen = written([], {path: "another"}, author="u-lan")
    assert path in folded(case, [*case.stored, item, closed, unseen]).conflicts


@given(focused(("asked",), ("decided",)), st.sampled_from(["asked", "decided", "@round"]))
def test_law_08_a_resolution_that_sends_back_what_it_was_given_closes_the_conflict(
    case: ChangeSet, path: str
) -> None:
    given_ = folded(case).seen
    item = written([one for one in case.stored if one.id in given_], {path: "settled"})
    after = folded(case, [*case.stored, item])
    assert [head.id for head in after.heads[path]] == [item.id]
    assert path not in after.conflicts


@settings(max_examples=200)
@given(
    focused(
        ("asked", "@deleted"),
        ("member/r1/@deleted", "member/r1/age"),
        ("@deleted", "member/r1/@deleted", "member/r1/crop/c1/@deleted", "member/r1/crop/c1/area"),
    )
)
def test_law_09_deletion_hides_only_what_its_author_had_been_shown(case: ChangeSet) -> None:
    record = folded(case)
    assert record.deleted == (naive.deletion(case.stored, "") == "hides")
    assert record.hidden_rows == naive.hidden_rows(case.stored)
    uncovered = [
        prefix
        for prefix in ("", *naive.rows_of(case.stored))
        if naive.deletion(case.stored, prefix) == "uncovered"
        and not naive.is_hidden(prefix, record.hidden_rows)
    ]
    assert record.places.get("edited_after_delete", []) == uncovered
    assert ("edited_after_delete" in record.flags) == bool(uncovered)


@given(change_sets())
def test_law_09_a_deletion_need_not_know_of_deletions_below_it(case: ChangeSet) -> None:
    stored = [item for item in case.stored if not any(path.endswith("@deleted") for path in item.change.set)]
    stored = [*stored, written(stored, {"member/r1/age": 1, "member/r1/crop/c1/area": 2})]
    below = written(stored, {"member/r1/crop/c1/@deleted": True})
    row = written(stored, {"member/r1/@deleted": True}, author="u-lan")
    record = written(stored, {"@deleted": True}, author="u-han")
    after = folded(case, [*stored, below, row, record])
    assert after.deleted and after.hidden_rows == ["member/r1", "member/r1/crop/c1"]
    undone = written([*stored, below], {"member/r1/crop/c1/@deleted": None}, author="u-lan")
    back = folded(case, [*stored, below, row, record, undone])
    assert (back.deleted, back.hidden_rows) == (False, [])
    assert back.places["edited_after_delete"] == ["", "member/r1"]


@given(change_sets(), seeds, st.sampled_from(["", "member/r1/", "member/r1/crop/c1/"]))
def test_law_09_undo_restores_all_values(case: ChangeSet, seed: int, prefix: str) -> None:
    stored = [item for item in case.stored if not any(path.endswith("@deleted") for path in item.change.set)]
    before = folded(case, stored)
    known = [item for item in some(case, seed) if item in stored]
    deleting = written(known, {f"{prefix}@deleted": True})
    hidden = folded(case, [*stored, deleting])
    for path, heads in before.heads.items():
        assert hidden.heads[path] == heads
    undo = written([*stored, deleting], {f"{prefix}@deleted": None})
    after = folded(case, [*stored, deleting, undo])
    is_known_row = not prefix or any(path.startswith(prefix) for path in before.heads)
    assume(is_known_row)
    assert after.values == before.values
    assert (after.deleted, after.hidden_rows, after.conflicts) == (False, [], before.conflicts)
    again = written([*stored, deleting, undo], {f"{prefix}@deleted": True})
    gone = folded(case, [*stored, deleting, undo, again])
    assert gone.deleted if not prefix else gone.hidden_rows == [prefix[:-1]]


@settings(max_examples=200)
@given(focused(("asked", "@status"), ("@status", "member/r1/@deleted", "member/r1/age")), seeds)
def test_law_10_approval_covers_only_what_its_author_had_been_shown(case: ChangeSet, seed: int) -> None:
    assert ("changed_since_approval" in folded(case).flags) == naive.is_changed_since_approval(case.stored)
    known = some(case, seed)
    stored = [*case.stored, written(known, {"@status": "approved"})]
    is_flagged = "changed_since_approval" in folded(case, stored).flags
    assert is_flagged == naive.is_changed_since_approval(stored)
    stored.append(written(some(case, seed + 1), {"@status": "approved"}, author="u-adm"))
    is_flagged = "changed_since_approval" in folded(case, stored).flags
    assert is_flagged == naive.is_changed_since_approval(stored)


names = st.sampled_from("abcdefg")
ties = st.lists(st.tuples(names, names), max_size=8)


@given(ties, st.sets(names), seeds)
def test_law_11_same_as_in_any_order_and_with_cycles_gives_one_representative(
    pairs: list[tuple[str, str]], deleted: set[str], seed: int
) -> None:
    def edges(of: list[tuple[str, str]]) -> dict[str, list[str]]:
        return {one: [b for a, b in of if a == one] for one, _ in of}

    representatives = representative(edges(pairs), deleted)
    turned = [random.Random(seed + n).choice([(a, b), (b, a)]) for n, (a, b) in enumerate(pairs)]
    assert representative(edges(random.Random(seed).sample(turned, len(turned))), deleted) == representatives
    for name in "abcdefg":
        same = {name}
        for _ in pairs:
            same |= {end for pair in pairs if same & set(pair) for end in pair}
        living = sorted(same - deleted) if len(same) > 1 else []
        assert representatives.get(name) == (living[0] if living else None)


@given(change_sets(), st.sampled_from(["h1", "h8", RECORD]))
def test_law_11_taking_an_edge_back_restores_the_former_state(case: ChangeSet, other: str) -> None:
    stored = [item for item in case.stored if "@same_as" not in item.change.set]
    before = folded(case, stored)
    tied = written(stored, {"@same_as": other})
    untied = written([*stored, tied], {"@same_as": None})
    assert folded(case, [*stored, tied]).same_as == [other]
    after = msgspec.to_builtins(folded(case, [*stored, tied, untied]))
    for field in ("values", "conflicts", "flags", "status", "deleted", "hidden_rows", "areas", "same_as"):
        assert canonical(after[field]) == canonical(msgspec.to_builtins(before)[field])


@settings(max_examples=200)
@given(
    focused(("@area",), ("@area", "@same_as"), ("@status",), ("asked", "@status"), ("asked", "@deleted")),
    st.sampled_from([{}, {"@status": "approved"}, {"@deleted": True}]),
    seeds,
    st.data(),
)
def test_law_12_clocks_change_only_the_order_of_concurrent_heads(
    case: ChangeSet, said_last: dict[str, Any], seed: int, data: st.DataObject
) -> None:
    any_clock = st.sampled_from([-1, 0, 5, 1_789_640_123_456, 3_786_825_600_000])
    stored = [*case.stored, *([written(some(case, seed), said_last)] if said_last else [])]
    others = [msgspec.structs.replace(item, at=data.draw(any_clock)) for item in stored]
    mine, theirs = folded(case, stored), folded(replace(case, stored=others))
    for field in ("deleted", "hidden_rows", "areas", "flags", "places", "status", "same_as"):
        assert getattr(mine, field) == getattr(theirs, field)
    assert sorted(mine.seen) == sorted(theirs.seen)
    assert list(mine.conflicts) == list(theirs.conflicts)
    for path, heads in mine.heads.items():
        assert {head.id for head in heads} == {head.id for head in theirs.heads[path]}


@given(st.lists(st.integers(0, 4_000_000_000_000)), st.integers(0, 4_000_000_000_000))
def test_law_12_a_clock_is_ahead_only_of_what_it_has_seen(seen: list[int], wall: int) -> None:
    at = next_at(seen, wall)
    assert at >= wall and all(at > other for other in seen)
    assert at == wall or at - 1 in seen


@given(
    change_sets(largest=8, about=("member/r1/age", "member/r2/age", "member/r2/@deleted", "member/r3/@row"))
)
def test_rows_made_apart_are_flagged_and_stay_two(case: ChangeSet) -> None:
    stored = [item for item in case.stored if not any(path.endswith("@same_as") for path in item.change.set)]
    record = folded(case, stored)
    rows = [
        row
        for row in naive.rows_of(stored)
        if row not in record.hidden_rows and not naive.is_hidden(row, record.hidden_rows)
    ]
    apart = {
        row
        for row in rows
        for other in rows
        if row != other
        and row.rpartition("/")[0] == other.rpartition("/")[0]
        and naive.made_apart(stored, row, other)
    }
    assert record.places.get("rows_to_compare", []) == sorted(apart)
    assert all(any(path.startswith(row + "/") for path in record.values) for row in rows)


def test_strategies_reach_what_the_laws_speak_of() -> None:
    """Generated sets that never conflict, delete, hide or approve would prove nothing."""
    reached: set[str] = set()

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(change_sets())
    def look(case: ChangeSet) -> None:
        record = folded(case)
        reached.update(record.flags)
        reached.update(
            name for name in ("conflicts", "hidden_rows", "comments", "same_as") if getattr(record, name)
        )
        reached.update(["deleted"] if record.deleted else [])
        reached.update(["several_areas"] if len(record.areas) > 1 else [])
        for path, heads in record.heads.items():
            if len({canonical(head.value) for head in heads}) > 1:
                reached.add(case.rules.get(path, path.rpartition("/")[2]))

    look()
    wanted = {"changed_since_approval", "edited_after_delete", "rows_to_compare", "conflicts", "hidden_rows"}
    wanted |= {"comments", "same_as", "deleted", "several_areas", "@status", "@deleted", "@env"}
    wanted |= {"ask", "latest", "first", "largest", "smallest", "union", "join", "supervisor"}
    assert wanted <= reached
