"""Questionnaires of the kind that people write compile, and mean what their authors mean."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.compiler import compile_workbook
from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import Asked, Form, NumberQuestion, Repeat
from tests.written_forms import ATTACHED, FORMS, book

# 2026-11-22 08:00 in Việt Nam.
NOW = Context(now_ms=1_795_309_200_000, offset_min=420, seed="s")


def form_of(name: str) -> Form:
    files = {file: text.encode() for file, text in ATTACHED.items()}
    found = compile_workbook(book(FORMS[name]), f"{name}.xlsx", files)
    assert found.form is not None, [problem.sentence() for problem in found.errors]
    return found.form


def filled(name: str, answers: dict[str, Any], lang: str = "") -> Evaluation:
    context = Context(now_ms=NOW.now_ms, offset_min=NOW.offset_min, seed=NOW.seed, lang=lang)
    return evaluate(form_of(name), answers, context)


@pytest.mark.parametrize("name", FORMS)
def test_a_workbook_of_the_kind_that_people_write_is_accepted(name: str) -> None:
    form = form_of(name)
    assert all(node.label for node in form.nodes if isinstance(node, Asked) and node.name != "kept")
    evaluate(form, {}, NOW).values  # noqa: B018  every expression can be worked out on nothing


def test_rows_of_rows_are_counted_and_summed() -> None:
    rows = {"member/a/plot/x/area": 1.5, "member/a/plot/y/area": 2.25, "member/b/plot/z/area": 4}
    counts = {"hh_size": 2, "member/a/m_plots": 2, "member/b/m_plots": 1}
    ages = {"member/a/m_age": 30, "member/b/m_age": 31}
    found = filled("roster_of_plots", rows | counts | ages)
    assert found.value_at("total") == 7.75
    assert (found.value_at("member/a/m_area"), found.value_at("plots")) == (3.75, 3)
    children = filled("roster_of_plots", rows | counts | ages | {"member/b/m_age": 10})
    assert children.value_at("total") == 3.75


@pytest.mark.parametrize(
    ("name", "answers", "question", "offered"),
    [
        ("cascade_external", {"region": "1"}, "district", ["11", "12"]),
        ("cascade_external", {"region": "1", "district": "11"}, "village", ["111", "112"]),
        ("cascade_three_levels", {"province": "ld", "district": "ld2"}, "commune", ["dasar", "other"]),
        ("cascade_three_levels", {"province": "dn"}, "district", []),
        ("ranges_and_ranks", {"chosen": ["road", "water"]}, "ordered", ["water", "road"]),
        ("other_in_repeats", {}, "crops", ["rice", "maize", "other"]),
        ("attached_and_hidden", {}, "town", ["dl"]),
        ("attached_and_hidden", {"id": "AB-001"}, "town", ["dl", "bl"]),
    ],
)
def test_choices_follow_what_was_answered(
    name: str, answers: dict[str, Any], question: str, offered: list[str]
) -> None:
    assert [choice.name for choice in filled(name, answers).choices(question)] == offered


@pytest.mark.parametrize(
    ("name", "answers", "path", "value"),
    [
        ("codes_and_formulas", {"year": 2003}, "next", 2004),
        ("dates_and_ages", {"born": "1990-11-23"}, "age", 35),
        ("dates_and_ages", {"born": "1990-11-21"}, "age_months", 432),
        ("dates_and_ages", {"visit": "2026-12-01"}, "week", 1),
        ("checks_of_groups", {"signs": ["cough", "fever"]}, "severe", True),
        ("checks_of_groups", {"signs": ["cough"]}, "weighted", False),
        ("checks_of_groups", {"signs": ["fever"]}, "weighted", False),
        ("smart_quotes_and_words", {"a": "no", "c": 10}, "e", "some"),
        ("attached_and_hidden", {"id": "AB-002"}, "head", "Ka Dim"),
        ("attached_and_hidden", {"town": "bl"}, "district", "south"),
        ("headers_of_all_kinds", {"q1": "yes", "q2": 4}, "q3", 8),
        ("groups_in_groups", {"r/a/q3": 2, "r/b/q3": 3}, "total", 50),
        ("other_in_repeats", {"crops": ["maize", "rice"], "sale/a/buyer": "other"}, "sale/a/code", "maize"),
    ],
)
def test_calculations_give_what_the_author_means(
    name: str, answers: dict[str, Any], path: str, value: object
) -> None:
    assert filled(name, answers).value_at(path) == value


def test_a_roster_is_read_again_row_by_row() -> None:
    people = {
        "person/a/p_name": "Ka Brêu",
        "person/a/p_age": 30,
        "person/b/p_name": "Ka Dim",
        "person/b/p_age": 3,
    }
    visits = {"visit/x/v_there": "1", "visit/y/v_there": "1"}
    found = filled("pages_of_an_indexed_roster", people | visits)
    assert found.value_at("names") == "Ka Brêu, Ka Dim" and found.value_at("oldest") == 30
    assert found.rows("visit") == ["x", "y"]
    assert [found.is_relevant(f"visit/{row}/v_shots") for row in "xy"] == [False, True]
    visit = next(node for node in found.form.nodes if isinstance(node, Repeat) and node.name == "visit")
    assert found.text(visit.label, "visit/y") == "Visit to Ka Dim"
    polio = found.choices("visit/y/v_shots")[1]
    assert found.text(polio.label, "visit/y/v_shots") == "Polio of Ka Dim"


def test_messages_of_kobo_and_words_in_many_languages_are_found() -> None:
    age = next(node for node in form_of("kobo_export").nodes if isinstance(node, NumberQuestion))
    assert age.constraint_message == {"en": "Between 0 and 120"}
    found = filled("six_languages", {"who": "Ka Brêu"}, "en")
    there = found.form.nodes[1]
    assert found.text(there.label, "there") == "Is Ka Brêu there?"
    assert found.text(there.label, "there", "km") == "Có nhà không?"
