"""A browser killed while its answer is on the way, and the phone opened in two tabs."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from fault_proxy import ANSWER_LOST, fault_proxy
from people import Interviewer
from playwright.sync_api import BrowserContext, expect
from running import RunningServer, thon
from test_laws_browser import Handset, hamlet, handset, server
from waiting import until

from server.store import log

pytestmark = pytest.mark.browser
__all__ = ["hamlet", "handset", "server"]


def new_code(server: RunningServer) -> str:
    invited = thon(server.data_dir, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    return str(json.loads(invited)["code"])


def logged(server: RunningServer, question: str) -> list[Any]:
    """What was said to a question, in the order of the log; what is said twice stands here twice."""
    with closing(sqlite3.connect(server.data_dir / "thon.db")) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute("SELECT * FROM log ORDER BY pos").fetchall()
        sets = [json.loads(log.body_of(db, row))["set"] for row in rows if row["body"]]
    return [values[question] for values in sets if question in values]


def interviewer(context: BrowserContext, url: str) -> Interviewer:
    return Interviewer(context, url, lambda _page, _name: None, "faults")


def test_a_browser_killed_before_its_answer_came_loses_nothing_and_says_nothing_twice(
    server: RunningServer, handset: Handset
) -> None:
    with fault_proxy(server.port, rates={}) as line:
        url = f"http://127.0.0.1:{line.port}"
        with handset.started() as context:
            phone = interviewer(context, url)
            phone.enrol(new_code(server))
            record = phone.page.get_by_test_id("household").first.get_attribute("data-record") or ""
            phone.open_register(record)
            phone.write("head_name", "Ka Dột")
            line.choose = lambda asked: ANSWER_LOST if asked.startswith("POST /api/push") else None
            phone.go_home()
            phone.page.get_by_test_id("sync-now").click()
            until(lambda: line.counts[ANSWER_LOST] > 0)
            handset.kill()
        assert logged(server, "head_name").count("Ka Dột") == 1, "the server has it, the phone does not know"
        line.heal()
        with handset.started() as context:
            phone = interviewer(context, url)
            phone.page.goto(url)
            phone.unlock()
            phone.sync()
            phone.open_register(record)
            expect(phone.box("head_name")).to_have_value("Ka Dột")
    assert logged(server, "head_name").count("Ka Dột") == 1


def test_of_two_tabs_of_a_phone_the_newer_has_it_and_neither_loses_or_doubles(
    server: RunningServer, handset: Handset
) -> None:
    with handset.started() as context, fault_proxy(server.port, rates={}) as line:
        asked: list[str] = []
        line.choose = asked.append
        url = f"http://127.0.0.1:{line.port}"
        first = interviewer(context, url)
        first.enrol(new_code(server))
        record = first.page.get_by_test_id("household").first.get_attribute("data-record") or ""
        first.open_register(record)
        first.write("head_name", "Ka Một")
        second = interviewer(context, url)
        second.page.goto(url)
        second.unlock()
        expect(first.page.get_by_test_id("pin")).to_be_visible()
        second.open_register(record)
        expect(second.box("head_name")).to_have_value("Ka Một")
        second.write("head_name", "Ka Hai")
        second.go_home()
        second.sync()
        first.page.bring_to_front()
        first.unlock()
        expect(second.page.get_by_test_id("pin")).to_be_visible()
        first.open_register(record)
        expect(first.box("head_name")).to_have_value("Ka Hai")
        first.write("head_name", "Ka Ba")
        first.go_home()
        first.sync()
        second.page.bring_to_front()
        time.sleep(0.5)
        pushes = [line_asked for line_asked in asked if line_asked.startswith("POST /api/push")]
    said = logged(server, "head_name")
    assert [said.count(name) for name in ("Ka Một", "Ka Hai", "Ka Ba")] == [1, 1, 1]
    assert len(pushes) <= len(said), "each change was sent once: one loop"
