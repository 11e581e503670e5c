"""After the server was put back, the desk is told to what state, what came back, and who may bring more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from schemas.wire import PushResult, SentReceipt
from server.app import build_app
from server.config import Config, now_ms
from server.intake import Offered
from server.store import Store, devices
from tests.test_desk import Desk
from tests.test_erasing import FACTS, HOUSE, OTHER, REASON, VISIT, Erasing
from tests.village import Phone


def with_receipt(body: bytes, result: PushResult) -> Offered:
    assert result.pos and result.at is not None and result.role and result.mac
    return Offered(body, receipt=SentReceipt(result.pos, result.at, result.role, result.mac))


class PutBack:
    """A village of which the files were copied, and put back after more had come."""

    def __init__(self, folder: Path) -> None:
        self.erasing = Erasing(folder / "data")
        self.village = self.erasing.village
        self.far = self.village.phone("phone-far", "C2", self.village.lan)
        for phone in ("phone-han", "phone-lan"):
            self.village.store.write(lambda db, name=phone: devices.touch(db, name, now_ms()))  # type: ignore[misc]
        shutil.copytree(folder / "data", folder / "copy")
        phone = self.erasing.lan
        bodies = [phone.body(OTHER, {"size": number}) for number in range(2)]
        bodies.append(phone.body(VISIT, {"income": 5}, **FACTS))
        self.lost = [with_receipt(*each) for each in zip(bodies, phone.push(*bodies), strict=True)]
        self.village.store.close()
        shutil.rmtree(folder / "data")
        shutil.copytree(folder / "copy", folder / "data")
        self.village.store = self.store = Store.open(folder / "data")

    def brings(self, phone: Phone, *lost: Offered) -> None:
        results = phone.offer(*lost, now=now_ms())
        assert {result.result for result in results} <= {"stored", "duplicate"}


@pytest.fixture
def back(tmp_path: Path) -> Iterator[PutBack]:
    made = PutBack(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def app(back: PutBack) -> Iterator[TestClient[Any]]:
    with TestClient(build_app(Config(data_dir=back.store.data_dir), back.store)) as client:
        yield client


def test_nothing_is_said_until_something_comes_back(back: PutBack, app: TestClient[Any]) -> None:
    desk = Desk(back.village, app, back.village.supervisor)
    back.erasing.lan.write(OTHER, {"size": 8})
    assert desk.get("put-back") == {"news": []}
    assert desk.get("queues")["counts"]["put_back"] == 0


def test_a_receipt_for_what_it_does_not_have_shows_that_it_was_put_back(
    back: PutBack, app: TestClient[Any]
) -> None:
    desk = Desk(back.village, app, back.village.supervisor)
    back.brings(back.erasing.han, *back.lost)
    assert desk.get("queues")["counts"]["put_back"] == 1
    (news,) = desk.get("put-back")["news"]
    assert (news["how"], news["changes"]) == ("copy", 3)
    assert news["state_at"] is not None and news["at"] >= news["state_at"]
    assert [(phone["id"], phone["changes"]) for phone in news["phones"]] == [("phone-lan", 3)]
    assert {(each["record"], each["code"], each["changes"]) for each in news["households"]} == {
        (OTHER, "H-2", 2), (HOUSE, "H-1", 1),
    }  # fmt: skip
    assert "phone-far" in [phone["id"] for phone in news["waiting"]]


def test_who_has_synced_since_is_not_waited_for(back: PutBack, app: TestClient[Any]) -> None:
    desk = Desk(back.village, app, back.village.supervisor)
    back.brings(back.erasing.han, back.lost[0])
    app.get("/api/pull", headers={"Authorization": f"Bearer {back.far.token}"})
    (news,) = desk.get("put-back")["news"]
    assert "phone-far" not in [phone["id"] for phone in news["waiting"]]


def test_it_is_shown_until_it_is_read_and_again_once_more_comes(back: PutBack, app: TestClient[Any]) -> None:
    desk = Desk(back.village, app, back.village.supervisor)
    other = Desk(back.village, app, back.village.admin)
    back.brings(back.erasing.han, back.lost[0])
    (news,) = desk.get("put-back")["news"]
    assert desk.post(f"put-back/{news['number']}/read").status_code == 200
    assert desk.get("put-back")["news"] == [] and len(other.get("put-back")["news"]) == 1
    back.brings(back.erasing.han, back.lost[0])
    assert desk.get("put-back")["news"] == [], "what comes twice is no news"
    back.brings(back.erasing.han, *back.lost[1:])
    (again,) = desk.get("put-back")["news"]
    assert again["number"] == news["number"] and again["changes"] == 3


def test_only_what_lies_in_the_readers_areas_is_shown(back: PutBack, app: TestClient[Any]) -> None:
    back.brings(back.erasing.han, *back.lost)
    store, village = back.store, back.village
    store.write(lambda db: db.execute("UPDATE user SET area = 'C2' WHERE id = ?", (village.supervisor,)))
    (news,) = Desk(village, app, village.supervisor).get("put-back")["news"]
    assert (news["changes"], news["phones"], news["households"]) == (0, [], [])
    viewer = Desk(village, app, village.viewer)
    assert viewer.ask("put-back").status_code == 403
    assert viewer.post(f"put-back/{news['number']}/read").status_code == 403


def test_the_desk_shows_that_a_household_was_erased_and_why(back: PutBack, app: TestClient[Any]) -> None:
    desk, viewer = (Desk(back.village, app, user) for user in (back.village.supervisor, back.village.viewer))
    assert desk.ask(f"erased/{HOUSE}").status_code == 404
    back.erasing.erased()
    assert desk.ask(f"records/{HOUSE}").status_code == 404
    proof = desk.get(f"erased/{HOUSE}")
    assert (proof["record"], proof["form"], proof["reason"]) == (HOUSE, "house", REASON)
    assert proof["changes"] >= 2 and proof["at"] > 0
    assert viewer.ask(f"erased/{HOUSE}").status_code == 403
    back.store.write(
        lambda db: db.execute("UPDATE user SET area = 'C2' WHERE id = ?", (back.village.supervisor,))
    )
    assert desk.ask(f"erased/{HOUSE}").status_code == 404
