"""Changes and the fold against written cases; client_pwa/tests/fold.test.ts reads the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.canonical import canonical, number_text, same
from schemas.change import Change, change_id, encode_change, parse_change
from schemas.identity import record_id, row_id, uuid7
from schemas.paths import row_prefixes, without_rows
from schemas.text import search_key
from sync.clock import next_at
from sync.fold import Stored, answers, fold, history
from sync.same_as import representative

VECTORS = Path(__file__).parent / "vectors"
FOLDS = json.loads((VECTORS / "fold.json").read_text())["fold"]
CHANGES = json.loads((VECTORS / "fold_change.json").read_text())


def stored_of(case: dict[str, Any]) -> list[Stored]:
    return [
        Stored(
            item["id"],
            Change(1, "r1", "f", "1", "d", 1, item["at"], item["author"], item["seen"], item["set"]),
            item["at"],
            item["role"],
        )
        for item in case["changes"]
    ]


@pytest.mark.parametrize("case", FOLDS, ids=lambda case: case["name"])
def test_case_folds_as_written(case: dict[str, Any]) -> None:
    record = msgspec.to_builtins(fold("r1", stored_of(case), case["rules"]))
    record["conflicts"] = {
        path: [head["id"] for head in heads] for path, heads in record["conflicts"].items()
    }
    got = {key: record[key] for key in case["expect"]}
    assert canonical(got) == canonical(case["expect"])


@pytest.mark.parametrize("case", CHANGES["parse"], ids=lambda case: case["name"])
def test_body_is_read_or_refused_as_written(case: dict[str, Any]) -> None:
    change = parse_change(case["body"].encode())
    if isinstance(case["expect"], str):
        assert change == case["expect"]
    else:
        assert isinstance(change, Change)
        assert canonical({key: getattr(change, key) for key in case["expect"]}) == canonical(case["expect"])


def test_bytes_that_are_no_text_or_too_many_are_refused() -> None:
    assert parse_change(b'{"v":1,"record":"\xed\xa0\x80"}') == "not_utf8"
    assert parse_change(b" " * (256 * 1024 + 1)) == "too_large"
    assert parse_change(b" " * (256 * 1024)) == "not_json"
    assert parse_change(b"[" * 100_000) in ("too_deep", "not_json")


def test_ids_numbers_search_keys_and_representatives_are_as_written() -> None:
    for case in CHANGES["ids"]:
        assert change_id(case["body"].encode()) == case["id"]
    for case in CHANGES["numbers"]:
        assert number_text(json.loads(case["json"])) == case["text"]
    for case in CHANGES["search_keys"]:
        assert search_key(case["text"]) == case["key"]
    for case in CHANGES["record_ids"]:
        assert record_id(case["form"], case["values"]) == case["record"]
    for case in CHANGES["same_as"]:
        assert representative(case["edges"], set(case["deleted"])) == case["representatives"]
    for case in CHANGES["clock"]:
        assert next_at(case["seen"], case["wall"]) == case["at"]


def test_ids_sort_by_time_and_name_their_version() -> None:
    assert uuid7(0x0192F3C87D7E, bytes(range(10))) == "0192f3c8-7d7e-7001-8203-040506070809"
    assert row_id(1_789_640_123_456, b"\x00\x01\x0a\x23") < row_id(1_789_640_123_457, bytes(4))
    assert len(row_id(0, bytes(4))) == len(row_id(3_786_825_600_000, bytes(4))) == 12


def test_paths_name_their_question_and_their_rows() -> None:
    assert without_rows("a/r/b/s/name") == "a/b/name"
    assert without_rows("@comment/k") == "@comment"
    assert row_prefixes("a/r/b/s/name") == ("a/r", "a/r/b/s")
    assert row_prefixes("@comment/k") == ()


def test_composed_change_is_read_back_as_it_was_meant() -> None:
    body = encode_change(
        record="r1",
        form="f",
        form_version="1",
        device="d1",
        seq=1,
        at=5,
        author="u",
        seen=["x"],
        set={"q": 1e16, "name": "a\u0301", "none": "", "list": [], "m/r1/age": 3.0},
    )
    assert body == (
        b'{"v":1,"record":"r1","form":"f","form_version":"1","device":"d1","seq":1,"at":5,"author":"u",'
        b'"seen":["x"],"set":{"q":1e+16,"name":"\xc3\xa1","none":null,"list":null,"m/r1/age":3}}'
    )
    change = parse_change(body)
    assert isinstance(change, Change)
    assert change.set == {"q": 1e16, "name": "á", "none": None, "list": None, "m/r1/age": 3}


def test_answers_leave_out_system_paths_and_history_lists_every_change() -> None:
    case = next(case for case in FOLDS if case["name"].startswith("a row's deletion hides its values"))
    stored = stored_of(case)
    assert answers(fold("r1", stored, {})) == {"m/r2/age": 6}
    assert [(entry["id"], entry["set"]) for entry in history(reversed(stored))] == [
        (item["id"], item["set"]) for item in case["changes"]
    ]


def test_equality_is_that_of_json() -> None:
    assert same(1, 1.0) and same([{"a": 0}], [{"a": -0.0}])
    assert not same(1, True) and not same(0, False) and not same("1", 1) and not same(None, False)


def test_thousands_of_rows_made_apart_are_all_compared() -> None:
    rows = 9_000
    stored = [
        Stored(
            id, Change(1, "r1", "f", "1", "d", 1, 1, "u", [], {f"a/{id}{n}/x": 1 for n in range(rows)}), 1, ""
        )
        for id in ("b", "c")
    ]
    told = {f"a/b{n}/@same_as": f"b{n}" for n in range(rows - 1)}
    stored.append(Stored("d", Change(1, "r1", "f", "1", "d", 1, 2, "u", ["b", "c"], told), 2, ""))
    apart = fold("r1", stored, {}).places["rows_to_compare"]
    assert apart == sorted([f"a/b{rows - 1}"] + [f"a/c{n}" for n in range(rows)])
