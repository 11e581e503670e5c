"""What all tests share: the pace of Hypothesis, the list of laws that are not held yet, and how many browser
journeys were walked (`.ci/run` fails where none was)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.not_yet import NOT_YET

# Slow machines are no failures: no deadline, no complaint about slow generation.
settings.register_profile("thon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thon")

journeys_walked: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed and "/e2e/" in report.nodeid:
        journeys_walked.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NOT_YET:
        terminalreporter.section("NOT_YET: laws of sync that no test holds")
        for law, missing in sorted(NOT_YET.items()):
            terminalreporter.write_line(f"{law:>3}  {missing}")
    terminalreporter.write_line(f"browser journeys run: {len(journeys_walked)}")
