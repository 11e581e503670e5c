"""A copy of the tree in which one sabotage at a time is done, and the law's own tests are run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from hatch_build import node_env
from tests.sabotage.catalogue import ROOT, Sabotage

COPIED = ("schemas", "sync", "server", "tests", "client_pwa", "hatch_build.py", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".hypothesis", "shots", "dist")
MOST_S = 300


class Verdict(Struct, frozen=True):
    """`failed`: (test, first line of how). `trouble`: why this says nothing, or ``."""

    failed: list[tuple[str, str]]
    passed: list[str]
    trouble: str
    seconds: float

    @property
    def is_noticed(self) -> bool:
        return bool(self.failed) and not self.trouble


class Scratch:
    """A copy in a folder of its own; `close` removes it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.root = Path(tempfile.mkdtemp(prefix="thon-sabotage-"))
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name, ignore=LEFT_OUT)
            else:
                shutil.copy2(ROOT / name, self.root / name)
        modules = (ROOT / "client_pwa" / "node_modules").resolve()
        (self.root / "client_pwa" / "node_modules").symlink_to(modules)

    def close(self) -> None:
        shutil.rmtree(self.root)

    @contextmanager
    def done(self, sabotage: Sabotage) -> Iterator[None]:
        """The sabotage is done inside the block."""
        path = self.root / sabotage.file
        before = path.read_text("utf-8")
        mutated = sabotage.mutated(before)
        assert mutated is not None, sabotage.name
        path.write_text(mutated, "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")

    def run(self, files: list[str], laws: list[int]) -> Verdict:
        """The tests of these laws in these files, up to the first that fails."""
        began = time.monotonic()
        verdict = self.root / "verdict.json"
        verdict.unlink(missing_ok=True)
        in_typescript = files[0].endswith(".ts")
        if files[0].startswith("tests/e2e/"):
            built = self._call([sys.executable, "hatch_build.py"], self.root)
            if built:
                return Verdict([], [], f"the client was not built: {built}", time.monotonic() - began)
        command = self._vitest(files, laws, verdict) if in_typescript else self._pytest(files, laws)
        said = self._call(command, self.root / "client_pwa" if in_typescript else self.root)
        read = _read_vitest if in_typescript else _read_pytest
        failed, passed, trouble = (
            read(json.loads(verdict.read_text("utf-8")), self.root) if verdict.exists() else ([], [], said)
        )
        own = [(name, how) for name, how in failed if _is_about(laws, name, how)]
        if failed and not own:
            trouble = f"another law was noticed: {_first_line(failed[0][1])}"
        short = [(name, _first_line(how)) for name, how in own]
        if not failed and not passed:
            trouble = trouble or said or "no test ran"
        return Verdict(short, passed, trouble, time.monotonic() - began)

    def _pytest(self, files: list[str], laws: list[int]) -> list[str]:
        named = " or ".join(f"test_law_{law:02}_ or law-{law:02}-" for law in laws)
        plugin = [
            "-p",
            "tests.sabotage.witness",
            "--hypothesis-profile=sabotage",
            f"--hypothesis-seed={self.seed}",
        ]
        return [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            *plugin,
            *files,
            "-k",
            named,
        ]

    def _vitest(self, files: list[str], laws: list[int], verdict: Path) -> list[str]:
        numbers = "|".join(map(str, laws))
        named = f"law ({numbers}): |laws (\\d+(, | and ))*({numbers})(,| ).*\\bhold "
        names = [file.removeprefix("client_pwa/") for file in files]
        report = ["--reporter=json", f"--outputFile={verdict}", "--bail=1"]
        return ["node", "node_modules/vitest/vitest.mjs", "run", *names, "-t", named, *report]

    def _call(self, command: list[str], folder: Path) -> str:
        """Runs to the end. `` or the last that it said where it did not end well."""
        # Two sabotages of one length in one second would share their compiled file.
        own = {
            "FAST_CHECK_SEED": str(self.seed + 1),
            "FAST_CHECK_END": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHON": sys.executable,
            "SABOTAGE_VERDICT": str(self.root / "verdict.json"),
        }
        env = {**node_env(), **own, "PYTHONPATH": str(self.root)}
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                command, cwd=folder, env=env, stdout=said, stderr=said, start_new_session=True
            )
            try:
                process.wait(timeout=MOST_S)
            except subprocess.TimeoutExpired:
                return f"no end after {MOST_S} s"
            finally:
                # Servers and browsers that a test of broken code left behind.
                _end_group(process.pid)
                process.wait()
            said.seek(0)
            return "" if process.returncode == 0 else said.read().decode("utf-8", "replace")[-2000:]


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _read_pytest(verdict: dict[str, Any], root: Path) -> tuple[list[tuple[str, str]], list[str], str]:
    strangers = verdict["strangers"]
    trouble = f"not the copy was imported, but {strangers[0]}" if strangers else ""
    return [tuple(pair) for pair in verdict["failed"]], verdict["passed"], trouble


def _read_vitest(verdict: dict[str, Any], root: Path) -> tuple[list[tuple[str, str]], list[str], str]:
    failed, passed, trouble = [], [], ""
    for file in sorted(verdict["testResults"], key=lambda file: not file["assertionResults"]):
        if root.resolve() not in Path(file["name"]).resolve().parents:
            trouble = f"not the copy was run, but {file['name']}"
        for test in file["assertionResults"]:
            if test["status"] == "failed":
                failed.append((test["fullName"], "\n".join(test["failureMessages"])))
            elif test["status"] == "passed":
                passed.append(test["fullName"])
        # What stands behind the first failure is not run any more.
        if file["status"] == "failed" and not file["assertionResults"] and not failed:
            trouble = f"{Path(file['name']).name} did not load: {file.get('message', '')}"
    return failed, passed, trouble


def _is_about(laws: list[int], name: str, how: str) -> bool:
    """A test of several laws says in its message which one does not hold, after what the run is about."""
    names_one = not name.startswith(("laws ", "test_what_once_failed"))
    said = how.rpartition(" — ")[2]
    return names_one or any(f"law {law}: " in said for law in laws)


def _first_line(how: str) -> str:
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", how).splitlines() if line.strip()]
    found = [line for line in lines if re.search(r"\blaw \d+: ", line)]
    return (found or lines or [""])[0]
