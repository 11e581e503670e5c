"""Fills any questionnaire on a real phone, from its first question to its last."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from people import Interviewer
from playwright.sync_api import Locator, expect

from schemas.form import AnyNode, Asked, DateQuestion, FileQuestion, Form, GeoQuestion, Repeat, TextQuestion
from schemas.paths import without_rows

MANY_PAGES = 2000
TRIES_ON_A_PAGE = 3
SAVED = "() => document.querySelector('[data-testid=saved]')?.textContent?.trim() === 'đã lưu trên máy'"
MARK = "window.marked = document.querySelector('main > :not(.note)')"
MOVED = """() => !window.marked?.isConnected || document.querySelector('main > .note.bad')
  || document.querySelector('[data-testid=submit]')"""
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001049444154789c636898"
    "b00088182014002ece06c13c8c2ebb0000000049454e44ae426082"
)
FILES = {
    "image": {"name": "a.png", "mimeType": "image/png", "buffer": PICTURE},
    "audio": {"name": "a.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3 sound"},
    "video": {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"ftyp film"},
    "file": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"},
}
TEXTS = ("Anna", "Ka Thử", "12", "0912345678", "A1", "ka.thu@example.org", "ABC123", "1234567890", "000000")
NUMBERS = ("2", "1", "25", "0", "5", "12", "50", "100", "1000", "2020")
DATES = ("15/06/2020", "15/06/2000", "01/01/1990", "01/12/2026", "31/12/2030")
MONTHS = ("12/2026", "01/2000", "2026", "2000")


class StuckError(Exception):
    """The phone asks for something that the filler has no answer for."""


class Filler:
    """Answers one form. `hints`: question name to an answer, or several to try. `seen`: the paths shown."""

    def __init__(self, phone: Interviewer, form: Form, hints: Mapping[str, Any]) -> None:
        self.phone, self.page, self.form, self.hints = phone, phone.page, form, hints
        self.nodes = {node.path: node for node in form.nodes}
        self.seen: set[str] = set()
        self.rows_made: Counter[str] = Counter()
        self.visits: Counter[str] = Counter()
        self.given: list[str] = []

    def fill(self) -> None:
        """From the first page to the summary; raises StuckError with what the phone says."""
        tries = 0
        for _ in range(MANY_PAGES):
            submit = self.page.get_by_test_id("submit")
            if submit.is_visible() and "off" not in (submit.get_attribute("class") or ""):
                return
            if submit.is_visible():
                # Later answers made earlier questions apply: the phone leads there.
                self.page.evaluate(MARK)
                submit.click()
                expect(submit).to_have_count(0)
            if self._make_row() or self._open_unfinished_row():
                tries = 0
                continue
            self._answer_all()
            if self._next():
                tries = 0
                continue
            tries += 1
            if tries == TRIES_ON_A_PAGE:
                raise StuckError(self._faults())
        raise StuckError(f"no end after {MANY_PAGES} pages: {self.page.locator('h1').inner_text()}")

    def _faults(self) -> str:
        said = []
        for section in self.page.locator("section[data-path]:has([data-testid=fault])").all():
            fault = section.get_by_test_id("fault").inner_text()
            said.append(f"{section.get_attribute('data-path')}: {fault}")
        return "; ".join(said)

    def _next(self) -> bool:
        """Whether the phone went on."""
        self.page.evaluate(MARK)
        self.page.get_by_test_id("next").click()
        self.page.wait_for_function(MOVED)
        return not self.page.evaluate("Boolean(window.marked?.isConnected)")

    def _make_row(self) -> bool:
        """One row of each repeat, and every row that a repeat_count asks for."""
        for button in self.page.locator("[data-testid=add-row], [data-testid=unmade-row] > button").all():
            path = button.get_attribute("data-path") or ""
            node = self.nodes[without_rows(path)]
            is_counted = isinstance(node, Repeat) and node.count is not None
            if is_counted or not self.rows_made[path]:
                self.rows_made[path] += 1
                self.seen.add(node.path)
                self.page.evaluate(MARK)
                button.click()
                self.page.wait_for_function(MOVED)
                return True
        return False

    def _open_unfinished_row(self) -> bool:
        card = self.page.locator(".card[data-row]:has(.st.draft)").first
        if card.count() == 0:
            return False
        row = card.get_attribute("data-row") or ""
        self.visits[row] += 1
        if self.visits[row] > TRIES_ON_A_PAGE:
            raise StuckError(f"{row} stays unfinished: {self._faults()}")
        self.page.evaluate(MARK)
        card.locator("button.open").click()
        self.page.wait_for_function(MOVED)
        return True

    def _answer_all(self) -> None:
        done: set[str] = set()
        while True:
            paths = self.page.eval_on_selector_all(
                "section[data-path]", "all => all.map(one => one.dataset.path)"
            )
            waiting = [path for path in paths if path not in done]
            if not waiting:
                return
            done.add(waiting[0])
            node = self.nodes[without_rows(waiting[0])]
            self.seen.add(node.path)
            if isinstance(node, Asked):
                self._answer(self.page.locator(f"section[data-path='{waiting[0]}']"), node)

    def _answer(self, section: Locator, node: Asked) -> None:
        kind = section.get_attribute("data-kind")
        if kind in ("select_one", "select_multiple"):
            self._choose(section, node, is_all=bool(getattr(node, "rank", False)))
        elif kind == "acknowledge":
            for box in section.locator("[aria-checked=false]").all():
                self._press(box)
        elif isinstance(node, GeoQuestion):
            self._locate(section, 1 if node.kind == "geopoint" else 3)
        elif isinstance(node, FileQuestion):
            self._attach(section, node)
        elif section.locator("input[type=range]").count():
            self._give(lambda: section.locator("input[type=range]").press("ArrowRight"))
        elif section.locator("input, textarea").count():
            self._write(section, node)

    def _give(self, act: Callable[[], None]) -> None:
        act()

    def _press(self, option: Locator) -> None:
        option.click()

    def _type(self, box: Locator, text: str) -> None:
        """Written and left."""
        box.fill(text)
        box.blur()

    def _is_wrong(self, section: Locator) -> bool:
        self.page.wait_for_function(SAVED)
        return section.count() == 1 and section.get_by_test_id("fault").count() > 0

    def _choose(self, section: Locator, node: Asked, is_all: bool) -> None:
        opener = section.locator("button[aria-expanded=false]")
        checked = section.locator("[aria-checked=true]")
        if opener.count() and not checked.count():
            opener.first.click()
        options = section.locator("[data-value]")
        codes = options.evaluate_all("all => all.map(one => one.dataset.value)")
        hinted = self._hinted(node)
        wanted = [*hinted, *(code for code in codes if code not in hinted)] if hinted else codes
        if checked.count() and not self._is_wrong(section):
            return
        for code in wanted:
            option = section.locator(f'[data-value="{code}"]')
            if option.count() and option.get_attribute("aria-checked") != "true":
                self._press(option)
            if not is_all and not self._is_wrong(section):
                return
            if not is_all and section.get_attribute("data-kind") == "select_multiple" and option.count():
                self._press(option)

    def _locate(self, section: Locator, points: int) -> None:
        if section.get_by_test_id("position").count():
            return
        for _ in range(points):
            section.locator("button.btn").first.click()
            expect(section.get_by_test_id("position")).to_be_visible()
            self.page.wait_for_function(SAVED)

    def _attach(self, section: Locator, node: FileQuestion) -> None:
        pad = section.get_by_test_id("signature")
        if pad.count():
            pad.scroll_into_view_if_needed()
            box = pad.bounding_box()
            assert box is not None
            self.page.mouse.move(box["x"] + 20, box["y"] + 20)
            self.page.mouse.down()
            self.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
            self.page.mouse.up()
        elif section.locator("img, audio, video, .kept").count() == 0:
            box, file = section.locator("input[type=file]").first, FILES[node.kind]
            self._give(lambda: box.set_input_files(file))  # type: ignore[arg-type]
            expect(section.locator("button.quiet")).to_be_visible()
        self.page.wait_for_function(SAVED)

    def _write(self, section: Locator, node: Asked) -> None:
        boxes = section.locator("input:not([type=file]), textarea")
        if boxes.first.input_value() and not self._is_wrong(section):
            return
        if isinstance(node, DateQuestion) and not self._hinted(node):
            section.locator("button.btn").last.click()
            if not self._is_wrong(section):
                return
        for text in self._candidates(node):
            self._type(boxes.first, text)
            if not self._is_wrong(section):
                self.given.append(text)
                return

    def _hinted(self, node: AnyNode) -> list[str]:
        hint = self.hints.get(node.name, [])
        return [str(one) for one in hint] if isinstance(hint, list) else [str(hint)]

    def _candidates(self, node: Asked) -> Iterator[str]:
        """Answers to try: hinted ones first, then usual ones, then what the constraint speaks of."""
        yield from self._hinted(node)
        if isinstance(node, DateQuestion):
            yield from (*DATES, *MONTHS)
            return
        is_text = isinstance(node, TextQuestion)
        yield from TEXTS if is_text else NUMBERS
        for number in sorted(_numbers(node.constraint)):
            yield from (str(number), str(number + 1), str(number - 1)) if not is_text else ("1" * number,)
        yield from dict.fromkeys(reversed(self.given))


def _numbers(expression: Any) -> set[int]:
    """The whole numbers that an expression names, small enough to be typed."""
    if isinstance(expression, list):
        return set().union(*(_numbers(part) for part in expression[1:])) if expression else set()
    if isinstance(expression, str) and re.fullmatch(r"\d{1,9}", expression):
        return {int(expression)}
    if isinstance(expression, int | float) and not isinstance(expression, bool) and abs(expression) < 10**9:
        return {int(expression)}
    return set()


def fill_new_record(phone: Interviewer, form: Form, hints: Mapping[str, Any]) -> tuple[set[str], float]:
    """Begins a record from the home screen, fills it and submits it. The paths seen, and seconds."""
    page, began = phone.page, time.monotonic()
    page.get_by_test_id("menu").click()
    page.get_by_test_id("others").click()
    page.get_by_test_id(f"begin-{form.id}").click()
    expect(page.get_by_test_id("interview")).to_be_visible()
    filler = Filler(phone, form, hints)
    filler.fill()
    phone.submit()
    phone.go_home()
    return filler.seen, time.monotonic() - began
