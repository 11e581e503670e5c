"""A pytest plugin: writes to $SABOTAGE_VERDICT what failed and how, what passed, and whose code that was."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# The first counterexample is enough: nobody reads a smaller one.
settings.register_profile(
    "sabotage",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
_failed: list[tuple[str, str]] = []
_passed: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    name = report.nodeid.rpartition("::")[2]
    if report.when == "call" and report.passed:
        _passed.append(name)
    if report.when == "call" and report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _failed.append((name, str(crash.message if crash else report.longreprtext)))


def pytest_sessionfinish() -> None:
    here = Path.cwd().resolve()
    strangers = [
        f"{name}: {module.__file__}"
        for name, module in sys.modules.items()
        if name.partition(".")[0] in ("schemas", "sync", "server")
        and getattr(module, "__file__", None)
        and here not in Path(module.__file__ or "").resolve().parents
    ]
    verdict = {"failed": _failed, "passed": _passed, "strangers": strangers}
    Path(os.environ["SABOTAGE_VERDICT"]).write_text(json.dumps(verdict), "utf-8")
