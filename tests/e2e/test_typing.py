"""Typing as people do: Vietnamese by composition (Telex), the keyboard alone, fingers on a small screen."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, Page, expect
from running import RunningServer, running_server, thon

from server.demo.build import build_demo
from server.store import Store

pytestmark = pytest.mark.browser
HAMLET = "68-DK-02"
# What Telex shows on the way to each word.
NGUYEN = ["N", "Ng", "Ngu", "Nguy", "Nguye", "Nguyê", "Nguyên", "Nguyễn"]
THI = ["T", "Th", "Thi", "Thị"]
HANH = ["H", "Ha", "Han", "Hanh", "Hạnh"]
NAME = "Nguyễn Thị Hạnh"
REACH = (Path(__file__).parent / "within_reach.js").read_text("utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("typing")
    store = Store.open(folder)
    build_demo(store, lambda _what, _made: None, households=24)
    store.close()
    with running_server(folder) as running:
        yield running


@pytest.fixture
def phone(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> Iterator[Interviewer]:
    answer = thon(server.data_dir, "device", "invite", "--area", HAMLET, "--user", "Ka Duyên", "--json")
    interviewer = Interviewer(new_phone(), server.url, shoot, "typing")
    interviewer.enrol(str(json.loads(answer)["code"]))
    yield interviewer


def compose(page: Page, words: list[list[str]], check: Callable[[str], None]) -> None:
    """Types words as an input method does; `check` is told what the field should show after each key."""
    keys = page.context.new_cdp_session(page)
    written = ""
    for place, steps in enumerate(words):
        if place:
            keys.send("Input.insertText", {"text": " "})
            written += " "
        for shown in steps:
            # Some keyboards compose in NFD: the field must bear it, and the record be NFC.
            text = unicodedata.normalize("NFD", shown) if place == 2 else shown
            place_at = len(text)
            keys.send(
                "Input.imeSetComposition",
                {"text": text, "selectionStart": place_at, "selectionEnd": place_at},
            )
            check(written + text)
        keys.send("Input.insertText", {"text": text})
        written += text
        check(written)


def test_a_name_composed_by_telex_is_never_rewritten_and_is_saved_in_nfc(phone: Interviewer) -> None:
    page = phone.page
    record = page.get_by_test_id("household").first.get_attribute("data-record") or ""
    phone.open_register(record)
    box = phone.box("head_name")
    box.fill("")
    box.focus()

    def shows(text: str) -> None:
        assert box.input_value() == text

    compose(page, [NGUYEN, THI], shows)
    # A pause within a word, longer than the phone waits before it keeps what was typed.
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": " Ha", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(900)
    shows("Nguyễn Thị Ha")
    hanh = unicodedata.normalize("NFD", " Hạnh")
    keys.send("Input.imeSetComposition", {"text": hanh, "selectionStart": 5, "selectionEnd": 5})
    keys.send("Input.insertText", {"text": hanh})
    shows("Nguyễn Thị" + hanh)
    box.blur()
    expect(page.get_by_test_id("saved")).to_have_text("đã lưu trên máy")
    phone.page.reload()
    phone.unlock()
    phone.open_register(record)
    assert box.input_value() == NAME == unicodedata.normalize("NFC", NAME)


def test_the_list_is_searched_while_a_name_is_composed(phone: Interviewer) -> None:
    page = phone.page
    names = page.locator("[data-testid=household] b").all_inner_texts()
    wanted = names[-1]
    find = page.get_by_test_id("find")
    find.focus()
    compose(page, [NGUYEN, THI, HANH], lambda text: _shows(page, text))
    expect(page.get_by_test_id("household")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("Không tìm thấy")
    find.fill("")
    page.context.new_cdp_session(page).send("Input.insertText", {"text": wanted})
    expect(page.locator("[data-testid=household] b").first).to_have_text(wanted)


def _shows(page: Page, text: str) -> None:
    assert page.get_by_test_id("find").input_value() == text


def test_one_page_is_answered_by_the_keyboard_alone(phone: Interviewer) -> None:
    page = phone.page
    page.locator("[data-testid=household][data-status=new]").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("household-screen")).to_be_visible()
    _tab_to(page, "interview-go")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("interview")).to_be_visible()
    options = page.locator("section[data-path=visit_outcome] [role=radio]")
    for _ in range(40):
        if options.first.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-checked", "true")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = page.locator("h1").inner_text()
    for offered in range(page.get_by_test_id("still-true").count(), 0, -1):
        _tab_to(page, "still-true")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("still-true")).to_have_count(offered - 1)
    _tab_to(page, "next")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text(before)
    assert page.evaluate("document.activeElement.tagName") == "H1", "the next page is read from its top"


def _tab_to(page: Page, test_id: str) -> None:
    for _ in range(60):
        if page.evaluate("document.activeElement.dataset.testid") == test_id:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{test_id} is not reached by Tab")


def test_every_screen_is_within_reach_at_360_px(phone: Interviewer) -> None:
    """Each control has a name and 48 px, nothing reaches past the edge."""
    page = phone.page
    found: dict[str, list[str]] = {}

    def look(screen: str) -> None:
        found[screen] = page.evaluate(REACH)

    look("home")
    page.get_by_test_id("menu").click()
    look("menu")
    for entry in ("others", "sync-details", "change-pin"):
        page.get_by_test_id(entry).click()
        look(entry)
        page.get_by_test_id("leave").click()
    phone.go_home()
    page.get_by_test_id("new-household").click()
    look("new household")
    page.get_by_test_id("leave").click()
    household = page.locator("[data-testid=household][data-status=new]").first
    phone.open_household(household.get_attribute("data-record") or "")
    look("household")
    phone.open_interview()
    look("first page")
    page.get_by_test_id("next").click()
    look("first page, what is missing")
    page.get_by_test_id("sections-button").click()
    look("parts")
    assert found == {screen: [] for screen in found}
