"""One answer in a roster of many members, beside the same in one of few."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from playwright.sync_api import Browser

from bench.form_phone import Phone, phone, spread
from bench.ground import Figures
from schemas.compiler import compile_workbook
from schemas.form import Form
from tests.written_forms import book

_FEW, _MANY = 3, 30
_ROUNDS = 12
# As household surveys have it: what is asked of each member feeds totals and checks of the whole.
_SHEETS = {
    "survey": """
type | name | label | relevant | constraint | calculation | required
begin_repeat | member | Member | | | |
text | m_name | Name of member ${m_nr} | | | | yes
calculate | m_nr | | | | position(..) |
select_one sex | m_sex | Is ${m_name} a man or a woman? | | | | yes
integer | m_born | In which year was ${m_name} born? | | . >= 1900 and . <= 2026 | | yes
calculate | m_age | | | | 2026 - ${m_born} |
select_one yn | m_works | Does ${m_name} work? | ${m_age} >= 15 | | | yes
integer | m_income | What does ${m_name} earn in a month? | ${m_works} = 'yes' | . >= 0 | | yes
select_one yn | m_school | Does ${m_name} go to school? | ${m_age} >= 6 and ${m_age} < 18 | | | yes
note | m_shown | ${m_name} is ${m_age}, member ${m_nr} of ${members} | | | |
end_repeat | | | | | |
begin_group | totals | Together | | | |
calculate | members | | | | count(${m_name}) |
calculate | earning | | | | sum(${m_income}) |
calculate | oldest | | | | max(${m_age}) |
calculate | each | | | | if(${members} > 0, round(${earning} div ${members}, 0), 0) |
note | shown | ${members} members earn ${earning}, ${each} each; the oldest is ${oldest} | | | |
integer | other_income | What else comes in? | ${members} > 0 | . >= 0 and . < ${earning} + 1000000 | | yes
end_group | | | | | |
""",
    "choices": """
list_name | name | label
yn | yes | Yes
yn | no | No
sex | m | Man
sex | f | Woman
""",
    "settings": """
form_title | form_id | version
Roster | bench_roster | 1
""",
}


def form() -> Form:
    compiled = compile_workbook(book(_SHEETS), "bench_roster.xlsx").form
    assert compiled is not None
    return replace(compiled, id="bench_roster")


def roster(browser: Browser) -> Figures:
    rows = {}
    with phone(browser, {"bench_roster": form()}) as held:
        for members in (_FEW, _MANY):
            rows[members] = _answers(held, members)
    medians = {members: row["painted"]["median"] for members, row in rows.items()}
    ratio = medians[_MANY] / medians[_FEW]
    return {
        "form_roster": {
            "unit": f"ms at 6x slowdown from an answer of the last of {_FEW} and of {_MANY} until painted",
            "ours": {str(members): row for members, row in rows.items()},
            "ratio": round(ratio, 2),
            "limit": "ratio <= 2",
            "met": ratio <= 2,
        }
    }


def _answers(held: Phone, members: int) -> dict[str, Any]:
    page = held.page
    held.fresh()
    held.open("bench_roster")
    held.pace(1)
    for number in range(members):
        page.get_by_test_id("add-row").click()
        page.locator("section[data-path$=m_name] input").fill(f"Ka {number}")
        page.locator("section[data-path$=m_sex] [data-value=f]").click()
        page.locator("section[data-path$=m_born] input").fill(str(1970 + number))
        page.locator("section[data-path$=m_born] input").blur()
        page.locator("section[data-path$=m_works] [data-value=yes]").click()
        page.locator("section[data-path$=m_income] input").fill("3000000")
        page.locator("section[data-path$=m_income] input").blur()
        if number + 1 < members:
            page.get_by_test_id("next").click()
            page.get_by_test_id("add-row").wait_for()
    held.pace(6)
    held.told()
    for turn in range(_ROUNDS):
        works = "no" if turn % 2 == 0 else "yes"
        held.hand.press(page.locator(f"section[data-path$=m_works] [data-value={works}]"))
        page.wait_for_timeout(300)
        held.hand.write(page.locator("section[data-path$=m_born] input"), str(1950 + turn))
        page.wait_for_timeout(300)
    told = held.told()
    held.leave()
    return {"painted": spread([one["ms"] for one in told])}
