"""Our evaluator and the independent engine, each alone in the same slowed down page: no screens."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Browser, Error, Page, Route

from bench import running
from bench.form_phone import slow_down
from schemas.form import Form

_THEIRS = running.HERE / "node_modules" / "@getodk" / "xforms-engine" / "dist" / "index.js"
_ADDRESS = "http://localhost/"
_CONTEXT = {"now_ms": 1_795_309_200_000, "offset_min": 420, "seed": "a", "lang": "vi"}


def bundled(folder: Path) -> Path:
    """The phone's evaluator as one script."""
    rolldown = running.ROOT / "client_pwa" / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    entry, made = running.HERE / "node" / "our_engine.ts", folder / "our_engine.js"
    command = [running.node(), str(rolldown), str(entry), "--format", "esm", "--minify", "--file", str(made)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return made


class Engines:
    """Every measure is taken in a page of its own: nothing is compiled or kept from before."""

    def __init__(self, browser: Browser, ours: Path) -> None:
        self._browser = browser
        self._files = {
            "our_engine.js": ours.read_bytes(),
            "their_engine.js": _THEIRS.read_bytes(),
            "engines.js": (running.HERE / "node" / "engines.js").read_bytes(),
        }

    def open_ours(self, form: Form, times: int) -> float:
        """ms, median."""
        return self._median("([text, context]) => openOurs(text, context)", [_text(form), _CONTEXT], times)

    def open_theirs(self, xform: str, times: int) -> float | str:
        """ms, median; what the engine says where it refuses the form."""
        try:
            return self._median("openTheirs", xform, times)
        except Error as refused:
            return _first_line(refused)

    def answer_ours(self, form: Form, most: int) -> list[float]:
        return list(
            self._measured(
                "([text, context, most]) => answerOurs(text, context, most)", [_text(form), _CONTEXT, most]
            )
        )

    def answer_theirs(self, xform: str, most: int) -> list[float]:
        try:
            return list(self._measured("([xform, most]) => answerTheirs(xform, most)", [xform, most]))
        except Error:
            return []

    def _median(self, call: str, argument: Any, times: int) -> float:
        return statistics.median(float(self._measured(call, argument)) for _ in range(times))

    def _measured(self, call: str, argument: Any) -> Any:
        with self._page() as page:
            return page.evaluate(call, argument)

    @contextmanager
    def _page(self) -> Iterator[Page]:
        context = self._browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        context.route(f"{_ADDRESS}**", self._give)
        page = context.new_page()
        page.goto(_ADDRESS)
        page.wait_for_function("Boolean(window.openOurs)")
        slow_down(page)
        yield page
        context.close()

    def _give(self, route: Route) -> None:
        name = route.request.url.removeprefix(_ADDRESS)
        if name in self._files:
            route.fulfill(body=self._files[name], content_type="text/javascript")
        else:
            route.fulfill(body='<script type="module" src="/engines.js"></script>', content_type="text/html")


def _text(form: Form) -> str:
    return msgspec.json.encode(form).decode()


def _first_line(error: Error) -> str:
    return error.message.splitlines()[0][:200]
