"""The phone as people hold it, in Chromium slowed down, with a meter on its pages."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import running
from bench.hand import Hand, HandFiller
from schemas.form import Form
from tests.fill_forms import HINTS, SMALL_PHONE, Interviewer, data_folder
from tests.find_chromium import LAUNCH_ARGUMENTS, find_chromium
from tests.running import running_server

SLOWDOWN = 6
_METER = (running.HERE / "node" / "meter.js").read_text("utf-8")
_BARE = """<section data-path="bare"><button data-value="1" onclick="word.textContent = Math.random()">
+</button><p id="word"></p></section>"""
_INTERVIEW = "[data-testid=interview] main :is(section[data-path], .card, button, p)"


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


def slow_down(page: Page, rate: int = SLOWDOWN) -> None:
    """Chromium's own CPU throttling of this page's main thread."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


class Phone:
    """`answers`: what the meter told, by form: path, kind of question, event, ms until painted."""

    def __init__(self, interviewer: Interviewer, forms: Mapping[str, Form]) -> None:
        self.interviewer, self.forms = interviewer, forms
        self.page = interviewer.page
        self.hand = Hand(self.page)
        self.hints = json.loads(HINTS.read_text("utf-8"))
        self._keys = self.page.context.new_cdp_session(self.page)

    def pace(self, rate: int) -> None:
        self._keys.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def fresh(self) -> None:
        """As after a start of the app: nothing compiled by the browser, nothing kept."""
        self.pace(1)
        self.interviewer.reload()

    def open(self, form: str) -> float:
        """ms from the tap until the first page of a new record was painted."""
        page = self.page
        self.pace(1)
        page.get_by_test_id("menu").click()
        page.get_by_test_id("others").click()
        page.get_by_test_id(f"begin-{form}").wait_for()
        self.pace(SLOWDOWN)
        page.evaluate("selector => window.untilShown(selector)", _INTERVIEW)
        page.get_by_test_id(f"begin-{form}").click()
        return float(page.evaluate("window.shown"))

    def leave(self) -> None:
        self.pace(1)
        self.interviewer.go_home()

    def told(self) -> list[dict[str, Any]]:
        """What the meter told since it was last asked."""
        self.page.wait_for_timeout(50)
        found: list[dict[str, Any]] = self.page.evaluate("window.takeTold()")
        return found

    def fill(self, name: str) -> list[dict[str, Any]]:
        """The open record answered from its first question to its last, as far as answers are known."""
        self.told()
        form, hints = self.forms[name], self.hints.get(f"{name}.xlsx", {})
        stuck = HandFiller(self.interviewer, self.hand, form, hints).fill_far()
        if stuck:
            print(f"{name} is filled in part: {stuck}", file=sys.stderr)
        else:
            self.pace(1)
            self.interviewer.submit()
        told = self.told()
        self.leave()
        return told


@contextmanager
def phone(browser: Browser, forms: Mapping[str, Form]) -> Iterator[Phone]:
    """Enrolled with a server of its own that has these forms; by file name."""
    with tempfile.TemporaryDirectory(prefix="thon-bench-") as folder:
        code = data_folder(Path(folder), forms)
        context = browser.new_context(**SMALL_PHONE)
        context.set_default_timeout(60_000)
        context.add_init_script(_METER)
        with running_server(Path(folder)) as server:
            interviewer = Interviewer(context, server.url, lambda page, name: None, "bench")
            interviewer.enrol(code)
            yield Phone(interviewer, forms)
        context.close()


def bare_page(browser: Browser) -> list[float]:
    """The same meter on a page of one button that writes one word: what this machine adds to every figure."""
    context = browser.new_context(**SMALL_PHONE)
    context.add_init_script(_METER)
    context.route("http://localhost/**", lambda route: route.fulfill(body=_BARE, content_type="text/html"))
    page = context.new_page()
    page.goto("http://localhost/")
    slow_down(page)
    hand = Hand(page)
    for _ in range(40):
        hand.press(page.locator("button"))
        page.wait_for_timeout(150)
    told = [float(one["ms"]) for one in page.evaluate("window.takeTold()")]
    context.close()
    return told


def spread(told: list[float]) -> dict[str, float]:
    """How many, median, 95th percentile and the most, in ms."""
    ranked = sorted(told)
    at = min(len(ranked) - 1, int(0.95 * len(ranked)))
    middle = statistics.median(ranked)
    return {
        "count": len(ranked),
        "median": round(middle, 1),
        "p95": round(ranked[at], 1),
        "most": round(ranked[-1], 1),
    }
