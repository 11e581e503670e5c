"""What all tests share: a commune with two phones that speak HTTP, the pace of Hypothesis, the list of laws
that are not held yet, and how many browser journeys were walked (`.ci/run` fails where none was)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from litestar import Litestar
from litestar.testing import TestClient

from server.app import build_app
from server.config import Config
from tests.callers import Caller
from tests.not_yet import NOT_YET
from tests.village import Village

# Slow machines are no failures: no deadline, no complaint about slow generation.
settings.register_profile("thon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thon")

journeys_walked: list[str] = []


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    made = Village(tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture
def app(village: Village) -> Iterator[TestClient[Litestar]]:
    with TestClient(build_app(Config(data_dir=village.store.data_dir), village.store)) as client:
        yield client


@pytest.fixture
def client(village: Village) -> Iterator[TestClient[Any]]:
    """Where a bug in the server is an answer with 500, as browsers and phones see it."""
    config = Config(data_dir=village.store.data_dir)
    with TestClient(build_app(config, village.store), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def han(village: Village, client: TestClient[Any]) -> Caller:
    return Caller(client, village.phone("phone-han", "C1", village.han))


@pytest.fixture
def lan(village: Village, client: TestClient[Any]) -> Caller:
    return Caller(client, village.phone("phone-lan", "C2", village.lan))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed and "/e2e/" in report.nodeid:
        journeys_walked.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NOT_YET:
        terminalreporter.section("NOT_YET: laws of sync that no test holds")
        for law, missing in sorted(NOT_YET.items()):
            terminalreporter.write_line(f"{law:>3}  {missing}")
    terminalreporter.write_line(f"browser journeys run: {len(journeys_walked)}")
