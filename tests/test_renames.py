"""Questions and choices under new names: what was answered under the old ones is carried over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.form import Form
from schemas.identity import record_id
from schemas.renames import with_new_names
from server.judge import judge
from server.refresh import refresh_views
from server.store import rounds, views
from server.store.rounds import Round
from tests.exporting import AT, Survey
from tests.workbooks import compiled, question

CASES = json.loads((Path(__file__).parent / "vectors" / "renames.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_values_under_new_names(case: dict[str, Any]) -> None:
    facts = {"id": "f", "version": "1", "title": "", "languages": [], "nodes": [], **case["form"]}
    found = with_new_names(msgspec.convert(facts, Form), case["values"])
    assert found == case["expected"]


def form(
    *rows: dict[str, object], choices: list[dict[str, object]] | None = None, **settings: object
) -> Form:
    found = compiled(rows, choices or [], form_id="visit", **settings)
    assert found.form is not None, [problem.sentence() for problem in found.problems]
    return found.form


def test_old_names_stand_in_a_column_of_both_sheets() -> None:
    made = form(
        question("begin_repeat", "person", old_name="member"),
        question("integer", "years", old_name="age m_age"),
        question("select_one yn or_other", "poor", old_name="is_poor"),
        question("end_repeat", ""),
        choices=[{"list_name": "yn", "name": "yes", "label": "Yes", "old_name": "y"}],
    )
    assert made.renames["member/m_age"] == made.renames["member/years"] == "person/years"
    assert next(iter(made.renames)) == "member"
    assert made.renames["person/age"] == "person/years"
    assert made.renames["member/is_poor_other"] == "person/poor_other"
    assert list(made.recodes.values()) == [{"y": "yes"}]


@pytest.mark.parametrize(
    ("rows", "choices", "words"),
    [
        (
            [question("integer", "a"), question("integer", "b", old_name="a")],
            [],
            "row 3, old_name: a is still asked (row 2)",
        ),
        (
            [question("integer", "b", old_name="x"), question("integer", "c", old_name="x")],
            [],
            "row 3, old_name: x is also the old name of b",
        ),
        (
            [question("select_one l", "q")],
            [{"list_name": "l", "name": "a", "label": "A", "old_name": "b"}, {"list_name": "l", "name": "b"}],
            "choices, row 2, old_name: b is still a choice of the list l",
        ),
    ],
)
def test_a_name_stands_for_one_thing(
    rows: list[dict[str, object]], choices: list[dict[str, object]], words: str
) -> None:
    found = compiled(rows, choices)
    assert found.form is None
    assert any(words in error.sentence() for error in found.errors), [e.sentence() for e in found.errors]


RECORD = record_id("visit", ["a"])
FIRST = form(question("integer", "income"), question("text", "gone"), version="1")
SECOND = form(
    question("integer", "revenue", old_name="income"),
    question("calculate", "double", calculation="${revenue} * 2"),
    version="2",
)


def test_answers_are_carried_over_also_those_that_an_interview_in_the_middle_still_gives(
    tmp_path: Path,
) -> None:
    survey = Survey(tmp_path / "data", FIRST)
    survey.write(RECORD, {"@area": "H1", "income": 4, "gone": "x"})
    survey.publish(SECOND)
    with survey.store.reading() as db:
        judged = judge(db, RECORD)
    assert judged is not None and judged.answers == {"revenue": 4, "double": 8, "gone": "x"}
    survey.form = FIRST
    survey.write(RECORD, {"income": 6, "@status": "submitted"})
    refresh_views(survey.store)
    with survey.store.reading() as db:
        view = views.get(db, RECORD)
    assert view is not None and view.answers == {"revenue": 6, "double": 12, "gone": "x"}
    [line] = survey.table("visit")
    assert (line["revenue"], line["double"], line["gone"]) == ("6", "12", "x")
    assert "income" not in line, "one column under the new name"
    survey.store.close()


def test_a_closed_round_is_judged_as_it_was_and_exported_under_the_new_names(tmp_path: Path) -> None:
    survey = Survey(tmp_path / "data", FIRST)
    past = Round(
        id="2025",
        title="2025",
        kind="annual",
        year=2025,
        starts="2025-01-01",
        ends="2025-12-31",
        is_open=True,
        forms=["visit"],
    )
    survey.store.write(lambda db: rounds.open_round(db, past, AT))
    survey.write(RECORD, {"@area": "H1", "@round": "2025", "@status": "submitted", "income": 4})
    survey.store.write(lambda db: rounds.close_round(db, "2025", AT))
    survey.publish(SECOND)
    later = record_id("visit", ["b"])
    survey.write(later, {"@area": "H1", "@status": "submitted", "revenue": 5})
    refresh_views(survey.store)
    with survey.store.reading() as db:
        view = views.get(db, RECORD)
    assert view is not None and (view.answers, view.form_version) == (
        {
            "income": 4,
        },
        "1",
    )
    lines = {line["record"]: (line["revenue"], line["form_version"]) for line in survey.table("visit")}
    assert lines == {RECORD: ("4", "1"), later: ("5", "2")}
    survey.store.close()
