"""Deciding in one queue: a household that two people interviewed from beginning to end, answers that don't
fit, edits beside a deletion and an approval; many at once, taken back, and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from people import Shoot
from playwright.sync_api import BrowserContext, Locator, Page, expect
from running import RunningServer, running_server, thon
from test_desk_day import ask, sign_in

from server.demo.build import build_demo
from server.demo.guests import PASSWORD
from server.store import Store

pytestmark = pytest.mark.browser
# Nothing lies over it.
IS_IN_SIGHT = """(control) => {
  const { left, top } = control.getBoundingClientRect();
  return control.contains(document.elementFromPoint(left + 5, top + 5));
}"""
SUPERVISOR = "Trần Thị Hạnh"
OPEN = 7


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    store = Store.open(tmp_path)
    build_demo(store, lambda _what, _made: None, households=24)
    store.close()
    with running_server(tmp_path) as running:
        yield running


@pytest.fixture
def desk(new_desk: Callable[[], BrowserContext]) -> Page:
    return new_desk().new_page()


def folded(server: RunningServer, record: str) -> dict[str, Any]:
    (text,) = ask(server, f"SELECT folded(record) FROM record WHERE record = '{record}'")
    shown: dict[str, Any] = json.loads(text)
    return shown


def household(page: Page, record: str) -> Locator:
    line = page.locator(f"[data-testid=line][data-record='{record}']")
    return page.get_by_test_id("household").filter(has=line)


def test_a_supervisor_settles_everything_that_is_open_and_can_take_it_back(
    server: RunningServer, desk: Page, shoot: Shoot
) -> None:
    (record,) = ask(server, "SELECT record FROM record WHERE conflicts >= 6")
    before = folded(server, record)
    sign_in(desk, server.url, SUPERVISOR, PASSWORD)
    desk.get_by_test_id("queue-open").click()
    expect(desk.get_by_test_id("household")).to_have_count(OPEN)
    shoot(desk, "deciding-1-queue")
    take_one_persons_version(server, desk, record, shoot)
    take_it_back(server, desk, record, before, shoot)
    take_the_newest_of_everything_over_a_lost_line(server, desk, shoot)
    assert folded(server, record)["values"] == before["values"], "the newest had been shown all along"
    settle_the_rest(desk, record, shoot)
    read_the_history(desk, server, record, shoot)
    discard_the_hold_when_asked_twice(server, desk, shoot)
    assert ": 0 differences." in thon(server.data_dir, "verify")


def take_one_persons_version(server: RunningServer, page: Page, record: str, shoot: Shoot) -> None:
    conflicts = folded(server, record)["conflicts"]
    author = conflicts["area_m2"][-1]["author"]
    household(page, record).locator(f"[data-testid=whole-version][data-author='{author}']").click()
    preview = page.get_by_test_id("preview")
    expect(preview.locator("tr[data-path]")).to_have_count(len(conflicts))
    expect(preview.locator("tr[data-row]")).to_have_count(1)
    shoot(page, "deciding-2-preview")
    preview.get_by_test_id("preview-apply").click()
    expect(page.get_by_test_id("written")).to_contain_text("đã lưu 1 phiếu")
    expect(page.get_by_test_id("count-conflicts")).to_have_text("3")
    expect(page.get_by_test_id("count-rows")).to_have_text("0")
    after = folded(server, record)
    own = {
        path: head["value"] for path, heads in conflicts.items() for head in heads if head["author"] == author
    }
    assert {path: after["values"][path] for path in own} == own
    assert (after["conflicts"], len(after["hidden_rows"])) == ({}, 1)


def take_it_back(
    server: RunningServer, page: Page, record: str, before: dict[str, Any], shoot: Shoot
) -> None:
    undo, selecting = page.get_by_test_id("undo"), page.get_by_test_id("select-page")
    page.get_by_test_id("records").hover()
    page.mouse.wheel(0, 5000)
    expect(page.get_by_test_id("household").last).to_be_in_viewport()
    shoot(page, "deciding-2-undo-in-sight")
    assert undo.evaluate(IS_IN_SIGHT) and selecting.evaluate(IS_IN_SIGHT)
    undo.click()
    expect(page.get_by_test_id("written")).to_contain_text("Đã hoàn tác 1 phiếu")
    expect(page.get_by_test_id("count-conflicts")).to_have_text("4")
    expect(page.get_by_test_id("count-rows")).to_have_text("1")
    expect(household(page, record).get_by_text(f"{SUPERVISOR} mở lại", exact=False).first).to_be_visible()
    after = folded(server, record)
    values = [
        {path: [head["value"] for head in heads] for path, heads in each["conflicts"].items()}
        for each in (before, after)
    ]
    assert values[0] == values[1], "open again with all values, in the same order"
    assert (after["values"], after["flags"]) == (before["values"], before["flags"])


def take_the_newest_of_everything_over_a_lost_line(server: RunningServer, page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("queue-conflicts").click()
    expect(page.get_by_test_id("household")).to_have_count(4)
    page.get_by_test_id("select-page").check()
    expect(page.get_by_test_id("selected")).to_contain_text("4 phiếu")
    page.get_by_test_id("all-newest").click()
    expect(page.get_by_test_id("planned")).to_have_count(4)
    server.kill()
    page.get_by_test_id("preview-apply").click()
    expect(page.get_by_test_id("written")).to_contain_text("Chưa gửi được 4 phiếu")
    shoot(page, "deciding-3-lost")
    server.restart()
    page.get_by_test_id("send-again").click()
    expect(page.get_by_test_id("written")).to_contain_text("đã lưu 4 phiếu")
    expect(page.get_by_test_id("list-empty")).to_be_visible()
    expect(page.get_by_test_id("count-conflicts")).to_have_text("0")


def settle_the_rest(page: Page, record: str, shoot: Shoot) -> None:
    page.get_by_test_id("queue-open").click()
    expect(page.get_by_test_id("household")).to_have_count(4)
    shoot(page, "deciding-4-rest")
    household(page, record).get_by_test_id("hide-row").last.click()
    expect(page.get_by_test_id("count-rows")).to_have_text("0")

    unfit = page.locator("[data-flag=inconsistent]")
    expect(unfit).to_have_count(3)
    expect(unfit.first.get_by_test_id("reason")).to_contain_text("Chỉ một người đang sống tại đây là chủ hộ")
    unfit.first.get_by_test_id("give-back").press("Enter")
    expect(page.get_by_test_id("return-text")).to_be_focused()
    page.get_by_role("button", name="Thôi").click()
    unfit.first.get_by_test_id("correct").first.click()
    unfit.first.get_by_test_id("input").select_option("spouse")
    unfit.first.get_by_test_id("correct-save").click()
    expect(page.get_by_test_id("count-inconsistent")).to_have_text("0")

    deletion = page.locator(".issue[data-flag=edited_after_delete]")
    expect(deletion.get_by_test_id("since")).to_contain_text("phút")
    deletion.get_by_test_id("confirm-delete").press("Enter")
    expect(page.get_by_test_id("count-edited")).to_have_text("0")
    expect(page.get_by_test_id("written")).to_be_focused()

    approval = page.locator(".issue[data-flag=changed_since_approval]")
    expect(approval.get_by_test_id("since")).to_contain_text("m²")
    approval.get_by_test_id("approve-again").press("Enter")
    expect(page.get_by_test_id("count-changed")).to_have_text("0")
    expect(page.get_by_test_id("list-empty")).to_have_text("Không còn gì cần quyết định ở đây.")
    expect(page.get_by_test_id("count-open")).to_have_text("0")
    shoot(page, "deciding-5-empty")


def read_the_history(page: Page, server: RunningServer, record: str, shoot: Shoot) -> None:
    """Two interviews, one version, two that put back, the newest, a hidden row: all of it is there."""
    page.goto(f"{server.url}/desk/#/record/{record}")
    page.get_by_test_id("tab-history").click()
    entries = page.get_by_test_id("history").locator("li")
    expect(entries).to_have_count(7)
    shoot(page, "deciding-6-history")
    page.get_by_test_id("undo-entry").first.click()
    expect(page.get_by_test_id("written")).to_contain_text("Đã hoàn tác")
    expect(entries).to_have_count(8)
    expect(page.get_by_test_id("count-rows")).to_have_text("1")


def discard_the_hold_when_asked_twice(server: RunningServer, page: Page, shoot: Shoot) -> None:
    """What cannot be taken back asks first; until then it is on hold."""
    page.get_by_test_id("queue-holds").click()
    hold = page.get_by_test_id("hold")
    hold.get_by_test_id("discard").press("Enter")
    expect(hold.get_by_role("alert")).to_contain_text("Không lấy lại được")
    shoot(page, "deciding-7-discard")
    hold.get_by_role("button", name="Thôi").click()
    expect(hold.get_by_role("alert")).to_have_count(0)
    assert ask(server, "SELECT state FROM hold") == ["held"]
    hold.get_by_test_id("discard").press("Enter")
    hold.get_by_test_id("discard-do").press("Enter")
    expect(page.get_by_test_id("written")).to_have_text("Đã bỏ đi.")
    expect(page.get_by_test_id("written")).to_be_focused()
    assert ask(server, "SELECT state FROM hold") == ["discarded"]
