"""Forms, files, pages and what every answer has in common, over HTTP against a real SQLite file."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from schemas.form import decode_form
from server.app import build_app
from server.config import Config, now_ms
from server.routes.files import LARGEST_FILE
from server.store import users
from tests.callers import Caller
from tests.village import Village


def test_forms_are_listed_with_open_rounds_and_never_change(han: Caller) -> None:
    listed = {form["id"]: form for form in han.get("/api/forms").json()}
    assert (listed["visit"]["rounds"], listed["house"]["rounds"]) == (["2026"], [])
    answer = han.get(listed["visit"]["url"])
    assert "immutable" in answer.headers["cache-control"]
    assert decode_form(answer.content).id == "visit"
    assert han.get("/api/forms/nothing").status_code == 404
    assert [(area["code"], area["above"]) for area in han.get("/api/areas").json()] == [
        ("C", True),
        ("C1", False),
    ]
    assert [(each["id"], each["is_open"]) for each in han.get("/api/rounds").json()] == [("2026", True)]


def test_files_are_kept_under_their_hash_and_read_with_their_record(han: Caller, lan: Caller) -> None:
    photo = b"\xff\xd8 a photo"
    name = hashlib.sha256(photo).hexdigest()

    def put(content: bytes, sha256: str = name) -> tuple[int, str]:
        headers = han.headers | {"Content-Type": "image/jpeg"}
        answer = han.client.put(f"/api/files/{sha256}", content=content, headers=headers)
        return answer.status_code, answer.json().get("problem", "")

    assert put(photo[:-1]) == (400, "bad_hash")
    assert put(photo, "../../etc/passwd".replace("/", "%2F"))[0] in (400, 404)
    assert put(b"x" * ((10 << 20) + 1)) == (413, "too_large")
    assert put(photo) == put(photo) == (201, "")
    assert han.get(f"/api/files/{name}").content == photo
    assert lan.get(f"/api/files/{name}").status_code == 404
    value = {"sha256": name, "name": "nhà.jpg", "type": "image/jpeg", "bytes": len(photo)}
    first = han.phone.write("r1", {"photo": value, "@area": "C1"})
    assert lan.get(f"/api/files/{name}").status_code == 404
    han.phone.village.desk(han.phone.village.supervisor, "C").write("r1", {"@area": "C2"}, seen=[first])
    assert lan.get(f"/api/files/{name}").headers["content-type"] == "image/jpeg"


def test_a_phone_knows_how_large_a_file_may_be() -> None:
    wire = (Path(__file__).parents[1] / "client_pwa/src/core/wire.ts").read_text()
    said = re.search(r"LARGEST_FILE_BYTES = (\d+) << 20;", wire)
    assert said and int(said[1]) << 20 == LARGEST_FILE


def test_a_phone_is_told_which_files_it_still_has_to_put(han: Caller, lan: Caller) -> None:
    here, never = (hashlib.sha256(content).hexdigest() for content in (b"\xff\xd8 here", b"never"))
    headers = han.headers | {"Content-Type": "image/jpeg"}
    assert han.client.put(f"/api/files/{here}", content=b"\xff\xd8 here", headers=headers).status_code == 201

    def missing(caller: Caller, *names: str) -> tuple[int, Any]:
        answer = caller.client.post("/api/files/missing", json={"files": names}, headers=caller.headers)
        return answer.status_code, answer.json().get("files", answer.json().get("problem"))

    assert missing(han, here, never) == (200, [never])
    assert missing(lan, here, never) == (200, [here, never]), "what is elsewhere is not betrayed"
    assert missing(han) == (200, [])
    assert missing(han, "../thon.db") == (400, "bad_hash")
    assert missing(han, *[here] * 1001) == (413, "too_large")
    assert han.client.post("/api/files/missing", json={"files": [here]}).status_code == 401


@pytest.mark.parametrize("is_early", [True, False])
def test_to_know_the_name_of_a_file_is_not_to_read_it(han: Caller, lan: Caller, is_early: bool) -> None:
    photo = b"\xff\xd8 another photo"
    name = hashlib.sha256(photo).hexdigest()
    value = {"sha256": name, "name": "nhà.jpg", "type": "image/jpeg", "bytes": len(photo)}
    village = han.phone.village

    def upload(caller: Caller) -> None:
        answer = caller.client.put(f"/api/files/{name}", content=photo, headers=caller.headers)
        assert answer.status_code == 201

    def readers() -> list[str]:
        others = {"han": han, "lan": lan, "beside": beside}
        return [who for who, caller in others.items() if caller.get(f"/api/files/{name}").status_code == 200]

    beside = Caller(han.client, village.phone("phone-beside", "C1", village.han))
    if is_early:
        upload(han)
    lan.phone.write("r2", {"photo": value, "@area": "C2"})
    assert readers() == (["han"] if is_early else [])
    han.phone.write("r1", {"photo": value, "@area": "C1"})
    if not is_early:
        assert readers() == []
        upload(han)
    assert readers() == ["han", "beside"]
    desk = village.desk(village.supervisor, "C")
    desk.write("r3", {"photo": value, "@area": "C2"})
    assert readers() == ["han", "lan", "beside"], "who may read it may name it for others"


def test_the_same_photo_from_two_phones_is_of_both(han: Caller, lan: Caller) -> None:
    photo = b"\xff\xd8 one photo"
    name = hashlib.sha256(photo).hexdigest()
    for caller, record, area in ((han, "r1", "C1"), (lan, "r2", "C2")):
        caller.client.put(f"/api/files/{name}", content=photo, headers=caller.headers)
        caller.phone.write(record, {"photo": {"sha256": name}, "@area": area})
    beside = Caller(han.client, han.phone.village.phone("phone-beside", "C2", han.phone.village.lan))
    assert beside.get(f"/api/files/{name}").content == photo


def test_nothing_is_answered_without_a_token(client: TestClient[Any]) -> None:
    document = client.get("/api/openapi.json").json()
    open_paths = {"/api/enrol", "/api/session", "/api/session/link", "/api/session/password"}
    asked = 0
    for path, methods in document["paths"].items():
        for method in methods:
            if path in open_paths and method == "post":
                continue
            answer = client.request(method, re.sub(r"\{[^}]+\}", "1", path), json={})
            assert answer.status_code == 401, (method, path, answer.text)
            asked += 1
    assert asked > 10


def test_answers_are_problems_and_never_pages_or_traces(client: TestClient[Any]) -> None:
    for path in (
        "/api/nothing",
        "/api/",
        "/api/records",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.built",
        "/%00",
        "/" + "a" * 3000,
    ):
        answer = client.get(path)
        assert answer.status_code in (401, 404, 405), path
        assert answer.json().keys() == {"problem", "detail"}, path
    assert client.put("/api/push").json()["problem"] == "method_not_allowed"
    wrong = client.get("/api/pull", headers={"Authorization": b"Bearer \xff"})
    assert (wrong.status_code, wrong.json()["problem"]) == (401, "unknown_token")


def test_headers_keep_the_pages_to_themselves(tmp_path: Path, village: Village) -> None:
    folder = tmp_path / "client"
    (folder / "desk").mkdir(parents=True)
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("phone" + " " * 2000)
    (folder / "desk" / "index.html").write_text("desk")
    (folder / "sw.js").write_text("worker")
    (folder / "assets" / "a-1.js").write_text("code")
    app = build_app(Config(data_dir=village.store.data_dir, client_dir=folder), village.store)
    with TestClient(app) as client:
        for path, text, caching in [
            ("/", "phone", "no-cache"),
            ("/enrol", "phone", "no-cache"),
            ("/desk/", "desk", "no-cache"),
            ("/desk/records/1", "desk", "no-cache"),
            ("/sw.js", "worker", "no-cache"),
            ("/assets/a-1.js", "code", "public, max-age=31536000, immutable"),
        ]:
            answer = client.get(path)
            assert (answer.text.strip(), answer.headers["cache-control"]) == (text, caching), path
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-type"].count("charset") == 1, path
            head = client.head(path)
            assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"]), path
        page = client.get("/", headers={"Accept-Encoding": "br"})
        assert page.headers["content-encoding"] == "br"
        assert client.get("/", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
        assert client.get("/api/forms").headers["cache-control"] == "no-store"
        assert client.get("/api/forms").headers["x-content-type-options"] == "nosniff"


def test_a_phone_on_a_thin_line_is_sent_no_headers_for_pages(han: Caller) -> None:
    answer = han.get("/api/pull")
    assert answer.status_code == 200
    assert {*answer.headers} <= {"content-type", "content-length", "cache-control"}
    assert answer.headers["cache-control"] == "no-store"
    by_address = han.client.get("/api/pull", auth=("name", "password"))
    assert by_address.headers["x-content-type-options"] == "nosniff"


def test_a_server_without_a_built_client_says_how_to_build_it(tmp_path: Path, village: Village) -> None:
    app = build_app(Config(data_dir=village.store.data_dir, client_dir=tmp_path / "none"), village.store)
    with TestClient(app) as client:
        assert "make demo" in client.get("/").text


def test_reading_a_record_at_the_desk_is_noted(
    village: Village, client: TestClient[Any], han: Caller
) -> None:
    record = json.loads(han.phone.body("r1", {}))["record"]
    stored = han.phone.write(record, {"head": "A", "@area": "C1"})
    link = village.store.write(lambda db: users.make_link(db, village.supervisor, now_ms()))
    client.post("/api/session/password", json={"token": link, "password": "mật khẩu dài"})
    assert client.get(f"/api/records/{record}").json()["seen"] == [stored]
    with village.store.reading() as db:
        rows = db.execute("SELECT user, subject FROM audit WHERE action = 'read_record'").fetchall()
    assert [tuple(row) for row in rows] == [(village.supervisor, record)]
