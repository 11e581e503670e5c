"""The main journey: two phones interview one household offline, the desk decides, returns and approves, and
the export holds what was decided."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import ANSWERS, PIN, Interviewer, Shoot, Supervisor
from playwright.sync_api import BrowserContext, Page, expect
from running import RunningServer, running_server, thon

from server.demo.build import build_demo
from server.demo.guests import PASSWORD
from server.store import Store, views
from server.store.views import RecordView

pytestmark = pytest.mark.browser
INCOMES = ("36000000", "60000000")
CORRECTED = "48000000"
HAMLET, HAMLET_NAME = "68-DK-02", "Lán Tranh"


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an invented commune: last round finished, this round open."""
    folder = tmp_path_factory.mktemp("commune")
    store = Store.open(folder)
    build_demo(store, lambda _what, _made: None, households=24)
    store.close()
    return folder


@pytest.fixture
def server(commune: Path, tmp_path: Path) -> Iterator[RunningServer]:
    folder = Path(shutil.copytree(commune, tmp_path / "data"))
    with running_server(folder) as running:
        yield running


def invite(server: RunningServer, user: str) -> str:
    answer = json.loads(thon(server.data_dir, "device", "invite", "--area", HAMLET, "--user", user, "--json"))
    return str(answer["code"])


def everything_kept(page: Page) -> str:
    return str(page.evaluate((Path(__file__).parent / "everything_kept.js").read_text("utf-8")))


def household_of_last_round(server: RunningServer) -> str:
    """A household of the hamlet that was interviewed last round and not yet in this one."""
    with sqlite3.connect(server.data_dir / "thon.db") as db:
        db.row_factory = sqlite3.Row
        found = db.execute(
            "SELECT subject, record.record FROM record JOIN record_area ON record_area.record = subject"
            " WHERE form = 'living_conditions' AND area = ?"
            " GROUP BY subject HAVING min(round) = '2025' AND max(round) = '2025' ORDER BY subject",
            (HAMLET,),
        ).fetchall()
        with_members = [row["subject"] for row in found if has_members(views.get(db, row["record"]))]
    assert with_members, "the demo leaves households of this hamlet to be interviewed"
    return str(with_members[0])


def has_members(interview: RecordView | None) -> bool:
    return interview is not None and any(path.startswith("member/") for path in interview.answers)


def meet_two_phones(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot, slowdown: int
) -> tuple[list[Interviewer], str]:
    """Two phones interview one household while there is no server; gives them and the household's record."""
    phones = []
    for place, user in enumerate(("Ha Thương", "Ka Duyên"), 1):
        phone = Interviewer(new_phone(slowdown=slowdown), server.url, shoot, f"phone{place}")
        phone.enrol(invite(server, user))
        phones.append(phone)
    shoot(phones[0].page, "phone1-4-home")
    household = household_of_last_round(server)
    server.kill()
    for phone, income in zip(phones, INCOMES, strict=True):
        phone.context.set_offline(True)
        phone.reload()
        phone.open_household(household)
        phone.open_interview()
        phone.interview({**ANSWERS, "inc_wage": income})
        shoot(phone.page, f"{phone.name}-6-summary")
        phone.submit()
        phone.go_home()
        assert phone.counts()["waiting"] > 0
        phone.reload()
        assert phone.counts()["waiting"] > 0, "what was submitted survives a reload without server or network"
        shoot(phone.page, f"{phone.name}-7-submitted")
    return phones, household


@pytest.mark.parametrize("slowdown", [1, 4])
def test_two_phones_one_household_one_conflict_decided_returned_corrected_approved_exported(
    server: RunningServer,
    new_phone: Callable[..., BrowserContext],
    new_desk: Callable[[], BrowserContext],
    shoot: Shoot,
    slowdown: int,
) -> None:
    phones, household = meet_two_phones(server, new_phone, shoot, slowdown)
    server.start()
    for phone in phones:
        phone.context.set_offline(False)
        phone.sync()
        assert phone.counts()["held"] == 0
    desk = Supervisor(new_desk(), server.url, shoot)
    desk.sign_in("Trần Thị Hạnh", PASSWORD)
    record = desk.decide_the_one_conflict(household, "inc_wage", INCOMES)
    desk.give_back(record, "inc_wage", "Hỏi lại giúp: thu nhập một năm hay một tháng?")
    first = phones[0]
    first.sync()
    first.correct(household, "inc_wage", CORRECTED)
    first.sync()
    desk.approve(record)
    exported = export_of(desk, "living_conditions")
    mine = next(row for row in exported if row["record"] == record)
    assert mine["inc_wage"] == CORRECTED
    assert ": 0 differences." in thon(server.data_dir, "verify")


def export_of(desk: Supervisor, form: str) -> list[dict[str, str]]:
    """The main table of an export, as downloaded by the button."""
    data = desk.export(form)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(one for one in archive.namelist() if one.endswith(f"{form}.csv"))
        return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_a_locked_phone_keeps_no_name_no_answer_and_no_key_in_the_clear(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    phone = Interviewer(new_phone(), server.url, shoot, "locked")
    phone.enrol(invite(server, "Ka Duyên"))
    row = phone.page.get_by_test_id("household").first
    name, code = row.locator("b").inner_text(), row.locator(".sub").first.inner_text()
    record = row.get_attribute("data-record") or ""
    phone.open_register(record)
    phone.write("head_name", "Ka Bí Mật")
    phone.page.reload()
    expect(phone.page.get_by_test_id("unlock")).to_be_visible()
    assert name not in phone.page.content()
    shoot(phone.page, "phone1-9-locked")
    kept = everything_kept(phone.page)
    assert len(kept) > 10_000, "the phone does keep something"
    answers = ("Ka Bí Mật", "inc_wage", "head_name", "living_conditions")
    for secret in (name, code, record, "Ka Duyên", HAMLET_NAME, PIN, *answers, *phone.keys):
        assert secret not in kept, secret
    phone.unlock()
    phone.open_register(record)
    expect(phone.box("head_name")).to_have_value("Ka Bí Mật")
