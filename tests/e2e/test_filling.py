"""Questionnaires that others write are answered on the phone from the first question to the last."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filler import PICTURE, fill_new_record
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, expect
from running import RunningServer, running_server

from schemas.compiler import Compiled, compile_workbook
from schemas.form import Form
from server.judge import judge
from server.refresh import refresh_records
from server.store import Store, log
from tests.fill_forms import data_folder, records_of
from tests.written_forms import FORMS, book

pytestmark = pytest.mark.browser
PICTURES = {name: PICTURE for name in ("faces.png", "large.png", "good.png")}


def record_of(server: RunningServer, form: str) -> tuple[dict[str, Any], str]:
    """The answers that apply of the one record of a form, and everything that was ever sealed."""
    with sqlite3.connect(server.data_dir / "thon.db") as db:
        (record,) = db.execute("SELECT record FROM record WHERE form = ?", (form,)).fetchone()
    store = Store.open(server.data_dir)
    refresh_records(store, [record])
    with store.reading() as db:
        judged = judge(db, record)
        bodies = [entry.body for entry in log.entries_of(db, record)]
    store.close()
    assert judged is not None
    return dict(judged.answers), b"".join(bodies).decode()


def written(name: str) -> Compiled:
    found = compile_workbook(book(FORMS[name]), f"{name}.xlsx", PICTURES)
    assert found.form is not None
    return found


@pytest.fixture(scope="module")
def compiled() -> dict[str, Compiled]:
    return {name: written(name) for name in ("roster_of_plots", "media_and_guidance")}


@pytest.fixture
def forms(compiled: dict[str, Compiled]) -> dict[str, Form]:
    return {name: found.form for name, found in compiled.items() if found.form}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def code(folder: Path, forms: dict[str, Form], compiled: dict[str, Compiled]) -> str:
    return data_folder(folder, forms, compiled["media_and_guidance"].contents)


@pytest.fixture
def server(folder: Path, code: str) -> Iterator[RunningServer]:
    assert code
    with running_server(folder) as running:
        yield running


def pictures_are_shown_without_a_network(phone: Interviewer) -> None:
    page = phone.page
    phone.context.set_offline(True)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("others").click()
    page.get_by_test_id("begin-media_and_guidance").click()
    mood = page.locator("section[data-path=mood]")
    picture = mood.locator("> [data-testid=form-picture]")
    expect(picture).to_have_attribute("alt", "Hình: How do you feel?")
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 2
    mood.get_by_role("button", name="Xem hình lớn").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mood.locator("[data-value=good] img")).to_have_attribute("alt", "Hình: Good")
    expect(mood.locator("[data-value=bad]")).to_contain_text("bad.png, chưa có trên máy này")
    phone.shoot(page, "form-pictures")
    phone.go_home()
    phone.context.set_offline(False)


def test_repeats_in_repeats_and_every_medium_are_answered_and_arrive(
    server: RunningServer,
    code: str,
    forms: dict[str, Form],
    new_phone: Callable[..., BrowserContext],
    shoot: Shoot,
) -> None:
    phone = Interviewer(new_phone(), server.url, shoot, "filling")
    phone.enrol(code)
    pictures_are_shown_without_a_network(phone)
    for form in forms.values():
        seen, _ = fill_new_record(phone, form, {"m_age": 30})
        assert {node.path for node in form.nodes if node.label} == seen
        phone.sync()
        assert records_of(server, form.id) == 1


def test_as_many_rows_are_asked_for_as_an_earlier_answer_says_and_none_is_dropped(
    server: RunningServer, code: str, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    phone = Interviewer(new_phone(), server.url, shoot, "rows")
    page = phone.page
    phone.enrol(code)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("others").click()
    page.get_by_test_id("begin-roster_of_plots").click()
    size = page.locator("section[data-path=hh_size] input")
    size.fill("3")
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("unmade-row")).to_have_count(3)
    shoot(page, "rows-none-made")
    for name, years in (("Ka Một", "5"), ("Ka Hai", "6")):
        page.get_by_test_id("next").click()
        page.locator("section[data-kind=text] input").fill(name)
        page.locator("section[data-path$=m_age] input").fill(years)
        page.get_by_test_id("next").click()
    expect(page.get_by_test_id("unmade-row")).to_have_count(1)
    shoot(page, "rows-one-unmade")

    page.get_by_test_id("sections-button").click()
    page.get_by_test_id("submit").click()
    expect(page.locator("[data-testid=unmade-row] > button")).to_be_focused()

    page.get_by_test_id("back").click()
    size.fill("1")
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("rows-left-out")).to_contain_text("Ka Hai")
    shoot(page, "rows-left-out")
    page.get_by_test_id("sections-button").click()
    phone.submit()
    phone.go_home()
    phone.sync()
    answers, sealed = record_of(server, "roster_of_plots")
    assert [value for path, value in answers.items() if path.endswith("m_name")] == ["Ka Một"]
    assert "Ka Hai" in sealed
