"""The law of sync that only a killed browser can prove."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from find_chromium import LAUNCH_ARGUMENTS
from people import Interviewer
from playwright.sync_api import BrowserContext, BrowserType, Error, expect
from running import RunningServer, running_server, thon
from waiting import until

pytestmark = pytest.mark.browser
SURVEYS = Path(__file__).parents[2] / "schemas" / "surveys"
AREAS = "code,parent,name,kind,setting\nX,,Xã Lát,commune,rural\nA,X,Thôn A,hamlet,rural\n"
HOUSEHOLDS = "hh_code,head_name,area\nTL-001,K'Brình,A\n"
KILLS = 2
# Looks at every frame, so that the kill follows at once.
IS_SAVED = "() => document.querySelector('[data-testid=saved]')?.textContent?.trim() === 'đã lưu trên máy'"


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one household; each test is given its own copy."""
    folder = tmp_path_factory.mktemp("hamlet")
    data = folder / "data"
    (folder / "areas.csv").write_text(AREAS, "utf-8")
    (folder / "households.csv").write_text(HOUSEHOLDS, "utf-8")
    thon(data, "area", "load", str(folder / "areas.csv"))
    for form in ("household", "living_conditions"):
        thon(data, "form", "publish", str(SURVEYS / f"{form}.xlsx"))
    thon(data, "household", "load", str(folder / "households.csv"), "--form", "household")
    dates = ("--from", "2026-01-01", "--to", "2026-12-31", "--year", "2026")
    thon(data, "round", "open", "2026", "--title", "Năm 2026", "--form", "living_conditions", *dates)
    thon(data, "user", "add", "Ka Hân", "--role", "interviewer", "--area", "X")
    return data


@pytest.fixture
def server(hamlet: Path, tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(Path(shutil.copytree(hamlet, tmp_path / "data"))) as running:
        yield running


class Handset:
    """A phone's own browser and what it keeps, through kills."""

    def __init__(self, driver: BrowserType, executable: str, profile: Path) -> None:
        self.driver, self.executable, self.profile = driver, executable, profile

    @contextmanager
    def started(self) -> Iterator[BrowserContext]:
        context = self.driver.launch_persistent_context(
            self.profile,
            executable_path=self.executable,
            args=LAUNCH_ARGUMENTS,
            viewport={"width": 360, "height": 640},
            locale="vi-VN",
            has_touch=True,
            is_mobile=True,
        )
        context.set_default_timeout(60_000)
        try:
            yield context
        finally:
            # Where it was killed, nothing is left to be closed.
            with suppress(Error):
                context.close()

    def kill(self) -> None:
        """SIGKILL to every process of it, and waits until nothing of it runs."""
        found = processes_of(self.profile)
        assert found
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not any(process in processes_of(self.profile) for process in found))


def processes_of(profile: Path) -> list[int]:
    """Chromium's own process first: every one that runs on this profile."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
        except OSError:
            continue
        if any(word == f"--user-data-dir={profile}".encode() for word in words):
            found.append((any(word.startswith(b"--type=") for word in words), int(folder.name)))
    return [process for _, process in sorted(found)]


@pytest.fixture
def handset(driver: BrowserType, executable: str, tmp_path: Path) -> Handset:
    return Handset(driver, executable, tmp_path / "profile")


def test_law_16_what_was_shown_as_saved_survives_kill_9_of_the_browser(
    server: RunningServer, handset: Handset
) -> None:
    invited = thon(server.data_dir, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    record, answer = "", ""
    with handset.started() as context:
        phone = interviewer(context, server)
        phone.enrol(json.loads(invited)["code"])
        record = phone.page.get_by_test_id("household").first.get_attribute("data-record") or ""
    server.kill()
    for kill in range(1, KILLS + 2):
        with handset.started() as context:
            phone = interviewer(context, server)
            phone.page.goto(server.url)
            phone.unlock()
            phone.open_register(record)
            if answer:
                expect(phone.box("head_name")).to_have_value(answer)
            if kill <= KILLS:
                answer = f"Ka Dột {kill}"
                phone.box("head_name").fill(answer)
                phone.box("head_name").blur()
                phone.page.wait_for_function(IS_SAVED, polling="raf")
                handset.kill()


def interviewer(context: BrowserContext, server: RunningServer) -> Interviewer:
    return Interviewer(context, server.url, lambda _page, _name: None, "killed")
