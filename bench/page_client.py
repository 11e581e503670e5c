"""Clients in a Chromium of their own, each with its real store. Nothing looks on: who drives a page through
its debugger copies every request."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench import commune, running
from tests.find_chromium import LAUNCH_ARGUMENTS, find_chromium

_PAGES = running.HERE / "page"
_POUCHDB = running.HERE / "node_modules" / "pouchdb" / "dist" / "pouchdb.min.js"
_PATIENCE_S = 300
# What a browser does after its start is over by then.
_CALM_S = 1
# The server that is measured is not where the page comes from.
_ARGUMENTS = ["--headless=new", *LAUNCH_ARGUMENTS, "--disable-web-security"]


def built(folder: Path) -> Path:
    """The pages, ready to be served: the phone's bundled as the app is."""
    vite = running.ROOT / "client_pwa" / "node_modules" / "vite" / "bin" / "vite.js"
    made = folder / "pages"
    command = [running.node(), str(vite), "build", str(_PAGES), "--outDir", str(made), "--logLevel", "warn"]
    subprocess.run([*command, "--config", str(_PAGES / "vite.config.mjs")], check=True)  # noqa: S603
    shutil.copy(_PAGES / "pouch.html", made)
    shutil.copy(_POUCHDB, made)
    return made


class PageClient:
    """A page that says when it is ready, waits to be told, and says what it measured. `job`: what it is
    given. Raises `RuntimeError` where it fails."""

    def __init__(self, pages: Path, name: str, job: dict[str, Any]) -> None:
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._go = threading.Event()
        handler = partial(_Handler, json.dumps(job).encode(), self._go, self._said.put, directory=str(pages))
        self._site = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._site.serve_forever, daemon=True).start()
        self._profile = tempfile.mkdtemp(prefix="thon-bench-")
        address = f"http://127.0.0.1:{self._site.server_port}/{name}.html"
        command = [str(find_chromium()), *_ARGUMENTS, f"--user-data-dir={self._profile}", address]
        self._browser = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._next()

    def run(self) -> dict[str, Any]:
        """`cpu_s`: of all processes of the browser."""
        time.sleep(_CALM_S)
        before = commune.family_cpu_s(self._browser.pid)
        self._go.set()
        measured = self._next()
        measured["cpu_s"] = commune.family_cpu_s(self._browser.pid) - before
        return measured

    def end(self) -> None:
        self._browser.terminate()
        self._browser.wait(60)
        self._site.shutdown()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _next(self) -> dict[str, Any]:
        try:
            said = self._said.get(timeout=_PATIENCE_S)
        except queue.Empty:
            said = {"error": "the page said nothing"}
        if "error" in said:
            self.end()
            raise RuntimeError(said["error"])
        return said


class _Handler(SimpleHTTPRequestHandler):
    """The pages; beside them what a page is given (`/job`), waits for (`/go`) and says (`/said`)."""

    def __init__(
        self,
        job: bytes,
        go: threading.Event,
        hear: Callable[[dict[str, Any]], None],
        *arguments: Any,
        **named: Any,
    ) -> None:
        self._job, self._go, self._hear = job, go, hear
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        if self.path == "/job":
            self._answer(self._job)
        elif self.path == "/go":
            self._go.wait(_PATIENCE_S)
            self._answer(b"{}")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"{}")
        self._hear(json.loads(said))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""
