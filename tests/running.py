"""A real server process on a folder of its own, killed and started again at will."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTS_WITHIN_S = 60
_ENDS_WITHIN_S = 240


class RunningServer:
    """`url`: where it listens. `output`: what it printed so far."""

    def __init__(self, data_dir: Path, port: int, options: list[str]) -> None:
        self.data_dir = data_dir
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._options = options
        self._log = Path(tempfile.mkstemp(suffix=".log")[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def address(self) -> str:
        """As it says it itself."""
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def admin_link(self) -> str:
        """The token of the one-time link that the first start printed."""
        found = re.findall(r"/desk/#link=(\S+)", self.output)
        assert found, self.output
        return str(found[-1])

    def spawn(self) -> None:
        """Starts it, and waits for nothing."""
        command = [sys.executable, "-m", "server.cli.main", "serve", "--data", str(self.data_dir)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), *self._options], stdout=log, stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
            )  # fmt: skip

    def start(self) -> None:
        """Starts it, and returns once it listens."""
        self.spawn()
        assert self._process is not None
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                code = self._process.poll()
                assert code is None, f"exit code {code}: {self.output[-2000:]}"
                time.sleep(0.05)
        raise AssertionError(f"the server did not start: {self.output}")

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Asks it to end, and returns its exit code."""
        self._end(signal.SIGTERM)
        assert self._process is not None
        return self._process.returncode

    def restart(self) -> None:
        self.kill()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)


def thon(data_dir: Path, *arguments: str, expect: int | None = 0) -> str:
    """Runs one command and returns what it printed (stdout, then stderr). `expect` None: any exit code."""
    command = [sys.executable, "-m", "server.cli.main", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        timeout=_ENDS_WITHIN_S,
        env={**os.environ, "THON_DATA": str(data_dir)},
    )
    printed = (done.stdout + done.stderr).decode()
    assert expect is None or done.returncode == expect, printed
    return printed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(data_dir: Path, *options: str) -> Iterator[RunningServer]:
    """Started on a free port; ended with the block."""
    server = RunningServer(data_dir, free_port(), list(options))
    server.start()
    try:
        yield server
    finally:
        server.stop()
