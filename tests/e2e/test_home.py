"""The list of households while it is in view: it follows every sync, and says what became of the last one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, Page, Route, expect
from running import RunningServer, thon
from test_laws_browser import hamlet, server

__all__ = ["hamlet", "server"]
pytestmark = pytest.mark.browser
MORE = "hh_code,head_name,area\nTL-002,Ka Dột,A\n"


def load_another(server: RunningServer) -> None:
    more = server.data_dir.parent / "more.csv"
    more.write_text(MORE, "utf-8")
    thon(server.data_dir, "household", "load", str(more), "--form", "household")


def press(page: Page) -> None:
    page.get_by_test_id("sync-now").click()
    expect(page.get_by_test_id("sync-now")).to_be_enabled()


def test_the_list_in_view_shows_what_a_sync_sent_brought_and_took(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    invited = thon(server.data_dir, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    phone = Interviewer(new_phone(), server.url, shoot, "home")
    page, households = phone.page, phone.page.get_by_test_id("household")
    phone.enrol(json.loads(invited)["code"])
    phone.context.set_offline(True)
    phone.open_register(households.first.get_attribute("data-record") or "")
    phone.write("head_name", "K'Brình Sửa")
    phone.go_home()
    expect(households).to_contain_text("Chờ gửi")
    press(page)
    expect(page.get_by_test_id("counts")).to_contain_text("chưa có mạng")
    shoot(page, "home-offline")
    phone.context.route("**/api/**", answer_with_a_fault)
    phone.context.set_offline(False)
    press(page)
    expect(page.get_by_test_id("counts")).to_contain_text("máy chủ chưa trả lời được")
    page.get_by_test_id("counts").click()
    expect(page.get_by_test_id("sync-report")).to_contain_text("Máy chủ đang gặp lỗi")
    shoot(page, "home-fault")
    page.go_back()
    phone.context.unroute("**/api/**")
    load_another(server)
    press(page)
    expect(households).to_have_count(2)
    expect(households.filter(has_text="Chờ gửi")).to_have_count(0)
    expect(page.get_by_test_id("counts")).not_to_contain_text("máy chủ chưa")
    thon(server.data_dir, "erase", "TL-002", "--reason", "asked in person", "--yes")
    press(page)
    expect(households).to_have_count(1)
    expect(households).to_contain_text("K'Brình Sửa")
    page.get_by_test_id("counts").click()
    expect(page.get_by_test_id("left")).to_contain_text("1 hộ không còn trên máy này")
    shoot(page, "home-left")


def answer_with_a_fault(route: Route) -> None:
    route.fulfill(status=500, body="<html>Internal Server Error</html>", content_type="text/html")
