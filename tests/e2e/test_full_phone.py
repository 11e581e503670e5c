"""A phone that is given more than it can hold."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, expect
from running import RunningServer, thon
from test_laws_browser import hamlet, server

__all__ = ["hamlet", "server"]
pytestmark = pytest.mark.browser
# As the browser does where its share of the disk is used up.
FULL = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...args) {
  if (window.isFull) throw new DOMException("full", "QuotaExceededError");
  return put.apply(this, args);
};
"""


def test_a_full_phone_says_so_and_what_to_do_and_takes_the_rest_when_there_is_room(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    invited = thon(server.data_dir, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    phone = Interviewer(new_phone(), server.url, shoot, "full")
    page = phone.page
    page.add_init_script(FULL)
    phone.enrol(json.loads(invited)["code"])
    expect(page.get_by_test_id("household")).to_have_count(1)
    more = server.data_dir.parent / "more.csv"
    more.write_text("hh_code,head_name,area\nTL-002,Ka Dột,A\n", "utf-8")
    thon(server.data_dir, "household", "load", str(more), "--form", "household")
    page.evaluate("window.isFull = true")
    page.get_by_test_id("sync-now").click()
    page.get_by_test_id("counts").click()
    full = page.get_by_test_id("phone-full")
    expect(full).to_contain_text("không còn chỗ")
    expect(full).to_contain_text("vẫn được gửi đi")
    shoot(page, "full-sync")
    page.go_back()
    expect(page.get_by_test_id("household")).to_have_count(1)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("readiness-check").click()
    expect(page.get_by_test_id("readiness")).to_have_attribute("data-ready", "false")
    expect(page.get_by_test_id("phone-full")).to_be_visible()
    shoot(page, "full-ready")
    page.evaluate("window.isFull = false")
    page.get_by_text("Thử lại").click()
    expect(page.get_by_test_id("phone-full")).to_have_count(0)
    expect(page.get_by_test_id("readiness")).to_have_attribute("data-ready", "true")
    page.get_by_test_id("go-home").click()
    expect(page.get_by_test_id("household")).to_have_count(2)
