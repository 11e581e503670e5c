"""Answers a form as a hand does, and leaves the page alone until what follows from each answer is painted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page

from bench import running
from schemas.form import Form
from tests.fill_forms import Interviewer

sys.path[:0] = [str(running.ROOT / "tests" / "e2e"), str(running.ROOT / "tests")]
from filler import Filler, StuckError

_AT_REST_MS = 50
_LONGEST_S = 2.0
_LOOK_MS = 5


class Hand:
    """Only input. Playwright's own `click` and `fill` run scripts in the page between event and frame,
    and so does the command after them: a slowed browser would be timed at these."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._told = 0
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        self._told += message.text == "painted"

    def press(self, target: Locator) -> None:
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        self.page.wait_for_timeout(_AT_REST_MS)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.until_painted(lambda: self.page.mouse.click(x, y))

    def write(self, target: Locator, text: str) -> None:
        """Instead of what stands there; then the field is left."""
        target.scroll_into_view_if_needed()
        target.select_text()
        target.focus()
        self.page.wait_for_timeout(_AT_REST_MS)
        self.until_painted(lambda: self.page.keyboard.insert_text(text))
        self.until_painted(target.blur)

    def until_painted(self, act: Callable[[], None]) -> None:
        """Waits not without end: what was done may be no answer."""
        before, began = self._told, time.monotonic()
        act()
        while self._told == before and time.monotonic() - began < _LONGEST_S:
            self.page.wait_for_timeout(_LOOK_MS)


class HandFiller(Filler):
    """As the tests fill forms, with such a hand."""

    def __init__(self, phone: Interviewer, hand: Hand, form: Form, hints: Mapping[str, Any]) -> None:
        super().__init__(phone, form, hints)
        self._hand = hand

    def fill_far(self) -> str:
        """Where it stuck; blank: it came to the end."""
        try:
            self.fill()
        except StuckError as stuck:
            return str(stuck)
        return ""

    def _give(self, act: Callable[[], None]) -> None:
        self._hand.until_painted(act)

    def _press(self, option: Locator) -> None:
        self._hand.press(option)

    def _type(self, box: Locator, text: str) -> None:
        self._hand.write(box, text)
