"""The same household twice, at the desk: who sees what, side by side, tied and taken back, not the same; and
that two interviews of one household count once."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.store import users
from server.store.export_rows import Chosen, snapshot
from server.verifying import differences
from tests.test_desk import Desk
from tests.village import NOW, Phone, Village

NAME = "Cil Múp Ha Nhi"


@pytest.fixture
def supervisor(village: Village, app: TestClient[Litestar]) -> Desk:
    return Desk(village, app, village.supervisor)


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C", village.han)


def twice(phone: Phone, area: str = "C1") -> list[str]:
    """One household written twice, r1 and r2; the ids of its changes."""
    names = (("r1", NAME, "C1"), ("r2", "Cil Mup Ha Nhi", area))
    return [phone.write(one, {"@area": where, "head": name, "code": one}) for one, name, where in names]


def pairs(desk: Desk, kind: str = "likely", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.get("duplicates", kind=kind, **query)["pairs"]
    return found


def kinds(pair: dict[str, Any]) -> set[str]:
    return {reason["kind"] for reason in pair["evidence"]}


def test_a_pair_comes_with_its_evidence_the_most_alike_first(supervisor: Desk, phone: Phone) -> None:
    twice(phone)
    phone.write("r3", {"@area": "C1", "head": NAME, "code": "r3"})
    found = pairs(supervisor)
    assert [(pair["a"]["record"], pair["b"]["record"]) for pair in found] == [
        ("r1", "r3"), ("r1", "r2"), ("r2", "r3")]  # fmt: skip
    assert kinds(found[0]) == {"name_same", "hamlet_same"}
    assert kinds(found[1]) == {"name_marks", "hamlet_same"}
    assert supervisor.get("queues")["counts"]["duplicates"] == 3
    assert [len(pairs(supervisor, offset=offset, limit=2)) for offset in (0, 2, 4)] == [2, 1, 0]
    assert supervisor.get("duplicates", limit=2)["total"] == 3


def test_only_who_has_both_in_her_areas_sees_a_pair(
    village: Village, app: TestClient[Litestar], supervisor: Desk, phone: Phone
) -> None:
    twice(phone)
    phone.write("r4", {"@area": "C2", "head": "Ka Sa", "code": "r4"})
    phone.write("r5", {"@area": "C2", "head": "Ka Sa", "code": "r5"})
    assert len(pairs(supervisor)) == 2
    assert [pair["a"]["record"] for pair in pairs(supervisor, area="C2")] == ["r4"]
    elsewhere = village.store.write(lambda db: users.add(db, "Cô Ba", "supervisor", "C2", NOW))
    other = Desk(village, app, elsewhere)
    assert [pair["a"]["record"] for pair in pairs(other)] == ["r4"]
    assert other.ask("duplicates/r1/r2").status_code == 404
    assert other.post("duplicates/not-the-same", a="r1", b="r2").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "han"])
def test_who_may_not_decide_is_shown_nothing(
    village: Village, app: TestClient[Litestar], phone: Phone, role: str
) -> None:
    twice(phone)
    desk = Desk(village, app, getattr(village, role))
    assert desk.ask("duplicates").status_code == 403
    assert desk.ask("duplicates/r1/r2").status_code == 403
    assert desk.post("duplicates/not-the-same", a="r1", b="r2").status_code == 403


def test_side_by_side_says_who_registered_whom_and_what_is_about_them(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    twice(phone)
    phone.write("v1", {"@subject": "r1", "@round": "2026", "@status": "submitted"}, form="visit")
    shown = supervisor.get("duplicates/r1/r2")
    assert (shown["a"]["registered_by"], shown["a"]["line"]["name"]) == ("Ka Hân", NAME)
    assert [each["record"] for each in shown["a"]["interviews"]] == ["v1"]
    assert shown["b"]["interviews"] == shown["b"]["members"] == []
    with village.store.reading() as db:
        read = db.execute("SELECT subject FROM audit WHERE action = 'read_record'").fetchall()
    assert [row[0] for row in read] == ["r1", "r2"]
    assert supervisor.ask("duplicates/r1/v1").status_code == 404


def test_not_the_same_is_remembered_with_name_and_time_and_can_be_undone(
    supervisor: Desk, phone: Phone
) -> None:
    twice(phone)
    assert supervisor.post("duplicates/not-the-same", a="r2", b="r1").status_code == 200
    assert pairs(supervisor) == []
    (told,) = pairs(supervisor, "not_the_same")
    assert told["said"]["user_name"] == "Bà Sáu"
    assert kinds(told) == {"name_marks", "hamlet_same"}
    assert supervisor.post("duplicates/not-the-same", a="r1", b="r2", is_said=False).status_code == 200
    assert supervisor.post("duplicates/not-the-same", a="r1", b="r2", is_said=False).status_code == 409
    assert pairs(supervisor, "not_the_same") == []


def test_not_the_same_comes_back_with_who_had_said_it_once_a_name_changes(
    supervisor: Desk, phone: Phone
) -> None:
    seen = twice(phone)
    supervisor.post("duplicates/not-the-same", a="r1", b="r2")
    seen.append(phone.write("r2", {"head": "Cil Múp Ha Nhii"}, seen=seen))
    assert pairs(supervisor) == [], "a letter doubled by a slip is no other name"
    phone.write("r2", {"head": "Cil Múp Ha Nhim"}, seen=seen)
    (pair,) = pairs(supervisor)
    assert pair["said"]["user_name"] == "Bà Sáu"
    assert pairs(supervisor, "not_the_same") == []


def test_a_tie_is_listed_with_who_tied_and_taking_it_back_restores_exactly(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    second = twice(phone)[1]
    before = supervisor.get("duplicates"), supervisor.get("duplicates/r1/r2")
    desk = village.desk(village.supervisor, "C")
    tied = desk.write("r2", {"@same_as": "r1"}, seen=[second])
    assert pairs(supervisor) == []
    (tie,) = pairs(supervisor, "tied")
    assert (tie["a"]["record"], tie["b"]["record"], tie["said"]["user_name"]) == ("r2", "r1", "Bà Sáu")
    desk.write("r2", {"@same_as": None}, seen=[second, tied])
    assert pairs(supervisor, "tied") == []
    after = supervisor.get("duplicates"), supervisor.get("duplicates/r1/r2")
    for shown in (*before, *after):
        forget_times(shown)
    assert after == before
    with village.store.reading() as db:
        assert list(differences(db)) == []


def forget_times(shown: Any) -> None:
    """The tie and its taking back are changes too: who wrote last, and when, is theirs."""
    for value in shown.values() if isinstance(shown, dict) else shown if isinstance(shown, list) else ():
        forget_times(value)
    if isinstance(shown, dict):
        for name in ("at", "author_name"):
            shown.pop(name, None)


def test_two_interviews_of_one_household_count_once_the_newest_approved(
    supervisor: Desk, village: Village, phone: Phone
) -> None:
    second = twice(phone, "C2")[1]
    about = {"@round": "2026", "@status": "submitted"}
    first = phone.write("v1", {**about, "@subject": "r1", "income": 1}, form="visit")
    other = phone.write("v2", {**about, "@subject": "r2", "income": 2}, form="visit")
    desk = village.desk(village.supervisor, "C")
    tied = desk.write("r2", {"@same_as": "r1"}, seen=[second])

    def counted() -> dict[str, bool]:
        shown = supervisor.get("duplicates/r1/r2")
        return {each["record"]: each["counts"] for side in "ab" for each in shown[side]["interviews"]}

    def exported() -> dict[str, str]:
        with snapshot(village.store.path) as view:
            view.choose(Chosen(form="visit"))
            return {row.record: row.same_as for row in view.rows()}

    def progress() -> list[int]:
        rows = supervisor.get("progress", form="visit", round="2026")["rows"]
        return [sum(row[name] for row in rows) for name in ("households", "submitted", "approved")]

    assert counted() == {"v1": False, "v2": True}, "the newest"
    assert progress() == [1, 1, 0]
    desk.write("v1", {"@status": "approved"}, seen=[first], form="visit")
    assert counted() == {"v1": True, "v2": False}, "the approved one"
    assert exported() == {"v1": "", "v2": "v1"}
    assert progress() == [1, 0, 1]
    desk.write("v2", {"@status": "approved"}, seen=[other], form="visit")
    assert counted() == {"v1": False, "v2": True}, "the newest approved"
    desk.write("v2", {"@deleted": True}, seen=[other], form="visit")
    assert counted() == {"v1": True}
    assert exported() == {"v1": ""}
    desk.write("v2", {"@deleted": None}, seen=[other], form="visit")
    desk.write("r2", {"@same_as": None}, seen=[second, tied])
    assert counted() == {"v1": True, "v2": True}, "untied, each is counted for its own household"
    assert exported() == {"v1": "", "v2": ""}
    assert progress() == [2, 0, 2]
