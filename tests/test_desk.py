"""What the desk shows and does: rights by role and area, queues, one record in full, holds, phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.config import now_ms
from server.routes.access import COOKIE
from server.store import devices, forms, users
from tests.village import HOUSE, NOW, Phone, Village, small_form

PRIVATE = {"code": "identifier", "head": "identifier", "poor": "health"}
SECRET = "K’Brình"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    made = Village(tmp_path / "data")
    survey = [row | {"sensitivity": PRIVATE.get(str(row["name"]), "")} for row in HOUSE]
    survey.append({"type": "calculate", "name": "greeting", "calculation": "concat('Chào ', ${head})"})
    survey.append({"type": "calculate", "name": "crowd", "calculation": "${size} * 2"})
    house = small_form(survey, form_id="house", version="2", one_per="code", instance_name="${head}")
    made.store.write(lambda db: forms.publish(db, house, NOW))
    yield made
    made.store.close()


class Desk:
    """A signed-in browser against the real app."""

    def __init__(self, village: Village, app: TestClient[Litestar], user_id: str) -> None:
        def sign_in(db: Any) -> tuple[str, str, str]:
            user = users.get(db, user_id)
            assert user is not None
            device = devices.add_desk(db, user.id, user.area, now_ms())
            token, session = users.start_session(db, user, device, now_ms())
            return token, session.csrf, device

        token, self.csrf, self.device = village.store.write(sign_in)
        self.app, self.cookies = app, {COOKIE: token}

    def ask(self, path: str, **query: Any) -> Any:
        self.app.cookies = self.cookies
        return self.app.get(f"/api/desk/{path}", params=query)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **message: Any) -> Any:
        self.app.cookies = self.cookies
        return self.app.post(f"/api/desk/{path}", json=message, headers={"X-CSRF": self.csrf})

    def records(self, **query: Any) -> list[str]:
        return sorted(row["record"] for row in self.get("records", **query)["rows"])


@pytest.fixture
def supervisor(village: Village, app: TestClient[Litestar]) -> Desk:
    return Desk(village, app, village.supervisor)


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C1", village.han)


@pytest.fixture
def other(village: Village) -> Phone:
    return village.phone("phone-2", "C2", village.lan)


def house(head: str = SECRET, area: str = "C1", **more: Any) -> dict[str, Any]:
    return {"@area": area, "code": f"H-{head}", "head": head, "size": 4, "@status": "submitted"} | more


def test_nobody_reads_the_desk_without_signing_in(app: TestClient[Litestar]) -> None:
    assert app.get("/api/desk/queues").status_code == 401


@pytest.mark.parametrize(
    "path", ["catalog", "queues", "records", "records/r1", "holds", "phones", "duplicates"]
)
def test_interviewers_read_nothing_at_the_desk(
    village: Village, app: TestClient[Litestar], path: str
) -> None:
    assert Desk(village, app, village.han).ask(path).status_code == 403


@pytest.mark.parametrize("path", ["holds", "phones", "duplicates"])
def test_viewers_see_no_work_of_supervisors(village: Village, app: TestClient[Litestar], path: str) -> None:
    assert Desk(village, app, village.viewer).ask(path).status_code == 403


def test_a_supervisor_sees_only_records_of_her_areas(
    village: Village, app: TestClient[Litestar], phone: Phone, other: Phone
) -> None:
    phone.write("r1", house())
    other.write("r2", house("Ka Sa", "C2"))
    one_hamlet = village.store.write(lambda db: users.add(db, "Cô Ba", "supervisor", "C2", NOW))
    desk = Desk(village, app, one_hamlet)
    assert desk.records() == ["r2"]
    assert desk.get("queues")["counts"]["review"] == 1
    assert desk.ask("records/r1").status_code == 404
    assert [area["code"] for area in desk.get("catalog")["areas"]] == ["C2"]


def test_records_are_found_by_hamlet_status_interviewer_and_name_without_diacritics(
    supervisor: Desk, village: Village, phone: Phone, other: Phone
) -> None:
    phone.write("r1", house())
    other.write("r2", house("Đa Gout", "C2", **{"@status": "draft"}))
    assert supervisor.records(area="C2") == ["r2"]
    assert supervisor.records(area="C") == ["r1", "r2"]
    assert supervisor.records(status="draft") == ["r2"]
    assert supervisor.records(author=village.han) == ["r1"]
    assert supervisor.records(q="kbrinh") == ["r1"]
    assert supervisor.records(q="da gout h") == ["r2"]
    assert supervisor.records(form="visit") == []
    page = supervisor.get("records", limit=1, offset=1)
    assert (page["total"], len(page["rows"])) == (2, 1)


def test_each_queue_counts_what_it_lists(supervisor: Desk, phone: Phone, village: Village) -> None:
    phone.write("submitted", house("A"))
    phone.write("inconsistent", house("B", size=31))
    returned = phone.write("returned", house("C"))
    deleted = phone.write("deleted", house("D"))
    desk = village.desk(village.supervisor, "C")
    desk.write("returned", {"@status": "returned"}, seen=[returned])
    desk.write("deleted", {"@deleted": True}, seen=[deleted])
    approved = phone.write("changed", house("E"))
    desk.write("changed", {"@status": "approved"}, seen=[approved])
    phone.write("changed", {"size": 5}, seen=[approved])
    phone.write("conflict", house("F"))
    phone.write("conflict", {"size": 9})
    counts = supervisor.get("queues")["counts"]
    for queue in ("review", "conflicts", "inconsistent", "changed", "edited", "returned"):
        assert supervisor.get("records", queue=queue)["total"] == counts[queue], queue
    assert supervisor.records(queue="review") == ["changed", "conflict", "inconsistent", "submitted"]
    assert supervisor.records(queue="conflicts") == ["conflict"]
    assert supervisor.records(queue="inconsistent") == ["inconsistent"]
    assert supervisor.records(queue="returned") == ["returned"]
    assert supervisor.records(queue="changed") == ["changed"]
    assert supervisor.records(status="deleted") == ["deleted"]
    assert supervisor.ask("records", queue="nonsense").status_code == 400


def test_an_edit_that_had_not_seen_the_deletion_is_in_its_queue(
    supervisor: Desk, phone: Phone, village: Village
) -> None:
    first = phone.write("r1", house())
    village.desk(village.supervisor, "C").write("r1", {"@deleted": True}, seen=[first])
    phone.write("r1", {"size": 6}, seen=[first])
    assert supervisor.records(queue="edited") == ["r1"]


def test_a_conflict_names_both_values_their_authors_and_what_each_had_seen(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    first = phone.write("r1", house())
    mine = phone.write("r1", {"size": 5}, seen=[first])
    theirs = village.phone("phone-3", "C1", village.lan).write("r1", {"size": 7}, seen=[])
    newest, oldest = supervisor.get("records/r1")["conflicts"]["size"]
    assert (oldest["id"], oldest["value"], oldest["author_name"]) == (mine, 5, "Ka Hân")
    assert (oldest["had_seen"], oldest["had_seen_any"]) == (4, True)
    assert (newest["id"], newest["value"], newest["author_name"]) == (theirs, 7, "Ka Lan")
    assert (newest["had_seen"], newest["had_seen_any"], newest["device_label"]) == (None, False, "A03")


def test_a_decision_made_from_what_was_shown_closes_the_conflict_and_keeps_both_values(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    phone.write("r1", house())
    phone.write("r1", {"size": 7})
    shown = supervisor.get("records/r1")
    village.desk(village.supervisor, "C").write("r1", {"size": 6}, seen=shown["seen"])
    after = supervisor.get("records/r1")
    assert (after["conflicts"], after["values"]["size"]) == ({}, 6)
    assert [entry["set"]["size"] for entry in after["history"]] == [4, 7, 6]
    assert after["history"][2]["seen"] == shown["seen"]
    assert after["history"][2]["role"] == "supervisor"


def test_a_record_shows_calculations_comments_violations_and_last_rounds_answers(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    village.store.write(lambda db: village.round_opens(db, "2025", 2025))
    phone.write("r1", house())
    about = {"@subject": "r1", "@status": "submitted"}
    phone.write("v1", {**about, "@round": "2025", "income": 900}, form="visit")
    first = phone.write("v2", {**about, "@round": "2026", "income": 1200}, form="visit")
    desk = village.desk(village.supervisor, "C")
    desk.write("v2", {"@comment/1": {"text": "Hỏi lại", "path": "income"}}, form="visit", seen=[first])
    shown = supervisor.get("records/v2")
    assert shown["answers"]["double"] == 2400
    assert shown["last_round"] == {
        "title": "2025",
        "answers": {"income": 900, "double": 1800, "whose": SECRET},
    }
    (comment,) = shown["comments"]
    assert (comment["text"], comment["path"], comment["author_name"]) == ("Hỏi lại", "income", "Bà Sáu")
    assert (shown["subject_name"], shown["areas"]) == (SECRET, ["C1"])
    phone.write("r3", house("Ka Sa", size=31))
    assert supervisor.get("records/r3")["violations"] == [{"path": "size", "kind": "constraint"}]


def test_viewers_are_given_nothing_that_identifies_a_household(
    village: Village, app: TestClient[Litestar], phone: Phone
) -> None:
    first = phone.write("r1", house(poor="yes"))
    phone.write("r1", {"head": f"{SECRET} hai"})
    desk = village.desk(village.supervisor, "C")
    desk.write("r1", {"@comment/1": {"text": f"{SECRET} nói khác"}}, seen=[first])
    phone.write("v1", {"@subject": "r1", "@round": "2026", "income": 5}, form="visit")
    viewer = Desk(village, app, village.viewer)
    for path in ("records", "records/r1", "queues", "catalog"):
        assert "Brình" not in viewer.ask(path).text, path
    shown = viewer.get("records/r1")
    assert {"size", "crowd"} == {
        path for path in shown["answers"] if path in ("size", "crowd", "poor", "head")
    }
    assert all("head" not in entry["set"] for entry in shown["history"])
    # A search by name would answer who is in the list.
    assert viewer.records(q="nobody of this name") == viewer.records()


def test_every_reading_of_a_full_record_is_in_the_audit_log(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    phone.write("r1", house())
    supervisor.get("records/r1")
    supervisor.get("records/r1")
    with village.store.reading() as db:
        rows = db.execute("SELECT user, subject FROM audit WHERE action = 'read_record'").fetchall()
    assert [tuple(row) for row in rows] == [(village.supervisor, "r1")] * 2


def test_households_of_one_hamlet_with_nearly_the_same_name_are_likely_duplicates_until_tied(
    supervisor: Desk, village: Village, phone: Phone, other: Phone
) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi"))
    second = phone.write("r2", house("Cil Mup Ha Nhi", code="NEW-1"))
    other.write("r3", house("Cil Múp Ha Nhi", "C2", code="H-3"))
    phone.write("v1", {"@subject": "r1", "@round": "2026", "@status": "submitted"}, form="visit")
    (pair,) = supervisor.get("duplicates")["pairs"]
    assert {pair["a"]["record"], pair["b"]["record"]} == {"r1", "r2"}
    assert supervisor.get("queues")["counts"]["duplicates"] == 1
    desk = village.desk(village.supervisor, "C")
    desk.write("r2", {"@same_as": "r1"}, seen=[second])
    assert supervisor.get("duplicates")["pairs"] == []


@pytest.mark.parametrize(("decision", "status"), [("release", "approved"), ("discard", "submitted")])
def test_a_change_on_hold_is_applied_only_when_released(
    supervisor: Desk, phone: Phone, decision: str, status: str
) -> None:
    first = phone.write("r1", house())
    (held,) = phone.push(phone.body("r1", {"@status": "approved"}, seen=[first]))
    (shown,) = supervisor.get("holds")["holds"]
    assert (shown["id"], shown["reason"], shown["record_name"]) == (held.id, "role", SECRET)
    assert (shown["author_name"], shown["set"]) == ("Ka Hân", {"@status": "approved"})
    assert supervisor.post(f"holds/{held.id}", decision=decision).status_code == 200
    assert supervisor.get("holds")["holds"] == []
    assert supervisor.get("records/r1")["status"] == status
    assert supervisor.post(f"holds/{held.id}", decision=decision).status_code == 404


def test_holds_of_other_areas_are_neither_seen_nor_decided(
    village: Village, app: TestClient[Litestar], phone: Phone
) -> None:
    (held,) = phone.push(b"not a change")
    elsewhere = village.store.write(lambda db: users.add(db, "Cô Ba", "supervisor", "C2", NOW))
    desk = Desk(village, app, elsewhere)
    assert desk.get("holds")["holds"] == []
    assert desk.post(f"holds/{held.id}", decision="discard").status_code == 404


def test_a_change_that_cannot_be_read_can_only_be_discarded(supervisor: Desk, phone: Phone) -> None:
    (held,) = phone.push(b"not a change")
    (shown,) = supervisor.get("holds")["holds"]
    assert shown["is_readable"] is False
    assert supervisor.post(f"holds/{held.id}", decision="release").status_code == 409
    assert supervisor.post(f"holds/{held.id}", decision="discard").status_code == 200


def test_deciding_needs_the_csrf_token(supervisor: Desk, phone: Phone) -> None:
    (held,) = phone.push(b"not a change")
    supervisor.csrf = "guessed"
    assert supervisor.post(f"holds/{held.id}", decision="discard").status_code == 403


def test_progress_counts_each_household_once_by_its_most_finished_interview(
    supervisor: Desk, village: Village, phone: Phone, other: Phone
) -> None:
    phone.write("r1", house("A"))
    phone.write("r2", house("B"))
    phone.write("r3", house("C"))
    other.write("r4", house("D", "C2"))
    first = phone.write("v1", {"@subject": "r1", "@round": "2026", "@status": "submitted"}, form="visit")
    phone.write("v2", {"@subject": "r2", "@round": "2026", "income": 1}, form="visit")
    phone.write("old", {"@subject": "r3", "@round": "2025", "@status": "submitted"}, form="visit")
    village.desk(village.supervisor, "C").write("v1", {"@status": "approved"}, seen=[first], form="visit")
    one, two = supervisor.get("progress", form="visit", round="2026")["rows"]
    assert (one["area"], one["households"], one["people"]) == ("C1", 3, ["Ka Hân"])
    assert (one["approved"], one["submitted"], one["returned"], one["draft"]) == (1, 0, 0, 1)
    assert (two["area"], two["households"], two["approved"], two["people"]) == ("C2", 1, 0, ["Ka Lan"])


def test_a_phone_not_heard_of_for_three_days_is_listed_and_counted(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    heard = village.phone("phone-9", "C1", village.han)
    village.store.write(lambda db: devices.touch(db, heard.device, now_ms()))
    shown = {each["id"]: each["is_silent"] for each in supervisor.get("phones")["phones"]}
    assert shown == {"phone-1": True, "phone-9": False}
    assert supervisor.get("queues")["counts"]["silent"] == 1


def test_an_invitation_gives_code_link_and_qr_for_people_of_her_areas(
    supervisor: Desk, village: Village
) -> None:
    answer = supervisor.post("invites", area="C1", users=[village.han])
    assert answer.status_code == 201
    made = answer.json()
    assert made["link"].endswith(f"/enrol#{made['code']}")
    assert made["qr"].startswith("<svg")
    enrolled = village.store.write(lambda db: devices.enrol(db, made["code"], "new-phone", "A03", now_ms()))
    assert not isinstance(enrolled, str)
    assert (enrolled.device.areas, enrolled.device.users) == (["C1"], [village.han])


def test_nobody_is_invited_beyond_the_supervisors_areas(village: Village, app: TestClient[Litestar]) -> None:
    elsewhere = village.store.write(lambda db: users.add(db, "Cô Ba", "supervisor", "C2", NOW))
    desk = Desk(village, app, elsewhere)
    assert desk.post("invites", area="C1", users=[village.lan]).status_code == 403
    assert desk.post("invites", area="C2", users=[village.han]).status_code == 400
    assert desk.post("people", name="Ka Mới", area="C1").status_code == 403


def test_an_added_interviewer_can_be_invited_at_once(supervisor: Desk) -> None:
    added = supervisor.post("people", name="  Ka   Mới ", area="C2").json()
    assert (added["name"], added["role"]) == ("Ka Mới", "interviewer")
    assert supervisor.post("invites", area="C2", users=[added["id"]]).status_code == 201


def test_what_a_revoked_phone_sends_is_put_on_hold(supervisor: Desk, phone: Phone, village: Village) -> None:
    assert supervisor.post(f"phones/{phone.device}/revoke").status_code == 200
    (result,) = phone.push(phone.body("r1", house()))
    assert (result.result, result.reason) == ("held", "device_revoked")
    elsewhere = supervisor.post(f"phones/{supervisor.device}/revoke")
    assert elsewhere.status_code == 404, "a desk browser is no phone"
