"""Packed changes over HTTP against a real SQLite file: the same changes, or nothing."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from litestar.testing import TestClient

from schemas.change import change_id
from schemas.packing import Packer, Table, keys_of, names_of, origins_of, unpack
from server.store import devices, forms, keys
from tests.callers import Caller
from tests.village import HOUSE, Village, small_form


def _bodies(caller: Caller, count: int) -> list[bytes]:
    return [
        caller.phone.body(f"r{number}", {"head": "Ka Brình", "@area": "C1", "size": number})
        for number in range(count)
    ]


def _message(bodies: list[bytes], as_they_are: tuple[int, ...] = ()) -> dict[str, Any]:
    packer = Packer()
    changes = [
        body.decode() if number in as_they_are else packer.pack(body) for number, body in enumerate(bodies)
    ]
    proof = change_id("".join(map(change_id, bodies)).encode())[:11]
    tables = [list(table) for table in packer.tables]
    return {"tables": tables, "changes": changes, "proof": proof}


def _push(caller: Caller, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = caller.client.post("/api/push", json=message, headers=caller.headers)
    return answer.status_code, answer.json()


def test_packed_changes_are_stored_as_their_exact_bytes(han: Caller) -> None:
    bodies = _bodies(han, 12)
    status, answer = _push(han, _message(bodies, as_they_are=(0, 5)))
    assert status == 200 and answer["server"] and "max_seq" not in answer
    pulled = han.pull()["changes"]
    assert [change["body"].encode() for change in pulled] == bodies
    said = [[each["pos"], None, each["role"], each["mac"]] for each in pulled]
    assert answer["said"] == said
    _, again = _push(han, _message(bodies))
    assert again["said"] == said


def test_the_receipt_says_when_where_that_is_not_what_the_change_says(han: Caller) -> None:
    body = han.phone.body("r1", {"head": "A", "@area": "C1"}, at=4_000_000_000_000)
    ((_, at, _, _),) = _push(han, _message([body]))[1]["said"]
    assert at == han.pull()["changes"][0]["at"] < 4_000_000_000_000
    page = han.get("/api/pull", packed="1").json()
    assert page["packed"][0][1] == at


def test_names_may_be_those_of_the_published_form(han: Caller) -> None:
    (body,) = _bodies(han, 1)
    change = json.loads(body)
    names = names_of(small_form(HOUSE, form_id="house", one_per="code", instance_name="${head}"))
    places = {name: place for place, name in enumerate(names)}
    keys_ = keys_of(change["set"], places)
    message = _message([body])
    message["changes"][0] = (0, "r0", 1, change["at"], [], keys_, list(change["set"].values()))
    del message["tables"][0][4:]
    assert _push(han, message)[0] == 200
    assert han.pull()["changes"][0]["body"].encode() == body
    message["tables"][0][1] = "2"
    assert _refused(han, message) == "house 2 is not published: send its names."


def _refused(han: Caller, message: dict[str, Any]) -> str:
    han.pull()
    status, answer = _push(han, message)
    assert (status, answer.get("problem")) == (400, "bad_packing"), answer
    assert not han.pull()["changes"]
    return str(answer["detail"])


def test_of_a_batch_that_cannot_be_rebuilt_nothing_is_taken(han: Caller) -> None:
    bodies = _bodies(han, 12)

    def message(**other: Any) -> dict[str, Any]:
        return _message(bodies) | other

    assert "are not those that were sent" in _refused(han, message(proof="x" * 22))
    assert "need a proof" in _refused(han, message(proof=None))
    assert "no table 0" in _refused(han, message(tables=[]))
    packed = message()["changes"]
    for odd in (
        [*packed[0][:5], [0, 10**9], packed[0][6]],
        [*packed[0][:5], [-1, 3], packed[0][6]],
        [*packed[0][:5], [0, 10**30], packed[0][6]],
        [*packed[0][:5], packed[0][5], [[[[[]]]]]],
        [*packed[0][:5], packed[0][5], ["e\u0301", "C1", 1]],
        [*packed[0][:5], packed[0][5], [10**30, "C1", 1]],
        packed[0][:6],
        {"body": 3},
    ):
        assert _refused(han, message(changes=[*packed[1:], odd]))
    han.push(*bodies)
    assert [change["body"].encode() for change in han.pull()["changes"]] == bodies


def test_what_a_few_bytes_stand_for_fits_in_a_push_too(han: Caller) -> None:
    names = [f"m/{number:03}" + "x" * 400 for number in range(500)]
    table = ["house", "1", han.phone.device, "u", names]
    packed = [0, "r", 1, 5, [], ["row", 0, 500], [1] * 500]
    message = {"tables": [table], "changes": [packed] * 100, "proof": "x" * 22}
    status, answer = _push(han, message)
    assert (status, answer["problem"]) == (413, "too_large")


def test_a_few_bytes_stand_for_no_list_of_names_a_thousand_times(han: Caller) -> None:
    origin = ["house", "1", han.phone.device, "u"]
    tables = [[*origin, [f"n{number}" for number in range(20_000)]]]
    tables += [[*origin, 0, [f"more{number}"]] for number in range(3)]
    assert "50000 names" in _refused(han, _message(_bodies(han, 1)) | {"tables": tables})


def test_the_log_keeps_no_more_than_the_bytes_however_the_places_are_told(
    village: Village, han: Caller
) -> None:
    (body,) = _bodies(han, 1)
    change = json.loads(body)
    with village.store.reading() as db:
        names = forms.names(db, "house", "1")
    assert names is not None
    places = {name: place for place, name in enumerate(names.told)}
    keys_ = [""] * 10_000 + keys_of(change["set"], places)
    message = _message([body])
    message["changes"][0] = (0, "r0", 1, change["at"], [], keys_, list(change["set"].values()))
    del message["tables"][0][4:]
    assert _push(han, message)[0] == 200
    with village.store.reading() as db:
        assert db.execute("SELECT length(body) FROM log").fetchone()[0] <= len(body)
    assert han.pull()["changes"][0]["body"].encode() == body


def test_what_takes_another_reader_is_not_packed_and_stops_no_server(han: Caller) -> None:
    def status(message: Any) -> tuple[int, str]:
        answer = han.client.post("/api/push", content=json.dumps(message), headers=han.headers)
        return answer.status_code, answer.json()["problem"]

    message = _message(_bodies(han, 1))
    packed = message["changes"][0]
    for place, odd in (
        (5, ["\ud800", 0, 3]),
        (3, "\ud800"),
        (6, ["\ud800", "C1", 1]),
        (6, [float("nan"), "C1", 1]),
    ):
        changed = [*packed[:place], odd, *packed[place + 1 :]]
        assert status(message | {"changes": [changed]}) == (400, "bad_packing")
    assert status({"changes": "\ud800"}) == (400, "not_json")
    assert status({"changes": [{"body": "x", "receipt": {"pos": "\ud800"}}]}) == (400, "not_json")
    assert not han.pull()["changes"]


def test_a_packed_change_is_held_as_any_other(han: Caller) -> None:
    bodies = [
        han.phone.body("r1", {"head": "A", "@area": "C2"}),
        han.phone.body("r2", {"head": "A", "@area": "C1"}, form_version="9"),
        han.phone.body("r3", {"head": "A", "@area": "C1"}),
    ]
    _, answer = _push(han, _message(bodies))
    *held, stored = answer["said"]
    assert [reason for reason, _ in held] == ["area", "unknown_version"]
    assert [pos for _, pos in held] + stored[:2] == [1, 2, 3, None]


def test_a_courier_proves_packed_changes_as_others(
    village: Village, client: TestClient[Any], han: Caller, lan: Caller
) -> None:
    (signed,) = _bodies(han, 1)
    stored = han.phone.body("r7", {"head": "A", "@area": "C1"})
    receipt = {k: v for k, v in han.push(stored)["results"][0].items() if k in ("pos", "at", "role", "mac")}
    with village.store.reading() as db:
        device = devices.get(db, han.phone.device)
    assert device is not None
    digest = hmac.digest(keys.decode(device.device_key), signed, "sha256")
    sig = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    message = _message([signed, stored])
    message["changes"] = [
        {"body": message["changes"][0], "sig": sig},
        {"body": message["changes"][1], "receipt": receipt},
    ]
    first, second = _push(lan, message)[1]["said"]
    assert (first[0], second) == (receipt["pos"] + 1, [receipt["pos"], None, receipt["role"], receipt["mac"]])


def test_a_page_is_packed_for_who_asks(village: Village, han: Caller) -> None:
    bodies = _bodies(han, 5)
    odd = json.dumps(json.loads(han.phone.body("r9", {"head": "B", "@area": "C1"})) | {"later": 1})
    han.push(*bodies, odd)
    plain = han.get("/api/pull").json()
    page = han.get("/api/pull", packed="1").json()
    assert [change["body"] for change in page["changes"]] == [odd]
    tables = [Table(*table) for table in page["tables"]]
    with village.store.reading() as db:
        origins = origins_of(tables, lambda form, version: forms.names(db, form, version))
    rebuilt = [unpack(tuple(each[4]), origins)[0] for each in page["packed"]]
    assert rebuilt == bodies
    assert page["proof"] == change_id("".join(map(change_id, bodies)).encode())[:11]
    receipts = [[each["pos"], None, each["role"], each["mac"]] for each in plain["changes"]]
    assert [each[:4] for each in page["packed"]] == receipts[:5]
    assert page["next"] == plain["cursor"] and page["server"] == plain["server"]


def test_to_who_knows_packing_nothing_is_said_that_it_knows(han: Caller) -> None:
    first = _push(han, _message(_bodies(han, 1)))[1]
    last = {"epoch": first["server"], "pos": first["said"][0][0]}
    again = _push(han, _message(_bodies(han, 1)) | {"last": last})[1]
    assert again.keys() == {"said"}
    page = han.get("/api/pull", packed="1").json()
    told = f"{first['server']}:{last['pos']}"
    nothing = han.get("/api/pull", packed="1", cursor=page["next"], last=told).json()
    assert nothing == {"next": page["next"], "published": page["published"]}
