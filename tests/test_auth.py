"""Signing in, and who may do what."""

from __future__ import annotations

import hashlib
from typing import Any

from litestar.testing import TestClient

from server.app import build_app
from server.config import Config, now_ms
from server.store import devices, users
from tests.village import Village

PASSWORD = "một mật khẩu dài"


def link_of(village: Village, user: str) -> str:
    return village.store.write(lambda db: users.make_link(db, user, now_ms()))


def sign_in(village: Village, client: TestClient[Any], user: str) -> dict[str, Any]:
    token = link_of(village, user)
    answer = client.post("/api/session/password", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


def test_a_one_time_link_sets_a_password_once(village: Village, client: TestClient[Any]) -> None:
    token = link_of(village, village.supervisor)
    shown = client.post("/api/session/link", json={"token": token}).json()
    assert shown == {"name": "Bà Sáu", "role": "supervisor", "needs_password": True}
    weak = client.post("/api/session/password", json={"token": token, "password": "short"})
    assert weak.json()["problem"] == "weak_password"
    first = client.post("/api/session/password", json={"token": token, "password": PASSWORD})
    assert first.json()["user"]["role"] == "supervisor"
    for path in ("/api/session/link", "/api/session/password"):
        again = client.post(path, json={"token": token, "password": PASSWORD})
        assert (again.status_code, again.json()["problem"]) == (403, "link_used")


def test_an_older_link_stops_working_when_a_new_one_is_made(
    village: Village, client: TestClient[Any]
) -> None:
    older, newer = link_of(village, village.admin), link_of(village, village.admin)
    assert client.post("/api/session/link", json={"token": older}).status_code == 403
    assert client.post("/api/session/link", json={"token": newer}).status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    village: Village, client: TestClient[Any]
) -> None:
    token = link_of(village, village.admin)
    answer = client.post("/api/session/password", json={"token": token, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
    with village.store.reading() as db:
        stored = [row[0] for row in db.execute("SELECT token_hash FROM session")]
    assert client.cookies["thon_session"] not in stored


def test_over_https_the_cookie_is_secure(village: Village) -> None:
    config = Config(data_dir=village.store.data_dir, public_url="https://thon.example.org")
    with TestClient(build_app(config, village.store)) as client:
        token = link_of(village, village.admin)
        answer = client.post("/api/session/password", json={"token": token, "password": PASSWORD})
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "strict-transport-security" in answer.headers


def test_name_and_password_sign_in_and_a_wrong_one_does_not(
    village: Village, client: TestClient[Any]
) -> None:
    sign_in(village, client, village.supervisor)
    client.cookies.clear()
    for name, password in [("Bà Sáu", "wrong"), ("Nobody", PASSWORD), ("Ka Hân", PASSWORD), ("", "")]:
        answer = client.post("/api/session", json={"name": name, "password": password})
        assert (answer.status_code, answer.json()["problem"]) == (401, "wrong_password")
    answer = client.post("/api/session", json={"name": "Bà Sáu", "password": PASSWORD})
    assert answer.status_code == 201
    session = client.get("/api/session").json()
    assert session["user"]["id"] == village.supervisor
    assert session["device"].startswith("desk-") and session["seq"] == 0
    assert session["server"]["time_zone"] == "Asia/Ho_Chi_Minh"


def test_ten_tries_a_minute_then_wait(client: TestClient[Any]) -> None:
    tries = [client.post("/api/session", json={"name": "x", "password": "y"}).status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]


def test_many_phones_are_enrolled_in_one_minute_but_guesses_are_not(
    village: Village, client: TestClient[Any]
) -> None:
    for number in range(15):
        code, _ = village.store.write(
            lambda db: devices.invite(db, ["C1"], [village.han], "system", now_ms())
        )
        answer = client.post("/api/enrol", json={"code": code, "device": f"phone{number:03}", "label": "x"})
        assert answer.status_code == 201
    guesses = [
        client.post("/api/enrol", json={"code": "2345-6789", "device": "guesser01", "label": "x"}).status_code
        for _ in range(11)
    ]
    assert guesses == [403] * 10 + [429]


def test_signing_out_needs_the_token_of_the_page_and_ends_the_session(
    village: Village, client: TestClient[Any]
) -> None:
    session = sign_in(village, client, village.supervisor)
    assert client.delete("/api/session").json()["problem"] == "bad_csrf"
    cookie = client.cookies["thon_session"]
    assert client.delete("/api/session", headers={"X-CSRF": session["csrf"]}).status_code == 200
    client.cookies.set("thon_session", cookie)
    assert client.get("/api/session").json()["problem"] == "not_signed_in"


def test_a_disabled_user_is_out_at_once(village: Village, client: TestClient[Any]) -> None:
    sign_in(village, client, village.supervisor)
    village.store.write(lambda db: users.disable(db, village.supervisor))
    assert client.get("/api/session").status_code == 401
    answer = client.post("/api/session", json={"name": "Bà Sáu", "password": PASSWORD})
    assert answer.status_code == 401


def test_a_new_password_ends_older_sessions(village: Village, client: TestClient[Any]) -> None:
    sign_in(village, client, village.supervisor)
    cookie = client.cookies["thon_session"]
    client.cookies.clear()
    sign_in(village, client, village.supervisor)
    client.cookies.clear()
    client.cookies.set("thon_session", cookie)
    assert client.get("/api/session").status_code == 401


def test_the_desk_pushes_as_its_own_device_with_the_token_of_the_page(
    village: Village, client: TestClient[Any]
) -> None:
    session = sign_in(village, client, village.supervisor)
    phone = village.phone("phone-1", "C1", village.han)
    first = phone.write("r1", {"head": "A", "@area": "C1"})
    desk = village.desk(village.supervisor, "C")
    desk.device = session["device"]
    body = desk.body("r1", {"@status": "approved"}, seen=[first]).decode()
    assert client.post("/api/push", json={"changes": [body]}).json()["problem"] == "bad_csrf"
    pushed = client.post("/api/push", json={"changes": [body]}, headers={"X-CSRF": session["csrf"]}).json()
    assert pushed["results"][0]["result"] == "stored"
    assert pushed["results"][0]["role"] == "supervisor"
    assert client.get("/api/session").json()["seq"] == 1


def test_the_desk_cannot_write_as_somebody_else(village: Village, client: TestClient[Any]) -> None:
    session = sign_in(village, client, village.supervisor)
    desk = village.desk(village.supervisor, "C")
    desk.device = session["device"]
    bodies = [
        desk.body("r1", {"head": "A"}, author=village.admin).decode(),
        desk.body("r2", {"head": "A"}, device="cli", author="system").decode(),
        desk.body("r3", {"head": "A", "@area": "elsewhere"}).decode(),
    ]
    pushed = client.post("/api/push", json={"changes": bodies}, headers={"X-CSRF": session["csrf"]}).json()
    reasons = [result["reason"] for result in pushed["results"]]
    assert reasons == ["author_not_enrolled", "courier", "area"]


def test_a_viewer_reads_no_full_record_and_writes_nothing(village: Village, client: TestClient[Any]) -> None:
    village.phone("phone-1", "C1", village.han).write("r1", {"head": "A", "@area": "C1"})
    session = sign_in(village, client, village.viewer)
    assert client.get("/api/records/r1").status_code == 404
    answer = client.post("/api/push", json={"changes": []}, headers={"X-CSRF": session["csrf"]})
    assert answer.json()["problem"] == "not_allowed"
    name = hashlib.sha256(b"photo").hexdigest()
    answer = client.put(f"/api/files/{name}", content=b"photo", headers={"X-CSRF": session["csrf"]})
    assert answer.json()["problem"] == "not_allowed"


def test_a_supervisor_of_one_hamlet_reads_no_other(village: Village, client: TestClient[Any]) -> None:
    village.phone("phone-2", "C2", village.lan).write("r2", {"head": "B", "@area": "C2"})
    other = village.store.write(lambda db: users.add(db, "Ông Tư", "supervisor", "C1", now_ms()))
    sign_in(village, client, other)
    assert client.get("/api/records/r2").status_code == 404
    assert [area["code"] for area in client.get("/api/areas").json()] == ["C", "C1"]


def test_an_interviewer_has_no_desk(village: Village, client: TestClient[Any]) -> None:
    token = link_of(village, village.han)
    answer = client.post("/api/session/password", json={"token": token, "password": PASSWORD})
    assert answer.json()["problem"] == "phone_only"


def test_a_session_is_no_device_and_a_device_is_no_session(village: Village, client: TestClient[Any]) -> None:
    phone = village.phone("phone-1", "C1", village.han)
    headers = {"Authorization": f"Bearer {phone.token}"}
    assert client.get("/api/session", headers=headers).status_code == 401
    sign_in(village, client, village.admin)
    assert client.get("/api/pull").json()["problem"] == "no_token"
    assert client.post("/api/device", json={"device": "another-1"}).json()["problem"] == "no_token"


def test_tokens_and_codes_are_stored_hashed(village: Village) -> None:
    phone = village.phone("phone-1", "C1", village.han)
    code, _ = village.store.write(lambda db: devices.invite(db, ["C1"], [village.han], "system", now_ms()))
    token = link_of(village, village.admin)
    village.store.close()
    stored = b"".join(path.read_bytes() for path in village.store.data_dir.glob("thon.db*"))
    for secret in (phone.token, code, code.replace("-", ""), token):
        assert secret.encode() not in stored
