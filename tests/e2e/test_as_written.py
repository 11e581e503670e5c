"""What an interview says of rows, questions outside groups and half-typed numbers is as it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, Locator, Page, expect
from running import RunningServer, running_server

from schemas.compiler import compile_workbook
from tests.fill_forms import data_folder
from tests.written_forms import book

pytestmark = pytest.mark.browser
LONG = "Ghi theo lời người trả lời, không sửa. " * 24
CHILDREN = f"""
type | name | label | hint | repeat_count | required
begin_group | house | Hộ gia đình | | |
text | head | Chủ hộ là ai? | | | yes
integer | kids | Có mấy con đi học? | | | yes
end_group | | | | |
begin_repeat | kid | Con đi học: ${{k_name}} | | ${{kids}} |
text | k_name | Tên con | | | yes
end_repeat | | | | |
begin_repeat | plot | Thửa của ${{head}}: ${{p_name}} | | |
text | p_name | Tên thửa | | |
end_repeat | | | | |
decimal | area | Tổng diện tích (m²) | | | yes
note | said | Máy ghi: ${{area}} m². | | |
text | why | Vì sao bỏ trống? | {LONG} | | yes
decimal | yard | Sân (m²) | | |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def code(folder: Path) -> str:
    found = compile_workbook(book({"survey": CHILDREN}), "con_di_hoc.xlsx")
    assert found.form is not None, found.problems
    return data_folder(folder, {"con_di_hoc": found.form})


@pytest.fixture
def server(folder: Path, code: str) -> Iterator[RunningServer]:
    assert code
    with running_server(folder) as running:
        yield running


def ask(page: Page, name: str) -> Locator:
    return page.locator(f"section[data-path$={name}] input")


def colour(one: Locator) -> str:
    return str(one.evaluate("one => getComputedStyle(one).color"))


def begin(page: Page) -> None:
    page.get_by_test_id("menu").click()
    page.get_by_test_id("others").click()
    page.get_by_test_id("begin-con_di_hoc").click()
    ask(page, "head").fill("Ka Mộc")
    ask(page, "kids").fill("2")
    page.get_by_test_id("next").click()


def rows_are_called_what_they_are(page: Page, shoot: Shoot) -> None:
    heading, total = page.locator("h1"), page.get_by_test_id("rows-sum")
    expect(heading).to_have_text("Con đi học")
    expect(total).to_have_text("0 con đi học")
    page.get_by_test_id("next").click()
    expect(heading).to_have_text("Con đi học")
    ask(page, "k_name").fill("Ka Ngọc")
    expect(heading).to_have_text("Con đi học: Ka Ngọc")
    expect(page.get_by_test_id("remove-row")).to_have_text("Xóa con đi học này")
    shoot(page, "written-1-row")
    page.get_by_test_id("next").click()
    missing = page.get_by_text("Còn 1 chưa hỏi")
    # Nobody has tried to end the interview yet.
    usual = colour(heading)
    assert colour(missing) == usual
    shoot(page, "written-2-cards")
    page.get_by_test_id("sections-button").click()
    expect(page.get_by_test_id("sections").locator("b")).to_have_text(
        ["Hộ gia đình", "Con đi học", "Thửa của Ka Mộc", "Câu hỏi khác"]
    )
    shoot(page, "written-3-parts")
    page.get_by_test_id("submit").click()
    expect(missing).to_be_visible()
    assert colour(missing) != usual
    shoot(page, "written-4-missing")
    page.get_by_test_id("next").click()
    ask(page, "k_name").fill("Ka Lý")
    page.get_by_test_id("next").click()


def names_stay_as_they_are_written(page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("add-row")).to_have_text("Thêm thửa của Ka Mộc")
    shoot(page, "written-5-names")
    page.get_by_test_id("next").click()
    expect(page.locator("h1")).to_have_text("Câu hỏi khác")


def a_number_on_its_way_is_not_read_back_as_another(page: Page, shoot: Shoot) -> None:
    area, note = ask(page, "area"), page.locator("section[data-path=said]")
    area.focus()
    page.keyboard.type("1")
    expect(note).to_contain_text("1 m²")
    page.keyboard.type(".500")
    expect(page.get_by_role("button", name="1,5", exact=True)).to_be_visible()
    expect(note).not_to_contain_text("1")
    shoot(page, "written-6-number")
    page.get_by_role("button", name="1500 (").click()
    expect(note).to_contain_text("1500 m²")


def what_is_wrong_stands_above_the_foot(page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("next").click()
    fault = page.locator("section[data-path=why]").get_by_test_id("fault")
    expect(fault).to_be_visible()
    shoot(page, "written-7-fault")
    foot = page.locator(".foot").bounding_box()
    box = fault.bounding_box()
    assert foot and box
    assert box["y"] + box["height"] <= foot["y"]


def nothing_typed_is_left_out_unsaid(page: Page, shoot: Shoot) -> None:
    ask(page, "why").fill("Nhà mới")
    ask(page, "yard").fill("1200")
    ask(page, "yard").blur()
    ask(page, "yard").fill("1.500")
    page.get_by_test_id("sections-button").click()
    page.get_by_test_id("submit").click()
    fault = page.locator("section[data-path=yard]").get_by_test_id("fault")
    expect(fault).to_contain_text("1.500 là")
    expect(ask(page, "yard")).to_have_value("1.200")
    shoot(page, "written-8-unread")
    ask(page, "yard").fill("1500")
    page.get_by_test_id("sections-button").click()
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("interview")).to_have_count(0)


def test_rows_names_and_numbers_are_said_as_they_were_written(
    server: RunningServer, code: str, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> None:
    phone = Interviewer(new_phone(), server.url, shoot, "written")
    phone.enrol(code)
    begin(phone.page)
    rows_are_called_what_they_are(phone.page, shoot)
    names_stay_as_they_are_written(phone.page, shoot)
    a_number_on_its_way_is_not_read_back_as_another(phone.page, shoot)
    what_is_wrong_stands_above_the_foot(phone.page, shoot)
    nothing_typed_is_left_out_unsaid(phone.page, shoot)
