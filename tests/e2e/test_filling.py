"""Questionnaires that others write are answered on the phone from the first question to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filler import fill_new_record
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext
from running import RunningServer, running_server

from schemas.compiler import compile_workbook
from schemas.form import Form
from tests.fill_forms import data_folder, records_of
from tests.written_forms import FORMS, book

pytestmark = pytest.mark.browser


def written(name: str) -> Form:
    form = compile_workbook(book(FORMS[name]), f"{name}.xlsx").form
    assert form is not None
    return form


@pytest.fixture
def forms() -> dict[str, Form]:
    return {name: written(name) for name in ("roster_of_plots", "media_and_guidance")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def code(folder: Path, forms: dict[str, Form]) -> str:
    return data_folder(folder, forms)


@pytest.fixture
def server(folder: Path, code: str) -> Iterator[RunningServer]:
    assert code
    with running_server(folder) as running:
        yield running


def test_repeats_in_repeats_and_every_medium_are_answered_and_arrive(
    server: RunningServer,
    code: str,
    forms: dict[str, Form],
    new_phone: Callable[..., BrowserContext],
    shoot: Shoot,
) -> None:
    phone = Interviewer(new_phone(), server.url, shoot, "filling")
    phone.enrol(code)
    for form in forms.values():
        seen, _ = fill_new_record(phone, form, {"m_age": 30})
        assert {node.path for node in form.nodes if node.label} == seen
        phone.sync()
        assert records_of(server, form.id) == 1
