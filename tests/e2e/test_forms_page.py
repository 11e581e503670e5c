"""An administrator at the desk: a workbook with a mistake, the mended one tried, printed and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import Shoot
from playwright.sync_api import BrowserContext, Page, expect
from running import RunningServer, running_server, thon
from test_desk_day import ask
from workbooks import question, workbook

pytestmark = pytest.mark.browser
PASSWORD = "mot mat khau dai"
LABELS = [
    {"list_name": "yn", "name": "yes", "label": "Có"},
    {"list_name": "yn", "name": "no", "label": "Không"},
]


def book(condition: str, version: str = "1", **changed: str) -> bytes:
    survey = [
        question(
            "integer", "age", label="Bao nhiêu tuổi?", constraint=". < 120", constraint_message="Quá lớn"
        ),
        question("select_one yn", "school", label="Có đi học không?", relevant=condition),
        question("select_one_from_file crops.csv", "crop", label="Trồng gì?"),
        question("begin_repeat", "child", label="Con"),
        question("text", "c_name", label="Tên con"),
        question("end_repeat", ""),
        question("calculate", "next_age", calculation="${age} + 1"),
        question("note", "told", label="Sang năm ${next_age} tuổi"),
    ]
    survey = [
        row | {"old_name": changed[str(row["name"])]} if row["name"] in changed else row for row in survey
    ]
    return workbook(survey, LABELS, form_id="tuoi", form_title="Hỏi tuổi", version=version)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path / "data") as running:
        yield running


@pytest.fixture
def desk(new_desk: Callable[[], BrowserContext]) -> Page:
    return new_desk().new_page()


def give(page: Page, folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.write_bytes(data)
    page.get_by_test_id("pick").set_input_files(path)


def test_a_workbook_is_checked_mended_tried_printed_and_published(
    server: RunningServer, desk: Page, shoot: Shoot, tmp_path: Path
) -> None:
    desk.set_default_timeout(15_000)
    desk.goto(f"{server.url}/desk/#link={server.admin_link}")
    desk.get_by_test_id("new-password").fill(PASSWORD)
    desk.get_by_test_id("new-password-again").fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.get_by_test_id("section-forms").click()
    give(desk, tmp_path, "tuoi.xlsx", book("${agee} > 5"))
    problems = desk.get_by_test_id("problem")
    expect(problems.first).to_contain_text("${agee} không có trong sheet survey.")
    expect(problems.first).to_contain_text("Có phải ý là ${age}?")
    expect(desk.get_by_test_id("checked")).to_contain_text("Chưa kèm tệp crops.csv.")
    expect(desk.get_by_test_id("form-state")).to_contain_text("2 lỗi")
    shoot(desk, "forms-1-problems")
    give(desk, tmp_path, "crops.csv", "name,label\ncoffee,Cà phê\nrice,Lúa\n".encode())
    expect(problems).to_have_count(1)
    give(desk, tmp_path, "tuoi.xlsx", book("${age} > 5"))
    # There is nothing to compare a first version with.
    expect(desk.get_by_test_id("tab-try")).to_be_visible()
    expect(desk.get_by_test_id("tab-differences")).to_have_count(0)
    try_it(desk, shoot)
    desk.get_by_test_id("tab-paper").click()
    paper = desk.get_by_test_id("paper")
    expect(paper).to_contain_text("Chỉ hỏi nếu câu 1 > 5")
    desk.emulate_media(media="print")
    expect(desk.get_by_test_id("tab-paper")).to_be_hidden()
    shoot(desk, "forms-3-print")
    desk.emulate_media(media="screen")
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.get_by_test_id("publish").click()
    expect(desk.get_by_test_id("published")).to_contain_text("Hỏi tuổi")
    expect(desk.locator("[data-form=tuoi]")).to_be_visible()
    assert "tuoi\t1\tHỏi tuổi" in thon(server.data_dir, "form", "list")
    assert ask(server, "SELECT subject FROM audit WHERE action = 'publish_form'") == ["tuoi"]
    what_a_new_version_means(desk, shoot, tmp_path)


def try_it(page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("tab-try").click()
    tried = page.get_by_test_id("try")
    # The whole phone, and its buttons as large as there.
    expect(tried.get_by_test_id("try-next")).to_be_in_viewport(ratio=1)
    assert tried.get_by_test_id("try-next").evaluate("one => one.offsetHeight") >= 48
    expect(tried.get_by_text("Có đi học không?")).to_have_count(0)
    age = tried.locator("[data-path=age] input")
    age.fill("200")
    age.blur()
    expect(tried.get_by_text("Quá lớn")).to_be_visible()
    age.fill("8")
    expect(tried.get_by_text("Có đi học không?")).to_be_visible()
    tried.get_by_role("radio", name="Cà phê").click()
    expect(tried.get_by_role("radio", name="Cà phê")).to_be_checked()
    shoot(page, "forms-2-try-page")
    tried.get_by_test_id("try-next").click()
    tried.get_by_test_id("add-row").click()
    tried.locator("[data-path$=c_name] input").fill("Ka Thử")
    tried.get_by_test_id("try-next").click()
    expect(tried.locator(".card[data-row]")).to_contain_text("Ka Thử")
    tried.get_by_test_id("try-next").click()
    expect(tried.get_by_text("Sang năm 9 tuổi")).to_be_visible()
    page.get_by_test_id("show-calculations").check()
    expect(page.get_by_test_id("calculations")).to_contain_text("next_age")
    shoot(page, "forms-2-try")
    page.emulate_media(color_scheme="dark")
    shoot(page, "forms-2-try-dark")
    page.emulate_media(color_scheme="light")


def what_a_new_version_means(page: Page, shoot: Shoot, folder: Path) -> None:
    give(page, folder, "crops.csv", "name,label\ncoffee,Cà phê\nrice,Lúa\n".encode())
    give(page, folder, "tuoi.xlsx", book("${age} > 6", "2", age="tuoi"))
    expect(page.get_by_test_id("differences-note")).to_contain_text("school: đổi điều kiện hỏi")
    expect(page.get_by_test_id("form-state")).to_contain_text("Sẵn sàng")
    shoot(page, "forms-4-differences")
