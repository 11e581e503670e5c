"""Ways back on a phone: out of an interview begun by mistake, and to a server that does not know it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, expect
from running import RunningServer, thon
from test_laws_browser import hamlet, server

__all__ = ["hamlet", "server"]
pytestmark = pytest.mark.browser


def new_code(data: Path) -> str:
    invited = thon(data, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    return str(json.loads(invited)["code"])


def test_an_interview_begun_by_mistake_is_deleted_and_a_phone_that_nobody_knows_goes_on(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    data = server.data_dir
    server.stop()
    shutil.copytree(data, data.parent / "before")
    server.start()
    phone = Interviewer(new_phone(), server.url, shoot, "again")
    phone.enrol(new_code(data))
    page = phone.page
    household = page.get_by_test_id("household").first.get_attribute("data-record") or ""
    phone.open_household(household)
    phone.open_interview()
    page.locator("[data-path=visit_outcome] [data-value=met]").click()
    expect(page.get_by_test_id("saved")).to_have_text("đã lưu trên máy")
    page.get_by_test_id("sections-button").click()
    page.get_by_test_id("remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("remove-no")).to_be_focused()
    shoot(page, "again-remove")
    page.get_by_test_id("remove-yes").click()
    expect(page.get_by_test_id("removed")).to_contain_text("Đã xóa")
    shoot(page, "again-removed")
    page.get_by_test_id("remove-undo").click()
    expect(page.get_by_test_id("removed")).to_have_count(0)
    phone.open_interview()
    page.get_by_test_id("leave").click()
    page.get_by_test_id("remove").click()
    page.get_by_test_id("remove-yes").click()
    expect(page.get_by_test_id("deleted")).to_be_visible()
    shoot(page, "again-deleted")
    page.get_by_test_id("restore").click()
    expect(page.get_by_test_id("deleted")).to_have_count(0)
    phone.go_home()
    phone.sync()
    server.stop()
    shutil.rmtree(data)
    shutil.copytree(data.parent / "before", data)
    server.start()
    page.get_by_test_id("sync-now").click()
    expect(page.get_by_test_id("stranger")).to_contain_text("không còn nhận ra máy này")
    shoot(page, "again-stranger")
    page.get_by_test_id("enrol-again").click()
    page.get_by_test_id("code").fill(new_code(data))
    shoot(page, "again-code")
    page.get_by_test_id("enrol").click()
    expect(page.get_by_test_id("counts")).to_be_visible()
    expect(page.get_by_test_id("stranger")).to_have_count(0)
    phone.sync()
    assert phone.counts()["confirmed"] == 1
    assert phone.counts()["held"] == 0


def test_a_phone_that_the_office_stopped_says_why_also_when_it_is_opened_later(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    data = server.data_dir
    phone = Interviewer(new_phone(), server.url, shoot, "stopped")
    phone.enrol(new_code(data))
    page = phone.page
    with sqlite3.connect(data / "thon.db") as database:
        newest = "SELECT id FROM device WHERE kind = 'phone' ORDER BY enrolled_at DESC LIMIT 1"
        thon(data, "device", "revoke", database.execute(newest).fetchone()[0])
    page.get_by_test_id("sync-now").click()
    expect(page.get_by_role("heading", name="Máy này không còn được dùng")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("stopped")).to_contain_text("Văn phòng đã ngừng máy này")
    shoot(page, "stopped")
    phone.enrol(new_code(data))
    expect(page.get_by_test_id("counts")).to_be_visible()
