"""The wire, over HTTP against a real SQLite file: enrol, push, pull, records."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from schemas.change import change_id
from server.config import now_ms
from server.intake import release
from server.pulling import decode_cursor, encode_cursor
from server.store import areas, devices, forms, keys, rounds
from server.store.areas import Area
from tests.callers import Caller
from tests.village import HOUSE, Phone, Village, small_form


def ids(answer: dict[str, list[Any]]) -> list[str]:
    return [change["id"] for change in answer["changes"]]


def test_a_code_enrols_one_phone_and_a_lost_answer_is_given_again(
    village: Village, client: TestClient[Any]
) -> None:
    code, _ = village.store.write(lambda db: devices.invite(db, ["C1"], [village.han], "system", now_ms()))
    first = client.post("/api/enrol", json={"code": code, "device": "k3f9x2ab", "label": "A03"})
    assert first.status_code == 201
    answer = first.json()
    assert answer["areas"] == ["C1"]
    assert answer["users"] == [{"id": village.han, "name": "Ka Hân", "role": "interviewer"}]
    assert {"token", "device_key", "recovery_key", "server", "time"} <= answer.keys()
    again = client.post("/api/enrol", json={"code": code.lower(), "device": "k3f9x2ab", "label": "A03"})
    assert again.json()["token"] == answer["token"]
    other = client.post("/api/enrol", json={"code": code, "device": "otherone", "label": ""})
    assert (other.status_code, other.json()["problem"]) == (403, "code_used")
    # Any use of the token spends the code, whatever was asked first.
    client.get("/api/forms", headers={"Authorization": f"Bearer {answer['token']}"})
    late = client.post("/api/enrol", json={"code": code, "device": "k3f9x2ab", "label": "A03"})
    assert late.json()["problem"] == "code_used"


def test_unknown_expired_and_foreign_codes_are_told_apart(village: Village, client: TestClient[Any]) -> None:
    code, _ = village.store.write(lambda db: devices.invite(db, ["C1"], [village.han], "system", 0))
    for sent, device, problem in [
        ("ABCD-EFGH", "newphone", "code_unknown"),
        (code, "newphone", "code_expired"),
        ("", "newphone", "code_unknown"),
        (code, "x", "bad_device"),
        (code, "cli", "bad_device"),
    ]:
        answer = client.post("/api/enrol", json={"code": sent, "device": device, "label": ""})
        assert answer.json()["problem"] == problem
    village.phone("taken-id", "C1", village.han)
    fresh, _ = village.store.write(lambda db: devices.invite(db, ["C1"], [village.han], "system", now_ms()))
    answer = client.post("/api/enrol", json={"code": fresh, "device": "taken-id", "label": ""})
    assert answer.json()["problem"] == "device_taken"


def test_enrolment_is_tried_ten_times_a_minute(client: TestClient[Any]) -> None:
    tries = [
        client.post("/api/enrol", json={"code": "X", "device": "guesser1"}).status_code for _ in range(11)
    ]
    assert tries == [403] * 10 + [429]


def test_pushed_changes_come_back_with_their_receipts(han: Caller) -> None:
    body = han.phone.body("r1", {"head": "Ka Brình", "@area": "C1"})
    pushed = han.push(body)
    assert pushed["max_seq"] == 1
    (result,) = pushed["results"]
    (pulled,) = han.pull()["changes"]
    assert pulled == {key: result[key] for key in ("id", "pos", "at", "role", "mac")} | {
        "body": body.decode()
    }
    assert han.pull()["changes"] == []


def test_what_a_phone_has_with_its_receipt_does_not_come_back(han: Caller) -> None:
    han.pull()
    bodies = [han.phone.body(f"r{number}", {"head": "A", "@area": "C1"}) for number in range(4)]
    pushed = [han.push(body)["results"][0] for body in bodies]
    epoch = han.push()["server"]
    first, last = pushed[0]["pos"], pushed[3]["pos"]
    said = {"have": f"{first}-{first + 1}.{last}", "last": f"{epoch}:{last}"}
    page = han.get("/api/pull", cursor=han.cursor, **said).json()
    assert ids(page) == [pushed[2]["id"]]
    assert page["had"] == [[first, first + 1], [last, last]]
    # Without the epoch in which they were given, positions say nothing.
    assert len(ids(han.get("/api/pull", cursor=han.cursor, have=said["have"]).json())) == 4
    assert han.get("/api/pull", have="1-").json()["problem"] == "bad_have"
    assert han.get("/api/pull", have=".".join("1" * 101)).json()["problem"] == "bad_have"


def test_what_others_wrote_comes_whatever_a_phone_says_that_it_has(village: Village, han: Caller) -> None:
    other = Caller(han.client, village.phone("phone-ba", "C1", village.han))
    theirs = other.push(other.phone.body("r1", {"head": "A", "@area": "C1"}))
    page = han.get("/api/pull", have="1-999", last=f"{theirs['server']}:1").json()
    assert ids(page) == [theirs["results"][0]["id"]] and "had" not in page


def test_gzip_is_inflated_within_limits_and_only_for_a_known_token(han: Caller) -> None:
    client, message = (
        han.client,
        json.dumps({"changes": [han.phone.body("r1", {"head": "A"}).decode()]}).encode(),
    )
    zipped = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    def send(content: bytes, **headers: str) -> tuple[int, str]:
        answer = client.post("/api/push", content=content, headers=han.headers | zipped | headers)
        return answer.status_code, answer.json().get("problem", "")

    assert send(gzip.compress(message)) == (200, "")
    assert send(gzip.compress(message)[:-9]) == (400, "bad_gzip")
    assert send(b"plainly not gzip") == (400, "bad_gzip")
    assert send(gzip.compress(b" " * (9 << 20))) == (413, "too_large")
    assert send(gzip.compress(b" " * (9 << 20)), Authorization="Bearer nobody") == (401, "unknown_token")
    assert send(b"x", **{"Content-Encoding": "zstd"}) == (415, "unknown_encoding")
    assert client.post("/api/session", content=gzip.compress(b"{}"), headers=zipped).status_code == 401


def test_requests_that_are_no_push_get_a_sentence(han: Caller) -> None:
    def send(content: bytes) -> tuple[int, str]:
        headers = han.headers | {"Content-Type": "application/json"}
        answer = han.client.post("/api/push", content=content, headers=headers)
        assert answer.json()["detail"]
        return answer.status_code, answer.json()["problem"]

    assert send(b"{not json") == (400, "not_json")
    assert send(b'{"changes": 3}') == (400, "bad_request")
    assert send(b'{"changes": [1]}') == (400, "bad_request")
    assert send(json.dumps({"changes": ["x"] * 1001}).encode()) == (413, "too_large")
    assert send(b" " * ((8 << 20) + 1)) == (413, "too_large")


def test_a_lone_surrogate_holds_one_change_and_stores_its_neighbour(han: Caller) -> None:
    good = han.phone.body("r1", {"head": "A"}).decode()
    content = b'{"changes": ["\\ud800", ' + json.dumps(good).encode() + b"]}"
    headers = han.headers | {"Content-Type": "application/json"}
    results = han.client.post("/api/push", content=content, headers=headers).json()["results"]
    assert [(result["result"], result.get("reason")) for result in results] == [
        ("held", "not_a_change"),
        ("stored", None),
    ]


@pytest.mark.parametrize(
    ("record", "values"),
    [("r1\0", {}), ("new\0", {}), ("r2", {"@subject": "r1\0"}), ("r2", {"@same_as": "r1\0"})],
)
def test_a_name_that_is_cut_off_where_it_is_looked_up_holds_one_change_and_stores_its_neighbour(
    village: Village, han: Caller, record: str, values: dict[str, Any]
) -> None:
    han.phone.write("r1", {"head": "A"})
    for _ in range(2):
        odd, good = han.phone.body(record, values | {"size": 1}), han.phone.body("r3", {"head": "B"})
        content = json.dumps({"changes": [odd.decode(), good.decode()]})
        headers = han.headers | {"Content-Type": "application/json"}
        results = han.client.post("/api/push", content=content, headers=headers).json()["results"]
        assert [(result["result"], result.get("reason")) for result in results] == [
            ("held", "not_a_change"),
            ("stored", None),
        ]
        assert "can only be discarded" in (release(village.store, change_id(odd), village.admin, 1) or "")


def test_a_receipt_that_is_no_text_holds_one_change_and_stores_its_neighbour(
    han: Caller, lan: Caller
) -> None:
    good, foreign = (
        phone.body(name, {"head": "A"}).decode() for phone, name in ((han.phone, "r1"), (lan.phone, "r2"))
    )
    receipt = {"pos": 1, "at": 1, "role": "\ud800", "mac": "\ud800"}
    content = json.dumps({"changes": [{"body": foreign, "receipt": receipt, "sig": "\ud800"}, good]})
    headers = han.headers | {"Content-Type": "application/json"}
    results = han.client.post("/api/push", content=content, headers=headers).json()["results"]
    assert [(result["result"], result.get("reason")) for result in results] == [
        ("held", "courier"),
        ("stored", None),
    ]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/api/push", json.dumps({"changes": [], "last": {"epoch": "\ud800", "pos": 0}})),
        ("/api/session", json.dumps({"name": "\ud800", "password": "x"})),
        ("/api/session", json.dumps({"name": "x", "password": "\ud800"})),
        ("/api/enrol", json.dumps({"code": "x", "device": "abcd", "label": "\ud800"})),
        ("/api/enrol", "[" * 200_000),
        ("/api/session", '{"name":' + "[" * 3000 + "]" * 3000 + "}"),
    ],
)
def test_text_that_is_none_and_endless_nesting_get_a_sentence(han: Caller, path: str, content: str) -> None:
    answer = han.client.post(
        path, content=content, headers=han.headers | {"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["problem"]) == (400, "not_json")


@pytest.mark.parametrize("field", ["pos", "history", "fresh"])
def test_a_cursor_that_no_server_gave_gets_a_sentence(han: Caller, field: str) -> None:
    han.pull()
    given = decode_cursor(han.cursor)
    assert given is not None
    for number in (2**70, -(2**70), -1):
        facts = msgspec.to_builtins(given) | {field: number}
        made = keys.encode(zlib.compress(json.dumps(facts).encode()))
        answer = han.get("/api/pull", cursor=made)
        assert (answer.status_code, answer.json()["problem"]) == (400, "bad_cursor")


def test_a_cursor_from_before_they_were_shorter_still_counts(han: Caller) -> None:
    han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    han.pull()
    given = decode_cursor(han.cursor)
    before = keys.encode(zlib.compress(msgspec.json.encode(given), 9))
    assert han.get("/api/pull", cursor=before).json()["changes"] == []
    assert len(han.cursor) < len(before)


def test_a_sync_with_nothing_to_do_is_small(han: Caller) -> None:
    han.pull()
    answer = han.get("/api/pull", cursor=han.cursor)
    sent = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
    assert sent + len(answer.content) + len("date: Sun, 22 Nov 2026 04:21:27 GMT\r\n") <= 500


def test_a_page_names_the_people_who_wrote_its_changes(village: Village, han: Caller, lan: Caller) -> None:
    desk = village.desk(village.supervisor, "C")
    first = han.phone.write("r1", {"@area": "C1", "head": "K'Brình"})
    desk.write("r1", {"@status": "returned", "@comment/c1": {"text": "Hỏi lại"}}, seen=[first])
    lan.phone.write("r2", {"@area": "C2"})
    page = han.get("/api/pull").json()
    assert page["people"] == {village.han: "Ka Hân", village.supervisor: "Bà Sáu"}


def test_a_page_says_when_forms_areas_or_rounds_are_others(village: Village, han: Caller) -> None:
    def tag() -> str:
        return str(han.get("/api/pull", cursor=han.cursor).json()["published"])

    han.pull()
    tags = [tag()]
    han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    assert tag() == tags[0] != ""
    for publish in (
        lambda db: areas.load(db, [Area("C1", "C", "Thôn Một mới")]),
        lambda db: village.round_opens(db, "2027", 2027),
        lambda db: rounds.close_round(db, "2027", now_ms()),
        lambda db: forms.publish(db, small_form(HOUSE, form_id="house", version="2"), now_ms()),
        lambda db: db.execute("INSERT INTO device_area VALUES (?, 'C2')", (han.phone.device,)),
    ):
        village.store.write(publish)
        assert tag() not in tags
        tags.append(tag())


def test_a_page_is_as_long_as_asked_and_positions_grow(han: Caller) -> None:
    han.push(*[han.phone.body(f"r{number}", {"head": "A", "@area": "C1"}) for number in range(7)])
    page = han.get("/api/pull", limit=3).json()
    assert (len(page["changes"]), page["more"]) == (3, True)
    joined = han.pull(limit=2)
    positions = [change["pos"] for change in joined["changes"]]
    assert positions == sorted(set(positions)) and len(positions) == 7


def test_a_record_has_what_a_read_only_question_shows(village: Village, han: Caller) -> None:
    shown = {"type": "integer", "name": "twice", "label": "Twice", "calculation": "${size} * 2"}
    survey = [*HOUSE, shown | {"readonly": "yes"}, shown | {"name": "guess"}]
    newer = small_form(survey, form_id="house", version="2")
    village.store.write(lambda db: forms.publish(db, newer, now_ms()))
    han.push(han.phone.body("r1", {"head": "A", "size": 4, "twice": 5, "guess": 9, "@area": "C1"}))
    han.push(han.phone.body("r2", {"head": "B", "size": 3, "@area": "C1"}))
    answers = han.get("/api/records/r1").json()["answers"]
    assert (answers["twice"], answers["guess"]) == (8, 9)
    answers = han.get("/api/records/r2").json()["answers"]
    assert (answers["twice"], answers["guess"]) == (6, 6)


def test_a_phone_gets_its_areas_only(han: Caller, lan: Caller) -> None:
    han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    lan.push(lan.phone.body("r2", {"head": "B", "@area": "C2"}))
    assert [json.loads(change["body"])["record"] for change in han.pull()["changes"]] == ["r1"]
    assert lan.get("/api/records/r1").status_code == 404


def test_a_record_that_moves_is_forgotten_here_and_arrives_whole_there(
    village: Village, han: Caller, lan: Caller
) -> None:
    first = han.phone.write("r1", {"head": "A", "@area": "C1"})
    second = han.phone.write("r1", {"size": 2}, seen=[first])
    visit = han.phone.write("v1", {"income": 5, "@subject": "r1", "@round": "2026"}, form="visit")
    assert ids(han.pull()) == [first, second, visit]
    assert lan.pull()["changes"] == []
    desk = village.desk(village.supervisor, "C")
    moved = desk.write("r1", {"@area": "C2"}, seen=[first, second])
    gone = han.pull()
    assert (gone["changes"], sorted(gone["forget"])) == ([], ["r1", "v1"])
    arrived = lan.pull(limit=1)
    assert ids(arrived) == [first, second, visit, moved]
    back = desk.write("r1", {"@area": "C1"}, seen=[first, second, moved])
    assert set(ids(han.pull())) == {first, second, visit, moved, back}
    assert sorted(lan.pull()["forget"]) == ["r1", "v1"]


def test_when_areas_change_pulling_starts_over(village: Village, han: Caller) -> None:
    first = han.phone.write("r1", {"head": "A", "@area": "C1"})
    assert ids(han.pull()) == [first]
    village.store.write(lambda db: areas.load(db, [Area("C11", "C1", "Xóm 1", "hamlet")]))
    assert ids(han.pull()) == [first]
    assert han.pull()["changes"] == []


def test_law_21_what_left_while_the_server_was_put_back_and_areas_changed_is_forgotten(
    village: Village, han: Caller
) -> None:
    village.store.write(lambda db: devices.assign(db, han.phone.device, ["C1", "C2"]))
    desk = village.desk(village.supervisor, "C")
    for record, area in (("r1", "C1"), ("r2", "C2")):
        desk.write(record, {"head": "A", "@area": area})
    assert len(han.pull()["changes"]) == 2
    # Of a server that this one does not know; whose areas are others by now.
    known = decode_cursor(han.cursor)
    assert known is not None
    former = encode_cursor(replace(known, epoch="another", pos=999))
    village.store.write(lambda db: devices.assign(db, han.phone.device, ["C1"]))
    assert han.get("/api/pull", cursor=former).json()["problem"] == "epoch_changed"
    page = han.get("/api/pull", former=former).json()
    assert page["forget"] == ["r2"]
    assert [json.loads(change["body"])["record"] for change in page["changes"]] == ["r1"]
    assert han.get("/api/pull").json()["forget"] == []
    assert han.get("/api/pull", former="nonsense").json()["forget"] == []


def test_past_rounds_are_carried_and_open_ones_given_whole(village: Village, han: Caller) -> None:
    house = han.phone.write("r1", {"head": "Ka Brình", "@area": "C1"})
    answers = {
        "income": 5,
        "member/a1/name": "An",
        "member/a1/here": 1,
        "member/b2/name": "Ba",
        "member/b2/here": 0,
        "@subject": "r1",
        "@round": "2026",
    }
    visit = han.phone.write("v1", answers, form="visit")
    assert ids(han.pull()) == [house, visit]
    village.store.write(lambda db: rounds.close_round(db, "2026", now_ms()))
    closed = han.pull()
    assert closed["forget"] == ["v1"]
    assert ids(closed) == [house]
    (carried,) = closed["carried"]
    assert (carried["record"], carried["round"], carried["subject"]) == ("v1", "2026", "r1")
    assert carried["answers"] == {"income": 5, "member/a1/name": "An"}
    han.phone.write("v1", {"income": 6}, form="visit", seen=[visit])
    again = han.pull()
    assert (again["changes"], again["carried"][0]["answers"]["income"]) == ([], 6)


def test_a_record_moved_to_an_open_round_brings_its_history(village: Village, han: Caller) -> None:
    village.store.write(lambda db: village.round_opens(db, "2025", 2025))
    village.store.write(lambda db: rounds.close_round(db, "2025", now_ms()))
    visit = {"form": "visit", "form_version": "1"}
    desk = village.desk(village.supervisor, "C")
    house = han.phone.write("h1", {"@area": "C1"})
    first = desk.write("v1", {"@round": "2025", "@subject": "h1", "income": 5}, **visit)
    before = han.pull()
    assert [copy["record"] for copy in before["carried"]] == ["v1"] and ids(before) == [house]
    moved = desk.write("v1", {"@round": "2026"}, seen=[first], **visit)
    after = han.pull()
    assert ids(after) == [first, moved]
    assert after["carried"] == [] and after["forget"] == []
    back = desk.write("v1", {"@round": "2025"}, seen=[first, moved], **visit)
    gone = han.pull()
    assert back and ids(gone) == [] and gone["forget"] == ["v1"]
    assert [copy["answers"] for copy in gone["carried"]] == [{"income": 5}]


def test_a_record_moved_between_rounds_before_a_phone_came_is_given_once(
    village: Village, han: Caller
) -> None:
    village.store.write(lambda db: village.round_opens(db, "2025", 2025))
    village.store.write(lambda db: rounds.close_round(db, "2025", now_ms()))
    visit = {"form": "visit", "form_version": "1"}
    desk = village.desk(village.supervisor, "C")
    first = desk.write("v1", {"@area": "C1", "@round": "2025", "income": 5}, **visit)
    second = desk.write("v2", {"@area": "C1", "@round": "2026", "income": 5}, **visit)
    moved = desk.write("v1", {"@round": "2026"}, seen=[first], **visit)
    away = desk.write("v2", {"@round": "2025"}, seen=[second], **visit)
    got = han.pull(limit=1)
    assert away and ids(got) == [first, moved]
    assert [copy["record"] for copy in got["carried"]] == ["v2"]


def test_a_release_reaches_phones_that_had_passed_the_hold(
    village: Village, han: Caller, lan: Caller
) -> None:
    record = {"head": "A", "@area": "C2"}
    body = han.phone.body("r1", record)
    (held,) = han.push(body)["results"]
    assert held["result"] == "held" and "mac" not in held
    assert han.pull()["changes"] == lan.pull()["changes"] == []
    assert release(village.store, held["id"], village.supervisor, now_ms()) is None
    assert ids(lan.pull()) == [held["id"]]
    assert han.pull()["released"] == [held["id"]]


def test_a_server_that_was_put_back_says_so(village: Village, han: Caller) -> None:
    pushed = han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    here = {"epoch": pushed["server"], "pos": pushed["results"][0]["pos"]}
    assert "results" in han.push(last=here)
    for last in ({"epoch": "elsewhere", "pos": 0}, here | {"pos": here["pos"] + 1}):
        assert han.push(last=last)["problem"] == "epoch_changed"
        assert han.get("/api/pull", last=f"{last['epoch']}:{last['pos']}").status_code == 409
    han.pull()
    village.store.write(lambda db: db.execute("DELETE FROM log"))
    assert han.get("/api/pull", cursor=han.cursor).json()["problem"] == "epoch_changed"
    assert han.get("/api/pull", cursor="nonsense").json()["problem"] == "bad_cursor"
    assert han.get("/api/pull", last="nonsense").json()["problem"] == "bad_last"
    assert han.get("/api/pull", limit=0).status_code == 400


def test_a_record_is_read_as_its_fold(village: Village, han: Caller, lan: Caller) -> None:
    first = han.phone.write("r1", {"head": "Ka Brình", "size": 4, "@area": "C1", "poor": "yes"})
    mine = han.phone.write("r1", {"size": 5}, seen=[first])
    desk = village.desk(village.supervisor, "C")
    theirs = desk.write("r1", {"size": 40, "poor": None}, seen=[first])
    answer = han.get("/api/records/r1").json()
    assert answer["answers"] == {"head": "Ka Brình", "size": 40}
    assert answer["flags"] == ["inconsistent"]
    assert [head["id"] for head in answer["conflicts"]["size"]] == [theirs, mine]
    assert answer["conflicts"]["size"][0] | {"at": 0, "id": ""} == {
        "id": "",
        "value": 40,
        "author": village.supervisor,
        "at": 0,
        "role": "supervisor",
    }
    assert set(answer["seen"]) == {first, mine, theirs}
    assert (answer["form"], answer["status"], answer["deleted"], answer["same_as"]) == (
        "house",
        "",
        False,
        None,
    )
    visit = {"income": 3, "@subject": "r1", "@round": "2026"}
    han.phone.write("v1", visit, form="visit")
    assert han.get("/api/records/v1").json()["answers"] == {"income": 3, "double": 6, "whose": "Ka Brình"}


def test_the_same_household_twice_has_one_representative(village: Village, han: Caller) -> None:
    for record in ("a", "b"):
        han.phone.write(record, {"head": "A", "@area": "C1"})
    desk = village.desk(village.supervisor, "C")
    tie = desk.write("b", {"@same_as": "a"})
    assert [han.get(f"/api/records/{name}").json()["same_as"] for name in "ab"] == ["a", "a"]
    desk.write("b", {"@same_as": None}, seen=[tie])
    assert [han.get(f"/api/records/{name}").json()["same_as"] for name in "ab"] == [None, None]


def test_a_revoked_phone_may_push_but_not_pull(village: Village, han: Caller) -> None:
    village.store.write(lambda db: devices.revoke(db, han.phone.device, now_ms()))
    for path in ("/api/pull", "/api/forms", "/api/areas", "/api/records/r1", "/api/files/" + "0" * 64):
        answer = han.get(path)
        assert (answer.status_code, answer.json()["problem"]) == (403, "revoked"), path
    (result,) = han.push(han.phone.body("r1", {"head": "A"}))["results"]
    assert (result["result"], result["reason"]) == ("held", "device_revoked")


def test_law_19_a_revoked_phone_is_told_that_the_server_was_put_back_before_it_wipes_itself(
    village: Village, han: Caller
) -> None:
    han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    heard = decode_cursor(han.get("/api/pull").json()["cursor"])
    assert heard is not None
    village.store.write(lambda db: devices.revoke(db, han.phone.device, now_ms()))
    of_a_decision = encode_cursor(msgspec.structs.replace(heard, pos=heard.pos + 1))
    for query in ({"last": "of-before-it-was-put-back:9"}, {"cursor": of_a_decision}):
        answer = han.get("/api/pull", **query)
        assert (answer.status_code, answer.json()["problem"]) == (409, "epoch_changed"), query
    assert han.get("/api/pull").json()["problem"] == "revoked"


def test_a_cloned_phone_takes_a_new_id_and_loses_nothing(village: Village, han: Caller) -> None:
    han.push(han.phone.body("r1", {"head": "A", "@area": "C1"}))
    answer = han.client.post("/api/device", json={"device": "phone-new1"}, headers=han.headers)
    assert answer.status_code == 201
    clone = Caller(han.client, Phone(village, "phone-new1", village.han, answer.json()["token"]))
    assert clone.push(clone.phone.body("r1", {"size": 1}))["results"][0]["result"] == "stored"
    assert "changes" in han.pull()


def test_the_id_of_a_result_is_the_hash_of_the_exact_bytes(han: Caller) -> None:
    body = han.phone.body("r1", {"head": "Cơ Ho"})
    spaced = body.replace(b'","', b'", "')
    results = han.push(body, spaced)["results"]
    assert [result["id"] for result in results] == [change_id(body), change_id(spaced)]
