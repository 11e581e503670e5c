"""What an interviewer and a supervisor do, in words: hands on real pages, nothing behind their back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

Shoot = Callable[[Page, str], None]
PIN = "918273"
IN_VIEW = """() => [...document.querySelectorAll(
    "h1, [data-path], [data-row], [data-testid=fault], [data-testid=submit]"
    )].map((one) => one.dataset.path ?? one.dataset.row ?? one.dataset.testid ?? one.innerText).join()"""
MANY_PAGES = 200
# A cheap phone in a hamlet near Đà Lạt.
SMALL_PHONE: Mapping[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
    "permissions": ["geolocation"],
    "geolocation": {"latitude": 12.03, "longitude": 108.44, "accuracy": 8},
}

# Answers by question name. What is not named here is confirmed where last round's answer is offered,
# otherwise the first option is chosen.
ANSWERS: Mapping[str, Any] = {
    "visit_outcome": "met",
    "consent_main": "yes",
    "consent_sensitive": "yes",
    "consent_location": "no",
    "consent_photo": "no",
    "consent_contact": "no",
    "consent_share": ["nobody"],
    "consent_how": "oral_witness",
    "witness": "hàng xóm",
    "m_status": "lives",
    "m_birth_known": "year",
    "m_birth_year": "1980",
    "m_age_est": "40",
    "m_name": "Ka Thử",
    "m_nutri": "normal",
    "roster_state": "complete",
    "area_m2": "48",
    "damage": ["none"],
    "has_land": "no",
    "assets": ["phone"],
    "animals": ["none"],
    "inc_sources": ["wage"],
    "inc_wage": "36000000",
    "loan": "no",
    "shocks": ["none"],
    "care_forgone": "no",
    "support_got": ["none"],
    "contrib": ["none"],
    "needs": ["house"],
    "health_min": "20",
    "water_min": "10",
    "need_visit": "no",
}


class Interviewer:
    """One person with one phone."""

    def __init__(self, context: BrowserContext, url: str, shoot: Shoot, name: str) -> None:
        self.context, self.url, self.shoot, self.name = context, url, shoot, name
        self.page = context.new_page()
        self.keys: tuple[str, ...] = ()
        self.shot: set[str] = set()
        self._grant_lasting_storage()

    def _grant_lasting_storage(self) -> None:
        """As Chrome grants it to an installed app; a headless browser is never asked."""
        session = self.context.new_cdp_session(self.page)
        if not self.context.browser:
            # A browser that is one phone has no other contexts to tell it from.
            session.send("Browser.grantPermissions", {"permissions": ["durableStorage", "geolocation"]})
            return
        target = session.send("Target.getTargetInfo")["targetInfo"]
        self.context.browser.new_browser_cdp_session().send(
            "Browser.grantPermissions",
            {
                "permissions": ["durableStorage", "geolocation"],
                "browserContextId": target["browserContextId"],
            },
        )

    def enrol(self, code: str) -> None:
        page = self.page
        page.goto(f"{self.url}/enrol#{code}")
        self.shoot(page, f"{self.name}-1-enrol")
        expect(page.get_by_test_id("enrol")).to_be_visible()
        if page.get_by_test_id("code").input_value() == "":
            page.get_by_test_id("code").fill(code)
        with page.expect_response("**/api/enrol") as enrolled:
            page.get_by_test_id("enrol").click()
        answer = enrolled.value.json()
        self.keys = (answer["token"], answer["device_key"])
        chooser = page.get_by_test_id("name").first
        pin = page.get_by_test_id("pin").first
        expect(chooser.or_(pin)).to_be_visible()
        if chooser.is_visible():
            chooser.click()
        pin.fill(PIN)
        page.get_by_test_id("pin-again").fill(PIN)
        self.shoot(page, f"{self.name}-2-pin")
        page.get_by_test_id("pin-again").press("Enter")
        home = page.get_by_test_id("go-home")
        expect(home).to_be_visible(timeout=180_000)
        expect(page.get_by_test_id("readiness")).to_have_attribute("data-ready", "true", timeout=180_000)
        self.shoot(page, f"{self.name}-3-ready")
        home.click()
        expect(page.get_by_test_id("counts")).to_be_visible()

    def unlock(self) -> None:
        self.page.get_by_test_id("pin").fill(PIN)
        self.page.get_by_test_id("pin").press("Enter")
        expect(self.page.get_by_test_id("counts")).to_be_visible(timeout=180_000)

    def reload(self) -> None:
        self.page.reload()
        self.unlock()

    def open_household(self, record: str) -> None:
        self.page.locator(f"[data-testid=household][data-record='{record}']").click()
        expect(self.page.get_by_test_id("household-screen")).to_be_visible()

    def open_interview(self) -> None:
        self.page.get_by_test_id("interview-go").click()
        expect(self.page.get_by_test_id("interview")).to_be_visible()

    def interview(self, answers: Mapping[str, Any]) -> None:
        """From the first page to the summary."""
        page = self.page
        tried_before = ""
        for _ in range(MANY_PAGES):
            if page.get_by_test_id("submit").is_visible():
                return
            self._shoot_once(self.page.get_by_test_id("carried-row").first, "members")
            self._shoot_once(self.page.get_by_test_id("still-true").first, "module")
            self._confirm_rows()
            if self._open_unfinished_row():
                continue
            heading = page.locator("h1").inner_text()
            if heading == tried_before and page.get_by_test_id("fault").count():
                raise AssertionError((heading, page.get_by_test_id("fault").all_inner_texts()))
            self._fill(answers)
            # Answers may bring further questions, which Next then asks for: that is one more try.
            tried_before = heading if page.get_by_test_id("fault").count() else ""
            self._press_next()
        raise AssertionError(f"no end after {MANY_PAGES} pages: {page.locator('h1').inner_text()}")

    def _press_next(self) -> None:
        """The page turns once its last answer is kept: until then what is in view is not the next one. Where
        the same is missing as before, it stays."""
        before = self.page.evaluate(IN_VIEW)
        self.page.get_by_test_id("next").click()
        with suppress(PlaywrightTimeoutError):
            self.page.wait_for_function(f"before => ({IN_VIEW})() !== before", arg=before, timeout=10_000)

    def _shoot_once(self, sign: Locator, name: str) -> None:
        if name not in self.shot and sign.is_visible():
            self.shot.add(name)
            self.shoot(self.page, f"{self.name}-5-{name}")

    def _confirm_rows(self) -> None:
        rows = self.page.get_by_test_id("carried-row")
        while rows.count():
            left = rows.count()
            row = rows.first
            stays = row.locator("[data-value=lives]")
            (stays if stays.count() else row.locator("[data-value=yes]")).click()
            expect(rows).to_have_count(left - 1)

    def _open_unfinished_row(self) -> bool:
        cards = self.page.locator(".card[data-row]:has(.st.draft) button.open")
        if cards.count() == 0:
            return False
        before = self.page.locator("h1").inner_text()
        cards.first.click()
        expect(self.page.locator("h1")).not_to_have_text(before)
        return True

    def _fill(self, answers: Mapping[str, Any]) -> None:
        done: set[str] = set()
        while True:
            paths = self.page.eval_on_selector_all(
                "section[data-path]:not([data-kind=note])", "all => all.map(one => one.dataset.path)"
            )
            waiting = [path for path in paths if path not in done]
            if not waiting:
                return
            done.add(waiting[0])
            section = self.page.locator(f"section[data-path='{waiting[0]}']")
            if section.count() == 1:
                self._answer(section, waiting[0].rsplit("/", 1)[-1], answers)

    def _answer(self, section: Locator, name: str, answers: Mapping[str, Any]) -> None:
        wanted = answers.get(name)
        still = section.get_by_test_id("still-true")
        if still.count():
            if wanted is None or name.startswith("m_"):
                still.click()
                expect(still).to_have_count(0)
                return
            section.get_by_test_id("has-changed").click()
        kind = section.get_attribute("data-kind")
        if kind in ("select_one", "select_multiple"):
            self._choose(section, wanted, kind == "select_multiple")
        elif kind in ("text", "number") and wanted is not None and section.locator("input, textarea").count():
            box = section.locator("input, textarea").first
            if not (name.startswith("m_") and box.input_value()):
                box.fill(str(wanted))
                box.blur()
        elif kind == "acknowledge" and section.locator("[aria-checked=false]").count():
            section.locator("[data-value=OK]").click()

    def _choose(self, section: Locator, wanted: Any, is_many: bool) -> None:
        codes = wanted if isinstance(wanted, list) else [wanted] if wanted else []
        opener = section.locator("button[aria-expanded=false]")
        if opener.count():
            opener.click()
        options = section.locator("[data-value]")
        if not codes and section.locator("[aria-checked=true]").count() == 0 and options.count():
            options.first.click()
        for code in codes:
            option = section.locator(f"[data-value='{code}']")
            if option.get_attribute("aria-checked") != "true":
                option.click()
        if is_many and codes:
            for other in section.locator("[aria-checked=true]").all():
                if other.get_attribute("data-value") not in codes:
                    other.click()

    def open_register(self, record: str) -> None:
        """Opens the household's own page of questions."""
        self.open_household(record)
        self.page.get_by_test_id("register").click()
        expect(self.page.get_by_test_id("interview")).to_be_visible()
        if self.page.get_by_test_id("sections").is_visible():
            self.page.get_by_test_id("sections").locator("button").first.click()

    def box(self, question: str) -> Locator:
        return self.page.locator(
            f"section[data-path='{question}'] input, section[data-path='{question}'] textarea"
        )

    def write(self, question: str, text: str) -> None:
        """Types an answer and waits until the phone says that it is saved."""
        self.box(question).fill(text)
        self.box(question).blur()
        expect(self.page.get_by_test_id("saved")).to_have_text("đã lưu trên máy")

    def submit(self) -> None:
        self.page.get_by_test_id("submit").click()
        expect(self.page.get_by_test_id("interview")).to_have_count(0)

    def correct(self, household: str, question: str, value: str) -> None:
        """Opens what came back, which opens at the question, mends it and submits again."""
        page = self.page
        self.open_household(household)
        self.open_interview()
        asked = page.locator(f"[data-testid=returned-question][data-returned='{question}']")
        expect(asked).to_be_visible()
        self.shoot(page, f"{self.name}-8-returned")
        asked.locator("input").first.fill(value)
        asked.locator("input").first.blur()
        self.submit()
        self.go_home()

    def go_home(self) -> None:
        for _ in range(5):
            if self.page.get_by_test_id("counts").is_visible():
                return
            self.page.get_by_test_id("leave").first.click()
        expect(self.page.get_by_test_id("counts")).to_be_visible()

    def counts(self) -> dict[str, int]:
        line = self.page.get_by_test_id("counts")
        return {
            key: int(line.get_attribute(f"data-{key}") or "0")
            for key in ("waiting", "confirmed", "held", "needs")
        }

    def sync(self) -> None:
        """Presses the button and waits until nothing waits."""
        self.page.get_by_test_id("sync-now").click()
        expect(self.page.get_by_test_id("sync-now")).to_be_enabled(timeout=180_000)
        expect(self.page.get_by_test_id("counts")).to_have_attribute("data-waiting", "0", timeout=180_000)


class Supervisor:
    """One person at a desk."""

    def __init__(self, context: BrowserContext, url: str, shoot: Shoot) -> None:
        self.context, self.url, self.shoot = context, url, shoot
        self.page = context.new_page()

    def sign_in(self, name: str, password: str) -> None:
        page = self.page
        page.goto(f"{self.url}/desk/")
        page.get_by_test_id("name").fill(name)
        page.get_by_test_id("password").fill(password)
        self.shoot(page, "desk-1-signin")
        page.get_by_test_id("signin-do").click()
        expect(page.get_by_test_id("who")).to_be_visible()

    def decide_the_one_conflict(self, household: str, question: str, values: tuple[str, str]) -> str:
        """Opens the household's interview among the conflicts, sees exactly one, chooses the first value.
        Gives the record's id."""
        page = self.page
        page.get_by_test_id("queue-conflicts").click()
        expect(page.get_by_test_id("records")).to_be_visible()
        self.shoot(page, "desk-2-queue")
        record = self._record_about(household)
        page.locator(f"[data-testid=line][data-record='{record}'] a").click()
        conflicts = page.get_by_test_id("conflict")
        expect(conflicts).to_have_count(1)
        assert conflicts.get_attribute("data-path") == question
        shown = [re.sub(r"\D", "", text) for text in conflicts.locator(".v").all_inner_texts()]
        assert sorted(shown) == sorted(values)
        conflicts.get_by_test_id("head").first.click()
        self.shoot(page, "desk-3-conflict")
        page.get_by_test_id("save").click()
        expect(page.get_by_test_id("no-conflicts")).to_be_visible()
        return record

    def _record_about(self, household: str) -> str:
        answer = self.page.request.get(f"{self.url}/api/desk/records?queue=conflicts&limit=100")
        rows = [row["record"] for row in answer.json()["rows"]]
        for record in rows:
            detail = self.page.request.get(f"{self.url}/api/desk/records/{record}").json()
            if household in (detail.get("subject"), record):
                return str(record)
        raise AssertionError(f"no conflict about {household}: {rows}")

    def open_record(self, record: str) -> None:
        self.page.goto(f"{self.url}/desk/#/record/{record}")
        expect(self.page.get_by_test_id("record-name")).to_be_visible()

    def give_back(self, record: str, question: str, message: str) -> None:
        page = self.page
        self.open_record(record)
        self.shoot(page, "desk-4-record")
        page.get_by_test_id("tab-history").click()
        expect(page.get_by_test_id("history")).to_be_visible()
        self.shoot(page, "desk-5-history")
        page.get_by_test_id("return").click()
        page.get_by_test_id("return-about").select_option(question)
        page.get_by_test_id("return-text").fill(message)
        page.get_by_test_id("return-do").click()
        expect(page.get_by_test_id("written")).to_be_visible()
        expect(page.get_by_test_id("status")).to_contain_text("Trả lại")
        self.shoot(page, "desk-6-returned")

    def approve(self, record: str) -> None:
        self.open_record(record)
        self.page.reload()
        self.page.get_by_test_id("approve").click()
        expect(self.page.get_by_test_id("status")).to_contain_text("Đã duyệt")
        self.shoot(self.page, "desk-7-approved")

    def export(self, form: str) -> bytes:
        """What the export button gives: a zip of CSV tables."""
        page = self.page
        page.get_by_test_id("section-export").click()
        page.get_by_test_id("export-form").select_option(form)
        page.get_by_test_id("format-csv").check()
        self.shoot(page, "desk-8-export")
        with page.expect_download() as download:
            page.get_by_test_id("export-do").click()
        return Path(download.value.path()).read_bytes()
