"""What a new version of a form means for those in the field, in words."""

from __future__ import annotations

import pytest

from schemas.compiler import compile_workbook
from schemas.difference import Difference
from schemas.differences import differences
from schemas.form import Form
from schemas.surveys import built_in
from tests.workbooks import compiled, question

BEFORE = [
    question("begin_group", "about"),
    question("text", "name"),
    question("integer", "age", constraint=". < 120", hint="years"),
    question("end_group", ""),
    question("select_one yn", "poor"),
    question("select_multiple yn", "many"),
    question("begin_repeat", "member"),
    question("text", "m_name"),
    question("end_repeat", ""),
    question("calculate", "double", calculation="${age} * 2"),
    question("note", "hello", label="Hello ${name}"),
]
YES_NO = [
    {"list_name": "yn", "name": "yes", "label": "Yes"},
    {"list_name": "yn", "name": "no", "label": "No"},
]


def form(
    rows: list[dict[str, object]], choices: list[dict[str, object]] = YES_NO, **settings: object
) -> Form:
    found = compiled(rows, choices, **settings)
    assert found.form is not None, [problem.sentence() for problem in found.problems]
    return found.form


def with_row(at: str, **cells: object) -> list[dict[str, object]]:
    return [row | cells if row["name"] == at else row for row in BEFORE]


def without(name: str) -> list[dict[str, object]]:
    return [row for row in BEFORE if row["name"] != name]


def found(
    rows: list[dict[str, object]],
    choices: list[dict[str, object]] = YES_NO,
    used: dict[str, set[str]] | None = None,
    **settings: object,
) -> list[Difference]:
    return differences(form(BEFORE), form(rows, choices, **settings), used or {})


def said(*arguments: object, **more: object) -> list[tuple[str, str]]:
    return [(each.weight, each.sentence()) for each in found(*arguments, **more)]  # type: ignore[arg-type]


def test_the_same_form_differs_in_nothing_wherever_its_rows_stand_in_numbers() -> None:
    assert found(BEFORE) == []
    added = [question("text", "first"), *BEFORE]
    assert said(added) == [("note", "first is new.")], "expressions still mean the same questions"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (with_row("age", label="How old"), "age: its label changed."),
        (with_row("age", hint="in years"), "age: its hint changed."),
        (with_row("hello", label="Hi ${name}"), "hello: its label changed."),
        (with_row("age", constraint=". < 130"), "age: its constraint changed."),
        (with_row("age", relevant="${name} != ''"), "age: its relevant changed."),
        (with_row("double", calculation="${age} * 3"), "double: its calculation changed."),
        (with_row("age", required="yes"), "age has to be answered now."),
        (with_row("age", conflict="largest"), "age: its conflict was ask and is largest."),
        (with_row("age", type="decimal"), "age takes decimal numbers too."),
        (without("hello"), "The text or group hello is gone."),
        (
            without("many"),
            "many is not asked any more: its answers stay and are exported in columns of their own.",
        ),
    ],
)
def test_what_changed_is_said(rows: list[dict[str, object]], sentence: str) -> None:
    assert said(rows) == [("note", sentence)]


def test_what_moved_is_said_once() -> None:
    poor = next(row for row in BEFORE if row["name"] == "poor")
    assert said([poor, *without("poor")]) == [("note", "poor stands elsewhere in the questionnaire.")]


def test_a_removed_question_with_answers_needs_a_decision() -> None:
    [difference] = found(without("poor"), used={"poor": {"yes"}})
    assert (difference.kind, difference.weight) == ("removed", "decide")


def test_a_renamed_question_is_the_same_question() -> None:
    rows = [
        row | {"calculation": "${years} * 2"} if row["name"] == "double" else row
        for row in with_row("age", name="years", label="age", old_name="age")
    ]
    assert said(rows, used={"age": {"4"}}) == [
        ("note", "years was called age: its answers are carried over.")
    ]
    [difference] = [
        each
        for each in differences(form(rows), form([{**row, "old_name": ""} for row in rows]), {"years": {"4"}})
    ]
    assert (difference.kind, difference.weight) == ("old_name_dropped", "decide")


def test_an_old_name_that_nothing_had_is_said() -> None:
    assert said(with_row("age", old_name="aeg")) == [("note", "age: no question was ever called aeg.")]


@pytest.mark.parametrize(
    ("used", "weight"), [({}, "decide"), ({"age": {"4"}}, "refused"), ({"poor": {"yes"}}, "decide")]
)
def test_another_type_is_refused_where_there_are_answers(used: dict[str, set[str]], weight: str) -> None:
    rows = [row for row in with_row("age", type="text", constraint="") if row["name"] != "double"]
    assert [each.weight for each in found(rows, used=used) if each.kind == "type"] == [weight]


def choices(*pairs: tuple[str, str], **old: str) -> list[dict[str, object]]:
    return [
        {"list_name": "yn", "name": code, "label": label, "old_name": old.get(code, "")}
        for code, label in pairs
    ]


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (choices(("yes", "Yes"), ("no", "No"), ("dk", "Unknown")), [("choices_added", "note")]),
        (choices(("yes", "Yes")), [("choices_removed", "refused")]),
        (choices(("no", "No")), [("choices_removed", "note")]),
        (choices(("yes", "Yes"), ("nope", "No"), nope="no"), [("choice_renamed", "note")]),
        (choices(("yes", "Yes, it is"), ("no", "No")), [("choice_label", "note")]),
        (choices(("yes", "Có"), ("no", "No")), [("choice_meaning", "decide")]),
        (choices(("yes", "No"), ("no", "Yes")), [("choice_reused", "refused"), ("choice_reused", "refused")]),
        (
            choices(("yes", "Perhaps"), ("no", "No"), ("sure", "Yes")),
            [("choice_reused", "refused"), ("choices_added", "note")],
        ),
    ],
)
def test_choices(after: list[dict[str, object]], kinds: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.weight) for each in found(BEFORE, after, {"poor": {"no"}})] == kinds


def test_settings_that_decide_what_a_record_is_need_a_decision() -> None:
    assert [(each.kind, each.what, each.weight) for each in found(BEFORE, one_per="name")] == [
        ("form_setting", "one_per", "decide")
    ]


def test_the_built_in_questionnaires_differ_from_themselves_in_nothing() -> None:
    for name, data in built_in().items():
        made = compile_workbook(data, f"{name}.xlsx").form
        assert made is not None and differences(made, made, {}) == []
