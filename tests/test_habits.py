"""Workbooks as people bring them from other tools and from spreadsheets: each is understood, or refused with
sentences that say where and what to write."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
import xlsxwriter

from schemas.compile_functions import did_you_mean
from schemas.compiler import Compiled, compile_workbook
from schemas.evaluate import Context, evaluate
from schemas.form import Asked, ChoiceQuestion, NumberQuestion

Rows = list[list[Any]]
YN: Rows = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]


def compiled(**sheets: Rows) -> Compiled:
    """Cells as a spreadsheet keeps them: numbers as numbers, days as days, formulas with their last value."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name.replace("_", " "))
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(number, column, datetime.datetime(*cell.timetuple()[:3]), day)
                elif isinstance(cell, tuple):
                    sheet.write_formula(number, column, cell[0], value=cell[1])
                elif cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return compile_workbook(buffer.getvalue(), "habits.xlsx")


def said(found: Compiled) -> list[str]:
    return [problem.sentence() for problem in found.problems if problem.sheet.strip() != "settings"]


def test_headers_with_spaces_signs_and_hyphens_are_understood() -> None:
    found = compiled(
        Survey_=[
            [
                " type ",
                "Name",
                "Label :: English (en)",
                "Label::Tiếng Việt(vi)",
                "Required?",
                "required message",
                *("Constraint-Message", "relevance", "choice-filter", "read only", "Constraint :"),
            ],
            ["text ", "who ", " Who? ", "Ai?", "TRUE", "Needed"],
            ["Select_One yn", "ok", "OK?", "Được?", "true()", None, None, "${who} != ''", "name != 'x'"],
            ["INTEGER", "n", "N", "N", "No", None, "0 to 5", None, None, "yes", ". <= 5"],
            ["Begin Group", "g", "G", "G"],
            ["Note", None, "N", "N"],
            ["End  Group"],
        ],
        choices=[
            ["List Name", "Name ", "label::English (en)", "label::Tiếng Việt(vi)"],
            ["yn", 1.0, "Yes", "Có"],
            ["yn", 0.0, "No", "Không"],
        ],
    )
    assert said(found) == []
    assert found.form is not None
    who, ok, number = found.form.nodes[:3]
    assert isinstance(who, Asked) and isinstance(ok, ChoiceQuestion) and isinstance(number, NumberQuestion)
    assert (who.required, ok.required, number.required, number.readonly) == (True, True, False, True)
    assert who.label == {"en": "Who?", "vi": "Ai?"}
    assert number.constraint == ["<=", ["."], 5]
    assert number.constraint_message == {"en": "0 to 5"}
    assert ok.choice_filter == ["!=", ["col", "name"], "x"]
    assert [choice.name for choice in found.form.lists["yn"]] == ["1", "0"]


def test_calculations_over_several_lines_and_cached_formulas_mean_what_they_show() -> None:
    found = compiled(
        survey=[
            ["type", "name", "label", "calculation", "default"],
            ["integer", "a", ('=CONCAT("How ","many?")', "How many?"), None, 5.0],
            ["calculate", "b", None, "if( ${a} > 3 ,\n   'many',\r\n\t'few' )"],
            ["date", "d", "D", None, datetime.date(2020, 1, 31)],
            ["calculate", "c", None, ("=1+1", 2)],
            [None, None, None],
            ["text", "phone", "Phone", None, 84912345678],
        ]
    )
    assert said(found) == []
    assert found.form is not None
    evaluation = evaluate(found.form, {"a": 5}, Context(now_ms=0))
    assert (evaluation.value_at("b"), evaluation.value_at("c")) == ("many", 2)
    assert [evaluation.default(path) for path in ("a", "d", "phone")] == [5, "2020-01-31", "84912345678"]


def test_codes_that_are_no_choice_are_said_with_the_nearest_one() -> None:
    found = compiled(
        survey=[
            ["type", "name", "label", "relevant", "constraint"],
            ["select_one yn", "a", "A"],
            ["select_multiple yn or_other", "b", "B", "${a} = 'yess'", "not(selected(., 'nope'))"],
            ["text", "c", "C", "${a} != 1 or selected(${b}, 'other') or ${a} = ''"],
            ["text", "d", "D", "'no' = ${a} and ${b} = 'yes no' and ${c} = 'anything'"],
        ],
        choices=YN,
    )
    assert found.form is not None
    assert [each for each in said(found) if "no choice of" in each] == [
        "survey, row 3, relevant: 'yess' is no choice of ${a} (list yn): it is never true. "
        "Did you mean 'yes'?",
        "survey, row 3, constraint: 'nope' is no choice of ${b} (list yn): it is never true.",
        "survey, row 4, relevant: '1' is no choice of ${a} (list yn): it is never true.",
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["integer", "x", "X", ". => 0"], "constraint: => is not understood (character 3). Write >=."),
        (["integer", "x", "X", ". <> 0"], "constraint: <> is not understood (character 3). Write !="),
        (["integer", "x", "X", "#{x} = 1"], "# is not understood. A reference is written ${name}."),
        (["integer", "x", "X", "between(., 1, 5)"], "between() is not a function. Write . >= 1 and . <= 5."),
        (["integer", "x", "X", "isblank(.)"], "isblank() is not a function. Write ${name} = ''."),
        (["text", "x", "X", ". = “a"], "A text is not closed (character 5)."),
        (["intger", "x", "X"], "intger is not a type. Did you mean integer?"),
        (["select one from yn", "x", "X", None, "search('v', 'matches', 'd', ${x})"],
         "appearance: search() is an appearance of SurveyCTO and can't be used here. Write the type "),
        (["begin_kobomatrix", "x", "X"], "begin_kobomatrix is a type of Kobo and not supported. Write a"),
        (["calculate_here", "x"], "calculate_here is a type of SurveyCTO and not supported. Write"),
        (["text", None, "Tên của chủ hộ là gì?"], "name: The row has no name. Write ten_cua_chu_ho."),
        (["text", "my name", "X"], "my name is not a name"),
        (["date", "x", "X", None, None, 43831], "43831 is not a date like 2026-11-22. Write 2020-01-01, and"),
        (["text", "x", "X", None, None, None, "Mandatory"], "required: mandatory is neither yes nor no."),
        (["end repeat"], "type: This end_repeat closes nothing. Remove the row."),
        (["begin_repeat", "x", "X"], "type: The repeat x is not closed. Add end_repeat."),
    ],
)  # fmt: skip
def test_a_habit_is_refused_with_what_to_write_instead(row: list[Any], sentence: str) -> None:
    header = ["type", "name", "label", "constraint", "appearance", "default", "required"]
    found = compiled(survey=[header, ["text", "first", "First"], row], choices=YN)
    assert found.form is None
    assert any(each.startswith("survey, row 3") and sentence in each for each in said(found)), said(found)


def test_groups_that_cross_are_told_with_their_rows() -> None:
    rows = ["begin repeat", "begin group", "text", "end repeat", "end group", "text"]
    survey = [["type", "name", "label"], *([word, f"n{at}", "L"] for at, word in enumerate(rows))]
    assert said(compiled(survey=survey)) == [
        "survey, row 5, type: end_repeat stands where the group of row 3 is still open. "
        "Write end_group first.",
        "survey, row 6, type: end_group stands where the repeat of row 2 is still open. "
        "Write end_repeat first.",
    ]


def test_a_header_below_a_title_is_found() -> None:
    title: Rows = [["Household survey 2026"], [None]]
    found = compiled(survey=[*title, ["type", "name", "label"], ["text", "t", "T"]])
    assert found.form is not None and [node.row for node in found.form.nodes] == [4]
    assert said(found) == ["survey, row 1: The header stands in row 3: what is above it was left out."]


def test_a_sheet_without_a_header_says_what_it_is() -> None:
    (sentence,) = said(compiled(survey=[["text", "t", "T"], ["integer", "n", "N"]]))
    assert sentence.startswith("survey, row 1: There is no column type. The first row holds the headers")


def test_doubled_choices_and_names_are_told_with_both_rows() -> None:
    found = compiled(
        survey=[["type", "name", "label"], ["select_one yn", "a", "A"], ["text", "a", "B"]],
        choices=[*YN, ["yn ", "yes", "Yes again"], ["yn", None, "Blank"], [None, "z", "Z"]],
    )
    assert [each for each in said(found) if "is not one" not in each] == [
        "survey, row 3, name: The name a stands twice here (row 2).",
        "choices, row 4, name: yes stands twice in the list yn (row 2). Give it another name, or set "
        "allow_choice_duplicates to yes in the settings.",
        "choices, row 5, name: A choice of the list yn has no name.",
        "choices, row 6, list_name: This choice belongs to no list.",
    ]


def test_a_formula_that_failed_is_refused() -> None:
    found = compiled(
        survey=[["type", "name", "label"], ["text", "t", ("=VLOOKUP(1,A1:A2,9)", "#REF!")]],
    )
    assert found.form is None
    assert said(found)[0] == (
        "survey, row 2: The cell C2 holds #REF!, what a formula gives that failed. Mend the formula."
    )


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("aeg", ["age", "area"], "age"),
        ("size", ["hh_size", "year"], "hh_size"),
        ("colr", ["colour"], "colour"),
        ("AGE", ["age"], "age"),
        ("magic", ["music", "basic_music"], ""),
        ("magic", ["image", "manic"], "manic"),
        ("nope", ["no", "yes"], ""),
        ("count", ["court_case"], ""),
        ("1", ["11", "2"], ""),
    ],
)
def test_only_a_word_that_a_few_slips_make_is_guessed(word: str, known: list[str], meant: str) -> None:
    assert did_you_mean(word, known) == (f"Did you mean {meant}?" if meant else "")
