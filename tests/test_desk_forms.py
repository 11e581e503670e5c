"""Forms at the desk: who may, what is said of a workbook, what is published and what is not."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.callers import Caller
from tests.test_desk import Desk
from tests.village import Village, house_workbook
from tests.workbooks import question, workbook


@pytest.fixture
def admin(village: Village, app: TestClient[Litestar]) -> Desk:
    return Desk(village, app, village.admin)


def given(data: bytes, agreed: bool = False, **attached: str) -> dict[str, Any]:
    files = [
        {"name": name.replace("_csv", ".csv"), "data": b64encode(text.encode()).decode()}
        for name, text in attached.items()
    ]
    book = {"name": "book.xlsx", "data": b64encode(data).decode()}
    return {"workbook": book, "attached": files, "agreed": agreed}


def said(desk: Desk, path: str, message: dict[str, Any]) -> Any:
    answer = desk.post(path, **message)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(desk: Desk, path: str, message: dict[str, Any]) -> str:
    answer = desk.post(path, **message)
    assert answer.status_code >= 400
    return str(answer.json()["problem"])


def test_problems_stand_beside_their_rows_with_a_suggestion(admin: Desk) -> None:
    wrong = workbook([question("integer", "age"), question("note", "n", relevant="${agee} > 1")])
    answer = said(admin, "forms/check", given(wrong))
    [problem] = answer["problems"]
    assert (problem["sheet"], problem["row"], problem["column"]) == ("survey", 3, "relevant")
    assert "${age}" in problem["suggestion"] and answer["form"] is None


def test_a_workbook_is_checked_with_its_files_then_published_and_phones_are_told(
    village: Village, app: TestClient[Litestar], admin: Desk
) -> None:
    book = workbook([question("select_one_from_file crops.csv", "crop")], form_id="crops")
    assert "crops.csv is not attached" in said(admin, "forms/check", given(book))["problems"][0]["message"]
    whole = given(book, crops_csv="name,label\ncoffee,Cà phê\n")
    checked = said(admin, "forms/check", whole)
    assert checked["differences"] is None and checked["form"]["lists"]["crops"][0]["name"] == "coffee"
    assert admin.get("forms")["forms"][0]["id"] != "crops", "checking changes nothing"
    assert said(admin, "forms/publish", whole)["version"] == "1"
    phone = Caller(app, village.phone("p1", "C1", village.han))
    assert "crops" in [form["id"] for form in phone.get("/api/forms").json()]
    with village.store.reading() as db:
        noted = [tuple(row) for row in db.execute("SELECT user, action, subject FROM audit")]
    assert (village.admin, "publish_form", "crops") in noted


def test_what_loses_answers_needs_a_decision_and_what_breaks_them_is_refused(
    village: Village, admin: Desk
) -> None:
    phone = village.phone("p1", "C1", village.han)
    phone.write("0190a000-0000-7000-8000-000000000001", {"@area": "C1", "size": 4, "poor": "no"})
    dropped = house_workbook("2", poor=question("note", "bye"))
    kinds = {
        each["kind"]: each.get("weight") for each in said(admin, "forms/check", given(dropped))["differences"]
    }
    assert kinds["removed"] == "decide"
    assert refused(admin, "forms/publish", given(dropped)) == "needs_decision"
    broken = given(house_workbook("2", size=question("text", "size")), agreed=True)
    assert refused(admin, "forms/publish", broken) == "would_break"
    said(admin, "forms/publish", given(dropped, agreed=True))
    other = given(house_workbook("2", poor=question("note", "tam_biet")))
    assert said(admin, "forms/check", other)["is_taken"] is True
    assert refused(admin, "forms/publish", other) == "version_taken"
    line = next(line for line in admin.get("forms")["forms"] if line["id"] == "house")
    assert [each["version"] for each in line["versions"]] == ["2", "1"]


def test_only_administrators_may(village: Village, app: TestClient[Litestar]) -> None:
    supervisor = Desk(village, app, village.supervisor)
    for path in ("forms/check", "forms/publish"):
        assert refused(supervisor, path, given(house_workbook("2"))) == "not_allowed"
    unsigned = app.post("/api/desk/forms/publish", json=given(house_workbook("2")), cookies={})
    assert unsigned.status_code in (401, 403)


def test_what_is_no_workbook_is_said_in_a_sentence(admin: Desk) -> None:
    answer = said(admin, "forms/check", given(b"not a workbook"))
    assert len(answer["problems"]) == 1 and answer["form"] is None
    odd = {"workbook": {"name": "x.xlsx", "data": "***"}}
    assert refused(admin, "forms/check", odd) == "not_base64"
