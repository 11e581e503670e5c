"""Every type of question answered on a phone, by thumb and by keys; what was meant is what the server has."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from every_type import every_type, markets
from people import Interviewer, Shoot
from playwright.sync_api import BrowserContext, Locator, Page, expect
from running import RunningServer, running_server, thon

from schemas.paths import without_rows

pytestmark = pytest.mark.browser
SURVEYS = Path(__file__).parents[2] / "schemas" / "surveys"
REACH = (Path(__file__).parent / "within_reach.js").read_text("utf-8")
AREAS = "code,parent,name,kind,setting\nX,,Xã Lát,commune,rural\nA,X,Thôn A,hamlet,rural\n"
HOUSEHOLDS = "hh_code,head_name,area\nTL-001,K'Brình,A\nTL-002,Ka Dột,A\nTL-003,Ka Mai,A\n"
PICTURE = Path(__file__).parents[2] / "client_pwa" / "public" / "icon-192.png"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("widgets")
    data = folder / "data"
    files = {"areas.csv": AREAS, "households.csv": HOUSEHOLDS, "markets.csv": markets()}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "every_type.xlsx").write_bytes(every_type())
    thon(data, "area", "load", str(folder / "areas.csv"))
    thon(data, "form", "publish", str(SURVEYS / "household.xlsx"))
    thon(data, "form", "publish", str(folder / "every_type.xlsx"), str(folder / "markets.csv"))
    thon(data, "household", "load", str(folder / "households.csv"), "--form", "household")
    dates = ("--from", "2026-01-01", "--to", "2026-12-31", "--year", "2026")
    thon(data, "round", "open", "2026", "--title", "Năm 2026", "--form", "every_type", *dates)
    for name in ("Ka Hân", "Ka Rin"):
        thon(data, "user", "add", name, "--role", "interviewer", "--area", "X")
    with running_server(data) as running:
        yield running


class Filler:
    """The fingers (or the keys) of one interviewer on an open interview."""

    def __init__(self, phone: Interviewer, household: int) -> None:
        self.phone, self.page = phone, phone.page
        lines = self.page.get_by_test_id("household")
        phone.open_household(str(lines.nth(household).get_attribute("data-record")))
        phone.open_interview()

    def ask(self, path: str) -> Locator:
        return self.page.locator(f"section[data-path='{path}']")

    def type(self, path: str, text: str) -> None:
        box = self.ask(path).locator("input, textarea").first
        box.fill(text)
        box.blur()

    def tap(self, path: str, *codes: str) -> None:
        for code in codes:
            self.ask(path).locator(f"[data-value='{code}']").tap()

    def press(self, path: str, test_id: str) -> None:
        self.ask(path).get_by_test_id(test_id).tap()

    def within_reach(self) -> None:
        assert self.page.evaluate(REACH) == [], self.page.locator("h1").inner_text()

    def next(self) -> None:
        self.within_reach()
        before = self.page.locator("h1").inner_text()
        self.page.get_by_test_id("next").tap()
        expect(self.page.locator("h1")).not_to_have_text(before)

    def answers(self, server: RunningServer) -> dict[str, Any]:
        """What the server has of this interview once the phone has sent it."""
        self.phone.go_home()
        self.phone.sync()
        return answers_of(server, self.phone)


def answers_of(server: RunningServer, phone: Interviewer) -> dict[str, Any]:
    """The answers of the one interview that this phone has written, as `GET /api/records` gives them."""
    with sqlite3.connect(server.data_dir / "thon.db") as db:
        rows = db.execute("SELECT record FROM record WHERE form = 'every_type'").fetchall()
    found = [ask(server, phone.keys[0], str(row[0])) for row in rows]
    mine = [one["answers"] for one in found if one["answers"].get("w_name") == phone.name]
    assert len(mine) == 1, found
    return dict(mine[0])


def ask(server: RunningServer, token: str, record: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}/api/records/{record}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


@pytest.fixture
def enrolled(
    server: RunningServer, new_phone: Callable[..., BrowserContext], shoot: Shoot
) -> Callable[[str], Interviewer]:
    def enrol(name: str) -> Interviewer:
        answer = thon(server.data_dir, "device", "invite", "--area", "A", "--user", name, "--json")
        interviewer = Interviewer(new_phone(), server.url, shoot, name)
        interviewer.enrol(str(json.loads(answer)["code"]))
        return interviewer

    return enrol


def test_every_type_is_answered_by_thumb(
    server: RunningServer, enrolled: Callable[[str], Interviewer]
) -> None:
    thumb = Filler(enrolled("Ka Hân"), 0)
    page = thumb.page
    _words(thumb)
    _figures(thumb)
    _choices(thumb)
    _days(thumb)
    _places(thumb)
    _files(thumb)
    _rows(page)
    answers = thumb.answers(server)
    files = {name: answers.pop(name) for name in ("m_photo", "m_voice", "m_paper", "m_sign")}
    assert {name: (one["type"], one["name"]) for name, one in files.items()} == {
        "m_photo": ("image/jpeg", "m_photo.jpg"),
        "m_voice": ("audio/mpeg", "lời kể.mp3"),
        "m_paper": ("application/pdf", "giấy.pdf"),
        "m_sign": ("image/png", "m_sign.png"),
    }
    assert files["m_voice"]["bytes"] == 5000
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:00.000\+07:00", answers.pop("d_at"))
    rows = {without_rows(path): value for path, value in answers.items() if path.startswith("child/")}
    assert (rows["child/k_name"], rows["child/school/s_name"]) == ("Ka Lý", "Trường Đạ Sar")
    assert {path: value for path, value in answers.items() if not path.startswith("child/")} == MEANT


MEANT: dict[str, Any] = {
    "w_name": "Ka Hân", "w_story": "Nhà dột\nkhi mưa", "w_phone": "0912345678", "w_code": "DN4683",
    "w_ok": True, "f_sum": 10, "f_fixed": 1005, "f_people": 5, "f_income": 1200000, "f_area": 1.5,
    "f_mark": 7,
    "f_share": 0.15, "f_hidden": "kín",
    "c_roof": "tin", "c_roofs": ["leaf", "tile"], "c_mini": "tile", "c_likert": "half", "c_village": "v8",
    "c_villages": ["v0", "v3"], "c_market": "m12", "c_rank": ["yes", "half", "no"], "c_other": "other",
    "c_other_other": "Bạt", "t_water": "yes",
    "d_visit": "2026-11-22", "d_birth": "1984-01-01", "d_month": "2019-05-01", "d_year": "2010-01-01",
    "d_time": "11:30:00.000+07:00",
    "p_house": [12.03, 108.44, 0, 8], "p_path": [[12.03, 108.44, 0, 8]],
    "p_field": [
        [12.03, 108.44, 0, 0], [12.0312, 108.4405, 0, 0], [12.0315, 108.4398, 0, 0], [12.03, 108.44, 0, 0],
    ],
}  # fmt: skip


def _words(thumb: Filler) -> None:
    expect(thumb.ask("n_intro").locator("b").first).to_have_text("Xin chào")
    guidance = thumb.ask("w_name").locator("details p")
    expect(guidance).to_be_hidden()
    thumb.ask("w_name").locator("summary").tap()
    expect(guidance).to_be_visible()
    thumb.page.get_by_test_id("next").tap()
    expect(thumb.ask("w_name").get_by_test_id("fault")).to_contain_text("Cần có họ tên.")
    thumb.type("w_name", "Ka Hân")
    expect(thumb.ask("w_name").get_by_test_id("fault")).to_have_count(0)
    thumb.type("w_story", "Nhà dột\nkhi mưa")
    thumb.type("w_phone", "12")
    expect(thumb.ask("w_phone").get_by_test_id("fault")).to_contain_text("10 chữ số")
    thumb.type("w_phone", "0912345678")
    thumb.type("w_code", "DN4683")
    thumb.tap("w_ok", "OK")
    thumb.next()


def _figures(thumb: Filler) -> None:
    thumb.type("f_people", "5")
    expect(thumb.ask("n_sum")).to_have_text("Gấp đôi: 10")
    expect(thumb.ask("f_fixed").locator(".fixed")).to_have_text("1.005")
    thumb.type("f_income", "1200")
    thumb.ask("f_income").get_by_label("Thêm ba số 0").tap()
    expect(thumb.ask("f_income").locator("input")).to_have_value("1.200.000")
    expect(thumb.ask("f_income").get_by_test_id("in-words")).to_have_text("1,2 triệu đồng")
    thumb.type("f_area", "1.500")
    expect(thumb.ask("f_area").get_by_test_id("fault")).to_contain_text("1.500 là")
    thumb.ask("f_area").get_by_role("button", name="1,5", exact=True).tap()
    slider = thumb.ask("f_mark").locator("input")
    box = slider.bounding_box()
    assert box is not None
    slider.tap(position={"x": box["width"] * 0.69, "y": box["height"] / 2})
    expect(thumb.ask("f_mark").get_by_test_id("range-value")).to_have_text("7")
    for _ in range(4):
        thumb.ask("f_share").get_by_label("Tăng").tap()
    expect(thumb.ask("f_share").get_by_test_id("range-value")).to_have_text("0,15")
    thumb.next()


def _choices(thumb: Filler) -> None:
    thumb.tap("c_roof", "tin")
    thumb.tap("c_roofs", "tile", "leaf")
    thumb.tap("c_likert", "half")
    for path, typed, code in (("c_village", "dung kno 8", "v8"), ("c_market", "cho 12", "m12")):
        thumb.ask(path).locator("[aria-expanded=false]").tap()
        thumb.ask(path).locator("input").fill(typed)
        expect(thumb.ask(path).locator("[data-value]")).to_have_count(1)
        thumb.tap(path, code)
    thumb.ask("c_mini").locator("[aria-expanded=false]").tap()
    thumb.tap("c_mini", "tile")
    thumb.ask("c_villages").locator("[aria-expanded=false]").tap()
    thumb.tap("c_villages", "v3", "v0")
    thumb.tap("c_rank", "no", "yes", "half")
    up = thumb.ask("c_rank").locator("[data-rank='1'] [data-move=up]")
    up.tap()
    thumb.ask("c_rank").locator("[data-rank='1'] [data-move=down]").tap()
    thumb.tap("c_other", "other")
    thumb.type("c_other_other", "Bạt")
    thumb.next()
    expect(thumb.ask("t_head").locator("[data-value]")).to_have_count(0)
    thumb.tap("t_water", "yes")
    thumb.next()


def _days(thumb: Filler) -> None:
    thumb.type("d_visit", "22112026")
    expect(thumb.ask("d_visit").locator("input").first).to_have_value("22/11/2026")
    thumb.type("d_birth", "1984")
    expect(thumb.ask("d_birth").get_by_test_id("fault")).to_contain_text("01/01/1984")
    thumb.press("d_birth", "only-part")
    thumb.type("d_month", "5/2019")
    thumb.type("d_year", "2010")
    thumb.type("d_time", "11h30")
    thumb.ask("d_at").get_by_role("button", name="Bây giờ").tap()
    thumb.next()


def _places(thumb: Filler) -> None:
    for path in ("p_house", "p_path"):
        thumb.press(path, "locate")
        expect(thumb.ask(path).get_by_test_id("position")).to_contain_text("sai số 8 m")
    field = thumb.ask("p_field")
    field.locator("summary").tap()
    for typed in ("12,03 108,44", "12,0312; 108,4405", "12.0315, 108.4398", "12,5 108,5"):
        field.locator("input").fill(typed)
        thumb.press("p_field", "add-typed")
    expect(field.get_by_test_id("position")).to_have_attribute("data-points", "4")
    thumb.press("p_field", "remove-point")
    expect(field.get_by_test_id("position")).to_contain_text("khép kín")
    thumb.next()


def _files(thumb: Filler) -> None:
    thumb.ask("m_photo").get_by_test_id("pick-file").set_input_files(PICTURE)
    expect(thumb.ask("m_photo").get_by_test_id("kept-picture")).to_be_visible()
    sound = {"name": "lời kể.mp3", "mimeType": "audio/mpeg", "buffer": b"x" * 5000}
    thumb.ask("m_voice").get_by_test_id("pick-file").set_input_files(sound)  # type: ignore[arg-type]
    expect(thumb.ask("m_voice").get_by_test_id("kept-file")).to_have_text("lời kể.mp3 · 5 kB")
    long = {"name": "phim.mp4", "mimeType": "video/mp4", "buffer": b"x" * 12_000_000}
    thumb.ask("m_film").get_by_test_id("pick-file").set_input_files(long)  # type: ignore[arg-type]
    expect(thumb.ask("m_film").locator(".note.bad")).to_contain_text("12 MB; máy chủ nhận nhiều nhất 10,5 MB")
    expect(thumb.ask("m_film").get_by_test_id("kept-file")).to_have_count(0)
    film = {"name": "phim.mp4", "mimeType": "video/mp4", "buffer": b"x" * 900}
    thumb.ask("m_film").get_by_test_id("pick-file").set_input_files(film)  # type: ignore[arg-type]
    thumb.press("m_film", "remove-file")
    expect(thumb.ask("m_film").get_by_test_id("kept-file")).to_have_count(0)
    paper = {"name": "giấy.pdf", "mimeType": "application/pdf", "buffer": b"x" * 900}
    thumb.ask("m_paper").get_by_test_id("pick-file").set_input_files(paper)  # type: ignore[arg-type]
    expect(thumb.ask("m_paper").get_by_test_id("kept-file")).to_contain_text("giấy.pdf")
    expect(thumb.ask("m_media")).to_contain_text("house.png")
    pad = thumb.ask("m_sign").get_by_test_id("signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = thumb.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + 120, box["y"] + 90)
    mouse.up()
    expect(thumb.ask("m_sign").get_by_role("status")).to_have_text("Đã giữ chữ ký")
    thumb.next()


def _rows(page: Page) -> None:
    page.get_by_test_id("add-row").tap()
    page.locator("section[data-path$=k_name] input").fill("Ka Lý")
    page.get_by_test_id("next").tap()
    page.get_by_test_id("add-row").tap()
    page.locator("section[data-path$=s_name] input").fill("Trường Đạ Sar")
    page.get_by_test_id("next").tap()
    expect(page.get_by_test_id("add-row")).to_be_visible()
    expect(page.locator(".card[data-row]")).to_contain_text("Trường Đạ Sar")


def test_lists_sliders_ranks_dates_and_points_are_answered_by_keys_alone(
    server: RunningServer, enrolled: Callable[[str], Interviewer]
) -> None:
    keys = Filler(enrolled("Ka Rin"), 1)
    page, press = keys.page, keys.page.keyboard.press
    keys.ask("w_name").locator("input").focus()
    page.keyboard.type("Ka Rin")
    _tab(page, "[data-path=w_ok] [role=checkbox]")
    press("Space")
    keys.next()
    _tab(page, "[data-path=f_mark] input")
    for _ in range(3):
        press("ArrowRight")
    keys.next()
    _tab(page, "[data-path=c_roof] [role=radio]")
    press("ArrowDown")
    _tab(page, "[data-path=c_village] [aria-expanded]")
    press("Enter")
    _tab(page, "[data-path=c_village] input")
    page.keyboard.type("lieng bong 39")
    press("Enter")
    expect(keys.ask("c_village").locator(".picked")).to_have_text("Liêng Bông 39")
    assert page.evaluate("document.activeElement.matches('[data-path=c_village] [aria-expanded=false]')")
    for code in ("half", "yes"):
        _tab(page, f"[data-path=c_rank] [data-value={code}]")
        press("Enter")
    _tab(page, "[data-path=c_rank] [data-rank='0'] [data-move=down]", back=True)
    press("Enter")
    keys.next()
    keys.next()
    _tab(page, "[data-path=d_visit] input")
    page.keyboard.type("1.2.2026")
    keys.next()
    _tab(page, "[data-path=p_house] summary")
    press("Enter")
    _tab(page, "[data-path=p_house] input")
    page.keyboard.type("-12,5; 108")
    press("Enter")
    assert keys.answers(server) == {
        "w_name": "Ka Rin", "w_ok": True, "f_sum": 0, "f_fixed": 1000, "f_hidden": "kín", "f_mark": 3,
        "c_roof": "tin", "c_village": "v39",
        "c_rank": ["yes", "half"], "d_visit": "2026-02-01", "p_house": [-12.5, 108, 0, 0],
    }  # fmt: skip


def test_screens_widgets_and_words_that_were_never_opened_are_there_without_a_network(
    enrolled: Callable[[str], Interviewer],
) -> None:
    phone = enrolled("Ka Rin")
    page = phone.page
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    phone.context.set_offline(True)
    page.get_by_test_id("menu").tap()
    page.get_by_test_id("language").tap()
    page.get_by_test_id("others").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Other forms")
    phone.go_home()
    keys = Filler(phone, 2)
    expect(page.locator("h1")).to_have_text("Words")
    keys.type("w_name", "Ka Mai")
    for title in ("Figures", "Choices", "Table", "Days", "Places", "Files"):
        keys.next()
        expect(page.locator("h1")).to_have_text(title)
    expect(keys.ask("m_photo").get_by_role("button", name="Take a picture")).to_be_visible()


def _tab(page: Page, wanted: str, back: bool = False) -> None:
    """Goes there as keys go."""
    for _ in range(80):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")
