"""Deciding at the desk: the queue by household, what each had been shown, many decisions at once, taking one
back."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from schemas.change import encode_change
from server.config import now_ms
from server.store import review, users
from server.verifying import differences
from tests.test_desk import Desk, house
from tests.village import NOW, Phone, Village


class Deciding(Desk):
    """A supervisor's browser that writes through the one way in, having been shown what the queue gave."""

    seq = 0

    def open(self, **query: Any) -> list[dict[str, Any]]:
        households: list[dict[str, Any]] = self.get("open", **query)["households"]
        return households

    def the_record(self, **query: Any) -> dict[str, Any]:
        ((record,),) = [household["records"] for household in self.open(**query)]
        shown: dict[str, Any] = record
        return shown

    def change(self, author: str, shown: dict[str, Any], values: dict[str, Any], later: int = 0) -> str:
        self.seq += 1
        return encode_change(
            record=shown["record"],
            form=shown["form"],
            form_version="1",
            device=self.device,
            seq=self.seq,
            at=max(now_ms(), shown["seen_at"] + 1) + later,
            author=author,
            seen=shown["seen"],
            set=values,
        ).decode()

    def push(self, *changes: str) -> list[str]:
        self.app.cookies = self.cookies
        answer = self.app.post("/api/push", json={"changes": changes}, headers={"X-CSRF": self.csrf})
        assert answer.status_code == 200, answer.text
        return [result["result"] for result in answer.json()["results"]]


@pytest.fixture
def desk(village: Village, app: TestClient[Litestar]) -> Deciding:
    return Deciding(village, app, village.supervisor)


@pytest.fixture
def hans(village: Village) -> Phone:
    return village.phone("phone-1", "C1", village.han)


@pytest.fixture
def lans(village: Village) -> Phone:
    return village.phone("phone-2", "C1", village.lan)


def in_two_minds(hans: Phone, lans: Phone, record: str = "r1", **values: tuple[Any, Any]) -> None:
    """Ka Hân and then Ka Lan write these values, neither having been shown the other's."""
    shared = {name: value for name, value in house().items() if name not in values}
    hans.write(record, shared | {name: value[0] for name, value in values.items()})
    lans.write(record, shared | {name: value[1] for name, value in values.items()})


def test_everything_about_one_household_stands_under_one_heading(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    in_two_minds(hans, lans, size=(4, 5))
    twin = hans.write("r2", house("Ka Sa", size=31))
    about = {"@subject": "r2", "@round": "2026", "@status": "submitted"}
    hans.write("v1", about | {"income": 900}, form="visit")
    lans.write("v1", about | {"income": 950}, form="visit")
    hans.write("r3", house("Ka Sim"))
    assert [each["household"] for each in desk.open()] == ["r2", "r1"]
    village.desk(village.supervisor, "C").write("r2", {"@same_as": "r1"}, seen=[twin])
    (household,) = desk.open()
    assert (household["household"], household["code"], household["tied"]) == ("r1", "H-K’Brình", ["H-Ka Sa"])
    assert [each["record"] for each in household["records"]] == ["r2", "r1", "v1"]
    totals = desk.get("open")
    assert (totals["total"], totals["records"], totals["conflicts"]) == (1, 3, 2)


def test_each_kind_lists_what_the_rail_counts_and_pages_go_by_household(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    in_two_minds(hans, lans, size=(4, 5))
    hans.write("r2", house("B", size=31))
    office = village.desk(village.supervisor, "C")
    seen = hans.write("r3", house("C"))
    office.write("r3", {"@status": "approved"}, seen=[seen])
    hans.write("r3", {"size": 5}, seen=[seen])
    seen = hans.write("r4", house("D"))
    office.write("r4", {"@deleted": True}, seen=[seen])
    hans.write("r4", {"size": 5}, seen=[seen])
    about = {"@subject": "r1", "@round": "2026"}
    hans.write("v1", about | {"member/a/name": "Ka Một"}, form="visit")
    lans.write("v1", about | {"member/b/name": "Ka Một"}, form="visit")
    counts = desk.get("queues")["counts"]
    listed = {
        kind: [each["record"] for household in desk.open(kind=kind) for each in household["records"]]
        for kind in ("conflicts", "inconsistent", "changed", "edited", "rows")
    }
    assert listed == {
        "conflicts": ["r1"],
        "inconsistent": ["r2"],
        "changed": ["r3"],
        "edited": ["r4"],
        "rows": ["v1"],
    }
    assert {kind: counts[kind] for kind in listed} == dict.fromkeys(listed, 1)
    assert (counts["open"], desk.get("open", limit=1)["total"]) == (5, 4)
    pages = [desk.open(limit=1, offset=offset)[0]["household"] for offset in range(4)]
    assert sorted(pages) == ["r1", "r2", "r3", "r4"]
    assert desk.open(limit=1, offset=4) == []
    assert [each["household"] for each in desk.open(q="ka mot")] == []
    assert [each["household"] for each in desk.open(form="visit")] == ["r1"]
    assert desk.ask("open", kind="nonsense").status_code == 400


def test_the_queue_lies_within_the_users_areas_and_names_nobody_to_viewers(
    village: Village, app: TestClient[Litestar], hans: Phone, lans: Phone
) -> None:
    in_two_minds(hans, lans, size=(4, 5))
    elsewhere = village.store.write(lambda db: users.add(db, "Cô Ba", "supervisor", "C2", NOW))
    assert Desk(village, app, elsewhere).get("open")["households"] == []
    assert Desk(village, app, village.han).ask("open").status_code == 403
    (household,) = Desk(village, app, village.viewer).get("open")["households"]
    assert (household["name"], household["code"], household["records"][0]["name"]) == ("", "", "")


def test_a_value_says_what_its_author_had_been_shown_and_by_whom(
    desk: Deciding, hans: Phone, lans: Phone
) -> None:
    first = lans.write("r1", house(size=12))
    hans.write("r1", {"size": 9}, seen=[first])
    lans.write("r1", {"size": 7}, seen=[])
    newest, oldest = desk.the_record()["conflicts"]["size"]
    assert (oldest["author_name"], oldest["value"], oldest["had_seen"]) == ("Ka Hân", 9, 12)
    assert (oldest["seen_from"]["author_name"], oldest["seen_from"]["id"]) == ("Ka Lan", first)
    assert (newest["had_seen_any"], newest["seen_from"]) == (False, None)


def test_what_changed_since_an_approval_is_named_with_its_author(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    seen = hans.write("r1", house(size=4))
    village.desk(village.supervisor, "C").write("r1", {"@status": "approved"}, seen=[seen])
    lans.write("r1", {"size": 6}, seen=[seen])
    (since,) = desk.the_record(kind="changed")["since"]
    assert (since["flag"], since["prefix"], since["by"]["author_name"]) == (
        "changed_since_approval",
        "",
        "Bà Sáu",
    )
    (unseen,) = since["unseen"]
    assert (unseen["path"], unseen["before"], unseen["value"]) == ("size", 4, 6)
    assert unseen["author_name"] == "Ka Lan"
    shown = desk.the_record(kind="changed")
    assert desk.push(desk.change(village.supervisor, shown, {"@status": "approved"})) == ["stored"]
    assert desk.open() == []


@pytest.mark.parametrize(("answer", "is_deleted"), [(True, True), (None, False)])
def test_a_deletion_that_missed_an_edit_is_confirmed_or_undone(
    desk: Deciding, hans: Phone, lans: Phone, village: Village, answer: bool | None, is_deleted: bool
) -> None:
    seen = hans.write("r1", house(size=4))
    lans.write("r1", {"@deleted": True}, seen=[seen])
    hans.write("r1", {"size": 6}, seen=[seen])
    shown = desk.the_record(kind="edited")
    (since,) = shown["since"]
    assert (since["flag"], since["by"]["author_name"]) == ("edited_after_delete", "Ka Lan")
    assert [(each["path"], each["before"], each["value"]) for each in since["unseen"]] == [("size", 4, 6)]
    assert desk.push(desk.change(village.supervisor, shown, {"@deleted": answer})) == ["stored"]
    assert desk.open() == []
    after = desk.get("records/r1")
    assert (after["deleted"], after["values"]["size"], len(after["history"])) == (is_deleted, 6, 4)


def test_a_row_deleted_while_another_wrote_in_it_is_named(desk: Deciding, hans: Phone, lans: Phone) -> None:
    about = {"@area": "C1", "@round": "2026", "member/a/name": "Ka Một", "member/b/name": "Ka Hai"}
    seen = hans.write("v1", about, form="visit")
    lans.write("v1", {"member/a/@deleted": True}, form="visit", seen=[seen])
    hans.write("v1", {"member/a/here": 1}, form="visit", seen=[seen])
    (since,) = desk.the_record(kind="edited")["since"]
    assert (since["prefix"], [each["path"] for each in since["unseen"]]) == ("member/a", ["member/a/here"])


def test_rows_made_apart_say_who_knew_of_them(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    about = {"@area": "C1", "@round": "2026"}
    hans.write("v1", about | {"member/a/name": "Ka Một"}, form="visit")
    lans.write("v1", about | {"member/b/name": "Ka Môt"}, form="visit")
    apart = desk.the_record(kind="rows")["apart"]
    assert {row["prefix"]: row["known_to"] for row in apart} == {
        "member/a": [village.han],
        "member/b": [village.lan],
    }


def test_many_are_decided_in_one_request_and_what_came_meanwhile_stays_open(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    for number in range(12):
        in_two_minds(hans, lans, f"r{number}", size=(4, 5), head=(f"A{number}", f"B{number}"))
    shown = [each["records"][0] for each in desk.open(limit=50)]
    hans.write("r3", {"size": 6}, seen=[])
    newest = [
        desk.change(
            village.supervisor,
            record,
            {path: heads[0]["value"] for path, heads in record["conflicts"].items()},
        )
        for record in shown
    ]
    assert desk.push(*newest) == ["stored"] * 12
    assert desk.push(*newest) == ["duplicate"] * 12, "sent again after a lost answer"
    left = desk.the_record()
    assert left["record"] == "r3" and list(left["conflicts"]) == ["size"]
    assert {head["value"] for head in left["conflicts"]["size"]} == {5, 6}
    with village.store.reading() as db:
        assert list(differences(db)) == []


def put_back(desk: Deciding, author: str, shown: dict[str, Any], decision: str) -> None:
    """What the desk writes to take back a decision: each former value by one change, all from one screen."""
    after = desk.get(f"records/{shown['record']}")
    assert after["history"][-1]["id"] == decision
    by_change: dict[str, dict[str, Any]] = {}
    for path, heads in shown["conflicts"].items():
        for head in heads:
            by_change.setdefault(head["id"], {})[path] = head["value"]
    oldest_first = sorted(by_change, key=[entry["id"] for entry in after["history"]].index)
    changes = [
        desk.change(author, after, by_change[change], later) for later, change in enumerate(oldest_first)
    ]
    assert desk.push(*changes) == ["stored"] * len(changes)


def test_a_decision_that_is_taken_back_leaves_the_question_open_with_all_its_values(
    desk: Deciding, hans: Phone, lans: Phone, village: Village
) -> None:
    in_two_minds(hans, lans, size=(4, 5), head=("K’Brình", "K’Brinh"))
    shown = desk.the_record()
    assert desk.push(desk.change(village.supervisor, shown, {"size": 4, "head": "K’Brình"})) == ["stored"]
    assert desk.open() == []
    put_back(desk, village.supervisor, shown, desk.get("records/r1")["history"][-1]["id"])
    again = desk.the_record()
    for path in ("size", "head"):
        were, are = (
            [(head["value"], head["author_name"]) for head in record["conflicts"][path]]
            for record in (shown, again)
        )
        assert [value for value, _ in are] == [value for value, _ in were], "newest first, as it was"
        assert [head["put_back"]["author_name"] for head in again["conflicts"][path]] == [
            author for _, author in were
        ]
    assert again["values"]["size"] == shown["values"]["size"]
    newest = {path: heads[0]["value"] for path, heads in again["conflicts"].items()}
    assert desk.push(desk.change(village.supervisor, again, newest)) == ["stored"]
    after = desk.get("records/r1")
    assert (desk.open(), after["values"]["size"]) == ([], 5)
    assert [entry["set"].get("size") for entry in after["history"]] == [4, 5, 4, 4, 5, 5]


def test_the_queue_reads_only_what_is_open(village: Village) -> None:
    with village.store.reading() as db:
        where, parameters = review.conditions(db, review.Wanted(areas=["C1"], queue="conflicts"))
        plan = db.execute(f"EXPLAIN QUERY PLAN SELECT record FROM record r WHERE {where}", parameters)
        steps = [row["detail"] for row in plan]
    assert any("record_open" in step for step in steps), steps
