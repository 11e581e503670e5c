"""A real Chromium, a real server process, phones and a desk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    CDPSession,
    Page,
    expect,
    sync_playwright,
)

sys.path.insert(0, str(Path(__file__).parent.parent))
from find_chromium import LAUNCH_ARGUMENTS, find_chromium
from people import SMALL_PHONE

SHOTS = Path(__file__).parent / "shots"
# A machine that is busy is no failure.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def executable() -> str:
    found = find_chromium()
    if not found:
        pytest.fail("No Chromium: run `make test`, which installs one, or name one in E2E_CHROMIUM.")
    return found


@pytest.fixture(scope="session")
def driver(executable: str) -> Iterator[BrowserType]:
    """Starts browsers; there is one in a process."""
    assert executable
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def browser(driver: BrowserType, executable: str) -> Iterator[Browser]:
    started = driver.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def new_phone(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes phones: separate profiles of 360x640, Vietnamese, touch, optionally slowed down."""
    made: list[BrowserContext] = []

    def make(width: int = 360, height: int = 640, slowdown: int = 1) -> BrowserContext:
        size = {"viewport": {"width": width, "height": height}}
        context = browser.new_context(**{**SMALL_PHONE, **size})
        context.set_default_timeout(60_000)
        if slowdown > 1:
            context.on("page", lambda page: Slowdown.begin(page, slowdown))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


class Slowdown:
    """As slow as a cheap phone: Chromium's own CPU throttling, lifted while a picture is taken."""

    sessions: ClassVar[WeakKeyDictionary[Page, tuple[CDPSession, int]]] = WeakKeyDictionary()

    @classmethod
    def begin(cls, page: Page, rate: int) -> None:
        cls.sessions[page] = (page.context.new_cdp_session(page), rate)
        cls._set(page, is_slow=True)

    @classmethod
    def _set(cls, page: Page, is_slow: bool) -> None:
        if page in cls.sessions:
            session, rate = cls.sessions[page]
            session.send("Emulation.setCPUThrottlingRate", {"rate": rate if is_slow else 1})

    @classmethod
    def picture(cls, page: Page, path: Path) -> None:
        cls._set(page, is_slow=False)
        page.screenshot(path=path)
        cls._set(page, is_slow=True)


@pytest.fixture
def new_desk(browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        context.set_default_timeout(60_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keeps a screenshot of a step, to be looked at beside the design's screens."""
    SHOTS.mkdir(exist_ok=True)
    return lambda page, name: Slowdown.picture(page, SHOTS / f"{name}.png")
