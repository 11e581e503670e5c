"""A day at the desk: a supervisor comes in by her one-time link and decides what waits; a viewer sees no
names."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import Shoot
from playwright.sync_api import BrowserContext, Page, expect
from running import RunningServer, running_server, thon

from server.compose import compose_change
from server.config import now_ms
from server.demo.build import build_demo
from server.demo.commune import COMMUNE
from server.demo.guests import PASSWORD
from server.intake import CLI, Offered, accept
from server.store import Store
from tests import stored

pytestmark = pytest.mark.browser
SUPERVISOR, OWN_PASSWORD = "Hà Thị Mai", "ba con suối nhỏ"
VIEWER = "Lê Thu Nga"
THIRD_VALUE = 57
PICTURE = (Path(__file__).parents[2] / "client_pwa" / "public" / "icon-192.png").read_bytes()
PICTURE_SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A small invented commune: one hold, four interviews in conflict, two households written twice."""
    store = Store.open(tmp_path)
    build_demo(store, lambda _what, _made: None, households=24)
    name_a_picture(store)
    store.close()
    with running_server(tmp_path) as running:
        yield running


def name_a_picture(store: Store) -> None:
    """One approved interview names a picture of the house that no phone has sent yet."""
    with stored.connect(store.path) as db:
        record, seen = db.execute(
            "SELECT record, json_extract(folded(record), '$.seen') FROM record"
            " WHERE form = 'living_conditions' AND status = 'approved' ORDER BY record"
        ).fetchone()
    value = {"sha256": PICTURE_SHA256, "name": "nhà.png", "type": "image/png", "bytes": len(PICTURE)}
    body = compose_change(
        store,
        device=CLI.device,
        author="system",
        record=record,
        form="living_conditions",
        set={"consent_photo": "yes", "photo_house": value},
        seen=json.loads(seen),
        at=now_ms(),
    )
    assert accept(store, CLI, [Offered(body)], now_ms())[0].result == "stored"


@pytest.fixture
def desk(new_desk: Callable[[], BrowserContext], server: RunningServer) -> Page:
    return new_desk().new_page()


def ask(server: RunningServer, query: str) -> list[str]:
    with stored.connect(server.data_dir / "thon.db") as db:
        return [str(row[0]) for row in db.execute(query)]


def sign_in(page: Page, url: str, name: str, password: str) -> None:
    page.goto(f"{url}/desk/")
    page.get_by_test_id("name").fill(name)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("signin-do").click()


def test_a_supervisor_comes_in_by_her_link_and_decides_what_waits(
    server: RunningServer, desk: Page, shoot: Shoot
) -> None:
    come_in_by_link(server, desk, shoot)
    release_the_hold(server, desk, shoot)
    tie_two_households(desk, shoot)
    decide_by_a_third_value(server, desk, shoot)
    see_a_picture_once_it_is_sent(server, desk, shoot)
    export_with_a_reason(server, desk, shoot)
    lose_the_server_in_the_middle(server, desk, shoot)
    desk.get_by_test_id("sign-out").click()
    expect(desk.get_by_test_id("signin")).to_be_visible()
    sign_in(desk, server.url, SUPERVISOR, OWN_PASSWORD)
    expect(desk.get_by_test_id("who")).to_have_text(SUPERVISOR)
    lose_the_session(desk)
    assert ": 0 differences." in thon(server.data_dir, "verify")


def come_in_by_link(server: RunningServer, page: Page, shoot: Shoot) -> None:
    said = thon(server.data_dir, "user", "add", SUPERVISOR, "--role", "supervisor", "--area", COMMUNE[0])
    token = re.findall(r"/desk/#link=(\S+)", said)[0]
    page.goto(f"{server.url}/desk/#link={token}")
    expect(page.get_by_test_id("signin")).to_contain_text(SUPERVISOR)
    page.get_by_test_id("new-password").fill(OWN_PASSWORD)
    page.get_by_test_id("new-password-again").fill(OWN_PASSWORD + "!")
    page.get_by_test_id("signin-do").click()
    expect(page.get_by_role("alert")).to_have_text("Hai mật khẩu không giống nhau.")
    shoot(page, "deskday-1-link")
    page.get_by_test_id("new-password-again").fill(OWN_PASSWORD)
    page.get_by_test_id("signin-do").click()
    expect(page.get_by_test_id("who")).to_have_text(SUPERVISOR)
    assert token not in page.url, "the link does not stay in the address"
    expect(page.get_by_test_id("line").first).to_be_visible()
    shoot(page, "deskday-2-review")


def release_the_hold(server: RunningServer, page: Page, shoot: Shoot) -> None:
    record = ask(server, "SELECT record FROM hold")[0]
    page.get_by_test_id("queue-holds").click()
    expect(page.get_by_test_id("hold")).to_have_count(1)
    expect(page.get_by_test_id("hold-reason")).to_have_text("Điện thoại đã thu hồi")
    shoot(page, "deskday-3-hold")
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("written")).to_have_text("Đã nhận vào phiếu.")
    expect(page.get_by_test_id("written")).to_be_focused()
    expect(page.get_by_test_id("list-empty")).to_be_visible()
    expect(page.get_by_test_id("count-holds")).to_have_text("0")
    page.goto(f"{server.url}/desk/#/record/{record}")
    expect(page.locator("[data-status=submitted]").first).to_be_visible()
    shoot(page, "deskday-4-released")


def tie_two_households(page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("queue-duplicates").click()
    pairs = page.get_by_test_id("pair")
    expect(pairs).to_have_count(2)
    expect(pairs.first.get_by_test_id("evidence")).to_contain_text("cùng số điện thoại")
    expect(pairs.first.get_by_test_id("evidence")).to_contain_text("cùng thôn")
    shoot(page, "deskday-5-duplicates")
    pairs.first.get_by_test_id("compare").click()
    beside = pairs.first.get_by_test_id("side-by-side")
    expect(beside.get_by_role("row").filter(has_text="Tên chủ hộ")).to_contain_text("khác")
    expect(beside.get_by_role("row").filter(has_text="Số điện thoại").last).to_contain_text("giống")
    expect(pairs.first.get_by_test_id("beside-members")).to_contain_text("chưa có danh sách")
    expect(pairs.first.get_by_test_id("beside-interviews").get_by_role("link").first).to_be_visible()
    shoot(page, "deskday-5-side-by-side")
    tell_two_households_apart_by_keys(page, shoot)
    pairs.first.get_by_test_id("same").click()
    expect(page.get_by_test_id("written")).to_contain_text("Đã nối hai hộ.")
    expect(pairs).to_have_count(1)
    shoot(page, "deskday-6-tied")
    page.get_by_test_id("kind-tied").click()
    expect(page.get_by_test_id("said")).to_contain_text(f"{SUPERVISOR} nối lúc")
    pairs.first.get_by_test_id("back").click()
    expect(page.get_by_test_id("written")).to_contain_text("Đã gỡ")
    expect(page.get_by_test_id("list-empty")).to_be_visible()
    page.get_by_test_id("kind-likely").click()
    expect(pairs).to_have_count(2)
    pairs.first.get_by_test_id("same").click()
    expect(pairs).to_have_count(1)
    expect(page.get_by_test_id("count-duplicates")).to_have_text("1")


def tell_two_households_apart_by_keys(page: Page, shoot: Shoot) -> None:
    pairs = page.get_by_test_id("pair")
    pairs.first.focus()
    page.keyboard.press("ArrowDown")
    expect(pairs.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_test_id("written")).to_contain_text("là hai hộ khác nhau")
    expect(pairs).to_have_count(1)
    page.get_by_test_id("kind-not_the_same").click()
    expect(page.get_by_test_id("said")).to_contain_text(f"{SUPERVISOR} nói là hai hộ khác nhau")
    shoot(page, "deskday-6-not-the-same")
    pairs.first.get_by_test_id("back").click()
    expect(page.get_by_test_id("list-empty")).to_be_visible()
    page.get_by_test_id("kind-likely").click()
    expect(pairs).to_have_count(2)


def decide_by_a_third_value(server: RunningServer, page: Page, shoot: Shoot) -> None:
    record = ask(
        server,
        "SELECT record FROM record WHERE conflicts = 1"
        " AND json_extract(folded(record), '$.conflicts.area_m2') IS NOT NULL",
    )[0]
    page.get_by_test_id("queue-conflicts").click()
    page.locator(f"[data-testid=line][data-record='{record}'] a").click()
    expect(page.get_by_test_id("head")).to_have_count(2)
    page.get_by_test_id("other").click()
    page.get_by_test_id("input").fill(str(THIRD_VALUE))
    page.get_by_test_id("other-keep").click()
    expect(page.get_by_test_id("typed")).to_contain_text(str(THIRD_VALUE))
    shoot(page, "deskday-7-third-value")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("no-conflicts")).to_be_visible()
    shoot(page, "deskday-8-decided")
    page.get_by_test_id("whole").click()
    answer = page.locator("[data-testid=answer][data-path=area_m2]")
    expect(answer.get_by_test_id("value")).to_contain_text(str(THIRD_VALUE))
    expect(page.get_by_test_id("count-conflicts")).to_have_text("3")
    answer.scroll_into_view_if_needed()
    shoot(page, "deskday-9-record")


def see_a_picture_once_it_is_sent(server: RunningServer, page: Page, shoot: Shoot) -> None:
    record = ask(server, "SELECT record FROM record WHERE answers(record) LIKE '%photo_house%'")[0]
    page.goto(f"{server.url}/desk/#/record/{record}")
    answer = page.locator("[data-testid=answer][data-path=photo_house]")
    expect(answer.get_by_test_id("picture-missing")).to_have_text("chưa gửi lên")
    csrf = page.request.get(f"{server.url}/api/session").json()["csrf"]
    address = f"{server.url}/api/files/{PICTURE_SHA256}"
    put = page.request.put(address, data=PICTURE, headers={"X-CSRF": csrf, "Content-Type": "image/png"})
    assert put.status == 201, put.text()
    page.reload()
    picture = answer.get_by_test_id("picture")
    expect(picture).to_have_attribute("href", f"/api/files/{PICTURE_SHA256}")
    picture.scroll_into_view_if_needed()
    expect(picture.locator("img")).to_be_visible()
    assert picture.locator("img").evaluate("async (shown) => (await shown.decode(), shown.naturalWidth)") > 1
    shoot(page, "deskday-9-picture")


def export_with_a_reason(server: RunningServer, page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("section-export").click()
    page.get_by_test_id("export-form").select_option("household")
    page.get_by_test_id("format-csv").check()
    page.get_by_test_id("profile-identified").check()
    page.get_by_test_id("export-do").click()
    expect(page.get_by_role("alert")).to_have_text("Hãy ghi lý do cần bản đầy đủ.")
    shoot(page, "deskday-10-export")
    page.get_by_test_id("export-reason").fill("Lập danh sách nhận gạo")
    with page.expect_download() as download:
        page.get_by_test_id("export-do").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        name = next(one for one in archive.namelist() if one.endswith("household.csv"))
        rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
    heads = ask(
        server, "SELECT json_extract(answers(record), '$.head_name') FROM record WHERE form = 'household'"
    )
    assert {row["head_name"] for row in rows} <= set(heads)
    assert all(row["head_name"] for row in rows)
    logged = ask(server, "SELECT detail FROM audit WHERE action LIKE 'export%'")
    assert any("Lập danh sách nhận gạo" in detail for detail in logged), logged


def lose_the_session(page: Page) -> None:
    page.context.clear_cookies()
    page.get_by_test_id("queue-returned").click()
    expect(page.get_by_test_id("not-loaded")).to_contain_text("Phiên làm việc đã hết")
    page.reload()
    expect(page.get_by_test_id("signin")).to_be_visible()
    expect(page.get_by_test_id("to-phone")).to_have_attribute("href", "/")


def lose_the_server_in_the_middle(server: RunningServer, page: Page, shoot: Shoot) -> None:
    page.get_by_test_id("queue-review").click()
    page.get_by_test_id("line").first.locator("a").click()
    page.get_by_test_id("return").click()
    page.get_by_test_id("return-text").fill("Hỏi lại giúp")
    server.kill()
    page.get_by_test_id("return-do").click()
    expect(page.get_by_test_id("written")).to_contain_text("Không nối được máy chủ")
    expect(page.get_by_test_id("return-text")).to_have_value("Hỏi lại giúp")
    shoot(page, "deskday-11-lost")
    server.restart()
    page.get_by_test_id("return-do").click()
    expect(page.get_by_test_id("written")).to_contain_text("Máy chủ đã lưu")
    expect(page.get_by_test_id("status")).to_contain_text("Trả lại")
    server.kill()
    page.get_by_test_id("section-records").click()
    expect(page.get_by_test_id("not-loaded")).to_contain_text("Không nối được máy chủ")
    server.restart()
    page.get_by_test_id("not-loaded").get_by_role("button").click()
    expect(page.get_by_test_id("line").first).to_be_visible()


def test_a_wrong_password_is_said_clearly_and_a_viewer_sees_no_names(
    server: RunningServer, desk: Page, shoot: Shoot
) -> None:
    sign_in(desk, server.url, VIEWER, PASSWORD + "?")
    expect(desk.get_by_role("alert")).to_have_text("Tên hoặc mật khẩu không đúng.")
    shoot(desk, "deskday-11-wrong")
    given: list[str] = []
    desk.on("response", lambda answer: given.append(answer.text()) if "/api/desk/" in answer.url else None)
    desk.get_by_test_id("password").fill(PASSWORD)
    desk.get_by_test_id("signin-do").click()
    expect(desk.get_by_test_id("who")).to_have_text(VIEWER)
    names = ask(
        server, "SELECT json_extract(answers(record), '$.head_name') FROM record WHERE form = 'household'"
    )
    assert len(names) == 24
    for section in ("queue", "progress", "households", "records"):
        desk.get_by_test_id(f"section-{section}").click()
        if section != "progress":
            expect(desk.get_by_test_id("line").first).to_be_visible()
        shoot(desk, f"deskday-12-viewer-{section}")
        assert not [name for name in names if name in desk.content()], section
    desk.get_by_test_id("line").first.locator("a").click()
    expect(desk.get_by_test_id("record-name")).to_be_visible()
    expect(desk.get_by_test_id("answer").first).to_be_visible()
    shoot(desk, "deskday-13-viewer-record")
    assert not [name for name in names if name in desk.content()]
    assert not [name for name in names if any(name in text for text in given)], "nor is one sent"
    expect(desk.get_by_test_id("queue-holds")).to_have_count(0)
    desk.get_by_test_id("section-export").click()
    expect(desk.get_by_test_id("profile-identified")).to_have_count(0)
